// The acts of a workshop's people on its ledger, its manifests and its releases.
#include "gate/testing/workshop.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "gate/ledger.h"
#include "gate/workspace.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace sallyport::gate::testing {

// ---- ledger

Step Workshop::object(const Actor& by, const PacketId& id, const std::string& category,
                      const std::string& subject, std::optional<std::string> stub,
                      std::optional<LeafNumber> flag) {
  return step(
      RaiseObjection{by.account, id, category, subject, std::move(stub), flag, {{"text", "an objection"}}});
}

Step Workshop::instruct(const Actor& by, const PacketId& id, const std::string& subject,
                        const std::string& stance) {
  return step(
      GiveInstruction{by.account, id, subject, stance, "stack_frame_necessity", {{"text", "please"}}});
}

Step Workshop::resolve(const Actor& by, const PacketId& id, std::vector<ItemId> items,
                       const std::string& code, std::optional<ItemId> of) {
  return step(ResolveItems{by.account, id, std::move(items), code, std::move(of), {{"text", "because"}}});
}

ItemId Workshop::item(const PacketId& id, const std::string& kind, const std::string& category) const {
  ItemId out;
  LeafNumber last = 0;
  for (const auto& [item, state] : workspace(id).ledger.items) {
    if (state.kind == kind && (category.empty() || state.category == category) && state.raised >= last) {
      out = item;
      last = state.raised;
    }
  }
  return out;
}

packet::AcceptStatement Workshop::acceptance(const Actor& by, const PacketId& id, const std::string& role,
                                             const std::vector<ItemId>& items,
                                             const std::string& words) const {
  const Packet& p = packet(id);
  packet::AcceptStatement said{origin,
                               id,
                               p.head ? p.head->number : 0,
                               p.head ? p.head->digest : Digest{},
                               lane,
                               *state().lanes.at(lane).charter,
                               role,
                               by.person,
                               "function",
                               {}};
  for (const ItemId& item : items) {
    const auto at = p.workspace->ledger.items.find(item);
    const Item state = at == p.workspace->ledger.items.end() ? Item{} : at->second;
    said.items.push_back({item, item_kind(state), state.category, p.workspace->ledger.items_at,
                          packet::wording_disclosure({}, item, words).digest});
  }
  std::ranges::sort(said.items, {}, &packet::AcceptedItem::item);
  return said;
}

Step Workshop::accept_items(const Actor& by, const PacketId& id, const packet::AcceptStatement& said,
                            const std::string& words) {
  const canon::Value statement = packet::statement(said);
  std::vector<std::string> wordings;
  for (const packet::AcceptedItem& item : said.items) {
    wordings.push_back(packet::wording_disclosure({}, item.item, words).encoded);
  }
  return step(AcceptItems{
      by.account,
      id,
      {statement,
       {{by.person, by.fingerprint(), to_base64(by.sign(packet::act::accept, canon::write(statement)))}}},
      wordings});
}

Step Workshop::accept_items(const Actor& by, const PacketId& id, const std::string& role,
                            const std::vector<ItemId>& items, const std::string& words) {
  return accept_items(by, id, acceptance(by, id, role, items, words), words);
}

void Workshop::accept_all(const PacketId& id) {
  std::vector<ItemId> both;
  std::vector<ItemId> all;
  for (const auto& [item, state] : workspace(id).ledger.items) {
    const charter::Acceptance* row = state.open() ? acceptance_row(charter(), state) : nullptr;
    if (row != nullptr) {
      all.push_back(item);
      if (row->all) {
        both.push_back(item);
      }
    }
  }
  must(accept_items(rhea, id, "engineering-release-owner", all));
  must(accept_items(piet, id, "privacy-engineering-lead", both));
}

// ---- manifest and release

Step Workshop::draft(const AccountId& by, const PacketId& id,
                     const std::vector<packet::NamedSigner>& signers) {
  manifest = ManifestId::from_random(random());
  const Packet& p = packet(id);
  return step(DraftManifest{by, id, manifest, p.head ? p.head->digest : Digest{}, signers});
}

Step Workshop::submit(const Actor& by, const PacketId& id) {
  return step(
      SubmitManifest{by.account, id, manifest, salt(), {origin, state().size, crypto::sha256("root")}});
}

void Workshop::bind(const PacketId& id) {
  must(draft(rhea.account, id));
  must(submit(rhea, id));
}

Step Workshop::sign(const Actor& by, const PacketId& id, std::string_view name_space) {
  ManifestId reviewed;
  const ManifestState* at = packet(id).reviewed(&reviewed);
  SP_ASSERT(at != nullptr);
  const std::string& bytes = machine.facts().manifests.at(reviewed).bytes;
  return step(SignManifest{by.account, id, at->digest, by.sign(name_space, bytes)});
}

Step Workshop::press(const Actor& by, const PacketId& id) {
  const Packet& p = packet(id);
  const ManifestState* at = p.reviewed();
  return step(RequestRelease{by.account, id, p.head ? p.head->digest : Digest{},
                             at == nullptr ? Digest{} : at->digest, lane});
}

void Workshop::answer(const PacketId& id) {
  const Recheck open = *packet(id).recheck;
  pass(second);
  for (const packet::NeededAnswer& needed : open.needed) {
    must(observe(needed.source, open.id));
  }
}

Step Workshop::commit(const PacketId& id) {
  return step(CommitRelease{id, recheck});
}

void Workshop::release(const PacketId& id) {
  accept_all(id);
  bind(id);
  must(sign(rhea, id));
  must(press(rhea, id));
  answer(id);
  must(commit(id));
  must(step(DeliverEntry{entry, state().size}));
}

Step Workshop::verdict(const Actor& by, const std::string& code, const std::vector<Wish>& wanted,
                       const std::vector<std::string>& found) {
  return step(GiveVerdict{by.account, entry, code, found, wanted, {{"text", "what the reader thinks"}}});
}

// ---- looking

std::vector<std::string> Workshop::holds(const PacketId& id) const {
  std::set<std::string> out;
  for (const CheckLine& line : evaluate(machine.world(), id, now)) {
    if (line.outcome == Outcome::hold) {
      out.insert(line.code);
    }
  }
  return {out.begin(), out.end()};
}

bool Workshop::held(const PacketId& id, const std::string& code) const {
  const auto all = holds(id);
  return std::ranges::find(all, code) != all.end();
}

PacketId signed_packet(Workshop& w, const std::string& group) {
  const PacketId id = w.ready(group);
  w.accept_all(id);
  w.bind(id);
  must(w.sign(w.rhea, id));
  return id;
}

} // namespace sallyport::gate::testing
