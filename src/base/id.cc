#include "base/id.h"

namespace sallyport {

std::string id_characters(std::uint64_t random) {
  std::string out(id_letters, ' ');
  for (char& c : out) {
    c = id_alphabet[random & 31U];
    random >>= 5U;
  }
  return out;
}

bool is_id(std::string_view text, std::string_view prefix) {
  return text.size() == prefix.size() + 1 + id_letters && text.starts_with(prefix) &&
         text[prefix.size()] == '_' &&
         text.substr(prefix.size() + 1).find_first_not_of(id_alphabet) == std::string_view::npos;
}

} // namespace sallyport
