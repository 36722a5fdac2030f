// What is kept no longer: the order of a person becomes a record first, then the keys of the fragment are
// destroyed, then that is a record too. What stops in between is carried out again.
#pragma once

#include "engine/core.h"

#include <string>

namespace sallyport::engine {

// How long copies of a destroyed key may be in backups of the key store.
inline constexpr Duration backups_kept{7LL * 86'400'000};

// Inside a batch; the gate says whether it may be.
Result<gate::Step> order_erasure(Core& core, const AccountId& by, const PacketId& packet,
                                 const std::string& fragment);

// Outside a batch, as keys are destroyed for good: each order that is not done yet. An order stays open, and
// what can go of it goes,
// - while another packet, or another fragment of this one, is the same bytes and nobody ordered that it goes;
// - where the fragment is to be forgotten, because its disclosures lie under the packet's key.
Result<void> carry_out_erasures(Core& core, Instant wall);

} // namespace sallyport::engine
