#include "verify/keyring.h"

#include <algorithm>

namespace sallyport::verify {

Result<void> Keyring::add(const packet::GenesisOwner& owner, const packet::GenesisStatement& genesis) {
  KnownKey key;
  key.person = owner.person;
  key.valid_from = genesis.keys_from;
  key.valid_until = genesis.keys_until;
  key.rp_id = owner.rp_id.value_or("");
  key.origins = owner.origins;
  return add(std::move(key), owner.key, owner.key_class);
}

Result<void> Keyring::add(const packet::KeyStatement& statement, packet::LeafNumber leaf) {
  KnownKey key;
  key.person = statement.person;
  key.valid_from = statement.valid_from;
  key.valid_until = statement.valid_until;
  key.rp_id = statement.rp_id.value_or("");
  key.origins = statement.origins;
  key.leaf = leaf;
  return add(std::move(key), statement.key, statement.key_class);
}

Result<void> Keyring::add(KnownKey key, const std::string& line, const std::string& key_class) {
  SP_TRY(key.key, crypto::parse_public_key_line(line));
  SP_TRY(key.key_class, crypto::parse_key_class(key_class));
  if (find(key.key.fingerprint()) != nullptr) {
    return fail(ErrorCode::conflict, "", "enrols a key that is enrolled already");
  }
  keys_.push_back(std::move(key));
  return {};
}

const KnownKey* Keyring::find(const Digest& fingerprint) const {
  const auto at =
      std::ranges::find(keys_, fingerprint, [](const KnownKey& k) { return k.key.fingerprint(); });
  return at == keys_.end() ? nullptr : &*at;
}

Result<const KnownKey*> Keyring::standing(const Digest& fingerprint, const PersonId& person,
                                          const Moment& moment) const {
  const KnownKey* key = find(fingerprint);
  if (key == nullptr || key->person != person) {
    return fail(ErrorCode::denied, "",
                "is signed with a key that this bundle does not prove to be that person's");
  }
  // The genesis leaf is where the owners' keys come from, and it stands under its own signatures.
  if (key->leaf > moment.n || (key->leaf == moment.n && moment.n != 0)) {
    return fail(ErrorCode::denied, "", "is signed with a key that was enrolled later");
  }
  if (!key->valid(moment.at)) {
    return fail(ErrorCode::denied, "", "is signed with a key that was not valid then");
  }
  return key;
}

Result<crypto::Verified> Keyring::verify(const packet::OwnerSignature& sig, std::string_view bytes,
                                         std::string_view name_space, const Moment& moment) const {
  SP_TRY(const KnownKey* key, standing(sig.key, sig.person, moment));
  return verify_with(*key, sig.sig, bytes, name_space);
}

Result<crypto::Verified> verify_with(const KnownKey& key, std::string_view sig, std::string_view bytes,
                                     std::string_view name_space) {
  SP_TRY(const Bytes blob, from_base64(sig));
  SP_TRY(const crypto::SshSig decoded, crypto::decode_sshsig(blob));
  return crypto::verify_sshsig(decoded, key.key, as_bytes(bytes),
                               {std::string(name_space), key.rp_id, key.origins, false});
}

} // namespace sallyport::verify
