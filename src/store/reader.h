// Everything that can be read back. A Reader belongs to one thread; open one per thread. Each call is
// a short transaction of its own; snapshot() joins several. Do not hold a snapshot while waiting: the
// write-ahead log cannot be emptied under it.
//
// Absence is ErrorCode::not_found; sealed values of a destroyed unit are not_found with "destroyed";
// stored bytes that do not verify are corrupt, naming table and row.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "ledger/tiles.h"
#include "store/keys.h"
#include "store/rows.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::store {

struct Options {
  std::string origin;                 // of the one log that the directory belongs to
  std::filesystem::path wrapping_key; // keys.h
  bool create = false;                // make the directory, the key file and the databases
  std::string vfs; // an SQLite VFS by name, for tests that make storage fail; "": the default
};

struct Database; // the two connections

class Reader final : public ledger::TileReader {
public:
  // On connections of its own that cannot write.
  static Result<Reader> open(const std::filesystem::path& dir, const Options& options);

  // Several reads that see one state.
  Result<void> snapshot(const std::function<Result<void>()>& reads) const;

  // The log. The number of committed leaves; the root of the tree over the first `size` of them.
  Result<std::uint64_t> size() const;
  Result<Digest> root(std::uint64_t size) const;
  // Up to `count` leaves from number `from`, in order; fewer at the end of the log.
  Result<std::vector<Bytes>> leaves(std::uint64_t from, std::size_t count) const;
  Result<Bytes> leaf(std::uint64_t n) const;
  Result<Body> body(std::uint64_t n) const;
  Result<std::string> unit_of_body(std::uint64_t n) const; // also where the unit was destroyed
  Result<Checkpoint> latest_checkpoint() const;
  // The largest stored checkpoint of at most `size`; the smallest of at least `size`.
  Result<Checkpoint> checkpoint_at_most(std::uint64_t size) const;
  Result<Checkpoint> checkpoint_at_least(std::uint64_t size) const;
  // Of committed leaves; levels are tile levels.
  Result<Digest> hash(unsigned level, std::uint64_t index) const override;
  Result<void> hashes(unsigned level, std::uint64_t first, std::span<Digest> out) const override;
  // 1..256 hashes of 32 bytes: a C2SP tile, partial where it is the last of its level.
  Result<Bytes> tile(unsigned level, std::uint64_t index) const;

  // Packets and what left them.
  Result<Revision> revision(const PacketId& packet, std::uint32_t number) const;
  Result<Part> part(const PacketId& packet, std::string_view part) const;
  Result<std::vector<Part>> parts(const PacketId& packet) const;
  Result<std::vector<Part>> parts_of_unit(std::string_view unit) const; // of every packet; a scan
  Result<std::vector<Digest>> blob_addresses() const; // every blob that a part names, sorted; a scan
  Result<Manifest> manifest(const ManifestId& id) const;
  Result<Entry> entry(const EntryId& id) const;
  // By release leaf, from leaf number `from_n` on.
  Result<std::vector<Entry>> entries(std::string_view lane, std::uint64_t from_n, std::size_t count) const;
  // Released and not yet delivered, oldest first.
  Result<std::vector<Entry>> undelivered(std::size_t count) const;

  // Beside the log.
  Result<Token> token(const TokenId& id) const;
  Result<std::vector<Token>> tokens(const AccountId& account) const;
  Result<std::optional<Answer>> answer(std::string_view principal, std::string_view key) const;
  Result<std::vector<JournalLine>> journal_before(Instant minute) const;
  Result<Document> document(std::string_view kind, std::string_view id, std::uint64_t version) const;
  Result<Document> latest_document(std::string_view kind, std::string_view id) const;
  Result<std::vector<std::string>> document_ids(std::string_view kind) const;

  // Whether the unit's key was destroyed: what it sealed is gone for good, and that is no fault.
  Result<bool> is_destroyed(std::string_view unit) const;
  // A unit's data key, for the vault.
  Result<DataKey> unit_key(std::string_view unit) const;

  // Recomputes everything from the leaves up: leaf hashes, tiles, the root against the last
  // checkpoint, the digest of every other row, and that every sealed value still opens or was
  // destroyed. The first disagreement is corrupt and names table and leaf or row. Streams, and may run
  // beside a writer.
  Result<void> verify_all() const;

private:
  friend class Store;
  explicit Reader(std::shared_ptr<Database> database);

  std::shared_ptr<Database> database_;
};

} // namespace sallyport::store
