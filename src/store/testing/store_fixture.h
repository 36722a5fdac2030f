// A store in a folder of its own, and invented rows. Tests only.
#pragma once

#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "ledger/checkpoint.h"
#include "store/store.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sallyport::store::testing {

inline constexpr Instant noon{1'795'262'400'000};
inline constexpr std::string_view origin = "sallyport.example/psr";
inline constexpr std::string_view unit = "packet/pk_2345abcdef";

class Folder {
public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-store-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  ~Folder() { std::filesystem::remove_all(path_); }

  std::filesystem::path store() const { return path_ / "store"; }

  Options options() const {
    return {.origin = std::string(origin), .wrapping_key = path_ / "wrapping.key", .create = true, .vfs = ""};
  }

private:
  std::filesystem::path path_;
};

inline Bytes bytes(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

inline Bytes leaf(std::uint64_t n) {
  return bytes("{\"kind\":\"example\",\"n\":" + std::to_string(n) + "}");
}

template <class I> I id(std::uint64_t number) {
  return I::from_random(number);
}

inline Store open(const Folder& folder) {
  auto store = Store::open(folder.store(), folder.options());
  REQUIRE_MESSAGE(store, store.error().text());
  return std::move(*store);
}

inline Reader reader(const Folder& folder) {
  auto opened = Reader::open(folder.store(), folder.options());
  REQUIRE_MESSAGE(opened, opened.error().text());
  return std::move(*opened);
}

// Appends `count` leaves, each with a body, in one batch.
inline Result<void> append(Store& store, std::uint64_t count) {
  return store.run(noon, [&](Transaction& t) -> Result<void> {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t n = t.size();
      SP_CHECK(t.append(n, leaf(n), Body{std::string(unit), bytes("body of " + std::to_string(n))}));
    }
    return {};
  });
}

} // namespace sallyport::store::testing
