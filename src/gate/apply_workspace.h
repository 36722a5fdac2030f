// The part of apply() that folds the records of workspaces and ledgers.
#pragma once

#include "gate/state.h"
#include "packet/leaf.h"

namespace sallyport::gate {

struct At {
  LeafNumber n = 0;
  Instant time;
};

void fold(State& state, const packet::WorkspaceOpened& r, const At& at);
void fold(State& state, const packet::SectionAssigned& r, const At& at);
void fold(State& state, const packet::EditProposed& r, const At& at);
void fold(State& state, const packet::EditAccepted& r, const At& at);
void fold(State& state, const packet::EditRejected& r, const At& at);
void fold(State& state, const packet::SymbolizationRefused& r, const At& at);
void fold(State& state, const packet::FlagRaised& r, const At& at);
void fold(State& state, const packet::FlagDismissed& r, const At& at);
void fold(State& state, const packet::AgentActivity& r, const At& at);
void fold(State& state, const packet::FindingOpened& r, const At& at);
void fold(State& state, const packet::FindingJudged& r, const At& at);
void fold(State& state, const packet::FindingFixed& r, const At& at);
void fold(State& state, const packet::ObjectionRaised& r, const At& at);
void fold(State& state, const packet::ObjectionAnswered& r, const At& at);
void fold(State& state, const packet::ItemAgreed& r, const At& at);
void fold(State& state, const packet::ObjectionWithdrawn& r, const At& at);
void fold(State& state, const packet::ItemsResolved& r, const At& at);
void fold(State& state, const packet::InstructionGiven& r, const At& at);
void fold(State& state, const packet::InstructionWithdrawn& r, const At& at);
void fold(State& state, const packet::ConflictOpened& r, const At& at);
void fold(State& state, const packet::WordingProposed& r, const At& at);
void fold(State& state, const packet::ItemsAccepted& r, const At& at);
void fold(State& state, const packet::AcceptanceWithdrawn& r, const At& at);
void fold(State& state, const packet::ErasureOrdered& r, const At& at);
void fold(State& state, const packet::ErasureDone& r, const At& at);
void fold(State& state, const packet::LegalHoldPlaced& r, const At& at);
void fold(State& state, const packet::LegalHoldLifted& r, const At& at);

// An agent prepared something of the packet: an edit, a flag, wordings, a draft. Of others nothing is noted.
void note_prepared(State& state, const PacketId& packet, const AccountId& actor, Instant at);

// The head that they were made over is spent: acceptances fall with it, which is a record of the ledger.
void drop_acceptances(Packet& packet, LeafNumber n);

} // namespace sallyport::gate
