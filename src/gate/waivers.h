// What a manifest may ask for beyond the rule, and whether it stands: that a hold which the charter lets
// people override crosses all the same, and that somebody signs for a role whose holders are all away
// (charter.md 3.5). Both are bound in the manifest, rest on signatures of their own, and are derived anew
// each time they are asked about.
#pragma once

#include "gate/checks.h"

namespace sallyport::gate {

// Null where the charter lets nobody override the code. Only FRESH.MISSING can ever be (INV-21).
const charter::Override* override_rule(const charter::Charter& charter, std::string_view code);

// Whose overrides of the hold stand for the manifest now: distinct persons of the rule's roles who signed
// within `max_age` and after any re-sign hold, and who have not signed the manifest itself.
std::set<PersonId> overriders(const World& world, const Packet& packet, const ManifestState& manifest,
                              const HoldId& hold, Instant now);

// Marks the lines of the reviewed manifest's holds that enough persons override.
void apply_overrides(const World& world, const Packet& packet, Instant now, Report& report);

// The refusal's code where nobody may stand in for the role: no rule for it, or a holder can sign.
std::string why_no_substitute(const World& world, const PacketId& id, const ManifestId& manifest,
                              const std::string& role, Instant now);
// The same for this person; a part played or a role held bars a substitute like any signer.
std::string why_not_substitute(const World& world, const PacketId& id, const ManifestId& manifest,
                               const std::string& role, const PersonId& person, Instant now);

// Whether the manifest has a signature of this person that was not withdrawn, standing or not.
bool has_signed(const ManifestState& manifest, const PersonId& person);

// Whether the person holds the role at that time, or stands in for it in this manifest and held the role
// that substitutes hold.
bool may_sign_as(const World& world, const Packet& packet, const ManifestState& manifest,
                 const PersonId& person, const std::string& role, Instant at);

// SIGN.SUBSTITUTE: each substitute of the reviewed manifest is still needed, and ratified.
void check_substitutes(const World& world, const PacketId& id, const Packet& packet, Instant now,
                       Report& report);

} // namespace sallyport::gate
