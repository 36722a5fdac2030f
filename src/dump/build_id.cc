#include "dump/build_id.h"

#include "dump/cursor.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace sallyport::dump {

std::string debug_id_of(ByteView guid, std::uint32_t age, std::endian order) {
  Cursor in(guid, order);
  std::string out = fmt::format("{:08X}", in.u32());
  out += fmt::format("{:04X}", in.u16());
  out += fmt::format("{:04X}", in.u16());
  while (in.left() > 0) {
    out += fmt::format("{:02X}", in.u8());
  }
  return out + fmt::format("{:x}", age);
}

std::string debug_id_of_build(ByteView build_id, std::endian order) {
  if (build_id.empty()) {
    return "";
  }
  std::array<std::uint8_t, 16> guid{};
  std::ranges::copy(build_id.first(std::min(build_id.size(), guid.size())), guid.begin());
  return debug_id_of(guid, 0, order);
}

std::string code_id_of_pe(std::uint32_t time_stamp, std::uint32_t size) {
  return fmt::format("{:08X}{:x}", time_stamp, size);
}

} // namespace sallyport::dump
