// Who let which items cross unresolved, in which words: acts of their own, signed apart from the manifest,
// which names each of them (accepted[].by).
#include "verify/acts.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "verify/checks.h"
#include "verify/matching.h"

#include <algorithm>
#include <map>
#include <set>

namespace sallyport::verify {
namespace {

std::optional<std::string> bound_level(const packet::Manifest& manifest) {
  if (!manifest.bounds) {
    return std::nullopt;
  }
  const auto at = manifest.bounds->find("symbolization");
  return at == manifest.bounds->end() ? std::nullopt : std::optional(packet::in_words(at->second));
}

// The statement, where it is of this revision and its person could make it then and still at the release.
Result<packet::AcceptStatement> stands(const Checking& c, const ProvenLeaf& leaf) {
  const packet::Manifest& m = c.bundle.manifest;
  const auto& record = leaf.as<packet::ItemsAccepted>();
  SP_TRY(packet::AcceptStatement said, packet::read_accept(record.act.statement));
  const CharterFacts* charter = charter_at(c.bundle, leaf.leaf.n);
  if (said.origin != c.pinned.origin || said.packet != m.packet || record.packet != m.packet ||
      said.revision != m.revision || said.revision_digest != m.revision_digest || said.lane != m.lane ||
      charter == nullptr || said.charter != charter->digest) {
    return denied("accepts items of another revision, lane or charter");
  }
  if (said.symbolization != bound_level(m)) {
    return denied("confirms another boundary of symbolization than is bound");
  }
  if (said.role != record.role || said.person != record.person) {
    return denied("says something else than its signed statement");
  }
  SP_CHECK(signed_in_role(c, record.act, packet::act::accept, moment_of(leaf),
                          [&](const CharterFacts&) { return std::vector<std::string>{said.role}; }));
  const packet::OwnerSignature& sig = record.act.sigs.front(); // signed_in_role() found exactly one
  if (sig.person != said.person) {
    return denied("is signed by another person than its statement names");
  }
  const Instant released = c.bundle.release.leaf.at;
  if (!c.keyring.find(sig.key)->valid(released) ||
      !grants(c.bundle.roster(), said.person, said.role, released)) {
    return denied("is by a person whose key or grant had ended at the release");
  }
  if (!before_signatures(c.bundle, leaf)) {
    return denied("was made after a signature that knew of it");
  }
  const bool seen = std::ranges::all_of(said.items, [&](const packet::AcceptedItem& item) {
    return m.ledger->sealed_at <= item.as_of && item.as_of < leaf.leaf.n;
  });
  if (!seen || leaf.leaf.n > m.ledger->at) {
    return denied("was made on another state of the ledger than is bound");
  }
  return said;
}

// An acceptance of this bundle that stands.
struct Standing {
  const ProvenLeaf* leaf;
  packet::AcceptStatement said;

  packet::AcceptedBy by() const {
    return {said.person, said.role,
            crypto::sha256(canon::write(leaf->as<packet::ItemsAccepted>().act.statement)), leaf->leaf.n};
  }

  const packet::AcceptedItem* find(const ItemId& item) const {
    const auto at = std::ranges::find(said.items, item, &packet::AcceptedItem::item);
    return at == said.items.end() ? nullptr : &*at;
  }
};

// The first row that fits the item; null where nobody can accept it.
const AcceptRule* rule_for(const CharterFacts& charter, const packet::BoundAcceptance& one) {
  const auto& never = charter.ledger->must_resolve;
  if (std::ranges::find(never, one.category) != never.end()) {
    return nullptr;
  }
  const auto at = std::ranges::find_if(charter.accepts, [&](const AcceptRule& row) {
    return row.item_kind == one.item_kind || (one.item_kind == "other" && row.item_kind == one.category);
  });
  return at == charter.accepts.end() ? nullptr : &*at;
}

// Persons of the right roles, and of each where the charter asks for all of them.
bool enough(const Checking& c, const AcceptRule& rule, const std::vector<packet::AcceptedBy>& by) {
  const bool able = std::ranges::all_of(by, [&](const packet::AcceptedBy& one) {
    return std::ranges::find(rule.roles, one.role) != rule.roles.end() &&
           std::ranges::none_of(rule.not_also, [&](const std::string& role) {
             return grants(c.bundle.roster(), one.person, role, c.bundle.release.leaf.at);
           });
  });
  if (!rule.all) {
    return able && !by.empty();
  }
  const bool each = std::ranges::all_of(rule.roles, [&](const std::string& role) {
    return std::ranges::find(by, role, &packet::AcceptedBy::role) != by.end();
  });
  std::vector<PersonId> persons;
  for (const packet::AcceptedBy& one : by) {
    if (std::ranges::find(persons, one.person) == persons.end()) {
      persons.push_back(one.person);
    }
  }
  const auto may = [&](std::size_t place, std::size_t person) {
    return std::ranges::any_of(by, [&](const packet::AcceptedBy& one) {
      return one.person == persons[person] && one.role == rule.roles[place];
    });
  };
  return able && each &&
         (!rule.distinct || places_filled(rule.roles.size(), persons.size(), may) == rule.roles.size());
}

// The manifest names acts that are here, of this item, all in its words, and enough of them.
void check_bound(Checking& c, const packet::BoundAcceptance& one, const std::vector<Standing>& acts) {
  for (const packet::AcceptedBy& by : one.by) {
    const auto act = std::ranges::find(acts, by, &Standing::by);
    const packet::AcceptedItem* item = act == acts.end() ? nullptr : act->find(one.item);
    c.expect(item != nullptr, manifest_file, "binds an acceptance that nobody made here");
    c.expect(item == nullptr || (item->wording == one.wording && item->category == one.category &&
                                 item->item_kind == one.item_kind),
             manifest_file, "binds an acceptance in other words than were signed");
  }
  const auto item = c.bundle.manifest.ledger->items.find(one.item.str());
  c.expect(item != c.bundle.manifest.ledger->items.end() && item->second.category == one.category &&
               item->second.item_kind == one.item_kind,
           manifest_file, "binds an acceptance of another item than the ledger has");
  const AcceptRule* rule = rule_for(c.bundle.charter(), one);
  c.expect(rule != nullptr && enough(c, *rule, one.by), manifest_file,
           "binds an item that was not accepted by all whom the charter asks for");
}

// What an act accepts is bound, by it or by its person's next act, or is open no longer.
void check_said(Checking& c, const Standing& act) {
  const packet::Manifest& m = c.bundle.manifest;
  bool bound = false;
  for (const packet::AcceptedItem& said : act.said.items) {
    const auto one = std::ranges::find(m.accepted, said.item, &packet::BoundAcceptance::item);
    if (one == m.accepted.end()) {
      const auto item = m.ledger->items.find(said.item.str());
      c.expect(item != m.ledger->items.end() && item->second.state != "open", *act.leaf,
               "accepts an item that the manifest does not bind");
      continue;
    }
    const bool here = std::ranges::find(one->by, act.by()) != one->by.end();
    bound = bound || here;
    c.expect(here || std::ranges::any_of(one->by,
                                         [&](const packet::AcceptedBy& by) {
                                           return by.person == act.said.person && by.leaf > act.leaf->leaf.n;
                                         }),
             *act.leaf, "accepts an item otherwise than the manifest binds");
  }
  c.expect(bound, *act.leaf, "accepts nothing that the manifest binds");
}

} // namespace

void check_accepts(Checking& c) {
  const Bundle& b = c.bundle;
  if (!b.manifest.is_release() || !b.charter().ledger) {
    for (const ProvenLeaf& leaf : b.accepts) {
      c.fault(leaf.file, "accepts items of a packet that has no ledger");
    }
    return;
  }
  std::vector<Standing> acts;
  for (const ProvenLeaf& leaf : b.accepts) {
    auto said = stands(c, leaf);
    if (!said) {
      c.fault(leaf.file, said.error().text());
      continue;
    }
    check_armor(c, leaf, leaf.as<packet::ItemsAccepted>().act.sigs.front().sig);
    acts.push_back({&leaf, *std::move(said)});
  }
  for (const packet::BoundAcceptance& one : b.manifest.accepted) {
    check_bound(c, one, acts);
  }
  for (const Standing& act : acts) {
    check_said(c, act);
  }
}

void check_wordings(Checking& c) {
  const Bundle& b = c.bundle;
  if (!b.manifest.is_release() || b.kind == BundleKind::proof) {
    return; // said by check_audience()
  }
  std::map<std::string, ItemId> asked;
  for (const packet::BoundAcceptance& one : b.manifest.accepted) {
    asked[one.wording] = one.item;
  }
  for (const packet::Disclosure& opening : b.manifest_openings) {
    if (opening.digest == b.manifest.audience.members) {
      continue;
    }
    const auto at = asked.find(opening.digest);
    const auto item = packet::read_wording(opening);
    c.expect(at != asked.end() && item && *item == at->second, disclosures_file,
             "opens words in which nothing was accepted");
    if (at != asked.end()) {
      asked.erase(at);
    }
  }
  c.expect(asked.empty(), disclosures_file, "does not open the words of each item that was accepted");
}

} // namespace sallyport::verify
