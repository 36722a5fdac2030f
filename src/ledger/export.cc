#include "ledger/export.h"

#include "ledger/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <system_error>
#include <vector>

namespace sallyport::ledger {

namespace {

namespace fs = std::filesystem;

std::unexpected<Error> cannot_write(const char* what) {
  return fail(ErrorCode::unavailable, "export", what);
}

class File {
public:
  File(const fs::path& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}

  ~File() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }

  bool write(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) {
        return false;
      }
      bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return true;
  }

  bool sync() { return ::fsync(descriptor_) == 0; }

private:
  int descriptor_;
};

// Writes files below one directory. A file appears whole and durable by rename; sync_names() makes the
// names themselves durable.
class Writer {
public:
  explicit Writer(const fs::path& root) : root_(root) {}

  Result<void> put(const fs::path& name, ByteView bytes) {
    const fs::path path = root_ / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) {
      return cannot_write("a directory cannot be made");
    }
    for (fs::path folder = name.parent_path();; folder = folder.parent_path()) {
      renamed_in_.insert(root_ / folder);
      if (folder.empty()) {
        break;
      }
    }
    fs::path draft = path;
    draft += ".tmp";
    {
      File file(draft, O_WRONLY | O_CREAT | O_TRUNC);
      if (!file.is_open() || !file.write(bytes) || !file.sync()) {
        return cannot_write("a file cannot be written");
      }
    }
    fs::rename(draft, path, error);
    if (error) {
      return cannot_write("a file cannot be put in its place");
    }
    return {};
  }

  Result<void> sync_names() {
    for (const fs::path& folder : renamed_in_) {
      File file(folder, O_RDONLY | O_DIRECTORY);
      if (!file.is_open() || !file.sync()) {
        return cannot_write("a directory cannot be made durable");
      }
    }
    renamed_in_.clear();
    return {};
  }

private:
  fs::path root_;
  std::set<fs::path> renamed_in_;
};

Bytes concatenate(std::span<const Digest> hashes) {
  Bytes bytes;
  bytes.reserve(hashes.size() * sizeof(Digest::bytes));
  for (const Digest& hash : hashes) {
    bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  }
  return bytes;
}

Digest full_tile_root(std::span<const Digest> tile) {
  Frontier subtree;
  for (const Digest& hash : tile) {
    subtree.append(hash);
  }
  return subtree.root();
}

// Tiles n, n+1 ... of one level that a tree of `size` leaves has, from the first that an export of
// `exported` leaves had not completed. Calls put(n, width).
template <class Put>
Result<void> for_each_tile(unsigned level, std::uint64_t size, std::uint64_t exported, Put&& put) {
  const std::uint64_t hashes = size >> (level * tile_height);
  const std::uint64_t written = exported >> (level * tile_height);
  for (std::uint64_t n = written / tile_width; n * tile_width < hashes; ++n) {
    SP_CHECK(put(n, std::min(tile_width, hashes - n * tile_width)));
  }
  return {};
}

Result<void> put_level(Writer& writer, const TileReader& reader, unsigned level, std::uint64_t size,
                       std::uint64_t exported) {
  return for_each_tile(level, size, exported, [&](std::uint64_t n, std::uint64_t width) -> Result<void> {
    std::vector<Digest> tile(width);
    SP_CHECK(reader.hashes(level, n * tile_width, tile));
    if (width == tile_width) {
      SP_TRY(const Digest above, reader.hash(level + 1, n));
      if (full_tile_root(tile) != above) {
        return fail(ErrorCode::corrupt, "tile", "a tile does not hash to the hash above it");
      }
    }
    return writer.put(tile_path(level, n, width), concatenate(tile));
  });
}

Result<void> put_entries(Writer& writer, const TileReader& reader, const EntrySource& entries,
                         std::uint64_t size, std::uint64_t exported) {
  return for_each_tile(0, size, exported, [&](std::uint64_t n, std::uint64_t width) -> Result<void> {
    std::vector<Digest> leaves(width);
    SP_CHECK(reader.hashes(0, n * tile_width, leaves));
    Bytes bundle;
    for (std::uint64_t i = 0; i < width; ++i) {
      SP_TRY(const Bytes entry, entries(n * tile_width + i));
      if (leaf_hash(entry) != leaves[i]) {
        return fail(ErrorCode::corrupt, "entry", "an entry does not hash to its leaf");
      }
      SP_CHECK(append_to_bundle(bundle, entry));
    }
    return writer.put(entries_path(n, width), bundle);
  });
}

Result<void> check_head(const TileReader& reader, std::uint64_t size, std::string_view checkpoint) {
  SP_TRY(const Note note, parse_note(checkpoint));
  SP_TRY(const Checkpoint head, parse_checkpoint(note.text));
  if (head.size != size) {
    return fail(ErrorCode::corrupt, "checkpoint", "the checkpoint is of another size");
  }
  SP_TRY(const Digest actual, root(reader, size));
  if (head.root != actual) {
    return fail(ErrorCode::corrupt, "checkpoint", "the tiles do not hash to the checkpoint's root");
  }
  return {};
}

} // namespace

Result<void> export_tiles(const TileReader& reader, const EntrySource& entries, std::uint64_t size,
                          std::string_view checkpoint, const std::filesystem::path& directory,
                          std::uint64_t exported) {
  if (exported > size) {
    return fail(ErrorCode::conflict, "size", "a larger tree has been exported to this directory");
  }
  SP_CHECK(check_head(reader, size, checkpoint));
  Writer writer(directory);
  for (unsigned level = 0; level < tile_levels && size >> (level * tile_height) != 0; ++level) {
    SP_CHECK(put_level(writer, reader, level, size, exported));
  }
  SP_CHECK(writer.sync_names());
  SP_CHECK(put_entries(writer, reader, entries, size, exported));
  SP_CHECK(writer.sync_names());
  SP_CHECK(writer.put("checkpoint", as_bytes(checkpoint)));
  return writer.sync_names();
}

} // namespace sallyport::ledger
