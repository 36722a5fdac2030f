#include "store/sqlite.h"

#include <fmt/format.h>

#include <cstring>

namespace sallyport::store {

namespace {

// Past this many pages (64 MiB) the writer moves the write-ahead log itself: nobody else did.
constexpr int wal_pages_max = 16384;

std::unexpected<Error> storage_error(sqlite3* connection, const std::string& name) {
  const int code = sqlite3_extended_errcode(connection);
  const auto say = [&](ErrorCode error, const char* words) {
    return fail(error, name, fmt::format("{} (SQLite code {})", words, code));
  };
  switch (code & 0xff) {
  case SQLITE_CONSTRAINT:
    return say(ErrorCode::conflict, "a row with this name exists");
  case SQLITE_FULL:
    return say(ErrorCode::unavailable, "the disk is full");
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return say(ErrorCode::unavailable, "the database is in use");
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_NOMEM:
    return say(ErrorCode::unavailable, "the database could not be read or written");
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return say(ErrorCode::corrupt, "the database file is damaged");
  default:
    return say(ErrorCode::internal, "a statement failed");
  }
}

} // namespace

Query::~Query() {
  if (statement_ != nullptr) {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
}

Result<bool> Query::step() {
  if (statement_ != nullptr) {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
      return code == SQLITE_ROW;
    }
  }
  return storage_error(connection_, *name_);
}

ByteView Query::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  return {static_cast<const std::uint8_t*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Bytes Query::bytes(int column) const {
  const ByteView view = blob(column);
  return {view.begin(), view.end()};
}

std::string Query::text(int column) const {
  return std::string(as_text(blob(column)));
}

Digest Query::digest(int column) const {
  return Digest::from_bytes(blob(column)).value_or(Digest{});
}

void Query::bind(int index, std::string_view text, bool copy) {
  if (statement_ != nullptr) {
    // A null pointer would bind NULL.
    const int code = sqlite3_bind_text64(statement_, index, text.empty() ? "" : text.data(), text.size(),
                                         copy ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8);
    SP_ASSERT(code == SQLITE_OK);
  }
}

void Query::bind(int index, ByteView blob, bool copy) {
  if (statement_ != nullptr) {
    const int code =
        sqlite3_bind_blob64(statement_, index, blob.empty() ? "" : static_cast<const void*>(blob.data()),
                            blob.size(), copy ? SQLITE_TRANSIENT : SQLITE_STATIC);
    SP_ASSERT(code == SQLITE_OK);
  }
}

void Query::bind(int index, std::int64_t value, bool) {
  if (statement_ != nullptr) {
    const int code = sqlite3_bind_int64(statement_, index, value);
    SP_ASSERT(code == SQLITE_OK);
  }
}

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file, Mode mode,
                                                     const std::string& vfs) {
  const int access = mode == Mode::read    ? SQLITE_OPEN_READONLY
                     : mode == Mode::write ? SQLITE_OPEN_READWRITE
                                           : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
                                   vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<Connection> connection(new Connection(handle, file.filename().string()));
  if (code != SQLITE_OK) {
    if (handle == nullptr) {
      return fail(ErrorCode::unavailable, connection->name_, "no memory for the database");
    }
    if ((code & 0xff) == SQLITE_CANTOPEN && mode != Mode::create && !std::filesystem::exists(file)) {
      return fail(ErrorCode::not_found, connection->name_, "there is no such database");
    }
    return storage_error(handle, connection->name_);
  }
  SP_CHECK(connection->configure(mode));
  return connection;
}

Result<void> Connection::configure(Mode mode) {
  sqlite3_extended_result_codes(handle_.get(), 1);
  sqlite3_busy_timeout(handle_.get(), 5000);
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (mode == Mode::read) {
    SP_CHECK(script("PRAGMA query_only = ON; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF"));
  } else {
    SP_CHECK(script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                    "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON"));
    sqlite3_wal_autocheckpoint(handle_.get(), wal_pages_max);
    Query settings = query(
        "SELECT (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous),"
        " (SELECT secure_delete FROM pragma_secure_delete)");
    SP_TRY(const bool row, settings.step());
    // 2 is FULL: every commit is synced, or a confirmed batch could vanish with the power.
    if (!row || settings.text(0) != "wal" || settings.integer(1) != 2 || settings.integer(2) != 1) {
      return fail(ErrorCode::unavailable, name_,
                  "this storage does not take the settings that make commits durable");
    }
  }
  Query settings = query("SELECT (SELECT foreign_keys FROM pragma_foreign_keys),"
                         " (SELECT trusted_schema FROM pragma_trusted_schema)");
  SP_TRY(const bool row, settings.step());
  if (!row || settings.integer(0) != 1 || settings.integer(1) != 0) {
    return fail(ErrorCode::unavailable, name_,
                "this SQLite does not take the settings that keep the schema honest");
  }
  return {};
}

sqlite3_stmt* Connection::prepare(Sql sql) {
  auto& slot = statements_[sql.text()];
  if (!slot) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(handle_.get(), sql.text(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
        SQLITE_OK) {
      statements_.erase(sql.text());
      return nullptr;
    }
    slot.reset(statement);
  }
  SP_ASSERT(sqlite3_stmt_busy(slot.get()) == 0); // one execution at a time of each statement
  return slot.get();
}

Result<void> Connection::script(Sql sql) {
  if (sqlite3_exec(handle_.get(), sql.text(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return storage_error(handle_.get(), name_);
  }
  return {};
}

Result<void> Connection::checkpoint(bool truncate) {
  const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  if (sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, mode, nullptr, nullptr) != SQLITE_OK) {
    return storage_error(handle_.get(), name_);
  }
  return {};
}

Result<void> Connection::sync_log() {
  sqlite3_file* log = nullptr;
  const int code = sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (code != SQLITE_OK) {
    return storage_error(handle_.get(), name_);
  }
  if (log == nullptr || log->pMethods == nullptr) {
    return {}; // there is none
  }
  if (log->pMethods->xSync(log, SQLITE_SYNC_FULL) != SQLITE_OK) {
    return fail(ErrorCode::unavailable, name_, "what was written before could not be synced");
  }
  return {};
}

void Connection::roll_back() {
  if (in_transaction()) {
    sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

} // namespace sallyport::store
