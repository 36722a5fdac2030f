// What a browser says about a passkey. The authenticator here signs whatever client data and flags it is
// given, so that only the reading of them decides: a signature counts, or a key is enrolled, only where the
// client data say the ceremony, the challenge and the page that were asked for, outside a foreign frame, and
// person and verification are flagged. Also every text, as authenticator data and as DER, is refused or
// wrapped, never more.
//
// Input: flags (1 byte), then the text.
#include "base/bytes.h"
#include "canon/json.h"
#include "crypto/passkey.h"
#include "crypto/testing/software_passkey.h"
#include "crypto/webauthn.h"

using namespace sallyport;
using namespace sallyport::crypto;

namespace {

constexpr std::string_view name_space = "dispatch@sallyport";
constexpr std::string_view message = "message"; // fuzz/seeds.cc makes client data for it

const sallyport::testing::SoftwarePasskey& passkey() {
  static const sallyport::testing::SoftwarePasskey it("gate.example", "https://gate.example");
  return it;
}

bool says(const canon::Value& data, std::string_view name, std::string_view text) {
  const canon::Value* member = data.find(name);
  return member != nullptr && member->string() != nullptr && *member->string() == text;
}

// Judged without the code under test but for the JSON.
void must_say(std::string_view text, std::string_view type, ByteView challenge) {
  const auto data = canon::parse(text);
  SP_ASSERT(data);
  SP_ASSERT(says(*data, "type", type));
  SP_ASSERT(says(*data, "challenge", to_base64url(challenge)));
  SP_ASSERT(says(*data, "origin", passkey().origin()));
  const canon::Value* cross = data->find("crossOrigin");
  SP_ASSERT(cross == nullptr || *cross == canon::Value(false));
  SP_ASSERT(data->find("topOrigin") == nullptr);
}

void must_flag(std::uint8_t flags) {
  SP_ASSERT((flags & 0x01) != 0 && (flags & 0x04) != 0); // present, verified
  SP_ASSERT((flags & 0x22) == 0);                        // reserved
  SP_ASSERT((flags & 0x18) == 0);                        // eligible for backup, which the policy excludes
}

void sign(std::uint8_t flags, std::string_view text) {
  const auto blob = wrap_assertion(passkey().get_with(name_space, flags, text));
  if (!blob) {
    return;
  }
  const auto sig = decode_sshsig(*blob);
  SP_ASSERT(sig && encode_sshsig(*sig) == *blob);
  const VerifyPolicy policy{.name_space = std::string(name_space),
                            .rp_id = "gate.example",
                            .origins = {passkey().origin()},
                            .allow_backup_eligible = false};
  if (verify_sshsig(*sig, passkey().key(), as_bytes(message), policy)) {
    must_say(text, "webauthn.get", to_be_signed(name_space, HashName::sha512, as_bytes(message)));
    must_flag(flags);
    SP_ASSERT((flags & 0xC0) == 0); // no new key, no extensions
  }
}

void enrol_with(std::uint8_t flags, std::string_view text) {
  Enrolment enrolment = passkey().create(as_bytes(message), flags);
  enrolment.client_data.assign(text.begin(), text.end());
  const EnrolmentPolicy policy{.rp_id = "gate.example",
                               .origins = {passkey().origin()},
                               .challenge = Bytes(message.begin(), message.end()),
                               .allow_backup_eligible = false};
  if (const auto enrolled = enrol(enrolment, policy)) {
    must_say(text, "webauthn.create", as_bytes(message));
    must_flag(flags);
    SP_ASSERT(enrolled->key == passkey().key());
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::uint8_t flags = data[0];
  const ByteView rest{data + 1, size - 1};
  sign(flags, as_text(rest));
  enrol_with(flags, as_text(rest));

  Assertion assertion = passkey().get(name_space, as_bytes(message));
  assertion.signature.assign(rest.begin(), rest.end());
  if (const auto blob = wrap_assertion(assertion)) {
    SP_ASSERT(decode_sshsig(*blob));
  }
  Enrolment enrolment = passkey().create(as_bytes(message));
  enrolment.authenticator_data.assign(rest.begin(), rest.end());
  enrolment.spki_der.assign(rest.begin(), rest.end());
  SP_ASSERT(!enrol(enrolment, {.rp_id = "gate.example",
                               .origins = {passkey().origin()},
                               .challenge = Bytes(message.begin(), message.end()),
                               .allow_backup_eligible = true}));
  return 0;
}
