#include "dump/coverage.h"

#include "dump/cursor.h"
#include "dump/runs.h"

#include <algorithm>
#include <cstring>

namespace sallyport::dump {
namespace {

constexpr std::uint64_t block = 64 * 1024;

bool is_empty(ByteView bytes) {
  return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

class Cover {
public:
  Cover(ByteView original, ByteView copy) : original_(original), copy_(copy) {}

  RegionCoverage region(std::uint32_t index, const Region& region) {
    RegionCoverage out{index};
    const Keeping least = least_of(region.klass);
    if (least == Keeping::untouched) {
      const Fate all = region.klass == RegionClass::padding ? Fate::empty : Fate::structure;
      out.bytes[static_cast<std::size_t>(all)] = region.range.size();
      return out;
    }
    for (std::uint64_t done = 0; done < region.range.size(); done += block) {
      piece(region.range.part(done, block), least == Keeping::pointers ? Fate::pointer : Fate::binary, out);
    }
    return out;
  }

private:
  void piece(Range range, Fate rest, RegionCoverage& out) {
    const ByteView was = slice(original_, range);
    const ByteView is = slice(copy_, range);
    if (is_empty(was) && is_empty(is)) {
      out.bytes[static_cast<std::size_t>(Fate::empty)] += range.size();
      return;
    }
    fates_.assign(range.size(), rest);
    if (rest != Fate::pointer) {
      find_runs(is, 0, [&](const TextRun& run) {
        const auto from = fates_.begin() + static_cast<std::ptrdiff_t>(run.range.from());
        std::fill_n(from, run.range.size(), Fate::text);
      });
    }
    for (std::size_t i = 0; i < range.size(); ++i) {
      const Fate fate = was[i] != is[i] ? Fate::redacted : is[i] == 0 && rest != Fate::pointer ? Fate::empty : fates_[i];
      ++out.bytes[static_cast<std::size_t>(fate)];
    }
  }

  ByteView original_;
  ByteView copy_;
  std::vector<Fate> fates_;
};

} // namespace

std::string_view name_of(Fate fate) {
  switch (fate) {
  case Fate::structure:
    return "structure";
  case Fate::empty:
    return "empty";
  case Fate::redacted:
    return "redacted";
  case Fate::pointer:
    return "pointer";
  case Fate::text:
    return "text";
  case Fate::binary:
    return "binary";
  }
  return {};
}

std::vector<RegionCoverage> cover(ByteView original, ByteView copy, const std::vector<Region>& regions) {
  std::vector<RegionCoverage> out;
  out.reserve(regions.size());
  Cover one(original, copy);
  for (std::uint32_t i = 0; i < regions.size(); ++i) {
    out.push_back(one.region(i, regions[i]));
  }
  return out;
}

} // namespace sallyport::dump
