#include "engine/retention.h"

#include "canon/json.h"
#include "engine/dossier.h"
#include "engine/raw_places.h"
#include "gate/deciding.h"
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

Result<canon::Object> fragment_row(const Core& core, const PacketId& id, const std::string& fragment,
                                   const packet::SealedFragment& sealed, const packet::SealedRetention& kept,
                                   std::uint32_t revision) {
  SP_TRY(const std::string raw, raw_state(core, sealed.sha256));
  canon::Object row{{"deadline", to_string(kept.deadline)},
                    {"end_state", kept.end_state},
                    {"source", kept.source},
                    {"revision", std::int64_t{revision}},
                    {"state", "kept"},
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
  if (const auto order = erasures.find(fragment); order != erasures.end()) {
    row.set("ordered", leaf_number(order->second.ordered));
    row.set("state", order->second.done == 0 ? "erasure_ordered" : "erased");
    if (order->second.done != 0) {
      row.set("erased", leaf_number(order->second.done));
    } else if (kept.end_state == "raw_gone" && raw == "never_here") {
      row.set("waits_for", "the raw bytes were never in this vault");
    }
  }
  return row;
}

} // namespace

canon::Array legal_holds_of(const gate::Packet& packet) {
  canon::Array out;
  for (const gate::LegalHold& hold : packet.legal_holds) {
    out.emplace_back(hold_row(hold));
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
  canon::Object fragments;
  const std::uint32_t last = packet.last_number();
  for (std::uint32_t n = last; n != 0 && last - n < revisions_max; --n) {
    SP_TRY(const store::Revision row, core.reader().revision(id, n));
    SP_TRY(const OpenedRevision opened, open_revision(row));
    if (opened.revision.co == nullptr) {
      break;
    }
    for (const auto& [fragment, sealed] : opened.revision.co->fragments) {
      if (fragments.find(fragment) == nullptr) { // the newest revision that has it says how long
        SP_TRY(canon::Object row, fragment_row(core, id, fragment, sealed,
                                               opened.revision.co->retention.at(sealed.retention), n));
        fragments.set(fragment, std::move(row));
      }
    }
  }
  return canon::Object{
      {"packet", id.str()}, {"legal_holds", std::move(holds)}, {"fragments", std::move(fragments)}};
}

} // namespace sallyport::engine
