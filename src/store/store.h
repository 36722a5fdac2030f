// The one writer of one log. A directory holds log.db (the log, its tiles, and the state that goes
// with it), keys.db (keys.h) and signer.state (signer_state.h).
//
// Durability: what run() has confirmed survives a kill and a power cut (WAL, synchronous=FULL, read
// back at open; otherwise the store does not open). What it has not confirmed is there whole or not at
// all. Publish and answer only after run() returns.
//
// Portable on purpose: plain SQL, no triggers, no indexes on digests.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "store/keys.h"
#include "store/reader.h"
#include "store/rows.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace sallyport::store {

// Exists inside Store::run only.
class Transaction {
public:
  // `n` must be size(). The leaf is at most limits::signed_leaf_bytes, the body limits::body_bytes.
  Result<void> append(std::uint64_t n, ByteView leaf, const std::optional<Body>& body = std::nullopt);
  // With the leaves of this transaction.
  std::uint64_t size() const;
  Digest root() const;

  // "put" refuses a second row of the same name as a conflict, except where it says "replaces".
  Result<void> put_revision(const Revision& revision);
  Result<void> put_part(const Part& part);
  Result<void> put_manifest(const Manifest& manifest);
  Result<void> put_entry(const Entry& entry);
  Result<void> put_receipt(const EntryId& entry, ByteView receipt); // once
  Result<void> put_delivered(const EntryId& entry, Instant at);     // after the receipt, once
  Result<void> put_checkpoint(const Checkpoint& checkpoint);        // replaces: cosignatures arrive later
  Result<void> put_document(const Document& document);
  Result<void> replace_document(const Document& document);
  Result<void> remove_documents(std::string_view kind, std::string_view id);
  Result<void> put_token(const Token& token);
  Result<void> revoke_token(const TokenId& token);
  Result<void> put_answer(const Answer& answer);
  Result<void> forget_answers_before(Instant at);
  Result<void> count_attempt(std::string_view principal, Instant at, std::string_view code);
  Result<void> forget_journal_before(Instant minute);

  // Sees this transaction's rows. Its tiles and its size() are those of the last commit.
  const Reader& reader() const;

  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

private:
  friend class Store;
  struct State;

  explicit Transaction(State& state) : state_(state) {}

  State& state_;
};

class Store {
public:
  // Refuses with one clear sentence: another origin, a newer schema, settings that would lose
  // commits, a wrapping key that does not fit, a second writer, or a log, tiles and last checkpoint
  // that disagree (corrupt, naming table and leaf).
  static Result<Store> open(const std::filesystem::path& dir, const Options& options);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // BEGIN IMMEDIATE, `batch`, tiles, new data keys, COMMIT. An error of `batch` undoes everything and
  // is returned. An error of storage is `unavailable`: whether the batch is there is then unknown until
  // reload(), so drop what was derived in memory and read again. `now` dates new data keys.
  Result<void> run(Instant now, const std::function<Result<void>(Transaction&)>& batch);
  // After an unavailable run(): reads size and root back and repeats the checks of open().
  Result<void> reload();

  // As of the last commit.
  std::uint64_t size() const;
  Digest root() const;
  // On the writer's own connection; the writer's thread only.
  const Reader& reader() const;

  // The key for a blob that goes to the vault before its row; durable on return.
  Result<DataKey> obtain_unit_key(std::string_view unit, Instant now);
  // keys.h; repeat after an error.
  Result<void> destroy(std::string_view unit, Instant now);

private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Moves committed pages from the write-ahead log into log.db on a connection of its own, so that the
// writer never pays for it. Run passive() every second or so, truncate() when idle. The writer
// itself only steps in when the log has grown past 64 MiB.
class WalKeeper {
public:
  static Result<WalKeeper> open(const std::filesystem::path& dir, const Options& options);
  WalKeeper(WalKeeper&&) noexcept;
  WalKeeper& operator=(WalKeeper&&) noexcept;
  ~WalKeeper();

  Result<void> passive();
  Result<void> truncate(); // unavailable while a reader is in the way

private:
  explicit WalKeeper(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

} // namespace sallyport::store
