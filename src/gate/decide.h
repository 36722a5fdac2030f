// The gate: from the world, an event and the time to records. Pure: same arguments, same answer. A
// refusal is an answer like every other: it changes nothing and is on record.
//
//   decide()     the event's own records, or its refusal
//   follow_up()  what then follows for one packet: holds opened and cleared, authorised or no longer
//   step()       decide, apply, follow up on every packet that the event touches
#pragma once

#include "gate/event.h"
#include "packet/leaf.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::gate {

// A record on its way to the log. `unit` is the retention unit of its body.
struct Drafted {
  packet::Record record;
  std::optional<canon::Object> body;
  std::string unit;
};

struct SubmittedManifest {
  ManifestId id;
  BoundManifest bound;
};

struct CommittedEntry {
  EntryId id;
  PacketId packet;
  std::string lane;
  std::string bytes; // entry.json
};

struct Decision {
  std::vector<Drafted> records;
  std::vector<packet::Reason> refused; // empty: it happened
  std::optional<SubmittedManifest> manifest;
  std::optional<CommittedEntry> entry;
  std::optional<RecheckId> probe; // a recheck opened: its sources are to be asked now

  bool ok() const { return refused.empty(); }
};

Decision decide(const World& world, const Event& event, Instant now, Draws& draws);

Decision follow_up(const World& world, const PacketId& packet, Instant now, Draws& draws);

// Packets whose evaluation the record may change, apart from the one it names.
std::vector<PacketId> touched_by(const World& world, const packet::Record& record);

// How a refusal's code is answered and said: the class decides HTTP status and exit code.
enum class RefusalClass { usage, denied, not_found, conflict, held };

struct RefusalText {
  RefusalClass refusal_class;
  std::string_view text; // one sentence without a full stop
};

RefusalText refusal_text(std::string_view code);

} // namespace sallyport::gate
