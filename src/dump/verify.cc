#include "dump/verify.h"

#include "dump/addresses.h"
#include "dump/cursor.h"
#include "dump/residual.h"
#include "dump/scrub.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <tuple>

namespace sallyport::dump {
namespace {

// Everything that can be against a copy, each a sentence.
class Verifier {
public:
  Verifier(const Revision& original, const Revision& copy, const Walker& walker, const SecondPath& second)
      : original_(original), copy_(copy), walker_(walker), second_(second) {}

  Verification run() {
    for (const Held& held : original_.reading.held) {
      hold(held.cause, "/original" + held.where, held.why);
    }
    for (const Held& held : copy_.reading.held) {
      hold(held.cause, "/copy" + held.where, held.why);
    }
    out_.comparison = compare(original_, copy_);
    for (const Held& held : out_.comparison.held) {
      hold(held.cause, held.where, held.why);
    }
    for (const Region& region : copy_.reading.regions) {
      out_.coverage.bytes += region.range.size();
      out_.coverage.unaccounted += region.klass == RegionClass::unaccounted ? region.range.size() : 0;
    }
    out_.coverage.budgets_hit = copy_.scan.count(Exposure::unscanned);
    if (original_.file.size() == copy_.file.size()) {
      out_.coverage.map = cover(original_.file, copy_.file, original_.reading.regions);
      check_differences();
      check_dropped();
      check_walk();
    } else {
      out_.unwound = not_walked(original_.reading.dump.threads.size());
    }
    count_residual();
    check_residual();
    return std::move(out_);
  }

private:
  void hold(Cause cause, std::string where, std::string why) {
    out_.held.push_back({cause, std::move(where), std::move(why)});
  }

  void check_differences() {
    if (out_.comparison.untouchable > 0) {
      hold(Cause::malformed, "/differences", "are in bytes that redaction does not touch");
    }
    if (out_.comparison.count(Change::re_exposed) > 0) {
      hold(Cause::exposed, "/differences", "expose bytes that were redacted or empty");
    }
    if (out_.comparison.count(Change::changed) > 0) {
      hold(Cause::exposed, "/differences", "put something else than a mark where something was");
    }
  }

  void hold_kept(RegionClass klass) {
    hold(Cause::exposed, fmt::format("/regions/{}", rule_of(klass).name), "is kept, which no copy may do");
  }

  void check_dropped() {
    for (const Region& region : original_.reading.regions) {
      const ByteView bytes = slice(copy_.file, region.range);
      if (least_of(region.klass) == Keeping::dropped &&
          std::ranges::any_of(bytes, [](std::uint8_t byte) { return byte != 0; })) {
        hold_kept(region.klass);
        return;
      }
    }
  }

  void check_walk() {
    const bool walks = static_cast<bool>(walker_);
    const Walk before = walks ? walker_(original_.file, original_.reading) : Walk();
    const Scrubber words(original_.file, original_.reading, Policy(), before.read);
    std::set<std::uint32_t> wide; // threads whose stacks have more than they had to
    bool kept = false;
    for (std::uint32_t i = 0; i < original_.reading.regions.size(); ++i) {
      const Region& region = original_.reading.regions[i];
      if (least_of(region.klass) != Keeping::pointers || words.is_scrubbed(copy_.file, i, Keep::code)) {
        continue;
      }
      if (words.is_scrubbed(copy_.file, i, Keep::walked)) {
        wide.insert(region.owner);
      } else if (!kept) {
        hold_kept(region.klass);
        kept = true;
      }
    }
    if (walks) {
      count_threads(before, walker_(copy_.file, copy_.reading), wide);
    } else {
      out_.unwound = not_walked(original_.reading.dump.threads.size());
    }
  }

  void count_threads(const Walk& before, const Walk& after, const std::set<std::uint32_t>& wide) {
    out_.unwound = unwound(before, after);
    const std::vector<std::uint32_t> lost = lost_threads(before, after);
    for (const std::uint32_t thread : wide) {
      if (thread < before.threads.size() && !std::ranges::binary_search(lost, thread)) {
        ++out_.unwound.widened;
        --out_.unwound.identical;
      }
    }
  }

  // By the way that redaction took, and by one that it never took. What both find is one thing where they say
  // the same of it.
  void count_residual() {
    std::array<std::vector<Range>, exposure_count> places;
    for (const Finding& finding : copy_.scan.findings) {
      const auto exposure = static_cast<std::size_t>(finding.exposure);
      ++out_.residual[exposure];
      places[exposure].push_back(finding.range);
    }
    std::array<RangeSet, exposure_count> known;
    std::ranges::transform(places, known.begin(), [](auto& ranges) { return RangeSet(std::move(ranges)); });
    std::map<std::tuple<Exposure, RegionClass, std::string_view>, SecondFound> found;
    find_residual(copy_.file, second_.terms, second_.workers, [&](const ResidualRule& rule, Range value) {
      by_second_path_.insert(rule.klass);
      const RegionClass klass = class_at(value.from());
      const Exposure exposure = exposure_of(rule.detector, klass);
      if (!known[static_cast<std::size_t>(exposure)].touches(value)) {
        ++out_.residual[static_cast<std::size_t>(exposure)];
        SecondFound& row =
            found.try_emplace({exposure, klass, rule.id}, exposure, klass, rule.id).first->second;
        row.first = row.count == 0 ? value.from() : std::min(row.first, value.from());
        row.bytes += value.size();
        ++row.count;
      }
    });
    for (const auto& [key, row] : found) {
      out_.second.push_back(row);
    }
  }

  RegionClass class_at(std::uint64_t at) const {
    const auto behind = std::ranges::upper_bound(copy_.reading.regions, at, {},
                                                 [](const Region& region) { return region.range.until(); });
    return behind == copy_.reading.regions.end() ? RegionClass::unaccounted : behind->klass;
  }

  void check_residual() {
    for (const Exposure exposure :
         {Exposure::customer_identifier, Exposure::session_payload, Exposure::stack_local}) {
      if (out_.residual[static_cast<std::size_t>(exposure)] > 0) {
        hold(Cause::exposed, fmt::format("/residual/{}", name_of(exposure)), "is found in the copy");
      }
    }
    for (const std::string_view klass : by_second_path_) {
      hold(Cause::exposed, fmt::format("/residual/{}", klass), "is found in the copy by the second path");
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
  const Walker& walker_;
  const SecondPath& second_;
  std::set<std::string_view> by_second_path_; // classes of the charter language
  Verification out_;
};

} // namespace

std::uint64_t Coverage::of(Fate fate) const {
  std::uint64_t sum = 0;
  for (const RegionCoverage& region : map.regions) {
    sum += region.of(fate);
  }
  return sum;
}

Verification verify(const Revision& original, const Revision& copy, const Walker& walker,
                    const SecondPath& second) {
  return Verifier(original, copy, walker, second).run();
}

} // namespace sallyport::dump
