#include "crypto/sshsig_sign.h"

namespace sallyport::crypto {

Bytes sign_sshsig(const Ed25519Key& key, std::string_view name_space, ByteView message, HashName hash) {
  const Ed25519Signature signature = key.sign(to_be_signed(name_space, hash, message));
  SshSig sig;
  sig.key = make_ed25519_key(key.public_key());
  sig.name_space = name_space;
  sig.hash = hash;
  sig.signature.assign(signature.begin(), signature.end());
  return encode_sshsig(sig);
}

} // namespace sallyport::crypto
