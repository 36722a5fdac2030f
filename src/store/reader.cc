#include "store/reader.h"

#include "store/database.h"
#include "store/sums.h"

#include <fmt/format.h>

#include <algorithm>

namespace sallyport::store {

namespace {

std::unexpected<Error> absent(std::string where, const char* message) {
  return fail(ErrorCode::not_found, std::move(where), message);
}

// Says which row an error of unseal() was about.
template <class T> Result<T> at_row(Result<T> value, std::string where) {
  if (!value) {
    value.error().where = std::move(where);
  }
  return value;
}

Result<Checkpoint> checkpoint_from(Query query) {
  SP_TRY(const bool found, query.step());
  if (!found) {
    return absent("checkpoint", "there is no such checkpoint");
  }
  Checkpoint checkpoint{query.number(0), query.text(1)};
  if (sum_of(checkpoint) != query.digest(2)) {
    return fail(ErrorCode::corrupt, fmt::format("checkpoint/{}", checkpoint.size), "the row was changed");
  }
  return checkpoint;
}

} // namespace

Reader::Reader(std::shared_ptr<Database> database) : database_(std::move(database)) {
}

Result<Reader> Reader::open(const std::filesystem::path& dir, const Options& options) {
  SP_TRY(auto database, Database::open(dir, options, Connection::Mode::read));
  return Reader(std::move(database));
}

Result<void> Reader::snapshot(const std::function<Result<void>()>& reads) const {
  Connection& log = *database_->log;
  if (log.in_transaction()) {
    return reads(); // already one state
  }
  SP_CHECK(log.script("BEGIN"));
  auto outcome = reads();
  log.roll_back();
  return outcome;
}

Result<std::uint64_t> Reader::size() const {
  Query query = database_->log->query("SELECT coalesce(max(n) + 1, 0) FROM log");
  SP_CHECK(query.step());
  return query.number(0);
}

Result<Digest> Reader::root(std::uint64_t size) const {
  return ledger::root(*this, size);
}

Result<std::vector<Bytes>> Reader::leaves(std::uint64_t from, std::size_t count) const {
  Query query =
      database_->log->query("SELECT n, leaf FROM log WHERE n >= ?1 ORDER BY n LIMIT ?2", from, count);
  std::vector<Bytes> leaves;
  for (;;) {
    SP_TRY(const bool row, query.step());
    if (!row) {
      return leaves;
    }
    if (query.number(0) != from + leaves.size()) {
      return fail(ErrorCode::corrupt, fmt::format("log/{}", from + leaves.size()), "the leaf is missing");
    }
    leaves.push_back(query.bytes(1));
  }
}

Result<Bytes> Reader::leaf(std::uint64_t n) const {
  Query query = database_->log->query("SELECT leaf FROM log WHERE n = ?1", n);
  SP_TRY(const bool found, query.step());
  if (!found) {
    return absent(fmt::format("log/{}", n), "there is no such leaf");
  }
  return query.bytes(0);
}

Result<Body> Reader::body(std::uint64_t n) const {
  const std::string where = fmt::format("body/{}", n);
  Query query = database_->log->query("SELECT unit, sealed FROM body WHERE n = ?1", n);
  SP_TRY(const bool found, query.step());
  if (!found) {
    return absent(where, "this leaf has no body");
  }
  Body body{query.text(0), {}};
  const Digest name = sum_of_fields("body", body.unit, n);
  SP_TRY(body.bytes, at_row(database_->unseal(body.unit, query.blob(1), name), where));
  return body;
}

Result<Checkpoint> Reader::latest_checkpoint() const {
  return checkpoint_from(
      database_->log->query("SELECT size, note, sum FROM checkpoint ORDER BY size DESC LIMIT 1"));
}

Result<Checkpoint> Reader::checkpoint_at_most(std::uint64_t size) const {
  return checkpoint_from(database_->log->query(
      "SELECT size, note, sum FROM checkpoint WHERE size <= ?1 ORDER BY size DESC LIMIT 1", size));
}

Result<Checkpoint> Reader::checkpoint_at_least(std::uint64_t size) const {
  return checkpoint_from(database_->log->query(
      "SELECT size, note, sum FROM checkpoint WHERE size >= ?1 ORDER BY size LIMIT 1", size));
}

Result<Digest> Reader::hash(unsigned level, std::uint64_t index) const {
  Digest hash;
  SP_CHECK(hashes(level, index, {&hash, 1}));
  return hash;
}

Result<void> Reader::hashes(unsigned level, std::uint64_t first, std::span<Digest> out) const {
  const std::uint64_t index = first / ledger::tile_width;
  SP_TRY(const Bytes stored, tile(level, index));
  const std::size_t begin = first % ledger::tile_width * 32;
  if (stored.size() < begin + out.size() * 32) {
    return absent(fmt::format("tile/{}/{}", level, index), "the tile does not reach this far");
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::ranges::copy(ByteView(stored).subspan(begin + i * 32, 32), out[i].bytes.begin());
  }
  return {};
}

Result<Bytes> Reader::tile(unsigned level, std::uint64_t index) const {
  const std::string where = fmt::format("tile/{}/{}", level, index);
  Query query = database_->log->query("SELECT hashes FROM tile WHERE level = ?1 AND idx = ?2", level, index);
  SP_TRY(const bool found, query.step());
  if (!found) {
    return absent(where, "there is no such tile");
  }
  Bytes hashes = query.bytes(0);
  if (hashes.empty() || hashes.size() % 32 != 0 || hashes.size() > ledger::tile_width * 32) {
    return fail(ErrorCode::corrupt, where, "the tile is not 1 to 256 hashes");
  }
  return hashes;
}

Result<Revision> Reader::revision(const PacketId& packet, std::uint32_t number) const {
  const std::string where = fmt::format("revision/{}/{}", packet.str(), number);
  Query query = database_->log->query(
      "SELECT unit, clear, disclosures FROM revision WHERE packet = ?1 AND number = ?2", packet, number);
  SP_TRY(const bool found, query.step());
  if (!found) {
    return absent(where, "there is no such revision");
  }
  Revision revision{packet, number, query.text(0), {}, {}};
  const auto open = [&](int column, std::string_view name) {
    const Digest associated = sum_of_fields("revision", revision.unit, packet, number, name);
    return at_row(database_->unseal(revision.unit, query.blob(column), associated), where);
  };
  SP_TRY(revision.clear, open(1, "clear"));
  SP_TRY(revision.disclosures, open(2, "disclosures"));
  return revision;
}

Result<bool> Reader::is_destroyed(std::string_view unit) const {
  SP_TRY(const auto destroyed, database_->keys.destroyed_at(unit));
  return destroyed.has_value();
}

Result<DataKey> Reader::unit_key(std::string_view unit) const {
  return database_->keys.find(unit);
}

} // namespace sallyport::store
