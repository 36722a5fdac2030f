#include "crypto/sshsig.h"

#include "base/limits.h"
#include "base/testing/shared_data.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/ssh_wire.h"
#include "crypto/sshsig_sign.h"
#include "crypto/testing/software_passkey.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

using namespace sallyport;
using namespace sallyport::crypto;
using sallyport::testing::read_file;
using sallyport::testing::shared_data;

namespace {

// A folder of its own for one run of ssh-keygen.
class Scratch {
public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sallyport-crypto-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }

  ~Scratch() { std::filesystem::remove_all(folder_); }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  // Whether the command, run in the folder, succeeded.
  bool run(const std::string& command) const {
    return std::system(("cd " + folder_.string() + " && " + command + " >out 2>&1").c_str()) == 0;
  }

  std::string read(const std::string& name) const { return read_file(folder_ / name); }

private:
  std::filesystem::path folder_;
};

bool ssh_keygen_accepts(const PublicKey& key, const std::string& name_space, ByteView blob,
                        std::string_view message) {
  const Scratch scratch;
  scratch.write("signers", "someone " + key.line() + "\n");
  scratch.write("sig", armor(blob));
  scratch.write("message", message);
  return scratch.run("ssh-keygen -Y verify -f signers -I someone -n " + name_space + " -s sig <message");
}

VerifyPolicy policy_for(std::string name_space) {
  return {.name_space = std::move(name_space), .rp_id = {}, .origins = {}, .allow_backup_eligible = false};
}

Result<Verified> verify_blob(ByteView blob, const PublicKey& key, std::string_view message,
                             const VerifyPolicy& policy) {
  SP_TRY(const SshSig sig, decode_sshsig(blob));
  return verify_sshsig(sig, key, as_bytes(message), policy);
}

// A token's signature in software: sk-ssh-ed25519@openssh.com.
SshSig token_signature(const Ed25519Key& secret, std::uint8_t flags, std::string_view message) {
  SshSig sig;
  const Bytes blob = WireWriter()
                         .string("sk-ssh-ed25519@openssh.com")
                         .string(ByteView(secret.public_key()))
                         .string("ssh:")
                         .out();
  sig.key = parse_public_key(blob).value();
  sig.name_space = "dispatch@sallyport";
  sig.type = SignatureType::sk_ed25519;
  sig.flags = flags;
  sig.counter = 9;
  const Bytes statement = to_be_signed(sig.name_space, sig.hash, as_bytes(message));
  const auto signature = secret.sign(
      WireWriter().bytes(sha256("ssh:").view()).byte(flags).u32(9).bytes(sha256(statement).view()).out());
  sig.signature.assign(signature.begin(), signature.end());
  return sig;
}

struct FlagAnswer {
  bool holds;
  bool verified;
};

// What passkeys and tokens may say, written as a table of bits.
FlagAnswer expected_of(unsigned flags, bool allow_backup_eligible) {
  const auto has = [&](unsigned bit) { return (flags >> bit & 1U) != 0; };
  const bool holds = has(0) && !has(1) && !has(5) && !has(6) && !has(7) && (!has(4) || has(3)) &&
                     (!has(3) || allow_backup_eligible);
  return {holds, has(2)};
}

} // namespace

TEST_CASE("OpenSSH's own signatures hold, and are written as OpenSSH writes them") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/sshsig");
  const std::string message = read_file(shared_data("vectors/sshsig/signed-data"));
  VerifyPolicy policy = policy_for(read_file(shared_data("vectors/sshsig/namespace")));
  const std::pair<const char*, KeyClass> signers[] = {{"ed25519", KeyClass::software},
                                                      {"ecdsa", KeyClass::software},
                                                      {"ed25519_sk", KeyClass::sk},
                                                      {"ecdsa_sk", KeyClass::sk}};
  for (const auto& [name, key_class] : signers) {
    CAPTURE(name);
    const auto file = [&](const char* end) {
      return read_file(shared_data("vectors/sshsig/") / (std::string(name) + end));
    };
    const auto key = parse_public_key_line(file(".pub")).value();
    const auto blob = dearmor(file(".sig"));
    REQUIRE(blob);
    CHECK(armor(*blob) == file(".sig"));
    const auto sig = decode_sshsig(*blob);
    REQUIRE(sig);
    CHECK(encode_sshsig(*sig) == *blob);
    const auto verified = verify_sshsig(*sig, key, as_bytes(message), policy);
    REQUIRE(verified);
    CHECK(verified->key_class == key_class);
    CHECK(verify_blob(*blob, key, message + "x", policy).error().code == ErrorCode::denied);
    CHECK(verify_blob(*blob, key, message, policy_for("other")).error().code == ErrorCode::denied);
  }
}

TEST_CASE("OpenSSH's browser signature verifies nobody, and is refused for that alone") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/sshsig");
  const auto file = [](const char* name) { return read_file(shared_data("vectors/sshsig/") / name); };
  const auto blob = dearmor(file("ecdsa_sk_webauthn.sig")).value();
  CHECK(armor(blob) == file("ecdsa_sk_webauthn.sig"));
  VerifyPolicy policy = policy_for("unittest");
  policy.rp_id = "mindrot.org";
  policy.origins = {"https://www.mindrot.org"};
  const auto key = parse_public_key_line(file("ecdsa_sk_webauthn.pub")).value();
  const auto answer = verify_blob(blob, key, file("signed-data"), policy);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message == "the authenticator does not say that it verified the person");
}

TEST_CASE("signatures by keys of other types are unsupported") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/sshsig");
  for (const char* name : {"rsa", "mldsa44-ed25519"}) {
    const auto blob =
        dearmor(read_file(shared_data("vectors/sshsig/") / (std::string(name) + ".sig"))).value();
    CHECK(decode_sshsig(blob).error().code == ErrorCode::unsupported);
  }
}

TEST_CASE("ssh-keygen takes what we sign, and not for another namespace or message") {
  const auto key = Ed25519Key::generate();
  const auto public_key = make_ed25519_key(key.public_key());
  const Bytes blob = sign_sshsig(key, "dispatch@sallyport", as_bytes("{\"v\":1}"));
  CHECK(verify_blob(blob, public_key, "{\"v\":1}", policy_for("dispatch@sallyport")));
  CHECK(ssh_keygen_accepts(public_key, "dispatch@sallyport", blob, "{\"v\":1}"));
  CHECK_FALSE(ssh_keygen_accepts(public_key, "release@sallyport", blob, "{\"v\":1}"));
  CHECK_FALSE(ssh_keygen_accepts(public_key, "dispatch@sallyport", blob, "{\"v\":2}"));
}

TEST_CASE("we take what ssh-keygen signs") {
  for (const std::string kind : {"ed25519", "ecdsa -b 256"}) {
    for (const std::string hash : {"sha256", "sha512"}) {
      CAPTURE(kind);
      CAPTURE(hash);
      const Scratch scratch;
      scratch.write("message", "{\"v\":1}");
      REQUIRE(scratch.run("ssh-keygen -q -t " + kind + " -N '' -C comment -f key"));
      REQUIRE(scratch.run("ssh-keygen -Y sign -n dispatch@sallyport -O hashalg=" + hash + " -f key message"));
      const auto key = parse_public_key_line(scratch.read("key.pub"));
      REQUIRE(key);
      const auto blob = dearmor(scratch.read("message.sig"));
      REQUIRE(blob);
      CHECK(armor(*blob) == scratch.read("message.sig"));
      const auto verified = verify_blob(*blob, *key, "{\"v\":1}", policy_for("dispatch@sallyport"));
      REQUIRE(verified);
      CHECK(verified->key_class == KeyClass::software);
      CHECK_FALSE(verified->flags);
      CHECK_FALSE(verify_blob(*blob, *key, "{\"v\":2}", policy_for("dispatch@sallyport")));
    }
  }
}

TEST_CASE("no signature with a flipped bit holds") {
  const auto secret = Ed25519Key::from_seed(Bytes(32, 1));
  const testing::SoftwarePasskey passkey("gate.example", "https://gate.example");
  VerifyPolicy policy = policy_for("dispatch@sallyport");
  policy.rp_id = "gate.example";
  policy.origins = {passkey.origin()};
  const std::pair<Bytes, PublicKey> signatures[] = {
      {sign_sshsig(secret, policy.name_space, as_bytes("message")), make_ed25519_key(secret.public_key())},
      {passkey.sign_sshsig(policy.name_space, as_bytes("message")), passkey.key()}};
  for (const auto& [blob, key] : signatures) {
    REQUIRE(verify_blob(blob, key, "message", policy));
    for (std::size_t bit = 0; bit < blob.size() * 8; ++bit) {
      Bytes flipped = blob;
      flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      CHECK_FALSE(verify_blob(flipped, key, "message", policy));
    }
    for (std::size_t length = 0; length < blob.size(); ++length) {
      CHECK_FALSE(decode_sshsig(ByteView(blob).first(length)));
    }
    Bytes longer = blob;
    longer.push_back(0);
    CHECK_FALSE(decode_sshsig(longer));
  }
}

TEST_CASE("a good signature by another key is not a signature by the key that was asked for") {
  const auto mallory = Ed25519Key::from_seed(Bytes(32, 1));
  const auto expected = make_ed25519_key(Ed25519Key::from_seed(Bytes(32, 2)).public_key());
  const Bytes blob = sign_sshsig(mallory, "dispatch@sallyport", as_bytes("message"));
  const auto answer = verify_blob(blob, expected, "message", policy_for("dispatch@sallyport"));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message == "the signature was made with another key");
}

TEST_CASE("a signature without a namespace could stand for any act, and does not decode") {
  const auto key = Ed25519Key::from_seed(Bytes(32, 1));
  CHECK(decode_sshsig(sign_sshsig(key, "n", as_bytes("message"))));
  CHECK_FALSE(decode_sshsig(sign_sshsig(key, "", as_bytes("message"))));
}

TEST_CASE("armored text with a flipped bit is refused, or says something else") {
  const Bytes blob =
      sign_sshsig(Ed25519Key::from_seed(Bytes(32, 1)), "dispatch@sallyport", as_bytes("message"));
  const std::string text = armor(blob);
  REQUIRE(dearmor(text).value() == blob);
  std::size_t same = 0;
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const auto decoded = dearmor(flipped);
    same += decoded && *decoded == blob ? 1U : 0U;
  }
  CHECK(same == 0);
}

TEST_CASE("armor may be wrapped anyhow, and is never more than one signature") {
  const Bytes blob =
      sign_sshsig(Ed25519Key::from_seed(Bytes(32, 1)), "dispatch@sallyport", as_bytes("message"));
  const std::string begin = "-----BEGIN SSH SIGNATURE-----";
  const std::string end = "-----END SSH SIGNATURE-----";
  CHECK(dearmor(begin + "\r\n" + to_base64(blob) + "\r\n" + end).value() == blob);
  CHECK_FALSE(dearmor("\n" + armor(blob)));
  CHECK_FALSE(dearmor(armor(blob) + "\n"));
  CHECK_FALSE(dearmor(armor(blob) + armor(blob)));
  CHECK_FALSE(dearmor(begin + "\n" + to_base64(blob) + "\n"));
  CHECK_FALSE(dearmor(begin + to_base64(blob) + end));
  CHECK_FALSE(dearmor(to_base64(blob)));
  CHECK(dearmor(std::string(limits::signature_bytes + 1, 'A')).error().code == ErrorCode::too_large);
  CHECK(decode_sshsig(Bytes(limits::signature_bytes + 1)).error().code == ErrorCode::too_large);
}

TEST_CASE("whatever decodes is encoded to the same bytes") {
  std::mt19937_64 random(7);
  const testing::SoftwarePasskey passkey("gate.example", "https://gate.example");
  const Bytes seeds[] = {
      sign_sshsig(Ed25519Key::from_seed(Bytes(32, 1)), "dispatch@sallyport", as_bytes("m")),
      passkey.sign_sshsig("dispatch@sallyport", as_bytes("m"))};
  std::size_t decoded = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes blob = seeds[random() % 2];
    for (std::size_t edits = 1 + random() % 3; edits > 0; --edits) {
      const auto at = blob.begin() + static_cast<std::ptrdiff_t>(random() % blob.size());
      switch (random() % 3) {
      case 0:
        *at = static_cast<std::uint8_t>(random());
        break;
      case 1:
        blob.erase(at);
        break;
      default:
        blob.insert(at, static_cast<std::uint8_t>(random()));
      }
    }
    if (const auto sig = decode_sshsig(blob)) {
      ++decoded;
      CHECK(encode_sshsig(*sig) == blob);
    }
  }
  CHECK(decoded > 1000);
}

TEST_CASE("a token's flags: a touch is needed, and being verified makes the better class") {
  const auto secret = Ed25519Key::from_seed(Bytes(32, 2));
  for (const bool allowed : {false, true}) {
    VerifyPolicy policy = policy_for("dispatch@sallyport");
    policy.allow_backup_eligible = allowed;
    for (unsigned flags = 0; flags < 256; ++flags) {
      CAPTURE(flags);
      const SshSig sig = token_signature(secret, static_cast<std::uint8_t>(flags), "message");
      const auto verified = verify_sshsig(sig, sig.key, as_bytes("message"), policy);
      const FlagAnswer expected = expected_of(flags, allowed);
      REQUIRE(verified.has_value() == expected.holds);
      if (verified) {
        CHECK(verified->key_class == (expected.verified ? KeyClass::sk_uv : KeyClass::sk));
        CHECK(verified->flags == flags);
        CHECK(verified->counter == 9);
      }
    }
  }
  const SshSig sig = token_signature(secret, 1, "message");
  CHECK(ssh_keygen_accepts(sig.key, "dispatch@sallyport", encode_sshsig(sig), "message"));
}

TEST_CASE("a passkey's flags: presence and verification both are needed") {
  const testing::SoftwarePasskey passkey("gate.example", "https://gate.example");
  for (const bool allowed : {false, true}) {
    const VerifyPolicy policy{.name_space = "dispatch@sallyport",
                              .rp_id = "gate.example",
                              .origins = {passkey.origin()},
                              .allow_backup_eligible = allowed};
    for (unsigned flags = 0; flags < 256; ++flags) {
      CAPTURE(flags);
      const auto blob = wrap_assertion(
          passkey.get(policy.name_space, as_bytes("message"), static_cast<std::uint8_t>(flags)));
      REQUIRE(blob);
      const auto verified = verify_blob(*blob, passkey.key(), "message", policy);
      const FlagAnswer expected = expected_of(flags, allowed);
      CHECK(verified.has_value() == (expected.holds && expected.verified));
      CHECK((!verified || verified->key_class == KeyClass::webauthn_uv));
    }
  }
}

TEST_CASE("key classes are ordered by what they say, and have names") {
  CHECK(KeyClass::software < KeyClass::sk);
  CHECK(KeyClass::sk < KeyClass::sk_uv);
  CHECK(KeyClass::sk_uv < KeyClass::webauthn_uv);
  for (const KeyClass key_class :
       {KeyClass::software, KeyClass::sk, KeyClass::sk_uv, KeyClass::webauthn_uv}) {
    CHECK(parse_key_class(to_string(key_class)).value() == key_class);
  }
  CHECK_FALSE(parse_key_class("SK"));
}

TEST_CASE("the worked bundle's owners signed its genesis") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle");
  const auto leaf =
      canon::parse(read_file(shared_data("vectors/worked-bundle/leaves/0000.leaf.json"))).value();
  const std::string statement = canon::write(*leaf.find("statement"));
  const auto& owners = *leaf.find("statement")->find("predicate")->find("owners")->array();
  const auto& sigs = *leaf.find("sigs")->array();
  REQUIRE(owners.size() == 2);
  REQUIRE(sigs.size() == 2);
  const KeyClass classes[] = {KeyClass::software, KeyClass::webauthn_uv};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto key = parse_public_key_line(*owners[i].find("key")->string()).value();
    CHECK(key.fingerprint().hex() == *sigs[i].find("key")->string());
    const VerifyPolicy policy{.name_space = "genesis@sallyport",
                              .rp_id = "sallyport.example",
                              .origins = {"https://sallyport.example"},
                              .allow_backup_eligible = false};
    const auto blob = from_base64(*sigs[i].find("sig")->string()).value();
    const auto verified = verify_blob(blob, key, statement, policy);
    REQUIRE(verified);
    CHECK(verified->key_class == classes[i]);
    CHECK_FALSE(verify_blob(blob, key, statement + " ", policy));
  }
}
