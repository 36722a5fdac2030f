#include "crypto/digest.h"
#include "crypto/random.h"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <string>

using namespace sallyport;
using namespace sallyport::crypto;

TEST_CASE("SHA-2 gives the digests of FIPS 180-4") {
  CHECK(sha256("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1'000'000, 'a')).hex() ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(to_hex(sha512(as_bytes("abc"))) ==
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST_CASE("SHA-256 of the pieces is SHA-256 of the whole") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    Bytes whole(random() % 300);
    for (auto& b : whole) {
      b = static_cast<std::uint8_t>(random());
    }
    Sha256 pieces;
    for (std::size_t at = 0; at < whole.size();) {
      const std::size_t length = std::min<std::size_t>(random() % 80, whole.size() - at);
      pieces.update(ByteView(whole).subspan(at, length));
      at += length;
    }
    CHECK(pieces.finish() == sha256(whole));
  }
}

TEST_CASE("HMAC-SHA-256 gives the values of RFC 4231") {
  CHECK(hmac_sha256(Bytes(20, 0x0B), as_bytes("Hi There")).hex() ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).hex() ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hmac_sha256(Bytes(20, 0xAA), Bytes(50, 0xDD)).hex() ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  Bytes counting;
  for (std::uint8_t b = 1; b <= 25; ++b) {
    counting.push_back(b);
  }
  CHECK(hmac_sha256(counting, Bytes(50, 0xCD)).hex() ==
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  CHECK(hmac_sha256(Bytes(131, 0xAA), as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))
            .hex() == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(hmac_sha256({}, {}).hex() == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("random numbers do not repeat") {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(random_u64());
  }
  CHECK(seen.size() == 1000);
}
