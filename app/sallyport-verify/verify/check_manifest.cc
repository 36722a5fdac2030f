#include "verify/checks.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"

#include <algorithm>
#include <set>

namespace sallyport::verify {
namespace {

bool covers(const packet::Revision& revision, const std::vector<std::string>& digests) {
  return std::ranges::includes(revision.sd, digests); // both are sorted
}

void check_charter_binding(Checking& c) {
  const packet::Manifest& m = c.bundle.manifest;
  const CharterFacts& charter = c.bundle.charter();
  const packet::BoundCharter bound{charter.id, charter.version, charter.digest};
  c.expect(m.charter == bound, "trust/charter.json", "is not the charter that the manifest binds");
  c.expect(charter.lane == m.lane, manifest_file, "is for another lane than the charter");
  c.expect(charter.packet_class == c.bundle.revision.packet_class, revision_file,
           "is of another class than the charter is for");
  c.expect(m.signers.require == charter.require && m.signers.key_class_min == charter.key_class_min &&
               m.signers.valid_for == charter.valid_for,
           manifest_file, "asks for other signers than the charter");
}

void check_roster_binding(Checking& c) {
  const packet::Manifest& m = c.bundle.manifest;
  const packet::Roster& roster = c.bundle.roster();
  c.expect(m.roster == packet::BoundRoster{roster.version, c.bundle.rosters.back().digest},
           "trust/roster.json", "is not the roster that the manifest binds");
  c.expect(roster.lane == m.lane, manifest_file, "is for another lane than the roster");
  c.expect(roster.audience.contains(m.audience.name), manifest_file,
           "binds an audience that the roster lacks");
}

// A name opens once, and never stands beside a value that is in clear already.
void check_names(Checking& c) {
  const auto clear = canon::parse(c.bundle.file(revision_file));
  std::set<std::string> names;
  for (const packet::Disclosure& disclosure : c.bundle.revision_openings) {
    c.expect(names.insert(disclosure.name).second, disclosures_file, "opens one name twice");
    c.expect(clear && canon::pointer_find(*clear, packet::split_form(disclosure.name).pointer) == nullptr,
             disclosures_file, "opens a name that stands in clear");
  }
}

void check_parts(Checking& c) {
  const packet::View& view = c.bundle.view;
  std::set<Digest> of_revision;
  for (const auto& [id, part] : c.bundle.revision.parts) {
    of_revision.insert(part.sha256);
  }
  c.expect(std::ranges::all_of(view.parts, [&](const Digest& part) { return of_revision.contains(part); }),
           view_file, "names a part that the revision lacks");
  for (const Digest& part : view.parts) {
    const std::string name = "parts/" + part.hex();
    const bool erased = c.bundle.erasure_of(part) != nullptr; // which check_erasures() judges
    c.expect(c.bundle.kind == BundleKind::proof || erased || c.bundle.files.contains(name), name.c_str(),
             "is missing");
  }
}

void check_part_files(Checking& c) {
  for (const auto& [name, bytes] : c.bundle.files) {
    if (!name.starts_with("parts/")) {
      continue;
    }
    const auto digest = Digest::from_hex(std::string_view(name).substr(6));
    c.expect(digest && std::ranges::binary_search(c.bundle.view.parts, *digest), name.c_str(),
             "is a part that the view does not name");
    c.expect(digest && crypto::sha256(bytes) == *digest, name.c_str(), "is not the part that its name says");
  }
}

// Closed at the release by the instants that are bound. A shift's own rule needs the rules of time zones.
bool closed(const packet::BoundWindow& window, Instant released) {
  const std::vector<Instant>& at = window.instants;
  if (window.kind == "embargo_until") {
    return std::ranges::any_of(at, [&](Instant until) { return released < until; });
  }
  if (window.kind == "embargo_after") {
    return std::ranges::any_of(at, [&](Instant from) { return released >= from; });
  }
  bool frozen = window.kind == "freeze" && at.size() % 2 != 0;
  for (std::size_t i = 0; window.kind == "freeze" && i + 1 < at.size(); i += 2) {
    frozen = frozen || (at[i] <= released && released < at[i + 1]);
  }
  return frozen;
}

} // namespace

void check_windows(Checking& c) {
  const auto& rules = c.bundle.charter().windows;
  const std::vector<packet::BoundWindow>& bound = c.bundle.manifest.windows;
  const bool each = std::ranges::equal(bound, rules, [](const packet::BoundWindow& window, const auto& rule) {
    return window.window == rule.first && window.kind == rule.second.kind; // both by id
  });
  c.expect(each, manifest_file, "binds other windows than the charter has");
  for (const packet::BoundWindow& window : bound) {
    const auto rule = rules.find(window.window);
    if (rule == rules.end()) {
      continue; // said
    }
    const std::vector<Instant>& said = rule->second.said;
    c.expect(said.empty() || said == window.instants, manifest_file,
             "binds other instants of a window than the charter says");
    c.expect(window.kind == "shift" || !window.instants.empty(), manifest_file,
             "binds no instant of a window that has some");
    c.expect(!closed(window, c.bundle.release.leaf.at), c.bundle.release,
             "crossed while a window was closed that the manifest binds");
  }
}

void check_manifest(Checking& c) {
  const packet::Manifest& m = c.bundle.manifest;
  const packet::Revision& revision = c.bundle.revision;
  c.expect(m.revision_digest == revision.digest, revision_file, "is not the revision that was signed");
  c.expect(m.packet == revision.packet && m.revision == revision.number && m.lane == revision.lane,
           manifest_file, "names another packet, revision number or lane than the revision");
  c.expect(revision.withheld.empty(), revision_file,
           "has withheld values, and such a revision never crosses");
  // Which holds are accepted is check_ledger()'s question.
  c.expect(std::ranges::all_of(m.holds,
                               [&](const packet::BoundHold& h) {
                                 return h.mode == "visible" || (h.mode == "accepted" && m.is_release()) ||
                                        (h.mode == "override" &&
                                         c.bundle.charter().overrides.contains(h.code));
                               }),
           manifest_file, "binds a hold that neither crosses visibly nor may be overridden");
  check_charter_binding(c);
  check_roster_binding(c);
}

void check_view(Checking& c) {
  const packet::View& view = c.bundle.view;
  c.expect(c.bundle.view_digest == c.bundle.manifest.view, view_file, "is not the view that was signed");
  c.expect(view.view == "lane", view_file, "is not a lane's view");
  c.expect(view.revision == c.bundle.revision.digest, view_file, "is a view of another revision");
  c.expect(view.recipe == c.bundle.charter().digest, view_file, "follows another charter's recipe");
  c.expect(covers(c.bundle.revision, view.disclosures), view_file,
           "names a disclosure that the revision lacks");
  const std::vector<std::string> open = packet::sorted_digests(c.bundle.revision_openings);
  if (c.bundle.kind == BundleKind::lane) {
    c.expect(open == view.disclosures, disclosures_file, "does not open exactly what the view names");
  } else {
    c.expect(open.empty(), disclosures_file, "opens something, and a proof bundle opens nothing");
  }
  check_names(c);
  check_parts(c);
  check_part_files(c);
}

void check_audience(Checking& c) {
  const std::vector<packet::Disclosure>& open = c.bundle.manifest_openings;
  if (c.bundle.kind == BundleKind::proof) {
    c.expect(open.empty(), disclosures_file, "opens something, and a proof bundle opens nothing");
    return;
  }
  // Beside it stand the words of what was accepted; check_wordings() judges those.
  const std::string& signed_members = c.bundle.manifest.audience.members;
  const bool release = c.bundle.manifest.is_release();
  if (std::ranges::count(open, signed_members, &packet::Disclosure::digest) != 1 ||
      (!release && open.size() != 1)) {
    c.fault(disclosures_file, "does not open exactly the audience that was signed");
    return;
  }
  const auto members =
      packet::read_audience(*std::ranges::find(open, signed_members, &packet::Disclosure::digest));
  c.expect(members && !members->empty(), disclosures_file, "opens an audience of nobody");
}

void check_scope(Checking& c) {
  const packet::Manifest& m = c.bundle.manifest;
  for (const auto& [dimension, digests] : m.scope) {
    c.expect(covers(c.bundle.revision, digests), manifest_file,
             "binds a scope value that the revision lacks");
  }
  c.expect(m.bounds.value_or(packet::Bounds{}) == c.bundle.revision.bounds, manifest_file,
           "binds other values in clear than the revision states");
  for (const packet::Disclosure& disclosure : c.bundle.revision_openings) {
    std::vector<std::string> segments;
    canon::pointer_split(packet::split_form(disclosure.name).pointer, segments);
    if (segments.size() != 3 || segments.front() != "scope") {
      continue;
    }
    const auto dimension = m.scope.find(segments[1]);
    c.expect(dimension != m.scope.end() && std::ranges::binary_search(dimension->second, disclosure.digest),
             disclosures_file, "opens a scope value outside the scope that was signed");
  }
}

void check_evidence(Checking& c) {
  const packet::Manifest& m = c.bundle.manifest;
  const packet::Revision& revision = c.bundle.revision;
  c.expect(!m.evidence.empty() && m.evidence.size() == revision.citations.size(), manifest_file,
           "does not bind the evidence of each citation");
  for (const auto& [citation, evidence] : m.evidence) {
    const auto cited = revision.citations.find(citation);
    c.expect(cited != revision.citations.end() && cited->second.source == evidence.source &&
                 cited->second.observed_at <= evidence.observed_at,
             manifest_file, "binds evidence that the revision does not cite");
    c.expect(std::ranges::binary_search(revision.sd, evidence.record), manifest_file,
             "binds a record that the revision lacks");
    for (const packet::Disclosure& disclosure : c.bundle.revision_openings) {
      c.expect(disclosure.name != "/citations/" + citation + "/record" ||
                   disclosure.digest == evidence.record,
               disclosures_file, "opens another record than the evidence that was signed");
    }
  }
}

} // namespace sallyport::verify
