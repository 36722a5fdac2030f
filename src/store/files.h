// The few files of the store that are not SQLite's. Internal.
#pragma once

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/result.h"

#include <filesystem>

namespace sallyport::store {

// At most `bytes_max`; a longer file is too_large. denied: not a regular file, or open to group or
// others.
Result<Bytes> read_private_file(const std::filesystem::path& file, std::size_t bytes_max);
// Mode 0600, durable on return; an existing file is a conflict.
Result<void> create_private_file(const std::filesystem::path& file, ByteView bytes);
// The same by way of a temporary file and a rename: whole or as before.
Result<void> replace_private_file(const std::filesystem::path& file, ByteView bytes);

// Held while it lives, by this process alone; conflict if another holds it.
class FileLock {
public:
  static Result<FileLock> take(const std::filesystem::path& file);

private:
  explicit FileLock(Descriptor fd) : fd_(std::move(fd)) {}

  Descriptor fd_;
};

} // namespace sallyport::store
