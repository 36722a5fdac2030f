// Everything that can happen to the gate, as values. What is random (ids, salts) or measured (time,
// answers) is drawn by the engine and arrives here; nothing below draws or measures.
#pragma once

#include "gate/event_trust.h"
#include "gate/event_workspace.h"
#include "gate/world.h"
#include "packet/disclosure.h"

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace sallyport::gate {

// ---- intake and lineage

// A revision as the engine sealed it, with what the gate may know of it.
struct Sealed {
  packet::Revision revision;
  std::vector<packet::Cite> cites;
  std::map<std::string, std::string> part_states; // held | redacted
  std::optional<PersonId> triager;
  std::vector<PersonId> authors;
  std::vector<std::string> intake_pointers; // every pointer that holds a value, for lane.intake_fields
  Dossier dossier;
  canon::Object body; // what absorb() reads back
};

struct SubmitPacket {
  AccountId by;
  PacketId packet;
  Sealed sealed;
  std::optional<PacketId> continues = std::nullopt; // the packet of the same case that the lane returned
};

struct RevisePacket {
  AccountId by;
  PacketId packet;
  Digest predecessor; // the revision that upstream believes is the last
  Sealed sealed;
};

// Input that the intake contract does not take, from a known account.
struct RefuseIntake {
  AccountId by;
  std::vector<packet::Reason> reasons;
};

// The same upstream revision came again with other bytes (LINE.DIGEST_MISMATCH).
struct ReportMismatch {
  AccountId by;
  PacketId packet;
};

struct WithdrawPacket {
  AccountId by;
  PacketId packet;
  std::string code;
};

struct MergePackets {
  AccountId by;
  PersonId person; // who merged, upstream
  PacketId winner;
  PacketId loser;
  std::string code;
  canon::Object body; // the reason
};

struct SplitPackets {
  AccountId by;
  PacketId packet;
  PacketId other;
  packet::SignedStatement act;
  std::string rationale; // the disclosure that opens the statement's digest
};

// What is only suspected; a duplicate is merged or split.
struct DismissSuspicion {
  AccountId by;
  PacketId packet;
  HoldId hold;
  canon::Object body; // the rationale
};

struct SplitScope {
  AccountId by;
  PacketId packet;
  PacketId remainder; // of the packet that the held elements wait in
  packet::SignedStatement act;
};

struct PromoteAnnex {
  AccountId by;
  PacketId packet;
  packet::SignedStatement act;
};

// ---- evidence

struct Observe {
  std::string source;
  Instant observed_at;
  Instant complete_through;
  std::vector<packet::ObservedObject> objects;
  std::map<ObjectId, ObjectFacts> facts;
  std::optional<Directory> directory;
  std::vector<std::string> lanes; // whose directory it is; lanes may share one
  std::optional<RecheckId> recheck;
  canon::Object body;
  // Of a scan of a dump:
  std::optional<Instant> changed_at = std::nullopt;
  std::optional<std::map<std::string, std::uint32_t>> pins = std::nullopt;
  std::optional<packet::ScanFacts> scan = std::nullopt;
  std::optional<AccountId> brought_by = std::nullopt; // where no source was asked
};

struct SourceFailed {
  std::string source;
  std::optional<RecheckId> recheck;
};

// Somebody wants a source asked now. An answer is an Observe of its own.
struct AskSource {
  AccountId by;
  std::string source;
};

struct ReportEvent {
  AccountId by;
  std::string source;
  std::string event;
  std::optional<PacketId> packet;
  std::optional<ObjectId> object;
  std::map<std::string, std::string> attrs;
  // Of duplicate.suspected: the packet that `packet` may be the same case as.
  std::optional<PacketId> other = std::nullopt;
  // {attribute, dimension} -> the value's ref as one of the dimension, for comparison with hidden scope.
  std::map<std::pair<std::string, std::string>, std::string> refs = {};
  std::optional<Instant> changed_at = std::nullopt; // when it happened, where the source knows
};

// ---- workspace: the seal of what event_workspace.h edits

struct SealWorkspace {
  AccountId by;
  PacketId packet;
  Sealed sealed;
};

// ---- holds, manifest, signatures

struct ClearHold {
  AccountId by;
  PacketId packet;
  HoldId hold;
  canon::Object body; // the evidence
};

// A person stops the packet. `step`: the act of lane.stop_before that was asked for, with
// GOV.OUT_OF_BOUNDS.
struct PlaceHold {
  AccountId by;
  PacketId packet;
  std::string code;
  std::string step;
  canon::Object body; // the reason
};

struct OverrideHold {
  AccountId by;
  PacketId packet;
  packet::SignedStatement act;
  std::string rationale; // the disclosure whose digest the statement names
};

struct DraftManifest {
  AccountId by;
  PacketId packet;
  ManifestId manifest;
  Digest revision;
  std::vector<packet::NamedSigner> signers = {}; // of a packet with a ledger, beside its owner
};

struct SubmitManifest {
  AccountId by;
  PacketId packet;
  ManifestId manifest;
  packet::Salt audience_salt{};
  packet::BoundLog head; // the last signed checkpoint
  Waived waived{};       // holds to override, substitutes
};

struct SignManifest {
  AccountId by;
  PacketId packet;
  Digest manifest; // mandatory: nobody signs "the current one"
  Bytes sig;       // SSHSIG blob
};

struct RatifySubstitute {
  AccountId by;
  PacketId packet;
  packet::SignedStatement act;
};

struct WithdrawSignature {
  AccountId by;
  PacketId packet;
  Digest manifest;
  PersonId signer;
};

struct RefuseManifest {
  AccountId by;
  PacketId packet;
  Digest manifest;
  std::string code;
  canon::Object body;
};

// ---- release and lane

struct RequestRelease {
  AccountId by;
  PacketId packet;
  Digest revision;
  Digest manifest;
  std::string lane;
};

// The owner or a signer wants to see what would come of a press.
struct PreviewRecheck {
  AccountId by;
  PacketId packet;
  Digest manifest;
};

// Its sources have answered. What was only a preview is closed, and releases nothing.
struct CommitRelease {
  PacketId packet;
  RecheckId recheck;
};

// Time-out, or the process restarted while it was open.
struct ExpireRecheck {
  PacketId packet;
  RecheckId recheck;
  std::string code; // timeout | restart
};

struct DeliverEntry {
  EntryId entry;
  LeafNumber checkpoint = 0;
};

struct AcknowledgeEntry {
  AccountId by;
  EntryId entry;
};

// The lane's steward says whether it takes anything.
struct SetLane {
  AccountId by;
  std::string lane;
  std::string state; // open | closed | unreachable
  canon::Object body;
};

// What a reader wishes of the packet in which the case goes on.
struct Wish {
  std::string subject;
  std::string stance; // include | exclude
};

struct GiveVerdict {
  AccountId by;
  EntryId entry;
  std::string code;
  std::vector<std::string> found;
  std::vector<Wish> wanted = {};
  canon::Object body = {}; // the reason
};

struct RecordCorrection {
  AccountId by;
  EntryId entry;
  std::string code;
  canon::Object body; // the reason
};

struct GiveNotice {
  AccountId by;
  EntryId entry;
  std::optional<PacketId> successor;
  canon::Object body; // the note
};

// ---- retention

// A person orders that the keys of a fragment are destroyed, or that of the packet itself.
struct OrderErasure {
  AccountId by;
  PacketId packet;
  std::optional<std::string> unit; // the fragment
  // Of a fragment, stored bytes: from the last back to the newest that has it.
  std::vector<std::string> revisions = {};
};

// They are. How many, and until when copies are in backups.
struct ConfirmErasure {
  PacketId packet;
  std::optional<std::string> unit;
  std::uint32_t keys = 0;
  Instant backups_until;
};

struct PlaceLegalHold {
  AccountId by;
  PacketId packet;
  std::optional<std::string> unit; // absent: the packet and every fragment of it
  canon::Object body;              // the reason
};

struct LiftLegalHold {
  AccountId by;
  PacketId packet;
  LeafNumber hold = 0; // the leaf by which it was placed
  canon::Object body;  // the reason
};

// ---- reads, attempts, time

struct RecordAccess {
  AccountId by;
  PacketId packet;
  std::string what;
  std::optional<EntryId> entry;
};

// An authenticated request that a face refused before it became an event of its own: a verb that an
// agent or a scope does not have, one of the acts outside this family.
struct RefuseAttempt {
  AccountId by;
  std::string verb;
  std::optional<PacketId> packet;
  std::vector<packet::Reason> reasons;
};

struct CoalesceJournal {
  std::string principal;
  Instant minute;
  std::map<std::string, std::uint32_t> counts;
};

// Time has passed, or something around the packet moved.
struct Reevaluate {
  PacketId packet;
};

using AnyEvent = std::variant<
    Found, AddPrincipal, DisablePrincipal, IssueToken, RevokeToken, EnrolKey, RevokeKey, ActivateRoster,
    ConfigureSource, ProposeCharter, RatifyCharter, ActivateCharter, SubmitPacket, RevisePacket, RefuseIntake,
    ReportMismatch, WithdrawPacket, MergePackets, SplitPackets, DismissSuspicion, SplitScope, PromoteAnnex,
    Observe, SourceFailed, AskSource, ReportEvent, ClearHold, PlaceHold, OverrideHold, DraftManifest,
    SubmitManifest, SignManifest, RatifySubstitute, WithdrawSignature, RefuseManifest, RequestRelease,
    CommitRelease, ExpireRecheck, DeliverEntry, AcknowledgeEntry, SetLane, GiveVerdict, RecordCorrection,
    GiveNotice, RecordAccess, RefuseAttempt, CoalesceJournal, Reevaluate, OpenWorkspace, AssignSection,
    ProposeEdit, AcceptEdit, RejectEdit, SealWorkspace, RequestSymbols, RaiseFlag, DismissFlag,
    RecordActivity, OpenFinding, JudgeFinding, FixFinding, RaiseObjection, AnswerObjection, AgreeItem,
    WithdrawObjection, ResolveItems, GiveInstruction, WithdrawInstruction, ProposeWordings, AcceptItems,
    WithdrawAcceptance, PreviewRecheck, OrderErasure, ConfirmErasure, PlaceLegalHold, LiftLegalHold>;

template <typename T, typename Variant> inline constexpr bool is_alternative = false;
template <typename T, typename... Ts>
inline constexpr bool is_alternative<T, std::variant<Ts...>> = (std::is_same_v<T, Ts> || ...);

// Any of them; its special members are compiled once, in event.cc, as packet::Record's are and for its
// reason.
struct Event : AnyEvent {
  Event(const Event&);
  Event(Event&&) noexcept;
  Event& operator=(const Event&);
  Event& operator=(Event&&) noexcept;
  ~Event();

  template <typename T>
    requires is_alternative<T, AnyEvent>
  Event(T event) noexcept // NOLINT(google-explicit-constructor): an event is one of its kinds
      : AnyEvent(std::in_place_type<T>, std::move(event)) {}
};

// Random numbers that arrive with an event; taken in order. One event may hold every packet of a lane,
// and each hold has an id: no fixed number is enough for all events, so the engine also says where more
// come from. Running out where it does not is a broken promise.
class Draws {
public:
  using More = std::function<std::uint64_t()>;

  explicit Draws(std::span<const std::uint64_t> numbers, More more = {})
      : numbers_(numbers), more_(std::move(more)) {}

  std::uint64_t take() {
    if (at_ == numbers_.size()) {
      SP_ASSERT(more_ != nullptr);
      return more_();
    }
    return numbers_[at_++];
  }

private:
  std::span<const std::uint64_t> numbers_;
  std::size_t at_ = 0;
  More more_;
};

// What all but the widest events need.
inline constexpr std::size_t draws_per_step = 512;

// Objects in one Observe: they stand in one leaf. A source with more is observed in several.
inline constexpr std::size_t objects_per_observation = 96;

} // namespace sallyport::gate
