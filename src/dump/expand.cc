#include "dump/expand.h"

#include "dump/worker.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace sallyport::dump {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;

struct Magic {
  Packing packing;
  std::string_view name;
  std::string_view bytes;
};

constexpr std::array magics{
    Magic{Packing::gzip, "gzip", "\x1f\x8b\x08"},
    Magic{Packing::zstd, "zstd", "\x28\xb5\x2f\xfd"},
    Magic{Packing::xz, "xz", std::string_view("\xfd\x37\x7a\x58\x5a\0", 6)},
    Magic{Packing::bzip2, "bzip2", "BZh"},
    Magic{Packing::lz4, "lz4", "\x04\x22\x4d\x18"},
};

enum class End : std::uint8_t { whole, damaged, too_large };

// Memory that was zero before.
class Target {
public:
  explicit Target(std::span<std::uint8_t> to) : to_(to) {}

  std::uint64_t size() const { return size_; }

  // False where there is no room for it.
  bool add(ByteView bytes) {
    if (bytes.size() > to_.size() - size_) {
      return false;
    }
    constexpr std::size_t page = 4096;
    while (!bytes.empty()) {
      const ByteView piece = bytes.first(std::min(bytes.size(), page - size_ % page));
      if (std::ranges::any_of(piece, [](std::uint8_t byte) { return byte != 0; })) {
        std::memcpy(to_.data() + size_, piece.data(), piece.size());
      }
      size_ += piece.size();
      bytes = bytes.subspan(piece.size());
    }
    return true;
  }

private:
  std::span<std::uint8_t> to_;
  std::size_t size_ = 0;
};

// Members of gzip one behind another are one file, as its own tool has it.
End expand_gzip(ByteView packed, Target& to) {
  z_stream stream{};
  if (::inflateInit2(&stream, 15 + 16) != Z_OK) {
    return End::damaged;
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, ::inflateEnd);
  std::vector<std::uint8_t> out(block_bytes);
  while (true) {
    if (stream.avail_in == 0) {
      const ByteView piece = packed.first(std::min<std::size_t>(packed.size(), std::size_t{1} << 30));
      stream.next_in = const_cast<Bytef*>(piece.data()); // zlib does not write there
      stream.avail_in = static_cast<uInt>(piece.size());
      packed = packed.subspan(piece.size());
    }
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    if (!to.add(ByteView(out).first(out.size() - stream.avail_out))) {
      return End::too_large;
    }
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0 && packed.empty()) {
        return End::whole;
      }
      if (::inflateReset(&stream) != Z_OK) {
        return End::damaged;
      }
    } else if (status != Z_OK) {
      return End::damaged; // also where it wants more than there is
    }
  }
}

End expand_zstd(ByteView packed, Target& to) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(::ZSTD_createDCtx(), ::ZSTD_freeDCtx);
  if (context == nullptr) {
    return End::damaged;
  }
  std::vector<std::uint8_t> out(block_bytes);
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  while (true) {
    ZSTD_outBuffer made{out.data(), out.size(), 0};
    const std::size_t before = in.pos;
    const std::size_t left = ::ZSTD_decompressStream(context.get(), &made, &in);
    if (::ZSTD_isError(left) != 0U) {
      return End::damaged;
    }
    if (!to.add(ByteView(out).first(made.pos))) {
      return End::too_large;
    }
    if (in.pos == in.size && made.pos < made.size) {
      return left == 0 ? End::whole : End::damaged;
    }
    if (in.pos == before && made.pos == 0) {
      return End::damaged;
    }
  }
}

// Of a file that no other process finds.
Descriptor nameless_file() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  Descriptor unnamed(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (unnamed.get() >= 0) {
    return unnamed;
  }
  std::string name = (folder / ".sallyport-expanded-XXXXXX").string();
  Descriptor named(::mkostemp(name.data(), O_CLOEXEC));
  if (named.get() >= 0) {
    ::unlink(name.c_str());
  }
  return named;
}

// A file of `size` zero bytes as memory; nothing where there is no such memory.
class Sheet {
public:
  Sheet(const Descriptor& fd, std::size_t size) : size_(size) {
    if (fd.get() >= 0 && ::ftruncate(fd.get(), static_cast<off_t>(size)) == 0) {
      void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd.get(), 0);
      bytes_ = mapped == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(mapped);
    }
  }

  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;

  ~Sheet() {
    if (bytes_ != nullptr) {
      ::munmap(bytes_, size_);
    }
  }

  std::span<std::uint8_t> bytes() const { return {bytes_, bytes_ == nullptr ? 0 : size_}; }

private:
  std::uint8_t* bytes_ = nullptr;
  std::size_t size_;
};

// What a worker answers: how it ended, and how many bytes there are.
std::string expand_into(std::span<std::uint8_t> to, ByteView packed) {
  Target target(to);
  const End end =
      packing_of(packed) == Packing::gzip ? expand_gzip(packed, target) : expand_zstd(packed, target);
  return end == End::whole ? std::to_string(target.size()) : end == End::damaged ? "damaged" : "too large";
}

} // namespace

Packing packing_of(ByteView file) {
  const auto found = std::ranges::find_if(
      magics, [&](const Magic& magic) { return as_text(file).starts_with(magic.bytes); });
  return found == magics.end() ? Packing::none : found->packing;
}

bool can_expand(Packing packing) {
  return packing == Packing::gzip || packing == Packing::zstd;
}

std::string_view name_of(Packing packing) {
  const auto found = std::ranges::find(magics, packing, &Magic::packing);
  return found == magics.end() ? "none" : found->name;
}

Result<MappedFile> expand(const MappedFile& packed, std::uint64_t bytes_max) {
  if (!can_expand(packing_of(packed.bytes()))) {
    return fail(ErrorCode::unsupported, "/file", "is compressed in a way that is not expanded here");
  }
  const Descriptor fd = nameless_file();
  std::string answer;
  {
    const Sheet sheet(fd, bytes_max);
    if (sheet.bytes().empty()) {
      return fail(ErrorCode::unavailable, "/file",
                  "has no room to be expanded in the folder for temporary files");
    }
    SP_TRY(answer,
           in_worker([&](const Progress&) { return expand_into(sheet.bytes(), packed.bytes()); }, {}));
  }
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(answer.data(), answer.data() + answer.size(), size);
  if (answer == "too large" || (error == std::errc() && size > bytes_max)) {
    return fail(ErrorCode::too_large, "/file", "is more than may be expanded");
  }
  if (error != std::errc() || end != answer.data() + answer.size()) {
    return fail(ErrorCode::malformed, "/file", "is cut off, or not compressed as its first bytes say");
  }
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) {
    return fail(ErrorCode::unavailable, "/file", "cannot be kept while it is read");
  }
  return MappedFile::of(fd, "/file");
}

} // namespace sallyport::dump
