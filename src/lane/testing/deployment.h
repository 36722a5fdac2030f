// A deployment with its trust, for tests of bundles: two owners, two approvers, one lane with its rosters and
// charters. All people and systems are invented. Options change what happens before it is signed, so that
// what a test breaks is otherwise in order.
#pragma once

#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "crypto/sshsig_sign.h"
#include "crypto/testing/software_passkey.h"
#include "lane/testing/log.h"
#include "packet/entry.h"
#include "packet/roster.h"
#include "packet/seal.h"
#include "packet/statement.h"
#include "packet/view.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::lane::testing {

inline constexpr std::string_view approver_role = "support-trust-approver";
inline constexpr std::string_view deputy_role = "support-trust-deputy"; // who stands in for an approver
inline constexpr std::string_view lead_role = "support-trust-lead";
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

// What people sign beside the manifest. Signers by number: 0 and 1 are the owners, 2 is the approver with a
// key file, 3 to 5 are leads with key files, 6 is the first lead with a key that nobody enrolled.
struct ActOptions {
  bool leads = false;                      // there are leads, and the charter lets them waive and split
  std::vector<std::size_t> override_by{};  // the hold crosses by override, not visibly
  std::vector<std::size_t> ratify_by{};    // the approver with a key file is a substitute
  std::vector<std::size_t> split_by{};     // each from another packet
  std::optional<std::size_t> partial_by{}; // of the tenants, the first goes on
  bool promote = true;                     // the annex
  std::function<void(packet::Roster&)> roster_after = {}; // where set: another roster comes after splits
  std::function<void(packet::OverrideStatement&)> override_act = [](packet::OverrideStatement&) {};
  std::function<void(packet::SubstituteStatement&)> substitute_act = [](packet::SubstituteStatement&) {};
  std::function<void(packet::SplitStatement&)> split_act = [](packet::SplitStatement&) {};
  std::function<void(packet::PartialStatement&)> partial_act = [](packet::PartialStatement&) {};
  std::function<void(packet::AnnexStatement&)> annex_act = [](packet::AnnexStatement&) {};
};

// A packet with a ledger, whose release is an act of its owner: the approver with a key file. The one with a
// passkey is the privacy lead, who accepts beside him.
struct LedgerOptions {
  bool there = false;
  std::string level = "function"; // that is bound
  bool lead_accepts = true;
  std::optional<packet::ErasureDone> erased{}; // of the second fragment, after the release
  bool erasure_told = true;                    // the bundles have that leaf
  std::function<void(canon::Object&)> content = [](canon::Object&) {}; // of the revision
  std::function<void(packet::AcceptStatement&)> accept_act = [](packet::AcceptStatement&) {}; // of each
};

struct Options {
  ActOptions acts;
  LedgerOptions ledger{};
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

class Deployment {
public:
  explicit Deployment(Options options)
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
  }

  const PersonId first = PersonId::from_random(21);  // approver with a key file
  const PersonId second = PersonId::from_random(22); // approver with a passkey

protected:
  static constexpr std::size_t first_lead = 3;
  static constexpr std::size_t nobodys = 6;

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
      const crypto::Ed25519Key key = key_of(i);
      act.sigs.push_back({person(i), crypto::make_ed25519_key(key.public_key()).fingerprint(),
                          to_base64(crypto::sign_sshsig(key, name_space, as_bytes(bytes)))});
    }
    return act;
  }

  packet::SignedStatement signed_by_owners(const canon::Value& statement, std::string_view name_space) const {
    return signed_by({0, 1}, statement, name_space);
  }

  PersonId person(std::size_t i) const {
    return i < owners_.size()    ? owners_[i].person
           : i == owners_.size() ? first
                                 : PersonId::from_random(i < nobodys ? 20 + i : 23);
  }

  crypto::Ed25519Key key_of(std::size_t i) const {
    constexpr std::uint8_t seeds[] = {5, 6, 4, 7, 8, 9, 10};
    return key(seeds[i]);
  }

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
    for (std::size_t i = first_lead; options_.acts.leads && i < nobodys; ++i) {
      packet::KeyStatement lead;
      lead.person = person(i);
      lead.key = crypto::make_ed25519_key(key_of(i).public_key()).line();
      lead.key_class = "software";
      enrol_key(lead);
    }
  }

  void activate_roster() {
    roster_.log = options_.origin;
    roster_.lane = lane_name;
    roster_.version = 1;
    const Instant from = at("2026-11-01T00:00:00.000Z");
    const std::string_view role_of_first = options_.acts.ratify_by.empty() ? approver_role : deputy_role;
    roster_.grants.push_back({first, std::string(role_of_first), from, options_.grant_until});
    const std::string_view role_of_second = options_.ledger.there ? lead_role : approver_role;
    roster_.grants.push_back({second, std::string(role_of_second), from, options_.grant_until});
    for (std::size_t i = first_lead; options_.acts.leads && i < nobodys; ++i) {
      roster_.grants.push_back({person(i), std::string(lead_role), from, options_.grant_until});
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
    if (options_.acts.leads) {
      let_leads();
    }
    if (options_.ledger.there) {
      let_owner_release();
    }
    options_.charter(charter_text_);
    charter_ = crypto::sha256(canon::write(charter_text_));
  }

  void let_owner_release() {
    const auto row = [](const char* kind, canon::Array roles, bool all) {
      return canon::Object{{"item_kind", kind},
                           {"roles", std::move(roles)},
                           {"all", all},
                           {"distinct", true},
                           {"not_also", canon::Array{}}};
    };
    charter_text_.set("flow", "co_release");
    charter_text_.set("packet_class", "crash-dump-redaction-clarification");
    charter_text_.find("signers")->object()->set(
        "accepts", canon::Array{row("leakage_residual", {approver_role, lead_role}, true),
                                row("symbolization_boundary", {approver_role, lead_role}, true),
                                row("other", {approver_role}, false)});
    charter_text_.set(
        "ledger", canon::Object{{"categories", canon::Array{"attachment_lineage", "identifier_leakage",
                                                            "memory_region", "retention_conflict",
                                                            "stack_frame_necessity", "symbolization_depth"}},
                                {"must_resolve", canon::Array{}},
                                {"owner", canon::Object{{"role", approver_role}}}});
    charter_text_.set(
        "scope", canon::Object{{"symbolization",
                                canon::Object{{"type", "level"},
                                              {"levels", canon::Array{"none", "module", "function", "line"}},
                                              {"max", "function"}}}});
    charter_text_.set(
        "clocks", canon::Object{{"due", canon::Object{{"retention", canon::Object{{"kind", "retention"}}}}}});
  }

  void let_leads() {
    constexpr std::int64_t hour = 3'600'000;
    const canon::Array lead{lead_role};
    charter_text_.find("signers")->object()->set(
        "substitute",
        canon::Object{{std::string(approver_role),
                       canon::Object{{"by", deputy_role}, {"ratified_by", lead_role}, {"max_age", hour}}}});
    charter_text_.set(
        "holds",
        canon::Object{
            {"codes", canon::Object{{"FRESH.MISSING",
                                     canon::Object{{"override", canon::Object{{"roles", lead},
                                                                              {"count", 2},
                                                                              {"max_age", 2 * hour}}}}}}}});
    charter_text_.set("lineage", canon::Object{{"split_roles", lead}});
    charter_text_.set("admission", canon::Object{{"partial_dim", "tenant"}, {"partial_roles", lead}});
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

  packet::SignerRoles signer_roles() const {
    packet::SignerRoles roles{{std::string(approver_role)}, std::string(approver_role), {}, {}};
    if (options_.acts.leads) {
      roles.signers.emplace_back(deputy_role);
      roles.splitters = {std::string(lead_role)};
      roles.waivers = {std::string(lead_role)};
    }
    if (options_.ledger.there) {
      roles.releases = true;
      roles.acceptors = {std::string(approver_role), std::string(lead_role)};
    }
    return roles;
  }

  Options options_;
  Log log_;
  crypto::Ed25519Key log_key_, gate_, witness_, approver_;
  sallyport::testing::SoftwarePasskey passkey_;
  std::vector<Owner> owners_;

  packet::GenesisStatement genesis_;
  packet::LeafNumber genesis_leaf_ = 0;
  std::vector<packet::EnrolledKey> keys_;
  std::vector<packet::LeafNumber> key_leaves_;
  packet::Roster roster_;
  std::vector<PublishedRoster> rosters_;
  canon::Object charter_text_;
  std::vector<Charter> charters_;
  Digest charter_; // the last one
};

} // namespace sallyport::lane::testing
