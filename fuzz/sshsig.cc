// SSH keys and signatures: what decodes encodes to the same bytes, armored or not; a key line that is taken
// has one spelling without its comment, which names the same key; judging a signature by the key in it does
// not fail.
#include "crypto/sshsig.h"

#include "base/bytes.h"

using namespace sallyport;
using namespace sallyport::crypto;

namespace {

void read_blob(ByteView blob) {
  const auto sig = decode_sshsig(blob);
  if (!sig) {
    return;
  }
  const Bytes encoded = encode_sshsig(*sig);
  SP_ASSERT(as_text(encoded) == as_text(blob));
  SP_ASSERT(parse_public_key(sig->key.blob) == sig->key);
  const VerifyPolicy policy{.name_space = sig->name_space,
                            .rp_id = sig->key.application,
                            .origins = {sig->origin},
                            .allow_backup_eligible = true};
  static_cast<void>(verify_sshsig(*sig, sig->key, as_bytes("message"), policy));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes{data, size};
  const std::string_view text = as_text(bytes);
  read_blob(bytes);
  if (const auto blob = dearmor(text)) {
    SP_ASSERT(dearmor(armor(*blob)) == *blob);
    read_blob(*blob);
  }
  if (const auto key = parse_public_key(bytes)) {
    SP_ASSERT(as_text(key->blob) == text);
  }
  if (const auto key = parse_public_key_line(text)) {
    SP_ASSERT(text.starts_with(key->line()));
    SP_ASSERT(parse_public_key_line(key->line()) == *key);
    SP_ASSERT(parse_public_key(key->blob) == *key);
  }
  return 0;
}
