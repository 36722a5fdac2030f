#include "dump/redact.h"

#include "base/result.h"
#include "dump/cursor.h"
#include "dump/marks.h"
#include "dump/runs.h"
#include "dump/scrub.h"

#include <algorithm>

namespace sallyport::dump {
namespace {

using enum RegionClass;

// What a reader finds the ends of texts in: a zero byte would make two of one.
bool is_list_of_texts(RegionClass klass) {
  return klass == paths || klass == process_text || klass == annotations || klass == thread_names;
}

bool is_compressed(const Finding& finding) {
  if (finding.via.empty()) {
    return false;
  }
  const scan::Encoding outer = finding.via.front();
  return outer == scan::Encoding::gzip || outer == scan::Encoding::zlib || outer == scan::Encoding::zip ||
         outer == scan::Encoding::zstd;
}

std::span<std::uint8_t> part_of(std::span<std::uint8_t> copy, Range range) {
  return copy.subspan(static_cast<std::size_t>(range.from()), static_cast<std::size_t>(range.size()));
}

void write_mask(std::span<std::uint8_t> bytes, bool wide) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = wide && i % 2 == 1 ? 0 : mask_byte;
  }
}

// A page that is not written to costs nothing in a private copy.
void write_zeros(std::span<std::uint8_t> bytes) {
  constexpr std::size_t page = 4096;
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(page, bytes.size()));
    if (std::ranges::any_of(piece, [](std::uint8_t byte) { return byte != 0; })) {
      std::ranges::fill(piece, std::uint8_t{0});
    }
    bytes = bytes.subspan(piece.size());
  }
}

void write_text_mask(std::span<std::uint8_t> bytes) {
  std::ranges::replace_if(bytes, [](std::uint8_t byte) { return byte != 0; }, mask_byte);
}

// ---- pointers

// Until every thread is walked as it was, or all of its words stay that may.
class Widening {
public:
  Widening(std::span<std::uint8_t> copy, const Original& original, const Policy& policy)
      : copy_(copy), original_(original), policy_(policy),
        before_(original.walker ? original.walker(original.file, original.reading) : Walk()),
        scrubber_(original.file, original.reading, policy, before_.read) {}

  std::vector<Edit> run() {
    std::vector<Edit> edits;
    const std::vector<Region>& regions = original_.reading.regions;
    for (std::uint32_t i = 0; i < regions.size(); ++i) {
      if (policy_.keeping_of(regions[i].klass) == Keeping::pointers) {
        scrubber_.scrub(copy_, i);
        edits.push_back({regions[i].range, i, Action::deface});
      }
    }
    while (original_.walker && widen_once()) {
    }
    return edits;
  }

  const std::vector<Keep>& keep() const { return scrubber_.keep; }

private:
  bool widen_once() {
    bool widened = false;
    for (const std::uint32_t thread : changed_threads(before_, original_.walker(copy_, original_.reading))) {
      if (thread < scrubber_.keep.size() && scrubber_.keep[thread] != Keep::walked) {
        scrubber_.keep[thread] = static_cast<Keep>(static_cast<int>(scrubber_.keep[thread]) + 1);
        scrub_stack(thread);
        widened = true;
      }
    }
    return widened;
  }

  void scrub_stack(std::uint32_t thread) {
    const std::vector<Region>& regions = original_.reading.regions;
    for (std::uint32_t i = 0; i < regions.size(); ++i) {
      if (regions[i].klass == stack && regions[i].owner == thread &&
          policy_.keeping_of(stack) == Keeping::pointers) {
        scrubber_.scrub(copy_, i);
      }
    }
  }

  std::span<std::uint8_t> copy_;
  const Original& original_;
  const Policy& policy_;
  Walk before_;
  Scrubber scrubber_;
};

} // namespace

std::vector<Edit> drop_regions(std::span<std::uint8_t> copy, const Reading& reading, const Policy& policy) {
  std::vector<Edit> edits;
  const auto drop = [&](std::uint32_t region, Range range) {
    write_zeros(part_of(copy, range));
    edits.push_back({range, region, Action::zero});
  };
  for (std::uint32_t i = 0; i < reading.regions.size(); ++i) {
    if (policy.keeping_of(reading.regions[i].klass) == Keeping::dropped) {
      drop(i, reading.regions[i].range);
    } else if (policy.keeping_of(reading.regions[i].klass) == Keeping::masked) {
      write_text_mask(part_of(copy, reading.regions[i].range));
      edits.push_back({reading.regions[i].range, i, Action::mask});
    }
  }
  for (const Part& part : reading.dump.parts) {
    if (std::ranges::find(policy.dropped_parts, part.name) == policy.dropped_parts.end()) {
      continue;
    }
    for (std::uint32_t i = 0; i < reading.regions.size(); ++i) {
      const Range inside = common(reading.regions[i].range, part.range);
      if (!inside.empty() && policy.keeping_of(reading.regions[i].klass) != Keeping::untouched) {
        drop(i, inside);
      }
    }
  }
  return edits;
}

std::vector<Edit> Redactor::take_out(std::span<std::uint8_t> copy, const Reading& reading,
                                     std::span<const Finding> findings) {
  // From the longest on: what lies in another one has gone with it, and a token is not masked again.
  std::vector<const Finding*> order;
  for (const Finding& finding : findings) {
    const RegionClass klass = reading.regions[finding.region].klass;
    SP_ASSERT(reading.regions[finding.region].range.contains(finding.range));
    const Keeping keeping = policy_.keeping_of(klass);
    if (finding.exposure != Exposure::unscanned && keeping != Keeping::untouched &&
        keeping != Keeping::dropped) {
      order.push_back(&finding);
    }
  }
  std::ranges::stable_sort(order, {},
                           [](const Finding* f) { return std::pair(f->range.from(), ~f->range.size()); });
  std::vector<Edit> edits;
  std::uint64_t done = 0;
  for (const Finding* finding : order) {
    Finding rest = *finding;
    if (rest.range.from() < done) {
      rest.range = between(done, rest.range.until());
    }
    if (!rest.range.empty()) {
      edits.push_back(take_out_one(copy, rest, reading.regions[rest.region].klass));
      done = rest.range.until();
    }
  }
  return edits;
}

Edit Redactor::take_out_one(std::span<std::uint8_t> copy, const Finding& finding, RegionClass klass) {
  const std::span<std::uint8_t> bytes = part_of(copy, finding.range);
  const bool is_token = policy_.action == Action::token || policy_.action == Action::keyed;
  Edit edit{finding.range, finding.region, policy_.action};
  if (!is_list_of_texts(klass) && (policy_.action == Action::zero || is_compressed(finding))) {
    write_zeros(bytes);
    edit.action = Action::zero;
  } else if (!is_list_of_texts(klass) && policy_.action == Action::deface) {
    write_deface(bytes);
  } else if (!is_token || !write_token(bytes, finding)) {
    write_mask(bytes, finding.wide);
    edit.action = Action::mask;
  }
  return edit;
}

bool Redactor::write_token(std::span<std::uint8_t> bytes, const Finding& finding) {
  const std::size_t step = finding.wide ? 2 : 1;
  std::string value; // as it reads, so that both widths of it have one token
  append_spelled(bytes, {Range(0, bytes.size()), finding.wide}, value);
  std::string token;
  if (policy_.action == Action::keyed) {
    token = keyed_token_of(finding.exposure, policy_.token_key, value);
  } else {
    const auto known = numbers_.try_emplace({finding.exposure, value}, numbers_.size() + 1);
    token = token_of(finding.exposure, known.first->second);
  }
  if (token.empty() || bytes.size() < token.size() * step) {
    return false;
  }
  write_mask(bytes, finding.wide);
  for (std::size_t i = 0; i < token.size(); ++i) {
    bytes[i * step] = static_cast<std::uint8_t>(token[i]);
  }
  return true;
}

Redaction redact(std::span<std::uint8_t> copy, const Original& original, const Policy& policy) {
  Redaction out;
  Redactor redactor(policy);
  out.edits = drop_regions(copy, original.reading, policy);
  const auto append = [&](const std::vector<Edit>& more) {
    out.edits.insert(out.edits.end(), more.begin(), more.end());
  };
  Widening pointers(copy, original, policy);
  append(pointers.run());
  out.keep = pointers.keep();
  bool found_any = true;
  while (found_any && out.passes < passes_max) {
    // By the map of the original: it does not depend on what was taken out.
    out.scan = scan_dump(copy, original.reading, original.scanner, original.progress, original.workers);
    const std::vector<Edit> edits = redactor.take_out(copy, original.reading, out.scan.findings);
    append(edits);
    found_any = !edits.empty();
    ++out.passes;
  }
  std::ranges::sort(out.edits, {}, [](const Edit& e) { return e.range.from(); });
  out.reading = read(copy);
  if (found_any || out.reading.regions != original.reading.regions) {
    out.scan = scan_dump(copy, out.reading, original.scanner, original.progress, original.workers);
  }
  return out;
}

} // namespace sallyport::dump
