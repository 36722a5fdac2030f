#include "dump/compare.h"

#include "dump/cursor.h"
#include "dump/limits.h"
#include "dump/marks.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace sallyport::dump {
namespace {

constexpr std::uint64_t gap_max = 1;        // of equal bytes inside one difference: the zeros of UTF-16
constexpr std::uint64_t stride = 64 * 1024; // compared at once, as most of two revisions is the same

Change change_of(const Revision& older, const Revision& newer, std::uint64_t at) {
  const bool was_mark = is_mark(older.file, at);
  const bool is_mark_now = is_mark(newer.file, at);
  if (was_mark) {
    return is_mark_now ? Change::remarked : Change::re_exposed;
  }
  return is_mark_now ? Change::newly_redacted : Change::changed;
}

// The gravest of what was found in the bytes.
std::optional<Exposure> exposure_at(const ScanOfDump& scan, Range range) {
  std::optional<Exposure> out;
  const auto behind = std::ranges::lower_bound(scan.findings, range.until(), {},
                                               [](const Finding& f) { return f.range.from(); });
  for (auto it = behind; it != scan.findings.begin();) {
    --it;
    if (it->exposure != Exposure::unscanned && !common(it->range, range).empty()) {
      out = out ? std::min(*out, it->exposure) : it->exposure;
    }
    if (it->range.from() + limits::path_bytes_max < range.from()) {
      break; // carriers that are longer keep the difference without a class
    }
  }
  return out;
}

class Comparer {
public:
  Comparer(const Revision& older, const Revision& newer) : older_(older), newer_(newer) {}

  Comparison run() {
    for (std::uint32_t i = 0; i < older_.reading.regions.size(); ++i) {
      compare_region(i);
    }
    for (Difference& difference : out_.differences) {
      const bool gone = difference.change == Change::newly_redacted;
      difference.exposure = exposure_at(gone ? older_.scan : newer_.scan, difference.range);
    }
    return std::move(out_);
  }

private:
  void compare_region(std::uint32_t index) {
    const Range region = older_.reading.regions[index].range;
    for (std::uint64_t done = 0; done < region.size(); done += stride) {
      const Range part = region.part(done, stride);
      if (std::memcmp(older_.file.data() + part.from(), newer_.file.data() + part.from(), part.size()) == 0) {
        continue;
      }
      for (std::uint64_t at = part.from(); at < part.until(); ++at) {
        if (older_.file[at] != newer_.file[at]) {
          add(index, at);
        }
      }
    }
  }

  void add(std::uint32_t region, std::uint64_t at) {
    const Change change = change_of(older_, newer_, at);
    ++out_.bytes[static_cast<std::size_t>(change)];
    if (!out_.differences.empty()) {
      Difference& last = out_.differences.back();
      if (last.region == region && last.change == change && at - last.range.until() <= gap_max) {
        last.range = between(last.range.from(), at + 1);
        return;
      }
    }
    if (out_.differences.size() < limits::findings_max) {
      out_.differences.push_back({change, Range(at, 1), region, {}});
    } else if (out_.held.empty()) {
      out_.held.push_back({Cause::budget, "/differences", "are more than are listed"});
    }
  }

  const Revision& older_;
  const Revision& newer_;
  Comparison out_;
};

// What stays of a map when unaccounted bytes are zero.
std::vector<Region> settled(const Reading& reading) {
  std::vector<Region> out;
  for (Region region : reading.regions) {
    if (region.klass == RegionClass::unaccounted) {
      region.klass = RegionClass::padding;
    }
    if (!out.empty() && out.back().klass == region.klass && out.back().owner == region.owner) {
      out.back().range = between(out.back().range.from(), region.range.until());
    } else {
      out.push_back(region);
    }
  }
  return out;
}

Coverage coverage_of(const Revision& copy, const Comparison& comparison) {
  Coverage out;
  for (const Region& region : copy.reading.regions) {
    out.bytes += region.range.size();
    out.unaccounted += region.klass == RegionClass::unaccounted ? region.range.size() : 0;
    out.dropped += keeping_of(region.klass) == Keeping::dropped ? region.range.size() : 0;
  }
  for (const std::uint64_t bytes : comparison.bytes) {
    out.written += bytes;
  }
  out.budgets_hit = copy.scan.count(Exposure::unscanned);
  return out;
}

// Everything that can be against a copy, each a sentence.
class Verifier {
public:
  Verifier(const Revision& original, const Revision& copy) : original_(original), copy_(copy) {}

  Verification run() {
    for (const Held& held : original_.reading.held) {
      hold(held.cause, "/original" + held.where, held.why);
    }
    for (const Held& held : copy_.reading.held) {
      hold(held.cause, "/copy" + held.where, held.why);
    }
    out_.comparison = compare(original_, copy_);
    out_.coverage = coverage_of(copy_, out_.comparison);
    for (const Held& held : out_.comparison.held) {
      hold(held.cause, held.where, held.why);
    }
    check_differences();
    check_dropped();
    check_residual();
    return std::move(out_);
  }

private:
  void hold(Cause cause, std::string where, std::string why) {
    out_.held.push_back({cause, std::move(where), std::move(why)});
  }

  void check_differences() {
    std::uint64_t in_structure = 0;
    for (const Difference& difference : out_.comparison.differences) {
      const RegionClass klass = original_.reading.regions[difference.region].klass;
      in_structure += keeping_of(klass) == Keeping::untouched ? 1U : 0U;
    }
    if (in_structure > 0) {
      hold(Cause::malformed, "/differences", "are in bytes that redaction does not touch");
    }
    if (out_.comparison.count(Change::re_exposed) > 0) {
      hold(Cause::exposed, "/differences", "expose bytes that were redacted or empty");
    }
    if (out_.comparison.count(Change::changed) > 0) {
      hold(Cause::exposed, "/differences", "put something else than a mark where something was");
    }
  }

  void check_dropped() {
    for (const Region& region : original_.reading.regions) {
      const ByteView bytes = slice(copy_.file, region.range);
      if (keeping_of(region.klass) == Keeping::dropped &&
          std::ranges::any_of(bytes, [](std::uint8_t byte) { return byte != 0; })) {
        hold(Cause::exposed, fmt::format("/regions/{}", rule_of(region.klass).name),
             "is kept, which no copy may do");
        return;
      }
    }
  }

  void check_residual() {
    for (const Exposure exposure :
         {Exposure::customer_identifier, Exposure::session_payload, Exposure::stack_local}) {
      if (copy_.scan.count(exposure) > 0) {
        hold(Cause::exposed, fmt::format("/residual/{}", name_of(exposure)), "is found in the copy");
      }
    }
    if (out_.coverage.budgets_hit > 0) {
      hold(Cause::budget, "/scan", "was not looked at to the end");
    }
    if (out_.coverage.unaccounted > 0) {
      hold(Cause::malformed, "/regions/unaccounted", "has bytes that nothing refers to");
    }
  }

  const Revision& original_;
  const Revision& copy_;
  Verification out_;
};

} // namespace

std::string_view name_of(Change change) {
  switch (change) {
  case Change::newly_redacted:
    return "newly_redacted";
  case Change::remarked:
    return "remarked";
  case Change::changed:
    return "changed";
  case Change::re_exposed:
    return "re_exposed";
  }
  return {};
}

std::uint64_t Comparison::count(Change change) const {
  return static_cast<std::uint64_t>(std::ranges::count(differences, change, &Difference::change));
}

bool same_map(const Reading& a, const Reading& b) {
  return settled(a) == settled(b);
}

Comparison compare(const Revision& older, const Revision& newer) {
  Comparison out;
  if (older.file.size() != newer.file.size()) {
    out.held.push_back({Cause::malformed, "/size", "is not the same in both"});
    return out;
  }
  out = Comparer(older, newer).run();
  if (!same_map(older.reading, newer.reading)) {
    out.held.push_back({Cause::malformed, "/regions", "are not the same in both"});
  }
  return out;
}

Verification verify(const Revision& original, const Revision& copy) {
  return Verifier(original, copy).run();
}

} // namespace sallyport::dump
