#include "charter/diff.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/schema.h"
#include "charter/spelling.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::charter {
namespace {

using canon::Value;

const Type* member_type(const Type* type, std::string_view name) {
  if (type != nullptr && type->kind == Kind::map) {
    return type->item;
  }
  if (type == nullptr || type->kind != Kind::table) {
    return nullptr;
  }
  const auto key = std::ranges::find(type->keys, name, &Key::name);
  return key == type->keys.end() ? nullptr : key->type;
}

std::string in_words(const Value& value, const Type* type) {
  if (type != nullptr && type->kind == Kind::duration && value.integer() != nullptr) {
    return *value.integer() == 0 ? "0s" : to_words(Duration{*value.integer()});
  }
  std::string out;
  if (const auto* array = value.array()) {
    for (const Value& item : *array) {
      out += (out.empty() ? "" : ", ") + in_words(item, type == nullptr ? nullptr : type->item);
    }
    return "[" + out + "]";
  }
  if (const auto* object = value.object()) {
    for (const auto& [name, item] : *object) {
      out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", path_of("", name),
                         in_words(item, member_type(type, name)));
    }
    return "{" + out + "}";
  }
  return canon::write(value);
}

class Diff {
public:
  void compare(const Value& before, const Value& after, const Type* type, const std::string& path) {
    if (before == after) {
      return;
    }
    if (before.object() != nullptr && after.object() != nullptr) {
      members(*before.object(), *after.object(), type, path);
    } else if (type != nullptr && type->kind == Kind::rows) {
      rows(*before.array(), *after.array(), type, path);
    } else {
      out_.push_back(
          fmt::format("{} changes from {} to {}.", path, in_words(before, type), in_words(after, type)));
    }
  }

  std::vector<std::string> take() { return std::move(out_); }

private:
  void added(const std::string& path, const Value& value, const Type* type) {
    out_.push_back(fmt::format("{} is new: {}.", path, in_words(value, type)));
  }

  void removed(const std::string& path, const Value& value, const Type* type) {
    out_.push_back(fmt::format("{} is gone; it was {}.", path, in_words(value, type)));
  }

  void members(const canon::Object& before, const canon::Object& after, const Type* type,
               const std::string& path) {
    for (const auto& [name, value] : before) {
      const auto inner = path_of(path, name);
      if (const Value* other = after.find(name)) {
        compare(value, *other, member_type(type, name), inner);
      } else {
        removed(inner, value, member_type(type, name));
      }
    }
    for (const auto& [name, value] : after) {
      if (before.find(name) == nullptr) {
        added(path_of(path, name), value, member_type(type, name));
      }
    }
  }

  void rows(const canon::Array& before, const canon::Array& after, const Type* type,
            const std::string& path) {
    for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
      const auto inner = path_of(path, i);
      if (i >= after.size()) {
        removed(inner, before[i], type->item);
      } else if (i >= before.size()) {
        added(inner, after[i], type->item);
      } else {
        compare(before[i], after[i], type->item, inner);
      }
    }
  }

  std::vector<std::string> out_;
};

} // namespace

std::vector<std::string> diff_in_words(const Charter& before, const Charter& after) {
  Diff diff;
  diff.compare(canonical(before), canonical(after), &charter_type(), "");
  return diff.take();
}

} // namespace sallyport::charter
