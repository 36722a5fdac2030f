// SQLite as values: a connection, cached statements, one row at a time. Internal to the store.
//
// An error of SQLite becomes an Error whose `where` is the database's file name and whose text is
// ours, never SQLite's (which may quote values).
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sallyport::store {

// SQL text is written in the source, never put together: nothing else converts.
class Sql {
public:
  template <std::size_t n> consteval Sql(const char (&text)[n]) : text_(text) {}

  const char* text() const { return text_; }

private:
  const char* text_;
};

// One execution of a statement. Values are bound to ?1, ?2 ... in order; columns count from 0 and are
// read after a step() that returned true. Resets the statement when it goes.
class Query {
public:
  Query(sqlite3* connection, const std::string& name, sqlite3_stmt* statement)
      : connection_(connection), name_(&name), statement_(statement) {}

  Query(Query&& other) noexcept
      : connection_(other.connection_), name_(other.name_),
        statement_(std::exchange(other.statement_, nullptr)) {}

  Query& operator=(Query&&) = delete;
  ~Query();

  Result<bool> step(); // true: a row

  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }

  std::uint64_t number(int column) const { return static_cast<std::uint64_t>(integer(column)); }

  Instant instant(int column) const { return {integer(column)}; }

  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

  ByteView blob(int column) const; // until the next step
  Bytes bytes(int column) const;
  std::string text(int column) const;
  // A column that holds something else than 32 bytes reads as zeroes, which no checked row survives.
  Digest digest(int column) const;

  template <class I> I id(int column) const { return I::parse(text(column)).value_or(I()); }

  // `copy`: the value may go before the query does.
  void bind(int index, std::string_view text, bool copy);
  void bind(int index, ByteView blob, bool copy);
  void bind(int index, std::int64_t value, bool copy);

  void bind(int index, const char* text, bool copy) { bind(index, std::string_view(text), copy); }

  void bind(int index, const std::string& text, bool copy) { bind(index, std::string_view(text), copy); }

  void bind(int index, const Bytes& blob, bool copy) { bind(index, ByteView(blob), copy); }

  void bind(int index, const Digest& digest, bool copy) { bind(index, digest.view(), copy); }

  void bind(int index, Instant at, bool copy) { bind(index, at.ms, copy); }

  template <std::integral I> void bind(int index, I value, bool copy) {
    bind(index, static_cast<std::int64_t>(value), copy);
  }

  template <class Kind> void bind(int index, const Id<Kind>& id, bool copy) { bind(index, id.str(), copy); }

  template <class T> void bind(int index, const std::optional<T>& value, bool copy) {
    if (value) {
      bind(index, *value, copy);
    } // else it stays NULL
  }

private:
  sqlite3* connection_;
  const std::string* name_;
  sqlite3_stmt* statement_; // null: it did not prepare; step() says why
};

class Connection {
public:
  enum class Mode { create, write, read };

  // The settings of the house, read back; any that did not take is an error.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file, Mode mode,
                                                  const std::string& vfs);

  template <class... Values> Query query(Sql sql, const Values&... values) {
    return bound(true, sql, values...);
  }

  // Executes a statement that returns no rows; how many rows it changed.
  template <class... Values> Result<std::int64_t> run(Sql sql, const Values&... values) {
    Query statement = bound(false, sql, values...);
    SP_TRY(const bool row, statement.step());
    SP_ASSERT(!row);
    return sqlite3_changes64(handle_.get());
  }

  // Several statements, without values.
  Result<void> script(Sql sql);
  // wal_checkpoint(PASSIVE or TRUNCATE); unavailable if TRUNCATE found somebody in the way.
  Result<void> checkpoint(bool truncate);
  // What this connection has read of the write-ahead log is on the disk when it returns, whoever wrote it.
  Result<void> sync_log();

  // SQLite may end a transaction by itself after an error of storage.
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

  void roll_back();

private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  Connection(sqlite3* handle, std::string name) : handle_(handle), name_(std::move(name)) {}

  Result<void> configure(Mode mode);
  sqlite3_stmt* prepare(Sql sql);

  template <class... Values> Query bound([[maybe_unused]] bool copy, Sql sql, const Values&... values) {
    Query query(handle_.get(), name_, prepare(sql));
    int index = 0;
    (query.bind(++index, values, copy), ...);
    return query;
  }

  std::unique_ptr<sqlite3, Close> handle_;
  std::string name_;
  std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

} // namespace sallyport::store
