#include "vault/segments.h"

#include "crypto/aead.h"
#include "crypto/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <variant>

using namespace sallyport;
using namespace sallyport::vault;

namespace {

namespace fs = std::filesystem;

constexpr Instant ever{std::numeric_limits<std::int64_t>::max()};
constexpr std::size_t chunk = segment_chunk_bytes;
constexpr std::size_t sealed_chunk = chunk + crypto::aead_overhead;
constexpr std::size_t line = 21; // the first of the file

// A vault's root, keys by unit, and three things of different lengths as one.
struct Kept {
  Kept() {
    std::string name = (fs::temp_directory_path() / "sallyport-segments-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    std::mt19937_64 random(7);
    plain.resize(std::accumulate(all.begin(), all.end(), std::size_t{0},
                                 [](std::size_t sum, const Segment& one) { return sum + one.bytes; }));
    std::ranges::generate(plain, [&] { return static_cast<std::uint8_t>(random()); });
    for (std::uint8_t fill = 1; const char* unit : {"index", "a", "b", "c", "d", "e"}) {
      keys[unit] = Bytes(32, fill++);
    }
  }

  ~Kept() { fs::remove_all(root); }

  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  Result<void> put(Options options = {}, const std::string& name = "one") const {
    return Segments(root, std::move(options))
        .put(name, "index", as_bytes("about"), all, plain,
             [this](std::string_view unit) -> Result<Sensitive<Bytes>> {
               const auto at = keys.find(std::string(unit));
               return at == keys.end() ? fail(ErrorCode::not_found, "unit", "there is no such key")
                                       : Result<Sensitive<Bytes>>(Sensitive<Bytes>(at->second));
             });
  }

  SegmentIndex index() const {
    auto out = Segments(root).index("one", "index", keys.at("index"));
    REQUIRE(out);
    return *std::move(out);
  }

  // What comes back of a segment; an error's code where it does not.
  std::variant<Bytes, ErrorCode> get(std::size_t at, const Bytes& key) const {
    Bytes out;
    const auto done = Segments(root).get(index(), all, at, key, [&](ByteView bytes) -> Result<void> {
      out.insert(out.end(), bytes.begin(), bytes.end());
      return {};
    });
    return done ? std::variant<Bytes, ErrorCode>(out) : done.error().code;
  }

  std::variant<Bytes, ErrorCode> get(std::size_t at) const { return get(at, keys.at(all[at].unit)); }

  std::variant<Bytes, ErrorCode> whole(std::size_t at) const {
    const std::size_t from = offset(at);
    return Bytes(plain.begin() + static_cast<std::ptrdiff_t>(from),
                 plain.begin() + static_cast<std::ptrdiff_t>(from + all[at].bytes));
  }

  std::size_t offset(std::size_t at) const {
    std::size_t out = 0;
    for (std::size_t i = 0; i < at; ++i) {
      out += all[i].bytes;
    }
    return out;
  }

  fs::path file() const { return root / "segments" / index().file; }

  Bytes stored() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void store(const Bytes& bytes) const {
    fs::permissions(file(), fs::perms::owner_all);
    std::ofstream(file(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  std::size_t files() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        fs::recursive_directory_iterator(root), [](const auto& item) { return item.is_regular_file(); }));
  }

  fs::path root;
  // 3 chunks and a piece, less than one, exactly two, one byte, nothing.
  std::vector<Segment> all{{"a", 3 * chunk + 10}, {"b", 100}, {"c", 2 * chunk}, {"d", 1}, {"e", 0}};
  Bytes plain;
  std::map<std::string, Bytes> keys;
};

} // namespace

TEST_CASE("segments come back as they were put, of any length, and lie encrypted and read-only") {
  const Kept kept;
  CHECK(Segments(kept.root).names()->empty()); // before there is a folder
  REQUIRE(kept.put());
  CHECK(*Segments(kept.root).names() == std::vector<std::string>{"one"});
  CHECK(as_text(kept.index().about) == "about");
  CHECK(Segments(kept.root).check(kept.index(), kept.all));
  for (std::size_t at = 0; at < kept.all.size(); ++at) {
    CHECK(kept.get(at) == kept.whole(at));
  }
  const Bytes stored = kept.stored();
  for (std::size_t at = 0; at + 32 <= kept.plain.size(); at += 50'000) {
    const auto piece = ByteView(kept.plain).subspan(at, 32);
    CHECK(std::ranges::search(stored, piece).empty());
  }
  struct stat info{};
  REQUIRE(::stat(kept.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0400);
  CHECK(kept.files() == 2);
}

TEST_CASE("INV-47: a segment whose key is gone is unreadable, and every other is as before") {
  Kept kept;
  REQUIRE(kept.put());
  const Bytes lost = kept.keys.at("a");
  CHECK(kept.get(0, kept.keys.at("b")) == std::variant<Bytes, ErrorCode>(ErrorCode::corrupt));
  CHECK(kept.get(1, lost) == std::variant<Bytes, ErrorCode>(ErrorCode::corrupt));
  CHECK(kept.get(1) == kept.whole(1));
  CHECK(kept.get(2) == kept.whole(2));
}

TEST_CASE("a segment under another unit's name does not open, nor an index under another name") {
  Kept kept;
  REQUIRE(kept.put());
  kept.all[1].unit = "other";
  CHECK(kept.get(1, kept.keys.at("b")) == std::variant<Bytes, ErrorCode>(ErrorCode::corrupt));
  const Segments segments(kept.root);
  CHECK(segments.index("one", "index", Bytes(32, 99)).error().code == ErrorCode::corrupt);
  CHECK(segments.index("one", "another", kept.keys.at("index")).error().code == ErrorCode::corrupt);
  CHECK(segments.index("two", "index", kept.keys.at("index")).error().code == ErrorCode::not_found);
  fs::rename(kept.root / "segments" / "one.index", kept.root / "segments" / "two.index");
  CHECK(segments.index("two", "index", kept.keys.at("index")).error().code == ErrorCode::corrupt);
}

TEST_CASE("a chunk that is dropped, swapped, repeated, cut off or changed is seen") {
  const Kept kept;
  REQUIRE(kept.put());
  const Bytes good = kept.stored();
  const auto at = [](std::size_t chunks) {
    return static_cast<std::ptrdiff_t>(line + chunks * sealed_chunk);
  };
  const auto refused = [&](std::size_t segment) {
    return kept.get(segment) == std::variant<Bytes, ErrorCode>(ErrorCode::corrupt);
  };
  SUBCASE("dropped, and the length made good by what follows") {
    Bytes bad = good;
    bad.erase(bad.begin() + at(1), bad.begin() + at(2));
    bad.resize(good.size());
    kept.store(bad);
    CHECK(refused(0));
  }
  SUBCASE("swapped") {
    Bytes bad = good;
    std::swap_ranges(bad.begin() + at(0), bad.begin() + at(1), bad.begin() + at(1));
    kept.store(bad);
    CHECK(refused(0));
    CHECK(kept.get(2) == kept.whole(2));
  }
  SUBCASE("repeated") {
    Bytes bad = good;
    std::copy(good.begin() + at(0), good.begin() + at(1), bad.begin() + at(1));
    kept.store(bad);
    CHECK(refused(0));
  }
  SUBCASE("the end cut off, and the index made to say so: the last chunk left was not the last") {
    Kept cut;
    REQUIRE(cut.put());
    Bytes bad = cut.stored();
    bad.erase(bad.begin() + at(3), bad.begin() + at(3) + 10 + crypto::aead_overhead);
    cut.store(bad);
    cut.all[0].bytes = 3 * chunk;
    CHECK(Segments(cut.root).check(cut.index(), cut.all));
    CHECK(cut.get(0, cut.keys.at("a")) == std::variant<Bytes, ErrorCode>(ErrorCode::corrupt));
  }
  SUBCASE("made longer by a chunk behind the last") {
    Kept longer;
    REQUIRE(longer.put());
    Bytes bad = longer.stored();
    const Bytes more(bad.begin() + at(0), bad.begin() + at(1));
    const auto end = at(3) + 10 + 28 + 100 + 28 + 2 * static_cast<std::ptrdiff_t>(sealed_chunk);
    bad.insert(bad.begin() + end, more.begin(), more.end());
    longer.store(bad);
    longer.all[2].bytes = 3 * chunk;
    CHECK(longer.get(2, longer.keys.at("c")) == std::variant<Bytes, ErrorCode>(ErrorCode::corrupt));
  }
  SUBCASE("any bit") {
    std::mt19937_64 random(3);
    for (int i = 0; i < 20; ++i) {
      const std::size_t byte = random() % (3 * sealed_chunk + 38);
      Bytes bad = good;
      bad[line + byte] ^= 1;
      kept.store(bad);
      CHECK(refused(0));
    }
  }
  SUBCASE("the file cut or longer") {
    for (const int by : {-1, 1}) {
      Bytes bad = good;
      bad.resize(good.size() + static_cast<std::size_t>(by));
      kept.store(bad);
      CHECK(Segments(kept.root).check(kept.index(), kept.all).error().code == ErrorCode::corrupt);
      CHECK(refused(4));
    }
  }
  SUBCASE("the file gone") {
    fs::remove(kept.file());
    CHECK(Segments(kept.root).check(kept.index(), kept.all).error().code == ErrorCode::not_found);
  }
}

TEST_CASE("segments of another file with the same keys do not fit") {
  const Kept kept;
  REQUIRE(kept.put());
  const Bytes first = kept.stored();
  const std::string file = kept.index().file;
  REQUIRE(kept.put({}, "two"));
  const auto other = Segments(kept.root).index("two", "index", kept.keys.at("index"));
  REQUIRE(other);
  CHECK(other->file != file);
  fs::permissions(kept.file(), fs::perms::owner_all);
  fs::copy_file(kept.root / "segments" / other->file, kept.file(), fs::copy_options::overwrite_existing);
  CHECK(kept.get(0) == std::variant<Bytes, ErrorCode>(ErrorCode::corrupt));
}

TEST_CASE("whatever step fails, segments are whole or absent") {
  int steps = 0;
  {
    const Kept kept;
    REQUIRE(kept.put({.fault = [&](Step) {
      ++steps;
      return 0;
    }}));
  }
  CHECK(steps == 4 + 9 + 5); // of two files; nine chunks are written
  for (int failing = 0; failing < steps; ++failing) {
    CAPTURE(failing);
    const Kept kept;
    int step = 0;
    const auto lost = kept.put({.fault = [&](Step) { return step++ == failing ? ENOSPC : 0; }});
    REQUIRE(!lost);
    CHECK(lost.error().code == ErrorCode::unavailable);
    CHECK(kept.files() == 0);
    CHECK_FALSE(Segments(kept.root).contains("one"));
    CHECK(kept.put());
    CHECK(kept.get(0) == kept.whole(0));
  }
}

TEST_CASE("bytes are synced before a name, and the segments named before the index") {
  const Kept kept;
  std::vector<Step> steps;
  REQUIRE(kept.put({.fault = [&](Step step) {
    if (steps.empty() || steps.back() != step) {
      steps.push_back(step);
    }
    return 0;
  }}));
  const std::vector one{Step::create, Step::write, Step::sync, Step::rename, Step::sync_folder};
  std::vector both = one;
  both.insert(both.end(), one.begin(), one.end());
  CHECK(steps == both);
}

TEST_CASE("a key that is gone while segments are written ends the put, and nothing is kept") {
  Kept kept;
  kept.keys.erase("c");
  const auto refused = kept.put();
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::not_found);
  CHECK(kept.files() == 0);
}

TEST_CASE("what is kept is not put again; two that put at once end as one and a conflict") {
  const Kept kept;
  REQUIRE(kept.put());
  CHECK(kept.put().error().code == ErrorCode::conflict);
  const Kept race;
  bool other = false;
  const auto late = race.put({.fault = [&](Step step) {
    if (step == Step::sync && !other) {
      other = true;
      REQUIRE(race.put());
    }
    return 0;
  }});
  REQUIRE(!late);
  CHECK(late.error().code == ErrorCode::conflict);
  CHECK(race.files() == 2);
  CHECK(race.get(0) == race.whole(0));
}

TEST_CASE("sweeping takes what no index names and is old enough, and no sweep of parts takes segments") {
  const Kept kept;
  REQUIRE(kept.put());
  const Segments segments(kept.root);
  std::ofstream(kept.root / "segments" / "0123456789abcdef0123456789abcdef")
      << "a crash came before its index";
  CHECK(segments.sweep_unnamed(Instant{0}) == 0);
  CHECK(segments.sweep_unnamed(ever) == 1);
  const auto vault = Vault::open(kept.root);
  REQUIRE(vault);
  CHECK(vault->orphans(ever, [](const Digest&) { return false; })->empty());
  CHECK(vault->sweep_unfinished(ever) == 0);
  CHECK(kept.files() == 2);
  CHECK(kept.get(0) == kept.whole(0));
}
