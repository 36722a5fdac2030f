#include "store/keys.h"

#include "crypto/aead.h"
#include "crypto/random.h"
#include "store/files.h"
#include "store/sqlite.h"

#include <array>

namespace sallyport::store {

namespace {

// Sealed under the wrapping key when the table is made: opening it shows that the key fits.
constexpr std::string_view proof_text = "sallyport key table v1";

DataKey draw_key() {
  Bytes key(crypto::aead_key_bytes);
  crypto::random_bytes(key);
  return DataKey(std::move(key));
}

} // namespace

Result<DataKey> read_wrapping_key(const std::filesystem::path& file) {
  SP_TRY(Bytes bytes, read_private_file(file, crypto::aead_key_bytes));
  if (bytes.size() != crypto::aead_key_bytes) {
    return fail(ErrorCode::malformed, file.filename().string(), "a wrapping key has exactly 32 bytes");
  }
  return DataKey(std::move(bytes));
}

Result<DataKey> create_wrapping_key(const std::filesystem::path& file) {
  DataKey key = draw_key();
  SP_CHECK(create_private_file(file, key.expose()));
  return key;
}

Keys::Keys(std::unique_ptr<Connection> connection, DataKey wrapping)
    : connection_(std::move(connection)), wrapping_(std::move(wrapping)) {
}

Keys::Keys(Keys&&) noexcept = default;
Keys& Keys::operator=(Keys&&) noexcept = default;
Keys::~Keys() = default;

Result<Keys> Keys::open(const std::filesystem::path& database, DataKey wrapping, Mode mode,
                        const std::string& vfs) {
  const auto access = mode == Mode::read    ? Connection::Mode::read
                      : mode == Mode::write ? Connection::Mode::write
                                            : Connection::Mode::create;
  SP_TRY(auto connection, Connection::open(database, access, vfs));
  Keys keys(std::move(connection), std::move(wrapping));
  SP_CHECK(keys.prepare_table(mode));
  return keys;
}

Result<void> Keys::sync_log() const {
  return connection_->sync_log();
}

Result<void> Keys::prepare_table(Mode mode) {
  if (mode == Mode::create) {
    SP_CHECK(connection_->script(R"sql(
      BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS proof(one INTEGER PRIMARY KEY CHECK(one = 1), sealed BLOB NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS unit(
        unit TEXT PRIMARY KEY, wrapped BLOB, created INTEGER NOT NULL, destroyed_at INTEGER,
        CHECK((wrapped IS NULL) = (destroyed_at IS NOT NULL))) STRICT;
      COMMIT;
    )sql"));
    SP_CHECK(connection_->run("INSERT INTO proof VALUES (1, ?1) ON CONFLICT DO NOTHING",
                              crypto::seal(wrapping_.expose(), as_bytes(proof_text), {})));
  }
  Query proof = connection_->query("SELECT sealed FROM proof");
  SP_TRY(const bool row, proof.step());
  if (!row || !crypto::open(wrapping_.expose(), proof.blob(0), {})) {
    return fail(ErrorCode::denied, "keys.db", "the wrapping key is not the one that made this key table");
  }
  return {};
}

Result<DataKey> Keys::find(std::string_view unit) const {
  Query row = connection_->query("SELECT wrapped FROM unit WHERE unit = ?1", unit);
  SP_TRY(const bool found, row.step());
  if (!found) {
    return fail(ErrorCode::not_found, "unit", "there is no key for this retention unit");
  }
  if (row.is_null(0)) {
    return fail(ErrorCode::not_found, "unit", "the key of this retention unit was destroyed");
  }
  auto key = crypto::open(wrapping_.expose(), row.blob(0), as_bytes(unit));
  if (!key) {
    return fail(ErrorCode::corrupt, "unit", "a wrapped key does not open");
  }
  return DataKey(std::move(*key));
}

Result<DataKey> Keys::obtain(std::string_view unit, Instant now) {
  auto known = find(unit);
  if (known || known.error().code != ErrorCode::not_found) {
    return known;
  }
  if (batching_ && !begun_) {
    SP_CHECK(connection_->script("BEGIN IMMEDIATE"));
    begun_ = true;
  }
  // Another connection may be first, or may have destroyed the unit: its row stands, and is read back.
  const DataKey key = draw_key();
  SP_CHECK(
      connection_->run("INSERT INTO unit(unit, wrapped, created) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                       unit, crypto::seal(wrapping_.expose(), key.expose(), as_bytes(unit)), now));
  return find(unit);
}

Result<std::optional<Instant>> Keys::destroyed_at(std::string_view unit) const {
  Query row = connection_->query("SELECT destroyed_at FROM unit WHERE unit = ?1", unit);
  SP_TRY(const bool found, row.step());
  return found && !row.is_null(0) ? std::optional(row.instant(0)) : std::nullopt;
}

Result<void> Keys::destroy(std::string_view unit, Instant now) {
  SP_ASSERT(!batching_);
  SP_CHECK(connection_->run(
      "INSERT INTO unit(unit, wrapped, created, destroyed_at) VALUES (?1, NULL, ?2, ?2)"
      " ON CONFLICT(unit) DO UPDATE SET wrapped = NULL, destroyed_at = coalesce(destroyed_at, ?2)",
      unit, now));
  // The write-ahead log may still hold the page with the key.
  return connection_->checkpoint(true);
}

void Keys::batch() {
  SP_ASSERT(!batching_);
  batching_ = true;
}

Result<void> Keys::commit() {
  if (begun_) {
    SP_CHECK(connection_->script("COMMIT"));
  }
  batching_ = begun_ = false;
  return {};
}

void Keys::roll_back() {
  connection_->roll_back();
  batching_ = begun_ = false;
}

} // namespace sallyport::store
