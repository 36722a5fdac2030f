#include "crypto/ssh_key.h"
#include "crypto/ssh_wire.h"

#include "base/testing/shared_data.h"
#include "crypto/ed25519.h"

#include <doctest/doctest.h>

#include <random>

using namespace sallyport;
using namespace sallyport::crypto;
using sallyport::testing::read_file;
using sallyport::testing::shared_data;

namespace {

Scalar256 mpint_of(const Bytes& digits, bool& done) {
  const Bytes wire = WireWriter().string(digits).out();
  WireReader in(wire);
  const Scalar256 value = in.mpint();
  done = in.done();
  return value;
}

} // namespace

TEST_CASE("an mpint has one spelling") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; ++round) {
    Scalar256 value{};
    const std::size_t length = random() % 33;
    for (std::size_t i = 32 - length; i < 32; ++i) {
      value[i] = static_cast<std::uint8_t>(random());
    }
    const Bytes wire = WireWriter().mpint(value).out();
    WireReader in(wire);
    CHECK(in.mpint() == value);
    CHECK(in.done());
  }
  bool done = false;
  CHECK(mpint_of({0x00, 0x80}, done)[31] == 0x80);
  CHECK(done);
  for (const Bytes& bad :
       {Bytes{0x00}, Bytes{0x00, 0x7F}, Bytes{0x80}, Bytes{0x00, 0x00, 0x80}, Bytes(33, 0x01)}) {
    CHECK(mpint_of(bad, done) == Scalar256{});
    CHECK_FALSE(done);
  }
}

TEST_CASE("a reader past the end answers empty and says so, for good") {
  const Bytes wire = WireWriter().string("ab").u32(7).out();
  for (std::size_t length = 0; length < wire.size(); ++length) {
    WireReader in(ByteView(wire).first(length));
    in.string();
    in.u32();
    CHECK_FALSE(in.ok());
    CHECK(in.byte() == 0);
    CHECK_FALSE(in.done());
  }
  WireReader in(wire);
  CHECK(in.text() == "ab");
  CHECK(in.u32() == 7);
  CHECK(in.done());
  const Bytes overlong{0xFF, 0xFF, 0xFF, 0xFF, 0x00};
  WireReader huge(overlong);
  CHECK(huge.string().empty());
  CHECK_FALSE(huge.ok());
}

TEST_CASE("OpenSSH's public keys come back as the lines they were") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/sshsig");
  for (const char* name : {"ed25519", "ecdsa", "ed25519_sk", "ecdsa_sk", "ecdsa_sk_webauthn"}) {
    CAPTURE(name);
    const std::string line = read_file(shared_data("vectors/sshsig/") / (std::string(name) + ".pub"));
    const auto key = parse_public_key_line(line);
    REQUIRE(key);
    CHECK(line.starts_with(key->line()));
    CHECK(parse_public_key_line(key->line()).value() == *key);
    CHECK(parse_public_key(key->blob).value() == *key);
    for (std::size_t length = 0; length < key->blob.size(); ++length) {
      CHECK_FALSE(parse_public_key(ByteView(key->blob).first(length)));
    }
    Bytes longer = key->blob;
    longer.push_back(0);
    CHECK_FALSE(parse_public_key(longer));
  }
}

TEST_CASE("a key of another type is unsupported, and the answer names the types that are taken") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/sshsig");
  for (const char* name : {"rsa", "mldsa44-ed25519"}) {
    const auto key =
        parse_public_key_line(read_file(shared_data("vectors/sshsig/") / (std::string(name) + ".pub")));
    REQUIRE_FALSE(key);
    CHECK(key.error().code == ErrorCode::unsupported);
    CHECK(key.error().message.find("taken are ssh-ed25519") != std::string::npos);
  }
}

TEST_CASE("a line that is not exactly type, base64 and comment is no key") {
  const auto key = make_ed25519_key(Ed25519Key::from_seed(Bytes(32, 1)).public_key());
  REQUIRE(parse_public_key_line(key.line()));
  CHECK(parse_public_key_line(key.line() + " a comment of words\r\n").value() == key);
  CHECK_FALSE(parse_public_key_line(""));
  CHECK_FALSE(parse_public_key_line("ssh-ed25519"));
  CHECK_FALSE(parse_public_key_line(" " + key.line()));
  CHECK_FALSE(parse_public_key_line("no-touch-required " + key.line()));
  CHECK_FALSE(parse_public_key_line(key.line() + "\n" + key.line()));
  CHECK_FALSE(parse_public_key_line(key.line() + " comment\n" + key.line()));
  CHECK_FALSE(parse_public_key_line("ecdsa-sha2-nistp256 " + to_base64(key.blob)));
}

TEST_CASE("a P-256 point off the curve is no key, nor is a token key without a plain application") {
  // The generator of P-256 (SEC 2).
  const Bytes generator = from_hex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                                   "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
                              .value();
  CHECK(make_sk_ecdsa_key(generator, "ssh:").value().application == "ssh:");
  CHECK_FALSE(make_sk_ecdsa_key(generator, ""));
  CHECK_FALSE(make_sk_ecdsa_key(generator, std::string("ssh:\0", 5)));
  CHECK_FALSE(make_sk_ecdsa_key(generator, std::string(256, 'a')));
  const auto with_curve = [&](std::string_view curve) {
    return WireWriter().string("ecdsa-sha2-nistp256").string(curve).string(generator).out();
  };
  CHECK(parse_public_key(with_curve("nistp256")));
  CHECK_FALSE(parse_public_key(with_curve("nistp384")));
  Bytes off = generator;
  off[64] ^= 1;
  CHECK_FALSE(make_sk_ecdsa_key(off, "ssh:"));
  Bytes compressed(generator.begin(), generator.begin() + 33);
  compressed[0] = 0x03;
  CHECK_FALSE(make_sk_ecdsa_key(compressed, "ssh:"));
  CHECK_FALSE(make_sk_ecdsa_key(Bytes{0x00}, "ssh:"));
}
