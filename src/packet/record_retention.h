// Records of what is kept no longer: the order to destroy a unit's keys, that it was done, and the legal
// holds that forbid it. A unit is a fragment, or, where none is named, the packet itself: all that is not a
// fragment. Reasons are in bodies. See record.h.
#pragma once

#include "packet/archive.h"
#include "packet/record_trust.h"

namespace sallyport::packet {

// A person orders it, once the deadline has passed: that which the newest revision with the fragment states,
// or, for the packet itself, that of the charter under which it closed. Of the fragment's three keys (raw
// bytes, redacted bytes, disclosures) raw_gone is the first, bytes_gone the first two, forgotten all; the
// packet itself has one.
struct ErasureOrdered {
  static constexpr std::string_view kind = "erasure.ordered";
  PacketId packet;
  std::optional<std::string> unit;      // the fragment
  std::optional<std::string> end_state; // of a fragment
  Instant deadline;
  std::optional<Digest> revision;      // that states a fragment's
  std::optional<Digest> charter;       // that states the packet's
  std::optional<std::string> clock;    // of the charter, where it has one of retention
  std::optional<std::string> disputed; // the item in which the deadline was, where it was
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("unit", unit);
    a("end_state", end_state);
    a("deadline", deadline);
    a("revision", revision);
    a("charter", charter);
    a("clock", clock);
    a("disputed", disputed);
    a("person", person);
    a("account", account);
  }
};

// The keys are destroyed; copies in backups are until then.
struct ErasureDone {
  static constexpr std::string_view kind = "erasure.done";
  PacketId packet;
  std::optional<std::string> unit;
  std::optional<std::string> end_state;
  std::uint32_t keys = 0;
  Instant backups_until;
  LeafNumber ordered = 0;
  std::optional<EntryId> notice; // the entry whose readers have copies of their own

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("unit", unit);
    a("end_state", end_state);
    a("keys", keys);
    a("backups_until", backups_until);
    a("ordered", ordered);
    a("notice", notice);
  }
};

// Its leaf number is its name. Without `unit` it is of the packet itself and of every fragment of it.
struct LegalHoldPlaced {
  static constexpr std::string_view kind = "legal_hold.placed";
  PacketId packet;
  std::optional<std::string> unit;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("unit", unit);
    a("person", person);
    a("account", account);
  }
};

struct LegalHoldLifted {
  static constexpr std::string_view kind = "legal_hold.lifted";
  PacketId packet;
  LeafNumber hold = 0;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("hold", hold);
    a("person", person);
    a("account", account);
  }
};

} // namespace sallyport::packet
