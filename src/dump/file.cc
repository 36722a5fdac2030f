#include "dump/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sallyport::dump {

namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

bool is_zero(ByteView bytes) {
  return bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

// Cores are mostly holes, and a copy of one need not be a hundred times as large on the disk.
bool write_sparse(int fd, ByteView bytes) {
  constexpr std::size_t block = 64 * 1024;
  if (::ftruncate(fd, static_cast<off_t>(bytes.size())) != 0) {
    return false;
  }
  for (std::size_t at = 0; at < bytes.size(); at += block) {
    const ByteView piece = bytes.subspan(at, std::min(block, bytes.size() - at));
    if (is_zero(piece)) {
      continue;
    }
    if (::lseek(fd, static_cast<off_t>(at), SEEK_SET) < 0 || !write_all(fd, piece)) {
      return false;
    }
  }
  return true;
}

} // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  // Not blocking: the name may be that of a pipe.
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.get() < 0) {
    return fail(ErrorCode::not_found, path.string(), "cannot be opened for reading");
  }
  return of(fd, path.string());
}

Result<MappedFile> MappedFile::of(const Descriptor& file, const std::string& where) {
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) {
    return fail(ErrorCode::not_found, where, "cannot be opened for reading");
  }
  if (!S_ISREG(about.st_mode)) {
    return fail(ErrorCode::unsupported, where, "is no regular file");
  }
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size == 0) {
    return MappedFile(std::span<std::uint8_t>());
  }
  void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (bytes == MAP_FAILED) {
    return fail(ErrorCode::unavailable, where, "cannot be mapped into memory");
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
  Descriptor fd(::open(folder_of(path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  const bool in_memory = fd.get() < 0 && (errno == EOPNOTSUPP || errno == EISDIR);
  if (in_memory) {
    fd = Descriptor(::memfd_create("sallyport", MFD_CLOEXEC));
  }
  if (fd.get() < 0 || !write_sparse(fd.get(), bytes)) {
    return fail(ErrorCode::unavailable, path.string(), "cannot write this file");
  }
  if (bytes.empty()) {
    return NewFile(std::move(fd), in_memory, MappedFile({}), path);
  }
  void* mapped = ::mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (mapped == MAP_FAILED) {
    return fail(ErrorCode::unavailable, path.string(), "cannot be mapped into memory");
  }
  MappedFile all({static_cast<std::uint8_t*>(mapped), bytes.size()});
  return NewFile(std::move(fd), in_memory, std::move(all), path);
}

Result<void> NewFile::publish_from_memory() const {
  std::string name = (folder_of(path_) / ".sallyport-partial-XXXXXX").string();
  const Descriptor named(::mkostemp(name.data(), O_CLOEXEC));
  const bool written = named.get() >= 0 && write_sparse(named.get(), bytes()) && ::fsync(named.get()) == 0;
  const bool linked = written && ::link(name.c_str(), path_.c_str()) == 0;
  const int why = errno;
  if (named.get() >= 0) {
    ::unlink(name.c_str());
  }
  if (!linked) {
    return written && why == EEXIST ? fail(ErrorCode::conflict, path_.string(), "the file is there already")
                                    : fail(ErrorCode::unavailable, path_.string(), "cannot write this file");
  }
  return sync_folder(folder_of(path_))
             ? Result<void>()
             : fail(ErrorCode::unavailable, path_.string(), "cannot write this file");
}

Result<void> NewFile::publish() {
  if (in_memory_) {
    return publish_from_memory();
  }
  const std::string source = fmt::format("/proc/self/fd/{}", fd_.get());
  if (::fsync(fd_.get()) != 0) {
    return fail(ErrorCode::unavailable, path_.string(), "cannot write this file");
  }
  if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return errno == EEXIST ? fail(ErrorCode::conflict, path_.string(), "the file is there already")
                           : fail(ErrorCode::unavailable, path_.string(), "cannot write this file");
  }
  if (!sync_folder(folder_of(path_))) {
    return fail(ErrorCode::unavailable, path_.string(), "cannot write this file");
  }
  return {};
}

} // namespace sallyport::dump
