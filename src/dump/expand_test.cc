// A compressed dump is expanded as a whole, within its bounds, or not at all.
#include "dump/expand.h"

#include "dump/dump.h"
#include "dump/testing/synthetic.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <zlib.h>
#include <zstd.h>

using namespace sallyport;
using namespace sallyport::dump;

namespace {

std::string gzip(const std::string& bytes) {
  std::string out(::compressBound(bytes.size()) + 32, '\0');
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  ::deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& bytes) {
  std::string out(::ZSTD_compressBound(bytes.size()), '\0');
  out.resize(::ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

Result<MappedFile> expanded(const std::string& packed, std::uint64_t bytes_max = 64 << 20) {
  std::string name = (std::filesystem::temp_directory_path() / "expand.XXXXXX").string();
  ::close(::mkstemp(name.data()));
  std::ofstream(name, std::ios::binary) << packed;
  Result<MappedFile> file = MappedFile::open(name);
  std::filesystem::remove(name);
  REQUIRE(file);
  return expand(*file, bytes_max);
}

ErrorCode fault(const std::string& packed, std::uint64_t bytes_max = 64 << 20) {
  const auto out = expanded(packed, bytes_max);
  REQUIRE_FALSE(out);
  return out.error().code;
}

} // namespace

TEST_CASE("a dump that gzip or zstd made smaller is the dump that it was") {
  const std::string core = testing::sample_core(8) + std::string(3 << 20, '\0') + "end";
  for (const std::string& packed :
       {gzip(core), zstd(core), gzip(core.substr(0, 999)) + gzip(core.substr(999)),
        zstd(core.substr(0, 999)) + zstd(core.substr(999))}) {
    const auto file = expanded(packed);
    REQUIRE(file);
    CHECK(as_text(file->bytes()) == core);
  }
  CHECK(read(expanded(zstd(testing::sample_core(8)))->bytes()).clean());
}

TEST_CASE("what is cut off, damaged, too large or packed in another way is not expanded") {
  const std::string core = testing::sample_core(8);
  for (const std::string& packed : {gzip(core), zstd(core)}) {
    CHECK(fault(packed.substr(0, packed.size() / 2)) == ErrorCode::malformed);
    CHECK(fault(packed.substr(0, packed.size() - 1)) == ErrorCode::malformed);
    CHECK(fault(packed + "more") == ErrorCode::malformed);
    CHECK(fault(packed, core.size() - 1) == ErrorCode::too_large);
    CHECK(expanded(packed, core.size()));
  }
  std::string damaged = gzip(core);
  damaged[damaged.size() / 2] ^= 1;
  CHECK(fault(damaged) == ErrorCode::malformed);
  CHECK(fault(std::string("\xfd\x37\x7a\x58\x5a\0 rest", 11)) == ErrorCode::unsupported);
  CHECK(fault(gzip(std::string(8 << 20, '\0')), 4 << 20) == ErrorCode::too_large);
}

TEST_CASE("a compressed dump is held as it is, with the reason") {
  const std::string packed = gzip(testing::sample_core(8));
  const Reading reading = read(as_bytes(packed));
  REQUIRE(reading.held.size() == 1);
  CHECK(reading.held[0].cause == Cause::unsupported);
  CHECK(reading.held[0].where == "/header");
  CHECK(reading.held[0].why.contains("compressed"));
}
