// What is kept no longer: the order of a person becomes a record first, then the keys of the unit are
// destroyed, then that is a record too. What stops in between is carried out again.
#pragma once

#include "engine/core.h"

#include <optional>
#include <string>

namespace sallyport::engine {

// How long copies of a destroyed key may be in backups of the key store.
inline constexpr Duration backups_kept{7LL * 86'400'000};

// Inside a batch; the gate says whether it may be. Without a fragment, of the packet itself.
Result<gate::Step> order_erasure(Core& core, const AccountId& by, const PacketId& packet,
                                 const std::optional<std::string>& fragment);

// Outside a batch, as keys are destroyed for good: each order that is not done yet, those of packets first.
// An order of a fragment stays open, and what can go of it goes,
// - while another packet, or another fragment of this one, is the same bytes and nobody ordered that it goes;
// - where the fragment is to be forgotten, until the keys of all packets of its case are gone, because words
//   of it lie under them.
Result<void> carry_out_erasures(Core& core, Instant wall);

// Why nothing can be read of the packet any more, in words for whoever asks; nothing where it can.
Result<void> check_readable(const Core& core, const PacketId& packet);

} // namespace sallyport::engine
