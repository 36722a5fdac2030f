#include "crypto/aead.h"

#include <doctest/doctest.h>

using namespace sallyport;

TEST_CASE("AES-256-GCM opens the published test case 14") {
  const Bytes sealed = from_hex("000000000000000000000000"
                                "cea7403d4d606b6e074ec5d3baf39d18"
                                "d0d1c8a799996bf0265b98b5d48ab919")
                           .value();
  CHECK(crypto::open(Bytes(32, 0), sealed, {}).value() == Bytes(16, 0));
}

TEST_CASE("what was sealed opens with the same key and context only") {
  const Bytes key(32, 7);
  for (const std::size_t size : {0U, 1U, 16U, 1000U}) {
    const Bytes plain(size, 0x41);
    const Bytes sealed = crypto::seal(key, plain, as_bytes("row 1"));
    CHECK(sealed.size() == size + crypto::aead_overhead);
    CHECK(crypto::open(key, sealed, as_bytes("row 1")).value() == plain);
    CHECK(crypto::open(key, sealed, as_bytes("row 2")).error().code == ErrorCode::corrupt);
    CHECK(crypto::open(key, sealed, {}).error().code == ErrorCode::corrupt);
    CHECK(crypto::open(Bytes(32, 8), sealed, as_bytes("row 1")).error().code == ErrorCode::corrupt);
    CHECK(crypto::seal(key, plain, as_bytes("row 1")) != sealed);
  }
}

TEST_CASE("a sealed value with any flipped bit or missing byte does not open") {
  const Bytes key(32, 7);
  const Bytes sealed = crypto::seal(key, as_bytes("a value at rest"), as_bytes("row 1"));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    CHECK_FALSE(crypto::open(key, flipped, as_bytes("row 1")));
  }
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    CHECK_FALSE(crypto::open(key, ByteView(sealed).first(length), as_bytes("row 1")));
  }
}
