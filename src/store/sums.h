// What makes a changed byte show: the SHA-256 over all columns of a row that is kept in clear, and the
// associated data of a sealed value, which names table, unit and row. Every field goes in with its
// kind and length, so two lists of fields never give the same bytes. Internal.
#pragma once

#include "base/id.h"
#include "crypto/digest.h"
#include "store/rows.h"

#include <array>
#include <concepts>
#include <optional>
#include <string_view>

namespace sallyport::store {

inline void feed(crypto::Sha256& sum, char kind, std::uint64_t number) {
  std::array<std::uint8_t, 9> head{static_cast<std::uint8_t>(kind)};
  for (std::size_t i = 1; i < head.size(); ++i) {
    head[i] = static_cast<std::uint8_t>(number);
    number >>= 8;
  }
  sum.update(head);
}

inline void feed(crypto::Sha256& sum, ByteView bytes) {
  feed(sum, 'b', bytes.size());
  sum.update(bytes);
}

inline void feed(crypto::Sha256& sum, std::string_view text) {
  feed(sum, as_bytes(text));
}

inline void feed(crypto::Sha256& sum, const Digest& digest) {
  feed(sum, digest.view());
}

inline void feed(crypto::Sha256& sum, Instant at) {
  feed(sum, 'i', static_cast<std::uint64_t>(at.ms));
}

template <std::integral I> void feed(crypto::Sha256& sum, I number) {
  feed(sum, 'i', static_cast<std::uint64_t>(number));
}

template <class Kind> void feed(crypto::Sha256& sum, const Id<Kind>& id) {
  feed(sum, std::string_view(id.str()));
}

template <class T> void feed(crypto::Sha256& sum, const std::optional<T>& value) {
  feed(sum, value ? 's' : 'n', 0);
  if (value) {
    feed(sum, *value);
  }
}

template <class... Fields> Digest sum_of_fields(std::string_view table, const Fields&... fields) {
  crypto::Sha256 sum;
  feed(sum, table);
  (feed(sum, fields), ...);
  return sum.finish();
}

inline Digest sum_of(const Checkpoint& c) {
  return sum_of_fields("checkpoint", c.size, c.note);
}

inline Digest sum_of(const Part& p) {
  return sum_of_fields("part", p.packet, p.part, p.revision, p.unit, p.address, p.bytes, p.media_type);
}

inline Digest sum_of(const Manifest& m) {
  return sum_of_fields("manifest", m.id, m.packet, m.digest, m.bytes);
}

inline Digest sum_of(const Entry& e) {
  return sum_of_fields("entry", e.id, e.packet, e.lane, e.core, e.release_n, e.receipt, e.delivered);
}

inline Digest sum_of(const Token& t) {
  return sum_of_fields("token", t.id, t.verifier, t.account, t.scopes, t.expires, t.revoked);
}

inline Digest sum_of(const Answer& a) {
  return sum_of_fields("answer", a.principal, a.key, a.request, a.status, a.body, a.at);
}

// Over the stored bytes, sealed or not.
inline Digest sum_of(const Document& d) {
  return sum_of_fields("document", d.kind, d.id, d.version, d.unit, d.bytes);
}

} // namespace sallyport::store
