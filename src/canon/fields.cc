#include "canon/fields.h"

#include "canon/pointer.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::canon {

Fields::Fields(const Value& value, std::string where) : object_(value.object()), where_(std::move(where)) {
  if (object_ == nullptr) {
    fault("", "expected an object");
  }
}

std::string Fields::where(std::string_view name) const {
  return name.empty() ? where_ : where_ + "/" + pointer_escape(name);
}

void Fields::fault(std::string_view name, std::string message, ErrorCode code) {
  if (!error_) {
    error_ = Error{code, where(name), std::move(message)};
  }
}

const Value* Fields::take(std::string_view name) {
  taken_.push_back(name);
  return object_ == nullptr ? nullptr : object_->find(name);
}

const Value* Fields::need(std::string_view name) {
  const Value* value = take(name);
  if (value == nullptr) {
    fault(name, "is missing");
  }
  return value;
}

std::string Fields::string(std::string_view name, std::size_t max) {
  const Value* value = need(name);
  if (value == nullptr) {
    return {};
  }
  const std::string* text = value->string();
  if (text == nullptr || text->empty()) {
    fault(name, "expected text");
    return {};
  }
  if (text->size() > max) {
    fault(name, fmt::format("longer than {} bytes", max), ErrorCode::too_large);
    return {};
  }
  return *text;
}

std::int64_t Fields::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const Value* value = need(name);
  const std::int64_t* number = value == nullptr ? nullptr : value->integer();
  if (number == nullptr || *number < min || *number > max) {
    fault(name, fmt::format("expected an integer from {} to {}", min, max));
    return min;
  }
  return *number;
}

bool Fields::boolean(std::string_view name) {
  const Value* value = need(name);
  const bool* flag = value == nullptr ? nullptr : value->boolean();
  if (flag == nullptr) {
    fault(name, "expected true or false");
    return false;
  }
  return *flag;
}

Instant Fields::instant(std::string_view name) {
  const auto parsed = parse_instant(string(name));
  if (!parsed) {
    fault(name, parsed.error().message);
    return {};
  }
  return *parsed;
}

Digest Fields::digest(std::string_view name) {
  const auto parsed = Digest::from_hex(string(name));
  if (!parsed) {
    fault(name, parsed.error().message);
    return {};
  }
  return *parsed;
}

const Object& Fields::object(std::string_view name) {
  static const Object none;
  const Value* value = need(name);
  const Object* found = value == nullptr ? nullptr : value->object();
  if (found == nullptr) {
    fault(name, "expected an object");
    return none;
  }
  return *found;
}

const Array& Fields::array(std::string_view name) {
  static const Array none;
  const Value* value = need(name);
  const Array* found = value == nullptr ? nullptr : value->array();
  if (found == nullptr) {
    fault(name, "expected an array");
    return none;
  }
  return *found;
}

const Value& Fields::any(std::string_view name) {
  static const Value null;
  const Value* value = need(name);
  return value == nullptr ? null : *value;
}

std::vector<std::string> Fields::strings(std::string_view name, std::size_t items_max) {
  std::vector<std::string> out;
  const Array& items = array(name);
  if (items.size() > items_max) {
    fault(name, fmt::format("more than {} items", items_max), ErrorCode::too_large);
    return out;
  }
  for (const Value& item : items) {
    const std::string* text = item.string();
    if (text == nullptr || text->empty() || text->size() > 1000) {
      fault(name, "expected an array of texts");
      return out;
    }
    out.push_back(*text);
  }
  return out;
}

const Value* Fields::maybe(std::string_view name) {
  return take(name);
}

std::optional<std::string> Fields::maybe_string(std::string_view name, std::size_t max) {
  if (object_ == nullptr || object_->find(name) == nullptr) {
    taken_.push_back(name);
    return std::nullopt;
  }
  return string(name, max);
}

std::optional<Instant> Fields::maybe_instant(std::string_view name) {
  if (object_ == nullptr || object_->find(name) == nullptr) {
    taken_.push_back(name);
    return std::nullopt;
  }
  return instant(name);
}

Result<void> Fields::done() {
  if (error_) {
    return std::unexpected(*error_);
  }
  for (const auto& [name, value] : *object_) {
    if (std::ranges::find(taken_, name) == taken_.end()) {
      return fail(ErrorCode::malformed, where(name), "there is no such member here");
    }
  }
  return {};
}

} // namespace sallyport::canon
