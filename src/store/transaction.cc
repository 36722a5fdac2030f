#include "store/transaction.h"

#include "base/limits.h"
#include "crypto/aead.h"
#include "ledger/merkle.h"
#include "store/sums.h"

namespace sallyport::store {

namespace {

// A write that must have found its row.
Result<void> one_row(const Result<std::int64_t>& changed, const char* table, const char* otherwise) {
  if (!changed) {
    return std::unexpected(changed.error());
  }
  return *changed == 1 ? Result<void>() : fail(ErrorCode::not_found, table, otherwise);
}

Result<void> done(const Result<std::int64_t>& changed) {
  return changed ? Result<void>() : std::unexpected(changed.error());
}

constexpr std::int64_t minute_ms = 60'000;

} // namespace

Result<Bytes> Transaction::State::seal(std::string_view unit, ByteView plain, const Digest& associated) {
  SP_TRY(const DataKey key, noticed(database.keys.obtain(unit, now)));
  return crypto::seal(key.expose(), plain, associated.view());
}

Result<void> Transaction::State::write_tiles() {
  for (const Tile& tile : edge.take_changed()) {
    SP_CHECK(write("INSERT INTO tile(level, idx, hashes) VALUES (?1, ?2, ?3)"
                   " ON CONFLICT(level, idx) DO UPDATE SET hashes = excluded.hashes",
                   tile.level, tile.index, tile.hashes));
  }
  return {};
}

Result<void> Transaction::append(std::uint64_t n, ByteView leaf, const std::optional<Body>& body) {
  if (n != size()) {
    return fail(ErrorCode::conflict, "log", "the leaf is not the next one");
  }
  if (leaf.size() > limits::signed_leaf_bytes) {
    return fail(ErrorCode::too_large, "log", "the leaf is longer than a leaf may be");
  }
  if (body && body->bytes.size() > limits::body_bytes) {
    return fail(ErrorCode::too_large, "body", "the body is longer than a body may be");
  }
  SP_CHECK(state_.write("INSERT INTO log(n, leaf) VALUES (?1, ?2)", n, leaf));
  if (body) {
    SP_TRY(const Bytes sealed, state_.seal(body->unit, body->bytes, sum_of_fields("body", body->unit, n)));
    SP_CHECK(state_.write("INSERT INTO body(n, unit, sealed) VALUES (?1, ?2, ?3)", n, body->unit, sealed));
  }
  state_.edge.append(ledger::leaf_hash(leaf));
  return {};
}

std::uint64_t Transaction::size() const {
  return state_.edge.size();
}

Digest Transaction::root() const {
  return state_.edge.root();
}

const Reader& Transaction::reader() const {
  return state_.reader;
}

Result<void> Transaction::put_revision(const Revision& r) {
  const auto seal = [&](const Bytes& plain, std::string_view name) {
    return state_.seal(r.unit, plain, sum_of_fields("revision", r.unit, r.packet, r.number, name));
  };
  SP_TRY(const Bytes clear, seal(r.clear, "clear"));
  SP_TRY(const Bytes disclosures, seal(r.disclosures, "disclosures"));
  return done(state_.write(
      "INSERT INTO revision(packet, number, unit, clear, disclosures) VALUES (?1, ?2, ?3, ?4, ?5)", r.packet,
      r.number, r.unit, clear, disclosures));
}

Result<void> Transaction::put_part(const Part& p) {
  return done(state_.write("INSERT INTO part(packet, part, revision, unit, address, bytes, media_type, sum)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                           p.packet, p.part, p.revision, p.unit, p.address, p.bytes, p.media_type,
                           sum_of(p)));
}

Result<void> Transaction::put_manifest(const Manifest& m) {
  if (crypto::sha256(m.bytes) != m.digest) {
    return fail(ErrorCode::malformed, "manifest", "the digest is not that of the bytes");
  }
  return done(state_.write("INSERT INTO manifest(id, packet, digest, bytes, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
                           m.id, m.packet, m.digest, m.bytes, sum_of(m)));
}

Result<void> Transaction::put_entry(const Entry& e) {
  return done(state_.write("INSERT INTO entry(id, packet, lane, core, release_n, receipt, delivered, sum)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                           e.id, e.packet, e.lane, e.core, e.release_n, e.receipt, e.delivered, sum_of(e)));
}

Result<void> Transaction::put_receipt(const EntryId& id, ByteView receipt) {
  SP_TRY(Entry entry, state_.noticed(reader().entry(id)));
  if (entry.receipt) {
    return fail(ErrorCode::conflict, "entry", "the entry has its receipt");
  }
  entry.receipt = Bytes(receipt.begin(), receipt.end());
  return one_row(
      state_.write("UPDATE entry SET receipt = ?2, sum = ?3 WHERE id = ?1", id, receipt, sum_of(entry)),
      "entry", "there is no such entry");
}

Result<void> Transaction::put_delivered(const EntryId& id, Instant at) {
  SP_TRY(Entry entry, state_.noticed(reader().entry(id)));
  if (!entry.receipt || entry.delivered) {
    return fail(ErrorCode::conflict, "entry", "the entry has no receipt yet, or was delivered before");
  }
  entry.delivered = at;
  return one_row(
      state_.write("UPDATE entry SET delivered = ?2, sum = ?3 WHERE id = ?1", id, at, sum_of(entry)), "entry",
      "there is no such entry");
}

Result<void> Transaction::put_checkpoint(const Checkpoint& c) {
  if (c.size > size()) {
    return fail(ErrorCode::conflict, "checkpoint", "the log is shorter than this checkpoint");
  }
  return done(state_.write("INSERT INTO checkpoint(size, note, sum) VALUES (?1, ?2, ?3)"
                           " ON CONFLICT(size) DO UPDATE SET note = excluded.note, sum = excluded.sum",
                           c.size, c.note, sum_of(c)));
}

Result<void> Transaction::put_document(const Document& document) {
  Document stored = document;
  if (!stored.unit.empty()) {
    const Digest name = sum_of_fields("document", stored.unit, stored.kind, stored.id, stored.version);
    SP_TRY(stored.bytes, state_.seal(stored.unit, document.bytes, name));
  }
  return done(state_.write(
      "INSERT INTO document(kind, id, version, unit, bytes, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      stored.kind, stored.id, stored.version, stored.unit, stored.bytes, sum_of(stored)));
}

Result<void> Transaction::replace_document(const Document& document) {
  SP_CHECK(state_.write("DELETE FROM document WHERE kind = ?1 AND id = ?2 AND version = ?3", document.kind,
                        document.id, document.version));
  return put_document(document);
}

Result<void> Transaction::remove_documents(std::string_view kind, std::string_view id) {
  return done(state_.write("DELETE FROM document WHERE kind = ?1 AND id = ?2", kind, id));
}

Result<void> Transaction::put_token(const Token& t) {
  return done(state_.write("INSERT INTO token(id, verifier, account, scopes, expires, revoked, sum)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                           t.id, t.verifier, t.account, t.scopes, t.expires, t.revoked, sum_of(t)));
}

Result<void> Transaction::revoke_token(const TokenId& id) {
  SP_TRY(Token token, state_.noticed(reader().token(id)));
  token.revoked = true;
  return one_row(state_.write("UPDATE token SET revoked = 1, sum = ?2 WHERE id = ?1", id, sum_of(token)),
                 "token", "there is no such token");
}

Result<void> Transaction::put_answer(const Answer& a) {
  return done(state_.write("INSERT INTO answer(principal, key, request, status, body, at, sum)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                           a.principal, a.key, a.request, a.status, a.body, a.at, sum_of(a)));
}

Result<void> Transaction::forget_answers_before(Instant at) {
  return done(state_.write("DELETE FROM answer WHERE at < ?1", at));
}

Result<void> Transaction::count_attempt(std::string_view principal, Instant at, std::string_view code) {
  const Instant minute{at.ms - at.ms % minute_ms};
  bool told_apart = false;
  {
    Query query =
        state_.database.log->query("SELECT count(DISTINCT principal) < ?3 OR coalesce(max(principal = ?2), "
                                   "0) FROM journal WHERE minute = ?1",
                                   minute, principal, journal_principals);
    SP_CHECK(state_.noticed(query.step()));
    told_apart = query.integer(0) != 0;
  }
  return done(state_.write("INSERT INTO journal(minute, principal, code, count) VALUES (?1, ?2, ?3, 1)"
                           " ON CONFLICT(minute, principal, code) DO UPDATE SET count = count + 1",
                           minute, told_apart ? principal : std::string_view(), code));
}

Result<void> Transaction::forget_journal_before(Instant minute) {
  return done(state_.write("DELETE FROM journal WHERE minute < ?1", minute));
}

} // namespace sallyport::store
