#include "gate/testing/fixture.h"

#include "base/limits.h"
#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/parse.h"
#include "crypto/digest.h"
#include "crypto/sshsig_sign.h"
#include "crypto/testing/software_passkey.h"
#include "gate/apply.h"
#include "gate/standing.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace sallyport::gate::testing {
namespace {

constexpr const char* origin = "sallyport.example/psr";
constexpr const char* lane = "Q-PSR";
constexpr const char* rp = "gate.example";
constexpr const char* page = "https://gate.example";

const std::map<std::string, std::pair<std::string, std::string>> kinds{
    {"c1", {"session_broker_log", "session-broker"}},    {"c2", {"remote_console_event", "remote-console"}},
    {"c3", {"tenant_boundary_alert", "intake-triage"}},  {"c4", {"case_chronology", "intake-triage"}},
    {"c5", {"idp_sign_in", "identity-provider"}},        {"c6", {"duplicate_escalation", "intake-triage"}},
    {"c7", {"break_glass_grant", "break-glass-ledger"}}, {"c8", {"tenant_record", "tenant-registry"}},
    {"c9", {"handling_note", "tenant-registry"}}};

std::string file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  SP_ASSERT(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string ref(const std::string& value) {
  return crypto::sha256("ref:" + value).hex();
}

} // namespace

void must(const Step& step) {
  for (const packet::Reason& reason : step.refused) {
    std::fprintf(stderr, "refused: %s %s\n", reason.code.c_str(), reason.where.c_str());
  }
  SP_ASSERT(step.ok());
}

charter::Charter break_glass(const Edits& edits) {
  std::string text = file(std::string(SALLYPORT_SOURCE_DIR) + "/examples/charters/break-glass-psr.toml");
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

// ---- people

crypto::PublicKey Actor::key() const {
  return passkey ? passkey->key() : crypto::make_ed25519_key(ssh->public_key());
}

Bytes Actor::sign(std::string_view name_space, std::string_view bytes) const {
  return passkey ? passkey->sign_sshsig(name_space, as_bytes(bytes))
                 : crypto::sign_sshsig(*ssh, name_space, as_bytes(bytes));
}

Actor Gate::make_key(bool passkey) {
  Actor actor;
  actor.person = PersonId::from_random(random());
  actor.account = AccountId::from_random(random());
  if (passkey) {
    actor.key_class = "webauthn-uv";
    actor.passkey = std::make_shared<sallyport::testing::SoftwarePasskey>(rp, page);
  } else {
    Bytes seed(32);
    std::ranges::generate(seed, [&] { return static_cast<std::uint8_t>(random()); });
    actor.ssh = std::make_shared<crypto::Ed25519Key>(crypto::Ed25519Key::from_seed(seed));
  }
  return actor;
}

Step Gate::enrol(const Actor& by, const Actor& whose) {
  packet::KeyStatement key{
      origin, whose.person, whose.key().line(), whose.key_class, now, now + Duration{365 * day.ms}, {}, {}};
  if (whose.passkey) {
    key.rp_id = rp;
    key.origins = {page};
  }
  return step(EnrolKey{by.account, owners_sign(packet::statement(key), packet::act::key)});
}

Actor Gate::make_person(bool passkey) {
  Actor actor = make_key(passkey);
  must(step(AddPrincipal{gail.account, actor.account, "person", actor.person, {}, {{"name", "somebody"}}}));
  must(enrol(gail, actor));
  return actor;
}

packet::SignedStatement Gate::owners_sign(const canon::Value& statement, std::string_view name_space) const {
  const std::string bytes = canon::write(statement);
  packet::SignedStatement act{statement, {}};
  for (const Actor* owner : {&gail, &pavel}) {
    act.sigs.push_back({owner->person, owner->fingerprint(), to_base64(owner->sign(name_space, bytes))});
  }
  return act;
}

// ---- the world

Gate::Gate(Options options) : options_(std::move(options)), random_(options_.seed) {
  now = parse_instant("2026-11-20T09:00:00.000Z").value();
  gail = make_key(false);
  pavel = make_key(false);
  packet::GenesisStatement genesis{
      origin,
      std::string(origin) + "+00000000+AAAA",
      "AAAA",
      "all",
      {{gail.person, "support-trust-governance", gail.key().line(), "software", {}, {}},
       {pavel.person, "product-security-governance", pavel.key().line(), "software", {}, {}}},
      now,
      now + Duration{400 * day.ms}};
  must(step(Found{owners_sign(packet::statement(genesis), packet::act::genesis)}));
  for (const Actor* owner : {&gail, &pavel}) {
    must(step(AddPrincipal{{}, owner->account, "person", owner->person, {}, {{"name", "owner"}}}));
  }
  for (Actor* actor : {&lena, &liam, &tia, &aki, &rhea, &rolf, &sid, &mira}) {
    *actor = make_person();
  }
  for (Actor* actor : {&anna, &ben, &cleo}) {
    *actor = make_person(options_.passkeys);
  }
  agent = AccountId::from_random(random());
  intake = AccountId::from_random(random());
  must(step(AddPrincipal{gail.account, agent, "agent", {}, lena.person, {{"name", "agent"}}}));
  must(step(AddPrincipal{gail.account, intake, "service", {}, sid.person, {{"name", "intake"}}}));
  for (const char* source : {"session-broker", "break-glass-ledger", "remote-console", "identity-provider",
                             "tenant-registry", "intake-triage", "reviewer-directory"}) {
    must(step(ConfigureSource{gail.account, source, {{"url", "example"}}}));
  }
  grant(gail, "support-trust-governance");
  grant(pavel, "product-security-governance");
  grant(lena, "support-trust-lead");
  grant(liam, "support-trust-lead");
  grant(sid, "psr-queue-steward");
  const Actor* approvers[] = {&anna, &ben, &cleo};
  for (std::size_t i = 0; i < options_.approvers; ++i) {
    grant(*approvers[i], "support-trust-approver");
  }
  audience = {{rhea.person, {"privileged-support-misuse"}},
              {rolf.person, {"privileged-support-misuse", "regulated-environments"}}};
  directory = {rhea.person, rolf.person};
  must(activate_roster());
  if (options_.activate) {
    must(adopt(break_glass(options_.edits)));
  }
}

void Gate::compare() const {
  SP_ASSERT(!options_.shadow || state_digest(shadow_) == state_digest(state()));
}

Step Gate::step(const Event& event) {
  std::vector<std::uint64_t> numbers(32);
  std::ranges::generate(numbers, [&] { return random(); });
  Draws draws(numbers, [this] { return random(); });
  Step out = machine.step(event, now, draws);
  for (const LeafOut& leaf : out.leaves) {
    const auto decoded = packet::decode(leaf.bytes);
    SP_ASSERT(decoded.has_value());
    const bool has_body = leaf.body.has_value();
    SP_ASSERT(decoded->body.has_value() == has_body &&
              (!has_body || *decoded->body == crypto::sha256(*leaf.body)));
    SP_ASSERT(leaf.bytes.size() <= limits::signed_leaf_bytes);
    log.push_back(leaf.bytes);
    if (options_.shadow) {
      apply(shadow_, *decoded);
    }
  }
  if (++steps_ % shadow_every == 0) {
    compare();
  }
  for (const RecheckId& probe : out.probes) {
    last.recheck = probe;
  }
  for (const CommittedEntry& entry : out.entries) {
    last.entry = entry.id;
    last.entry_bytes = entry.bytes;
  }
  return out;
}

Digest Gate::replayed() const {
  Machine again;
  for (const std::string& bytes : log) {
    again.replay(packet::decode(bytes).value());
  }
  return state_digest(again.state());
}

packet::Salt Gate::salt() {
  packet::Salt out;
  std::ranges::generate(out, [&] { return static_cast<std::uint8_t>(random()); });
  return out;
}

void Gate::grant(const Actor& who, const std::string& role, std::optional<Instant> from,
                 std::optional<Instant> until) {
  grants.push_back({who.person, role, from.value_or(now), until.value_or(now + Duration{300 * day.ms})});
}

void Gate::revoke_grant(const Actor& who, const std::string& role) {
  std::erase_if(grants, [&](const packet::Grant& g) { return g.person == who.person && g.role == role; });
}

Step Gate::activate_roster() {
  const auto at = state().lanes.find(lane);
  const bool first = at == state().lanes.end() || !at->second.roster;
  packet::Roster roster;
  roster.log = origin;
  roster.lane = lane;
  roster.version = first ? 1 : at->second.roster_version + 1;
  roster.grants = grants;
  std::ranges::sort(roster.grants);
  const packet::Salt chosen = salt();
  std::ranges::sort(audience);
  roster.audience["psr-reviewers"] = packet::audience_digest(chosen, audience);
  const packet::RosterStatement statement{origin, lane, roster.version,
                                          crypto::sha256(packet::roster_bytes(roster)),
                                          first ? std::nullopt : at->second.roster};
  const canon::Object opening{{"salt", to_base64url(chosen)}, {"members", packet::to_value(audience)}};
  return step(ActivateRoster{gail.account,
                             roster,
                             owners_sign(packet::statement(statement), packet::act::key),
                             {{"audience", canon::Object{{"psr-reviewers", opening}}}}});
}

Step Gate::propose(const Actor& by, const charter::Charter& next) {
  return step(ProposeCharter{by.account, next});
}

Step Gate::ratify(const Actor& by, const charter::Charter& next) {
  const auto at = state().lanes.find(next.lane.id);
  const canon::Value statement = packet::statement(packet::RatifyStatement{
      origin, next.id, static_cast<std::uint32_t>(next.version), charter::digest(next),
      at == state().lanes.end() ? std::nullopt : at->second.charter});
  const Bytes sig = by.sign(packet::act::charter, canon::write(statement));
  return step(RatifyCharter{by.account, {statement, {{by.person, by.fingerprint(), to_base64(sig)}}}});
}

Step Gate::activate(const Actor& by, const charter::Charter& next) {
  return step(ActivateCharter{by.account, charter::digest(next)});
}

Step Gate::adopt(const charter::Charter& next) {
  must(propose(gail, next));
  must(ratify(gail, next));
  must(ratify(pavel, next));
  return activate(gail, next);
}

// ---- packets and evidence

std::map<std::string, std::string> Gate::usual_cites(const std::string& name) {
  std::map<std::string, std::string> out;
  for (const auto& [citation, kind] : kinds) {
    if (citation == "c9") {
      continue;
    }
    const std::string key = name + "/" + citation;
    if (!objects.contains(key)) {
      Object object{ObjectId::from_random(random()), kind.second, kind.first, "same", 1, {}, {}, ""};
      if (citation == "c8") {
        object.attrs = {{"version", "v1"}, {"env_class", "standard"}, {"handling", "none"}};
      }
      object.touches["tenant"] = {"Northwind"};
      objects.emplace(key, std::move(object));
    }
    out[citation] = key;
  }
  return out;
}

Spec Gate::usual(const std::string& name) {
  Spec spec;
  spec.session = "session-" + name;
  spec.operator_ = "operator-" + name;
  spec.cites = usual_cites(name);
  spec.bounds = usual_bounds;
  spec.hidden = usual_hidden;
  spec.triager = tia.person;
  spec.authors = {aki.person};
  return spec;
}

Sealed Gate::seal(const PacketId& id, std::uint32_t number, const Spec& spec) {
  packet::Submission s;
  s.upstream = {"triage-desk", "case-1", number};
  s.upstream_digest = crypto::sha256("upstream");
  s.packet_class = spec.packet_class;
  s.lane = spec.lane;
  s.severity = spec.severity;
  s.triage = {"ts_1", now, spec.triager.value_or(PersonId{})};
  s.authors = spec.authors;
  s.fields["/narrative"] = {"what happened", {}, {}};
  s.fields["/session"] = {spec.session, {}, {}};
  s.fields["/operator"] = {spec.operator_, {}, "operator-FIR"};
  s.fields["/privileged_path"] = {"svc/billing/node-17/root",
                                  spec.coarse_path ? std::optional<canon::Value>("billing") : std::nullopt,
                                  {}};
  for (const auto& [element, value] : spec.tenants) {
    s.scope["tenant"][element] = {value, {}, "tenant-" + element};
  }
  s.bounds = spec.bounds;
  for (const auto& [dimension, elements] : spec.hidden) {
    for (const auto& [element, value] : elements) {
      s.scope[dimension][element] = {value, {}, {}};
    }
  }
  s.claims["m1"] = {"one thing"};
  for (const std::string& caveat : spec.caveats) {
    s.caveats[caveat] = {"uncorroborated", "text of " + caveat};
  }
  Sealed sealed;
  for (const auto& [citation, key] : spec.cites) {
    const Object& object = objects.at(key);
    const auto said = spec.cited_at.find(citation);
    const Instant at = said == spec.cited_at.end() ? now : said->second;
    const auto pins = spec.pins.find(citation);
    s.citations[citation] = {object.kind,
                             object.source,
                             key,
                             at,
                             at,
                             at,
                             crypto::sha256(key + std::to_string(object.ordinal)),
                             {"m1"},
                             pins == spec.pins.end() ? std::map<std::string, std::string>{} : pins->second};
    sealed.cites.push_back({citation, object.source, object.id, object.ordinal, at, at});
  }
  for (const auto& [part, as] : spec.parts) {
    s.parts[part] = {"annex",  "text/plain", part + ".txt",
                     as.state, as.include,   Bytes(as.content.begin(), as.content.end()),
                     as.bounds};
    sealed.part_states[part] = as.state;
  }
  packet::SealInput input;
  input.packet = id;
  input.revision = number;
  input.ruleset = crypto::sha256("rules");
  input.findings = static_cast<std::uint32_t>(spec.findings.size());
  for (const auto& [withheld, name] : spec.withheld) {
    input.withheld[withheld] = {name, "replayable_token", crypto::sha256("keyed")};
  }
  const packet::SealedRevision made = packet::seal(s, input, [&] { return salt(); }).value();
  sealed.revision = packet::read_revision(made.bytes).value();
  sealed.triager = spec.triager;
  sealed.authors = spec.authors;
  Dossier& dossier = sealed.dossier;
  dossier.revision = sealed.revision;
  for (const packet::Disclosure& disclosure : made.disclosures) {
    dossier.names[disclosure.name] = disclosure.digest;
    sealed.intake_pointers.push_back(packet::split_form(disclosure.name).pointer);
  }
  Refs tenants;
  for (const auto& [element, value] : spec.tenants) {
    dossier.scope["tenant"][element] = ref(value);
    tenants.push_back(ref(value));
  }
  for (const auto& [dimension, elements] : spec.hidden) {
    for (const auto& [element, value] : elements) {
      dossier.scope[dimension][element] = ref(value);
    }
  }
  std::vector<Refs> full;
  for (const std::string& tenant : tenants) {
    full.push_back({ref(spec.session), ref(spec.operator_), tenant});
  }
  dossier.cases = {full, {{ref(spec.session)}}};
  dossier.pins = spec.pins;
  dossier.findings = spec.findings;
  dossier.scan_complete = spec.scan_complete;
  sealed.body = {{"revision", std::int64_t{number}}};
  return sealed;
}

Step Gate::try_submit(const Spec& spec, PacketId* id) {
  const PacketId made = PacketId::from_random(random());
  if (id != nullptr) {
    *id = made;
  }
  return step(SubmitPacket{intake, made, seal(made, 1, spec)});
}

PacketId Gate::submit(const Spec& spec) {
  PacketId id;
  must(try_submit(spec, &id));
  return id;
}

Step Gate::revise(const PacketId& id, const Spec& spec) {
  const Packet& p = packet(id);
  const Digest last_one = p.head ? p.head->digest : p.spent.back().digest;
  return step(RevisePacket{intake, id, last_one, seal(id, p.last_number() + 1, spec)});
}

Step Gate::observe(const std::string& source, std::optional<RecheckId> recheck,
                   std::optional<Instant> observed_at, std::optional<Instant> complete_through,
                   const std::vector<std::string>& keys) {
  Observe observe;
  observe.source = source;
  observe.observed_at = observed_at.value_or(now);
  observe.complete_through = complete_through.value_or(observe.observed_at);
  observe.recheck = std::move(recheck);
  if (source == "reviewer-directory") {
    observe.directory = Directory{"d1", directory, {}};
    observe.lanes = {lane};
  }
  for (const auto& [key, object] : objects) {
    if (object.source != source || (!keys.empty() && std::ranges::find(keys, key) == keys.end()) ||
        !state().citing.contains(object.id)) {
      continue;
    }
    observe.objects.push_back({object.id, object.status, object.ordinal});
    const std::string name = "key/" + (object.key.empty() ? key : object.key);
    ObjectFacts facts{object.attrs, {}, ref(name)};
    for (const auto& [dimension, values] : object.touches) {
      for (const std::string& value : values) {
        facts.touches[dimension].push_back(ref(value));
      }
    }
    facts.stated = object.stated;
    observe.facts[object.id] = std::move(facts);
  }
  observe.body = {{"objects", observe.objects.size()}};
  return step(observe);
}

void Gate::observe_all() {
  for (const auto& [source, known] : std::map(state().sources)) {
    must(observe(source));
  }
}

Step Gate::report(const std::string& source, const std::string& event,
                  std::map<std::string, std::string> attrs, std::optional<PacketId> id,
                  std::optional<ObjectId> object) {
  return step(ReportEvent{intake, source, event, std::move(id), std::move(object), std::move(attrs)});
}

// ---- manifest and release

Step Gate::draft(const AccountId& by, const PacketId& id) {
  last.manifest = ManifestId::from_random(random());
  const Packet& p = packet(id);
  return step(DraftManifest{by, id, last.manifest, p.head ? p.head->digest : Digest{}});
}

Step Gate::submit_manifest(const Actor& by, const PacketId& id) {
  return step(
      SubmitManifest{by.account, id, last.manifest, salt(), {origin, state().size, crypto::sha256("root")}});
}

Digest Gate::bind(const PacketId& id) {
  must(draft(lena.account, id));
  must(submit_manifest(lena, id));
  return packet(id).manifests.at(last.manifest).digest;
}

Step Gate::sign(const Actor& by, const PacketId& id, const Digest& manifest, const Bytes& sig) {
  return step(SignManifest{by.account, id, manifest, sig});
}

Step Gate::sign(const Actor& by, const PacketId& id) {
  ManifestId manifest;
  const ManifestState* reviewed = packet(id).reviewed(&manifest);
  SP_ASSERT(reviewed != nullptr);
  const std::string& bytes = machine.facts().manifests.at(manifest).bytes;
  return sign(by, id, reviewed->digest, by.sign(packet::act::dispatch, bytes));
}

Step Gate::withdraw(const Actor& by, const PacketId& id, const PersonId& signer) {
  const ManifestState* reviewed = packet(id).reviewed();
  return step(WithdrawSignature{by.account, id, reviewed == nullptr ? Digest{} : reviewed->digest, signer});
}

Step Gate::request(const Actor& by, const PacketId& id) {
  const Packet& p = packet(id);
  const ManifestState* reviewed = p.reviewed();
  return step(RequestRelease{by.account, id, p.head ? p.head->digest : Digest{},
                             reviewed == nullptr ? Digest{} : reviewed->digest, lane});
}

void Gate::answer(const PacketId& id) {
  SP_ASSERT(packet(id).recheck.has_value());
  const Recheck recheck = *packet(id).recheck;
  pass(second);
  for (const packet::NeededAnswer& needed : recheck.needed) {
    must(observe(needed.source, recheck.id));
  }
}

Step Gate::commit(const PacketId& id) {
  return step(CommitRelease{id, last.recheck});
}

EntryId Gate::release(const PacketId& id) {
  bind(id);
  must(sign(anna, id));
  if (!packet(id).recheck) {
    must(sign(ben, id));
  }
  answer(id);
  must(commit(id));
  return last.entry;
}

Step Gate::deliver(const EntryId& entry) {
  return step(DeliverEntry{entry, state().size});
}

Step Gate::clear(const Actor& by, const PacketId& id, const HoldId& hold) {
  return step(ClearHold{by.account, id, hold, {{"evidence", "looked at it"}}});
}

// ---- looking

std::vector<std::string> Gate::holds(const PacketId& id) const {
  std::vector<std::string> out;
  for (const auto& [hold, h] : packet(id).holds) {
    out.push_back(h.code + " " + h.subject);
  }
  std::ranges::sort(out);
  return out;
}

HoldId Gate::hold(const PacketId& id, const std::string& code) const {
  for (const auto& [hold, h] : packet(id).holds) {
    if (h.code == code) {
      return hold;
    }
  }
  return {};
}

bool Gate::held(const PacketId& id, const std::string& code) const {
  return !hold(id, code).empty();
}

bool Gate::authorised(const PacketId& id) const {
  const ManifestState* reviewed = packet(id).reviewed();
  return reviewed != nullptr && reviewed->status == "authorised";
}

std::vector<std::string> Gate::waits(const PacketId& id) const {
  std::vector<std::string> out;
  for (const CheckLine& line : gate::waits(machine.world(), id, now)) {
    if (line.outcome == Outcome::wait) {
      out.push_back(line.code);
    }
  }
  return out;
}

bool refused(const Step& step, std::string_view code) {
  return std::ranges::any_of(step.refused, [&](const packet::Reason& reason) { return reason.code == code; });
}

} // namespace sallyport::gate::testing
