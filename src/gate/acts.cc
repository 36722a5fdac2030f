#include "gate/acts.h"

#include "base/bytes.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/sshsig.h"

#include <expected>

namespace sallyport::gate {

Digest use_of_act(const Digest& said, std::string_view sig) {
  const auto blob = from_base64(sig);
  const auto decoded = blob ? crypto::decode_sshsig(*blob) : std::unexpected(blob.error());
  return crypto::sha256(said.hex() + (decoded ? crypto::use_of_key(*decoded) : crypto::sha256(sig)).hex());
}

Digest use_of_act(const packet::SignedStatement& act) {
  SP_ASSERT(act.sigs.size() == 1);
  return use_of_act(crypto::sha256(canon::write(act.statement)), act.sigs.front().sig);
}

} // namespace sallyport::gate
