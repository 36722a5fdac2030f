#include "engine/files.h"

#include "base/limits.h"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace sallyport::engine {

Result<std::string> read_small_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return fail(ErrorCode::not_found, path.string(), "cannot read this file");
  }
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (bytes.size() > limits::request_bytes) {
    return fail(ErrorCode::too_large, path.string(), "the file is too large");
  }
  return bytes;
}

Result<void> write_new_file(const std::filesystem::path& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return errno == EEXIST ? fail(ErrorCode::conflict, path.string(), "the file is there already")
                           : fail(ErrorCode::unavailable, path.string(), "cannot write this file");
  }
  bool ok = true;
  while (ok && !bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    ok = n > 0 || (n < 0 && errno == EINTR);
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  ok = ok && ::fsync(fd) == 0;
  ok = ::close(fd) == 0 && ok;
  if (!ok) {
    return fail(ErrorCode::unavailable, path.string(), "cannot write this file");
  }
  return {};
}

} // namespace sallyport::engine
