#include "crypto/passkey.h"

#include "base/testing/shared_data.h"
#include "canon/json.h"
#include "crypto/testing/software_passkey.h"

#include <doctest/doctest.h>

#include <map>

using namespace sallyport;
using namespace sallyport::crypto;
using sallyport::testing::read_file;
using sallyport::testing::shared_data;

namespace {

const std::string browser = "vectors/webauthn-browser/";
const std::string crafted = "vectors/webauthn-sshsig/";

std::string text(const canon::Value& object, std::string_view name) {
  return *object.find(name)->string();
}

Bytes decoded(const canon::Value& object, std::string_view name) {
  return from_base64url(text(object, name)).value();
}

canon::Value vectors_of(const std::string& folder) {
  return canon::parse(read_file(shared_data(folder + "vectors.json"))).value();
}

// principal -> key, from lines of principal, one option, type and base64.
std::map<std::string, PublicKey> roster_of(const std::string& folder) {
  std::map<std::string, PublicKey> roster;
  std::ifstream in(shared_data(folder + "allowed_signers"));
  for (std::string line; std::getline(in, line);) {
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first + 1);
    roster[line.substr(0, first)] = parse_public_key_line(line.substr(second + 1)).value();
  }
  return roster;
}

Result<Verified> verify_text(const std::string& armored, const PublicKey& key, const std::string& message,
                             const VerifyPolicy& policy) {
  SP_TRY(const Bytes blob, dearmor(armored));
  SP_TRY(const SshSig sig, decode_sshsig(blob));
  return verify_sshsig(sig, key, as_bytes(message), policy);
}

// The verdict in the vectors' words, as far as they are compared: accept, policy or reject.
std::string verdict(const Result<Verified>& answer) {
  if (answer) {
    return "accept";
  }
  return answer.error().message.starts_with("policy:") ? "policy" : "reject";
}

std::string first_word(const std::string& expected) {
  return expected.substr(0, expected.find(':'));
}

VerifyPolicy example_policy() {
  return {.name_space = "dispatch@sallyport",
          .rp_id = "gate.example",
          .origins = {"https://gate.example"},
          .allow_backup_eligible = false};
}

// The gate's answer to a signature over "message" whose client data is `json`.
std::string answer_to(const testing::SoftwarePasskey& passkey, const std::string& json) {
  const auto blob = wrap_assertion(passkey.get_with("dispatch@sallyport", 0x05, json));
  if (!blob) {
    return blob.error().message;
  }
  const auto answer =
      verify_sshsig(decode_sshsig(*blob).value(), passkey.key(), as_bytes("message"), example_policy());
  return answer ? "accepted" : answer.error().message;
}

std::string replaced(std::string from, std::string_view what, std::string_view by) {
  const std::size_t at = from.find(what);
  REQUIRE(at != std::string::npos);
  return from.replace(at, what.size(), by);
}

} // namespace

TEST_CASE("a real browser's signatures get the verdict that the vectors demand") {
  SP_SKIP_WITHOUT_SHARED_DATA(browser);
  const auto vectors = vectors_of(browser);
  const auto roster = roster_of(browser);
  std::size_t cases = 0;
  for (const auto& vector : *vectors.find("cases")->array()) {
    const std::string name = text(vector, "name");
    CAPTURE(name);
    VerifyPolicy policy{.name_space = text(vector, "namespace"),
                        .rp_id = text(vectors, "rpId"),
                        .origins = {text(vectors, "origin")},
                        .allow_backup_eligible = false};
    const auto judged = [&] {
      return verify_text(read_file(shared_data(browser + text(vector, "sig"))),
                         roster.at(text(vector, "principal")),
                         read_file(shared_data(browser + text(vector, "message"))), policy);
    };
    const std::string expected = text(vector, "expect_gate");
    const auto answer = judged();
    // Any extension data falls to the policy here, well formed or not: both are refusals.
    const bool extension = name == "crafted-ED-garbage-extensions";
    CHECK(verdict(answer) == (extension ? "policy" : first_word(expected)));
    if (answer) {
      CHECK(answer->key_class == KeyClass::webauthn_uv);
      CHECK(answer->flags == *vector.find("flags")->integer());
      CHECK(answer->counter == *vector.find("counter")->integer());
      CHECK(answer->origin == text(vectors, "origin"));
    } else {
      CHECK((answer.error().code == ErrorCode::denied || answer.error().code == ErrorCode::malformed));
    }
    policy.allow_backup_eligible = true;
    CHECK(judged().has_value() ==
          (first_word(expected) == "accept" || expected == "policy: backup-eligible credential"));
    ++cases;
  }
  CHECK(cases == 48);
}

TEST_CASE("signatures by a software passkey get the verdict that the vectors demand") {
  SP_SKIP_WITHOUT_SHARED_DATA(crafted);
  const auto vectors = vectors_of(crafted);
  const auto roster = roster_of(crafted);
  for (const auto& vector : *vectors.find("cases")->array()) {
    CAPTURE(text(vector, "name"));
    const VerifyPolicy policy{.name_space = text(vectors, "namespace"),
                              .rp_id = text(vectors, "rpId"),
                              .origins = {text(vectors, "origin")},
                              .allow_backup_eligible = false};
    const auto answer = verify_text(read_file(shared_data(crafted + text(vector, "sig"))),
                                    roster.at(text(vectors, "principal")),
                                    read_file(shared_data(crafted + text(vectors, "message"))), policy);
    CHECK(verdict(answer) == first_word(text(vector, "expect_gate")));
  }
}

TEST_CASE("wrapping a browser's raw answer gives the signature byte for byte") {
  SP_SKIP_WITHOUT_SHARED_DATA(browser);
  const auto vectors = vectors_of(browser);
  std::size_t wrapped = 0;
  for (const auto& vector : *vectors.find("cases")->array()) {
    CAPTURE(text(vector, "name"));
    const Bytes key_blob = from_base64(text(vector, "skPublicKeyInSignature")).value();
    const Assertion assertion{.key = parse_public_key(key_blob).value(),
                              .name_space = text(vector, "blobNamespace"),
                              .hash = text(vector, "hash") == "sha256" ? HashName::sha256 : HashName::sha512,
                              .authenticator_data = decoded(vector, "authenticatorData"),
                              .client_data = decoded(vector, "clientDataJSON"),
                              .signature = decoded(vector, "signatureDer")};
    const auto blob = wrap_assertion(assertion);
    if (text(vector, "kind") == "untouched browser output") {
      REQUIRE(blob);
      CHECK(*blob == dearmor(read_file(shared_data(browser + text(vector, "sig")))).value());
      ++wrapped;
    }
  }
  CHECK(wrapped == 20);
}

TEST_CASE("an assertion of another site, in another shape or by another kind of key is not wrapped") {
  const testing::SoftwarePasskey passkey("gate.example", "https://gate.example");
  const Assertion good = passkey.get("dispatch@sallyport", as_bytes("message"));
  REQUIRE(wrap_assertion(good));
  const auto wraps = [&](auto change) {
    Assertion changed = good;
    change(changed);
    return wrap_assertion(changed).has_value();
  };
  CHECK_FALSE(wraps([](Assertion& a) { a.authenticator_data[0] ^= 1; }));
  CHECK_FALSE(wraps([](Assertion& a) { a.authenticator_data.resize(36); }));
  CHECK_FALSE(wraps([](Assertion& a) { a.client_data.push_back('x'); }));
  CHECK_FALSE(wraps([](Assertion& a) { a.client_data.insert(a.client_data.begin(), 20'000, ' '); }));
  CHECK_FALSE(wraps([](Assertion& a) { a.signature.pop_back(); }));
  CHECK_FALSE(wraps([](Assertion& a) { a.signature.push_back(0); }));
  CHECK_FALSE(wraps([](Assertion& a) { a.signature.clear(); }));
  CHECK_FALSE(wraps([](Assertion& a) { a.key = make_ed25519_key(Bytes(32, 1)); }));
  // BER: the sequence's length in two bytes.
  CHECK_FALSE(wraps([](Assertion& a) { a.signature.insert(a.signature.begin() + 1, 0x81); }));
}

TEST_CASE("each thing wrong with the client data has its own sentence") {
  const testing::SoftwarePasskey passkey("gate.example", "https://gate.example");
  const Bytes challenge = to_be_signed("dispatch@sallyport", HashName::sha512, as_bytes("message"));
  const std::string good = passkey.client_data("webauthn.get", challenge);
  const std::string no_frame = "the ceremony was run inside a frame of another origin";
  CHECK(answer_to(passkey, good) == "accepted");
  CHECK(answer_to(passkey, replaced(good, "}", ",\"more\":[1,{}]}")) == "accepted");
  CHECK(answer_to(passkey, replaced(good, ",\"crossOrigin\":false", "")) == "accepted");
  CHECK(answer_to(passkey, replaced(good, ".get", ".create")) == "the client data is of another ceremony");
  CHECK(answer_to(passkey, passkey.client_data("webauthn.get", as_bytes("SSHSIG"))) ==
        "the challenge in the client data is not the one for this message and namespace");
  CHECK(answer_to(passkey, replaced(good, "https://gate.example", "https://gate.example:8443")) ==
        "the page's origin is not on the list of the key");
  CHECK(answer_to(passkey, replaced(good, "false", "true")) == no_frame);
  CHECK(answer_to(passkey, replaced(good, "}", ",\"topOrigin\":\"https://gate.example\"}")) == no_frame);
  CHECK(answer_to(passkey, replaced(good, "false", "null")) ==
        "crossOrigin in the client data must be true or false");
  CHECK(answer_to(passkey, replaced(good, "https://gate.example", "https:\\/\\/gate.example")) ==
        "the client data does not begin with type, challenge and origin");
  CHECK(answer_to(passkey, " " + good) == "the client data does not begin with type, challenge and origin");
  CHECK(answer_to(passkey, replaced(good, "}", ",\"type\":\"webauthn.get\"}")) ==
        "the client data is not one strict JSON object");
  CHECK(answer_to(passkey, "[]") == "the client data is not one strict JSON object");
  CHECK(answer_to(passkey, replaced(good, "\"origin\"", "\"page\"")) ==
        "the client data must have a text member origin");
}

TEST_CASE("the origin that the signature states is the one of its client data") {
  const testing::SoftwarePasskey passkey("gate.example", "https://gate.example");
  SshSig sig = decode_sshsig(passkey.sign_sshsig("dispatch@sallyport", as_bytes("message"))).value();
  VerifyPolicy policy = example_policy();
  policy.origins.emplace_back("https://other.example");
  REQUIRE(verify_sshsig(sig, passkey.key(), as_bytes("message"), policy));
  sig.origin = "https://other.example";
  CHECK(verify_sshsig(sig, passkey.key(), as_bytes("message"), policy).error().message ==
        "the signature states another origin than its client data");
}

TEST_CASE("a passkey counts for its own site and for nothing that is not listed") {
  const testing::SoftwarePasskey passkey("gate.example", "https://gate.example");
  const SshSig sig = decode_sshsig(passkey.sign_sshsig("dispatch@sallyport", as_bytes("message"))).value();
  VerifyPolicy policy = example_policy();
  policy.rp_id = "example";
  CHECK(verify_sshsig(sig, passkey.key(), as_bytes("message"), policy).error().message ==
        "the passkey belongs to another site");
  policy = example_policy();
  policy.origins.clear();
  CHECK_FALSE(verify_sshsig(sig, passkey.key(), as_bytes("message"), policy));
}

TEST_CASE("a real browser's enrolments: ES256 is taken, and what it gives is the key that signs") {
  SP_SKIP_WITHOUT_SHARED_DATA(browser);
  const auto vectors = vectors_of(browser);
  for (const auto& vector : *vectors.find("enrolment")->array()) {
    CAPTURE(text(vector, "name"));
    const Enrolment enrolment{.cose_alg = *vector.find("coseAlg")->integer(),
                              .spki_der = decoded(vector, "spki"),
                              .authenticator_data = decoded(vector, "authenticatorData"),
                              .client_data = decoded(vector, "clientDataJSON")};
    const EnrolmentPolicy policy{.rp_id = text(vector, "rpId"),
                                 .origins = {text(vectors, "origin")},
                                 .challenge = Bytes(32, 0),
                                 .allow_backup_eligible = false};
    const auto enrolled = enrol(enrolment, policy);
    REQUIRE(enrolled.has_value() == (text(vector, "expect") == "accept"));
    if (enrolled) {
      CHECK(to_base64(enrolled->key.blob) == text(vector, "skPublicKey"));
      CHECK(enrolled->credential_id.size() == 32);
    } else {
      CHECK(enrolled.error().code == ErrorCode::unsupported);
      // Another algorithm's key under ES256's number is no ES256 key.
      Enrolment relabelled = enrolment;
      relabelled.cose_alg = -7;
      CHECK_FALSE(enrol(relabelled, policy));
    }
  }
}

TEST_CASE("an enrolment that differs anywhere from what was asked for is refused") {
  const testing::SoftwarePasskey passkey("gate.example", "https://gate.example");
  const testing::SoftwarePasskey other("gate.example", "https://gate.example");
  const EnrolmentPolicy policy{.rp_id = "gate.example",
                               .origins = {"https://gate.example"},
                               .challenge = Bytes(32, 9),
                               .allow_backup_eligible = false};
  const Enrolment good = passkey.create(policy.challenge);
  const auto enrolled = enrol(good, policy);
  REQUIRE(enrolled);
  CHECK(enrolled->key == passkey.key());
  CHECK_FALSE(enrolled->backup_eligible);
  const auto refused = [&](auto change) {
    Enrolment enrolment = good;
    EnrolmentPolicy changed = policy;
    change(enrolment, changed);
    return !enrol(enrolment, changed).has_value();
  };
  CHECK(refused([](Enrolment&, EnrolmentPolicy& p) { p.rp_id = "example"; }));
  CHECK(refused([](Enrolment&, EnrolmentPolicy& p) { p.origins = {"https://gate.example:8443"}; }));
  CHECK(refused([](Enrolment&, EnrolmentPolicy& p) { p.challenge[0] ^= 1; }));
  CHECK(refused([&](Enrolment& e, EnrolmentPolicy&) { e.spki_der = other.create({}).spki_der; }));
  CHECK(refused([&](Enrolment& e, EnrolmentPolicy& p) {
    e.client_data = passkey.get_with("n", 5, passkey.client_data("webauthn.get", p.challenge)).client_data;
  }));
  for (const std::uint8_t flags : Bytes{0x41, 0x44, 0x05, 0x47, 0x65, 0xC5, 0x55, 0x4D, 0x5D}) {
    CHECK(refused([&](Enrolment& e, EnrolmentPolicy& p) { e = passkey.create(p.challenge, flags); }));
  }
  for (std::size_t i = 37 + 16; i < good.authenticator_data.size(); ++i) {
    if (i >= 37 + 18 && i < 37 + 18 + 32) {
      continue; // the credential id is the authenticator's to choose
    }
    CHECK(refused([&](Enrolment& e, EnrolmentPolicy&) { e.authenticator_data[i] ^= 1; }));
  }
  CHECK(refused([](Enrolment& e, EnrolmentPolicy&) { e.authenticator_data.push_back(0); }));
  EnrolmentPolicy synced = policy;
  synced.allow_backup_eligible = true;
  CHECK(enrol(passkey.create(policy.challenge, 0x5D), synced).value().backup_eligible);
}
