// Inside the gate only: what the parts of decide() share.
#pragma once

#include "gate/decide.h"
#include "gate/people.h"
#include "gate/retention.h"
#include "gate/standing.h"

#include "crypto/sshsig.h"

namespace sallyport::gate {

// A decision on its way: records in order, or one refusal.
class Deciding {
public:
  Deciding(const World& w, Instant t, Draws& d) : world(w), now(t), draws(d) {}

  const World world; // by value: three references, and callers pass temporaries
  Instant now;
  Draws& draws;
  Decision out;

  // The leaf number that the next record will have.
  LeafNumber next() const { return world.state.size + out.records.size(); }

  void emit(packet::Record record) { out.records.push_back({std::move(record), std::nullopt, ""}); }

  void emit(packet::Record record, canon::Object body, std::string unit) {
    out.records.push_back({std::move(record), std::move(body), std::move(unit)});
  }

  // Drops what was emitted and puts the attempt on record.
  Decision refuse(std::string verb, const AccountId& by, std::optional<PacketId> packet,
                  std::vector<packet::Reason> reasons);
  Decision refuse(std::string verb, const AccountId& by, std::optional<PacketId> packet, std::string code,
                  std::string where = "");

  // `again`: the open hold of the same code and subject, whose id and first opening are kept.
  void open_hold(const PacketId& packet, const CheckLine& line, const HoldId* again = nullptr);
  void place_hold(const PacketId& packet, const CheckLine& line, const AccountId& actor, canon::Object body);
  void void_manifests(const PacketId& packet, const std::string& cause);
  // Those in review alone: a draft binds nothing yet.
  void void_reviewed(const PacketId& packet, const std::string& cause);

  packet::HoldOpened hold_opened(const PacketId& packet, const CheckLine& line, const HoldId* again);

  // Null where the account is unknown or disabled.
  const Account* account(const AccountId& by) const;
  // The person behind a person's account; nothing for agents, services and unknown accounts.
  std::optional<PersonId> person(const AccountId& by) const;
  // The refusal's code where person() has nothing.
  std::string why_not_person(const AccountId& by) const;
};

// Whether the record fits into its leaf, with the largest header it can get.
bool fits(const packet::Record& record);

// How many of the places can be filled with different ones of the persons.
std::size_t places_filled(const std::vector<std::set<PersonId>>& places, const std::set<PersonId>& persons);

inline constexpr const char* log_unit = "log";

// Verifies one signature over a statement's canonical bytes by an enrolled key that is valid now.
Result<PersonId> verify_statement(const World& world, const packet::OwnerSignature& sig,
                                  std::string_view bytes, std::string_view name_space, Instant now,
                                  crypto::KeyClass* key_class = nullptr);
// Why the act is not one new signature by that person with a key of the class that the charter asks for: a
// refusal's code; empty where it is.
std::string why_not_signed(const Deciding& d, const Packet& packet, const packet::SignedStatement& act,
                           std::string_view name_space, const PersonId& person,
                           const charter::Charter& charter);
bool holds_one_of(const LaneRoster& roster, const PersonId& person, const charter::Names& roles, Instant now);
// Every genesis owner (or the present holder of that owner's role) has signed.
bool all_owners_signed(const World& world, const packet::SignedStatement& act, std::string_view name_space,
                       Instant now);

// A person who takes part in a packet with a workspace that is open: a refusal's code where it is not so.
std::string why_no_part(const Deciding& d, const AccountId& by, const PacketId& packet);
// Opens findings that are not open yet; a refusal's code where one is none.
std::string open_findings(Deciding& d, const AccountId& by, const PacketId& packet,
                          const std::vector<NewFinding>& findings);

// Opens the conflict that an instruction makes with those that stand in the ledger, or joins the one that is
// open. Whether it made one.
bool contradict(Deciding& d, const Ledger& ledger, const packet::InstructionGiven& given,
                const std::string& category, LeafNumber own);

std::vector<packet::Reason> blocking(const Report& report);
std::vector<packet::Reason> reasons_of(const Report& report, Outcome outcome);
void limit_inline(std::vector<packet::Reason>& reasons, std::uint32_t& more);

// Opens a recheck of the packet's manifest; what it needs is asked by the engine. A preview that is open
// gives way to it.
void open_recheck(Deciding& d, const PacketId& packet, const std::string& why, std::optional<PersonId> by,
                  LeafNumber cause, bool preview = false);

// Holds `on` against `with`, which may be the same case; nothing where it is held so already. Without
// `with`: against a case that is not here.
void suspect(Deciding& d, const PacketId& on, const std::optional<PacketId>& with, charter::OnEqual on_equal);
// Holds the packet with these case keys and every live one of the lane that shares one.
void hold_duplicates(Deciding& d, const PacketId& id, const std::string& lane, const CaseTuples& cases);

// What the lane's charter asks of a revision at the door, beside the core's own contract.
std::vector<packet::Reason> against_charter(const Sealed& sealed, const charter::Charter& charter);
packet::SealedFacts facts_of(const Sealed& sealed, const Digest& charter, const AccountId& by);

// The acts of acceptance that fall where the head is spent now; nothing where there are none.
std::optional<std::vector<LeafNumber>> fallen_acceptances(const Packet& packet);

// ---- by area; each answers the event's own records or its refusal

Decision decide_one(Deciding&, const Found&);
Decision decide_one(Deciding&, const AddPrincipal&);
Decision decide_one(Deciding&, const DisablePrincipal&);
Decision decide_one(Deciding&, const IssueToken&);
Decision decide_one(Deciding&, const RevokeToken&);
Decision decide_one(Deciding&, const EnrolKey&);
Decision decide_one(Deciding&, const RevokeKey&);
Decision decide_one(Deciding&, const ActivateRoster&);
Decision decide_one(Deciding&, const ConfigureSource&);
Decision decide_one(Deciding&, const ProposeCharter&);
Decision decide_one(Deciding&, const RatifyCharter&);
Decision decide_one(Deciding&, const ActivateCharter&);
Decision decide_one(Deciding&, const SubmitPacket&);
Decision decide_one(Deciding&, const RevisePacket&);
Decision decide_one(Deciding&, const RefuseIntake&);
Decision decide_one(Deciding&, const ReportMismatch&);
Decision decide_one(Deciding&, const WithdrawPacket&);
Decision decide_one(Deciding&, const MergePackets&);
Decision decide_one(Deciding&, const SplitPackets&);
Decision decide_one(Deciding&, const DismissSuspicion&);
Decision decide_one(Deciding&, const SplitScope&);
Decision decide_one(Deciding&, const PromoteAnnex&);
Decision decide_one(Deciding&, const Observe&);
Decision decide_one(Deciding&, const SourceFailed&);
Decision decide_one(Deciding&, const AskSource&);
Decision decide_one(Deciding&, const ReportEvent&);
Decision decide_one(Deciding&, const ClearHold&);
Decision decide_one(Deciding&, const PlaceHold&);
Decision decide_one(Deciding&, const OverrideHold&);
Decision decide_one(Deciding&, const DraftManifest&);
Decision decide_one(Deciding&, const SubmitManifest&);
Decision decide_one(Deciding&, const SignManifest&);
Decision decide_one(Deciding&, const RatifySubstitute&);
Decision decide_one(Deciding&, const WithdrawSignature&);
Decision decide_one(Deciding&, const RefuseManifest&);
Decision decide_one(Deciding&, const RequestRelease&);
Decision decide_one(Deciding&, const PreviewRecheck&);
Decision decide_one(Deciding&, const CommitRelease&);
Decision decide_one(Deciding&, const ExpireRecheck&);
Decision decide_one(Deciding&, const DeliverEntry&);
Decision decide_one(Deciding&, const AcknowledgeEntry&);
Decision decide_one(Deciding&, const SetLane&);
Decision decide_one(Deciding&, const GiveVerdict&);
Decision decide_one(Deciding&, const RecordCorrection&);
Decision decide_one(Deciding&, const GiveNotice&);
Decision decide_one(Deciding&, const RecordAccess&);
Decision decide_one(Deciding&, const RefuseAttempt&);
Decision decide_one(Deciding&, const CoalesceJournal&);
Decision decide_one(Deciding&, const Reevaluate&);
Decision decide_one(Deciding&, const OpenWorkspace&);
Decision decide_one(Deciding&, const AssignSection&);
Decision decide_one(Deciding&, const ProposeEdit&);
Decision decide_one(Deciding&, const AcceptEdit&);
Decision decide_one(Deciding&, const RejectEdit&);
Decision decide_one(Deciding&, const SealWorkspace&);
Decision decide_one(Deciding&, const RequestSymbols&);
Decision decide_one(Deciding&, const RaiseFlag&);
Decision decide_one(Deciding&, const DismissFlag&);
Decision decide_one(Deciding&, const RecordActivity&);
Decision decide_one(Deciding&, const OpenFinding&);
Decision decide_one(Deciding&, const JudgeFinding&);
Decision decide_one(Deciding&, const FixFinding&);
Decision decide_one(Deciding&, const RaiseObjection&);
Decision decide_one(Deciding&, const AnswerObjection&);
Decision decide_one(Deciding&, const AgreeItem&);
Decision decide_one(Deciding&, const WithdrawObjection&);
Decision decide_one(Deciding&, const ResolveItems&);
Decision decide_one(Deciding&, const GiveInstruction&);
Decision decide_one(Deciding&, const WithdrawInstruction&);
Decision decide_one(Deciding&, const ProposeWordings&);
Decision decide_one(Deciding&, const AcceptItems&);
Decision decide_one(Deciding&, const WithdrawAcceptance&);
Decision decide_one(Deciding&, const OrderErasure&);
Decision decide_one(Deciding&, const ConfirmErasure&);
Decision decide_one(Deciding&, const PlaceLegalHold&);
Decision decide_one(Deciding&, const LiftLegalHold&);

} // namespace sallyport::gate
