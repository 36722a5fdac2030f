#include "engine/testing/means.h"

#include "canon/json.h"
#include "crypto/sshsig.h"
#include "crypto/sshsig_sign.h"

namespace sallyport::engine::testing {

void must(const Result<void>& result) {
  if (!result) {
    std::fprintf(stderr, "office: %s\n", result.error().text().c_str());
    std::abort();
  }
}

void must(const gate::Step& step) {
  for (const packet::Reason& reason : step.refused) {
    std::fprintf(stderr, "office: refused %s %s\n", reason.code.c_str(), reason.where.c_str());
  }
  SP_ASSERT(step.ok());
}

std::string line_of(const crypto::Ed25519Key& key) {
  return crypto::make_ed25519_key(key.public_key()).line();
}

packet::OwnerSignature sign_act(const Member& who, std::string_view name_space, std::string_view bytes) {
  return {who.person, crypto::make_ed25519_key(who.key.public_key()).fingerprint(),
          to_base64(crypto::sign_sshsig(who.key, name_space, as_bytes(bytes)))};
}

packet::SignedStatement signed_by(const canon::Value& statement, std::string_view name_space,
                                  const std::vector<const Member*>& who) {
  packet::SignedStatement act{statement, {}};
  for (const Member* member : who) {
    act.sigs.push_back(sign_act(*member, name_space, canon::write(statement)));
  }
  return act;
}

} // namespace sallyport::engine::testing
