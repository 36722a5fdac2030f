#include "canon/pointer.h"

#include <charconv>

namespace sallyport::canon {

std::string pointer_escape(std::string_view segment) {
  std::string out;
  for (const char c : segment) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

bool pointer_split(std::string_view pointer, std::vector<std::string>& segments) {
  segments.clear();
  if (pointer.empty()) {
    return true;
  }
  if (pointer.front() != '/') {
    return false;
  }
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      segments.emplace_back();
      continue;
    }
    if (pointer[i] == '~') {
      ++i;
      if (i == pointer.size() || (pointer[i] != '0' && pointer[i] != '1')) {
        return false;
      }
      segments.back() += pointer[i] == '0' ? '~' : '/';
      continue;
    }
    segments.back() += pointer[i];
  }
  return true;
}

bool is_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) {
      return false;
    }
  }
  return true;
}

const Value* pointer_find(const Value& root, std::string_view pointer) {
  std::vector<std::string> segments;
  if (!pointer_split(pointer, segments)) {
    return nullptr;
  }
  const Value* at = &root;
  for (const std::string& segment : segments) {
    if (const Array* items = at->array()) {
      std::size_t index = 0;
      const char* end = segment.data() + segment.size();
      const bool leading_zero = segment.size() > 1 && segment.front() == '0';
      if (const auto [p, error] = std::from_chars(segment.data(), end, index);
          error != std::errc() || p != end || leading_zero || index >= items->size()) {
        return nullptr;
      }
      at = &(*items)[index];
    } else {
      at = at->find(segment);
      if (at == nullptr) {
        return nullptr;
      }
    }
  }
  return at;
}

// Runs for every field, row and check of an evaluation, so it allocates nothing. Escaping is unique:
// segments are equal iff their escaped forms are.
bool pointer_matches(std::string_view pattern, std::string_view pointer) {
  if (!is_pointer(pattern) || !is_pointer(pointer)) {
    return false;
  }
  const auto segment = [](std::string_view& rest) {
    rest.remove_prefix(1);
    const std::string_view one = rest.substr(0, rest.find('/'));
    rest.remove_prefix(one.size());
    return one;
  };
  while (!pattern.empty() && !pointer.empty()) {
    const std::string_view wanted = segment(pattern);
    const std::string_view given = segment(pointer);
    if (wanted != "*" && wanted != given) {
      return false;
    }
  }
  return pattern.empty() && pointer.empty();
}

} // namespace sallyport::canon
