// A POSIX file descriptor that closes itself, and the two steps that make a new file durable: all
// bytes written, and its folder synced after the file itself.
#pragma once

#include "base/bytes.h"

#include <filesystem>
#include <utility>

namespace sallyport {

class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {}

  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  ~Descriptor();

  int get() const { return fd_; } // below 0: it did not open

private:
  int fd_;
};

// Goes on after a signal and after short writes; false leaves errno.
bool write_all(int fd, ByteView bytes);
// At most `out`.size() bytes, fewer at the end of the file; -1 leaves errno.
std::ptrdiff_t read_up_to(int fd, std::span<std::uint8_t> out);
bool sync_folder(const std::filesystem::path& folder);

} // namespace sallyport
