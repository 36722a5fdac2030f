#include "gate/testing/workshop.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/parse.h"
#include "crypto/digest.h"
#include "crypto/sshsig_sign.h"
#include "gate/apply.h"
#include "gate/ledger.h"
#include "gate/workspace.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

namespace sallyport::gate::testing {
namespace {

std::string ref_of(const std::string& value) {
  return crypto::sha256("ref:" + value).hex();
}

Digest node(std::uint8_t prefix, const Digest& left, const Digest* right = nullptr) {
  Bytes bytes{prefix};
  bytes.insert(bytes.end(), left.bytes.begin(), left.bytes.end());
  if (right != nullptr) {
    bytes.insert(bytes.end(), right->bytes.begin(), right->bytes.end());
  }
  return crypto::sha256(ByteView(bytes));
}

constexpr std::array sources{"dump-vault",     "symbol-server", "forensics-tool",     "redaction-policy",
                             "classification", "env-inventory", "retention-registry", "reviewer-directory"};

struct Kind {
  const char* citation;
  const char* kind;
  const char* source;
};

constexpr std::array record_kinds{Kind{"c1", "dump_fragment", "dump-vault"},
                                  Kind{"c2", "redaction_diff", "forensics-tool"},
                                  Kind{"c3", "symbolization_provenance", "symbol-server"},
                                  Kind{"c4", "redaction_rules", "redaction-policy"},
                                  Kind{"c5", "identifier_taxonomy", "classification"},
                                  Kind{"c6", "retention_record", "retention-registry"},
                                  Kind{"c7", "environment_record", "env-inventory"}};

constexpr const char* deadline = "2026-12-29T00:00:00.000Z";

} // namespace

charter::Charter crash_dump(const Edits& edits) {
  std::ifstream in(std::string(SALLYPORT_SOURCE_DIR) + "/examples/charters/crash-dump-privacy.toml",
                   std::ios::binary);
  SP_ASSERT(in.good());
  std::string text{std::istreambuf_iterator<char>(in), {}};
  for (const auto& [from, to] : edits) {
    const std::size_t at = text.find(from);
    SP_ASSERT(at != std::string::npos);
    text.replace(at, from.size(), to);
  }
  charter::Parsed parsed = charter::parse_toml(text);
  for (const charter::Fault& fault : parsed.faults) {
    if (fault.error) {
      std::fprintf(stderr, "%s\n", fault.text().c_str());
    }
  }
  SP_ASSERT(parsed.charter.has_value());
  return *std::move(parsed.charter);
}

// ---- the world

Actor Workshop::make_key() {
  Actor actor;
  actor.person = PersonId::from_random(random());
  actor.account = AccountId::from_random(random());
  Bytes seed(32);
  std::ranges::generate(seed, [&] { return static_cast<std::uint8_t>(random()); });
  actor.ssh = std::make_shared<crypto::Ed25519Key>(crypto::Ed25519Key::from_seed(seed));
  return actor;
}

packet::SignedStatement Workshop::owners_sign(const canon::Value& statement,
                                              std::string_view name_space) const {
  packet::SignedStatement act{statement, {}};
  for (const Actor* owner : {&gail, &pavel}) {
    act.sigs.push_back(
        {owner->person, owner->fingerprint(), to_base64(owner->sign(name_space, canon::write(statement)))});
  }
  return act;
}

Actor Workshop::make_person() {
  Actor actor = make_key();
  must(step(AddPrincipal{gail.account, actor.account, "person", actor.person, {}, {{"name", "somebody"}}}));
  const packet::KeyStatement key{
      origin, actor.person, actor.key().line(), actor.key_class, now, now + Duration{365 * day.ms}, {}, {}};
  must(step(EnrolKey{gail.account, owners_sign(packet::statement(key), packet::act::key)}));
  return actor;
}

Workshop::Workshop(WorkshopOptions options) : random_(options.seed) {
  now = parse_instant("2026-11-23T09:00:00.000Z").value();
  gail = make_key();
  pavel = make_key();
  const packet::GenesisStatement genesis{
      origin,
      std::string(origin) + "+00000000+AAAA",
      "AAAA",
      "all",
      {{gail.person, "privacy-governance", gail.key().line(), "software", {}, {}},
       {pavel.person, "engineering-governance", pavel.key().line(), "software", {}, {}}},
      now,
      now + Duration{400 * day.ms}};
  must(step(Found{owners_sign(packet::statement(genesis), packet::act::genesis)}));
  for (const Actor* owner : {&gail, &pavel}) {
    must(step(AddPrincipal{{}, owner->account, "person", owner->person, {}, {{"name", "owner"}}}));
  }
  for (Actor* actor : {&rhea, &piet, &mara, &tomo, &lin, &oba, &mira}) {
    *actor = make_person();
  }
  agent = AccountId::from_random(random());
  forensics = AccountId::from_random(random());
  intake = AccountId::from_random(random());
  must(step(AddPrincipal{gail.account, agent, "agent", {}, mara.person, {{"name", "agent"}}}));
  must(step(AddPrincipal{gail.account, forensics, "service", {}, mara.person, {{"name", "forensics"}}}));
  must(step(AddPrincipal{gail.account, intake, "service", {}, mara.person, {{"name", "feeds"}}}));
  for (const char* source : sources) {
    must(step(ConfigureSource{gail.account, source, {{"url", "example"}}}));
  }
  for (const auto& [who, role] : {std::pair{&gail, "privacy-governance"},
                                  {&pavel, "engineering-governance"},
                                  {&rhea, "engineering-release-owner"},
                                  {&piet, "privacy-engineering-lead"},
                                  {&mara, "crash-forensics"},
                                  {&tomo, "production-reliability"},
                                  {&oba, "privacy-intake"}}) {
    grant(*who, role);
  }
  must(activate_roster());
  const charter::Charter charter = crash_dump(options.edits);
  must(propose_charter(charter));
  for (const Actor* owner : {&gail, &pavel}) {
    const canon::Value statement = packet::statement(
        packet::RatifyStatement{origin, charter.id, 1, charter::digest(charter), std::nullopt});
    must(step(RatifyCharter{owner->account,
                            {statement,
                             {{owner->person, owner->fingerprint(),
                               to_base64(owner->sign(packet::act::charter, canon::write(statement)))}}}}));
  }
  pass(Duration{charter.governance.min_notice.ms});
  must(step(ActivateCharter{gail.account, charter::digest(charter)}));
  for (const Kind& kind : record_kinds) {
    Object object{ObjectId::from_random(random()), kind.source, kind.kind, "same", 1, {}, {}, ""};
    objects.emplace(kind.citation, std::move(object));
  }
  objects.at("c1").attrs = {{"session", "session-1"}};
  objects.at("c1").touches["crash_session"] = {"session-1"};
  objects.at("c2").touches["crash_session"] = {"session-1"};
  objects.at("c3").attrs = {{"build_id", "b1"}, {"map_digest", "m1"}};
  objects.at("c3").stated["symbolization"] = {"function"};
  objects.at("c4").attrs = {{"version", "1"}};
  objects.at("c5").attrs = {{"version", "1"}};
  objects.at("c6").attrs = {{"deadline", deadline}};
  objects.at("c7").attrs = {{"class", "regulated"}};
  objects.at("c7").touches["environment"] = {"cluster-4"};
  scan_facts.dump = "du_1";
  scan_facts.passes = 1;
  set_dump(1);
}

Step Workshop::propose_charter(const charter::Charter& charter) {
  return step(ProposeCharter{gail.account, charter});
}

void Workshop::compare() const {
  SP_ASSERT(state_digest(shadow_) == state_digest(state()));
}

Step Workshop::step(const Event& event) {
  std::vector<std::uint64_t> numbers(32);
  std::ranges::generate(numbers, [&] { return random(); });
  Draws draws(numbers, [this] { return random(); });
  Step out = machine.step(event, now, draws);
  for (const LeafOut& leaf : out.leaves) {
    const auto decoded = packet::decode(leaf.bytes);
    SP_ASSERT(decoded.has_value());
    log.push_back(leaf.bytes);
    apply(shadow_, *decoded);
  }
  if (++steps_ % shadow_every == 0) {
    compare();
  }
  for (const RecheckId& probe : out.probes) {
    recheck = probe;
  }
  for (const CommittedEntry& made : out.entries) {
    entry = made.id;
    entry_bytes = made.bytes;
  }
  return out;
}

Digest Workshop::replayed() const {
  Machine again;
  for (const std::string& bytes : log) {
    again.replay(packet::decode(bytes).value());
  }
  return state_digest(again.state());
}

packet::Salt Workshop::salt() {
  packet::Salt out;
  std::ranges::generate(out, [&] { return static_cast<std::uint8_t>(random()); });
  return out;
}

void Workshop::grant(const Actor& who, const std::string& role) {
  grants.push_back({who.person, role, now, now + Duration{300 * day.ms}});
}

void Workshop::revoke_grant(const Actor& who, const std::string& role) {
  std::erase_if(grants, [&](const packet::Grant& g) { return g.person == who.person && g.role == role; });
}

Step Workshop::activate_roster() {
  const auto at = state().lanes.find(lane);
  const bool first = at == state().lanes.end() || !at->second.roster;
  std::vector<packet::AudienceMember> audience{{lin.person, {}}, {oba.person, {}}};
  std::ranges::sort(audience);
  packet::Roster roster;
  roster.log = origin;
  roster.lane = lane;
  roster.version = first ? 1 : at->second.roster_version + 1;
  roster.grants = grants;
  std::ranges::sort(roster.grants);
  const packet::Salt chosen = salt();
  roster.audience["privacy-engineering"] = packet::audience_digest(chosen, audience);
  const packet::RosterStatement statement{origin, lane, roster.version,
                                          crypto::sha256(packet::roster_bytes(roster)),
                                          first ? std::nullopt : at->second.roster};
  const canon::Object opening{{"salt", to_base64url(chosen)}, {"members", packet::to_value(audience)}};
  return step(ActivateRoster{gail.account,
                             roster,
                             owners_sign(packet::statement(statement), packet::act::key),
                             {{"audience", canon::Object{{"privacy-engineering", opening}}}}});
}

// ---- evidence

void Workshop::set_dump(std::uint32_t rev) {
  dump_rev = rev;
  std::vector<Digest> envelopes;
  std::vector<Digest> leaves;
  for (int i = 0; i < 4; ++i) {
    envelopes.push_back(crypto::sha256("envelope " + std::to_string(rev) + "/" + std::to_string(i)));
    leaves.push_back(node(0, envelopes.back()));
  }
  const Digest left = node(1, leaves[0], &leaves[1]);
  const Digest right = node(1, leaves[2], &leaves[3]);
  scan_facts.rev = rev;
  scan_facts.root = node(1, left, &right);
  scan_facts.size = 4;
  canon::Object fragments;
  for (std::size_t i = 0; i < 4; ++i) {
    canon::Object exposure{
        {"customer_identifier", "clean"}, {"session_payload", "clean"}, {"stack_local", "clean"}};
    fragments.set("f" + std::to_string(i + 1),
                  canon::Object{{"dump", "du_1"},
                                {"rev", std::int64_t{rev}},
                                {"region", "rg" + std::to_string(i)},
                                {"class", "stack"},
                                {"bytes", 338},
                                {"sha256", envelopes[i].hex()},
                                {"index", i},
                                {"size", 4},
                                {"path", canon::Array{leaves[i ^ 1U].hex(), (i < 2 ? right : left).hex()}},
                                {"level", "function"},
                                {"passes", 1},
                                {"retention", "r_" + std::to_string(i + 1)},
                                {"cites", canon::Array{"c1"}},
                                {"exposure", std::move(exposure)}});
  }
  content.set("fragments", std::move(fragments));
  content.set("dumps", canon::Object{{"du_1", canon::Object{{"rev", std::int64_t{rev}},
                                                            {"root", scan_facts.root.hex()},
                                                            {"size", 4}}}});
  std::vector<std::string>& stated = objects.at("c1").stated["fragment"];
  stated.clear();
  for (const Digest& envelope : envelopes) {
    stated.push_back(envelope.hex());
  }
}

Workshop::Residual Workshop::left(std::uint32_t customer_identifier) {
  return {{"customer_identifier", customer_identifier}, {"session_payload", 0}, {"stack_local", 0}};
}

Step Workshop::scan(Residual residual, std::uint32_t rev) {
  Observe event;
  event.source = "forensics-tool";
  event.observed_at = now;
  event.complete_through = now;
  event.pins = pins;
  event.scan = scan_facts;
  event.scan->rev = rev == 0 ? dump_rev : rev;
  event.scan->residual = std::move(residual);
  event.body = {{"report", "kept elsewhere"}};
  Step out = step(event);
  for (const LeafOut& leaf : out.leaves) {
    if (std::holds_alternative<packet::SourceObserved>(leaf.leaf.record)) {
      scanned = leaf.leaf.n;
    }
  }
  return out;
}

Step Workshop::observe(const std::string& source, std::optional<RecheckId> asked) {
  Observe event;
  event.source = source;
  event.observed_at = now;
  event.complete_through = now;
  event.recheck = std::move(asked);
  if (source == "reviewer-directory") {
    event.directory = Directory{"d1", {lin.person, oba.person}, {}};
    event.lanes = {lane};
  }
  for (const auto& [citation, object] : objects) {
    if (object.source != source || !state().citing.contains(object.id)) {
      continue;
    }
    event.objects.push_back({object.id, object.status, object.ordinal});
    ObjectFacts facts{object.attrs, {}, ref_of("key/" + citation)};
    for (const auto& [dimension, values] : object.touches) {
      for (const std::string& value : values) {
        facts.touches[dimension].push_back(ref_of(value));
      }
    }
    facts.stated = object.stated;
    event.facts[object.id] = std::move(facts);
  }
  event.body = {{"objects", event.objects.size()}};
  return step(event);
}

void Workshop::observe_all() {
  for (const char* source : sources) {
    must(observe(source));
  }
}

Step Workshop::report(const std::string& source, const std::string& event,
                      std::map<std::string, std::string> attrs, std::optional<PacketId> id) {
  ReportEvent out{intake, source, event, std::move(id), std::nullopt, attrs};
  if (attrs.contains("session")) {
    out.refs[{"session", "crash_session"}] = ref_of(attrs.at("session"));
  }
  return step(out);
}

// ---- workspace

OpenWorkspace Workshop::opening(const std::string& group) {
  return {mara.account,
          PacketId::from_random(random()),
          lane,
          {{"dumps", mara.person}, {"privacy", piet.person}, {"runtime", tomo.person}},
          std::nullopt,
          CaseTuples{{Refs{ref_of(group)}}},
          {{"title", "a crash"}}};
}

Step Workshop::try_open(const Actor& by, const OpenWorkspace& event) {
  OpenWorkspace as = event;
  as.by = by.account;
  return step(as);
}

PacketId Workshop::open(const std::string& group) {
  const OpenWorkspace event = opening(group);
  must(step(event));
  return event.packet;
}

canon::Value Workshop::put(const std::string& at, canon::Value value) {
  return canon::Object{{"op", "put"}, {"at", at}, {"value", std::move(value)}};
}

canon::Value Workshop::remove(const std::string& at) {
  return canon::Object{{"op", "remove"}, {"at", at}};
}

Step Workshop::propose(const AccountId& by, const PacketId& id, const std::string& section,
                       const canon::Array& ops, std::optional<LeafNumber> base,
                       const std::vector<EditId>& answers) {
  last_edit = EditId::from_random(random());
  const auto& sections = workspace(id).sections;
  const LeafNumber version = sections.contains(section) ? sections.at(section).version : 0;
  return step(ProposeEdit{by, id, last_edit, section, base.value_or(version), answers, {{"ops", ops}}});
}

Step Workshop::accept(const Actor& by, const PacketId& id, const EditId& edit,
                      const std::vector<NewFinding>& findings, const std::vector<EditId>& beside) {
  return step(AcceptEdit{by.account, id, edit, beside, findings});
}

Step Workshop::reject(const Actor& by, const PacketId& id, const EditId& edit, const std::string& code) {
  return step(RejectEdit{by.account, id, edit, code, {}});
}

void Workshop::edit(const PacketId& id, const canon::Array& ops, const std::vector<NewFinding>& findings) {
  must(propose(mara.account, id, "dumps", ops));
  must(accept(mara, id, last_edit, findings));
  content = packet::apply_ops(content, packet::read_ops(canon::Value(ops)).value()).value();
}

Sealed Workshop::sealed(const PacketId& id) {
  const Packet& p = packet(id);
  packet::WorkingRevision working;
  working.packet = id;
  working.revision = p.last_number() + 1;
  working.packet_class = charter().packet_class;
  working.lane = lane;
  if (p.last_number() != 0) {
    working.predecessors = {{id, p.last_number(), p.head ? p.head->digest : p.spent.back().digest}};
  }
  working.content = content;
  working.sections = sealed_sections(*p.workspace);
  working.ledger = sealed_ledger(p.workspace->ledger);
  working.provenance = sealed_provenance(*p.workspace);
  working.ledger_at = p.workspace->ledger.items_at;
  working.continues = p.workspace->continues;
  working.ruleset = crypto::sha256("rules");
  for (const auto& [item, state] : p.workspace->ledger.items) {
    working.statements[item.str()].assign(state.statements, {rhea.person, "what somebody says"});
  }
  canon::Object citations;
  Sealed out;
  for (const auto& [citation, object] : objects) {
    citations.set(citation, canon::Object{{"kind", object.kind},
                                          {"source", object.source},
                                          {"supports", canon::Array{}},
                                          {"observed_at", to_string(now)},
                                          {"complete_through", to_string(now)},
                                          {"record", canon::Object{{"key", citation}}}});
    out.cites.push_back({citation, object.source, object.id, object.ordinal, now, now});
  }
  working.content.set("citations", std::move(citations));
  canon::Object retention;
  for (int i = 1; i <= 4; ++i) {
    retention.set("r_" + std::to_string(i),
                  canon::Object{{"deadline", written_deadline ? *written_deadline
                                                              : objects.at("c6").attrs.at("deadline")},
                                {"source", written_source},
                                {"end_state", end_state}});
  }
  working.content.set("retention", std::move(retention));
  const auto made = packet::seal(working, [&] { return salt(); });
  SP_ASSERT(made.has_value());
  bytes_ = made->bytes;
  out.revision = packet::read_revision(made->bytes).value();
  for (const auto& [fragment, sealed] : out.revision.co->fragments) {
    out.part_states[fragment] = "included";
  }
  out.dossier.revision = out.revision;
  for (const packet::Disclosure& disclosure : made->disclosures) {
    out.dossier.names[disclosure.name] = disclosure.digest;
    out.intake_pointers.push_back(packet::split_form(disclosure.name).pointer);
  }
  out.dossier.scope["crash_session"]["s1"] = ref_of("session-1");
  out.dossier.scope["environment"]["e1"] = ref_of("cluster-4");
  out.dossier.cases = machine.facts().dossiers.find(id)->cases;
  for (const auto& [citation, object] : objects) {
    if (!object.attrs.empty() && citation != "c1") {
      out.dossier.pins[citation] = object.attrs;
    }
  }
  out.dossier.scan_complete = true;
  out.body = {{"revision", std::int64_t{working.revision}}};
  return out;
}

Step Workshop::seal(const Actor& by, const PacketId& id) {
  Step out = step(SealWorkspace{by.account, id, sealed(id)});
  if (out.ok()) {
    sealed_bytes[id].push_back(bytes_);
  }
  return out;
}

PacketId Workshop::ready(const std::string& group) {
  const PacketId id = open(group);
  must(scan());
  edit(id,
       {put("/bounds/symbolization", "function"),
        put("/scope/crash_session/s1", canon::Object{{"value", "session-1"}, {"pseudonym", "session-ONE"}}),
        put("/scope/environment/e1", canon::Object{{"value", "cluster-4"}, {"pseudonym", "cluster-KEA"}}),
        put("/narrative/b1", canon::Object{{"section", "dumps"}, {"text", "what happened"}}),
        put("/claims/m1", canon::Object{{"evidence", canon::Array{"c1"}}, {"text", "a claim"}}),
        put("/regions/g1", canon::Object{{"fragment", "f1"}, {"range", "0x10-0x20"}}),
        put("/symbolization/frames/t1", canon::Object{{"fragment", "f1"},
                                                      {"count", 3},
                                                      {"trust", canon::Array{"context", "cfi", "cfi"}}})});
  must(seal(rhea, id));
  observe_all();
  return id;
}

} // namespace sallyport::gate::testing
