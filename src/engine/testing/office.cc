#include "engine/testing/office.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/parse.h"
#include "crypto/digest.h"
#include "crypto/sshsig.h"
#include "crypto/sshsig_sign.h"
#include "engine/files.h"
#include "engine/receipts.h"
#include "engine/sources.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace sallyport::engine::testing {
namespace {

crypto::Ed25519Key key_of(std::uint8_t seed) {
  return crypto::Ed25519Key::from_seed(Bytes(32, seed));
}

std::string example(const std::string& path) {
  return must(read_small_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) / path));
}

charter::Charter software_charter(Office::Edits edits) {
  std::string text = example("examples/charters/break-glass-psr.toml");
  edits.insert(edits.end(), {{"key_class_min = \"sk-uv\"", "key_class_min = \"software\""},
                             {"step_up = true", "step_up = false"},
                             {"capacity = 5", "capacity = 100000"}});
  for (const auto& [from, to] : edits) {
    text.replace(text.find(from), from.size(), to);
  }
  auto parsed = charter::parse_toml(text);
  SP_ASSERT(parsed.charter.has_value());
  return *std::move(parsed.charter);
}

struct Cited {
  const char* id;
  const char* kind;
  const char* source;
};

// What the tenant registry lists beside its records.
const std::vector<std::string> tenant_names{"Northwind Example", "Contoso Example"};

constexpr std::array cited{Cited{"c1", "session_broker_log", "session-broker"},
                           Cited{"c2", "remote_console_event", "remote-console"},
                           Cited{"c3", "tenant_boundary_alert", "intake-triage"},
                           Cited{"c4", "case_chronology", "intake-triage"},
                           Cited{"c5", "idp_sign_in", "identity-provider"},
                           Cited{"c6", "duplicate_escalation", "intake-triage"},
                           Cited{"c7", "break_glass_grant", "break-glass-ledger"},
                           Cited{"c8", "tenant_record", "tenant-registry"}};

Digest content_of(const std::string& key) {
  return crypto::sha256(as_bytes("content of " + key));
}

} // namespace

void Office::found(const std::filesystem::path& dir, Instant now, const Edits& edits) {
  const std::vector<OwnerInput> owners{
      {"support-trust-governance", "Gail Example", line_of(key_of(1)), "software", std::nullopt, {}},
      {"product-security-governance", "Pavel Example", line_of(key_of(2)), "software", std::nullopt, {}}};
  (void)must(prepare_genesis(dir, "sallyport.example/psr", owners, now, Duration{3650LL * 86'400'000}));
  const std::string statement = must(read_small_file(dir / "genesis.json"));
  std::vector<std::string> signatures;
  for (const std::uint8_t seed : {std::uint8_t{1}, std::uint8_t{2}}) {
    signatures.push_back(
        crypto::armor(crypto::sign_sshsig(key_of(seed), packet::act::genesis, as_bytes(statement))));
  }
  must(engine::found(dir, signatures, now, std::nullopt));

  Office office(dir);
  office.now = now;
  office.people();
  office.roster_and_charter(edits);
}

// Runs one batch; an error of storage ends the test.
static void batch(Office& office, const std::function<Result<void>()>& work) {
  const auto done = office.core->run(office.now, work);
  if (!done) {
    must(Result<void>(std::unexpected(done.error())));
  }
}

gate::Step Office::apply(const gate::Event& event) {
  gate::Step out;
  batch(*this, [&]() -> Result<void> {
    SP_TRY(out, core->apply(event));
    return {};
  });
  return out;
}

Office::Office(const std::filesystem::path& dir, const std::string& vfs)
    : gail{key_of(1), {}, {}}, pavel{key_of(2), {}, {}}, anna{key_of(3), {}, {}}, rhea{key_of(4), {}, {}},
      tia{key_of(5), {}, {}}, mira{key_of(6), {}, {}} {
  core = must(Core::open({dir, must(origin_of(dir)), vfs}));
  now = core->state().last_at;
  // Who is who: by the names that the accounts have.
  for (const auto& [account, name] : core->names()) {
    for (const auto& [member, called] : {std::pair{&gail, "Gail Example"}, std::pair{&pavel, "Pavel Example"},
                                         std::pair{&anna, "Anna Example"}, std::pair{&rhea, "Rhea Example"},
                                         std::pair{&tia, "Tia Example"}, std::pair{&mira, "Mira Example"}}) {
      if (name == called) {
        member->account = account;
        member->person = *core->state().account(account)->person;
      }
    }
    intake = name == "intake" ? account : intake;
    agent = name == "agent" ? account : agent;
  }
}

void Office::people() {
  const auto add = [&](const char* kind, const char* name, Member* member) {
    batch(*this, [&]() -> Result<void> {
      const std::optional<PersonId> owner = member == nullptr ? std::optional(gail.person) : std::nullopt;
      SP_TRY(const AddedPrincipal added,
             add_principal(*core, gail.account, {kind, name, std::nullopt, owner, std::nullopt}));
      SP_ASSERT(added.refused.empty());
      if (member != nullptr) {
        member->account = added.account;
        member->person = *added.person;
      }
      return {};
    });
  };
  add("person", "Anna Example", &anna);
  add("person", "Rhea Example", &rhea);
  add("person", "Tia Example", &tia);
  add("person", "Mira Example", &mira);
  add("service", "intake", nullptr);
  add("agent", "agent", nullptr);
  const packet::KeyStatement key{core->state().origin, anna.person, line_of(anna.key),
                                 "software",           now,         now + Duration{3650LL * 86'400'000},
                                 std::nullopt,         {}};
  packet::SignedStatement act{packet::statement(key), {}};
  const std::string bytes = canon::write(act.statement);
  act.sigs = {sign_act(gail, packet::act::key, bytes), sign_act(pavel, packet::act::key, bytes)};
  must(apply(gate::EnrolKey{gail.account, act}));
}

void Office::roster_and_charter(const Edits& edits) {
  const Instant until = now + Duration{3650LL * 86'400'000};
  packet::Roster roster{core->state().origin, lane, 1, {}, {}};
  for (const auto& [member, role] :
       {std::pair{&anna, "support-trust-approver"}, std::pair{&tia, "support-trust-lead"},
        std::pair{&tia, "psr-queue-steward"}, std::pair{&rhea, "support-trust-lead"},
        std::pair{&gail, "support-trust-governance"}, std::pair{&pavel, "product-security-governance"}}) {
    roster.grants.push_back({member->person, role, now, until});
  }
  std::ranges::sort(roster.grants);
  const std::vector<packet::AudienceMember> members{
      {rhea.person, {"privileged-support-misuse", "regulated-environments"}}};
  const packet::Salt salt{1, 2, 3};
  roster.audience["psr-reviewers"] = packet::audience_digest(salt, members);
  const Digest digest = crypto::sha256(as_bytes(packet::roster_bytes(roster)));
  packet::SignedStatement act{
      packet::statement(packet::RosterStatement{roster.log, lane, 1, digest, std::nullopt}), {}};
  const std::string bytes = canon::write(act.statement);
  act.sigs = {sign_act(gail, packet::act::key, bytes), sign_act(pavel, packet::act::key, bytes)};
  const canon::Object body{
      {"audience", canon::Object{{"psr-reviewers", canon::Object{{"salt", to_base64url(salt)},
                                                                 {"members", packet::to_value(members)}}}}}};
  must(apply(gate::ActivateRoster{gail.account, roster, act, body}));

  for (const char* source : {"session-broker", "break-glass-ledger", "remote-console", "identity-provider",
                             "tenant-registry", "intake-triage", "reviewer-directory"}) {
    const canon::Value config =
        must(canon::parse(example("examples/sources/" + std::string(source) + ".json")));
    batch(*this, [&]() -> Result<void> {
      SP_TRY(const ConfiguredSource configured, configure_source(*core, gail.account, source, config));
      SP_ASSERT(configured.refused.empty());
      return {};
    });
  }
  const charter::Charter charter = software_charter(edits);
  must(apply(gate::ProposeCharter{gail.account, charter}));
  const packet::RatifyStatement ratify{core->state().origin, charter.id, 1, charter::digest(charter),
                                       std::nullopt};
  for (const Member* owner : {&gail, &pavel}) {
    packet::SignedStatement one{packet::statement(ratify), {}};
    one.sigs = {sign_act(*owner, packet::act::charter, canon::write(one.statement))};
    must(apply(gate::RatifyCharter{owner->account, one}));
  }
  must(apply(gate::ActivateCharter{gail.account, charter::digest(charter)}));
  list_names();
  must(core->sign_head(now));
}

std::string Office::submission(const std::string& name, std::uint32_t revision,
                               const std::string& narrative) const {
  const std::string at = "2026-11-18T11:06:40.000Z"; // whenever it is sent, it is the same
  canon::Object citations;
  for (const Cited& row : cited) {
    const std::string key = name + "/" + row.id;
    canon::Object citation{{"kind", row.kind},
                           {"source", row.source},
                           {"key", key},
                           {"occurred_at", at},
                           {"observed_at", at},
                           {"complete_through", at},
                           {"content", content_of(key).hex()},
                           {"supports", canon::Array{"m1"}}};
    if (std::string_view(row.kind) == "tenant_record") {
      citation.set("pins", canon::Object{{"version", "v1"}});
    }
    citations.set(row.id, std::move(citation));
  }
  canon::Object packet{
      {"packet_class", "break-glass-token-replay"},
      {"lane", lane},
      {"severity", "sev1"},
      {"triage", canon::Object{{"stamp", "ts_2291"}, {"at", at}, {"by", mira.person.str()}}},
      {"authors", canon::Array{mira.person.str()}},
      {"fields",
       canon::Object{
           {"/narrative", canon::Object{{"value", narrative}}},
           {"/operator", canon::Object{{"value", "operator of " + name}, {"pseudonym", "operator-FIR"}}},
           {"/privileged_path", canon::Object{{"value", "svc/billing"}, {"coarse", "billing"}}},
           {"/session", canon::Object{{"value", "session of " + name}}}}},
      {"scope", canon::Object{{"tenant", canon::Object{{"t1", canon::Object{{"value", "tenant-4471"},
                                                                            {"pseudonym", "tenant-KEA"}}}}}}},
      {"claims", canon::Object{{"m1", canon::Object{{"text", "It was presented twice."}}}}},
      {"caveats", canon::Object{{"k1", canon::Object{{"code", "clock"}, {"text", "Clocks differ."}}}}},
      {"citations", std::move(citations)}};
  const std::string digest = crypto::sha256(as_bytes(canon::write(packet))).hex();
  return canon::write(canon::Object{
      {"v", 1},
      {"upstream",
       canon::Object{{"system", "triage-desk"}, {"case", name}, {"revision", std::int64_t{revision}}}},
      {"upstream_digest", digest},
      {"packet", std::move(packet)}});
}

void Office::list_names() {
  batch(*this, [&] { return core->remember_terms("tenant-registry", {tenant_names, now}); });
}

IntakeOutcome Office::submit(const std::string& name) {
  list_names();
  IntakeOutcome out;
  batch(*this, [&]() -> Result<void> {
    SP_TRY(out, submit_packet(*core, intake, submission(name)));
    return {};
  });
  return out;
}

void Office::answer(const Question& question) {
  source::Answer answer;
  answer.source = question.config.source;
  answer.observed_at = now;
  answer.complete_through = now;
  for (const std::string& key : question.keys) {
    source::ObjectAnswer object;
    object.key = key;
    object.status = source::ObjectStatus::found;
    object.occurred_at = now;
    object.content = content_of(key);
    object.attrs = {{"version", "v1"}, {"env_class", "standard"}, {"handling", "none"}};
    object.touches = {{"tenant", {"tenant-4471"}}};
    answer.objects.push_back(std::move(object));
  }
  if (question.config.source == "tenant-registry") {
    answer.terms = tenant_names;
  }
  if (question.config.source == "reviewer-directory") {
    answer.directory = source::Directory{"v1", {rhea.person.str()}};
  }
  batch(*this, [&] { return record_answer(*core, question, answer); });
}

void Office::observe_all() {
  std::map<std::string, Question> questions;
  for (const auto& [name, source] : core->state().sources) {
    questions[name].config.source = name;
  }
  for (const auto& [object, packets] : core->state().citing) {
    const Object* known = core->objects().find(object);
    questions[known->source].keys.push_back(known->key);
  }
  questions["reviewer-directory"].lanes = {lane};
  for (const auto& [name, question] : questions) {
    answer(question);
  }
}

void Office::answer(const gate::Recheck& recheck) {
  for (const packet::NeededAnswer& needed : recheck.needed) {
    Question question;
    question.config.source = needed.source;
    question.recheck = recheck.id;
    if (needed.source == "reviewer-directory") {
      question.lanes = {lane};
    }
    for (const ObjectId& object : needed.objects) {
      question.keys.push_back(core->objects().find(object)->key);
    }
    answer(question);
  }
}

ManifestId Office::put_in_review(const PacketId& packet) {
  const ManifestId id = ManifestId::from_random(core->random());
  must(apply(gate::DraftManifest{tia.account, packet, id, core->state().find(packet)->head->digest}));
  must(core->sign_head(now));
  must(apply(
      gate::SubmitManifest{tia.account,
                           packet,
                           id,
                           {7},
                           {core->state().origin, core->checkpoint()->size, core->checkpoint()->root}}));
  return id;
}

gate::Step Office::sign(const PacketId& packet) {
  ManifestId id;
  const gate::ManifestState& manifest = *core->state().find(packet)->reviewed(&id);
  const std::string& bytes = core->world().manifest(id)->bytes;
  return apply(gate::SignManifest{anna.account, packet, manifest.digest,
                                  crypto::sign_sshsig(anna.key, packet::act::dispatch, as_bytes(bytes))});
}

EntryId Office::release(const std::string& name) {
  return finish(name, [](const std::string&) {});
}

EntryId Office::finish(const std::string& name, const std::function<void(const std::string&)>& durable) {
  const IntakeOutcome taken = submit(name); // the same submission again is known, not doubled
  SP_ASSERT(taken.refused.empty());
  durable("submitted");
  const PacketId id = taken.packet;
  const auto packet = [&]() -> const gate::Packet& { return *core->state().find(id); };
  if (packet().open()) {
    if (packet().recheck) { // a stop interrupted it
      (void)apply(gate::ExpireRecheck{id, packet().recheck->id, "restart"});
    }
    now = now + Duration{1'000};
    observe_all();
    durable("observed");
    if (packet().reviewed() == nullptr) {
      (void)put_in_review(id);
      durable("in review");
    }
    if (packet().reviewed()->status != "authorised") {
      must(sign(id));
      durable("signed");
    }
    if (!packet().recheck) {
      ManifestId manifest;
      const Digest digest = packet().reviewed(&manifest)->digest;
      must(apply(gate::RequestRelease{anna.account, id, packet().head->digest, digest, lane}));
    }
    now = now + Duration{1'000};
    answer(gate::Recheck(*packet().recheck));
    must(apply(gate::CommitRelease{id, packet().recheck->id}));
    durable("released");
  }
  const EntryId entry = *packet().entry;
  must(deliver_entries(*core, now));
  durable("delivered");
  must(apply(gate::AcknowledgeEntry{rhea.account, entry}));
  durable("acknowledged");
  return entry;
}

} // namespace sallyport::engine::testing
