// Whose key was whose, as far as a bundle proves it: the owners' keys of genesis, and those that later
// leaves enrolled. A key counts for what stands behind it in the log, within its validity.
#pragma once

#include "crypto/ssh_key.h"
#include "crypto/sshsig.h"
#include "packet/record.h"
#include "packet/roster.h"
#include "packet/statement.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::verify {

struct KnownKey {
  PersonId person;
  crypto::PublicKey key;
  crypto::KeyClass key_class = crypto::KeyClass::software; // as enrolled
  Instant valid_from;
  Instant valid_until; // half-open
  std::string rp_id;   // passkeys
  std::vector<std::string> origins;
  packet::LeafNumber leaf = 0; // that enrolled it

  bool valid(Instant at) const { return valid_from <= at && at < valid_until; }
};

// Where in the log an act stands.
struct Moment {
  packet::LeafNumber n = 0;
  Instant at;
};

class Keyring {
public:
  // A key that is there already is a conflict.
  Result<void> add(const packet::GenesisOwner& owner, const packet::GenesisStatement& genesis);
  Result<void> add(const packet::KeyStatement& key, packet::LeafNumber leaf);

  // Null where nobody's key has this fingerprint.
  const KnownKey* find(const Digest& fingerprint) const;
  // The key, where it is that person's, was enrolled before `moment` and valid then.
  Result<const KnownKey*> standing(const Digest& fingerprint, const PersonId& person,
                                   const Moment& moment) const;
  // That `sig` is a signature of `bytes` under `name_space` by a key standing at `moment`.
  Result<crypto::Verified> verify(const packet::OwnerSignature& sig, std::string_view bytes,
                                  std::string_view name_space, const Moment& moment) const;

private:
  Result<void> add(KnownKey key, const std::string& line, const std::string& key_class);

  std::vector<KnownKey> keys_;
};

// That the SSHSIG blob in base64 is a signature of `bytes` by `key`, whatever the time.
Result<crypto::Verified> verify_with(const KnownKey& key, std::string_view sig, std::string_view bytes,
                                     std::string_view name_space);

} // namespace sallyport::verify
