#include "vault/segments.h"

#include "base/descriptor.h"
#include "crypto/aead.h"
#include "crypto/random.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace sallyport::vault {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view first_line = "sallyport segments 1\n";
constexpr std::string_view index_ending = ".index";
constexpr std::size_t name_bytes = 16; // drawn; written as hex
constexpr std::size_t index_bytes_max = 16 * 1024 * 1024;

std::unexpected<Error> segments_error(const char* message) {
  return fail(ErrorCode::unavailable, "vault", message);
}

std::unexpected<Error> changed_segments() {
  return fail(ErrorCode::corrupt, "vault", "the stored segments are not as they were put");
}

std::uint64_t chunks_of(std::uint64_t bytes) {
  return bytes == 0 ? 1 : (bytes - 1) / segment_chunk_bytes + 1;
}

std::uint64_t sealed_bytes(const Segment& segment) {
  return segment.bytes + chunks_of(segment.bytes) * crypto::aead_overhead;
}

std::uint64_t end_of(std::span<const Segment> segments) {
  std::uint64_t out = first_line.size();
  for (const Segment& segment : segments) {
    out += sealed_bytes(segment);
  }
  return out;
}

// Of one chunk: which file, which unit, which place, and whether it is the last. The end has a fixed length,
// so that no two of these are spelled alike.
std::string associated(std::string_view file, std::string_view unit, std::uint64_t number, bool last) {
  std::string out("sallyport segment v1");
  out += '\0';
  out += file;
  out += '\0';
  out += unit;
  out += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) {
    out += static_cast<char>(number >> shift & 0xff);
  }
  out += last ? '\1' : '\0';
  return out;
}

std::string of_index(std::string_view file, std::string_view name, std::string_view unit) {
  std::string out("sallyport segment index v1");
  for (const std::string_view part : {file, name, unit}) {
    out += '\0';
    out += part;
  }
  return out;
}

bool has_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) {
    return sync_folder(folder.parent_path());
  }
  return errno == EEXIST;
}

bool is_file_name(std::string_view name) {
  return name.size() == 2 * name_bytes && from_hex(name).has_value();
}

Result<void> written(int fd, ByteView bytes) {
  return write_all(fd, bytes) ? Result<void>()
                              : segments_error("the segments could not be written; the disk may be full");
}

// Deletes the file unless it is kept.
struct Unlink {
  const fs::path& file;
  bool armed = true;

  ~Unlink() {
    if (armed) {
      ::unlink(file.c_str());
    }
  }
};

Result<void> seal_segment(int fd, std::string_view file, const Segment& segment, ByteView plain, ByteView key,
                          const std::function<Result<void>()>& may_write) {
  const std::uint64_t chunks = chunks_of(segment.bytes);
  for (std::uint64_t number = 0; number < chunks; ++number) {
    const std::size_t from = static_cast<std::size_t>(number) * segment_chunk_bytes;
    const ByteView piece = plain.subspan(from, std::min(segment_chunk_bytes, plain.size() - from));
    SP_CHECK(may_write());
    SP_CHECK(
        written(fd, crypto::seal(key, piece,
                                 as_bytes(associated(file, segment.unit, number, number + 1 == chunks)))));
  }
  return {};
}

} // namespace

Segments::Segments(fs::path root, Options options) : root_(std::move(root)), options_(std::move(options)) {
}

fs::path Segments::index_file(std::string_view name) const {
  return folder() / (std::string(name) + std::string(index_ending));
}

// A new file: durable with its name, or absent.
Result<void> Segments::write(const fs::path& file, const std::function<Result<void>(int fd)>& fill) const {
  const auto may = [&](Step step) {
    errno = options_.fault ? options_.fault(step) : 0;
    return errno == 0;
  };
  Bytes drawn(name_bytes);
  crypto::random_bytes(drawn);
  const fs::path unfinished = root_ / "tmp" / to_hex(drawn);
  {
    const Descriptor fd(may(Step::create) ? ::open(unfinished.c_str(),
                                                   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400)
                                          : -1);
    if (fd.get() < 0) {
      return segments_error("a file of segments could not be created");
    }
    Unlink undo{unfinished};
    SP_CHECK(fill(fd.get()));
    if (!may(Step::sync) || ::fsync(fd.get()) != 0) {
      return segments_error("the segments could not be synced");
    }
    undo.armed = false;
  }
  const Unlink tidy{unfinished};
  // Not a rename, which would take the place of what another process has put meanwhile.
  if (!may(Step::rename) || ::link(unfinished.c_str(), file.c_str()) != 0) {
    return errno == EEXIST ? fail(ErrorCode::conflict, "vault", "something is kept under this name already")
                           : segments_error("the segments could not be put in their place");
  }
  if (!may(Step::sync_folder) || !sync_folder(folder())) {
    ::unlink(file.c_str()); // its name is not durable, so it must not be named
    return segments_error("the folder of the segments could not be synced");
  }
  return {};
}

Result<void> Segments::put(std::string_view name, std::string_view index_unit, ByteView about,
                           std::span<const Segment> segments, ByteView plain, const KeyOfUnit& key) const {
  if (contains(name)) {
    return fail(ErrorCode::conflict, "vault", "something is kept under this name already");
  }
  if (!has_folder(root_) || !has_folder(root_ / "tmp") || !has_folder(folder())) {
    return segments_error("the folders of the vault could not be made");
  }
  Bytes drawn(name_bytes);
  crypto::random_bytes(drawn);
  const std::string file = to_hex(drawn);
  const auto may_write = [&]() -> Result<void> {
    errno = options_.fault ? options_.fault(Step::write) : 0;
    return errno == 0 ? Result<void>()
                      : segments_error("the segments could not be written; the disk may be full");
  };
  const auto fill_segments = [&](int fd) -> Result<void> {
    SP_CHECK(written(fd, as_bytes(first_line)));
    std::size_t at = 0;
    for (const Segment& segment : segments) {
      SP_ASSERT(segment.bytes <= plain.size() - at);
      SP_TRY(const Sensitive<Bytes> own, key(segment.unit));
      const auto bytes = static_cast<std::size_t>(segment.bytes);
      SP_CHECK(seal_segment(fd, file, segment, plain.subspan(at, bytes), own.expose(), may_write));
      at += bytes;
    }
    SP_ASSERT(at == plain.size());
    return {};
  };
  SP_CHECK(write(folder() / file, fill_segments));
  const fs::path segments_file = folder() / file;
  Unlink undo{segments_file};
  SP_TRY(const Sensitive<Bytes> own, key(index_unit));
  const auto fill_index = [&](int fd) -> Result<void> {
    SP_CHECK(may_write());
    SP_CHECK(written(fd, as_bytes(file)));
    return written(fd, crypto::seal(own.expose(), about, as_bytes(of_index(file, name, index_unit))));
  };
  SP_CHECK(write(index_file(name), fill_index));
  undo.armed = false;
  return {};
}

bool Segments::contains(std::string_view name) const {
  struct stat info{};
  return ::lstat(index_file(name).c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

Result<std::vector<std::string>> Segments::names() const {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator it(folder(), error), end; !error && it != end; it.increment(error)) {
    const std::string file = it->path().filename().string();
    if (file.ends_with(index_ending)) {
      out.push_back(file.substr(0, file.size() - index_ending.size()));
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return segments_error("the folder of the segments could not be listed");
  }
  std::ranges::sort(out);
  return out;
}

namespace {

// The first bytes of an index, which need no key: the name of its file.
Result<Bytes> stored_index(const fs::path& file) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd.get() < 0) {
    return errno == ENOENT ? fail(ErrorCode::not_found, "vault", "nothing is kept under this name")
                           : segments_error("an index of segments could not be opened");
  }
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) {
    return segments_error("an index of segments could not be read");
  }
  if (!S_ISREG(info.st_mode) || info.st_size < static_cast<off_t>(2 * name_bytes) ||
      info.st_size > static_cast<off_t>(index_bytes_max)) {
    return changed_segments();
  }
  Bytes out(static_cast<std::size_t>(info.st_size));
  const auto filled = read_up_to(fd.get(), out);
  if (filled < 0) {
    return segments_error("an index of segments could not be read");
  }
  return static_cast<std::size_t>(filled) == out.size() &&
                 is_file_name(as_text(ByteView(out).first(2 * name_bytes)))
             ? Result<Bytes>(std::move(out))
             : changed_segments();
}

// The open file, which is as long as it must be.
Result<Descriptor> opened(const fs::path& file, std::span<const Segment> segments) {
  Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd.get() < 0) {
    return errno == ENOENT ? fail(ErrorCode::not_found, "vault", "the file of the segments is missing")
                           : segments_error("the file of the segments could not be opened");
  }
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) {
    return segments_error("the file of the segments could not be read");
  }
  if (!S_ISREG(info.st_mode) || static_cast<std::uint64_t>(info.st_size) != end_of(segments)) {
    return changed_segments();
  }
  return fd;
}

} // namespace

Result<SegmentIndex> Segments::index(std::string_view name, std::string_view index_unit, ByteView key) const {
  SP_TRY(const Bytes stored, stored_index(index_file(name)));
  SegmentIndex out;
  out.file = as_text(ByteView(stored).first(2 * name_bytes));
  auto about = crypto::open(key, ByteView(stored).subspan(2 * name_bytes),
                            as_bytes(of_index(out.file, name, index_unit)));
  if (!about) {
    return changed_segments();
  }
  out.about = std::move(*about);
  return out;
}

Result<void> Segments::check(const SegmentIndex& index, std::span<const Segment> segments) const {
  SP_TRY(const Descriptor fd, opened(folder() / index.file, segments));
  std::array<std::uint8_t, first_line.size()> line{};
  return read_up_to(fd.get(), line) == static_cast<std::ptrdiff_t>(line.size()) && as_text(line) == first_line
             ? Result<void>()
             : changed_segments();
}

Result<void> Segments::get(const SegmentIndex& index, std::span<const Segment> segments, std::size_t at,
                           ByteView key, const std::function<Result<void>(ByteView)>& take) const {
  SP_ASSERT(at < segments.size());
  SP_TRY(const Descriptor fd, opened(folder() / index.file, segments));
  const Segment& segment = segments[at];
  if (::lseek(fd.get(), static_cast<off_t>(end_of(segments.first(at))), SEEK_SET) < 0) {
    return segments_error("the file of the segments could not be read");
  }
  const std::uint64_t chunks = chunks_of(segment.bytes);
  Bytes sealed;
  for (std::uint64_t number = 0; number < chunks; ++number) {
    const std::uint64_t left = segment.bytes - number * segment_chunk_bytes;
    sealed.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, segment_chunk_bytes)) +
                  crypto::aead_overhead);
    const auto filled = read_up_to(fd.get(), sealed);
    if (filled < 0) {
      return segments_error("the file of the segments could not be read");
    }
    if (static_cast<std::size_t>(filled) != sealed.size()) {
      return changed_segments();
    }
    const auto plain = crypto::open(
        key, sealed, as_bytes(associated(index.file, segment.unit, number, number + 1 == chunks)));
    if (!plain) {
      return fail(ErrorCode::corrupt, "vault", "a segment is not as it was put, or this is not its key");
    }
    SP_CHECK(take(*plain));
  }
  return {};
}

Result<std::size_t> Segments::sweep_unnamed(Instant before) const {
  SP_TRY(const std::vector<std::string> all, names());
  std::set<std::string> named;
  for (const std::string& name : all) {
    SP_TRY(const Bytes stored, stored_index(index_file(name)));
    named.emplace(as_text(ByteView(stored).first(2 * name_bytes)));
  }
  std::size_t swept = 0;
  std::error_code error;
  for (fs::directory_iterator it(folder(), error), end; !error && it != end; it.increment(error)) {
    const std::string file = it->path().filename().string();
    struct stat info{};
    if (is_file_name(file) && !named.contains(file) && ::lstat(it->path().c_str(), &info) == 0 &&
        S_ISREG(info.st_mode) && Instant{static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1000} < before) {
      swept += ::unlink(it->path().c_str()) == 0 ? 1U : 0U;
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return segments_error("the folder of the segments could not be listed");
  }
  return swept;
}

} // namespace sallyport::vault
