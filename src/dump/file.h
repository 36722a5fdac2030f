// A file in memory, read-only and not copied: the thin shell around read().
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <filesystem>
#include <utility>

namespace sallyport::dump {

// Pages come in as they are touched, so a dump of any size costs no memory of its own. A file that is cut
// shorter while it is mapped ends the process (SIGBUS): dumps are read where that is harmless, and not from
// where others write.
class MappedFile {
public:
  // A regular file only.
  static Result<MappedFile> open(const std::filesystem::path& path);

  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  ~MappedFile();

  ByteView bytes() const { return bytes_; }

private:
  explicit MappedFile(ByteView bytes) : bytes_(bytes) {}

  ByteView bytes_;
};

} // namespace sallyport::dump
