// A whole release, made with real keys, signatures and a real tree, for tests of bundles: two owners, one
// approver with a key file, one with a passkey, one packet. All people and systems are invented. Options
// change what happens before it is signed, so that what a test breaks is otherwise in order.
#pragma once

#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/dsse.h"
#include "crypto/ed25519.h"
#include "crypto/sshsig_sign.h"
#include "crypto/testing/software_passkey.h"
#include "lane/bundle.h"
#include "lane/testing/log.h"
#include "packet/entry.h"
#include "packet/roster.h"
#include "packet/seal.h"
#include "packet/statement.h"
#include "packet/testing/sample.h"
#include "packet/view.h"

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sallyport::lane::testing {

inline constexpr std::string_view approver_role = "support-trust-approver";
inline constexpr std::string_view lane_name = "Q-PSR";

// A version of the charter: 0 and 1 are the owners, 2 is the approver with a key file.
struct CharterStep {
  std::function<void(canon::Object&)> edit = [](canon::Object&) {}; // of the version before it
  std::size_t proposed_by = 0;
  std::vector<std::size_t> ratified_by = {0, 1};
  std::function<void(packet::RatifyStatement&)> ratify = [](packet::RatifyStatement&) {};
  Duration notice{}; // time that passes before the activation
  std::function<void(packet::RosterStatement&)> roster_act = [](packet::RosterStatement&) {};
  std::function<void(packet::Roster&)> roster = {}; // where set: another roster comes before it
};

struct Options {
  std::uint8_t seed = 1; // of every Ed25519 key: another seed is another deployment
  std::string origin = "sallyport.example/psr";
  Instant grant_until = at("2027-05-20T00:00:00.000Z");
  Instant key_until = at("2027-11-01T00:00:00.000Z");
  std::string key_class_min = "software";
  bool step_up = false;
  Duration valid_for{4 * 3600 * 1000};
  std::int64_t approvals = 2;
  std::vector<std::size_t> founders = {0, 1}; // who ratify version 1 of the charter
  std::vector<CharterStep> later_charters;    // versions 2, 3 ...
  // Versions of the roster that come after the charters, each as an edit of the one before it.
  std::vector<std::function<void(packet::Roster&)>> later_rosters;
  bool one_person_signs_twice = false;
  bool leaf_before_genesis = false;
  bool charter_after_signatures = false;
  bool second_signature_after_release = false;
  Duration before_release{}; // time that passes between the last answer and the release
  std::function<void(packet::Roster&)> roster = [](packet::Roster&) {};
  std::function<void(canon::Object&)> charter = [](canon::Object&) {};
  std::function<void(packet::SealInput&)> seal = [](packet::SealInput&) {};
  std::function<void(packet::View&)> view = [](packet::View&) {};
  std::function<void(packet::Manifest&)> manifest = [](packet::Manifest&) {};
  std::function<void(packet::Record&)> record = [](packet::Record&) {}; // each, before it is a leaf
  std::function<void(packet::RecheckOpened&)> opened = [](packet::RecheckOpened&) {};
  std::function<void(packet::SourceObserved&)> answer = [](packet::SourceObserved&) {};
  std::function<void(packet::Entry&)> entry = [](packet::Entry&) {};
  std::function<void(packet::ReleaseCommitted&)> release = [](packet::ReleaseCommitted&) {};
};

struct Owner {
  PersonId person;
  std::string role;
  crypto::Ed25519Key key;

  std::string line() const { return crypto::make_ed25519_key(key.public_key()).line(); }
};

class Release {
public:
  explicit Release(Options options = {})
      : options_(std::move(options)), log_(options_.origin, options_.record), log_key_(key(1)), gate_(key(2)),
        witness_(key(3)), approver_(key(4)), passkey_("sallyport.example", "https://sallyport.example") {
    owners_.push_back({PersonId::from_random(11), "psr-governance", key(5)});
    owners_.push_back({PersonId::from_random(12), "support-governance", key(6)});
    if (options_.leaf_before_genesis) {
      log_.add(packet::JournalCoalesced{"unauthenticated", log_.now(), {{"malformed", 1}}});
    }
    found();
    enrol();
    activate_roster();
    write_charter();
    if (!options_.charter_after_signatures) {
      activate_charter();
    }
    for (const auto& edit : options_.later_rosters) {
      change_roster(edit, [](packet::RosterStatement&) {});
    }
    submit();
    bind();
    sign();
    if (options_.charter_after_signatures) {
      activate_charter();
    }
    recheck();
    commit();
    prove();
  }

  Files lane() const { return assemble(lane_).value(); }

  Files proof() const { return assemble(proof_).value(); }

  std::string trust() const { return trust_json({{lane_.genesis.leaf, lane_.policy}}).value(); }

  const BundleInput& lane_input() const { return lane_; }

  const BundleInput& proof_input() const { return proof_; }

  // Every disclosure of the revision, those that cross and those that do not.
  const std::vector<packet::Disclosure>& disclosures() const { return sealed_.disclosures; }

  const PersonId first = PersonId::from_random(21);  // approver with a key file
  const PersonId second = PersonId::from_random(22); // approver with a passkey

private:
  struct PublishedRoster {
    std::string json;
    packet::LeafNumber leaf = 0;
  };

  struct Charter {
    std::string json;
    Digest digest;
    packet::LeafNumber proposed = 0;
    std::vector<packet::LeafNumber> ratifications;
    packet::LeafNumber activated = 0;
  };

  crypto::Ed25519Key key(std::uint8_t which) const {
    Bytes seed(32, options_.seed);
    seed[0] = which;
    return crypto::Ed25519Key::from_seed(seed);
  }

  packet::SignedStatement signed_by(const std::vector<std::size_t>& who, const canon::Value& statement,
                                    std::string_view name_space) const {
    packet::SignedStatement act{statement, {}};
    const std::string bytes = canon::write(statement);
    for (const std::size_t i : who) {
      const crypto::Ed25519Key& key = i < owners_.size() ? owners_[i].key : approver_;
      act.sigs.push_back({person(i), crypto::make_ed25519_key(key.public_key()).fingerprint(),
                          to_base64(crypto::sign_sshsig(key, name_space, as_bytes(bytes)))});
    }
    return act;
  }

  packet::SignedStatement signed_by_owners(const canon::Value& statement, std::string_view name_space) const {
    return signed_by({0, 1}, statement, name_space);
  }

  PersonId person(std::size_t i) const { return i < owners_.size() ? owners_[i].person : first; }

  void found() {
    genesis_.origin = options_.origin;
    genesis_.log_vkey =
        ledger::VerifierKey::make(options_.origin, ledger::SignatureType::ed25519, log_key_.public_key())
            .value()
            .text();
    genesis_.gate_spki = to_base64(crypto::ed25519_spki_der(gate_.public_key()));
    genesis_.rule = "all";
    for (const Owner& owner : owners_) {
      genesis_.owners.push_back({owner.person, owner.role, owner.line(), "software", {}, {}});
    }
    genesis_.keys_from = at("2026-11-01T00:00:00.000Z");
    genesis_.keys_until = at("2028-11-01T00:00:00.000Z");
    genesis_leaf_ =
        log_.add(packet::Genesis{signed_by_owners(packet::statement(genesis_), packet::act::genesis)});
  }

  void enrol_key(packet::KeyStatement statement) {
    statement.origin = options_.origin;
    statement.valid_from = at("2026-11-01T00:00:00.000Z");
    statement.valid_until = options_.key_until;
    keys_.push_back(
        {statement.person, statement.key, statement.key_class, statement.valid_from, statement.valid_until});
    key_leaves_.push_back(
        log_.add(packet::KeyEnrolled{signed_by_owners(packet::statement(statement), packet::act::key)}));
  }

  void enrol() {
    packet::KeyStatement file;
    file.person = first;
    file.key = crypto::make_ed25519_key(approver_.public_key()).line();
    file.key_class = "software";
    enrol_key(file);
    packet::KeyStatement passkey;
    passkey.person = second;
    passkey.key = passkey_.key().line();
    passkey.key_class = "webauthn-uv";
    passkey.rp_id = "sallyport.example";
    passkey.origins = {passkey_.origin()};
    enrol_key(passkey);
  }

  void activate_roster() {
    roster_.log = options_.origin;
    roster_.lane = lane_name;
    roster_.version = 1;
    const Instant from = at("2026-11-01T00:00:00.000Z");
    for (const PersonId& person : {first, second}) {
      roster_.grants.push_back({person, std::string(approver_role), from, options_.grant_until});
    }
    roster_.audience = {{"psr-reviewers", crypto::sha256("the salted members")}};
    options_.roster(roster_);
    publish_roster([](packet::RosterStatement&) {});
  }

  void change_roster(const std::function<void(packet::Roster&)>& edit,
                     const std::function<void(packet::RosterStatement&)>& act) {
    ++roster_.version;
    edit(roster_);
    publish_roster(act);
  }

  void publish_roster(const std::function<void(packet::RosterStatement&)>& edit) {
    std::ranges::sort(roster_.grants);
    packet::RosterStatement statement{options_.origin, roster_.lane, roster_.version, {}, {}};
    if (!rosters_.empty()) {
      statement.replaces = crypto::sha256(rosters_.back().json);
    }
    const std::string json = packet::roster_bytes(roster_);
    statement.roster = crypto::sha256(json);
    edit(statement);
    rosters_.push_back({json, log_.add(packet::RosterActivated{
                                  roster_.lane, roster_.version, statement.roster,
                                  signed_by_owners(packet::statement(statement), packet::act::key)})});
  }

  void write_charter() {
    charter_text_ = {
        {"charter", "break-glass-psr"},
        {"version", 1},
        {"title", "Break-glass token replay"},
        {"flow", "dispatch"},
        {"packet_class", "break-glass-token-replay"},
        {"lane", canon::Object{{"id", lane_name}}},
        {"signers", canon::Object{{"require", canon::Array{canon::Object{{"role", approver_role},
                                                                         {"count", options_.approvals}}}},
                                  {"key_class_min", options_.key_class_min},
                                  {"step_up", options_.step_up},
                                  {"valid_for", options_.valid_for.ms}}},
        {"exposure", canon::Object{{"annexes", canon::Object{{"promote_by", approver_role}}}}},
        {"governance", canon::Object{{"owners", canon::Array{"psr-governance", "support-governance"}},
                                     {"rule", "all"},
                                     {"protects", canon::Array{}},
                                     {"min_notice", 0}}}};
    options_.charter(charter_text_);
    charter_ = crypto::sha256(canon::write(charter_text_));
  }

  void activate_charter() {
    CharterStep founding;
    founding.ratified_by = options_.founders;
    adopt(founding);
    for (const CharterStep& step : options_.later_charters) {
      if (step.roster) {
        change_roster(step.roster, step.roster_act);
      }
      charter_text_.set("version", charters_.size() + 1);
      step.edit(charter_text_);
      adopt(step);
    }
    charter_ = charters_.back().digest;
  }

  void adopt(const CharterStep& step) {
    const auto version = static_cast<std::uint32_t>(charters_.size() + 1);
    packet::RatifyStatement statement{options_.origin, "break-glass-psr", version, {}, {}};
    if (!charters_.empty()) {
      statement.replaces = charters_.back().digest;
    }
    Charter& charter = charters_.emplace_back();
    charter.json = canon::write(charter_text_);
    charter.digest = crypto::sha256(charter.json);
    statement.digest = charter.digest;
    if (!options_.later_charters.empty()) {
      charter.proposed = log_.add(packet::CharterProposed{"break-glass-psr", version, charter.digest,
                                                          std::string(lane_name), person(step.proposed_by)});
    }
    step.ratify(statement);
    for (const std::size_t who : step.ratified_by) {
      charter.ratifications.push_back(log_.add(packet::CharterRatified{
          charter.digest, signed_by({who}, packet::statement(statement), packet::act::charter)}));
    }
    log_.wait(step.notice);
    charter.activated =
        log_.add(packet::CharterActivated{"break-glass-psr", version, charter.digest, charter.ratifications});
  }

  void submit() {
    packet::SealInput input;
    input.packet = PacketId::from_random(31);
    options_.seal(input);
    sealed_ =
        packet::seal(packet::testing::sample_submission(), input, packet::testing::seeded_salts(7)).value();
    packet::PacketSubmitted record;
    record.packet = input.packet;
    record.lane = lane_name;
    record.facts.digest = sealed_.digest;
    record.facts.charter = charter_;
    record.facts.actor = AccountId::from_random(41);
    log_.add(record);
  }

  packet::View lane_view() const {
    using enum packet::Openness;
    const packet::Recipe recipe = {{"/narrative", show},         {"/operator", pseudonym},
                                   {"/privileged_path", coarse}, {"/scope/*/*", pseudonym},
                                   {"/claims/*/text", show},     {"/caveats/*/text", show},
                                   {"/citations/*/record", show}};
    std::vector<std::string> available;
    for (const packet::Disclosure& disclosure : sealed_.disclosures) {
      available.push_back(disclosure.name);
    }
    packet::View view{"lane", sealed_.digest, charter_, {}, {}};
    const auto names = packet::choose(recipe, available).names;
    for (const packet::Disclosure& disclosure : sealed_.disclosures) {
      if (std::ranges::find(names, disclosure.name) != names.end()) {
        view.disclosures.push_back(disclosure.digest);
      }
    }
    std::ranges::sort(view.disclosures);
    view.parts = {sealed_.parts.at("a1").sha256};
    return view;
  }

  void bind() {
    revision_ = packet::read_revision(sealed_.bytes).value();
    view_ = lane_view();
    options_.view(view_);
    audience_ = packet::audience_disclosure({1, 2, 3}, {{PersonId::from_random(51), {"restricted"}}});
    packet::Manifest& m = manifest_;
    m.manifest = ManifestId::from_random(61);
    m.packet = revision_.packet;
    m.revision = revision_.number;
    m.revision_digest = sealed_.digest;
    m.lane = lane_name;
    m.view = crypto::sha256(packet::view_bytes(view_));
    for (const packet::Disclosure& disclosure : sealed_.disclosures) {
      if (disclosure.name.starts_with("/scope/tenant/")) {
        m.scope["tenant"].push_back(disclosure.digest);
      }
      for (const auto& [citation, cited] : revision_.citations) {
        if (disclosure.name == "/citations/" + citation + "/record") {
          m.evidence[citation] = {cited.source, disclosure.digest, cited.observed_at, cited.complete_through,
                                  7};
        }
      }
    }
    std::ranges::sort(m.scope["tenant"]);
    m.audience = {"psr-reviewers", audience_.digest};
    m.charter = {"break-glass-psr", static_cast<std::uint32_t>(1 + options_.later_charters.size()), charter_};
    m.roster = {roster_.version, crypto::sha256(rosters_.back().json)};
    m.signers = {
        {{{std::string(approver_role)}, options_.approvals}}, {}, options_.key_class_min, options_.valid_for};
    for (const packet::Grant& grant : roster_.grants) {
      m.signers.eligible.push_back({grant.person, grant.role});
    }
    std::ranges::sort(m.signers.eligible);
    m.holds = {
        {HoldId::from_random(71), "FRESH.MISSING", "citation_kind:handling_note", "visible", log_.now()}};
    m.log = log_.head();
    options_.manifest(m);
    m.holds_digest = packet::holds_digest(m.holds);
    manifest_bytes_ = packet::manifest_bytes(m);
    manifest_digest_ = crypto::sha256(manifest_bytes_);
  }

  void add_signature(const PersonId& person, const Digest& key, std::string key_class, const Bytes& blob) {
    packet::ManifestSigned record;
    record.packet = manifest_.packet;
    record.manifest = manifest_digest_;
    record.person = person;
    record.account = AccountId::from_random(81);
    record.role = approver_role;
    record.key = key;
    record.key_class = std::move(key_class);
    record.sig = to_base64(blob);
    if (person == second) {
      record.flags = sallyport::testing::present_and_verified;
      record.counter = 2;
    }
    signatures_.push_back(log_.add(record));
  }

  void sign_with_file() {
    add_signature(first, crypto::make_ed25519_key(approver_.public_key()).fingerprint(), "software",
                  crypto::sign_sshsig(approver_, packet::act::dispatch, as_bytes(manifest_bytes_)));
  }

  void sign_with_passkey() {
    add_signature(second, passkey_.key().fingerprint(), "webauthn-uv",
                  passkey_.sign_sshsig(packet::act::dispatch, as_bytes(manifest_bytes_)));
  }

  void sign() {
    sign_with_file();
    if (options_.one_person_signs_twice) {
      sign_with_file();
    } else if (options_.approvals > 1 && !options_.second_signature_after_release) {
      sign_with_passkey();
    }
  }

  void recheck() {
    packet::RecheckOpened opened;
    opened.packet = manifest_.packet;
    opened.recheck = RecheckId::from_random(91);
    opened.manifest = manifest_digest_;
    opened.within = {30'000};
    for (const auto& [citation, evidence] : manifest_.evidence) {
      opened.needed.push_back(
          {evidence.source, {ObjectId::from_random(100 + opened.needed.size())}, opened.within});
    }
    opened.why = "completing_signature";
    options_.opened(opened);
    opened_ = log_.add(opened);
    for (const packet::NeededAnswer& needed : opened.needed) {
      packet::SourceObserved answer;
      answer.source = needed.source;
      answer.observed_at = log_.now();
      answer.complete_through = log_.now();
      answer.objects = {{needed.objects.front(), "same", 1}};
      answer.recheck = opened.recheck;
      options_.answer(answer);
      answers_.push_back(log_.add(answer));
    }
    log_.wait(options_.before_release);
  }

  void commit() {
    packet::Entry e;
    e.entry = EntryId::from_random(95);
    e.log = options_.origin;
    e.packet = manifest_.packet;
    e.revision = {manifest_.revision, manifest_.revision_digest};
    e.lane = manifest_.lane;
    e.manifest = manifest_digest_;
    e.view = manifest_.view;
    e.owner = {{first}, {std::string(approver_role)}};
    if (options_.approvals > 1 && !options_.one_person_signs_twice) {
      e.owner.persons.push_back(second);
    }
    std::ranges::sort(e.owner.persons);
    e.audience = manifest_.audience;
    e.scope = manifest_.scope;
    e.caveats = revision_.caveats;
    e.holds = manifest_.holds;
    e.recheck = RecheckId::from_random(91);
    e.released_at = log_.now();
    options_.entry(e);
    entry_ = packet::entry_bytes(e);
    packet::ReleaseCommitted r;
    r.packet = manifest_.packet;
    r.entry = e.entry;
    r.entry_digest = crypto::sha256(entry_);
    r.lane = manifest_.lane;
    r.manifest = manifest_digest_;
    r.revision = manifest_.revision_digest;
    r.view = manifest_.view;
    r.holds = manifest_.holds_digest;
    r.recheck = RecheckId::from_random(91);
    r.answers = answers_;
    r.sigs = signatures_;
    r.checks = {{"pass", {"FRESH.STALE", "SIGN.MISSING"}}};
    if (options_.second_signature_after_release) {
      r.sigs.push_back(log_.head().size + 1); // the gate could not know
    }
    options_.release(r);
    release_ = log_.add(r);
    if (options_.second_signature_after_release) {
      sign_with_passkey();
    }
    log_.sign(log_key_, witness_);
  }

  void prove() {
    BundleInput& b = proof_;
    b.kind = BundleKind::proof;
    b.entry = entry_;
    b.manifest = manifest_bytes_;
    b.manifest_dsse = crypto::dsse_envelope(gate_, crypto::dsse_in_toto_type, as_bytes(manifest_bytes_));
    b.revision = sealed_.bytes;
    b.view = packet::view_bytes(view_);
    b.signatures = log_.proven(signatures_);
    b.release = log_.proven(release_);
    b.head_consistency = log_.consistency_from(manifest_.log.size);
    b.genesis = log_.proven(genesis_leaf_);
    b.charter = log_.proven(charters_.back().activated);
    b.roster = log_.proven(rosters_.back().leaf);
    b.ratifications = log_.proven(charters_.back().ratifications);
    b.keys = log_.proven(key_leaves_);
    b.charter_json = charters_.back().json;
    b.roster_json = rosters_.back().json;
    prove_earlier();
    b.log_vkey = genesis_.log_vkey;
    b.gate_pem = crypto::ed25519_spki_pem(gate_.public_key());
    b.policy = policy();
    b.signers = packet::allowed_signers(genesis_, keys_, roster_,
                                        {{std::string(approver_role)}, std::string(approver_role)});
    lane_ = b;
    lane_.kind = BundleKind::lane;
    lane_.manifest_disclosures = {audience_.encoded};
    for (const packet::Disclosure& disclosure : sealed_.disclosures) {
      if (std::ranges::binary_search(view_.disclosures, disclosure.digest)) {
        lane_.revision_disclosures.push_back(disclosure.encoded);
      }
    }
    lane_.parts = {{sealed_.parts.at("a1").sha256.hex(), sealed_.parts.at("a1").content}};
    std::vector<packet::LeafNumber> recheck{opened_};
    recheck.insert(recheck.end(), answers_.begin(), answers_.end());
    b.recheck = log_.proven(recheck);
  }

  void prove_earlier() {
    for (const PublishedRoster& roster : std::span(rosters_).first(rosters_.size() - 1)) {
      proof_.earlier_rosters.push_back({roster.json, log_.proven(roster.leaf)});
    }
    if (charters_.size() == 1) {
      return;
    }
    proof_.proposed = log_.proven(charters_.back().proposed);
    for (const Charter& charter : std::span(charters_).first(charters_.size() - 1)) {
      proof_.earlier_charters.push_back({charter.json, log_.proven(charter.proposed),
                                         log_.proven(charter.ratifications), log_.proven(charter.activated)});
    }
  }

  std::string policy() const {
    ledger::Policy policy;
    policy.logs = {{ledger::VerifierKey::parse(genesis_.log_vkey).value(), ""}};
    policy.witnesses = {
        {"w1",
         ledger::VerifierKey::make("witness.example/w1", ledger::SignatureType::cosignature_v1,
                                   witness_.public_key())
             .value(),
         ""}};
    policy.quorum = "w1";
    return ledger::write_policy(policy);
  }

  Options options_;
  Log log_;
  crypto::Ed25519Key log_key_, gate_, witness_, approver_;
  sallyport::testing::SoftwarePasskey passkey_;
  std::vector<Owner> owners_;

  packet::GenesisStatement genesis_;
  std::vector<packet::EnrolledKey> keys_;
  packet::Roster roster_;
  std::vector<PublishedRoster> rosters_;
  canon::Object charter_text_;
  std::vector<Charter> charters_;
  Digest charter_; // the last one
  packet::SealedRevision sealed_;
  packet::Revision revision_;
  packet::View view_;
  packet::Disclosure audience_;
  packet::Manifest manifest_;
  std::string manifest_bytes_;
  Digest manifest_digest_;
  std::string entry_;

  packet::LeafNumber genesis_leaf_ = 0, opened_ = 0, release_ = 0;
  std::vector<packet::LeafNumber> key_leaves_, signatures_, answers_;
  BundleInput lane_, proof_;
};

} // namespace sallyport::lane::testing
