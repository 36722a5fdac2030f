#include "dump/redact.h"

#include "base/result.h"
#include "dump/marks.h"

#include <algorithm>
#include <array>

namespace sallyport::dump {
namespace {

using enum RegionClass;

constexpr std::array keepings{
    KeepingRule{structure, Keeping::untouched},
    KeepingRule{registers, Keeping::findings},
    KeepingRule{vector_state, Keeping::dropped}, // copying text goes through them
    KeepingRule{exception, Keeping::findings},
    KeepingRule{handles, Keeping::dropped},
    KeepingRule{thread_names, Keeping::findings},
    KeepingRule{paths, Keeping::findings},
    KeepingRule{annotations, Keeping::findings},
    KeepingRule{comments, Keeping::dropped},
    KeepingRule{environment, Keeping::dropped},
    KeepingRule{arguments, Keeping::dropped},
    KeepingRule{auxiliary_vector, Keeping::findings},
    KeepingRule{process_text, Keeping::findings},
    KeepingRule{process_parameters, Keeping::findings},
    KeepingRule{thread_local_storage, Keeping::findings},
    KeepingRule{stack, Keeping::findings},
    KeepingRule{below_stack, Keeping::findings},
    KeepingRule{module_constant, Keeping::findings},
    KeepingRule{module_data, Keeping::findings},
    KeepingRule{heap, Keeping::findings},
    KeepingRule{opaque, Keeping::dropped}, // nobody can say what it would be kept for
    KeepingRule{padding, Keeping::untouched},
    KeepingRule{unaccounted, Keeping::dropped},
};
static_assert(std::ranges::is_sorted(keepings, {}, &KeepingRule::klass));
static_assert(keepings.size() == static_cast<std::size_t>(unaccounted) + 1);

// What a reader finds the ends of texts in: a zero byte would make two of one.
bool is_list_of_texts(RegionClass klass) {
  return klass == paths || klass == process_text || klass == annotations || klass == thread_names;
}

bool is_compressed(const Finding& finding) {
  if (finding.via.empty()) {
    return false;
  }
  const scan::Encoding outer = finding.via.front();
  return outer == scan::Encoding::gzip || outer == scan::Encoding::zlib || outer == scan::Encoding::zip;
}

std::span<std::uint8_t> part_of(std::span<std::uint8_t> copy, Range range) {
  return copy.subspan(static_cast<std::size_t>(range.from()), static_cast<std::size_t>(range.size()));
}

void write_mask(std::span<std::uint8_t> bytes, bool wide) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = wide && i % 2 == 1 ? 0 : mask_byte;
  }
}

} // namespace

std::span<const KeepingRule> keeping_rules() {
  return keepings;
}

Keeping keeping_of(RegionClass klass) {
  return keepings[static_cast<std::size_t>(klass)].keeping;
}

std::string_view name_of(Action action) {
  switch (action) {
  case Action::mask:
    return "mask";
  case Action::token:
    return "token";
  case Action::zero:
    return "zero";
  }
  return {};
}

std::string_view name_of(Keeping keeping) {
  switch (keeping) {
  case Keeping::untouched:
    return "untouched";
  case Keeping::findings:
    return "findings";
  case Keeping::dropped:
    return "dropped";
  }
  return {};
}

std::vector<Edit> drop_regions(std::span<std::uint8_t> copy, const Reading& reading) {
  std::vector<Edit> edits;
  for (std::uint32_t i = 0; i < reading.regions.size(); ++i) {
    const Region& region = reading.regions[i];
    if (keeping_of(region.klass) == Keeping::dropped) {
      std::ranges::fill(part_of(copy, region.range), std::uint8_t{0});
      edits.push_back({region.range, i, Action::zero});
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
    if (finding.exposure != Exposure::unscanned && keeping_of(klass) == Keeping::findings) {
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
  Edit edit{finding.range, finding.region, action_};
  if (!is_list_of_texts(klass) && (action_ == Action::zero || is_compressed(finding))) {
    std::ranges::fill(bytes, std::uint8_t{0});
    edit.action = Action::zero;
  } else if (action_ != Action::token || !write_token(bytes, finding)) {
    write_mask(bytes, finding.wide);
    edit.action = Action::mask;
  }
  return edit;
}

bool Redactor::write_token(std::span<std::uint8_t> bytes, const Finding& finding) {
  const auto [known, is_new] =
      numbers_.try_emplace({finding.exposure, std::string(as_text(ByteView(bytes)))}, numbers_.size() + 1);
  const std::string token = token_of(finding.exposure, known->second);
  const std::size_t step = finding.wide ? 2 : 1;
  if (token.empty() || bytes.size() < token.size() * step) {
    return false;
  }
  write_mask(bytes, finding.wide);
  for (std::size_t i = 0; i < token.size(); ++i) {
    bytes[i * step] = static_cast<std::uint8_t>(token[i]);
  }
  return true;
}

Redaction redact(std::span<std::uint8_t> copy, const Reading& reading, const scan::Scanner& scanner,
                 Action action, const Progress& progress) {
  Redaction out;
  Redactor redactor(action);
  out.edits = drop_regions(copy, reading);
  while (true) {
    // By the map of the original: it does not depend on what was taken out.
    const ScanOfDump scan = scan_dump(copy, reading, scanner, progress);
    const std::vector<Edit> edits = redactor.take_out(copy, reading, scan.findings);
    out.edits.insert(out.edits.end(), edits.begin(), edits.end());
    ++out.passes;
    if (edits.empty() || out.passes == passes_max) {
      break;
    }
  }
  std::ranges::sort(out.edits, {}, [](const Edit& e) { return e.range.from(); });
  out.reading = read(copy);
  out.scan = scan_dump(copy, out.reading, scanner, progress);
  return out;
}

} // namespace sallyport::dump
