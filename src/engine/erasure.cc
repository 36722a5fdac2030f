#include "engine/erasure.h"

#include "engine/dossier.h"
#include "engine/raw_places.h"
#include "gate/retention.h"

#include <fmt/format.h>

#include <set>

namespace sallyport::engine {
namespace {

constexpr const char* raw_gone = "raw_gone";
constexpr const char* forgotten = "forgotten";

// Rows are named "<revision>/<fragment>".
std::string fragment_of(const store::Part& row) {
  return row.part.substr(row.part.find('/') + 1);
}

// Of every revision that has the fragment: a newer redaction of it is another envelope.
Result<std::set<std::string>> units_of(const Core& core, const PacketId& id, const std::string& fragment) {
  std::set<std::string> out;
  SP_TRY(const std::vector<store::Part> rows, core.reader().parts(id));
  for (const store::Part& row : rows) {
    if (fragment_of(row) == fragment) {
      out.insert(row.unit);
    }
  }
  return out;
}

// Whether whatever else cites the same bytes is to lose as many of their keys. Its deadline is its own, and
// so are the legal holds on it.
Result<bool> nobody_else_keeps(const Core& core, const std::string& unit, std::uint32_t keys) {
  SP_TRY(const std::vector<store::Part> rows, core.reader().parts_of_unit(unit));
  for (const store::Part& row : rows) {
    const auto& erasures = core.state().find(row.packet)->erasures;
    const auto order = erasures.find(fragment_of(row));
    if (order == erasures.end() || gate::keys_of(order->second.end_state) < keys) {
      return false;
    }
  }
  return true;
}

Result<void> confirm(Core& core, Instant wall, const PacketId& id, const std::optional<std::string>& fragment,
                     std::uint32_t keys) {
  const auto done = core.run(wall, [&]() -> Result<void> {
    SP_TRY(const gate::Step step,
           core.apply(gate::ConfirmErasure{id, fragment, keys, core.now() + backups_kept}));
    (void)step;
    return {};
  });
  return done ? Result<void>() : std::unexpected(done.error());
}

Result<void> carry_out_fragment(Core& core, Instant wall, const PacketId& id, const std::string& fragment,
                                const std::string& end_state) {
  if (gate::legally_held(core.world(), id, fragment)) {
    return {}; // a hold that came after the order is one all the same
  }
  const std::uint32_t keys = end_state == raw_gone ? 1 : 2;
  bool all = true;
  SP_TRY(const std::set<std::string> units, units_of(core, id, fragment));
  for (const std::string& unit : units) {
    SP_TRY(const bool alone, nobody_else_keeps(core, unit, keys));
    if (!alone) {
      all = false;
      continue;
    }
    if (keys > 1) {
      SP_CHECK(core.destroy(unit, wall));
    }
  }
  SP_TRY(const RawEnd raw, end_raw(core, wall, units, [&](const std::string& unit) {
           return nobody_else_keeps(core, unit, 1);
         }));
  // Of raw bytes that were never in this vault nobody here can say that they are gone. A forgotten fragment's
  // words are not while a packet of its case is there.
  const bool words_stay = end_state == forgotten && !gate::words_are_gone(core.state(), id);
  if (!all || !raw.ended || words_stay || (end_state == raw_gone && !raw.kept)) {
    return {};
  }
  return confirm(core, wall, id, fragment, gate::keys_of(end_state));
}

// Its fragments have keys of their own, which stay until their own orders are carried out.
Result<void> carry_out_packet(Core& core, Instant wall, const PacketId& id) {
  if (gate::legally_held(core.world(), id, std::nullopt)) {
    return {};
  }
  SP_CHECK(core.destroy(gate::unit_of(id), wall));
  return confirm(core, wall, id, std::nullopt, 1);
}

} // namespace

Result<gate::Step> order_erasure(Core& core, const AccountId& by, const PacketId& id,
                                 const std::optional<std::string>& fragment) {
  gate::OrderErasure event{by, id, fragment};
  const gate::Packet* packet = core.state().find(id);
  SP_TRY(const bool gone, core.reader().is_destroyed(gate::unit_of(id)));
  const bool reads = fragment && packet != nullptr && !gone; // what is gone is not brought
  for (std::uint32_t n = reads ? packet->last_number() : 0; n > 0; --n) {
    SP_TRY(const store::Revision row, core.reader().revision(id, n));
    SP_TRY(const OpenedRevision opened, open_revision(row));
    event.revisions.push_back(opened.bytes);
    if (opened.revision.co != nullptr && opened.revision.co->fragments.contains(*fragment)) {
      break;
    }
  }
  return core.apply(event);
}

Result<void> carry_out_erasures(Core& core, Instant wall) {
  struct Order {
    PacketId packet;
    std::string fragment;
    std::string end_state;
  };

  std::vector<PacketId> packets; // the state changes under way
  std::vector<Order> orders;
  for (const auto& [id, packet] : core.state().packets) {
    if (packet.own_erasure && !packet.erased()) {
      packets.push_back(id);
    }
    for (const auto& [fragment, erasure] : packet.erasures) {
      if (erasure.done == 0) {
        orders.push_back({id, fragment, erasure.end_state});
      }
    }
  }
  for (const PacketId& id : packets) {
    SP_CHECK(carry_out_packet(core, wall, id));
  }
  for (const Order& order : orders) {
    SP_CHECK(carry_out_fragment(core, wall, order.packet, order.fragment, order.end_state));
  }
  return {};
}

Result<void> check_readable(const Core& core, const PacketId& id) {
  const gate::Packet* packet = core.state().find(id);
  SP_TRY(const bool gone, core.reader().is_destroyed(gate::unit_of(id)));
  if (!gone) {
    return {};
  }
  return fail(
      ErrorCode::not_found, id.str(),
      fmt::format("the packet was erased on the order of leaf {}: what was written in it is gone, and "
                  "what the log says of it stays",
                  packet != nullptr && packet->own_erasure ? packet->own_erasure->ordered : 0));
}

} // namespace sallyport::engine
