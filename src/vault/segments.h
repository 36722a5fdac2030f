// Large things in pieces that can be erased apart: each piece ("segment") is encrypted under the data key of
// a retention unit of its own, and destroying one key takes that segment and nothing else.
//
//   <root>/segments/<32 hex letters>    the segments, one behind the other           mode 0400
//   <root>/segments/<name>.index        which of these files it is, and what the caller has to say of it,
//   sealed <root>/tmp/<32 hex letters>         a put that has not finished
//
// A segment is sealed in chunks by the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizar: "Online
// Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015; the age format uses it too):
// every chunk but the last is full, and the chunk's number and whether it is the last are authenticated with
// it, so that none can be dropped, swapped, repeated or cut off unnoticed. Here both are associated data,
// with the file's name and the unit, and the nonce is random and stored, as in every sealed value of the
// house (crypto/aead.h). Memory: one chunk.
//
// What is put is whole or absent: the segments are durable before the index names them, and the index before
// put() returns. All functions are const and may be called from several threads and processes.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"
#include "base/sensitive.h"
#include "vault/vault.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::vault {

inline constexpr std::size_t segment_chunk_bytes = 256 * 1024;

struct Segment {
  std::string unit;
  std::uint64_t bytes = 0;
};

// What an index says: the name of the file with the segments, and the caller's own words.
struct SegmentIndex {
  std::string file;
  Bytes about;
};

// 32 bytes each, asked for when it is needed and not held longer.
using KeyOfUnit = std::function<Result<Sensitive<Bytes>>(std::string_view unit)>;

class Segments {
public:
  // Of the vault with this root. Nothing is made before the first put.
  explicit Segments(std::filesystem::path root, Options options = {});

  // `plain` is the segments' bytes, one behind the other. The index is sealed under `index_unit`. Conflict:
  // there is an index of this name. An error of `key` is returned; with any error nothing is kept.
  Result<void> put(std::string_view name, std::string_view index_unit, ByteView about,
                   std::span<const Segment> segments, ByteView plain, const KeyOfUnit& key) const;

  bool contains(std::string_view name) const;
  Result<std::vector<std::string>> names() const; // sorted
  // not_found: no index of this name. corrupt: it does not open under this unit and key.
  Result<SegmentIndex> index(std::string_view name, std::string_view index_unit, ByteView key) const;

  // That the file is there and as long as these segments. Nothing is decrypted.
  Result<void> check(const SegmentIndex& index, std::span<const Segment> segments) const;
  // Gives `take` the segment's bytes, chunk by chunk, each as it was put. What was given counts only where
  // this succeeds: before the last chunk nobody knows that none is missing. corrupt: a chunk is not as it was
  // put, or this is not its key.
  Result<void> get(const SegmentIndex& index, std::span<const Segment> segments, std::size_t at, ByteView key,
                   const std::function<Result<void>(ByteView)>& take) const;

  // Deletes files of segments that no index names and that were last written before `before`; returns how
  // many.
  Result<std::size_t> sweep_unnamed(Instant before) const;

private:
  std::filesystem::path folder() const { return root_ / "segments"; }

  std::filesystem::path index_file(std::string_view name) const;
  Result<void> write(const std::filesystem::path& file,
                     const std::function<Result<void>(int fd)>& fill) const;

  std::filesystem::path root_;
  Options options_;
};

} // namespace sallyport::vault
