// Releases of the real engine that rest on what people signed beside the manifest: exported, and judged by
// the verifier. All people are invented.
#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"
#include "crypto/sshsig_sign.h"
#include "engine/export.h"
#include "engine/receipts.h"
#include "engine/testing/folder.h"
#include "engine/testing/office.h"
#include "packet/statement.h"
#include "verify/verify.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

using namespace sallyport;
using engine::IntakeOutcome;
using engine::testing::Folder;
using engine::testing::Member;
using engine::testing::Office;

namespace {

constexpr Instant start{1'795'000'000'000};

packet::SignedStatement signed_by(const canon::Value& statement, std::string_view name_space,
                                  const std::vector<const Member*>& who) {
  packet::SignedStatement act{statement, {}};
  for (const Member* member : who) {
    act.sigs.push_back(
        {member->person, crypto::make_ed25519_key(member->key.public_key()).fingerprint(),
         to_base64(crypto::sign_sshsig(member->key, name_space, as_bytes(canon::write(statement))))});
  }
  return act;
}

void must(const gate::Step& step) {
  INFO((step.refused.empty() ? "" : step.refused.front().code + " " + step.refused.front().where));
  REQUIRE(step.ok());
}

// The next version of the charter.
void amend(Office& office, const std::function<void(charter::Charter&)>& edit) {
  charter::Charter next = *office.core->world().active_charter(engine::testing::lane);
  const Digest before = charter::digest(next);
  ++next.version;
  edit(next);
  const canon::Value value = packet::statement(
      packet::RatifyStatement{office.core->state().origin, next.id, static_cast<std::uint32_t>(next.version),
                              charter::digest(next), before});
  must(office.apply(gate::ProposeCharter{office.gail.account, next}));
  for (const Member* owner : {&office.gail, &office.pavel}) {
    must(office.apply(gate::RatifyCharter{owner->account, signed_by(value, packet::act::charter, {owner})}));
  }
  must(office.apply(gate::ActivateCharter{office.gail.account, charter::digest(next)}));
}

void enrol(Office& office, const Member& member) {
  const packet::KeyStatement key{office.core->state().origin,
                                 member.person,
                                 crypto::make_ed25519_key(member.key.public_key()).line(),
                                 "software",
                                 office.now,
                                 office.now + Duration{86'400'000},
                                 std::nullopt,
                                 {}};
  must(office.apply(gate::EnrolKey{office.gail.account, signed_by(packet::statement(key), packet::act::key,
                                                                  {&office.gail, &office.pavel})}));
}

IntakeOutcome submit(
    Office& office, const std::string& name,
    const std::function<void(canon::Object&)>& edit = [](canon::Object&) {}) {
  canon::Value document = canon::parse(office.submission(name)).value();
  canon::Value& packet = *document.object()->find("packet");
  edit(*packet.object());
  document.object()->set("upstream_digest", crypto::sha256(canon::write(packet)).hex());
  IntakeOutcome out;
  office.list_names();
  REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
    SP_TRY(out, submit_packet(*office.core, office.intake, canon::write(document)));
    return {};
  }));
  REQUIRE(out.refused.empty());
  office.now = office.now + Duration{1'000};
  office.observe_all();
  return out;
}

ManifestId put_in_review(Office& office, const PacketId& packet, const gate::Waived& waived) {
  const ManifestId id = ManifestId::from_random(office.core->random());
  must(office.apply(
      gate::DraftManifest{office.tia.account, packet, id, office.core->state().find(packet)->head->digest}));
  REQUIRE(office.core->sign_head(office.now));
  const auto& head = *office.core->checkpoint();
  must(office.apply(gate::SubmitManifest{
      office.tia.account, packet, id, {7}, {office.core->state().origin, head.size, head.root}, waived}));
  return id;
}

void sign(Office& office, const PacketId& packet, const Member& who) {
  ManifestId id;
  const gate::ManifestState& manifest = *office.core->state().find(packet)->reviewed(&id);
  const std::string& bytes = office.core->world().manifest(id)->bytes;
  must(
      office.apply(gate::SignManifest{who.account, packet, manifest.digest,
                                      crypto::sign_sshsig(who.key, packet::act::dispatch, as_bytes(bytes))}));
}

EntryId cross(Office& office, const PacketId& id, const Member& by) {
  const auto packet = [&]() -> const gate::Packet& { return *office.core->state().find(id); };
  if (!packet().recheck) {
    must(office.apply(gate::RequestRelease{by.account, id, packet().head->digest, packet().reviewed()->digest,
                                           engine::testing::lane}));
  }
  office.now = office.now + Duration{1'000};
  office.answer(gate::Recheck(*packet().recheck));
  must(office.apply(gate::CommitRelease{id, packet().recheck->id}));
  REQUIRE(deliver_entries(*office.core, office.now));
  return *packet().entry;
}

std::string told(const verify::Report& report) {
  std::string out;
  for (const verify::Fault& fault : report.faults) {
    out += fault.file + ": " + fault.reason + "\n";
  }
  return out;
}

// Both bundles are authentic, now and after a restart; answers the files of the proof bundle.
lane::Files prove(std::unique_ptr<Office>& office, const Folder& folder, const EntryId& entry) {
  lane::Files last;
  for (const bool again : {false, true}) {
    if (again) {
      office.reset();
      office = std::make_unique<Office>(folder / "data");
    }
    const auto trust = trust_of(*office->core);
    REQUIRE(trust);
    const verify::Trust pinned = verify::read_trust(*trust).value();
    for (const lane::BundleKind kind : {lane::BundleKind::lane, lane::BundleKind::proof}) {
      const auto files = bundle_of(*office->core, entry, kind);
      REQUIRE_MESSAGE(files, (files ? "" : files.error().text()));
      const verify::Report report = verify::verify(*files, &pinned);
      CHECK_MESSAGE(report.authentic(), told(report));
      last = *files;
    }
  }
  return last;
}

std::unique_ptr<Office> office_in(const Folder& folder) {
  Office::found(folder / "data", start);
  return std::make_unique<Office>(folder / "data");
}

} // namespace

TEST_CASE("INV-21: a release by override is proved by the statements of those who overrode") {
  const Folder folder;
  auto office = office_in(folder);
  enrol(*office, office->tia);
  enrol(*office, office->rhea);
  const IntakeOutcome taken = submit(
      *office, "case-1", [](canon::Object& packet) { packet.find("citations")->object()->erase("c6"); });
  const gate::Packet& packet = *office->core->state().find(taken.packet);
  HoldId missing;
  for (const auto& [id, hold] : packet.holds) {
    missing = hold.code == "FRESH.MISSING" && hold.mode == "blocking" ? id : missing;
  }
  REQUIRE(packet.holds.contains(missing));
  const ManifestId id = put_in_review(*office, taken.packet, {.overrides = {missing}, .substitutes = {}});
  for (const Member* lead : {&office->tia, &office->rhea}) {
    const packet::Disclosure why =
        packet::rationale_disclosure(packet::Salt{3}, "The escalation is known to all.");
    const canon::Value value = packet::statement(packet::OverrideStatement{
        office->core->state().origin, taken.packet, id, packet.reviewed()->digest, missing, why.digest});
    must(office->apply(gate::OverrideHold{lead->account, taken.packet,
                                          signed_by(value, packet::act::hold, {lead}), why.encoded}));
  }
  sign(*office, taken.packet, office->anna);
  const EntryId entry = cross(*office, taken.packet, office->anna);
  const lane::Files proof = prove(office, folder, entry);
  CHECK(proof.contains("overrides/2.leaf"));
  CHECK_FALSE(proof.contains("overrides/3.leaf"));
}

TEST_CASE(
    "SIGN.SUBSTITUTE: a release by a substitute is proved by who ratified, who drafted and who submitted") {
  const Folder folder;
  auto office = office_in(folder);
  enrol(*office, office->rhea);
  amend(*office, [](charter::Charter& charter) {
    charter.signers.substitute["support-trust-approver"] = {
        "support-trust-lead", "product-security-governance", Duration{3'600'000}};
  });
  const IntakeOutcome taken = submit(*office, "case-1");
  must(office->apply(gate::DisablePrincipal{office->gail.account, office->anna.account}));
  const ManifestId id =
      put_in_review(*office, taken.packet,
                    {.overrides = {}, .substitutes = {{"support-trust-approver", office->rhea.person}}});
  const canon::Value value = packet::statement(
      packet::SubstituteStatement{office->core->state().origin, taken.packet, id,
                                  office->core->state().find(taken.packet)->reviewed()->digest,
                                  "support-trust-approver", office->rhea.person});
  must(office->apply(gate::RatifySubstitute{office->pavel.account, taken.packet,
                                            signed_by(value, packet::act::hold, {&office->pavel})}));
  sign(*office, taken.packet, office->rhea);
  const EntryId entry = cross(*office, taken.packet, office->rhea);
  const lane::Files proof = prove(office, folder, entry);
  CHECK(proof.contains("substitutes/1.leaf"));
  CHECK(proof.contains("substitutes/drafter.leaf"));
}

TEST_CASE(
    "C07: a release of a packet that was split from another is proved by the split, whose reason its readers "
    "see") {
  const Folder folder;
  auto office = office_in(folder);
  const IntakeOutcome one = submit(*office, "case-1");
  const IntakeOutcome two = submit(*office, "case-2", [](canon::Object& packet) {
    packet.find("fields")->object()->set("/session", canon::Object{{"value", "session of case-1"}});
  });
  const packet::Disclosure why = packet::rationale_disclosure(packet::Salt{9}, "Two operators, two grants.");
  const canon::Value act = packet::statement(
      packet::SplitStatement{office->core->state().origin, std::min(one.packet, two.packet),
                             std::max(one.packet, two.packet), crypto::sha256(why.encoded)});
  must(office->apply(gate::SplitPackets{office->anna.account, one.packet, two.packet,
                                        signed_by(act, packet::act::split, {&office->anna}), why.encoded}));
  put_in_review(*office, one.packet, {});
  sign(*office, one.packet, office->anna);
  const EntryId entry = cross(*office, one.packet, office->anna);
  const lane::Files proof = prove(office, folder, entry);
  CHECK(proof.contains("splits/1.leaf"));
  CHECK(proof.at("disclosures.json").find(why.encoded) == std::string::npos);
  const auto lane = bundle_of(*office->core, entry, lane::BundleKind::lane);
  REQUIRE(lane);
  CHECK(lane->at("disclosures.json").find(why.encoded) != std::string::npos);
}

TEST_CASE(
    "T24: a release of a part of a scope is proved by the split; the packet of the rest is named to auditors "
    "only") {
  const Folder folder;
  auto office = office_in(folder);
  amend(*office, [](charter::Charter& charter) {
    charter.scope.at("tenant").splittable = true;
    charter.admission.partial_dim = "tenant";
    charter.admission.partial_roles = {"support-trust-approver"};
  });
  const IntakeOutcome taken = submit(*office, "case-1", [](canon::Object& packet) {
    packet.find("scope")->object()->find("tenant")->object()->set(
        "t2", canon::Object{{"value", "tenant-9"}, {"pseudonym", "tenant-RUE"}});
  });
  const PacketId rest = PacketId::from_random(99);
  const canon::Value act = packet::statement(packet::PartialStatement{
      office->core->state().origin, taken.packet, 1, taken.digest, "tenant", {"t1"}, {"t2"}});
  must(office->apply(gate::SplitScope{office->anna.account, taken.packet, rest,
                                      signed_by(act, packet::act::split, {&office->anna})}));
  office->now = office->now + Duration{1'000};
  office->observe_all();
  put_in_review(*office, taken.packet, {});
  sign(*office, taken.packet, office->anna);
  const EntryId entry = cross(*office, taken.packet, office->anna);
  CHECK(prove(office, folder, entry).at("partial.leaf").find(rest.str()) != std::string::npos);
  const auto lane = bundle_of(*office->core, entry, lane::BundleKind::lane);
  REQUIRE(lane);
  for (const auto& [name, bytes] : *lane) {
    CHECK_MESSAGE(bytes.find(rest.str()) == std::string::npos, name);
  }
}

TEST_CASE("a release with an annex is proved by its promotion") {
  const Folder folder;
  auto office = office_in(folder);
  const IntakeOutcome taken = submit(*office, "case-1", [](canon::Object& packet) {
    packet.set("parts",
               canon::Object{{"a1", canon::Object{{"kind", "annex"},
                                                  {"media_type", "text/plain"},
                                                  {"file_name", "notes.txt"},
                                                  {"state", "redacted"},
                                                  {"include", true},
                                                  {"content", to_base64(as_bytes("Redacted notes."))}}}});
  });
  const canon::Value act = packet::statement(packet::AnnexStatement{
      office->core->state().origin, taken.packet, 1, taken.digest, "a1", "redacted", "included"});
  must(office->apply(gate::PromoteAnnex{office->anna.account, taken.packet,
                                        signed_by(act, packet::act::annex, {&office->anna})}));
  put_in_review(*office, taken.packet, {});
  sign(*office, taken.packet, office->anna);
  const EntryId entry = cross(*office, taken.packet, office->anna);
  CHECK(prove(office, folder, entry).contains("promotions/1.leaf"));
}
