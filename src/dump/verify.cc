#include "dump/verify.h"

#include "dump/cursor.h"
#include "dump/scrub.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace sallyport::dump {
namespace {

// Everything that can be against a copy, each a sentence.
class Verifier {
public:
  Verifier(const Revision& original, const Revision& copy, const Walker& walker)
      : original_(original), copy_(copy), walker_(walker) {}

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
    }
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
    out_.unwound.threads = original_.reading.dump.threads.size();
    if (walks) {
      count_threads(before, walker_(copy_.file, copy_.reading), wide);
    }
  }

  void count_threads(const Walk& before, const Walk& after, const std::set<std::uint32_t>& wide) {
    out_.unwound = unwound(before, after);
    const std::vector<std::uint32_t> changed = changed_threads(before, after);
    for (const std::uint32_t thread : wide) {
      if (thread < before.threads.size() && !std::ranges::binary_search(changed, thread)) {
        ++out_.unwound.widened;
        --out_.unwound.identical;
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
  const Walker& walker_;
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

Verification verify(const Revision& original, const Revision& copy, const Walker& walker) {
  return Verifier(original, copy, walker).run();
}

} // namespace sallyport::dump
