// Splits, remainders, corrections and cases that come again, over what is stored and through a restart.
#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"
#include "crypto/sshsig_sign.h"
#include "engine/export.h"
#include "engine/present.h"
#include "engine/receipts.h"
#include "engine/testing/folder.h"
#include "engine/testing/office.h"
#include "gate/bind.h"
#include "packet/entry.h"
#include "packet/statement.h"
#include "packet/view.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::engine;
using namespace sallyport::engine::testing;

namespace {

// The next version of the charter: approvers may leave tenants behind.
void let_split(Office& office) {
  charter::Charter next = *office.core->world().active_charter(testing::lane);
  const Digest before = charter::digest(next);
  ++next.version;
  next.scope.at("tenant").splittable = true;
  next.admission.partial_dim = "tenant";
  next.admission.partial_roles = {"support-trust-approver"};
  const canon::Value value = packet::statement(
      packet::RatifyStatement{office.core->state().origin, next.id, static_cast<std::uint32_t>(next.version),
                              charter::digest(next), before});
  must(office.apply(gate::ProposeCharter{office.gail.account, next}));
  for (const Member* owner : {&office.gail, &office.pavel}) {
    must(office.apply(gate::RatifyCharter{owner->account, signed_by(value, packet::act::charter, {owner})}));
  }
  must(office.apply(gate::ActivateCharter{office.gail.account, charter::digest(next)}));
}

// The submission after `edit` of its packet, under the digest that belongs to it.
std::string edited(const std::string& text, const std::function<void(canon::Value&)>& edit) {
  canon::Value document = canon::parse(text).value();
  canon::Value& packet = *document.object()->find("packet");
  edit(packet);
  document.object()->set("upstream_digest", crypto::sha256(canon::write(packet)).hex());
  return canon::write(document);
}

std::string with_tenants(const std::string& text, const canon::Object& tenants) {
  return edited(
      text, [&](canon::Value& packet) { packet.object()->set("scope", canon::Object{{"tenant", tenants}}); });
}

const canon::Object known{{"value", "tenant-4471"}, {"pseudonym", "tenant-KEA"}};
const canon::Object unknown{{"value", "tenant-9"}, {"pseudonym", "tenant-RUE"}};

IntakeOutcome submit_text(Office& office, const std::string& text) {
  IntakeOutcome out;
  REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
    SP_TRY(out, submit_packet(*office.core, office.intake, text));
    return {};
  }));
  return out;
}

IntakeOutcome revise(Office& office, const PacketId& id, const Digest& predecessor, const std::string& text) {
  IntakeOutcome out;
  REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
    SP_TRY(out, revise_packet(*office.core, office.intake, id, predecessor, text));
    return {};
  }));
  return out;
}

EntryId release(Office& office, const PacketId& id) {
  office.now = office.now + Duration{1'000};
  office.observe_all();
  (void)office.put_in_review(id);
  must(office.sign(id));
  const auto packet = [&]() -> const gate::Packet& { return *office.core->state().find(id); };
  if (!packet().recheck) {
    must(office.apply(gate::RequestRelease{office.anna.account, id, packet().head->digest,
                                           packet().reviewed()->digest, testing::lane}));
  }
  office.now = office.now + Duration{1'000};
  office.answer(gate::Recheck(*packet().recheck));
  must(office.apply(gate::CommitRelease{id, packet().recheck->id}));
  REQUIRE(deliver_entries(*office.core, office.now));
  return *packet().entry;
}

canon::Value file(const Office& office, const EntryId& entry, lane::BundleKind kind,
                  const std::string& name) {
  const auto files = bundle_of(*office.core, entry, kind);
  REQUIRE_MESSAGE(files, (files ? "" : files.error().text()));
  return canon::parse(files->at(name)).value();
}

} // namespace

TEST_CASE("T24, INV-45: a part crosses; what crossed is exported and shown as it was signed, after a restart "
          "too, and the rest comes as a revision of its own") {
  const Folder folder;
  Office::found(folder / "data", start);
  auto office = std::make_unique<Office>(folder / "data");
  let_split(*office);
  const IntakeOutcome taken =
      submit_text(*office, with_tenants(office->submission("case-1"), {{"t1", known}, {"t2", unknown}}));
  REQUIRE(taken.refused.empty());
  office->now = office->now + Duration{1'000};
  office->observe_all(); // the registry does not know t2
  const gate::Packet& packet = *office->core->state().find(taken.packet);
  REQUIRE(packet.find_hold("SCOPE.UNDEFINED", "/scope/tenant/t2") != nullptr);
  const PacketId rest = PacketId::from_random(99);
  const canon::Value act = packet::statement(packet::PartialStatement{
      office->core->state().origin, taken.packet, 1, packet.head->digest, "tenant", {"t1"}, {"t2"}});
  must(office->apply(gate::SplitScope{office->anna.account, taken.packet, rest,
                                      signed_by(act, packet::act::split, {&office->anna})}));
  const Digest split_at = taken.digest;
  const EntryId entry = release(*office, taken.packet);

  std::string view_before;
  for (const bool again : {false, true}) {
    CAPTURE(again);
    if (again) {
      office.reset();
      office = std::make_unique<Office>(folder / "data");
    }
    const auto files = bundle_of(*office->core, entry, lane::BundleKind::lane);
    REQUIRE_MESSAGE(files, (files ? "" : files.error().text()));
    const packet::Manifest manifest = packet::read_manifest(files->at("manifest.json")).value();
    CHECK(manifest.remainder == true);
    CHECK(crypto::sha256(files->at("view.json")) == manifest.view);
    CHECK((view_before.empty() || view_before == files->at("view.json")));
    view_before = files->at("view.json");
    CHECK(packet::read_entry(files->at("entry.json")).value().remainder == true);
    CHECK(files->at("disclosures.json").find(to_base64url(as_bytes("tenant-9"))) == std::string::npos);
    CHECK(file(*office, entry, lane::BundleKind::proof, "entry.json").find("remainder") != nullptr);
    const auto shown = show_entry(*office->core, entry);
    REQUIRE(shown);
    const canon::Object& opened = *shown->find("opened")->object();
    CHECK(opened.find("/scope/tenant/t1:pseudonym") != nullptr);
    CHECK(opened.find("/scope/tenant/t2:pseudonym") == nullptr);
    CHECK(opened.find("/narrative") == nullptr); // names no tenant
    CHECK(canon::write(*shown).find(rest.str()) == std::string::npos);
  }
  // The rest: the next revision of the same case, on the revision that it continues.
  const std::string remainder =
      with_tenants(office->submission("case-1", 2, "The other tenant."), {{"t2", known}});
  CHECK(revise(*office, rest, Digest{}, remainder).refused.front().code == "LINE.FORK");
  const IntakeOutcome sealed = revise(*office, rest, split_at, remainder);
  REQUIRE(sealed.refused.empty());
  CHECK_FALSE(sealed.fault.has_value());
  CHECK(sealed.revision == 1);
  const packet::Revision& revision = office->core->world().dossier(rest)->revision;
  REQUIRE(revision.predecessors.size() == 1);
  CHECK(revision.predecessors.front().packet == taken.packet);
  CHECK(revision.predecessors.front().digest == split_at);
}

TEST_CASE(
    "C07, T20: readers see beside the entry what it was split from and why, and what was corrected since") {
  const Folder folder;
  Office::found(folder / "data", start);
  auto office = std::make_unique<Office>(folder / "data");
  const IntakeOutcome one = submit_text(*office, office->submission("case-1"));
  const IntakeOutcome two =
      submit_text(*office, edited(office->submission("case-2"), [](canon::Value& packet) {
        canon::Object& fields = *packet.object()->find("fields")->object();
        fields.set("/session", canon::Object{{"value", "session of case-1"}});
      }));
  REQUIRE(office->core->state().find(one.packet)->find_hold("LINE.DUP_PENDING", two.packet.str()) != nullptr);
  const packet::Disclosure why = packet::rationale_disclosure(packet::Salt{9}, "Two operators, two grants.");
  const canon::Value act = packet::statement(
      packet::SplitStatement{office->core->state().origin, std::min(one.packet, two.packet),
                             std::max(one.packet, two.packet), crypto::sha256(why.encoded)});
  must(office->apply(gate::SplitPackets{office->anna.account, one.packet, two.packet,
                                        signed_by(act, packet::act::split, {&office->anna}), why.encoded}));
  const EntryId entry = release(*office, one.packet);
  must(office->apply(gate::RecordCorrection{
      office->rhea.account, entry, "over_broad_scope", {{"note", "One tenant too many."}}}));
  must(office->apply(
      gate::GiveNotice{office->tia.account, entry, two.packet, {{"note", "The other case says more."}}}));
  const std::string before = canon::write(file(*office, entry, lane::BundleKind::lane, "entry.json"));
  for (const bool again : {false, true}) {
    CAPTURE(again);
    if (again) {
      office.reset();
      office = std::make_unique<Office>(folder / "data");
    }
    const auto shown = show_entry(*office->core, entry);
    REQUIRE(shown);
    const std::string text = canon::write(*shown);
    CHECK(text.find("Two operators, two grants.") != std::string::npos);
    CHECK(text.find("One tenant too many.") != std::string::npos);
    CHECK(text.find("The other case says more.") != std::string::npos);
    CHECK(shown->find("corrections")->array()->front() == canon::Value("over_broad_scope"));
    CHECK(shown->find("splits")->array()->size() == 1);
    CHECK(canon::write(file(*office, entry, lane::BundleKind::lane, "entry.json")) == before);
    const packet::Entry stored = packet::read_entry(before).value();
    CHECK(stored.also == std::vector<PacketId>{two.packet});
  }
}

TEST_CASE("A31: a case that the lane returned comes again as a packet that continues the last one") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const EntryId entry = office.release("case-1");
  const PacketId first = office.core->state().entries.at(entry).packet;
  must(office.apply(gate::GiveVerdict{office.rhea.account, entry, "returned", {}}));
  const IntakeOutcome again = submit_text(office, office.submission("case-1", 2, "Said better."));
  REQUIRE(again.refused.empty());
  const gate::Packet& next = *office.core->state().find(again.packet);
  REQUIRE(next.continues);
  CHECK(next.continues->packet == first);
  CHECK(office.core->world().dossier(again.packet)->revision.predecessors.front().packet == first);
  CHECK(next.find_hold("LINE.DUP_PENDING", first.str()) == nullptr);
}
