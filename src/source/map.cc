#include "source/map.h"

#include "base/limits.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "source/select.h"

#include <algorithm>
#include <cstdint>

namespace sallyport::source {
namespace {

using canon::Value;

constexpr std::size_t text_bytes_max = 1000; // a key, an attribute's item, a touched value, a member
constexpr std::size_t touched_max = limits::collection_items;
constexpr std::size_t members_max = 10'000;
constexpr std::size_t terms_max = 100'000;

Result<const Value*> find(const Value& record, const std::string& pointer) {
  SP_TRY(const Value* value, select(record, pointer));
  if (value == nullptr) {
    return fail(ErrorCode::malformed, pointer, "the record has nothing here");
  }
  return value;
}

// A text that is not empty, or an integer in decimal: what serves as a key, a version or a name.
Result<std::string> word(const Value& value, const std::string& where) {
  if (const std::int64_t* number = value.integer()) {
    return std::to_string(*number);
  }
  const std::string* text = value.string();
  if (text == nullptr || text->empty()) {
    return fail(ErrorCode::malformed, where, "expected text or an integer");
  }
  if (text->size() > text_bytes_max) {
    return fail(ErrorCode::too_large, where, "longer than 1000 bytes");
  }
  return *text;
}

Result<std::string> word_at(const Value& record, const std::string& pointer) {
  SP_TRY(const Value* value, find(record, pointer));
  return word(*value, pointer);
}

Result<Instant> time_at(const Value& record, const TimeField& field) {
  SP_TRY(const Value* value, find(record, field.pointer));
  auto time = parse_time(*value, field.as);
  if (!time) {
    return fail(time.error().code, field.pointer, time.error().message);
  }
  return *time;
}

void sort_distinct(std::vector<std::string>& values) {
  std::ranges::sort(values);
  const auto repeated = std::ranges::unique(values);
  values.erase(repeated.begin(), repeated.end());
}

Result<std::string> set_text(const canon::Array& items, const std::string& where) {
  if (items.size() > limits::collection_items) {
    return fail(ErrorCode::too_large, where, "more than 256 items");
  }
  std::vector<std::string> texts;
  for (const Value& item : items) {
    SP_TRY(std::string text, word(item, where));
    texts.push_back(std::move(text));
  }
  std::ranges::sort(texts, canon::utf16_less);
  const auto repeated = std::ranges::unique(texts);
  texts.erase(repeated.begin(), repeated.end());
  return canon::write(Value(canon::Array(texts.begin(), texts.end())));
}

// Nothing where the record does not have it: whether that matters is the charter's to say.
Result<std::optional<std::string>> attribute(const Value& record, const AttrField& field) {
  if (const auto* time = std::get_if<TimeField>(&field)) {
    SP_TRY(const Value* value, select(record, time->pointer));
    if (value == nullptr) {
      return std::nullopt;
    }
    SP_TRY(const Instant t, time_at(record, *time));
    return to_string(t);
  }
  const std::string& pointer = std::get<std::string>(field);
  SP_TRY(const Value* value, select(record, pointer));
  if (value == nullptr || value->is_null()) {
    return std::nullopt;
  }
  if (const bool* flag = value->boolean()) {
    return *flag ? "true" : "false";
  }
  if (const canon::Array* items = value->array()) {
    return set_text(*items, pointer);
  }
  return word(*value, pointer);
}

Result<std::vector<std::string>> touched(const Value& record, const std::vector<std::string>& pointers) {
  std::vector<std::string> out;
  for (const std::string& pointer : pointers) {
    SP_TRY(const Value* value, find(record, pointer));
    const canon::Array* items = value->array();
    const canon::Array one = items == nullptr ? canon::Array{*value} : canon::Array();
    for (const Value& item : items == nullptr ? one : *items) {
      SP_TRY(std::string text, word(item, pointer));
      out.push_back(std::move(text));
    }
    if (out.size() > touched_max) {
      return fail(ErrorCode::too_large, pointer, "more than 256 values");
    }
  }
  sort_distinct(out);
  return out;
}

} // namespace

Result<Digest> content_digest(const std::vector<std::string>& pointers, const Value& record) {
  canon::Object selected;
  for (const std::string& pointer : pointers) {
    SP_TRY(const Value* value, find(record, pointer));
    selected.set(pointer, *value);
  }
  return crypto::sha256(canon::write(Value(std::move(selected))));
}

Result<ObjectAnswer> map_record(const Map& map, std::string_view key, const Value& record) {
  ObjectAnswer out;
  SP_TRY(out.key, word_at(record, map.key));
  if (out.key != key) {
    return fail(ErrorCode::conflict, map.key, "the record is not the one that was asked for");
  }
  SP_TRY(out.occurred_at, time_at(record, map.occurred_at));
  SP_TRY(out.content, content_digest(map.content, record));
  for (const auto& [name, field] : map.attrs) {
    SP_TRY(std::optional<std::string> value, attribute(record, field));
    if (value) {
      out.attrs.emplace(name, *std::move(value));
    }
  }
  for (const auto& [dimension, pointers] : map.touches) {
    SP_TRY(out.touches[dimension], touched(record, pointers));
  }
  out.status = ObjectStatus::found;
  return out;
}

Result<Directory> map_directory(const DirectoryShape& shape, const Value& answer) {
  Directory out;
  SP_TRY(out.version, word_at(answer, shape.version));
  SP_TRY(const Value* members, find(answer, shape.members));
  const canon::Array* items = members->array();
  if (items == nullptr) {
    return fail(ErrorCode::malformed, shape.members, "expected an array");
  }
  if (items->size() > members_max) {
    return fail(ErrorCode::too_large, shape.members, "more than 10000 members");
  }
  for (std::size_t i = 0; i < items->size(); ++i) {
    auto id = word_at((*items)[i], shape.id);
    if (!id) {
      return fail(id.error().code, shape.members + "/" + std::to_string(i) + shape.id, id.error().message);
    }
    out.members.push_back(*std::move(id));
  }
  sort_distinct(out.members);
  return out;
}

Result<std::vector<std::string>> map_terms(const TermsShape& shape, const Value& answer) {
  SP_TRY(const Value* listed, find(answer, shape.items));
  const canon::Array* items = listed->array();
  if (items == nullptr) {
    return fail(ErrorCode::malformed, shape.items, "expected an array");
  }
  std::vector<std::string> out;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string where = shape.items + "/" + std::to_string(i);
    const std::size_t before = out.size();
    for (const std::string& pointer : shape.names) {
      SP_TRY(const Value* value, select((*items)[i], pointer));
      if (value == nullptr) {
        continue;
      }
      const canon::Array single{*value};
      for (const Value& one : value->array() != nullptr ? *value->array() : single) {
        SP_TRY(std::string name, word(one, where + pointer));
        out.push_back(std::move(name));
      }
    }
    if (out.size() == before) {
      return fail(ErrorCode::malformed, where, "the item has no name");
    }
    if (out.size() > terms_max) {
      return fail(ErrorCode::too_large, shape.items, "more than 100000 names");
    }
  }
  sort_distinct(out);
  return out;
}

} // namespace sallyport::source
