#include "store/schema.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace sallyport::store {

namespace {

// A migration that has left this house is never edited; the next one follows it. `sum` is the SHA-256
// over all columns of the row (sums.h); what is sealed needs none.
constexpr std::array migrations = {
    Sql(R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE log(n INTEGER PRIMARY KEY, leaf BLOB NOT NULL) STRICT;
CREATE TABLE body(n INTEGER PRIMARY KEY REFERENCES log(n), unit TEXT NOT NULL, sealed BLOB NOT NULL) STRICT;
-- C2SP tiles of height 8; the last tile of a level grows.
CREATE TABLE tile(level INTEGER NOT NULL, idx INTEGER NOT NULL, hashes BLOB NOT NULL,
  PRIMARY KEY(level, idx)) STRICT;
CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, note TEXT NOT NULL, sum BLOB NOT NULL) STRICT;

CREATE TABLE revision(packet TEXT NOT NULL, number INTEGER NOT NULL, unit TEXT NOT NULL,
  clear BLOB NOT NULL, disclosures BLOB NOT NULL, PRIMARY KEY(packet, number)) STRICT;
CREATE TABLE part(packet TEXT NOT NULL, part TEXT NOT NULL, revision INTEGER NOT NULL, unit TEXT NOT NULL,
  address BLOB NOT NULL, bytes INTEGER NOT NULL, media_type TEXT NOT NULL, sum BLOB NOT NULL,
  PRIMARY KEY(packet, part)) STRICT;
CREATE TABLE manifest(id TEXT PRIMARY KEY, packet TEXT NOT NULL, digest BLOB NOT NULL, bytes BLOB NOT NULL,
  sum BLOB NOT NULL) STRICT;
CREATE TABLE entry(id TEXT PRIMARY KEY, packet TEXT NOT NULL, lane TEXT NOT NULL, core BLOB NOT NULL,
  release_n INTEGER NOT NULL REFERENCES log(n), receipt BLOB, delivered INTEGER, sum BLOB NOT NULL) STRICT;
CREATE INDEX entry_by_lane ON entry(lane, release_n);
CREATE INDEX entry_to_deliver ON entry(release_n) WHERE delivered IS NULL;

CREATE TABLE token(id TEXT PRIMARY KEY, verifier BLOB NOT NULL, account TEXT NOT NULL, scopes TEXT NOT NULL,
  expires INTEGER NOT NULL, revoked INTEGER NOT NULL, sum BLOB NOT NULL) STRICT;
CREATE TABLE answer(principal TEXT NOT NULL, key TEXT NOT NULL, request BLOB NOT NULL, status INTEGER NOT NULL,
  body BLOB NOT NULL, at INTEGER NOT NULL, sum BLOB NOT NULL, PRIMARY KEY(principal, key)) STRICT;
CREATE INDEX answer_by_time ON answer(at);
CREATE TABLE journal(minute INTEGER NOT NULL, principal TEXT NOT NULL, code TEXT NOT NULL,
  count INTEGER NOT NULL, PRIMARY KEY(minute, principal, code)) STRICT;
CREATE TABLE document(kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, unit TEXT NOT NULL,
  bytes BLOB NOT NULL, sum BLOB NOT NULL, PRIMARY KEY(kind, id, version)) STRICT;
)sql"),
};

// 0: a database without tables. The number comes from outside; a strange one reads as too new.
Result<std::size_t> schema_version(Connection& log) {
  {
    Query table = log.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'");
    SP_TRY(const bool found, table.step());
    if (!found) {
      return 0;
    }
  }
  Query row = log.query("SELECT value FROM meta WHERE key = 'schema'");
  SP_TRY(const bool found, row.step());
  const std::string text = found ? row.text(0) : "";
  std::size_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size() || version == 0 ||
      version > migrations.size()) {
    return fail(
        ErrorCode::unsupported, "meta/schema",
        "this database was written by a newer version of sallyport; start that version, or restore a backup"
        " made with this one");
  }
  return version;
}

Result<void> apply(Connection& log, std::size_t from, std::string_view origin) {
  SP_CHECK(log.script("BEGIN IMMEDIATE"));
  SP_CHECK(log.script(migrations[from]));
  if (from == 0) {
    SP_CHECK(log.run("INSERT INTO meta VALUES ('origin', ?1)", origin));
  }
  SP_CHECK(
      log.run("INSERT INTO meta VALUES ('schema', ?1) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
              fmt::format("{}", from + 1)));
  return log.script("COMMIT");
}

} // namespace

Result<void> migrate(Connection& log, std::string_view origin) {
  SP_TRY(const std::size_t version, schema_version(log));
  for (std::size_t from = version; from < migrations.size(); ++from) {
    if (auto done = apply(log, from, origin); !done) {
      log.roll_back();
      return done;
    }
  }
  return {};
}

Result<void> check_identity(Connection& log, std::string_view origin) {
  SP_TRY(const std::size_t version, schema_version(log));
  if (version != migrations.size()) {
    return fail(ErrorCode::unsupported, "meta/schema",
                "this database has an older schema; open it once for writing to bring it up to date");
  }
  Query row = log.query("SELECT value FROM meta WHERE key = 'origin'");
  SP_TRY(const bool found, row.step());
  if (!found || row.text(0) != origin) {
    return fail(ErrorCode::denied, "meta/origin", "this database belongs to a log with another origin");
  }
  return {};
}

} // namespace sallyport::store
