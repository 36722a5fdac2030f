// A whole release, made with real keys, signatures and a real tree, for tests of bundles: two owners, one
// approver with a key file, one with a passkey, one packet. All people and systems are invented. Options
// change what happens before it is signed, so that what a test breaks is otherwise in order.
#pragma once

#include "crypto/dsse.h"
#include "lane/bundle.h"
#include "lane/testing/ledgered.h"
#include "packet/testing/sample.h"

#include <span>

namespace sallyport::lane::testing {

class Release : private Ledgered {
public:
  explicit Release(Options options = {}) : Ledgered(std::move(options)) {
    submit();
    split();
    if (options_.acts.roster_after) {
      change_roster(options_.acts.roster_after, [](packet::RosterStatement&) {});
    }
    accept();
    bind();
    sign();
    waive();
    if (options_.charter_after_signatures) {
      activate_charter();
    }
    recheck();
    commit();
    prove();
  }

  using Deployment::first;
  using Deployment::second;

  Files lane() const { return assemble(lane_).value(); }

  Files proof() const { return assemble(proof_).value(); }

  std::string trust() const { return trust_json({{lane_.genesis.leaf, lane_.policy}}).value(); }

  const BundleInput& lane_input() const { return lane_; }

  const BundleInput& proof_input() const { return proof_; }

  // Every disclosure of the revision, those that cross and those that do not.
  const std::vector<packet::Disclosure>& disclosures() const { return sealed_.disclosures; }

private:
  void submit() {
    if (options_.ledger.there) {
      seal_workshop();
      return;
    }
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

  bool goes_on(const std::string& name) const {
    return !options_.acts.partial_by || name.starts_with("/scope/tenant/t1") ||
           name.starts_with("/claims/") || name.starts_with("/citations/");
  }

  packet::View lane_view() const {
    using enum packet::Openness;
    const packet::Recipe recipe = {
        {"/narrative", show},          {"/operator", pseudonym},        {"/privileged_path", coarse},
        {"/scope/*/*", pseudonym},     {"/claims/*/text", show},        {"/caveats/*/text", show},
        {"/citations/*/record", show}, {"/narrative/*/text", show},     {"/fragments/*/note", show},
        {"/regions/*/where", show},    {"/ledger/*/statements/*", show}};
    std::vector<std::string> available;
    for (const packet::Disclosure& disclosure : sealed_.disclosures) {
      available.push_back(disclosure.name);
    }
    packet::View view{"lane", sealed_.digest, charter_, {}, {}};
    const auto names = packet::choose(recipe, available).names;
    for (const packet::Disclosure& disclosure : sealed_.disclosures) {
      if (std::ranges::find(names, disclosure.name) != names.end() && goes_on(disclosure.name) &&
          !is_stubbed(disclosure.name)) {
        view.disclosures.push_back(disclosure.digest);
      }
    }
    std::ranges::sort(view.disclosures);
    if (options_.ledger.there) {
      for (std::size_t i = 0; i < fragment_count; ++i) {
        view.parts.push_back(crypto::sha256(envelope(i)));
      }
      std::ranges::sort(view.parts);
    } else if (!options_.acts.partial_by) {
      view.parts = {sealed_.parts.at("a1").sha256};
    }
    return view;
  }

  // What people say of the packet before it is signed.
  void split() {
    const ActOptions& acts = options_.acts;
    for (const std::size_t who : acts.split_by) {
      const PacketId other = PacketId::from_random(32 + others_.size());
      const packet::Disclosure why =
          packet::rationale_disclosure({9}, "Another case: " + std::to_string(others_.size()));
      packet::SplitStatement said{options_.origin, std::min(sealed_packet(), other),
                                  std::max(sealed_packet(), other), crypto::sha256(why.encoded)};
      acts.split_act(said);
      others_.push_back(other);
      rationales_.push_back(why.encoded);
      splits_.push_back(log_.add(packet::DuplicateSplit{
          sealed_packet(), other, {}, signed_by({who}, packet::statement(said), packet::act::split)}));
    }
    std::ranges::sort(others_);
    if (acts.partial_by) {
      packet::PartialStatement said{options_.origin, sealed_packet(), 1,     sealed_.digest,
                                    "tenant",        {"t1"},          {"t2"}};
      acts.partial_act(said);
      partial_ = log_.add(
          packet::ScopeSplit{sealed_packet(), PacketId::from_random(39),
                             signed_by({*acts.partial_by}, packet::statement(said), packet::act::split)});
    } else if (acts.promote && !options_.ledger.there) {
      promote();
    }
  }

  // By the approver with a passkey, who holds the role whoever stands in for the other one.
  void promote() {
    packet::AnnexStatement said{options_.origin, sealed_packet(), 1, sealed_.digest, "a1",
                                "redacted",      "included"};
    options_.acts.annex_act(said);
    const canon::Value value = packet::statement(said);
    const Bytes sig = passkey_.sign_sshsig(packet::act::annex, as_bytes(canon::write(value)));
    promotions_.push_back(
        log_.add(packet::AnnexPromoted{sealed_packet(),
                                       sealed_.digest,
                                       "a1",
                                       {value, {{second, passkey_.key().fingerprint(), to_base64(sig)}}}}));
  }

  // Who drafted and submitted; they may not ratify a substitute.
  void draft() {
    const AccountId account = AccountId::from_random(42);
    drafting_.push_back(log_.add(
        packet::PrincipalAdded{account, "person", PersonId::from_random(52), std::nullopt, std::nullopt}));
    drafting_.push_back(
        log_.add(packet::ManifestDrafted{manifest_.packet, manifest_.manifest, sealed_.digest, account}));
    packet::ManifestSubmitted submitted;
    submitted.packet = manifest_.packet;
    submitted.id = manifest_.manifest;
    submitted.manifest = manifest_digest_;
    submitted.person = PersonId::from_random(52);
    submitted.actor = account;
    drafting_.push_back(log_.add(submitted));
  }

  // What lets the manifest cross beyond the rule.
  void waive() {
    const ActOptions& acts = options_.acts;
    const HoldId hold = HoldId::from_random(71);
    for (const std::size_t who : acts.override_by) {
      packet::OverrideStatement said{options_.origin,
                                     manifest_.packet,
                                     manifest_.manifest,
                                     manifest_digest_,
                                     hold,
                                     packet::rationale_disclosure({8}, "It cannot wait.").digest};
      acts.override_act(said);
      overrides_.push_back(log_.add(packet::HoldOverridden{
          manifest_.packet, said.hold, said.manifest_digest, person(who), AccountId::from_random(81),
          signed_by({who}, packet::statement(said), packet::act::hold)}));
    }
    for (const std::size_t who : acts.ratify_by) {
      packet::SubstituteStatement said{options_.origin,  manifest_.packet,           manifest_.manifest,
                                       manifest_digest_, std::string(approver_role), first};
      acts.substitute_act(said);
      ratified_.push_back(log_.add(packet::SubstituteRatified{
          manifest_.packet, said.manifest_digest, said.role, said.substitute, person(who),
          AccountId::from_random(81), signed_by({who}, packet::statement(said), packet::act::hold)}));
    }
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
      if (disclosure.name.starts_with("/scope/tenant/") && goes_on(disclosure.name)) {
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
      if (grant.role != lead_role && grant.role != deputy_role) {
        m.signers.eligible.push_back({grant.person, grant.role});
      }
    }
    if (!options_.acts.ratify_by.empty()) {
      m.signers.eligible.push_back({first, std::string(approver_role)});
      m.signers.substitutes = {
          {std::string(approver_role), first, std::string(deputy_role), std::string(lead_role)}};
    }
    std::ranges::sort(m.signers.eligible);
    m.holds = {{HoldId::from_random(71), "FRESH.MISSING", "citation_kind:handling_note",
                options_.acts.override_by.empty() ? "visible" : "override", log_.now()}};
    if (!options_.acts.split_by.empty()) {
      m.also = others_;
    }
    if (options_.acts.partial_by) {
      m.remainder = true;
    }
    m.log = log_.head();
    if (options_.ledger.there) {
      bind_ledger(m);
    }
    options_.manifest(m);
    m.holds_digest = packet::holds_digest(m.holds);
    if (m.ledger) {
      m.ledger->digest = packet::ledger_digest(m.ledger->items);
      m.accepted_digest = packet::accepted_digest(m.accepted);
    }
    manifest_bytes_ = packet::manifest_bytes(m);
    manifest_digest_ = crypto::sha256(manifest_bytes_);
    if (!options_.acts.ratify_by.empty()) {
      draft();
    }
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
                  crypto::sign_sshsig(approver_, packet::signing_act(manifest_), as_bytes(manifest_bytes_)));
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
    if (options_.ledger.there) {
      opened.why = "request";
      opened.by = first;
    }
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
    e.also = manifest_.also.value_or(std::vector<PacketId>{});
    e.remainder = manifest_.remainder;
    e.continues = manifest_.continues;
    e.accepted = manifest_.accepted;
    e.disputes = manifest_.ledger;
    e.clock_state = manifest_.clock_state;
    if (manifest_.is_release()) {
      e.bounds = manifest_.bounds;
    }
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
    if (manifest_.is_release()) {
      r.ledger = manifest_.ledger->digest;
      r.accepted = manifest_.accepted_digest;
      r.accepts = accepts_;
    }
    r.checks = {{"pass", {"FRESH.STALE", "SIGN.MISSING"}}};
    if (options_.second_signature_after_release) {
      r.sigs.push_back(log_.head().size + 1); // the gate could not know
    }
    options_.release(r);
    release_ = log_.add(r);
    if (options_.second_signature_after_release) {
      sign_with_passkey();
    }
    erase();
    log_.sign(log_key_, witness_);
  }

  // The head that all proofs end in is one after the erasure.
  void erase() {
    if (auto done = options_.ledger.erased) {
      done->packet = done->packet.empty() ? manifest_.packet : done->packet;
      erasures_.push_back(log_.add(*done));
    }
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
    b.signers = packet::allowed_signers(genesis_, keys_, roster_, signer_roles());
    prove_acts();
    lane_ = b;
    lane_.kind = BundleKind::lane;
    lane_.rationales = rationales_;
    lane_.manifest_disclosures = {audience_.encoded};
    for (const auto& [item, words] : wordings_) {
      lane_.manifest_disclosures.push_back(words.encoded);
    }
    for (const packet::Disclosure& disclosure : sealed_.disclosures) {
      if (std::ranges::binary_search(view_.disclosures, disclosure.digest)) {
        lane_.revision_disclosures.push_back(disclosure.encoded);
      }
    }
    if (options_.ledger.there) {
      for (std::size_t i = 0; i < fragment_count; ++i) {
        const std::string text = envelope(i);
        const ByteView part = as_bytes(text);
        if (i != 1 || !options_.ledger.erased) {
          lane_.parts.emplace(crypto::sha256(part).hex(), Bytes(part.begin(), part.end()));
        }
      }
    } else if (!view_.parts.empty()) {
      lane_.parts = {{sealed_.parts.at("a1").sha256.hex(), sealed_.parts.at("a1").content}};
    }
    std::vector<packet::LeafNumber> recheck{opened_};
    recheck.insert(recheck.end(), answers_.begin(), answers_.end());
    b.recheck = log_.proven(recheck);
  }

  void prove_acts() {
    BundleInput& b = proof_;
    b.overrides = log_.proven(overrides_);
    b.substitutes = log_.proven(ratified_);
    if (!ratified_.empty()) {
      b.drafting = {log_.proven(drafting_[1]), log_.proven(drafting_[0]), log_.proven(drafting_[2])};
    }
    b.splits = log_.proven(splits_);
    if (partial_ != 0) {
      b.partial = log_.proven(partial_);
    }
    b.promotions = log_.proven(promotions_);
    b.accepts = log_.proven(accepts_);
    if (options_.ledger.erasure_told) {
      b.erasures = log_.proven(erasures_);
    }
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

  packet::View view_;
  packet::Disclosure audience_;
  packet::Manifest manifest_;
  std::string manifest_bytes_;
  Digest manifest_digest_;
  std::string entry_;
  std::vector<PacketId> others_; // that it was split from
  std::vector<std::string> rationales_;

  packet::LeafNumber opened_ = 0, release_ = 0, partial_ = 0;
  std::vector<packet::LeafNumber> signatures_, answers_, overrides_, ratified_, drafting_, splits_,
      promotions_, erasures_;
  BundleInput lane_, proof_;
};

} // namespace sallyport::lane::testing
