#include "engine/testing/crash_office.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/parse.h"
#include "crypto/digest.h"
#include "crypto/sshsig.h"
#include "crypto/sshsig_sign.h"
#include "engine/files.h"
#include "engine/sources.h"
#include "gate/checks.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace sallyport::engine::testing {
namespace {

charter::Charter software_charter() {
  std::string text = must(read_small_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                          "examples/charters/crash-dump-privacy.toml"));
  for (const auto& [from, to] : {std::pair{"key_class_min = \"sk-uv\"", "key_class_min = \"software\""},
                                 std::pair{"step_up = true", "step_up = false"}}) {
    text.replace(text.find(from), std::string_view(from).size(), to);
  }
  auto parsed = charter::parse_toml(text);
  SP_ASSERT(parsed.charter.has_value());
  return *std::move(parsed.charter);
}

constexpr std::array sources{"dump-vault",     "symbol-server", "forensics-tool",     "redaction-policy",
                             "classification", "env-inventory", "retention-registry", "reviewer-directory"};

canon::Value config_of(const std::string& source) {
  const canon::Object watermark{{"path", "/health"}, {"from", "response_date"}};
  canon::Object out{{"v", 1},
                    {"source", source},
                    {"kind", source == "reviewer-directory" ? "directory" : "records"},
                    {"base_url", "http://127.0.0.1:9702/" + source},
                    {"timeout_ms", 5000},
                    {"deadline_ms", 20000},
                    {"watermark", watermark}};
  if (source == "reviewer-directory") {
    out.set("directory", canon::Object{{"path", "/groups/privacy-engineering"},
                                       {"version", "/version"},
                                       {"members", "/members"},
                                       {"id", "/value"}});
  } else {
    const canon::Object map{{"key", "/key"},
                            {"occurred_at", canon::Object{{"pointer", "/at"}, {"as", "rfc3339"}}},
                            {"content", canon::Array{"/content"}}};
    out.set("shapes", canon::Array{canon::Object{
                          {"prefix", ""}, {"path", "/records/{key}"}, {"record", ""}, {"map", map}}});
  }
  return out;
}

// What the taxonomy lists beside its record.
const std::vector<std::string> names{"Northwind Example"};

constexpr const char* occurred = "2026-11-18T11:06:40.000Z";

struct Person {
  Member CrashOffice::* member;
  const char* name;
  std::uint8_t seed;
};

constexpr std::array cast{
    Person{&CrashOffice::rhea, "Rhea Example", 3}, Person{&CrashOffice::piet, "Piet Example", 4},
    Person{&CrashOffice::mara, "Mara Example", 5}, Person{&CrashOffice::tomo, "Tomo Example", 6},
    Person{&CrashOffice::lin, "Lin Example", 7},   Person{&CrashOffice::oba, "Oba Example", 8}};

} // namespace

crypto::Ed25519Key crash_key(std::uint8_t seed) {
  return crypto::Ed25519Key::from_seed(Bytes(32, seed));
}

void CrashOffice::found(const std::filesystem::path& dir, Instant now) {
  const std::vector<OwnerInput> owners{
      {"privacy-governance", "Gail Example", line_of(crash_key(1)), "software", std::nullopt, {}},
      {"engineering-governance", "Pavel Example", line_of(crash_key(2)), "software", std::nullopt, {}}};
  (void)must(prepare_genesis(dir, "sallyport.example/priveng", owners, now, Duration{3650LL * 86'400'000}));
  const std::string statement = must(read_small_file(dir / "genesis.json"));
  std::vector<std::string> signatures;
  for (const std::uint8_t seed : {std::uint8_t{1}, std::uint8_t{2}}) {
    signatures.push_back(
        crypto::armor(crypto::sign_sshsig(crash_key(seed), packet::act::genesis, as_bytes(statement))));
  }
  must(engine::found(dir, signatures, now, std::nullopt));
  CrashOffice office(dir);
  office.now = now;
  office.people();
  office.roster_and_charter();
}

CrashOffice::CrashOffice(const std::filesystem::path& dir)
    : gail{crash_key(1), {}, {}}, pavel{crash_key(2), {}, {}}, rhea{crash_key(3), {}, {}},
      piet{crash_key(4), {}, {}}, mara{crash_key(5), {}, {}}, tomo{crash_key(6), {}, {}},
      lin{crash_key(7), {}, {}}, oba{crash_key(8), {}, {}} {
  core = must(Core::open({dir, must(origin_of(dir)), ""}));
  now = core->state().last_at;
  for (const auto& [account, name] : core->names()) {
    const auto is = [&](Member& member, const char* called) {
      if (name == called) {
        member.account = account;
        member.person = *core->state().account(account)->person;
      }
    };
    is(gail, "Gail Example");
    is(pavel, "Pavel Example");
    for (const Person& person : cast) {
      is(this->*person.member, person.name);
    }
    agent = name == "agent" ? account : agent;
    forensics = name == "forensics" ? account : forensics;
  }
  records = {
      {"c1",
       {"dump_fragment",
        "dump-vault",
        "dump/1",
        "dump 1",
        {{"session", "session-4471"}},
        {{"crash_session", {"session-4471"}}}}},
      {"c2",
       {"redaction_diff", "forensics-tool", "diff/1", "diff 1", {}, {{"crash_session", {"session-4471"}}}}},
      {"c3",
       {"symbolization_provenance",
        "symbol-server",
        "map/1",
        "map 1",
        {{"build_id", "b1"}, {"map_digest", "m1"}},
        {{"symbolization", {"function"}}}}},
      {"c4", {"redaction_rules", "redaction-policy", "policy", "rules 7", {{"version", "7"}}, {}}},
      {"c5", {"identifier_taxonomy", "classification", "taxonomy", "taxonomy 3", {{"version", "3"}}, {}}},
      {"c6",
       {"retention_record",
        "retention-registry",
        "retention/1",
        "until 2027",
        {{"deadline", "2027-11-29T00:00:00.000Z"}},
        {}}},
      {"c7",
       {"environment_record",
        "env-inventory",
        "cluster/4",
        "regulated",
        {{"class", "regulated"}},
        {{"environment", {"cluster-four"}}}}}};
}

void CrashOffice::batch(const std::function<Result<void>()>& work) {
  const auto done = core->run(now, work);
  if (!done) {
    must(Result<void>(std::unexpected(done.error())));
  }
}

gate::Step CrashOffice::apply(const gate::Event& event) {
  gate::Step out;
  batch([&]() -> Result<void> {
    SP_TRY(out, core->apply(event));
    return {};
  });
  return out;
}

void CrashOffice::people() {
  const auto add = [&](const char* kind, const char* name, Member* member) {
    batch([&]() -> Result<void> {
      const std::optional<PersonId> owner = member == nullptr ? std::optional(mara.person) : std::nullopt;
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
  for (const Person& person : cast) {
    Member& member = this->*person.member;
    add("person", person.name, &member);
    const packet::KeyStatement key{core->state().origin,
                                   member.person,
                                   line_of(member.key),
                                   "software",
                                   now,
                                   now + Duration{3650LL * 86'400'000},
                                   std::nullopt,
                                   {}};
    packet::SignedStatement act{packet::statement(key), {}};
    const std::string bytes = canon::write(act.statement);
    act.sigs = {sign_act(gail, packet::act::key, bytes), sign_act(pavel, packet::act::key, bytes)};
    must(apply(gate::EnrolKey{gail.account, act}));
  }
  add("agent", "agent", nullptr);
  add("service", "forensics", nullptr);
}

void CrashOffice::roster_and_charter() {
  const Instant until = now + Duration{3650LL * 86'400'000};
  packet::Roster roster{core->state().origin, crash_lane, 1, {}, {}};
  for (const auto& [member, role] :
       {std::pair{&rhea, "engineering-release-owner"}, std::pair{&piet, "privacy-engineering-lead"},
        std::pair{&mara, "crash-forensics"}, std::pair{&tomo, "production-reliability"},
        std::pair{&oba, "privacy-intake"}, std::pair{&gail, "privacy-governance"},
        std::pair{&pavel, "engineering-governance"}}) {
    roster.grants.push_back({member->person, role, now, until});
  }
  activate(std::move(roster), std::nullopt);
  for (const char* source : sources) {
    batch([&]() -> Result<void> {
      SP_TRY(const ConfiguredSource configured,
             configure_source(*core, gail.account, source, config_of(source)));
      SP_ASSERT(configured.refused.empty());
      return {};
    });
  }
  const charter::Charter charter = software_charter();
  must(apply(gate::ProposeCharter{gail.account, charter}));
  const packet::RatifyStatement ratify{core->state().origin, charter.id, 1, charter::digest(charter),
                                       std::nullopt};
  for (const Member* owner : {&gail, &pavel}) {
    packet::SignedStatement one{packet::statement(ratify), {}};
    one.sigs = {sign_act(*owner, packet::act::charter, canon::write(one.statement))};
    must(apply(gate::RatifyCharter{owner->account, one}));
  }
  now = now + charter.governance.min_notice;
  must(apply(gate::ActivateCharter{gail.account, charter::digest(charter)}));
  list_names();
  must(core->sign_head(now));
}

void CrashOffice::activate(packet::Roster roster, const std::optional<Digest>& replaces) {
  std::ranges::sort(roster.grants);
  std::vector<packet::AudienceMember> members{{lin.person, {}}, {oba.person, {}}};
  std::ranges::sort(members);
  const packet::Salt salt{1, 2, 3};
  roster.audience["privacy-engineering"] = packet::audience_digest(salt, members);
  const Digest digest = crypto::sha256(as_bytes(packet::roster_bytes(roster)));
  packet::SignedStatement act{
      packet::statement(packet::RosterStatement{roster.log, crash_lane, roster.version, digest, replaces}),
      {}};
  const std::string bytes = canon::write(act.statement);
  act.sigs = {sign_act(gail, packet::act::key, bytes), sign_act(pavel, packet::act::key, bytes)};
  const canon::Object opening{{"salt", to_base64url(salt)}, {"members", packet::to_value(members)}};
  must(apply(gate::ActivateRoster{
      gail.account, roster, act, {{"audience", canon::Object{{"privacy-engineering", opening}}}}}));
}

void CrashOffice::grant(const std::vector<PersonId>& people, const std::string& role) {
  packet::Roster roster = core->world().active_roster(crash_lane)->roster;
  ++roster.version;
  for (const PersonId& person : people) {
    roster.grants.push_back({person, role, now, now + Duration{365LL * 86'400'000}});
  }
  activate(std::move(roster), core->state().lanes.at(crash_lane).roster);
}

void CrashOffice::list_names() {
  batch([&] { return core->remember_terms("classification", {names, now}); });
}

canon::Value CrashOffice::citation(const std::string& id) const {
  const Record& record = records.at(id);
  canon::Object said{
      {"key", record.key}, {"occurred_at", occurred}, {"content", crypto::sha256(record.content).hex()}};
  if (!record.attrs.empty() && id != "c1") {
    said.set("pins", packet::to_value(record.attrs));
  }
  return canon::Object{{"kind", record.kind},
                       {"source", record.source},
                       {"supports", canon::Array{}},
                       {"observed_at", to_string(now)},
                       {"complete_through", to_string(now)},
                       {"record", std::move(said)}};
}

void CrashOffice::observe(const std::string& source, const std::optional<RecheckId>& recheck) {
  Question question;
  question.config.source = source;
  question.recheck = recheck;
  source::Answer answer;
  answer.source = source;
  answer.observed_at = now;
  answer.complete_through = now;
  if (source == "reviewer-directory") {
    question.lanes = {crash_lane};
    answer.directory = source::Directory{"v1", {lin.person.str(), oba.person.str()}};
  }
  if (source == "classification") {
    answer.terms = names;
  }
  for (const auto& [id, record] : records) {
    const ObjectId* object = core->objects().find(source, record.key);
    if (record.source == source && object != nullptr && core->state().citing.contains(*object)) {
      question.keys.push_back(record.key);
      source::ObjectAnswer one;
      one.key = record.key;
      one.status = source::ObjectStatus::found;
      one.occurred_at = parse_instant(occurred).value();
      one.content = crypto::sha256(record.content);
      one.attrs = record.attrs;
      one.touches = record.touches;
      answer.objects.push_back(std::move(one));
    }
  }
  batch([&] { return record_answer(*core, question, answer); });
}

void CrashOffice::observe_all() {
  for (const char* source : sources) {
    observe(source, std::nullopt);
  }
}

void CrashOffice::answer(const gate::Recheck& recheck) {
  for (const packet::NeededAnswer& needed : recheck.needed) {
    observe(needed.source, recheck.id);
  }
}

std::vector<std::string> CrashOffice::holds(const PacketId& packet) const {
  std::set<std::string> out;
  for (const gate::CheckLine& line : gate::evaluate(core->world(), packet, now)) {
    if (line.outcome == gate::Outcome::hold) {
      out.insert(line.code);
    }
  }
  return {out.begin(), out.end()};
}

} // namespace sallyport::engine::testing
