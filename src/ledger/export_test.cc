#include "ledger/export.h"

#include "ledger/checkpoint.h"
#include "ledger/testing/trees.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdlib>
#include <set>

namespace sallyport::ledger {

using namespace testing;

namespace {

namespace fs = std::filesystem;

// A directory that goes when the test does.
class Scratch {
public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "ledger-export-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }

  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

Result<Bytes> entry_at(std::uint64_t i) {
  const std::string text = entry_text(i);
  return Bytes(text.begin(), text.end());
}

std::string head_note(const MemoryTiles& tiles, std::uint64_t size) {
  return *sign_checkpoint({"example.org/log", size, *root(tiles, size)}, test_key(1));
}

std::set<std::string> files_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (file.is_regular_file()) {
      names.insert(fs::relative(file.path(), folder).string());
    }
  }
  return names;
}

// A reader over an exported directory, as a stranger would write it.
class ExportedTiles final : public TileReader {
public:
  ExportedTiles(fs::path folder, std::uint64_t size) : folder_(std::move(folder)), size_(size) {}

  Result<Digest> hash(unsigned level, std::uint64_t index) const override {
    const std::uint64_t n = index / tile_width;
    const std::uint64_t width = std::min(tile_width, (size_ >> (level * tile_height)) - n * tile_width);
    const std::string tile = sallyport::testing::read_file(folder_ / tile_path(level, n, width));
    REQUIRE(tile.size() == width * 32);
    return Digest::from_bytes(as_bytes(tile).subspan(index % tile_width * 32, 32));
  }

private:
  fs::path folder_;
  std::uint64_t size_;
};

} // namespace

TEST_CASE("an export is the files of the specification and nothing else") {
  const MemoryTiles tiles = tiles_of(515);
  const Scratch scratch;
  REQUIRE(export_tiles(tiles, entry_at, 515, head_note(tiles, 515), scratch.path()));
  CHECK(files_in(scratch.path()) ==
        std::set<std::string>{"checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/3", "tile/1/000.p/2",
                              "tile/entries/000", "tile/entries/001", "tile/entries/002.p/3"});
  CHECK(sallyport::testing::read_file(scratch.path() / "checkpoint") == head_note(tiles, 515));
}

TEST_CASE("root, proofs and entries come back from the exported files alone") {
  const MemoryTiles tiles = tiles_of(700);
  const Scratch scratch;
  REQUIRE(export_tiles(tiles, entry_at, 700, head_note(tiles, 700), scratch.path()));
  const ExportedTiles exported(scratch.path(), 700);
  CHECK(*root(exported, 700) == *root(tiles, 700));
  CHECK(*inclusion_proof(exported, 300, 700) == *inclusion_proof(tiles, 300, 700));
  const std::string bundle = sallyport::testing::read_file(scratch.path() / entries_path(2, 188));
  const auto entries = parse_bundle(as_bytes(bundle), 188);
  REQUIRE(entries);
  CHECK(as_text(entries->back()) == entry_text(699));
}

TEST_CASE("an export that goes on writes what was not complete and leaves the rest") {
  const MemoryTiles tiles = tiles_of(900);
  const Scratch whole;
  const Scratch grown;
  REQUIRE(export_tiles(tiles, entry_at, 300, head_note(tiles, 300), grown.path()));
  const auto untouched = fs::last_write_time(grown.path() / "tile/0/000");
  REQUIRE(export_tiles(tiles, entry_at, 900, head_note(tiles, 900), grown.path(), 300));
  REQUIRE(export_tiles(tiles, entry_at, 900, head_note(tiles, 900), whole.path()));
  CHECK(fs::last_write_time(grown.path() / "tile/0/000") == untouched);
  for (const std::string& name : files_in(whole.path())) {
    CAPTURE(name);
    CHECK(sallyport::testing::read_file(grown.path() / name) ==
          sallyport::testing::read_file(whole.path() / name));
  }
  CHECK_FALSE(export_tiles(tiles, entry_at, 300, head_note(tiles, 300), grown.path(), 900));
}

TEST_CASE("an empty log exports its checkpoint") {
  const Scratch scratch;
  REQUIRE(export_tiles(MemoryTiles{}, entry_at, 0, head_note({}, 0), scratch.path()));
  CHECK(files_in(scratch.path()) == std::set<std::string>{"checkpoint"});
}

TEST_CASE("what does not fit the checkpoint is not published") {
  const MemoryTiles tiles = tiles_of(300);
  const MemoryTiles other = tiles_of(301);
  const Scratch scratch;
  const auto wrong_entry = [](std::uint64_t i) { return entry_at(i == 280 ? 0 : i); };

  class OneWrong final : public TileReader {
  public:
    explicit OneWrong(const MemoryTiles& tiles) : tiles_(tiles) {}

    Result<Digest> hash(unsigned level, std::uint64_t index) const override {
      return level == 0 && index == 7 ? Result<Digest>(Digest{}) : tiles_.hash(level, index);
    }

  private:
    const MemoryTiles& tiles_;
  };

  const std::string note = head_note(tiles, 300);
  CHECK(export_tiles(tiles, wrong_entry, 300, note, scratch.path()).error().where == "entry");
  CHECK(export_tiles(OneWrong(tiles), entry_at, 300, note, scratch.path()).error().where == "tile");
  CHECK(export_tiles(other, entry_at, 301, note, scratch.path()).error().where == "checkpoint");
  const std::string forged = *sign_checkpoint({"example.org/log", 300, entry_hash(0)}, test_key(1));
  CHECK(export_tiles(tiles, entry_at, 300, forged, scratch.path()).error().where == "checkpoint");
  CHECK_FALSE(export_tiles(tiles, entry_at, 300, "no note", scratch.path()));
  CHECK_FALSE(fs::exists(scratch.path() / "checkpoint"));
}

TEST_CASE("a directory that cannot be written is an error, not a crash") {
  const MemoryTiles tiles = tiles_of(3);
  CHECK(export_tiles(tiles, entry_at, 3, head_note(tiles, 3), "/proc/nowhere").error().code ==
        ErrorCode::unavailable);
}

// Run with SALLYPORT_KEEP_EXPORT=directory; leaves the size-70,000 tree of the specification there, and its
// log.vkey, for test/outsider.
TEST_CASE("an export for the verifier of test/outsider" *
          doctest::skip(std::getenv("SALLYPORT_KEEP_EXPORT") == nullptr)) {
  const fs::path folder = std::getenv("SALLYPORT_KEEP_EXPORT");
  const MemoryTiles tiles = tiles_of(70'000);
  REQUIRE(export_tiles(tiles, entry_at, 70'000, head_note(tiles, 70'000), folder));
  const auto key = VerifierKey::make("example.org/log", SignatureType::ed25519, test_key(1).public_key());
  std::ofstream(folder / "log.vkey") << key->text() << "\n";
}

} // namespace sallyport::ledger
