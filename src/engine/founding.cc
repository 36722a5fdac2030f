#include "engine/founding.h"

#include "base/whole_second.h"
#include "canon/json.h"
#include "crypto/random.h"
#include "crypto/sshsig.h"
#include "engine/core.h"
#include "engine/files.h"
#include "engine/people.h"
#include "store/keys.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

std::filesystem::path genesis_file(const std::filesystem::path& dir) {
  return dir / "genesis.json";
}

std::filesystem::path names_file(const std::filesystem::path& dir) {
  return dir / "genesis.names.json";
}

Result<packet::GenesisStatement> read_prepared(const std::filesystem::path& dir) {
  SP_TRY(const std::string text, read_small_file(genesis_file(dir)));
  SP_TRY(const canon::Value value, canon::parse(text));
  return packet::read_genesis(value);
}

} // namespace

Result<packet::GenesisStatement> prepare_genesis(const std::filesystem::path& dir, const std::string& origin,
                                                 const std::vector<OwnerInput>& owners, Instant now,
                                                 Duration keys_valid) {
  if (owners.empty()) {
    return fail(ErrorCode::malformed, "--owner", "a log has at least one governance owner");
  }
  packet::GenesisStatement genesis;
  genesis.origin = origin;
  genesis.rule = "all";
  genesis.keys_from = whole_second(now);
  genesis.keys_until = whole_second(now + keys_valid);
  canon::Object names;
  for (const OwnerInput& input : owners) {
    SP_TRY(const crypto::PublicKey key, crypto::parse_public_key_line(input.key_line));
    SP_TRY(const crypto::KeyClass key_class, crypto::parse_key_class(input.key_class));
    const PersonId person = PersonId::from_random(crypto::random_u64());
    genesis.owners.push_back({person, input.role, key.line(), std::string(crypto::to_string(key_class)),
                              input.rp_id, input.origins});
    names.set(person.str(), input.name);
  }
  SP_TRY(const Secrets secrets, create_secrets(dir));
  SP_TRY(const ledger::VerifierKey log,
         ledger::VerifierKey::make(origin, ledger::SignatureType::ed25519, secrets.log.public_key()));
  genesis.log_vkey = log.text();
  genesis.gate_spki = to_base64(crypto::ed25519_spki_der(secrets.gate.public_key()));
  SP_TRY(const store::DataKey wrapping, store::create_wrapping_key(wrapping_key_file(dir)));
  (void)wrapping;
  SP_CHECK(write_new_file(genesis_file(dir), canon::write(packet::statement(genesis))));
  SP_CHECK(write_new_file(names_file(dir), canon::write(std::move(names))));
  return genesis;
}

Result<std::string> origin_of(const std::filesystem::path& dir) {
  SP_TRY(const packet::GenesisStatement genesis, read_prepared(dir));
  return genesis.origin;
}

Result<void> found(const std::filesystem::path& dir, const std::vector<std::string>& signatures, Instant now,
                   std::optional<std::uint32_t> uid) {
  SP_TRY(const packet::GenesisStatement genesis, read_prepared(dir));
  packet::SignedStatement act{packet::statement(genesis), {}};
  for (const std::string& armored : signatures) {
    SP_TRY(const Bytes blob, crypto::dearmor(armored));
    SP_TRY(const crypto::SshSig sig, crypto::decode_sshsig(blob));
    const auto owner = std::ranges::find(genesis.owners, sig.key.line(), &packet::GenesisOwner::key);
    if (owner == genesis.owners.end()) {
      return fail(ErrorCode::denied, "--sig", "a signature is by none of the owners that genesis.json names");
    }
    act.sigs.push_back({owner->person, sig.key.fingerprint(), to_base64(crypto::encode_sshsig(sig))});
  }
  // The databases first: opening the core needs them.
  {
    SP_TRY(const store::Store made,
           store::Store::open(dir, {genesis.origin, wrapping_key_file(dir), true, ""}));
    if (made.size() != 0) {
      return fail(ErrorCode::conflict, dir.string(), "the log has its genesis already");
    }
  }
  SP_TRY(const std::string names_text, read_small_file(names_file(dir)));
  SP_TRY(const canon::Value names, canon::parse(names_text));
  SP_TRY(const std::unique_ptr<Core> core, Core::open({dir, genesis.origin, ""}));
  std::optional<Error> refused;
  const auto done = core->run(now, [&]() -> Result<void> {
    SP_TRY(const gate::Step step, core->apply(gate::Found{act}));
    if (!step.ok()) {
      return fail(ErrorCode::denied, "--sig",
                  "every owner signs exactly genesis.json, under genesis@sallyport");
    }
    for (const packet::GenesisOwner& owner : genesis.owners) {
      const canon::Value* name = names.find(owner.person.str());
      NewPrincipal input{"person", name == nullptr ? owner.role : *name->string(), owner.person, std::nullopt,
                         std::nullopt};
      if (&owner == &genesis.owners.front()) {
        input.uid = uid;
      }
      SP_TRY(const AddedPrincipal added, add_principal(*core, {}, input));
      if (!added.refused.empty()) {
        return fail(ErrorCode::internal, "", "an owner's account was refused");
      }
    }
    return {};
  });
  if (!done) {
    return std::unexpected(done.error());
  }
  return core->sign_head(now);
}

} // namespace sallyport::engine
