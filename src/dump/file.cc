#include "dump/file.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sallyport::dump {

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  // Not blocking: the name may be that of a pipe.
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat about{};
  if (fd.get() < 0 || ::fstat(fd.get(), &about) != 0) {
    return fail(ErrorCode::not_found, path.string(), "cannot be opened for reading");
  }
  if (!S_ISREG(about.st_mode)) {
    return fail(ErrorCode::unsupported, path.string(), "is no regular file");
  }
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size == 0) {
    return MappedFile(std::span<std::uint8_t>());
  }
  void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (bytes == MAP_FAILED) {
    return fail(ErrorCode::unavailable, path.string(), "cannot be mapped into memory");
  }
  return MappedFile(std::span(static_cast<std::uint8_t*>(bytes), size));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) {
    ::munmap(bytes_.data(), bytes_.size());
  }
}

Result<NewFile> NewFile::copy_of(ByteView bytes, const std::filesystem::path& path) {
  if (std::error_code ignored; std::filesystem::exists(path, ignored)) {
    return fail(ErrorCode::conflict, path.string(), "the file is there already");
  }
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  Descriptor fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.get() < 0 || !write_all(fd.get(), bytes)) {
    return fail(ErrorCode::unavailable, path.string(), "cannot write this file");
  }
  if (bytes.empty()) {
    return NewFile(std::move(fd), MappedFile({}), path);
  }
  void* mapped = ::mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (mapped == MAP_FAILED) {
    return fail(ErrorCode::unavailable, path.string(), "cannot be mapped into memory");
  }
  return NewFile(std::move(fd), MappedFile({static_cast<std::uint8_t*>(mapped), bytes.size()}), path);
}

Result<void> NewFile::publish() {
  const std::string unnamed = fmt::format("/proc/self/fd/{}", fd_.get());
  const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
  if (::fsync(fd_.get()) != 0) {
    return fail(ErrorCode::unavailable, path_.string(), "cannot write this file");
  }
  if (::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return errno == EEXIST ? fail(ErrorCode::conflict, path_.string(), "the file is there already")
                           : fail(ErrorCode::unavailable, path_.string(), "cannot write this file");
  }
  if (!sync_folder(folder)) {
    return fail(ErrorCode::unavailable, path_.string(), "cannot write this file");
  }
  return {};
}

} // namespace sallyport::dump
