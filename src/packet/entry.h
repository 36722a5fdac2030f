// The entry core: what a lane reader must be able to say without opening anything else. Audience,
// scope and holds are copies of the manifest's and must equal them. Its SHA-256 stands in the release
// leaf; the receipt is attached later and is no part of it.
#pragma once

#include "packet/manifest.h"

namespace sallyport::packet {

struct EntryOwner {
  std::vector<PersonId> persons;  // whose signatures counted, sorted
  std::vector<std::string> roles; // the roles they signed as, sorted and unique

  template <class A> void fields(A& a) {
    a("persons", persons);
    a("roles", roles);
  }

  auto operator<=>(const EntryOwner&) const = default;
};

struct EntryRevision {
  std::uint32_t number = 0;
  Digest digest;

  template <class A> void fields(A& a) {
    a("number", number);
    a("digest", digest);
  }

  auto operator<=>(const EntryRevision&) const = default;
};

struct Entry {
  EntryId entry;
  std::string log;
  PacketId packet;
  EntryRevision revision;
  std::string lane;
  Digest manifest;
  Digest view;
  EntryOwner owner;
  BoundAudience audience;
  std::map<std::string, std::vector<std::string>> scope;
  std::optional<Bounds> bounds; // as the manifest
  std::vector<std::string> caveats;
  std::vector<BoundHold> holds;
  std::vector<PacketId> also;        // as the manifest; none is said here
  std::optional<PacketId> continues; // as the manifest
  std::optional<bool> remainder;
  RecheckId recheck;
  Instant released_at;
  // As the manifest, of a packet with a ledger: what is disputed, what of it was accepted, which clocks run.
  std::vector<BoundAcceptance> accepted = {};
  std::optional<BoundLedger> disputes = {};
  std::optional<std::vector<BoundClock>> clock_state = {};

  template <class A> void fields(A& a) {
    std::int64_t v = 1;
    a("v", v);
    a("entry", entry);
    a("log", log);
    a("packet", packet);
    a("revision", revision);
    a("lane", lane);
    a("manifest", manifest);
    a("view", view);
    a("owner", owner);
    a("audience", audience);
    a("scope", scope);
    a("bounds", bounds);
    a("caveats", caveats);
    a("holds", holds);
    a("accepted", accepted);
    a("also", also);
    a("continues", continues);
    a("remainder", remainder);
    a("recheck", recheck);
    a("released_at", released_at);
    a("disputes", disputes);
    a("clock_state", clock_state);
  }

  bool operator==(const Entry&) const = default;
};

std::string entry_bytes(const Entry& entry);
Result<Entry> read_entry(std::string_view bytes);

} // namespace sallyport::packet
