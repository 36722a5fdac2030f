#include "base/bytes.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/sensitive.h"

#include <doctest/doctest.h>

using namespace sallyport;

TEST_CASE("instants have one spelling, to the millisecond") {
  const auto t = parse_instant("2026-11-20T12:10:00.001Z");
  REQUIRE(t);
  CHECK(to_string(*t) == "2026-11-20T12:10:00.001Z");
  CHECK(parse_instant("1970-01-01T00:00:00.000Z")->ms == 0);
  for (const char* bad :
       {"2026-11-20T12:10:00Z", "2026-11-20T12:10:00.000+00:00", "2026-02-30T00:00:00.000Z",
        "2026-11-20T24:00:00.000Z", "2026-11-20 12:10:00.000Z", "", "2026-1a-20T12:10:00.000Z"}) {
    CHECK_FALSE(parse_instant(bad));
  }
}

TEST_CASE("hex and base64 accept exactly one spelling of each value") {
  const std::string text = "any carnal pleas";
  CHECK(as_text(*from_base64(to_base64(as_bytes(text)))) == text);
  CHECK(as_text(*from_base64url(to_base64url(as_bytes(text)))) == text);
  CHECK(as_text(*from_hex(to_hex(as_bytes(text)))) == text);
  CHECK_FALSE(from_base64("YR==")); // stray bits
  CHECK_FALSE(from_base64("YQ"));   // no padding
  CHECK_FALSE(from_base64("YQ==\n"));
  CHECK_FALSE(from_base64url("YQ=="));
  CHECK_FALSE(from_hex("AB"));
  CHECK_FALSE(from_hex("abc"));
}

TEST_CASE("ids carry their kind") {
  const auto id = PacketId::from_random(0x3FFFFFFFFFFFF);
  CHECK(id.str() == "pk_9999999999");
  CHECK(PacketId::parse(id.str()));
  CHECK_FALSE(PersonId::parse(id.str()));
  CHECK_FALSE(PacketId::parse("pk_000000000l"));
  CHECK_FALSE(PacketId::parse("pk_99999999999"));
}

TEST_CASE("UTF-8: overlong forms, surrogates and cut sequences are not text") {
  CHECK(is_utf8("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80"));
  CHECK_FALSE(is_utf8("\xC0\x80"));
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));
  CHECK_FALSE(is_utf8("\xE2\x82"));
  CHECK_FALSE(is_utf8("\xF5\x80\x80\x80"));
  CHECK_FALSE(is_utf8("\xE0\x80\xAF"));
}

TEST_CASE("a digest is 32 bytes in lowercase hex") {
  CHECK(Digest::from_hex(std::string(64, 'a')));
  CHECK_FALSE(Digest::from_hex(std::string(63, 'a')));
  CHECK_FALSE(Digest::from_hex(std::string(64, 'A')));
}

static_assert(!fmt::is_formattable<Sensitive<int>>::value, "a sensitive value must not format");
