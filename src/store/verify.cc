// Everything, recomputed from the leaves up. Reads in short statements: the log only grows, so what was
// there at the start stays as it is while a writer goes on.
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "store/database.h"
#include "store/reader.h"

#include <fmt/format.h>

namespace sallyport::store {

namespace {

// Walks the stored checkpoints beside the growing tree.
class CheckpointWalk {
public:
  explicit CheckpointWalk(const Reader& reader) : reader_(reader) {}

  // To be called for every size, in order. Checks the checkpoint of that size, if there is one.
  Result<void> at(const ledger::Appender& tree) {
    if (!next_ && !done_) {
      SP_CHECK(seek(tree.size()));
    }
    if (done_ || next_->size != tree.size()) {
      return {};
    }
    const auto note = ledger::parse_note(next_->note);
    const auto head = note ? ledger::parse_checkpoint(note->text) : std::unexpected(note.error());
    if (!head || head->size != tree.size() || head->root != tree.root()) {
      return fail(ErrorCode::corrupt, fmt::format("checkpoint/{}", tree.size()),
                  fmt::format("the leaves before {} do not have the root of this checkpoint", tree.size()));
    }
    return seek(tree.size() + 1);
  }

private:
  Result<void> seek(std::uint64_t from) {
    auto found = reader_.checkpoint_at_least(from);
    done_ = !found;
    if (found) {
      next_ = std::move(*found);
      return {};
    }
    return found.error().code == ErrorCode::not_found ? Result<void>() : std::unexpected(found.error());
  }

  const Reader& reader_;
  std::optional<Checkpoint> next_;
  bool done_ = false;
};

Result<void> verify_hash(const Reader& reader, const ledger::StoredHash& computed, std::uint64_t n) {
  const auto stored = reader.hash(computed.level, computed.index);
  if (stored && *stored == computed.hash) {
    return {};
  }
  const std::string tile = fmt::format("tile/{}/{}", computed.level, computed.index / ledger::tile_width);
  if (computed.level == 0) {
    return fail(ErrorCode::corrupt, fmt::format("log/{}", n),
                fmt::format("the leaf does not have the hash that {} holds", tile));
  }
  return fail(ErrorCode::corrupt, tile,
              fmt::format("the tile does not have the hash that leaf {} completes", n));
}

Result<void> verify_log(const Reader& reader) {
  SP_TRY(const std::uint64_t size, reader.size());
  ledger::Appender tree;
  CheckpointWalk checkpoints(reader);
  std::vector<Digest> stored;
  std::vector<ledger::StoredHash> completed;
  SP_CHECK(checkpoints.at(tree));
  while (tree.size() < size) {
    const std::uint64_t first = tree.size();
    SP_TRY(const auto leaves, reader.leaves(first, std::min(ledger::tile_width, size - first)));
    if (leaves.empty()) {
      return fail(ErrorCode::corrupt, fmt::format("log/{}", first), "the leaf is missing");
    }
    stored.resize(leaves.size());
    SP_CHECK(reader.hashes(0, first, stored));
    for (const Bytes& leaf : leaves) {
      const std::uint64_t n = tree.size();
      const Digest hash = ledger::leaf_hash(leaf);
      if (hash != stored[n - first]) {
        return verify_hash(reader, {0, n, hash}, n);
      }
      completed.clear();
      tree.append(hash, completed);
      for (const auto& higher : completed) {
        SP_CHECK(higher.level == 0 ? Result<void>() : verify_hash(reader, higher, n));
      }
      SP_CHECK(checkpoints.at(tree));
    }
  }
  return {};
}

// A value of a destroyed unit is rightly unreadable.
template <class T> Result<void> readable(const Result<T>& value) {
  if (value || value.error().code == ErrorCode::not_found) {
    return {};
  }
  return std::unexpected(value.error());
}

// Calls `check` for each row of a query that lists names. The names are taken first, 256 at a time by
// rowid, so that no read stays open.
template <class Name, class Check>
Result<void> each(Connection& log, Sql page, const Name& name, const Check& check) {
  std::int64_t after = -1;
  for (;;) {
    std::vector<decltype(name(std::declval<const Query&>()))> names;
    {
      Query query = log.query(page, after);
      for (;;) {
        SP_TRY(const bool row, query.step());
        if (!row) {
          break;
        }
        after = query.integer(0);
        names.push_back(name(query));
      }
    }
    if (names.empty()) {
      return {};
    }
    for (const auto& one : names) {
      SP_CHECK(readable(check(one)));
    }
  }
}

Result<void> verify_sealed(const Reader& reader, Connection& log) {
  SP_CHECK(each(
      log, "SELECT n FROM body WHERE n > ?1 ORDER BY n LIMIT 256", [](const Query& q) { return q.number(0); },
      [&](std::uint64_t n) { return reader.body(n); }));
  using Name = std::pair<PacketId, std::uint32_t>;
  return each(
      log, "SELECT rowid, packet, number FROM revision WHERE rowid > ?1 ORDER BY rowid LIMIT 256",
      [](const Query& q) { return Name(q.id<PacketId>(1), static_cast<std::uint32_t>(q.number(2))); },
      [&](const Name& name) { return reader.revision(name.first, name.second); });
}

Result<void> verify_clear(const Reader& reader, Connection& log) {
  using Two = std::pair<std::string, std::string>;
  const auto two = [](const Query& q) { return Two(q.text(1), q.text(2)); };
  SP_CHECK(each(
      log, "SELECT rowid, packet FROM part WHERE rowid > ?1 ORDER BY rowid LIMIT 256",
      [](const Query& q) { return q.id<PacketId>(1); },
      [&](const PacketId& id) { return reader.parts(id); }));
  SP_CHECK(each(
      log, "SELECT rowid, id FROM manifest WHERE rowid > ?1 ORDER BY rowid LIMIT 256",
      [](const Query& q) { return q.id<ManifestId>(1); },
      [&](const ManifestId& id) { return reader.manifest(id); }));
  SP_CHECK(each(
      log, "SELECT rowid, id FROM entry WHERE rowid > ?1 ORDER BY rowid LIMIT 256",
      [](const Query& q) { return q.id<EntryId>(1); }, [&](const EntryId& id) { return reader.entry(id); }));
  SP_CHECK(each(
      log, "SELECT rowid, id FROM token WHERE rowid > ?1 ORDER BY rowid LIMIT 256",
      [](const Query& q) { return q.id<TokenId>(1); }, [&](const TokenId& id) { return reader.token(id); }));
  SP_CHECK(each(log, "SELECT rowid, principal, key FROM answer WHERE rowid > ?1 ORDER BY rowid LIMIT 256",
                two, [&](const Two& name) { return reader.answer(name.first, name.second); }));
  using Versioned = std::pair<Two, std::uint64_t>;
  return each(
      log, "SELECT rowid, kind, id, version FROM document WHERE rowid > ?1 ORDER BY rowid LIMIT 256",
      [&](const Query& q) { return Versioned(two(q), q.number(3)); },
      [&](const Versioned& d) { return reader.document(d.first.first, d.first.second, d.second); });
}

} // namespace

Result<void> Reader::verify_all() const {
  SP_CHECK(verify_log(*this));
  SP_CHECK(verify_sealed(*this, *database_->log));
  return verify_clear(*this, *database_->log);
}

} // namespace sallyport::store
