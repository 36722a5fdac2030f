// How long a packet and its fragments are kept and what forbids to end it, as faces show it.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

// Ids, instants and states for every reader; why a legal hold was placed, in its placer's words, where
// `words`.
Result<canon::Object> show_retention(const Core& core, const PacketId& packet, bool words);
// Who may read those words: who takes part in the packet or owns its lane's policy.
bool reads_reasons(const Core& core, const AccountId& reader, const PacketId& packet, Instant now);

canon::Array legal_holds_of(const gate::Packet& packet);
// The leaf of the order and, once it is done, of that.
canon::Object erasure_of(const gate::Erasure& erasure);

} // namespace sallyport::engine
