// What the store keeps, as values. Times are Instants; leaf numbers count from 0.
//
// A `unit` is a retention unit ("packet/pk_2345abcdef"): the values that are destroyed together. Each
// has one data key (keys.h). What is marked *sealed* lies encrypted under that key, with the unit and
// the row's own name as associated data, so a row that was moved does not open.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sallyport::store {

struct Body {
  std::string unit;
  Bytes bytes; // sealed
};

struct Revision {
  PacketId packet;
  std::uint32_t number = 0; // from 1
  std::string unit;
  Bytes clear;       // sealed; the revision without its _sd, which the disclosures determine
  Bytes disclosures; // sealed
};

// A part's bytes lie in the vault; this row says where.
struct Part {
  PacketId packet;
  std::string part;
  std::uint32_t revision = 0;
  std::string unit;
  Digest address;
  std::uint64_t bytes = 0; // of the plaintext
  std::string media_type;
  bool operator==(const Part&) const = default;
};

struct Manifest {
  ManifestId id;
  PacketId packet;
  Digest digest; // SHA-256 of bytes
  Bytes bytes;
  bool operator==(const Manifest&) const = default;
};

struct Entry {
  EntryId id;
  PacketId packet;
  std::string lane;
  Bytes core;
  std::uint64_t release_n = 0;      // the release leaf
  std::optional<Bytes> receipt;     // attached once a signed checkpoint covers release_n
  std::optional<Instant> delivered; // never before the receipt
  bool operator==(const Entry&) const = default;
};

struct Checkpoint {
  std::uint64_t size = 0;
  std::string note; // C2SP signed note, with the signatures known so far
  bool operator==(const Checkpoint&) const = default;
};

struct Token {
  TokenId id;
  Digest verifier; // of the secret, which is not stored
  AccountId account;
  std::string scopes; // as the engine spells them
  Instant expires;
  bool revoked = false;
  bool operator==(const Token&) const = default;
};

// The answer to a request that may come again.
struct Answer {
  std::string principal;
  std::string key;
  Digest request; // of the request; another request under the same key is the caller's conflict
  int status = 0;
  Bytes body;
  Instant at;
  bool operator==(const Answer&) const = default;
};

// Unauthenticated or malformed attempts, counted per principal, minute and code.
struct JournalLine {
  std::string principal; // "" stands for all principals beyond journal_principals in that minute
  Instant minute;
  std::string code;
  std::uint64_t count = 0;
  bool operator==(const JournalLine&) const = default;
};

inline constexpr std::size_t journal_principals = 64; // told apart per minute

// Texts kept beside their digests (roster, charter, source configuration) and, under a unit, working
// texts that are not in the log (drafts).
struct Document {
  std::string kind;
  std::string id;
  std::uint64_t version = 0;
  std::string unit; // "": kept in clear
  Bytes bytes;      // sealed iff unit is not empty
  bool operator==(const Document&) const = default;
};

} // namespace sallyport::store
