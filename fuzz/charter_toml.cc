// charter::parse_toml: every fault stands inside the text (column in code points, at most one behind the
// line's end), in order; the rest is in charter_checks.h.
#include "charter_checks.h"

#include "base/bytes.h"

using namespace sallyport;

namespace {

// Code points of the line and of its end; negative where there is no such line. Lines are counted from 1.
int columns(std::string_view text, int line) {
  const auto end = [&] { return std::min(text.find('\n'), text.size() - 1) + 1; };
  for (int at = 1; at < line; ++at) {
    if (text.find('\n') == std::string_view::npos) {
      return -2;
    }
    text.remove_prefix(end());
  }
  const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<int>(std::ranges::count_if(text.substr(0, end()), is_start));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const charter::Parsed parsed = charter::parse_toml(text);
  for (const charter::Fault& fault : parsed.faults) {
    SP_ASSERT(fault.line >= 1 && fault.column >= 1);
    SP_ASSERT(fault.column <= columns(text, fault.line) + 1);
  }
  const auto in_order = [](const charter::Fault& a, const charter::Fault& b) {
    return std::tie(a.line, a.column, a.id) < std::tie(b.line, b.column, b.id);
  };
  SP_ASSERT(std::ranges::is_sorted(parsed.faults, in_order));
  fuzz::check_reading(parsed);
  return 0;
}
