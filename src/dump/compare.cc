#include "dump/compare.h"

#include "dump/cursor.h"
#include "dump/limits.h"
#include "dump/marks.h"
#include "dump/policy.h"

#include <algorithm>
#include <cstring>

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
    finish();
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
    const auto kind = static_cast<std::size_t>(change);
    ++out_.bytes[kind];
    const bool goes_on = last_.region == region && last_.change == change &&
                         at - last_.range.until() <= gap_max && !last_.range.empty();
    if (goes_on) {
      last_.range = between(last_.range.from(), at + 1);
      return;
    }
    finish();
    last_ = {change, Range(at, 1), region, {}};
    ++out_.places[kind];
    out_.untouchable += least_of(older_.reading.regions[region].klass) == Keeping::untouched ? 1U : 0U;
  }

  void finish() {
    if (!last_.range.empty() && out_.differences.size() < limits::findings_max) {
      out_.differences.push_back(last_);
    }
  }

  const Revision& older_;
  const Revision& newer_;
  Comparison out_;
  Difference last_; // not listed yet
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

} // namespace sallyport::dump
