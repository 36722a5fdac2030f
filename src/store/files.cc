#include "store/files.h"

#include "base/descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace sallyport::store {

namespace {

std::unexpected<Error> file_error(const std::filesystem::path& file, const char* message) {
  return fail(ErrorCode::unavailable, file.filename().string(), message);
}

Result<void> sync_folder_of(const std::filesystem::path& file) {
  if (!sync_folder(file.has_parent_path() ? file.parent_path() : std::filesystem::path("."))) {
    return file_error(file, "its folder could not be synced");
  }
  return {};
}

Result<void> write_new(const std::filesystem::path& file, ByteView bytes) {
  const Descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) {
    return errno == EEXIST ? fail(ErrorCode::conflict, file.filename().string(), "the file exists")
                           : file_error(file, "the file could not be made");
  }
  if (!write_all(fd.get(), bytes) || ::fsync(fd.get()) != 0) {
    ::unlink(file.c_str());
    return file_error(file, "the file could not be written");
  }
  return {};
}

} // namespace

Result<Bytes> read_private_file(const std::filesystem::path& file, std::size_t bytes_max) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info{};
  if (fd.get() < 0 || ::fstat(fd.get(), &info) != 0) {
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable, file.filename().string(),
                "the file could not be opened");
  }
  if (!S_ISREG(info.st_mode) || (info.st_mode & 077) != 0) {
    return fail(ErrorCode::denied, file.filename().string(),
                "must be a regular file that only its owner may open");
  }
  Bytes bytes(bytes_max + 1);
  const auto filled = read_up_to(fd.get(), bytes);
  if (filled < 0) {
    return file_error(file, "the file could not be read");
  }
  if (static_cast<std::size_t>(filled) > bytes_max) {
    return fail(ErrorCode::too_large, file.filename().string(), "the file is longer than its format");
  }
  bytes.resize(static_cast<std::size_t>(filled));
  return bytes;
}

Result<void> create_private_file(const std::filesystem::path& file, ByteView bytes) {
  SP_CHECK(write_new(file, bytes));
  return sync_folder_of(file);
}

Result<void> replace_private_file(const std::filesystem::path& file, ByteView bytes) {
  auto unfinished = file;
  unfinished += ".new";
  ::unlink(unfinished.c_str()); // left by an interrupted replacement
  SP_CHECK(write_new(unfinished, bytes));
  if (::rename(unfinished.c_str(), file.c_str()) != 0) {
    return file_error(file, "the file could not be replaced");
  }
  return sync_folder_of(file);
}

Result<FileLock> FileLock::take(const std::filesystem::path& file) {
  Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) {
    return file_error(file, "the lock file could not be opened");
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::conflict, file.filename().string(), "another process is writing to this store");
  }
  return FileLock(std::move(fd));
}

} // namespace sallyport::store
