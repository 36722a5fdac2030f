// What faces show: stored decisions and derived standing as JSON, each function one view. Broad views
// hold ids, codes, counts and instants, and nothing that a lane's recipe hides from a queue. The signer's
// and the lane's view open exactly the bound disclosures.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

// Broad. The four watch states (A07), head, holds, waits, manifests, entry.
canon::Object show_packet(const Core& core, const PacketId& packet, Instant now);
canon::Object summarise_packet(const Core& core, const PacketId& packet, Instant now); // one row of a list
canon::Object show_hold(const PacketId& packet, const HoldId& id, const gate::Hold& hold);
// Every check with the value it saw and what would clear it, and every wait.
canon::Object explain_packet(const Core& core, const PacketId& packet, Instant now);

// The manifest's bytes, what they bind in words, who may sign and who has.
Result<canon::Object> show_manifest(const Core& core, const PacketId& packet, const ManifestId& manifest,
                                    Instant now);
// The lane's disclosures of the head, opened: what a signer sees is what crosses. For those involved.
Result<canon::Object> show_signer_view(const Core& core, const PacketId& packet);

// The entry with the bound view opened. The caller has checked gate::may_read and recorded the access.
Result<canon::Object> show_entry(const Core& core, const EntryId& entry);

canon::Object show_lane(const Core& core, const std::string& lane, Instant now);
// Leaves as they stand, from number `from`.
Result<canon::Array> show_log(const Core& core, std::uint64_t from, std::size_t count);

// `charter` is that of the lane, where there is one: a refusal of one of its words names those that it has.
canon::Array reasons_in_words(const std::vector<packet::Reason>& reasons,
                              const charter::Charter* charter = nullptr);

} // namespace sallyport::engine
