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
  std::vector<std::string> segments;
  return pointer_split(text, segments);
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

bool pointer_matches(std::string_view pattern, std::string_view pointer) {
  std::vector<std::string> wanted;
  std::vector<std::string> given;
  if (!pointer_split(pattern, wanted) || !pointer_split(pointer, given) || wanted.size() != given.size()) {
    return false;
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] != "*" && wanted[i] != given[i]) {
      return false;
    }
  }
  return true;
}

} // namespace sallyport::canon
