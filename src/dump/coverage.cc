#include "dump/coverage.h"

#include "dump/cursor.h"
#include "dump/runs.h"

#include <algorithm>
#include <cstring>

namespace sallyport::dump {
namespace {

constexpr std::uint64_t block = 64 * 1024;

bool is_empty(ByteView bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

class Cover {
public:
  Cover(ByteView original, ByteView copy) : original_(original), copy_(copy) {
    out_.cell_bytes = std::max<std::uint64_t>((copy.size() + cells_max - 1) / cells_max, 1);
    out_.cells.resize((copy.size() + out_.cell_bytes - 1) / out_.cell_bytes);
  }

  void region(std::uint32_t index, const Region& region) {
    RegionCoverage& row = out_.regions.emplace_back(RegionCoverage{index});
    const Keeping least = least_of(region.klass);
    for (std::uint64_t at = region.range.from(); at < region.range.until();) {
      const std::uint64_t cell = at / out_.cell_bytes;
      const Range piece =
          between(at, std::min({region.range.until(), (cell + 1) * out_.cell_bytes, at + block}));
      const Fates fates =
          least == Keeping::untouched ? untouched(region.klass, piece) : written(piece, least);
      for (std::size_t i = 0; i < fate_count; ++i) {
        row.bytes[i] += fates[i];
        out_.cells[cell][i] += fates[i];
      }
      at = piece.until();
    }
  }

  CoverageMap take() { return std::move(out_); }

private:
  static Fates untouched(RegionClass klass, Range range) {
    Fates out{};
    out[static_cast<std::size_t>(klass == RegionClass::padding ? Fate::empty : Fate::structure)] =
        range.size();
    return out;
  }

  Fates written(Range range, Keeping least) {
    const ByteView was = slice(original_, range);
    const ByteView is = slice(copy_, range);
    Fates out{};
    if (is_empty(was) && is_empty(is)) {
      out[static_cast<std::size_t>(Fate::empty)] = range.size();
      return out;
    }
    const bool pointers = least == Keeping::pointers;
    fates_.assign(range.size(), pointers ? Fate::pointer : Fate::binary);
    if (!pointers) {
      find_runs(is, 0, [&](const TextRun& run) {
        const auto from = fates_.begin() + static_cast<std::ptrdiff_t>(run.range.from());
        std::fill_n(from, run.range.size(), Fate::text);
      });
    }
    for (std::size_t i = 0; i < range.size(); ++i) {
      const Fate fate = was[i] != is[i] ? Fate::redacted : is[i] == 0 && !pointers ? Fate::empty : fates_[i];
      ++out[static_cast<std::size_t>(fate)];
    }
    return out;
  }

  ByteView original_;
  ByteView copy_;
  std::vector<Fate> fates_;
  CoverageMap out_;
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

CoverageMap cover(ByteView original, ByteView copy, const std::vector<Region>& regions) {
  Cover out(original, copy);
  for (std::uint32_t i = 0; i < regions.size(); ++i) {
    out.region(i, regions[i]);
  }
  return out.take();
}

} // namespace sallyport::dump
