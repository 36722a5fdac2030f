// The records of the log: what has happened, as far as auditors may read it. Ids, digests and codes
// only; what they mean lies in erasable bodies (design section 2.2). A kind's shape is frozen once
// released: a change is a new kind or a new `v`.
//
// Naming of members follows the worked example. `packet` is there on every record that concerns one.
#pragma once

#include "packet/record_packet.h"
#include "packet/record_release.h"
#include "packet/record_retention.h"
#include "packet/record_trust.h"
#include "packet/record_workspace.h"

#include <type_traits>
#include <utility>
#include <variant>

namespace sallyport::packet {

using AnyRecord = std::variant<
    Genesis, PrincipalAdded, PrincipalDisabled, TokenIssued, TokenRevoked, KeyEnrolled, KeyRevoked,
    RosterActivated, SourceConfigured, CharterProposed, CharterRatified, CharterActivated, PacketSubmitted,
    RevisionSealed, IntakeRefused, DuplicateMerged, DuplicateSplit, DuplicateDismissed, ScopeSplit,
    RemainderOpened, PacketWithdrawn, AnnexPromoted, SourceObserved, SourceUnreachable, SourceEvent,
    MaterialTriggered, HoldOpened, HoldCleared, HoldOverridden, ManifestDrafted, ManifestSubmitted,
    ManifestVoided, ManifestSigned, SignatureWithdrawn, SubstituteRatified, ManifestRefused,
    ManifestAuthorised, ReleaseRequested, ReleaseLapsed, RecheckOpened, RecheckClosed, ReleaseCommitted,
    EntryDelivered, EntryAcknowledged, LaneStateSet, LaneVerdict, CorrectionRecorded, SupersessionNotice,
    AttemptRefused, AccessRecorded, JournalCoalesced, WorkspaceOpened, SectionAssigned, EditProposed,
    EditAccepted, EditRejected, SymbolizationRefused, FlagRaised, FlagDismissed, AgentActivity, FindingOpened,
    FindingJudged, FindingFixed, ObjectionRaised, ObjectionAnswered, ItemAgreed, ObjectionWithdrawn,
    ItemsResolved, InstructionGiven, InstructionWithdrawn, ConflictOpened, WordingProposed, ItemsAccepted,
    AcceptanceWithdrawn, ErasureOrdered, ErasureDone, LegalHoldPlaced, LegalHoldLifted>;

// Any of them. A variant of so many alternatives makes tables in every file that copies, moves or destroys
// one, which was half of what such files took to compile: those five are compiled once, in record.cc.
struct Record : AnyRecord {
  Record();
  Record(const Record&);
  Record(Record&&) noexcept;
  Record& operator=(const Record&);
  Record& operator=(Record&&) noexcept;
  ~Record();

  template <typename T>
    requires requires { T::kind; }
  Record(T record) noexcept // NOLINT(google-explicit-constructor): a record is one of its kinds
      : AnyRecord(std::in_place_type<T>, std::move(record)) {}
};

} // namespace sallyport::packet
