#include "verify/checks.h"

#include "crypto/dsse.h"
#include "crypto/ed25519.h"
#include "verify/acts.h"
#include "verify/matching.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace sallyport::verify {
namespace {

bool eligible(const Bundle& bundle, const PersonId& person, const std::string& role) {
  const auto& list = bundle.manifest.signers.eligible;
  return std::ranges::find(list, packet::EligibleSigner{person, role}) != list.end();
}

crypto::KeyClass class_needed(const Bundle& bundle) {
  const crypto::KeyClass named = least_class(bundle.charter());
  return bundle.charter().step_up ? std::max(named, crypto::KeyClass::sk_uv) : named;
}

// The role that a person must hold to sign as `role`: another one where the manifest names them as a
// substitute.
const std::string& role_to_hold(const Bundle& bundle, const PersonId& person, const std::string& role) {
  if (const auto& substitutes = bundle.manifest.signers.substitutes) {
    const auto at = std::ranges::find(*substitutes, role, &packet::BoundSubstitute::role);
    if (at != substitutes->end() && at->person == person) {
      return at->by;
    }
  }
  return role;
}

bool may_sign_as(const Bundle& bundle, const PersonId& person, const std::string& role, Instant at) {
  return grants(bundle.roster(), person, role_to_hold(bundle, person, role), at);
}

// The key held at the signature and still at the release, and the signature is one of the manifest.
Result<crypto::Verified> verify_signature(const Checking& c, const ProvenLeaf& leaf) {
  const auto& record = leaf.as<packet::ManifestSigned>();
  SP_TRY(const KnownKey* key, c.keyring.standing(record.key, record.person, moment_of(leaf)));
  if (!key->valid(c.bundle.release.leaf.at)) {
    return denied("is signed with a key that was no longer valid at the release");
  }
  SP_TRY(crypto::Verified verified, verify_with(*key, record.sig, c.bundle.file("manifest.json"),
                                                packet::signing_act(c.bundle.manifest)));
  verified.key_class = std::min(verified.key_class, key->key_class); // never above what was enrolled
  return verified;
}

Result<void> check_class(const Checking& c, const packet::ManifestSigned& record,
                         const crypto::Verified& verified) {
  if (crypto::to_string(verified.key_class) != record.key_class) {
    return denied("claims another key class than its signature has");
  }
  if (verified.key_class < class_needed(c.bundle)) {
    return denied("is of a lower key class than the charter asks for");
  }
  const auto said = [](const std::optional<std::uint32_t>& a, const auto& b) {
    return a.has_value() == b.has_value() && (!a || *a == *b);
  };
  if (!said(record.flags, verified.flags) || !said(record.counter, verified.counter)) {
    return denied("claims other flags or another counter than its signature has");
  }
  return {};
}

Result<void> check_right(const Checking& c, const ProvenLeaf& leaf) {
  const auto& record = leaf.as<packet::ManifestSigned>();
  const Instant released = c.bundle.release.leaf.at;
  if (!eligible(c.bundle, record.person, record.role)) {
    return denied("is by a person whom the manifest does not name for this role");
  }
  if (!may_sign_as(c.bundle, record.person, record.role, leaf.leaf.at)) {
    return denied("was made outside the time of its person's grant");
  }
  if (!may_sign_as(c.bundle, record.person, record.role, released)) {
    return denied("is by a person whose grant had ended at the release");
  }
  if (released - leaf.leaf.at >= c.bundle.manifest.signers.valid_for) {
    return denied("was older at the release than the charter lets a signature stand");
  }
  return {};
}

Result<CountedSignature> count(const Checking& c, const ProvenLeaf& leaf) {
  const auto& record = leaf.as<packet::ManifestSigned>();
  if (record.manifest != c.bundle.manifest_digest || record.packet != c.bundle.manifest.packet) {
    return denied("signs another manifest");
  }
  SP_TRY(const crypto::Verified verified, verify_signature(c, leaf));
  SP_CHECK(check_class(c, record, verified));
  SP_CHECK(check_right(c, leaf));
  return CountedSignature{record.person, record.role,     record.key_class, record.key,
                          record.flags,  verified.origin, leaf.leaf.at};
}

} // namespace

void check_armor(Checking& c, const ProvenLeaf& leaf, const std::string& sig) {
  const std::string file = leaf.file.substr(0, leaf.file.rfind('.')) + ".sig";
  const auto blob = from_base64(sig);
  c.expect(blob && crypto::armor(*blob) == c.bundle.file(file), file.c_str(),
           "is not the signature of its leaf");
}

void check_signatures(Checking& c) {
  for (const ProvenLeaf& leaf : c.bundle.signatures) {
    check_armor(c, leaf, leaf.as<packet::ManifestSigned>().sig);
    if (auto counted = count(c, leaf)) {
      c.counted.push_back(*std::move(counted));
    } else {
      c.fault(leaf.file, counted.error().text());
    }
  }
}

void check_quorum(Checking& c) {
  const Bundle& b = c.bundle;
  const Instant released = b.release.leaf.at;
  std::set<PersonId> persons;
  for (const CountedSignature& signature : c.counted) {
    c.expect(persons.insert(signature.person).second, "manifest.json", "is signed twice by one person");
  }
  std::vector<std::size_t> places; // row of signers.require, once for each count
  const auto& require = b.manifest.signers.require;
  for (std::size_t row = 0; row < require.size(); ++row) {
    places.insert(places.end(), static_cast<std::size_t>(std::clamp<std::int64_t>(require[row].count, 0, 9)),
                  row);
  }
  const auto may = [&](std::size_t place, std::size_t signer) {
    const CountedSignature& signature = c.counted[signer];
    const auto principal = b.charter().principals.find(places[place]);
    const bool named = principal == b.charter().principals.end() || principal->second == signature.person;
    return std::ranges::any_of(require[places[place]].roles, [&](const std::string& role) {
      const bool substitute = role_to_hold(b, signature.person, role) != role;
      return (named || substitute) && eligible(b, signature.person, role) &&
             may_sign_as(b, signature.person, role, signature.at) &&
             may_sign_as(b, signature.person, role, released);
    });
  };
  c.expect(!places.empty() && places_filled(places.size(), c.counted.size(), may) == places.size(),
           "manifest.json", "is not signed by as many different persons as the charter asks for");
  c.expect(b.signatures.size() <= places.size(), "manifest.json", "has more signatures here than count");
}

void check_countersignature(Checking& c) {
  const char* file = "manifest.dsse.json";
  const auto gate = crypto::ed25519_from_spki_pem(c.bundle.file("trust/gate.pub.pem"));
  if (!gate) {
    return; // said by check_pins()
  }
  const auto body = crypto::dsse_open(c.bundle.file(file), crypto::dsse_in_toto_type, *gate);
  if (!body) {
    c.fault(file, body.error().text());
    return;
  }
  c.expect(as_text(*body) == c.bundle.file("manifest.json"), file, "countersigns another manifest");
}

} // namespace sallyport::verify
