// A file in memory, read-only and not copied: the thin shell around read(). Or a copy to write in, which
// costs the pages that are written.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <filesystem>
#include <span>
#include <utility>

namespace sallyport::dump {

// Pages come in as they are touched, so a dump of any size costs no memory of its own. A file that is cut
// shorter while it is mapped ends the process (SIGBUS): dumps are read where that is harmless, and not from
// where others write.
class MappedFile {
public:
  // A regular file only.
  static Result<MappedFile> open(const std::filesystem::path& path);
  // What is written stays in memory; the file does not change.
  static Result<MappedFile> open_copy(const std::filesystem::path& path);

  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  ~MappedFile();

  ByteView bytes() const { return bytes_; }

  // Of open_copy() alone.
  std::span<std::uint8_t> writable() { return bytes_; }

private:
  explicit MappedFile(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

  static Result<MappedFile> map(const std::filesystem::path& path, int protection);

  std::span<std::uint8_t> bytes_;
};

} // namespace sallyport::dump
