#include "http/conditions.h"

namespace sallyport::http {

bool names_tag(std::string_view field, std::string_view tag) {
  constexpr std::string_view blank = " \t";
  while (!field.empty()) {
    const auto comma = field.find(',');
    std::string_view one = field.substr(0, comma);
    field = comma == std::string_view::npos ? std::string_view() : field.substr(comma + 1);
    if (const auto from = one.find_first_not_of(blank); from != std::string_view::npos) {
      one = one.substr(from, one.find_last_not_of(blank) + 1 - from);
      if (one == tag || one == "*") {
        return true;
      }
    }
  }
  return false;
}

} // namespace sallyport::http
