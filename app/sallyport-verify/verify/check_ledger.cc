// What a packet with a ledger binds beside the rest: who owns the release, every item that was ever raised,
// the clocks that ran, and each fragment with its way to the root of its dump.
#include "verify/checks.h"

#include "base/bytes.h"
#include "canon/fields.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "ledger/merkle.h"
#include "verify/acts.h"

#include <algorithm>
#include <limits>
#include <set>

namespace sallyport::verify {
namespace {

constexpr const char* symbolization = "symbolization"; // the dimension of a fragment's level
constexpr std::size_t salt_bytes = 16;

// Null where check_flow() finds a fault: there is nothing to compare then.
const packet::Coproduced* sealed(const Checking& c) {
  const Bundle& b = c.bundle;
  return b.manifest.is_release() && b.charter().ledger ? b.revision.co.get() : nullptr;
}

// What the revision has of an item does not change after the seal, but for where it stands.
bool is_same(const packet::BoundItem& bound, const packet::SealedItem& item) {
  return bound.category == item.category && bound.item_kind == item.item_kind && bound.code == item.code &&
         bound.subject == item.subject && bound.stub == item.stub &&
         bound.status.has_value() == item.status.has_value() &&
         (item.state == "open" || bound.state == item.state);
}

// Of amendment 32: the kind follows from the category, so that leakage is not filed as something else.
std::string_view kind_of(const packet::BoundItem& item) {
  if (item.status || item.category == "identifier_leakage" || item.category == "memory_region") {
    return "leakage_residual";
  }
  return item.category == "symbolization_depth" ? "symbolization_boundary" : "other";
}

void check_item(Checking& c, const packet::BoundItem& bound, const packet::SealedItem* item) {
  c.expect(bound.item_kind == kind_of(bound), manifest_file,
           "files an item as of another kind than its category's");
  const std::vector<std::string>& sd = c.bundle.revision.sd;
  c.expect(item == nullptr || is_same(bound, *item), manifest_file,
           "says otherwise of an item than the revision");
  const std::size_t statements = item == nullptr ? 0 : item->statements; // later ones are in no revision
  c.expect(bound.statements.size() == statements &&
               std::ranges::all_of(bound.statements,
                                   [&](const auto& d) { return std::ranges::binary_search(sd, d); }),
           manifest_file, "binds other statements of an item than the revision has");
  const auto& shown = c.bundle.view.disclosures;
  c.expect(!bound.stub ||
               std::ranges::none_of(bound.statements,
                                    [&](const auto& d) { return std::ranges::binary_search(shown, d); }),
           view_file, "shows a statement of an item that crosses as a stub");
  const auto& categories = c.bundle.charter().ledger->categories;
  c.expect(std::ranges::find(categories, bound.category) != categories.end(), manifest_file,
           "binds an item of a category that the charter does not have");
}

// No opening says what an item's stub leaves out, or what an item says that is not bound.
void check_statements(Checking& c) {
  const auto& items = c.bundle.manifest.ledger->items;
  for (const packet::Disclosure& disclosure : c.bundle.revision_openings) {
    std::vector<std::string> at;
    canon::pointer_split(disclosure.name, at);
    if (at.size() != 4 || at[0] != "ledger") {
      continue;
    }
    const auto item = items.find(at[1]);
    c.expect(item != items.end() && !item->second.stub, disclosures_file,
             "opens a statement of an item that crosses as a stub, or of none");
  }
}

// Each open item is a hold that crosses accepted, and nothing else crosses so.
void check_open_items(Checking& c) {
  const packet::Manifest& m = c.bundle.manifest;
  std::set<std::string> open;
  for (const auto& [id, item] : m.ledger->items) {
    if (item.state == "open") {
      open.insert(id);
      c.expect(item.status != "confirmed", manifest_file, "lets a confirmed leak cross");
    }
  }
  std::set<std::string> held;
  for (const packet::BoundHold& hold : m.holds) {
    if (hold.mode != "accepted") {
      continue;
    }
    held.insert(hold.hold.str());
    const auto item = m.ledger->items.find(hold.hold.str());
    c.expect(item != m.ledger->items.end() && item->second.code == hold.code &&
                 item->second.subject == hold.subject,
             manifest_file, "binds an accepted hold that is no item of its ledger");
  }
  std::set<std::string> accepted;
  for (const packet::BoundAcceptance& one : m.accepted) {
    accepted.insert(one.item.str());
  }
  c.expect(open == accepted, manifest_file, "does not bind an acceptance of exactly the items that are open");
  c.expect(held == accepted, manifest_file, "does not bind exactly the accepted items as holds");
}

// By the order of the charter; a level that it does not name is above every bound.
std::size_t rank(const LevelRule& rule, const std::string& level) {
  const auto at = std::ranges::find(rule.levels, level);
  return at == rule.levels.end() ? std::numeric_limits<std::size_t>::max()
                                 : static_cast<std::size_t>(at - rule.levels.begin());
}

void check_levels(Checking& c, const packet::Coproduced& co) {
  const auto rule = c.bundle.charter().levels.find(symbolization);
  const packet::Bounds bounds = c.bundle.manifest.bounds.value_or(packet::Bounds{});
  const auto bound = bounds.find(symbolization);
  const std::string* level = bound == bounds.end() ? nullptr : std::get_if<std::string>(&bound->second.value);
  if (rule == c.bundle.charter().levels.end() || level == nullptr) {
    c.expect(co.fragments.empty(), manifest_file, "binds fragments and no level of symbolization");
    return;
  }
  const std::size_t most = rank(rule->second, *level);
  c.expect(most < rule->second.levels.size() && (!rule->second.max || rule->second.max == "from_packet" ||
                                                 most <= rank(rule->second, *rule->second.max)),
           manifest_file, "binds a deeper level of symbolization than the charter allows");
  for (const auto& [id, fragment] : co.fragments) {
    c.expect(rank(rule->second, fragment.level) <= most, revision_file,
             "has a fragment with deeper symbolization than is bound");
  }
}

bool lies_in(const packet::SealedFragment& fragment, const packet::SealedDump& dump) {
  return fragment.rev == dump.rev && fragment.size == dump.size &&
         ledger::verify_inclusion(ledger::leaf_hash(fragment.sha256.view()), fragment.index, fragment.size,
                                  fragment.path, dump.root)
             .has_value();
}

// One line of canonical JSON that says what it is, and the redacted bytes.
bool is_envelope(std::string_view file, const packet::SealedFragment& fragment) {
  const std::size_t end = file.find('\n');
  const auto header = end == std::string_view::npos ? fail(ErrorCode::malformed, "", "no header")
                                                    : canon::parse(file.substr(0, end));
  if (!header || canon::write(*header) != file.substr(0, end)) {
    return false;
  }
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  canon::Fields f(*header, "");
  const bool version = f.integer("v", 1, 1) == 1 && f.string("kind") == "fragment";
  const bool place = f.string("dump") == fragment.dump && f.integer("rev", 0, most) == fragment.rev &&
                     f.string("region") == fragment.region && f.string("class") == fragment.klass;
  const auto bytes = static_cast<std::uint64_t>(f.integer("bytes", 0, most));
  f.integer("offset", 0, most);
  const auto salt = from_base64url(f.string("salt"));
  return f.done() && version && place && bytes == fragment.bytes && bytes == file.size() - end - 1 && salt &&
         salt->size() >= salt_bytes;
}

} // namespace

void check_flow(Checking& c) {
  const Bundle& b = c.bundle;
  const packet::Manifest& m = b.manifest;
  c.expect(m.is_release() == b.charter().ledger.has_value(), manifest_file,
           "is of another flow than the charter");
  c.expect(m.is_release() == (b.revision.co != nullptr), revision_file,
           "is of another flow than the manifest");
  if (sealed(c) == nullptr) {
    return;
  }
  const auto& continued = b.revision.co->continues;
  const auto packet = continued ? std::optional(continued->packet) : std::nullopt;
  c.expect(m.continues == packet, manifest_file, "continues another packet than the revision");
}

void check_owner(Checking& c) {
  const Bundle& b = c.bundle;
  if (sealed(c) == nullptr) {
    return;
  }
  const packet::BoundOwner& owner = *b.manifest.owner;
  c.expect(owner.role == b.charter().ledger->owner_role, manifest_file,
           "names an owner of the release in another role than the charter");
  c.expect(std::ranges::find(b.manifest.signers.eligible, packet::EligibleSigner{owner.person, owner.role}) !=
               b.manifest.signers.eligible.end(),
           manifest_file, "names an owner of the release who may not sign");
  c.expect(grants(b.roster(), owner.person, owner.role, b.release.leaf.at), manifest_file,
           "names an owner of the release who did not hold the role");
  const auto& signed_by = b.entry.owner.persons;
  c.expect(std::ranges::find(signed_by, owner.person) != signed_by.end(), manifest_file,
           "names an owner of the release who did not sign");
  if (b.opened) {
    c.expect(b.opened->as<packet::RecheckOpened>().by == owner.person, *b.opened,
             "was not asked for by the owner of the release");
  }
}

void check_ledger(Checking& c) {
  const packet::Coproduced* co = sealed(c);
  if (co == nullptr) {
    return;
  }
  const packet::BoundLedger& ledger = *c.bundle.manifest.ledger;
  c.expect(ledger.sealed_at == co->ledger_at && ledger.sealed_at <= ledger.at, manifest_file,
           "binds another state of the ledger than the revision was sealed with");
  for (const ProvenLeaf& signature : c.bundle.signatures) {
    c.expect(ledger.at < signature.leaf.n, signature, "was made before the ledger's last record");
  }
  for (const auto& [id, item] : ledger.items) {
    const auto at = co->ledger.find(id);
    check_item(c, item, at == co->ledger.end() ? nullptr : &at->second);
  }
  const bool none_lost =
      std::ranges::all_of(co->ledger, [&](const auto& item) { return ledger.items.contains(item.first); });
  c.expect(none_lost, manifest_file, "lost an item that the revision has");
  check_statements(c);
  check_open_items(c);
}

void check_clocks(Checking& c) {
  const packet::Coproduced* co = sealed(c);
  if (co == nullptr) {
    return;
  }
  const auto& clocks = c.bundle.charter().retention_clocks;
  std::set<std::pair<std::string, std::string>> running;
  for (const packet::BoundClock& clock : *c.bundle.manifest.clock_state) {
    const auto fragment = co->fragments.find(clock.subject);
    const auto kept = fragment == co->fragments.end() ? co->retention.end()
                                                      : co->retention.find(fragment->second.retention);
    const bool same = kept != co->retention.end() && kept->second.deadline == clock.deadline &&
                      kept->second.end_state == clock.end_state && kept->second.disputed == clock.disputed;
    const bool cited = std::ranges::all_of(clock.records, [&](const auto& record) {
      return c.bundle.revision.citations.contains(record.first);
    });
    c.expect(same && cited && clock.state == "running" &&
                 std::ranges::find(clocks, clock.clock) != clocks.end() &&
                 running.emplace(clock.clock, clock.subject).second,
             manifest_file, "binds another clock than revision and charter have");
    c.expect(c.bundle.release.leaf.at < clock.deadline, c.bundle.release,
             "crossed after the end of a clock that the manifest binds");
  }
  c.expect(running.size() == clocks.size() * co->fragments.size(), manifest_file,
           "does not bind the clock of each fragment");
}

// An erasure excuses absent bytes, so it must be of this packet, whose fragment it names, and of nothing that
// is here.
void check_erasures(Checking& c) {
  const Bundle& b = c.bundle;
  std::set<std::string> units;
  for (const ProvenLeaf& leaf : b.erasures) {
    const auto& record = leaf.as<packet::ErasureDone>();
    const auto* co = sealed(c);
    if (!record.unit) { // whoever has the packet's bytes has them from before
      c.fault(leaf.file, "is of the packet itself, and excuses nothing that is missing here");
      continue;
    }
    const auto fragment = co == nullptr ? std::map<std::string, packet::SealedFragment>::const_iterator{}
                                        : co->fragments.find(*record.unit);
    if (co == nullptr || record.packet != b.manifest.packet || fragment == co->fragments.end()) {
      c.fault(leaf.file, "is of a fragment that this packet does not have");
      continue;
    }
    const bool bytes = (record.end_state == "bytes_gone" && record.keys == 2) ||
                       (record.end_state == "forgotten" && record.keys == 3);
    c.expect(bytes, leaf, "does not say that the fragment's bytes are gone");
    c.expect(b.release.leaf.n < leaf.leaf.n && record.ordered < leaf.leaf.n, leaf,
             "precedes the release, or its own order");
    c.expect(units.insert(*record.unit).second, leaf, "is a second erasure of one fragment");
    c.expect(!b.files.contains("parts/" + fragment->second.sha256.hex()), leaf,
             "erases a fragment whose bytes are here");
  }
}

void check_fragments(Checking& c) {
  const packet::Coproduced* co = sealed(c);
  if (co == nullptr) {
    return;
  }
  const packet::BoundFragments& bound = *c.bundle.manifest.fragments;
  c.expect(bound.dumps == co->dumps, manifest_file, "binds other dumps than the revision has");
  std::map<std::string, Digest> parts;
  std::set<Digest> crossing;
  for (const auto& [id, fragment] : co->fragments) {
    parts[id] = fragment.sha256;
    crossing.insert(fragment.sha256);
    const auto dump = co->dumps.find(fragment.dump);
    c.expect(dump != co->dumps.end() && lies_in(fragment, dump->second), revision_file,
             "has a fragment that is not in the tree of its dump");
    const std::string name = "parts/" + fragment.sha256.hex();
    const auto file = c.bundle.files.find(name);
    c.expect(file == c.bundle.files.end() || is_envelope(file->second, fragment), name.c_str(),
             "is not the fragment that the revision says");
  }
  c.expect(bound.parts == parts, manifest_file, "binds other fragments than the revision has");
  const bool whole = !c.bundle.manifest.remainder.value_or(false);
  const auto& shown = c.bundle.view.parts;
  c.expect(std::set(shown.begin(), shown.end()) == (whole ? crossing : std::set<Digest>{}), view_file,
           "does not show exactly the fragments that the manifest binds");
  check_levels(c, *co);
}

} // namespace sallyport::verify
