#include "crypto/dsse.h"

#include "base/testing/shared_data.h"
#include "canon/json.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::crypto;
using sallyport::testing::read_file;
using sallyport::testing::shared_data;

namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("the bytes that are signed are those of the DSSE document") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/dsse");
  const auto vector = canon::parse(read_file(shared_data("vectors/dsse/example-v1.0.2.json"))).value();
  const auto text = [&](const char* name) { return *vector.find(name)->string(); };
  CHECK(as_text(dsse_pae(text("payloadType"), as_bytes(text("body")))) == text("pae"));
}

TEST_CASE("an envelope opens to the body that was signed, for its type and key only") {
  const auto key = Ed25519Key::generate();
  const std::string envelope = dsse_envelope(key, dsse_in_toto_type, as_bytes("{\"v\":1}"));
  CHECK(as_text(dsse_open(envelope, dsse_in_toto_type, key.public_key()).value()) == "{\"v\":1}");
  CHECK(dsse_open(envelope, "text/plain", key.public_key()).error().where == "/payloadType");
  CHECK(dsse_open(envelope, dsse_in_toto_type, Ed25519Key::generate().public_key()).error().where ==
        "/signatures/0/keyid");
}

TEST_CASE("an envelope that says more, less or something else does not open") {
  const auto key = Ed25519Key::generate();
  const std::string envelope = dsse_envelope(key, dsse_in_toto_type, as_bytes("body"));
  const auto opens = [&](const std::string& text) {
    return dsse_open(text, dsse_in_toto_type, key.public_key()).has_value();
  };
  REQUIRE(opens(envelope));
  CHECK_FALSE(opens(replaced(envelope, "\"payload\":\"Ym9keQ==\"", "\"payload\":\"Ym9keg==\"")));
  CHECK_FALSE(opens(replaced(envelope, "\"payload\":", "\"extra\":1,\"payload\":")));
  CHECK_FALSE(opens(replaced(envelope, "\"keyid\":", "\"extra\":1,\"keyid\":")));
  CHECK_FALSE(
      opens(replaced(envelope, "\"signatures\":[", "\"signatures\":[{\"keyid\":\"a\",\"sig\":\"AA==\"},")));
  CHECK_FALSE(opens(replaced(envelope, "}]", "},{\"keyid\":\"a\",\"sig\":\"AA==\"}]")));
  CHECK_FALSE(opens("{\"payload\":\"Ym9keQ==\",\"payloadType\":\"" + std::string(dsse_in_toto_type) +
                    "\",\"signatures\":[]}"));
  CHECK_FALSE(opens(""));
}

TEST_CASE("no envelope with a flipped bit opens") {
  const auto key = Ed25519Key::from_seed(Bytes(32, 3));
  const std::string envelope = dsse_envelope(key, dsse_in_toto_type, as_bytes("{\"v\":1}"));
  for (std::size_t bit = 0; bit < envelope.size() * 8; ++bit) {
    std::string flipped = envelope;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    CHECK_FALSE(dsse_open(flipped, dsse_in_toto_type, key.public_key()));
  }
}

TEST_CASE("the worked bundle's countersignature holds over its manifest") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle");
  for (const std::string bundle : {"vectors/worked-bundle/lane/", "vectors/worked-bundle/proof/"}) {
    const auto key = ed25519_from_spki_pem(read_file(shared_data(bundle + "trust/gate.pub.pem")));
    REQUIRE(key);
    const auto body =
        dsse_open(read_file(shared_data(bundle + "manifest.dsse.json")), dsse_in_toto_type, *key);
    REQUIRE(body);
    CHECK(as_text(*body) == read_file(shared_data(bundle + "manifest.json")));
  }
}
