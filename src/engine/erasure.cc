#include "engine/erasure.h"

#include "engine/dossier.h"

#include <set>

namespace sallyport::engine {
namespace {

constexpr const char* raw_gone = "raw_gone";
constexpr const char* forgotten = "forgotten";

// Of every revision that has the fragment: a newer redaction of it is another envelope.
Result<std::set<std::string>> units_of(const Core& core, const PacketId& id, const std::string& fragment) {
  std::set<std::string> out;
  SP_TRY(const std::vector<store::Part> rows, core.reader().parts(id));
  for (const store::Part& row : rows) {
    if (row.part.substr(row.part.find('/') + 1) == fragment) {
      out.insert(row.unit);
    }
  }
  return out;
}

Result<void> carry_out(Core& core, Instant wall, const PacketId& id, const std::string& fragment,
                       const std::string& end_state) {
  SP_TRY(const std::set<std::string> units, units_of(core, id, fragment));
  for (const std::string& unit : units) {
    SP_CHECK(core.destroy("raw-" + unit, wall)); // nobody has such a key where raw bytes were never kept
    if (end_state != raw_gone) {
      SP_CHECK(core.destroy(unit, wall));
    }
  }
  if (end_state == forgotten) {
    return {};
  }
  const std::uint32_t keys = end_state == raw_gone ? 1 : 2;
  const auto done = core.run(wall, [&]() -> Result<void> {
    SP_TRY(const gate::Step step,
           core.apply(gate::ConfirmErasure{id, fragment, keys, core.now() + backups_kept}));
    (void)step;
    return {};
  });
  return done ? Result<void>() : std::unexpected(done.error());
}

} // namespace

Result<gate::Step> order_erasure(Core& core, const AccountId& by, const PacketId& id,
                                 const std::string& fragment) {
  gate::OrderErasure event{by, id, fragment, {}};
  const gate::Packet* packet = core.state().find(id);
  for (std::uint32_t n = packet == nullptr ? 0 : packet->last_number(); n > 0; --n) {
    SP_TRY(const store::Revision row, core.reader().revision(id, n));
    SP_TRY(const OpenedRevision opened, open_revision(row));
    event.revisions.push_back(opened.bytes);
    if (opened.revision.co != nullptr && opened.revision.co->fragments.contains(fragment)) {
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

  std::vector<Order> orders; // the state changes under way
  for (const auto& [id, packet] : core.state().packets) {
    for (const auto& [fragment, erasure] : packet.erasures) {
      if (erasure.done == 0) {
        orders.push_back({id, fragment, erasure.end_state});
      }
    }
  }
  for (const Order& order : orders) {
    SP_CHECK(carry_out(core, wall, order.packet, order.fragment, order.end_state));
  }
  return {};
}

} // namespace sallyport::engine
