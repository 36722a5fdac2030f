// Manifests that ask for something beyond the rule, and the signatures that give it.
#pragma once

#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/sshsig_sign.h"
#include "gate/testing/scene.h"
#include "packet/statement.h"

namespace sallyport::gate::testing {

// Drafted and submitted by lena.
inline Step submit_waived(Gate& g, const PacketId& id, const Waived& waived) {
  REQUIRE(g.draft(g.lena.account, id).ok());
  return g.step(SubmitManifest{g.lena.account,
                               id,
                               g.last.manifest,
                               {},
                               {g.state().origin, g.state().size, crypto::sha256("root")},
                               waived});
}

inline packet::SignedStatement signed_by(const Actor& who, const canon::Value& statement,
                                         std::string_view name_space = packet::act::hold) {
  return {statement,
          {{who.person, who.fingerprint(), to_base64(who.sign(name_space, canon::write(statement)))}}};
}

// Of the manifest in review, or of none.
inline packet::OverrideStatement override_of(const Gate& g, const PacketId& id, const HoldId& hold,
                                             const packet::Disclosure& rationale) {
  ManifestId manifest;
  const ManifestState* reviewed = g.packet(id).reviewed(&manifest);
  return {g.state().origin, id, manifest, reviewed == nullptr ? Digest{} : reviewed->digest, hold,
          rationale.digest};
}

inline Step override_hold(Gate& g, const Actor& who, const PacketId& id, const HoldId& hold,
                          const packet::Salt& salt) {
  const packet::Disclosure why = packet::rationale_disclosure(salt, "the escalation is awaited");
  return g.step(OverrideHold{who.account, id,
                             signed_by(who, packet::statement(override_of(g, id, hold, why))), why.encoded});
}

// For a reason of its own each time.
inline Step override_hold(Gate& g, const Actor& who, const PacketId& id, const HoldId& hold) {
  return override_hold(g, who, id, hold, g.salt());
}

inline Step ratify_substitute(Gate& g, const Actor& who, const PacketId& id, const std::string& role,
                              const PersonId& substitute) {
  ManifestId manifest;
  const ManifestState* reviewed = g.packet(id).reviewed(&manifest);
  const packet::SubstituteStatement statement{
      g.state().origin, id, manifest, reviewed == nullptr ? Digest{} : reviewed->digest, role, substitute};
  return g.step(RatifySubstitute{who.account, id, signed_by(who, packet::statement(statement))});
}

// A use of the actor's key over a manifest's bytes that is not the one of sign().
inline Bytes other_use(const Actor& who, std::string_view bytes) {
  return crypto::sign_sshsig(*who.ssh, packet::act::dispatch, as_bytes(bytes), crypto::HashName::sha256);
}

inline Step place(Gate& g, const AccountId& by, const PacketId& id, const std::string& code = "GOV.MANUAL",
                  const std::string& step = "") {
  return g.step(PlaceHold{by, id, code, step, {{"reason", "something is odd"}}});
}

// Time passes, and every source is heard often enough to stay fresh.
inline void keep_fresh(Gate& g, Instant until) {
  while (g.now + Duration{10 * minute.ms} < until) {
    g.pass(Duration{10 * minute.ms});
    g.observe_all();
  }
  g.now = until;
  g.observe_all();
}

} // namespace sallyport::gate::testing
