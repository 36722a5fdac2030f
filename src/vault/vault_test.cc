#include "vault/vault.h"

#include "base/limits.h"
#include "crypto/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

using namespace sallyport;
using sallyport::vault::Step;
using sallyport::vault::Vault;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view unit = "packet/pk_2345abcdef";
constexpr Instant ever{std::numeric_limits<std::int64_t>::max()};

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "sallyport-vault-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }

  ~Folder() { fs::remove_all(path); }

  fs::path path;
};

Bytes key_of(std::uint8_t fill) {
  return Bytes(32, fill);
}

Vault open_vault(const Folder& folder, vault::Options options = {}) {
  auto opened = Vault::open(folder.path / "vault", std::move(options));
  REQUIRE(opened);
  return std::move(*opened);
}

fs::path file_of(const Folder& folder, const Digest& address) {
  return folder.path / "vault" / "objects" / address.hex().substr(0, 2) / address.hex();
}

std::size_t files_below(const fs::path& root) {
  std::size_t files = 0;
  for (const auto& item : fs::recursive_directory_iterator(root)) {
    files += item.is_regular_file() ? 1U : 0U;
  }
  return files;
}

void flip_byte(const fs::path& file, std::size_t at) {
  fs::permissions(file, fs::perms::owner_all);
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(stream.get() ^ 1);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
  REQUIRE(stream.good());
}

} // namespace

TEST_CASE("a part comes back, and lies encrypted under its address, read-only") {
  const Folder folder;
  const Vault vault = open_vault(folder);
  std::mt19937_64 random(1);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, limits::part_bytes}) {
    Bytes plain(size);
    std::generate(plain.begin(), plain.end(), [&] { return static_cast<std::uint8_t>(random()); });
    const auto address = vault.put(unit, key_of(7), plain);
    REQUIRE(address);
    CHECK(vault.contains(*address));
    const auto back = vault.get(*address, unit, key_of(7));
    REQUIRE(back);
    CHECK(*back == plain);
    struct stat info{};
    REQUIRE(::stat(file_of(folder, *address).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0440);
    if (size >= 32) {
      std::ifstream in(file_of(folder, *address), std::ios::binary);
      const std::string stored{std::istreambuf_iterator<char>(in), {}};
      CHECK(stored.find(as_text(ByteView(plain).first(32))) == std::string::npos);
    }
  }
  CHECK(files_below(folder.path / "vault" / "tmp") == 0);
}

TEST_CASE("equal parts have different addresses, so an address says nothing") {
  const Folder folder;
  const Vault vault = open_vault(folder);
  const auto a = vault.put(unit, key_of(7), as_bytes("the same"));
  const auto b = vault.put(unit, key_of(7), as_bytes("the same"));
  REQUIRE(a);
  REQUIRE(b);
  CHECK(*a != *b);
}

TEST_CASE("a part over the limit is refused and leaves nothing") {
  const Folder folder;
  const Vault vault = open_vault(folder);
  const auto refused = vault.put(unit, key_of(7), Bytes(limits::part_bytes + 1));
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::too_large);
  CHECK(files_below(folder.path) == 0);
}

TEST_CASE("any flipped byte, a cut or a longer file is corrupt, never plaintext") {
  const Folder folder;
  const Vault vault = open_vault(folder);
  std::mt19937_64 random(2);
  for (int i = 0; i < 50; ++i) {
    const auto address = vault.put(unit, key_of(7), Bytes(100, 0x41));
    REQUIRE(address);
    const fs::path file = file_of(folder, *address);
    const auto size = fs::file_size(file);
    if (i == 0) {
      fs::permissions(file, fs::perms::owner_all);
      fs::resize_file(file, size - 1);
    } else if (i == 1) {
      fs::permissions(file, fs::perms::owner_all);
      fs::resize_file(file, limits::part_bytes + 4096);
    } else {
      flip_byte(file, random() % size);
    }
    const auto read = vault.get(*address, unit, key_of(7));
    REQUIRE(!read);
    CHECK(read.error().code == ErrorCode::corrupt);
  }
}

TEST_CASE("another key or another unit does not open a part; an unknown address is not found") {
  const Folder folder;
  const Vault vault = open_vault(folder);
  const auto address = vault.put(unit, key_of(7), as_bytes("evidence"));
  REQUIRE(address);
  CHECK(vault.get(*address, unit, key_of(8)).error().code == ErrorCode::denied);
  CHECK(vault.get(*address, "packet/pk_another222", key_of(7)).error().code == ErrorCode::denied);
  CHECK(vault.get(Digest{}, unit, key_of(7)).error().code == ErrorCode::not_found);
  CHECK(vault.remove(*address));
  CHECK(vault.remove(*address));
  CHECK(!vault.contains(*address));
}

TEST_CASE("whatever step fails, a put is whole or absent") {
  for (const Step failing : {Step::create, Step::write, Step::sync, Step::rename, Step::sync_folder}) {
    const Folder folder;
    bool faulty = false;
    const Vault vault =
        open_vault(folder, {.fault = [&](Step step) { return faulty && step == failing ? ENOSPC : 0; }});
    const auto kept = vault.put(unit, key_of(7), as_bytes("kept"));
    REQUIRE(kept);
    faulty = true;
    const auto lost = vault.put(unit, key_of(7), as_bytes("lost"));
    REQUIRE(!lost);
    CHECK(lost.error().code == ErrorCode::unavailable);
    CHECK(files_below(folder.path) == 1);
    faulty = false;
    CHECK(vault.get(*kept, unit, key_of(7)));
    CHECK(vault.put(unit, key_of(7), as_bytes("again")));
  }
}

TEST_CASE("a put syncs the bytes before the name and the name before it answers") {
  const Folder folder;
  std::vector<Step> steps;
  const Vault vault = open_vault(folder, {.fault = [&](Step step) {
                                   steps.push_back(step);
                                   return 0;
                                 }});
  REQUIRE(vault.put(unit, key_of(7), as_bytes("x")));
  CHECK(steps == std::vector{Step::create, Step::write, Step::sync, Step::rename, Step::sync_folder});
}

TEST_CASE("sweeping finds what nobody names, and spares what is younger than it asks for") {
  const Folder folder;
  const Vault vault = open_vault(folder);
  const auto named = vault.put(unit, key_of(7), as_bytes("named"));
  const auto orphan = vault.put(unit, key_of(7), as_bytes("orphan"));
  REQUIRE(named);
  REQUIRE(orphan);
  std::ofstream(folder.path / "vault" / "tmp" / "0123456789abcdef") << "half a part";
  const auto is_named = [&](const Digest& address) { return address == *named; };

  CHECK(vault.orphans(Instant{0}, is_named)->empty());
  CHECK(vault.sweep_unfinished(Instant{0}) == 0);
  CHECK(*vault.orphans(ever, is_named) == std::vector{*orphan});
  CHECK(vault.sweep_unfinished(ever) == 1);
  CHECK(files_below(folder.path / "vault" / "tmp") == 0);
  CHECK(vault.get(*named, unit, key_of(7)));
}
