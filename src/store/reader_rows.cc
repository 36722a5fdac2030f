// The rows that are kept in clear, each checked against its sum.
#include "store/database.h"
#include "store/reader.h"
#include "store/sums.h"

#include <fmt/format.h>

#include <algorithm>

namespace sallyport::store {

namespace {

// Takes every row of a query as T, by `row`, which reads the columns; the column after them is the sum.
template <class T, class Row>
Result<std::vector<T>> checked(Query query, int sum_column, std::string_view table, Row&& row) {
  std::vector<T> values;
  for (;;) {
    SP_TRY(const bool found, query.step());
    if (!found) {
      return values;
    }
    T value = row(query);
    if (sum_of(value) != query.digest(sum_column)) {
      return fail(ErrorCode::corrupt, fmt::format("{}/{}", table, query.text(0)), "the row was changed");
    }
    values.push_back(std::move(value));
  }
}

template <class T> Result<T> only(Result<std::vector<T>> values, std::string_view table) {
  if (!values) {
    return std::unexpected(values.error());
  }
  if (values->empty()) {
    return fail(ErrorCode::not_found, std::string(table), "there is no such row");
  }
  return std::move(values->front());
}

Result<std::vector<Part>> parts_from(Query query) {
  return checked<Part>(std::move(query), 7, "part", [](const Query& q) {
    return Part{.packet = q.id<PacketId>(0),
                .part = q.text(1),
                .revision = static_cast<std::uint32_t>(q.number(2)),
                .unit = q.text(3),
                .address = q.digest(4),
                .bytes = q.number(5),
                .media_type = q.text(6)};
  });
}

Result<std::vector<Entry>> entries_from(Query query) {
  return checked<Entry>(std::move(query), 7, "entry", [](const Query& q) {
    return Entry{.id = q.id<EntryId>(0),
                 .packet = q.id<PacketId>(1),
                 .lane = q.text(2),
                 .core = q.bytes(3),
                 .release_n = q.number(4),
                 .receipt = q.is_null(5) ? std::nullopt : std::optional(q.bytes(5)),
                 .delivered = q.is_null(6) ? std::nullopt : std::optional(q.instant(6))};
  });
}

Result<std::vector<Token>> tokens_from(Query query) {
  return checked<Token>(std::move(query), 6, "token", [](const Query& q) {
    return Token{.id = q.id<TokenId>(0),
                 .verifier = q.digest(1),
                 .account = q.id<AccountId>(2),
                 .scopes = q.text(3),
                 .expires = q.instant(4),
                 .revoked = q.integer(5) != 0};
  });
}

// The sum is over the stored bytes; what is sealed is opened after it.
Result<Document> document_from(const Database& database, Query query) {
  SP_TRY(Document document, only(checked<Document>(std::move(query), 5, "document",
                                                   [](const Query& q) {
                                                     return Document{.kind = q.text(0),
                                                                     .id = q.text(1),
                                                                     .version = q.number(2),
                                                                     .unit = q.text(3),
                                                                     .bytes = q.bytes(4)};
                                                   }),
                                 "document"));
  if (!document.unit.empty()) {
    const Digest name =
        sum_of_fields("document", document.unit, document.kind, document.id, document.version);
    SP_TRY(document.bytes, database.unseal(document.unit, document.bytes, name));
  }
  return document;
}

} // namespace

Result<Part> Reader::part(const PacketId& packet, std::string_view part) const {
  return only(
      parts_from(database_->log->query("SELECT packet, part, revision, unit, address, bytes, media_type, sum"
                                       " FROM part WHERE packet = ?1 AND part = ?2",
                                       packet, part)),
      "part");
}

Result<std::vector<Part>> Reader::parts(const PacketId& packet) const {
  return parts_from(
      database_->log->query("SELECT packet, part, revision, unit, address, bytes, media_type, sum"
                            " FROM part WHERE packet = ?1 ORDER BY part",
                            packet));
}

Result<std::vector<Part>> Reader::parts_of_unit(std::string_view unit) const {
  return parts_from(
      database_->log->query("SELECT packet, part, revision, unit, address, bytes, media_type, sum"
                            " FROM part WHERE unit = ?1 ORDER BY packet, part",
                            unit));
}

Result<std::vector<Digest>> Reader::blob_addresses() const {
  Query query = database_->log->query("SELECT address FROM part");
  std::vector<Digest> addresses;
  for (;;) {
    SP_TRY(const bool row, query.step());
    if (!row) {
      break;
    }
    addresses.push_back(query.digest(0));
  }
  std::ranges::sort(addresses);
  const auto again = std::ranges::unique(addresses);
  addresses.erase(again.begin(), again.end());
  return addresses;
}

Result<Manifest> Reader::manifest(const ManifestId& id) const {
  return only(checked<Manifest>(database_->log->query(
                                    "SELECT id, packet, digest, bytes, sum FROM manifest WHERE id = ?1", id),
                                4, "manifest",
                                [](const Query& q) {
                                  return Manifest{.id = q.id<ManifestId>(0),
                                                  .packet = q.id<PacketId>(1),
                                                  .digest = q.digest(2),
                                                  .bytes = q.bytes(3)};
                                }),
              "manifest");
}

Result<Entry> Reader::entry(const EntryId& id) const {
  return only(
      entries_from(database_->log->query("SELECT id, packet, lane, core, release_n, receipt, delivered, sum"
                                         " FROM entry WHERE id = ?1",
                                         id)),
      "entry");
}

Result<std::vector<Entry>> Reader::entries(std::string_view lane, std::uint64_t from_n,
                                           std::size_t count) const {
  return entries_from(
      database_->log->query("SELECT id, packet, lane, core, release_n, receipt, delivered, sum"
                            " FROM entry WHERE lane = ?1 AND release_n >= ?2"
                            " ORDER BY release_n LIMIT ?3",
                            lane, from_n, count));
}

Result<std::vector<Entry>> Reader::undelivered(std::size_t count) const {
  return entries_from(
      database_->log->query("SELECT id, packet, lane, core, release_n, receipt, delivered, sum"
                            " FROM entry WHERE delivered IS NULL ORDER BY release_n LIMIT ?1",
                            count));
}

Result<Token> Reader::token(const TokenId& id) const {
  return only(
      tokens_from(database_->log->query(
          "SELECT id, verifier, account, scopes, expires, revoked, sum FROM token WHERE id = ?1", id)),
      "token");
}

Result<std::vector<Token>> Reader::tokens(const AccountId& account) const {
  return tokens_from(database_->log->query(
      "SELECT id, verifier, account, scopes, expires, revoked, sum FROM token WHERE account = ?1 ORDER BY id",
      account));
}

Result<std::optional<Answer>> Reader::answer(std::string_view principal, std::string_view key) const {
  SP_TRY(auto answers,
         checked<Answer>(database_->log->query("SELECT principal, key, request, status, body, at, sum"
                                               " FROM answer WHERE principal = ?1 AND key = ?2",
                                               principal, key),
                         6, "answer", [](const Query& q) {
                           return Answer{.principal = q.text(0),
                                         .key = q.text(1),
                                         .request = q.digest(2),
                                         .status = static_cast<int>(q.integer(3)),
                                         .body = q.bytes(4),
                                         .at = q.instant(5)};
                         }));
  return answers.empty() ? std::nullopt : std::optional(std::move(answers.front()));
}

Result<std::vector<JournalLine>> Reader::journal_before(Instant minute) const {
  Query query = database_->log->query("SELECT principal, minute, code, count FROM journal WHERE minute < ?1"
                                      " ORDER BY minute, principal, code",
                                      minute);
  std::vector<JournalLine> lines;
  for (;;) {
    SP_TRY(const bool row, query.step());
    if (!row) {
      return lines;
    }
    lines.push_back({query.text(0), query.instant(1), query.text(2), query.number(3)});
  }
}

Result<Document> Reader::document(std::string_view kind, std::string_view id, std::uint64_t version) const {
  return document_from(*database_,
                       database_->log->query("SELECT kind, id, version, unit, bytes, sum FROM document"
                                             " WHERE kind = ?1 AND id = ?2 AND version = ?3",
                                             kind, id, version));
}

Result<Document> Reader::latest_document(std::string_view kind, std::string_view id) const {
  return document_from(*database_,
                       database_->log->query("SELECT kind, id, version, unit, bytes, sum FROM document"
                                             " WHERE kind = ?1 AND id = ?2 ORDER BY version DESC LIMIT 1",
                                             kind, id));
}

Result<std::vector<std::string>> Reader::document_ids(std::string_view kind) const {
  Query query = database_->log->query("SELECT DISTINCT id FROM document WHERE kind = ?1 ORDER BY id", kind);
  std::vector<std::string> ids;
  for (;;) {
    SP_TRY(const bool row, query.step());
    if (!row) {
      return ids;
    }
    ids.push_back(query.text(0));
  }
}

} // namespace sallyport::store
