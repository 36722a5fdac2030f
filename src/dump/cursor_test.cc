#include "dump/cursor.h"

#include <doctest/doctest.h>

#include <limits>

using namespace sallyport;
using namespace sallyport::dump;

namespace {
constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
}

TEST_CASE("numbers are read in either byte order, and none behind the end") {
  const Bytes bytes{1, 2, 3, 4, 5, 6, 7, 8, 9};
  Cursor little(bytes, std::endian::little);
  CHECK(little.u16() == 0x0201);
  CHECK(little.u32() == 0x06050403);
  CHECK(little.left() == 3);
  CHECK(little.u32() == 0);
  CHECK_FALSE(little.ok());
  CHECK(little.u8() == 0); // and nothing after that, though a byte would be left
  Cursor big(bytes, std::endian::big);
  CHECK(big.u64() == 0x0102030405060708);
  CHECK(big.u8() == 9);
  CHECK(big.ok());
  CHECK(Cursor(bytes, std::endian::little).word(4) == 0x04030201);
}

TEST_CASE("no length is too long to be refused") {
  const Bytes bytes{1, 2, 3};
  Cursor in(bytes, std::endian::little);
  CHECK(in.skip(1).bytes(most).empty());
  CHECK_FALSE(in.ok());
  CHECK(slice(bytes, Range(1, most)).size() == 2);
  CHECK(slice(bytes, Range(most, most)).empty());
  CHECK(slice(bytes, Range(3, 1)).empty());
}

TEST_CASE("a range never wraps around") {
  CHECK(Range(most - 2, 100).until() == most);
  CHECK(Range(most, 1).empty());
  CHECK(Range(10, 20).part(5) == Range(15, 15));
  CHECK(Range(10, 20).part(5, 3) == Range(15, 3));
  CHECK(Range(10, 20).part(most, most) == Range(30, 0));
  CHECK(between(9, 3).empty());
  CHECK(common(Range(0, 10), Range(5, most)) == Range(5, 5));
  CHECK(common(Range(0, 10), Range(20, 5)).empty());
  CHECK(Range(5, 5).contains(5));
  CHECK_FALSE(Range(5, 5).contains(10));
  CHECK_FALSE(Range(5, 5).contains(4));
}
