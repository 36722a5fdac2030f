// Parts as files: each blob is encrypted under the data key of its retention unit and lies at
//
//   <root>/objects/ab/<64 hex letters>      mode 0440, named by the SHA-256 of the ciphertext
//   <root>/tmp/<16 hex letters>             a put that has not finished
//
// A blob is whole or absent: it is written to tmp, synced, renamed, and its folder is synced before
// put() returns. The name is checked on every read, so a changed byte is `corrupt` and never
// plaintext. Erasing a blob is destroying its unit's key; remove() only takes the space back.
// All functions are const and may be called from several threads.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/instant.h"
#include "base/result.h"

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace sallyport::vault {

// The durable steps of a put, in order.
enum class Step { create, write, sync, rename, sync_folder };

struct Options {
  // Tests only: called before each step; an errno other than 0 makes the step fail with it.
  std::function<int(Step)> fault;
};

class Vault {
public:
  // Makes the folders if they are absent.
  static Result<Vault> open(std::filesystem::path root, Options options = {});

  // Encrypts under `key` (32 bytes) with the unit's name as associated data; returns the address.
  // Equal plaintexts get different addresses. More than limits::part_bytes is too_large; a disk that
  // does not take the bytes is unavailable, and then nothing is stored.
  Result<Digest> put(std::string_view unit, ByteView key, ByteView plain) const;

  // not_found: no such file. corrupt: the bytes are not those of the address. denied: another key or
  // unit than the one it was put under.
  Result<Bytes> get(const Digest& address, std::string_view unit, ByteView key) const;

  bool contains(const Digest& address) const;
  // Absent already is success.
  Result<void> remove(const Digest& address) const;

  // The blobs last written before `before` that nobody names. `before` keeps a put whose row is not
  // committed yet out of the list. Sorted.
  Result<std::vector<Digest>> orphans(Instant before,
                                      const std::function<bool(const Digest&)>& is_named) const;
  // Deletes what interrupted puts left in tmp before `before`; returns how many.
  Result<std::size_t> sweep_unfinished(Instant before) const;

private:
  Vault(std::filesystem::path root, Options options);

  std::filesystem::path root_;
  Options options_;
};

} // namespace sallyport::vault
