#include "dump/file.h"

#include "base/descriptor.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace sallyport::dump {

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  return map(path, PROT_READ);
}

Result<MappedFile> MappedFile::open_copy(const std::filesystem::path& path) {
  return map(path, PROT_READ | PROT_WRITE);
}

Result<MappedFile> MappedFile::map(const std::filesystem::path& path, int protection) {
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
  void* bytes = ::mmap(nullptr, size, protection, MAP_PRIVATE, fd.get(), 0);
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

} // namespace sallyport::dump
