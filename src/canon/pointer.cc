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
  for (std::size_t i = text.find('~'); i != std::string_view::npos; i = text.find('~', i + 1)) {
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) {
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

// Runs for every field, row and check of an evaluation, so it allocates nothing, and looks at the spelling
// only where it matches. Escaping is unique: segments are equal iff their escaped forms are.
bool pointer_matches(std::string_view pattern, std::string_view pointer) {
  const auto segment = [](std::string_view& rest) {
    rest.remove_prefix(1);
    const std::string_view one = rest.substr(0, rest.find('/'));
    rest.remove_prefix(one.size());
    return one;
  };
  std::string_view wanted_rest = pattern;
  std::string_view given_rest = pointer;
  while (!wanted_rest.empty() && !given_rest.empty()) {
    if (wanted_rest.front() != '/' || given_rest.front() != '/') {
      return false;
    }
    const std::string_view wanted = segment(wanted_rest);
    const std::string_view given = segment(given_rest);
    if (wanted != "*" && wanted != given) {
      return false;
    }
  }
  return wanted_rest.empty() && given_rest.empty() && is_pointer(pattern) && is_pointer(pointer);
}

} // namespace sallyport::canon
