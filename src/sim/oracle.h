// Judges the gate by its leaves, bodies, manifests and entries and by the town's truth. It shares no code
// with the gate: what a leaf should have said is worked out here a second time, in the plainest way.
//
// The first promise that is broken is kept; what comes after it follows from it.
#pragma once

#include "ledger/merkle.h"
#include "packet/entry.h"
#include "sim/oracle_written.h"
#include "sim/town.h"

namespace sallyport::sim {

struct Broken {
  std::string invariant; // "INV-09"
  std::string says;      // one sentence without a full stop
};

class Oracle {
public:
  explicit Oracle(const Truth& truth) : truth_(&truth) {}

  // A copy judges on by a copy of the truth.
  void follow(const Truth& truth) { truth_ = &truth; }

  // After each step. `world` is read for what the gate shows: the states, the waits.
  void judge(const Played& played, const gate::World& world);
  // The shadow against the state, whole: dearer than a step.
  void compare(const gate::State& state);

  const std::optional<Broken>& broken() const { return broken_; }

  Digest log_root() const { return tree_.root(); }

  std::uint64_t releases = 0;

private:
  struct Hold {
    packet::HoldOpened record;
    Instant first;
    packet::LeafNumber leaf = 0;
    std::optional<AccountId> opener;
  };

  struct Signed {
    packet::LeafNumber leaf = 0;
    PersonId person;
    AccountId account;
    std::string role;
    Digest key;
    Instant at;
    Digest charter; // active when it was made
    bool granted = false;
    bool withdrawn = false;
    packet::LeafNumber ledger_at = 0; // the ledger's last record then
  };

  // A signature beside the manifest: for an override or for a substitute.
  struct Given {
    packet::LeafNumber leaf = 0;
    PersonId person;
    AccountId account;
    Digest key;
    Instant at;
  };

  struct Bound {
    packet::ManifestSubmitted record;
    std::set<HoldId> overrides;
    std::map<std::string, PersonId> substitutes;
    std::map<HoldId, std::vector<Given>> overridden;
    std::map<std::string, std::vector<Given>> ratified;
    packet::Manifest said;
    std::vector<packet::AudienceMember> members;
    packet::LeafNumber leaf = 0;
    std::vector<Signed> signatures;
    bool over = false; // void or consumed
    bool authorised = false;
  };

  struct Asked {
    packet::RecheckOpened record;
    Instant at;
    packet::LeafNumber leaf = 0;
    std::map<std::string, packet::LeafNumber> answers;
  };

  // On what two packets were equal when a person decided of them: a row, and the tuples that they share.
  struct Alike {
    std::size_t row = 0;
    std::set<gate::Refs> tuples;
    bool operator==(const Alike&) const = default;
  };

  struct Apart {
    std::string how;
    std::optional<Alike> equal;
  };

  struct Split {
    Digest revision;
    std::string dimension;
    std::set<std::string> free;
    std::map<std::string, PacketId> held; // element -> the packet that it is held in
  };

  struct Carried {
    std::string code;
    std::string subject;
    Instant first;
  };

  struct Standing {
    packet::LeafNumber leaf = 0;
    PersonId person;
    Digest manifest;
  };

  struct Case {
    std::string lane;
    AccountId submitter;
    std::set<std::string> used; // signatures that counted for something here
    std::optional<Digest> last; // the revision that was sealed last
    Instant sealed_at;
    std::optional<PacketId> continues;
    bool remainder = false;
    std::map<PacketId, Apart> apart;
    std::optional<Split> split; // the last one
    std::vector<Split> splits;  // of each head, as the last split of it left it
    std::vector<Carried> carried;
    std::optional<Standing> request;
    packet::LeafNumber dismissed = 0; // leaf of the last suspicion that was none
    std::string status = "open";
    std::optional<Digest> head;
    packet::LeafNumber sealed = 0;
    std::vector<packet::Cite> cites;
    std::map<std::string, std::string> parts;
    std::set<Digest> spent;
    std::map<ManifestId, Digest> drafts; // revision
    std::map<ManifestId, std::optional<PersonId>> drafters;
    std::map<ManifestId, Digest> ids;
    std::map<Digest, Bound> manifests;
    std::map<HoldId, Hold> holds;
    packet::LeafNumber resign = 0;
    std::optional<Asked> recheck;
    std::optional<PersonId> triager;
    std::set<PersonId> authors;
    std::set<PersonId> mergers;
    std::optional<AccountId> attempted_by;
    std::map<AccountId, std::vector<Instant>> drafted; // by agents, within the hour
    std::set<std::string> attempted;
    packet::LeafNumber attempt = 0;
    std::optional<EntryId> entry;
    std::optional<PacketId> merged;
    std::optional<Instant> closed;
    std::optional<Digest> closed_under;            // the charter that was active then
    std::map<packet::LeafNumber, PersonId> courts; // legal holds that stand, and who placed them
    std::optional<packet::LeafNumber> ordered;     // the leaf by which it was given up
    bool erased = false;
    std::optional<Written> written; // of a packet that people write together
    gate::CaseTuples opened;        // before anything is sealed
    std::map<ManifestId, std::vector<packet::NamedSigner>> named;
  };

  struct EntrySeen {
    PacketId packet;
    Digest manifest;
    Instant at;
    bool delivered = false;
    bool acknowledged = false;
    bool judged = false;
    std::string verdict;
  };

  struct KeySeen {
    PersonId person;
    Instant from;
    Instant until;
    bool revoked = false;
  };

  struct Seen {
    Instant observed_at;
    Instant complete_through;
    std::string status;
    std::uint32_t ordinal = 0;
    packet::LeafNumber leaf = 0;
    bool contradicts = false;
  };

  // `about`: a code or name that tells one case of it from another.
  void require(const char* invariant, bool so, const char* says, std::string_view about = {});
  const charter::Charter* charter(const std::string& lane) const;
  const RosterTruth* roster(const std::string& lane) const;
  bool holds_role(const std::string& lane, const PersonId& person, const std::string& role, Instant at) const;
  bool is_person(const AccountId& account, const PersonId& person) const;
  bool may_sign_as(const Case& c, const Bound& bound, const PersonId& person, const std::string& role,
                   Instant at) const;
  // A substitute is for a role of which nobody could sign.
  bool somebody_can_sign(const Case& c, const Bound& bound, const std::string& role, Instant at) const;
  bool act_stands(const Case& c, const Given& act, Duration max_age, Instant at) const;
  std::set<PersonId> overriders(const Case& c, const Bound& bound, const HoldId& hold, Instant at) const;
  const Bound* in_review(const Case& c) const;
  // Blocking, and not let cross by as many persons as it takes.
  bool blocks(const Case& c, const HoldId& id, const Hold& hold, Instant at) const;
  bool held_up(const Case& c, Instant at) const;
  std::vector<packet::BoundHold> crossing_holds(const Case& c, const std::set<HoldId>& overrides) const;
  // The split of the present head; null where it goes whole.
  const Split* split_of(const Case& c) const;
  std::set<std::string> named(const Case& c, const std::string& dimension, std::string_view pointer) const;
  bool held_back(const Case& c, std::string_view pointer) const;
  bool goes_on(const Case& c, std::string_view name) const;
  std::optional<Alike> alike(const Case& a, const Case& b) const;
  std::map<std::string, std::vector<std::string>> declared(const Case& c) const;
  // Instants of an attribute over the citations of its source; nothing where one does not state it.
  std::optional<std::vector<Instant>> instants(const Case& c, const std::string& source,
                                               const std::string& attr) const;
  bool windows_open(const Case& c, Instant at) const;
  std::vector<packet::BoundWindow> windows(const Case& c) const;
  void conditions(const Case& c, Instant at);
  void clocks(const Case& c, Instant at);
  bool stale_by(const Case& c, Instant at) const;
  // Whether this step's act ended the recheck of another packet of the lane (docs/adr/0009).
  bool slot_came_free(const PacketId& id, const Case& c) const;
  bool comes_before(const PacketId& a, const PacketId& b, Instant at) const;
  void admitted(const packet::Leaf& leaf, const PacketId& id, const Case& c);
  void lineage_crosses(const packet::Leaf& leaf, const PacketId& id, const Case& c, const packet::Entry& e);
  // Dimension -> what of it crosses now: element -> clear value.
  using Crossing = std::function<std::map<std::string, std::string>(const std::string&)>;
  void nothing_of_others(const Case& c, const PacketId& id, const Crossing& crosses);
  bool barred(const Case& c, const Bound& bound, const PersonId& person, Instant at) const;
  bool stands(const Case& c, const Bound& bound, const Signed& s, Instant at) const;
  bool quorum(const Case& c, const Bound& bound, Instant at, const std::set<packet::LeafNumber>* only) const;
  std::vector<packet::AudienceMember> cut(const Case& c) const;
  Digest view(const Case& c) const;
  const Thing* snapshot(const ObjectId& object) const;
  void spend(Case& c);
  void close(Case& c, const char* status);
  std::set<PacketId> family(const PacketId& id) const;
  void written_in_time(const gate::LeafOut& out);
  void seal(const packet::Leaf& leaf, const PacketId& id, const packet::SealedFacts& facts);
  void submitted_as(const Case& c, const Bound& bound, const packet::Leaf& leaf);
  void owns_up_to(const packet::Leaf& leaf, const packet::SignedStatement& act, const PersonId& person);
  void crossing(const packet::Leaf& leaf, const packet::ReleaseCommitted& r, Case& c, Bound& bound);
  void crossing_truth(const packet::Leaf& leaf, const Case& c);
  void crossing_content(const Case& c, const Sealing& sealing, const charter::Charter& charter);
  void after(const Played& played, const gate::World& world);
  void reader(const packet::Leaf& leaf, const EntryId& entry, const PersonId& person);
  void only_allowed(const packet::Leaf& leaf);
  void no_marks(std::string_view bytes, const char* invariant);

  // ---- what people write together (oracle_workspace.cc, oracle_ledger.cc, oracle_disputes.cc)
  Written* written(const PacketId& id);
  bool owns_section(const Case& c, const std::string& section, const PersonId& person, Instant at) const;
  void prepared(const Case& c, Written& w, const AccountId& actor, bool lets);
  void continues_from(const packet::Leaf& leaf, const packet::WorkspaceOpened& r, Case& c);
  void seal_of(const packet::Leaf& leaf, const Sealing& sealing, Case& c);
  const gate::CaseTuples& tuples(const Case& c) const;
  WrittenItem* open_item(Written& w, const ItemId& id);
  static void moved(Written& w, const packet::Leaf& leaf);
  bool may_judge(const Case& c, const PersonId& person, Instant at) const;
  const charter::Acceptance* row_of(const Case& c, const WrittenItem& item) const;
  static bool offered_them(const charter::Acceptance& row, const PersonId& person, const PersonId& by);
  std::optional<packet::BoundAcceptance> accepted(const Case& c, const ItemId& id, Instant at) const;
  static bool enough(const charter::Acceptance& row, const std::vector<const WrittenAcceptance*>& acts);
  std::vector<packet::BoundAcceptance> all_accepted(const Case& c, Instant at) const;
  bool unaddressed(const Case& c, Instant at) const;
  void binds_ledger(const Case& c, const packet::Manifest& m, const packet::ManifestSubmitted& r);
  void disputes_cross(const Case& c, const Bound& bound, const packet::Entry& entry, Instant at);
  void reviews_what_is(const Case& c);
  std::optional<std::string> level_of(const Case& c) const;
  void levels_cross(const Case& c, const packet::Manifest& m);
  bool stubbed(const Case& c, std::string_view name) const;

  template <class R> void on(const packet::Leaf&, const R&) {}

  void on(const packet::Leaf&, const packet::Genesis&);
  void on(const packet::Leaf&, const packet::PrincipalAdded&);
  void on(const packet::Leaf&, const packet::PrincipalDisabled&);
  void on(const packet::Leaf&, const packet::KeyEnrolled&);
  void on(const packet::Leaf&, const packet::KeyRevoked&);
  void on(const packet::Leaf&, const packet::RosterActivated&);
  void on(const packet::Leaf&, const packet::CharterProposed&);
  void on(const packet::Leaf&, const packet::CharterRatified&);
  void on(const packet::Leaf&, const packet::CharterActivated&);
  void on(const packet::Leaf&, const packet::PacketSubmitted&);
  void on(const packet::Leaf&, const packet::RevisionSealed&);
  void on(const packet::Leaf&, const packet::DuplicateMerged&);
  void on(const packet::Leaf&, const packet::DuplicateSplit&);
  void on(const packet::Leaf&, const packet::DuplicateDismissed&);
  void on(const packet::Leaf&, const packet::ScopeSplit&);
  void on(const packet::Leaf&, const packet::RemainderOpened&);
  void on(const packet::Leaf&, const packet::HoldOverridden&);
  void on(const packet::Leaf&, const packet::SubstituteRatified&);
  void on(const packet::Leaf&, const packet::ReleaseRequested&);
  void on(const packet::Leaf&, const packet::ReleaseLapsed&);
  void on(const packet::Leaf&, const packet::LaneStateSet&);
  void on(const packet::Leaf&, const packet::CorrectionRecorded&);
  void on(const packet::Leaf&, const packet::SupersessionNotice&);
  void on(const packet::Leaf&, const packet::PacketWithdrawn&);
  void on(const packet::Leaf&, const packet::AnnexPromoted&);
  void on(const packet::Leaf&, const packet::SourceConfigured&);
  void on(const packet::Leaf&, const packet::SourceObserved&);
  void on(const packet::Leaf&, const packet::SourceEvent&);
  void on(const packet::Leaf&, const packet::MaterialTriggered&);
  void on(const packet::Leaf&, const packet::HoldOpened&);
  void on(const packet::Leaf&, const packet::HoldCleared&);
  void on(const packet::Leaf&, const packet::ManifestDrafted&);
  void on(const packet::Leaf&, const packet::ManifestSubmitted&);
  void on(const packet::Leaf&, const packet::ManifestVoided&);
  void on(const packet::Leaf&, const packet::ManifestSigned&);
  void on(const packet::Leaf&, const packet::SignatureWithdrawn&);
  void on(const packet::Leaf&, const packet::ManifestAuthorised&);
  void on(const packet::Leaf&, const packet::RecheckOpened&);
  void on(const packet::Leaf&, const packet::RecheckClosed&);
  void on(const packet::Leaf&, const packet::ReleaseCommitted&);
  void on(const packet::Leaf&, const packet::EntryDelivered&);
  void on(const packet::Leaf&, const packet::EntryAcknowledged&);
  void on(const packet::Leaf&, const packet::LaneVerdict&);
  void on(const packet::Leaf&, const packet::AttemptRefused&);
  void on(const packet::Leaf&, const packet::ErasureOrdered&);
  void on(const packet::Leaf&, const packet::ErasureDone&);
  void on(const packet::Leaf&, const packet::LegalHoldPlaced&);
  void on(const packet::Leaf&, const packet::LegalHoldLifted&);
  void on(const packet::Leaf&, const packet::WorkspaceOpened&);
  void on(const packet::Leaf&, const packet::SectionAssigned&);
  void on(const packet::Leaf&, const packet::EditProposed&);
  void on(const packet::Leaf&, const packet::EditAccepted&);
  void on(const packet::Leaf&, const packet::EditRejected&);
  void on(const packet::Leaf&, const packet::SymbolizationRefused&);
  void on(const packet::Leaf&, const packet::FlagRaised&);
  void on(const packet::Leaf&, const packet::FlagDismissed&);
  void on(const packet::Leaf&, const packet::FindingOpened&);
  void on(const packet::Leaf&, const packet::FindingJudged&);
  void on(const packet::Leaf&, const packet::FindingFixed&);
  void on(const packet::Leaf&, const packet::ObjectionRaised&);
  void on(const packet::Leaf&, const packet::ObjectionAnswered&);
  void on(const packet::Leaf&, const packet::ItemAgreed&);
  void on(const packet::Leaf&, const packet::ObjectionWithdrawn&);
  void on(const packet::Leaf&, const packet::ItemsResolved&);
  void on(const packet::Leaf&, const packet::InstructionGiven&);
  void on(const packet::Leaf&, const packet::InstructionWithdrawn&);
  void on(const packet::Leaf&, const packet::ConflictOpened&);
  void on(const packet::Leaf&, const packet::WordingProposed&);
  void on(const packet::Leaf&, const packet::ItemsAccepted&);
  void on(const packet::Leaf&, const packet::AcceptanceWithdrawn&);

  const Truth* truth_;
  std::optional<Broken> broken_;
  gate::State shadow_;
  ledger::Frontier tree_;
  const Played* played_ = nullptr; // the step that is read now
  const gate::LeafOut* out_ = nullptr;
  Instant at_;
  packet::LeafNumber next_ = 0;
  packet::LeafNumber step_from_ = 0;
  std::set<PacketId> on_the_way_; // packets with a recheck before this step
  std::set<PacketId> touched_;
  bool all_touched_ = false;

  std::map<AccountId, bool> disabled_; // every account of the log
  std::map<Digest, KeySeen> keys_;
  std::map<Digest, std::pair<std::string, PersonId>> proposed_; // lane, proposer
  std::map<Digest, std::set<PersonId>> ratified_;
  std::map<std::string, Digest> charter_; // by lane
  std::map<std::string, Digest> roster_;
  std::map<std::string, Instant> contact_;
  std::map<ObjectId, Seen> seen_;
  std::map<std::string, packet::LeafNumber> directory_; // by source: leaf of the newest answer
  std::map<std::string, Instant> directory_at_;
  std::map<PacketId, Case> cases_;
  std::set<Digest> sealed_;
  std::map<EntryId, EntrySeen> entries_;
  std::map<std::string, std::string> lane_status_; // where it is not open
};

} // namespace sallyport::sim
