// What the ledger of a packet comes to: who may accept an item, what is accepted in which words, and the
// ledger as a revision seals it and a manifest binds it. Derived anew each time it is asked about.
#pragma once

#include "gate/checks.h"
#include "packet/manifest.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::gate {

// The item's kind by its category: leakage_residual, symbolization_boundary or other. Never what its raiser
// says, so that leakage is not filed as something else.
std::string item_kind(const Item& item);

// The row of signers.accepts that the item falls under; null where nobody can accept it: it has no row, its
// category must be resolved, or it is a confirmed leak.
const charter::Acceptance* acceptance_row(const charter::Charter& charter, const Item& item);

// What bars a person from accepting an item in words that somebody offered: of amendment 33, having offered
// them counts as authorship. Where it is not known who did, they are anybody's.
bool is_barred(const World& world, const Packet& packet, const charter::Acceptance& row,
               const PersonId& person, const std::optional<PersonId>& offered_by, Instant now);

// Who and in which words, where enough of the right people accept the item in the same ones; else nothing.
std::optional<packet::BoundAcceptance> accepted(const World& world, const Packet& packet, const ItemId& id,
                                                Instant now);

// All accepted items, sorted.
std::vector<packet::BoundAcceptance> all_accepted(const World& world, const Packet& packet, Instant now);

// Whether the conflict that the gate saw is still there: instructions that contradict each other, or
// registries. What cannot be evaluated is.
bool still_contrary(const World& world, const PacketId& id, const Item& item, Instant now);

// The ledger as it is sealed: every item ever raised.
std::map<std::string, packet::SealedItem> sealed_ledger(const Ledger& ledger);

// The ledger as it is bound: with the digests of the head's statements.
packet::BoundLedger bound_ledger(const Packet& packet, const Dossier& dossier);

// Whether the disclosure is a statement of an item whose statements the lane does not read (B26).
bool is_stubbed(const Packet& packet, std::string_view name);

// Lines of the items, of claims, sections and of what got lost. For every packet that has a workspace.
void check_ledger(const World&, const PacketId&, const Packet&, Instant, Report&);
// Lines of the fragments: where they come from, how far they were scanned, how long they may be kept.
void check_fragments(const World&, const PacketId&, const Packet&, Instant, Report&);

} // namespace sallyport::gate
