#include "verify/report.h"

#include "canon/json.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace sallyport::verify {
namespace {

constexpr std::size_t printed_max = 200;
constexpr std::size_t faults_printed = 20;

// Flags of authenticator data (WebAuthn level 2 section 6.1).
constexpr std::uint32_t user_present = 0x01;
constexpr std::uint32_t user_verified = 0x04;

void line(std::string& out, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "{:<10}{}\n", name, text);
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) {
    out += (out.empty() ? "" : ", ") + printable(item);
  }
  return out.empty() ? "none" : out;
}

std::string flags_in_words(const CountedSignature& signature) {
  if (!signature.flags) {
    return "a key file: whoever holds the file";
  }
  const auto has = [&](std::uint32_t bit) { return (*signature.flags & bit) != 0; };
  std::string words = has(user_present) ? "touched" : "not touched";
  words += has(user_verified) ? ", person verified" : ", person not verified";
  if (!signature.origin.empty()) {
    words += ", on " + printable(signature.origin);
  }
  return fmt::format("flags 0x{:02x}: {}", *signature.flags, words);
}

std::string shown_or_committed(const Bundle& b, std::size_t shown, std::size_t committed) {
  return b.kind == BundleKind::lane ? fmt::format("{} committed, {} shown here", committed, shown)
                                    : fmt::format("{} committed, not shown", committed);
}

std::size_t shown_of(const Bundle& b, const std::vector<std::string>& digests) {
  return static_cast<std::size_t>(
      std::ranges::count_if(b.revision_openings, [&](const packet::Disclosure& d) {
        return std::ranges::find(digests, d.digest) != digests.end();
      }));
}

std::string audience_in_words(const Bundle& b) {
  const std::string name = printable(b.entry.audience.name);
  // Words of what was accepted may stand beside it.
  const auto opening =
      std::ranges::find(b.manifest_openings, b.manifest.audience.members, &packet::Disclosure::digest);
  if (opening == b.manifest_openings.end()) {
    return name + ": its members are committed, not shown";
  }
  const auto members = packet::read_audience(*opening);
  return fmt::format("{}: {} named in disclosures.json", name, members ? members->size() : 0);
}

void tell_release(std::string& out, const Bundle& b) {
  const packet::Entry& e = b.entry;
  line(
      out, "released",
      fmt::format("packet {}, revision {} ({})", e.packet.str(), e.revision.number, e.revision.digest.hex()));
  line(out, "as", fmt::format("entry {} at {}", e.entry.str(), to_string(e.released_at)));
  line(out, "into", fmt::format("lane {}", printable(e.lane)));
  line(out, "audience", audience_in_words(b));
}

void tell_signatures(std::string& out, const std::vector<CountedSignature>& signatures) {
  for (const CountedSignature& s : signatures) {
    line(out, "signed by", fmt::format("{} as {} at {}", s.person.str(), printable(s.role), to_string(s.at)));
    line(out, "", fmt::format("key class {}, {}", s.key_class, flags_in_words(s)));
  }
}

std::string how_it_crossed(const Bundle& b, const packet::BoundHold& hold) {
  if (hold.mode != "override") {
    return hold.mode == "accepted" ? "accepted" : "visibly";
  }
  std::vector<std::string> persons;
  for (const ProvenLeaf& leaf : b.overrides) {
    if (const auto& record = leaf.as<packet::HoldOverridden>(); record.hold == hold.hold) {
      persons.push_back(record.person.str());
    }
  }
  return "overridden by " + joined(persons);
}

// What else people signed for this release.
void tell_acts(std::string& out, const Bundle& b) {
  for (const ProvenLeaf& leaf : b.substitutions) {
    const auto& r = leaf.as<packet::SubstituteRatified>();
    line(out, "stands in",
         fmt::format("{} as {}, ratified by {}", r.substitute.str(), printable(r.role), r.person.str()));
  }
  for (const ProvenLeaf& leaf : b.splits) {
    const auto& r = leaf.as<packet::DuplicateSplit>();
    line(out, "apart", fmt::format("{}, said {}", r.other.str(), r.act.sigs.front().person.str()));
  }
  if (b.partial) {
    line(out, "part", fmt::format("of the scope, said {}", b.partial->act.sigs.front().person.str()));
  }
  for (const ProvenLeaf& leaf : b.promotions) {
    const auto& r = leaf.as<packet::AnnexPromoted>();
    line(out, "annex", fmt::format("{}, promoted by {}", printable(r.part), r.act.sigs.front().person.str()));
  }
}

// Every category of dispute that the charter has, with how many items of it stand where. An open item
// crossed because people accepted it.
std::map<std::string, std::map<std::string, std::size_t>> disputes_of(const Bundle& b) {
  std::map<std::string, std::map<std::string, std::size_t>> out;
  for (const std::string& category : b.charter().ledger->categories) {
    out[category];
  }
  for (const auto& [id, item] : b.manifest.ledger->items) {
    ++out[item.category][item.state == "open" ? "accepted" : item.state];
  }
  return out;
}

std::string in_words(const std::map<std::string, std::size_t>& counts) {
  std::string out;
  for (const auto& [state, count] : counts) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, printable(state));
  }
  return out.empty() ? "none was raised" : out;
}

void tell_items(std::string& out, const Bundle& b) {
  for (const packet::BoundAcceptance& one : b.manifest.accepted) {
    std::vector<std::string> persons;
    for (const packet::AcceptedBy& by : one.by) {
      persons.push_back(by.person.str());
    }
    const packet::BoundItem& item = b.manifest.ledger->items.at(one.item.str());
    const std::string stub =
        item.stub ? fmt::format("; its statements are left out: {}", printable(*item.stub)) : "";
    line(out, "accepted",
         fmt::format("{} ({}) on {} by {}{}", one.item.str(), printable(one.category),
                     printable(item.subject), joined(persons), stub));
  }
}

std::string where_it_is(const Bundle& b, const packet::SealedFragment& fragment) {
  if (const ProvenLeaf* erased = b.erasure_of(fragment.sha256)) {
    return fmt::format("erased at leaf {}", erased->leaf.n);
  }
  if (b.kind == BundleKind::proof) {
    return "not shown";
  }
  return b.files.contains("parts/" + fragment.sha256.hex()) ? "here" : "missing";
}

// What only a packet with a ledger says.
void tell_ledger(std::string& out, const Bundle& b) {
  if (!b.manifest.is_release()) {
    return;
  }
  const packet::BoundOwner& owner = *b.manifest.owner;
  line(out, "owner", fmt::format("{} as {}", owner.person.str(), printable(owner.role)));
  for (const auto& [category, counts] : disputes_of(b)) {
    line(out, "dispute", fmt::format("{}: {}", printable(category), in_words(counts)));
  }
  tell_items(out, b);
  for (const packet::BoundClock& clock : *b.manifest.clock_state) {
    line(out, "clock",
         fmt::format("{} of {}: {} at {}{}", printable(clock.clock), printable(clock.subject),
                     printable(clock.end_state), to_string(clock.deadline),
                     clock.disputed ? ", disputed in " + printable(*clock.disputed) : ""));
  }
  for (const auto& [id, fragment] : b.revision.co->fragments) {
    line(out, "part",
         fmt::format("{}: {} bytes of {} revision {}, symbolized to {}: {}", printable(id), fragment.bytes,
                     printable(fragment.dump), fragment.rev, printable(fragment.level),
                     where_it_is(b, fragment)));
  }
  if (b.entry.continues) {
    line(out, "continues", b.entry.continues->str());
  }
}

void tell_content(std::string& out, const Bundle& b) {
  for (const auto& [dimension, digests] : b.entry.scope) {
    line(out, "scope",
         fmt::format("{}: {}", printable(dimension),
                     shown_or_committed(b, shown_of(b, digests), digests.size())));
  }
  for (const auto& [dimension, bound] : b.entry.bounds.value_or(packet::Bounds{})) {
    line(out, "scope", fmt::format("{}: {}", printable(dimension), printable(packet::in_words(bound))));
  }
  line(out, "view",
       fmt::format("{} of {} values cross, {}; parts: {}", b.view.disclosures.size(), b.revision.sd.size(),
                   b.kind == BundleKind::lane ? "all of them open here" : "none open here",
                   b.view.parts.size()));
  line(out, "hidden",
       fmt::format("{} values are in the revision and cross nowhere",
                   b.revision.sd.size() - std::min(b.view.disclosures.size(), b.revision.sd.size())));
  for (const packet::BoundHold& hold : b.entry.holds) {
    line(out, "hold",
         fmt::format("{} on {}, open since {}, crossed {}", printable(hold.code), printable(hold.subject),
                     to_string(hold.first_opened), how_it_crossed(b, hold)));
  }
  if (b.entry.holds.empty()) {
    line(out, "holds", "none was open");
  }
  line(out, "caveats", joined(b.entry.caveats));
}

void tell_basis(std::string& out, const Report& report) {
  const Bundle& b = *report.bundle;
  line(out, "charter",
       fmt::format("{} version {} ({})", printable(b.charter().id), b.charter().version,
                   b.charter().digest.hex()));
  std::vector<std::string> witnesses;
  for (const ledger::Cosigned& witness : report.head->witnesses) {
    witnesses.push_back(witness.witness);
  }
  line(out, "log",
       fmt::format("{}, size {}, cosigned by {}", printable(report.head->checkpoint.origin),
                   report.head->checkpoint.size, joined(witnesses)));
  line(out, "recheck",
       b.opened ? fmt::format("{}: answered by {}", b.entry.recheck.str(), b.answers.size())
                : fmt::format("{}: its answers are in the proof bundle", b.entry.recheck.str()));
}

constexpr std::string_view limits_said =
    "\nNot shown by any bundle: whether a key, grant, signature or manifest was withdrawn before the\n"
    "release (the log says), what happened after it, that the sources told the truth, and who the\n"
    "persons behind the ids are.\n";

canon::Value signature_value(const CountedSignature& s) {
  canon::Object out{{"at", to_string(s.at)},
                    {"class", s.key_class},
                    {"key", s.key.hex()},
                    {"person", s.person.str()},
                    {"role", printable(s.role)}};
  if (s.flags) {
    out.set("flags", std::int64_t{*s.flags});
  }
  return out;
}

void set_ledger(canon::Object& out, const Bundle& b) {
  canon::Object disputes;
  for (const auto& [category, counts] : disputes_of(b)) {
    canon::Object states;
    for (const auto& [state, count] : counts) {
      states.set(printable(state), count);
    }
    disputes.set(printable(category), std::move(states));
  }
  canon::Array accepted;
  for (const packet::BoundAcceptance& one : b.manifest.accepted) {
    accepted.emplace_back(one.item.str());
  }
  canon::Object fragments;
  for (const auto& [id, fragment] : b.revision.co->fragments) {
    fragments.set(printable(id), where_it_is(b, fragment));
  }
  out.set("accepted", std::move(accepted));
  out.set("disputes", std::move(disputes));
  out.set("fragments", std::move(fragments));
  out.set("owner", b.manifest.owner->person.str());
}

canon::Value claims(const Report& report) {
  const Bundle& b = *report.bundle;
  canon::Array signatures;
  for (const CountedSignature& s : report.signatures) {
    signatures.push_back(signature_value(s));
  }
  canon::Object out{{"charter", b.charter().digest.hex()},
                    {"disclosures", b.view.disclosures.size()},
                    {"entry", b.entry.entry.str()},
                    {"holds", packet::to_value(b.entry.holds)},
                    {"kind", to_string(b.kind)},
                    {"lane", b.entry.lane},
                    {"manifest", b.manifest_digest.hex()},
                    {"packet", b.entry.packet.str()},
                    {"parts", b.view.parts.size()},
                    {"released_at", to_string(b.entry.released_at)},
                    {"revision", b.entry.revision.digest.hex()},
                    {"signatures", std::move(signatures)}};
  if (b.manifest.is_release()) {
    set_ledger(out, b);
  }
  return out;
}

} // namespace

std::string printable(std::string_view text) {
  std::string out(text.substr(0, printed_max));
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

std::string to_text(const Report& report) {
  std::string out;
  if (!report.faults.empty()) {
    out = "NOT VERIFIED: this bundle proves nothing.\n\n";
    for (std::size_t i = 0; i < std::min(report.faults.size(), faults_printed); ++i) {
      out += fmt::format("{}: {}\n", printable(report.faults[i].file), printable(report.faults[i].reason));
    }
    if (report.faults.size() > faults_printed) {
      out += fmt::format("and {} more faults\n", report.faults.size() - faults_printed);
    }
    return out;
  }
  out = report.pinned ? "VERIFIED: every proof in this "
                      : "CONSISTENT, NOT AUTHENTICATED: without --trust, this ";
  out += fmt::format("{} bundle {}\n\n", to_string(report.bundle->kind),
                     report.pinned ? "holds, under the keys that you pinned."
                                   : "fits together, as one made by a forger with keys of his own would.");
  tell_release(out, *report.bundle);
  tell_signatures(out, report.signatures);
  tell_content(out, *report.bundle);
  tell_acts(out, *report.bundle);
  tell_ledger(out, *report.bundle);
  tell_basis(out, report);
  out += limits_said;
  return out;
}

std::string to_json(const Report& report) {
  canon::Array faults;
  for (const Fault& fault : report.faults) {
    faults.push_back(canon::Object{{"file", printable(fault.file)}, {"reason", printable(fault.reason)}});
  }
  canon::Object out{
      {"v", 1}, {"authentic", report.authentic()}, {"pinned", report.pinned}, {"faults", std::move(faults)}};
  if (report.bundle) {
    out.set("claims", claims(report));
  }
  return canon::write(out) + "\n";
}

} // namespace sallyport::verify
