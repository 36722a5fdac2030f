// A deployment whose packet may have a ledger: its workshop sealed, its items accepted by both leaders, and
// what its manifest binds of that. See workshop.h.
#pragma once

#include "lane/testing/deployment.h"
#include "lane/testing/workshop.h"
#include "packet/testing/sample.h"

namespace sallyport::lane::testing {

class Ledgered : protected Deployment {
protected:
  using Deployment::Deployment;

  PacketId sealed_packet() const { return packet::read_revision(sealed_.bytes).value().packet; }

  void seal_workshop() {
    packet::WorkingRevision working = workshop_revision(PacketId::from_random(31));
    working.lane = lane_name;
    options_.ledger.content(working.content);
    sealed_ = packet::seal(working, packet::testing::seeded_salts(7)).value();
  }

  std::vector<packet::AcceptedItem> items_to_accept(bool by_lead) {
    std::vector<packet::AcceptedItem> out;
    for (const auto& [id, item] : workshop_ledger()) {
      if (item.state != "open" || (by_lead && item.item_kind == "other")) {
        continue;
      }
      const ItemId of = ItemId::parse(id).value();
      const packet::Disclosure words = packet::wording_disclosure({5}, of, "We know of " + id + ".");
      wordings_[id] = words;
      out.push_back({of, item.item_kind, item.category, sealed_at, words.digest});
    }
    return out;
  }

  // Both leaders, each under their own key; the owner all that is open, the lead what needs both.
  void accept() {
    if (!options_.ledger.there) {
      return;
    }
    for (const bool by_lead : {false, true}) {
      if (by_lead && !options_.ledger.lead_accepts) {
        continue;
      }
      packet::AcceptStatement said;
      said.origin = options_.origin;
      said.packet = sealed_packet();
      said.revision = 1;
      said.revision_digest = sealed_.digest;
      said.lane = lane_name;
      said.charter = charter_;
      said.role = by_lead ? lead_role : approver_role;
      said.person = by_lead ? second : first;
      said.symbolization = options_.ledger.level;
      said.items = items_to_accept(by_lead);
      options_.ledger.accept_act(said);
      const canon::Value value = packet::statement(said);
      const std::string bytes = canon::write(value);
      const Bytes sig = by_lead ? passkey_.sign_sshsig(packet::act::accept, as_bytes(bytes))
                                : crypto::sign_sshsig(approver_, packet::act::accept, as_bytes(bytes));
      const Digest key = by_lead ? passkey_.key().fingerprint()
                                 : crypto::make_ed25519_key(approver_.public_key()).fingerprint();
      const packet::LeafNumber leaf =
          log_.add(packet::ItemsAccepted{said.packet,
                                         said.person,
                                         AccountId::from_random(81),
                                         said.role,
                                         {value, {{said.person, key, to_base64(sig)}}}});
      accepts_.push_back(leaf);
      for (const packet::AcceptedItem& item : said.items) {
        packet::BoundAcceptance& one = accepted_[item.item.str()];
        one.item = item.item;
        one.item_kind = item.item_kind;
        one.category = item.category;
        one.wording = item.wording;
        one.by.push_back({said.person, said.role, crypto::sha256(bytes), leaf});
      }
    }
  }

  // What the manifest of a packet with a ledger has beside the rest.
  void bind_ledger(packet::Manifest& m) {
    const packet::Coproduced& co = *revision_.co;
    m.owner = packet::BoundOwner{first, std::string(approver_role)};
    m.ledger = bound_workshop(revision_, sealed_.disclosures, accepts_.back());
    for (auto& [id, one] : accepted_) {
      std::ranges::sort(one.by);
      const packet::SealedItem& item = co.ledger.at(id);
      m.accepted.push_back(one);
      m.holds.push_back({HoldId::parse(id).value(), item.code, item.subject, "accepted", item.first_opened});
    }
    std::ranges::sort(m.holds, {}, &packet::BoundHold::hold);
    m.clock_state.emplace();
    m.fragments.emplace();
    m.fragments->dumps = co.dumps;
    for (const auto& [id, fragment] : co.fragments) {
      const packet::SealedRetention& kept = co.retention.at(fragment.retention);
      m.clock_state->push_back(
          {"retention", id, kept.deadline, kept.end_state, "running", kept.disputed, {{"c1", 1}}});
      m.fragments->parts[id] = fragment.sha256;
    }
    m.bounds = revision_.bounds;
    m.scope.clear();
    for (const packet::Disclosure& disclosure : sealed_.disclosures) {
      if (disclosure.name.starts_with("/scope/crash_session/")) {
        m.scope["crash_session"].push_back(disclosure.digest);
      }
    }
    std::ranges::sort(m.scope["crash_session"]);
    m.signers.eligible = {{first, std::string(approver_role)}};
  }

  // Statements of an item that crosses as a stub stay here.
  bool is_stubbed(const std::string& name) const {
    return options_.ledger.there && name.starts_with("/ledger/fi_aaaaaaaaaa/");
  }

  packet::SealedRevision sealed_;
  packet::Revision revision_;
  std::map<std::string, packet::Disclosure> wordings_; // by item
  std::map<std::string, packet::BoundAcceptance> accepted_;
  std::vector<packet::LeafNumber> accepts_;
};

} // namespace sallyport::lane::testing
