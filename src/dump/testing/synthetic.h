// Dumps made by code: whole ones with every stream and note that is read, in either width and byte order.
// Each text in them is the name of the class that its bytes must be of.
#pragma once

#include "base/bytes.h"

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::dump::testing {

class Writer {
public:
  explicit Writer(std::endian order = std::endian::little) : order_(order) {}

  Writer& number(std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
      out_ += static_cast<char>(value >> (8 * (order_ == std::endian::little ? i : width - 1 - i)));
    }
    return *this;
  }

  Writer& u16(std::uint64_t value) { return number(value, 2); }

  Writer& u32(std::uint64_t value) { return number(value, 4); }

  Writer& u64(std::uint64_t value) { return number(value, 8); }

  Writer& text(std::string_view text) {
    out_ += text;
    return *this;
  }

  Writer& zeros(std::size_t count) {
    out_.append(count, '\0');
    return *this;
  }

  Writer& pad_to(std::size_t size) { return zeros(size > out_.size() ? size - out_.size() : 0); }

  std::size_t size() const { return out_.size(); }

  const std::string& out() const { return out_; }

  std::endian order() const { return order_; }

private:
  std::endian order_;
  std::string out_;
};

// "Zm9v" as UTF-16 of a byte order.
inline std::string wide(std::string_view text, std::endian order) {
  Writer out(order);
  for (const char c : text) {
    out.u16(static_cast<unsigned char>(c));
  }
  return out.out();
}

// ---- minidumps

class MinidumpWriter {
public:
  // Every stream ends with `trailer`, for which its kind has no room.
  explicit MinidumpWriter(std::endian order = std::endian::little, std::string trailer = "")
      : order_(order), trailer_(std::move(trailer)), file_(order) {
    file_.zeros(32);
  }

  Writer part() const { return Writer(order_); }

  std::endian order() const { return order_; }

  // Offsets of what is put into the file.
  std::uint32_t add(const std::string& bytes) {
    const auto at = static_cast<std::uint32_t>(file_.size());
    file_.text(bytes);
    return at;
  }

  std::uint32_t wide_string(std::string_view text) {
    const std::string units = wide(text, order_);
    return add(part().u32(units.size()).text(units).u16(0).out());
  }

  std::uint32_t narrow_string(std::string_view text) {
    return add(part().u32(text.size()).text(text).zeros(1).out());
  }

  void stream(std::uint32_t type, const Writer& bytes) {
    streams_.emplace_back(type, std::pair(bytes.size() + trailer_.size(), add(bytes.out() + trailer_)));
  }

  std::string finish() const {
    Writer directory(order_);
    for (const auto& [type, range] : streams_) {
      directory.u32(type).u32(range.first).u32(range.second);
    }
    Writer header(order_);
    header.u32(0x504d444d).u32(0xa793).u32(streams_.size()).u32(file_.size()).zeros(16);
    return header.out() + file_.out().substr(header.size()) + directory.out();
  }

private:
  std::endian order_;
  std::string trailer_;
  Writer file_;
  std::vector<std::pair<std::uint32_t, std::pair<std::size_t, std::uint32_t>>> streams_;
};

enum class Cpu : std::uint16_t { x86 = 0, amd64 = 9, arm64 = 12, old_arm64 = 0x8003 };

// Two threads, 17 and 18, with stacks at 0x10000 and 0x20000, a module at 0x400000, and every stream that is
// read.
std::string sample_minidump(Cpu cpu = Cpu::amd64, std::endian order = std::endian::little,
                            const std::string& trailer = "");
// Its stacks and `pieces` further pieces of memory are in a Memory64List: all of the process.
std::string sample_full_minidump(std::size_t pieces = 3);

// ---- cores

// Two threads, 17 and 18, an executable at 0x400000, its first stack at 0x7ff00000 and another at 0x10000.
std::string sample_core(std::size_t word = 8, std::endian order = std::endian::little);

} // namespace sallyport::dump::testing
