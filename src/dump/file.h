// A file in memory, read-only and not copied: the thin shell around read(). And a new file that is written in
// memory too.
#pragma once

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/result.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace sallyport::dump {

// Pages come in as they are touched, so a dump of any size costs no memory of its own. A file that is cut
// shorter while it is mapped ends the process (SIGBUS): dumps are read where that is harmless, and not from
// where others write.
class MappedFile {
public:
  // A regular file only.
  static Result<MappedFile> open(const std::filesystem::path& path);
  // Of an open file, which need not stay open. `where` is what errors call it.
  static Result<MappedFile> of(const Descriptor& file, const std::string& where);

  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  ~MappedFile();

  ByteView bytes() const { return bytes_; }

private:
  explicit MappedFile(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

  std::span<std::uint8_t> bytes_;

  friend class NewFile;
};

// A copy of a file to write in, that has no name before it is published: nobody sees half of it, and where it
// is not published nothing is left.
class NewFile {
public:
  // In the folder that `path` names, with these bytes; pages of zeros take no room on the disk.
  static Result<NewFile> copy_of(ByteView bytes, const std::filesystem::path& path);

  NewFile(NewFile&& other) noexcept = default;
  NewFile& operator=(NewFile&& other) noexcept = default;
  ~NewFile() = default;

  ByteView bytes() const { return mapped_.bytes(); }

  std::span<std::uint8_t> writable() { return mapped_.bytes_; }

  // Conflict where there is a file of this name.
  Result<void> publish();

private:
  NewFile(Descriptor fd, bool in_memory, MappedFile mapped, std::filesystem::path path)
      : fd_(std::move(fd)), in_memory_(in_memory), mapped_(std::move(mapped)), path_(std::move(path)) {}

  Result<void> publish_from_memory() const;

  Descriptor fd_;
  bool in_memory_; // the file system has no files without a name: what is not published is never on it
  MappedFile mapped_;
  std::filesystem::path path_;
};

} // namespace sallyport::dump
