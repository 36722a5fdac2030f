#include "dump/findings.h"

#include "crypto/digest.h"
#include "dump/addresses.h"
#include "dump/crew.h"
#include "dump/cursor.h"
#include "dump/limits.h"
#include "dump/marks.h"
#include "dump/runs.h"
#include "scan/inflate.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <tuple>

namespace sallyport::dump {
namespace {

// Raised whenever other text is taken out of a dump, or out of other places.
constexpr std::string_view tool_version = "sallyport dump scan v4";

// A text of this size cannot have more findings than the scanner's budget but by being nothing else.
constexpr std::size_t batch_bytes = 16 * 1024;
constexpr std::uint64_t piece_overlap = 2 * 1024; // of a run that is longer than a batch
constexpr std::uint64_t chunk_bytes = 1024 * 1024;
constexpr std::uint64_t chunk_overlap = 16 * 1024;

// Between two runs: no letter, no white space alone, no character of any encoding, so that nothing is read
// across it. What ends with a NUL is a word, and so is what stands at the end of a run.
constexpr std::string_view seam("\0\xff\n\xff\0", 5);
// Between words that stand alone, as strings in memory do.
constexpr std::string_view seam_of_words("\0\n\0", 3);

constexpr std::uint64_t residue_bytes_min = 8;
constexpr std::uint64_t residue_piece_min = 4; // of what is left of it between findings

// ---- stretches: bytes that may be read as one

// Where the process's memory lies in the file, pieces that follow one another in both made one.
std::vector<Range> joined_memory(const Dump& dump) {
  std::vector<Memory> pieces = dump.memory;
  std::ranges::sort(pieces, {}, [](const Memory& m) { return std::pair(m.range.from(), m.address); });
  std::vector<Range> out;
  std::uint64_t next_address = 0;
  for (const Memory& piece : pieces) {
    if (!out.empty() && out.back().until() == piece.range.from() && next_address == piece.address) {
      out.back() = between(out.back().from(), piece.range.until());
    } else {
      out.push_back(piece.range);
    }
    next_address = piece.address + piece.range.size();
  }
  return out;
}

// Regions of one class are one region wherever their memory was, so its pieces have borders of their own.
std::vector<Range> stretches_of(const Reading& reading) {
  const std::vector<Range> memory = joined_memory(reading.dump);
  std::vector<std::uint64_t> borders;
  for (const Region& region : reading.regions) {
    borders.push_back(region.range.until());
  }
  for (const Range piece : memory) {
    borders.push_back(piece.from());
    borders.push_back(piece.until());
  }
  std::ranges::sort(borders);
  const auto inside_memory = [&](std::uint64_t border) {
    const auto behind = std::ranges::lower_bound(memory, border, {}, &Range::from);
    return behind != memory.begin() && std::prev(behind)->until() > border;
  };
  std::vector<Range> out;
  std::uint64_t done = 0;
  for (const std::uint64_t border : borders) {
    if (border > done && !inside_memory(border)) {
      out.push_back(between(done, border));
      done = border;
    }
  }
  return out;
}

// A part of a stretch, and how far it is read beyond that so that what lies on its end is whole.
struct Chunk {
  Range stretch;
  Range bytes;

  std::uint64_t own_bytes() const { return std::min(bytes.size(), chunk_bytes); }
};

std::vector<Chunk> chunks_of(const Reading& reading) {
  std::vector<Chunk> out;
  for (const Range stretch : stretches_of(reading)) {
    for (std::uint64_t done = 0; done < stretch.size(); done += chunk_bytes) {
      out.push_back({stretch, stretch.part(done, chunk_bytes + chunk_overlap)});
    }
  }
  return out;
}

// ---- what is said of a finding

std::string shape_of(std::string_view text) {
  constexpr std::size_t shown = 24;
  std::string out;
  for (const char c : text.substr(0, shown)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool kept = std::string_view("@.:/-_=").contains(c);
    out += letter ? 'x' : c >= '0' && c <= '9' ? '9' : kept ? c : '*';
  }
  return text.size() > shown ? out + fmt::format("... ({} bytes)", text.size()) : out;
}

std::string carrier_of(const std::vector<scan::Encoding>& via, std::uint64_t bytes) {
  std::string out;
  for (const scan::Encoding encoding : via) {
    out += (out.empty() ? "" : " in ") + std::string(scan::to_string(encoding));
  }
  return out + fmt::format(" ({} bytes)", bytes);
}

Digest taxonomy_digest() {
  std::string text = "sallyport dump taxonomy v1\n";
  for (const ClassRule& rule : region_classes()) {
    for (int detector = 0; detector <= static_cast<int>(scan::Detector::unscanned); ++detector) {
      const auto known = static_cast<scan::Detector>(detector);
      text += fmt::format("{} {} {}\n", rule.name, scan::to_string(known),
                          name_of(exposure_of(known, rule.klass)));
    }
  }
  return crypto::sha256(text);
}

Pins pins_of(const scan::Scanner& scanner) {
  const std::string tool =
      fmt::format("{} {} {} {} {} {} {}\n", tool_version, run_characters_min, batch_bytes, piece_overlap,
                  chunk_bytes, chunk_overlap, limits::findings_max);
  return {crypto::sha256(tool), scanner.ruleset_digest(), taxonomy_digest(), scanner.dictionary_digest()};
}

// Where the process could have had something: what an unwinder needs is no text.
RangeSet places_of(const Dump& dump) {
  std::vector<Range> out;
  for (const Module& module : dump.modules) {
    out.push_back(module.addresses);
  }
  for (const Thread& thread : dump.threads) {
    out.push_back(thread.stack);
  }
  return RangeSet(std::move(out));
}

class DumpScan {
public:
  DumpScan(ByteView file, const Reading& reading, const scan::Scanner& scanner)
      : file_(file), reading_(reading), scanner_(scanner) {}

  // Chunks are scanned by any worker, and what they have is put together in their order.
  ScanOfDump run(const Progress& progress, std::size_t workers) {
    const std::vector<Chunk> chunks = chunks_of(reading_);
    std::uint64_t done = 0;
    in_order(
        chunks.size(), workers,
        [&](std::size_t i) { return DumpScan(file_, reading_, scanner_).chunk(chunks[i]); },
        [&](std::size_t i, Part part) {
          take(std::move(part));
          done += chunks[i].own_bytes();
          if (progress) {
            progress(done, file_.size());
          }
        });
    settle();
    add_residue();
    std::ranges::sort(out_.findings, {}, place);
    out_.pins = pins_of(scanner_);
    out_.bytes = file_.size();
    return std::move(out_);
  }

private:
  // A run in a batch, or a piece of one.
  struct Placed {
    std::size_t from; // in the batch
    TextRun run;
  };

  struct Batch {
    std::string text;
    std::vector<Placed> placed;
  };

  static std::tuple<std::uint64_t, std::uint64_t, std::string_view> place(const Finding& f) {
    return {f.range.from(), f.range.until(), f.rule};
  }

  // What one chunk has.
  struct Part {
    std::vector<Finding> findings;
    std::uint64_t text_bytes = 0;
    std::vector<Finding> residue;
    std::optional<Finding> residue_ended;
  };

  void take(Part part) {
    out_.text_bytes += part.text_bytes;
    for (Finding& finding : part.findings) {
      push(std::move(finding));
    }
    for (Finding& run : part.residue) {
      push_run(std::move(run));
    }
    if (part.residue_ended && !residue_ended_) {
      residue_ended_ = std::move(part.residue_ended);
    }
  }

  Part chunk(const Chunk& chunk) {
    const Range bytes = chunk.bytes;
    for_regions(bytes,
                [&](std::uint32_t region, Range) { has_stack_ |= is_stack(reading_.regions[region].klass); });
    find_runs(slice(file_, bytes), bytes.from(), [&](const TextRun& run) { add(run); });
    flush(values_);
    flush(words_);
    if (scanner_.rules().budgets().depth > 0) {
      find_utf32_runs(slice(file_, bytes), bytes.from(), [&](Range run) { add_utf32(run); });
      streams(between(bytes.from(), chunk.stretch.until()));
    }
    return {std::move(out_.findings), out_.text_bytes, std::move(residue_), std::move(residue_ended_)};
  }

  void add(const TextRun& run) {
    out_.text_bytes += run.range.size();
    if (run.range.size() < scan::value_bytes_min * (run.wide ? 2 : 1)) {
      if (scanner_.has_terms()) {
        place_piece(words_, run);
      }
      return;
    }
    constexpr std::uint64_t step = batch_bytes - piece_overlap;
    for (std::uint64_t done = 0; done == 0 || done + piece_overlap < run.range.size(); done += step) {
      place_piece(values_, {run.range.part(done, batch_bytes), run.wide});
    }
    if (has_stack_) {
      note_residue(run);
    }
  }

  // Of four bytes a character; what is found lies at the bytes of its characters.
  void add_utf32(Range run) {
    const ByteView bytes = slice(file_, run);
    std::string text;
    std::vector<std::uint64_t> origin;
    for (std::uint64_t at = 0; at < bytes.size(); at += utf32_bytes) {
      const unsigned char c = bytes[static_cast<std::size_t>(at)];
      text += c < 0x80 ? std::string(1, static_cast<char>(c))
                       : std::string{static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))};
      origin.resize(text.size(), run.from() + at);
    }
    origin.push_back(run.until());
    for (scan::Finding& found : scanner_.scan(text).findings) {
      found.via.insert(found.via.begin(), scan::Encoding::utf32le);
      keep(between(origin[found.from], origin[found.until]), found, false, "");
    }
  }

  // A piece's text may be half as long again as its bytes: two of UTF-16 may be three of UTF-8.
  void place_piece(Batch& batch, const TextRun& run) {
    if (batch.text.size() + run.range.size() * 3 / 2 > batch_bytes) {
      flush(batch);
    }
    batch.placed.push_back({batch.text.size(), run});
    append_spelled(file_, run, batch.text);
    batch.text += &batch == &words_ ? seam_of_words : seam;
  }

  void flush(Batch& batch) {
    if (batch.placed.empty()) {
      return;
    }
    const bool whole = &batch == &values_;
    for (const scan::Finding& found :
         (whole ? scanner_.scan(batch.text) : scanner_.scan_terms(batch.text)).findings) {
      if (found.detector == scan::Detector::unscanned) {
        for (const Placed& piece : batch.placed) {
          keep(piece.run.range, found, piece.run.wide, "");
        }
        continue;
      }
      const auto behind = std::ranges::upper_bound(batch.placed, found.from, {}, &Placed::from);
      const Placed& piece = *std::prev(behind);
      const Spelled spelled = spell(file_, piece.run);
      const std::size_t last = spelled.origin.size() - 1;
      const std::size_t from = std::min(found.from - piece.from, last);
      const std::size_t until = std::clamp(found.until - piece.from, from, last);
      // Where the last character ends, not where the one behind what was left out begins.
      const std::uint64_t end = until == 0 ? spelled.origin[0] : end_of(spelled, until);
      keep(between(spelled.origin[from], end), found, piece.run.wide,
           std::string_view(batch.text).substr(piece.from + from, until - from));
    }
    batch.text.clear();
    batch.placed.clear();
  }

  static std::uint64_t end_of(const Spelled& spelled, std::size_t until) {
    return std::max(spelled.origin[until], spelled.origin[until - 1] + 1);
  }

  // Compressed data is no text: it is looked for in the bytes themselves. What begins in the chunk may go on
  // to the end of its stretch.
  void streams(Range bytes) {
    scan::Spent spent;
    const std::string_view layer = as_text(slice(file_, bytes));
    scan::inflate_runs(
        layer, scanner_.rules().budgets(), spent,
        [&](const scan::Run& run) {
          const Range carrier(bytes.from() + run.from, run.until - run.from);
          for (scan::Finding& found : scanner_.scan(run.bytes).findings) {
            found.via.insert(found.via.begin(), run.encoding);
            keep(carrier, found, false, "");
          }
          return true;
        },
        static_cast<std::size_t>(chunk_bytes));
    const Range own = bytes.part(0, chunk_bytes);
    if (spent.decoding_ended) {
      keep_unread(own, "budget.decoding");
    }
    if (spent.stream_refused) {
      keep_unread(own, "budget.container");
    }
  }

  void keep_unread(Range bytes, const char* rule) {
    const scan::Finding found{.detector = scan::Detector::unscanned,
                              .rule = rule,
                              .klass = "technical",
                              .from = 0,
                              .until = 0,
                              .via = {},
                              .confidence = scan::Confidence::high};
    keep(bytes, found, false, "");
  }

  // In pieces, one for each region that it touches.
  void keep(Range range, const scan::Finding& found, bool wide, std::string_view text) {
    for_regions(range, [&](std::uint32_t region, Range inside) {
      push({.exposure = exposure_of(found.detector, reading_.regions[region].klass),
            .region = region,
            .range = inside,
            .rule = found.rule,
            .confidence = found.confidence,
            .wide = wide,
            .via = found.via,
            .preview = found.via.empty() ? shape_of(text) : carrier_of(found.via, range.size())});
    });
  }

  template <class Visit> void for_regions(Range range, Visit visit) const {
    auto region = std::ranges::upper_bound(reading_.regions, range.from(), {},
                                           [](const Region& r) { return r.range.until(); });
    for (; region != reading_.regions.end() && region->range.from() < range.until(); ++region) {
      if (const Range inside = common(region->range, range); !inside.empty()) {
        visit(static_cast<std::uint32_t>(region - reading_.regions.begin()), inside);
      }
    }
  }

  void push(Finding finding) {
    if (out_.findings.size() < limits::findings_max) {
      out_.findings.push_back(std::move(finding));
    } else if (out_.findings.size() == limits::findings_max) {
      out_.findings.push_back(ended_at(std::move(finding)));
    }
  }

  // There are more of them than are listed, from here to the end of the region at least.
  Finding ended_at(Finding finding) const {
    finding.exposure = Exposure::unscanned;
    finding.rule = "budget.findings";
    finding.range = between(finding.range.from(), reading_.regions[finding.region].range.until());
    finding.preview.clear();
    return finding;
  }

  // Pieces and chunks overlap: what one of them saw cut off is part of what the other saw whole.
  void settle() {
    const auto order = [](const Finding& f) {
      return std::tuple(std::string_view(f.rule), f.range.from(), ~f.range.until(), f.via.size());
    };
    std::ranges::sort(out_.findings, {}, order);
    std::vector<Finding> whole;
    for (Finding& finding : out_.findings) {
      const bool known =
          !whole.empty() && whole.back().rule == finding.rule && whole.back().range.contains(finding.range);
      if (!known) {
        whole.push_back(std::move(finding));
      }
    }
    out_.findings = std::move(whole);
  }

  // ---- text in stacks that no rule knows

  void note_residue(const TextRun& run) {
    if (run.range.size() < residue_bytes_min) {
      return;
    }
    for_regions(run.range, [&](std::uint32_t region, Range inside) {
      if (is_stack(reading_.regions[region].klass)) {
        push_run({.exposure = Exposure::stack_local,
                  .region = region,
                  .range = inside,
                  .rule = std::string(residue_rule),
                  .confidence = scan::Confidence::low,
                  .wide = run.wide,
                  .via = {},
                  .preview = {}});
      }
    });
  }

  void push_run(Finding run) {
    if (residue_.size() < limits::findings_max) {
      residue_.push_back(std::move(run));
    } else if (!residue_ended_) {
      residue_ended_ = std::move(run);
    }
  }

  void add_residue() {
    std::vector<Range> taken; // in order and without overlaps
    for (const Finding& finding : out_.findings) {
      if (finding.exposure != Exposure::unscanned) {
        taken.push_back(finding.range);
      }
    }
    join(taken);
    std::ranges::sort(residue_, {}, place);
    places_ = places_of(reading_.dump);
    memory_ = reading_.dump.memory;
    std::ranges::sort(memory_, {}, [](const Memory& piece) { return piece.range.from(); });
    std::uint64_t done = 0; // runs of both kinds and of two chunks may lie on one another
    for (const Finding& run : residue_) {
      std::uint64_t at = std::max(done, run.range.from());
      auto next = std::ranges::upper_bound(taken, at, {}, &Range::until);
      for (; next != taken.end() && next->from() < run.range.until(); ++next) {
        residue_between_pointers(run, between(at, next->from()));
        at = next->until();
      }
      residue_between_pointers(run, between(at, run.range.until()));
      done = std::max(done, run.range.until());
    }
    if (residue_ended_) {
      out_.findings.push_back(ended_at(std::move(*residue_ended_)));
    }
  }

  static void join(std::vector<Range>& ranges) {
    std::ranges::sort(ranges, {}, &Range::from);
    std::vector<Range> out;
    for (const Range range : ranges) {
      if (!out.empty() && out.back().until() >= range.from()) {
        out.back() = between(out.back().from(), std::max(out.back().until(), range.until()));
      } else {
        out.push_back(range);
      }
    }
    ranges = std::move(out);
  }

  // What the unwinder needs is no text, though its bytes may be printable.
  void residue_between_pointers(const Finding& run, Range range) {
    const std::uint64_t word = reading_.dump.word;
    const auto behind = std::ranges::upper_bound(memory_, range.from(), {},
                                                 [](const Memory& piece) { return piece.range.from(); });
    const auto memory = behind == memory_.begin() ? memory_.end() : std::prev(behind);
    if (range.empty() || memory == memory_.end() || !memory->range.contains(range.from())) {
      return residue_piece(run, range);
    }
    const std::uint64_t address = memory->address + (range.from() - memory->range.from());
    const std::uint64_t into = address % word; // the range begins so far inside a word
    std::uint64_t from = range.from();
    for (std::uint64_t at = range.from() - std::min(into, range.from()); at < range.until(); at += word) {
      const std::uint64_t value = Cursor(slice(file_, Range(at, word)), std::endian::little).word(word);
      if (may_be_address(value, word) && places_.contains(value)) {
        residue_piece(run, between(from, at));
        from = std::max(from, at + word);
      }
    }
    residue_piece(run, between(from, range.until()));
  }

  // What stands between marks.
  void residue_piece(const Finding& run, Range range) {
    const std::uint64_t step = run.wide ? 2 : 1;
    std::uint64_t from = range.from();
    for (std::uint64_t at = range.from(); at < range.until(); at += step) {
      if (is_mark(file_, at)) {
        push_residue(run, between(from, at));
        from = at + step;
      }
    }
    push_residue(run, between(from, range.until()));
  }

  void push_residue(const Finding& run, Range range) {
    if (range.size() < residue_piece_min) {
      return;
    }
    Finding finding = run;
    finding.range = range;
    finding.preview = fmt::format("{} bytes of text", range.size());
    push(std::move(finding));
  }

  ByteView file_;
  const Reading& reading_;
  const scan::Scanner& scanner_;
  ScanOfDump out_;
  Batch values_;
  Batch words_;            // runs that are too short for any value but a term
  bool has_stack_ = false; // in the chunk
  std::vector<Finding> residue_;
  std::optional<Finding> residue_ended_; // the first run that is not among them
  RangeSet places_;
  std::vector<Memory> memory_; // by place in the file
};

} // namespace

std::uint64_t ScanOfDump::count(Exposure exposure) const {
  return static_cast<std::uint64_t>(std::ranges::count(findings, exposure, &Finding::exposure));
}

ScanOfDump scan_dump(ByteView file, const Reading& reading, const scan::Scanner& scanner,
                     const Progress& progress, std::size_t workers) {
  return DumpScan(file, reading, scanner).run(progress, workers);
}

} // namespace sallyport::dump
