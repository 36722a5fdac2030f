#include "dump/regions.h"

#include <doctest/doctest.h>

#include <random>

using namespace sallyport;
using namespace sallyport::dump;

using enum RegionClass;

namespace {

// The class of one byte, as the rule is written: the first in the order of all that claim it.
RegionClass expected(const std::vector<Claim>& claims, std::uint64_t at, ByteView file) {
  RegionClass best = unaccounted;
  for (const Claim& claim : claims) {
    if (claim.range.contains(at)) {
      best = std::min(best, claim.klass);
    }
  }
  return best == unaccounted && file[at] == 0 ? padding : best;
}

} // namespace

TEST_CASE("overlaps go to the class that stands first, and what nobody claims is said") {
  const Bytes file{1, 1, 1, 1, 0, 0, 1, 1, 0, 0};
  const auto map = partition({{Range(1, 3), heap, nobody, Origin::memory},
                              {Range(2, 1), stack, 7, Origin::memory},
                              {Range(8, 100), opaque, 3}},
                             file);
  CHECK(map.regions == std::vector<Region>{{Range(0, 1), unaccounted, nobody},
                                           {Range(1, 1), heap, nobody},
                                           {Range(2, 1), stack, 7},
                                           {Range(3, 1), heap, nobody},
                                           {Range(4, 2), padding, nobody},
                                           {Range(6, 2), unaccounted, nobody},
                                           {Range(8, 2), opaque, 3}});
  CHECK_FALSE(map.contested);
}

TEST_CASE("bytes are contested where a structure and anything of another class claim them") {
  const Bytes file(10, 1);
  const Claim memory{Range(0, 6), heap, nobody, Origin::memory};
  CHECK_FALSE(partition({memory, {Range(2, 2), stack, 0, Origin::memory}}, file).contested);
  CHECK_FALSE(partition({memory, {Range(6, 2), structure}}, file).contested);
  CHECK_FALSE(partition({{Range(0, 4), paths}, {Range(2, 4), paths}}, file).contested);
  CHECK(partition({memory, {Range(5, 2), structure}}, file).contested == Range(5, 1));
  CHECK(partition({memory, {Range(2, 2), opaque}}, file).contested == Range(2, 2));
  CHECK(partition({{Range(0, 4), paths}, {Range(3, 4), registers}}, file).contested == Range(3, 1));
}

TEST_CASE("the map covers a file of no bytes, and one that nobody knows") {
  CHECK(partition({}, {}).regions.empty());
  CHECK(partition({{Range(0, 5), stack}}, {}).regions.empty());
  CHECK(partition({}, Bytes(3, 0)).regions == std::vector<Region>{{Range(0, 3), padding, nobody}});
}

TEST_CASE("the sizes of the regions add up to the file, whatever is claimed") {
  std::mt19937 random(20);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  for (int round = 0; round < 2000; ++round) {
    Bytes file(below(60));
    for (std::uint8_t& byte : file) {
      byte = below(3) == 0;
    }
    std::vector<Claim> claims(below(12));
    for (Claim& claim : claims) {
      claim = {Range(below(70), below(4) == 0 ? ~std::uint64_t{0} : below(30)),
               static_cast<RegionClass>(below(static_cast<std::uint64_t>(padding))),
               static_cast<std::uint32_t>(below(3)), below(2) == 0 ? Origin::file : Origin::memory};
    }
    const Partition map = partition(claims, file);
    REQUIRE(covers(map.regions, file.size()));
    for (const Region& region : map.regions) {
      for (std::uint64_t at = region.range.from(); at < region.range.until(); ++at) {
        const RegionClass klass = expected(claims, at, file);
        // A zero behind bytes that nobody claims belongs to them.
        REQUIRE((klass == region.klass || (klass == padding && region.klass == unaccounted)));
      }
    }
  }
}

TEST_CASE("a map that leaves bytes out, or has them twice, is none") {
  CHECK(covers(std::vector<Region>{{Range(0, 2)}, {Range(2, 1)}}, 3));
  CHECK_FALSE(covers(std::vector<Region>{{Range(0, 2)}, {Range(1, 2)}}, 3));
  CHECK_FALSE(covers(std::vector<Region>{{Range(0, 1)}, {Range(2, 1)}}, 3));
  CHECK_FALSE(covers(std::vector<Region>{{Range(0, 2)}}, 3));
  CHECK_FALSE(covers(std::vector<Region>{{Range(0, 3)}, {Range(3, 0)}}, 3));
}
