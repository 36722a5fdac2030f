#include "ledger/note.h"

#include "canon/json.h"
#include "ledger/testing/trees.h"

#include <doctest/doctest.h>

namespace sallyport::ledger {

using namespace testing;

namespace {

constexpr std::string_view text = "example.org/log\nsecond line\n\nafter an empty one\n";

VerifierKey log_key() {
  return *VerifierKey::make("example.org/log", SignatureType::ed25519, test_key(1).public_key());
}

VerifierKey witness_key() {
  return *VerifierKey::make("example.org/w1", SignatureType::cosignature_v1, test_key(2).public_key());
}

std::string signed_text() {
  return *sign_note(text, "example.org/log", test_key(1));
}

std::string cosigned_text() {
  return *cosign_note(signed_text(), "example.org/w1", test_key(2), Instant{1'700'000'000'999});
}

// Whether the whole check, as a verifier would do it, accepts these bytes as note of `text`.
bool accepted(std::string_view note) {
  const auto parsed = parse_note(note);
  return parsed && parsed->text == text && verify_signature(*parsed, log_key()) &&
         verify_cosignature(*parsed, witness_key());
}

} // namespace

TEST_CASE("the example of the signed-note specification verifies") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/c2sp-examples");
  const auto example = canon::parse(read_vector("c2sp-examples/signed-note.json"));
  REQUIRE(example);
  const auto key = VerifierKey::parse(*example->find("vkey")->string());
  const auto note = parse_note(*example->find("note")->string());
  REQUIRE(key);
  REQUIRE(note);
  CHECK(key->text() == *example->find("vkey")->string());
  CHECK(note->text == "This is an example message.\n");
  CHECK(verify_signature(*note, *key));
  CHECK(write_note(*note) == *example->find("note")->string());
}

TEST_CASE("a note that was signed and cosigned verifies, with the witness's time in seconds") {
  const auto note = parse_note(cosigned_text());
  REQUIRE(note);
  CHECK(note->text == text);
  CHECK(verify_signature(*note, log_key()));
  const auto at = verify_cosignature(*note, witness_key());
  REQUIRE(at);
  CHECK(*at == Instant{1'700'000'000'000});
}

TEST_CASE("no single flipped bit of a cosigned note is accepted") {
  const std::string note = cosigned_text();
  REQUIRE(accepted(note));
  for (std::size_t bit = 0; bit < note.size() * 8; ++bit) {
    std::string damaged = note;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    CAPTURE(bit);
    CHECK_FALSE(accepted(damaged));
  }
}

TEST_CASE("no truncation or extension of a cosigned note is accepted") {
  const std::string note = cosigned_text();
  for (std::size_t length = 0; length < note.size(); ++length) {
    CHECK_FALSE(accepted(note.substr(0, length)));
  }
  CHECK_FALSE(accepted(note + "\n"));
  CHECK_FALSE(accepted(note + "x"));
  CHECK_FALSE(accepted("\n" + note));
}

TEST_CASE("lines of unknown keys are ignored, wrong lines of a known key are not") {
  const auto stranger = parse_note(*sign_note(text, "example.org/log", test_key(9)));
  auto note = *parse_note(signed_text());
  CHECK(verify_signature(*stranger, log_key()).error().code == ErrorCode::not_found);
  note.signatures.push_back(stranger->signatures[0]);
  CHECK(verify_signature(note, log_key()));
  NoteSignature forged = note.signatures[0];
  forged.signature[5] ^= 1;
  note.signatures.push_back(forged);
  CHECK(verify_signature(note, log_key()).error().code == ErrorCode::denied);
}

TEST_CASE("a log key does not verify a cosignature, nor the other way round") {
  const auto note = parse_note(cosigned_text());
  CHECK_FALSE(verify_signature(*note, witness_key()));
  CHECK_FALSE(verify_cosignature(*note, log_key()));
  const auto crossed =
      VerifierKey::make("example.org/log", SignatureType::cosignature_v1, test_key(1).public_key());
  CHECK_FALSE(verify_cosignature(*note, *crossed));
}

TEST_CASE("a cosignature binds its time") {
  auto note = *parse_note(cosigned_text());
  note.signatures[1].signature[7] ^= 1;
  CHECK(verify_cosignature(note, witness_key()).error().code == ErrorCode::denied);
  note.signatures[1].signature.resize(64);
  CHECK(verify_cosignature(note, witness_key()).error().code == ErrorCode::denied);
  CHECK_FALSE(cosign_note(signed_text(), "w", test_key(2), Instant{-1}));
  CHECK_FALSE(cosign_note(signed_text(), "w", test_key(2), Instant{253'402'300'800'000}));
}

TEST_CASE("a witness that signed twice counts with its later time") {
  const auto twice = cosign_note(cosigned_text(), "example.org/w1", test_key(2), Instant{1'800'000'000'000});
  CHECK(*verify_cosignature(*parse_note(*twice), witness_key()) == Instant{1'800'000'000'000});
}

TEST_CASE("the parser takes one spelling only") {
  const std::string body = "t\n\n";
  const std::string mark = "\xE2\x80\x94 ";
  CHECK(parse_note(body + mark + "n AAAAAAE=\n"));
  CHECK_FALSE(parse_note(body));
  CHECK_FALSE(parse_note("t\n" + mark + "n AAAAAAE=\n"));
  CHECK_FALSE(parse_note(body + "- n AAAAAAE=\n"));
  CHECK_FALSE(parse_note(body + mark + " AAAAAAE=\n"));
  CHECK_FALSE(parse_note(body + mark + "n  AAAAAAE=\n"));
  CHECK_FALSE(parse_note(body + mark + "n+m AAAAAAE=\n"));
  CHECK_FALSE(parse_note(body + mark + "n\xC2\xA0m AAAAAAE=\n"));
  CHECK_FALSE(parse_note(body + mark + "n AAAAAAE\n"));    // padding left out
  CHECK_FALSE(parse_note(body + mark + "n AAAAAAF=\n"));   // trailing bits
  CHECK_FALSE(parse_note(body + mark + "n AAAAAA==\n"));   // key id alone
  CHECK_FALSE(parse_note(body + mark + "n AAAAAAE=\r\n")); // carriage return
  CHECK_FALSE(parse_note("t\x01\n\n" + mark + "n AAAAAAE=\n"));
  CHECK_FALSE(parse_note("t\xFF\n\n" + mark + "n AAAAAAE=\n"));
  CHECK_FALSE(parse_note(""));
}

TEST_CASE("sixteen signatures are taken and a seventeenth is not, nor a note of any size") {
  std::string note = "t\n\n";
  for (std::size_t i = 0; i < note_signatures_max; ++i) {
    note += "\xE2\x80\x94 n AAAAAAE=\n";
  }
  CHECK(parse_note(note));
  CHECK_FALSE(cosign_note(note, "w", test_key(2), Instant{0}));
  note += "\xE2\x80\x94 n AAAAAAE=\n";
  CHECK(parse_note(note).error().code == ErrorCode::too_large);
  CHECK(parse_note(std::string(note_bytes_max + 1, 'x')).error().code == ErrorCode::too_large);
}

TEST_CASE("what cannot be a note is not signed") {
  CHECK_FALSE(sign_note("no newline", "n", test_key(1)));
  CHECK_FALSE(sign_note("tab\t\n", "n", test_key(1)));
  CHECK_FALSE(sign_note("t\n", "a name", test_key(1)));
  CHECK_FALSE(sign_note("t\n", "", test_key(1)));
}

TEST_CASE("a verifier key reads back, split at its first two plus signs only") {
  // Keys are tried until the base64 of one holds a plus sign.
  std::uint8_t seed = 0;
  VerifierKey key = log_key();
  while (key.text().substr(key.text().size() - 44).find('+') == std::string::npos) {
    key = *VerifierKey::make("example.org/log", SignatureType::ed25519, test_key(++seed).public_key());
  }
  const auto parsed = VerifierKey::parse(key.text());
  REQUIRE(parsed);
  CHECK(*parsed == key);
}

TEST_CASE("a verifier key with another id, name, type or length is refused") {
  const std::string vkey = log_key().text();
  REQUIRE(VerifierKey::parse(vkey));
  for (std::size_t i = 0; i < vkey.size(); ++i) {
    std::string damaged = vkey;
    damaged[i] = damaged[i] == 'a' ? 'b' : 'a';
    CAPTURE(i);
    CHECK_FALSE(VerifierKey::parse(damaged));
  }
  CHECK_FALSE(VerifierKey::parse("example.org/log"));
  CHECK_FALSE(VerifierKey::parse("example.org/log+00000000+"));
  CHECK(VerifierKey::parse("n+00000000+BgAA").error().code == ErrorCode::unsupported);
}

} // namespace sallyport::ledger
