#include "dump/dump.h"

#include "dump/cursor.h"
#include "dump/elf_core.h"
#include "dump/expand.h"
#include "dump/minidump.h"
#include "dump/survey.h"

namespace sallyport::dump {
namespace {

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  const auto tail = [&](unsigned shift) { put(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    tail(6);
    tail(0);
  } else {
    put(0xf0 | (c >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string from_utf16(ByteView bytes, std::endian order) {
  constexpr char32_t replacement = 0xfffd;
  Cursor in(bytes, order);
  std::string out;
  char32_t high = 0; // of a pair whose other half comes next
  while (in.left() >= 2) {
    const char32_t unit = in.u16();
    const bool is_low = unit >= 0xdc00 && unit < 0xe000;
    if (high != 0 && is_low) {
      append_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
      high = 0;
      continue;
    }
    if (high != 0) {
      append_utf8(out, replacement);
    }
    high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
    if (high == 0) {
      append_utf8(out, is_low ? replacement : unit);
    }
  }
  if (high != 0) {
    append_utf8(out, replacement);
  }
  return out;
}

} // namespace

std::string_view name_of(Format format) {
  switch (format) {
  case Format::unknown:
    return "unknown";
  case Format::minidump:
    return "minidump";
  case Format::elf_core:
    return "elf_core";
  }
  return {};
}

std::string_view name_of(Machine machine) {
  switch (machine) {
  case Machine::unknown:
    return "unknown";
  case Machine::x86:
    return "x86";
  case Machine::amd64:
    return "amd64";
  case Machine::arm64:
    return "arm64";
  }
  return {};
}

std::string_view name_of(Cause cause) {
  switch (cause) {
  case Cause::malformed:
    return "malformed";
  case Cause::unsupported:
    return "unsupported";
  case Cause::budget:
    return "budget";
  case Cause::contested:
    return "contested";
  case Cause::exposed:
    return "exposed";
  }
  return {};
}

std::string text_of(ByteView file, Text text) {
  const ByteView bytes = slice(file, text.range);
  switch (text.encoding) {
  case Encoding::utf8:
    return std::string(as_text(bytes));
  case Encoding::utf16_little:
    return from_utf16(bytes, std::endian::little);
  case Encoding::utf16_big:
    return from_utf16(bytes, std::endian::big);
  }
  return {};
}

Reading read(ByteView file) {
  Survey survey(file);
  if (is_minidump(file)) {
    read_minidump(survey);
  } else if (is_elf(file)) {
    read_elf_core(survey);
  } else if (packing_of(file) != Packing::none) {
    survey.hold({"header"},
                "is that of a compressed file: expand it first, so that the proof is of its bytes",
                Cause::unsupported);
  } else {
    survey.hold({"header"}, "is neither that of a minidump nor that of an ELF core", Cause::unsupported);
  }
  return std::move(survey).finish();
}

} // namespace sallyport::dump
