#include "source/select.h"

#include "canon/pointer.h"

#include <string_view>
#include <vector>

namespace sallyport::source {
namespace {

using canon::Value;

bool has(const Value& item, std::string_view name, std::string_view text) {
  const Value* member = item.find(name);
  if (member == nullptr) {
    return false;
  }
  if (const std::int64_t* number = member->integer()) {
    return std::to_string(*number) == text;
  }
  return member->string() != nullptr && *member->string() == text;
}

} // namespace

Result<const Value*> select(const Value& root, const std::string& pointer) {
  std::vector<std::string> segments;
  SP_ASSERT(canon::pointer_split(pointer, segments)); // checked when the configuration was read
  const Value* at = &root;
  for (const std::string& segment : segments) {
    const canon::Array* items = at->array();
    const std::size_t equals = segment.find('=');
    const bool selects =
        items != nullptr && segment.starts_with('[') && segment.ends_with(']') && equals != std::string::npos;
    const Value* next = nullptr;
    if (!selects) {
      next = canon::pointer_find(*at, "/" + canon::pointer_escape(segment));
    } else {
      const std::string_view name = std::string_view(segment).substr(1, equals - 1);
      const std::string_view text = std::string_view(segment).substr(equals + 1, segment.size() - equals - 2);
      for (const Value& item : *items) {
        if (!has(item, name, text)) {
          continue;
        }
        if (next != nullptr) {
          return fail(ErrorCode::malformed, pointer, "more than one item is selected here");
        }
        next = &item;
      }
    }
    if (next == nullptr) {
      return nullptr;
    }
    at = next;
  }
  return at;
}

} // namespace sallyport::source
