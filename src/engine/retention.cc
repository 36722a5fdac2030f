#include "engine/retention.h"

#include "canon/json.h"
#include "engine/dossier.h"
#include "engine/erasure.h"
#include "engine/raw_places.h"
#include "gate/people.h"
#include "gate/retention.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

constexpr std::uint32_t revisions_max = 32; // looked back through; the engine's thread reads them

std::int64_t leaf_number(packet::LeafNumber leaf) {
  return static_cast<std::int64_t>(leaf);
}

canon::Object hold_row(const gate::LegalHold& hold) {
  canon::Object row{{"leaf", leaf_number(hold.leaf)}, {"person", hold.by.str()}};
  if (hold.unit) {
    row.set("fragment", *hold.unit);
  }
  return row;
}

std::string reason_of(const Core& core, packet::LeafNumber leaf) {
  const auto row = core.reader().body(leaf);
  const auto body = row ? canon::parse(as_text(row->bytes)) : std::unexpected(row.error());
  const canon::Value* text = body ? body->find("reason") : nullptr;
  return text != nullptr && text->string() != nullptr ? *text->string() : "";
}

// Of the raw bytes that the sealed envelope was made of: "never_here", "kept" or "erased".
Result<std::string> raw_state(const Core& core, const Digest& envelope) {
  SP_TRY(const RawPieces pieces, raw_pieces(core, {"fragment/" + envelope.hex()}));
  const auto kept = [](const RawPiece& piece) { return piece.kept; };
  const auto destroyed = [](const RawPiece& piece) { return piece.destroyed; };
  if (pieces.all.empty() || !std::ranges::all_of(pieces.all, kept)) {
    return "never_here";
  }
  return std::ranges::all_of(pieces.all, destroyed) ? "erased" : "kept";
}

void add_erasure(canon::Object& row, const gate::Erasure* order) {
  row.set("state", order == nullptr ? "kept" : order->done == 0 ? "erasure_ordered" : "erased");
  if (order != nullptr) {
    const canon::Object leaves = erasure_of(*order);
    for (const auto& [name, leaf] : leaves) {
      row.set(name, leaf);
    }
  }
}

// All that is not a fragment. An open packet has no deadline yet.
canon::Object own_row(const Core& core, const PacketId& id) {
  const gate::Packet& packet = *core.state().find(id);
  canon::Object row;
  if (const auto deadline = gate::own_deadline(core.world(), packet)) {
    row.set("deadline", to_string(*deadline));
  }
  if (packet.closed) {
    row.set("closed", to_string(packet.closed->at));
  }
  if (const auto held = gate::legally_held(core.world(), id, std::nullopt)) {
    row.set("legally_held", held->str());
  }
  if (const auto needed = gate::needed_by(core.state(), id)) {
    row.set("needed_by", needed->str());
  }
  if (const auto entry = gate::pending_entry(core.state(), packet)) {
    row.set("pending_entry", entry->str());
  }
  if (const auto fragment = gate::kept_fragment(packet)) {
    row.set("kept_fragment", *fragment);
  }
  add_erasure(row, packet.own_erasure ? &*packet.own_erasure : nullptr);
  return row;
}

Result<canon::Object> fragment_row(const Core& core, const PacketId& id, const std::string& fragment,
                                   const packet::SealedFragment& sealed, const packet::SealedRetention& kept,
                                   std::uint32_t revision) {
  SP_TRY(const std::string raw, raw_state(core, sealed.sha256));
  canon::Object row{{"deadline", to_string(kept.deadline)},
                    {"end_state", kept.end_state},
                    {"source", kept.source},
                    {"revision", std::int64_t{revision}},
                    {"raw", raw}};
  if (kept.disputed) {
    row.set("disputed", *kept.disputed);
  }
  if (const auto held = gate::legally_held(core.world(), id, fragment)) {
    row.set("legally_held", held->str());
  }
  if (const auto needed = gate::needed_by(core.world(), id, fragment)) {
    row.set("needed_by", needed->str());
  }
  const auto& erasures = core.state().find(id)->erasures;
  const auto order = erasures.find(fragment);
  add_erasure(row, order == erasures.end() ? nullptr : &order->second);
  if (order != erasures.end() && order->second.done == 0 && kept.end_state == "raw_gone" &&
      raw == "never_here") {
    row.set("waits_for", "the raw bytes were never in this vault");
  }
  return row;
}

// What a revision said of it is gone with the packet; its order, which came before, says the rest.
canon::Object ordered_row(const gate::Erasure& order) {
  canon::Object row{{"deadline", to_string(order.deadline)}, {"end_state", order.end_state}};
  add_erasure(row, &order);
  return row;
}

Result<canon::Object> fragments_of(const Core& core, const PacketId& id) {
  const gate::Packet& packet = *core.state().find(id);
  canon::Object fragments;
  if (!check_readable(core, id)) {
    for (const auto& [fragment, order] : packet.erasures) {
      fragments.set(fragment, ordered_row(order));
    }
    return fragments;
  }
  const std::uint32_t last = packet.last_number();
  for (std::uint32_t n = last; n != 0 && last - n < revisions_max; --n) {
    SP_TRY(const store::Revision row, core.reader().revision(id, n));
    SP_TRY(const OpenedRevision opened, open_revision(row));
    if (opened.revision.co == nullptr) {
      break;
    }
    for (const auto& [fragment, sealed] : opened.revision.co->fragments) {
      if (fragments.find(fragment) == nullptr) { // the newest revision that has it says how long
        SP_TRY(canon::Object shown, fragment_row(core, id, fragment, sealed,
                                                 opened.revision.co->retention.at(sealed.retention), n));
        fragments.set(fragment, std::move(shown));
      }
    }
  }
  return fragments;
}

} // namespace

canon::Array legal_holds_of(const gate::Packet& packet) {
  canon::Array out;
  for (const gate::LegalHold& hold : packet.legal_holds) {
    out.emplace_back(hold_row(hold));
  }
  return out;
}

canon::Object erasure_of(const gate::Erasure& erasure) {
  canon::Object out{{"ordered", leaf_number(erasure.ordered)}};
  if (erasure.done != 0) {
    out.set("erased", leaf_number(erasure.done));
  }
  return out;
}

bool reads_reasons(const Core& core, const AccountId& reader, const PacketId& packet, Instant now) {
  const gate::Account* account = core.state().account(reader);
  if (account == nullptr || account->kind != "person" || !account->person) {
    return false;
  }
  return gate::involved(core.world(), packet, *account->person, now) ||
         gate::owns(core.world(), *account->person, now);
}

Result<canon::Object> show_retention(const Core& core, const PacketId& id, bool words) {
  const gate::Packet& packet = *core.state().find(id);
  canon::Array holds;
  for (const gate::LegalHold& hold : packet.legal_holds) {
    canon::Object row = hold_row(hold);
    if (words) {
      row.set("reason", reason_of(core, hold.leaf));
    }
    holds.emplace_back(std::move(row));
  }
  SP_TRY(canon::Object fragments, fragments_of(core, id));
  return canon::Object{{"packet", id.str()},
                       {"legal_holds", std::move(holds)},
                       {"own", own_row(core, id)},
                       {"fragments", std::move(fragments)}};
}

} // namespace sallyport::engine
