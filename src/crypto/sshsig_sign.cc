#include "crypto/sshsig_sign.h"

#include "crypto/sshsig.h"

namespace sallyport::crypto {

Bytes sign_sshsig(const Ed25519Key& key, std::string_view name_space, ByteView message) {
  const Ed25519Signature signature = key.sign(to_be_signed(name_space, HashName::sha512, message));
  SshSig sig;
  sig.key = make_ed25519_key(key.public_key());
  sig.name_space = name_space;
  sig.signature.assign(signature.begin(), signature.end());
  return encode_sshsig(sig);
}

} // namespace sallyport::crypto
