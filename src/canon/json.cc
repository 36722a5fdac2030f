#include "canon/json.h"

#include "canon/pointer.h"

#include <charconv>
#include <fmt/format.h>
#include <simdjson.h>

namespace sallyport::canon {
namespace {

constexpr std::int64_t integer_max = (std::int64_t{1} << 53) - 1;

enum class Numbers { integers_only, others_as_text };

class Walk {
public:
  Walk(Numbers numbers, std::size_t depth_max) : numbers_(numbers), depth_max_(depth_max) {}

  Result<Value> value(simdjson::dom::element element, const std::string& where, std::size_t depth) const {
    if (depth > depth_max_) {
      return fail(ErrorCode::too_large, where, fmt::format("nested deeper than {} levels", depth_max_));
    }
    switch (element.type()) {
    case simdjson::dom::element_type::NULL_VALUE:
      return Value();
    case simdjson::dom::element_type::BOOL:
      return Value(element.get_bool().value_unsafe());
    case simdjson::dom::element_type::STRING:
      return Value(std::string_view(element.get_string().value_unsafe()));
    case simdjson::dom::element_type::INT64:
      return integer(element.get_int64().value_unsafe(), where);
    case simdjson::dom::element_type::UINT64:
      return number_as_text(std::to_string(element.get_uint64().value_unsafe()), where);
    case simdjson::dom::element_type::DOUBLE:
      return number_as_text(shortest(element.get_double().value_unsafe()), where);
    case simdjson::dom::element_type::ARRAY:
      return array(element.get_array().value_unsafe(), where, depth);
    case simdjson::dom::element_type::OBJECT:
      return object(element.get_object().value_unsafe(), where, depth);
    }
    return fail(ErrorCode::malformed, where, "not JSON");
  }

private:
  static std::string shortest(double number) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    return {buffer.data(), end};
  }

  Result<Value> integer(std::int64_t number, const std::string& where) const {
    if (number < -integer_max || number > integer_max) {
      return number_as_text(std::to_string(number), where);
    }
    return Value(number);
  }

  Result<Value> number_as_text(std::string text, const std::string& where) const {
    if (numbers_ == Numbers::integers_only) {
      return fail(ErrorCode::malformed, where, "only integers up to 2^53-1 are numbers here");
    }
    return Value(std::move(text));
  }

  Result<Value> array(simdjson::dom::array items, const std::string& where, std::size_t depth) const {
    Array out;
    out.reserve(items.size());
    for (const simdjson::dom::element item : items) {
      SP_TRY(Value v, value(item, where + "/" + std::to_string(out.size()), depth + 1));
      out.push_back(std::move(v));
    }
    return Value(std::move(out));
  }

  Result<Value> object(simdjson::dom::object members, const std::string& where, std::size_t depth) const {
    std::vector<Member> read;
    for (const auto& [name, member] : members) {
      SP_TRY(Value v, value(member, where + "/" + pointer_escape(name), depth + 1));
      read.emplace_back(std::string(name), std::move(v));
    }
    auto out = Object::of(std::move(read));
    if (!out) {
      return fail(ErrorCode::malformed, where + "/" + pointer_escape(out.error()),
                  "this name is there twice");
    }
    return Value(*std::move(out));
  }

  Numbers numbers_;
  std::size_t depth_max_;
};

Result<Value> parse_with(std::string_view text, ParseLimits limits, Numbers numbers) {
  if (text.size() > limits.bytes) {
    return fail(ErrorCode::too_large, "", fmt::format("longer than {} bytes", limits.bytes));
  }
  if (text.empty()) {
    return fail(ErrorCode::malformed, "", "empty"); // simdjson copies from its null pointer
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return fail(ErrorCode::malformed, "", "starts with a byte order mark");
  }
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  // One level more than ours, so that our own message names the place.
  if (parser.allocate(text.size() + 1, limits.depth + 2) != simdjson::SUCCESS) {
    return fail(ErrorCode::unavailable, "", "no memory to read it");
  }
  const auto error = parser.parse(text.data(), text.size()).get(root);
  switch (error) {
  case simdjson::SUCCESS:
    return Walk(numbers, limits.depth).value(root, "", 0);
  case simdjson::DEPTH_ERROR:
    return fail(ErrorCode::too_large, "", fmt::format("nested deeper than {} levels", limits.depth));
  case simdjson::UTF8_ERROR:
    return fail(ErrorCode::malformed, "", "not UTF-8");
  case simdjson::NUMBER_ERROR:
    return fail(ErrorCode::malformed, "", "a number out of range");
  case simdjson::EMPTY:
    return fail(ErrorCode::malformed, "", "empty");
  default:
    return fail(ErrorCode::malformed, "", "not JSON");
  }
}

void write_string(std::string_view text, std::string& out) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20) {
        out += "\\u00";
        out += {hex[static_cast<unsigned char>(c) >> 4U], hex[static_cast<unsigned char>(c) & 15U]};
      } else {
        out += c;
      }
    }
  }
  out += '"';
}

void write_to(const Value& value, std::string& out) {
  if (const bool* b = value.boolean()) {
    out += *b ? "true" : "false";
  } else if (const std::int64_t* n = value.integer()) {
    out += std::to_string(*n);
  } else if (const std::string* s = value.string()) {
    write_string(*s, out);
  } else if (const Array* a = value.array()) {
    char separator = '[';
    for (const Value& item : *a) {
      out += separator;
      write_to(item, out);
      separator = ',';
    }
    out += a->empty() ? "[]" : "]";
  } else if (const Object* o = value.object()) {
    char separator = '{';
    for (const auto& [name, member] : *o) {
      out += separator;
      write_string(name, out);
      out += ':';
      write_to(member, out);
      separator = ',';
    }
    out += o->empty() ? "{}" : "}";
  } else {
    out += "null";
  }
}

} // namespace

Result<Value> parse(std::string_view text, ParseLimits limits) {
  return parse_with(text, limits, Numbers::integers_only);
}

Result<Value> parse_foreign(std::string_view text, ParseLimits limits) {
  return parse_with(text, limits, Numbers::others_as_text);
}

std::string write(const Value& value) {
  std::string out;
  write_to(value, out);
  return out;
}

} // namespace sallyport::canon
