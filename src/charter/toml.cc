// The only file that sees the TOML library.
//
// toml++ 3.3 asserts what hostile text can break ("a = [}" does): an abort with assertions, undefined
// behaviour without them. Here a broken assertion is an exception in every build, which ends in
// toml_tree() as an unreadable text.
#undef NDEBUG
#define TOML_ASSERT(condition)                                                                               \
  static_cast<void>((condition) ? 0 : throw sallyport::charter::BrokenAssertion{})

namespace sallyport::charter {
namespace {
struct BrokenAssertion {};
} // namespace
} // namespace sallyport::charter

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include "base/bytes.h"
#include "base/limits.h"
#include "charter/node.h"
#include "charter/spelling.h"

#include <chrono>

// In its noexcept functions a broken assertion still ends the program, as it would have done.
#pragma GCC diagnostic push
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wexceptions"
#else
#pragma GCC diagnostic ignored "-Wterminate"
#endif
#include <toml++/toml.h>
#pragma GCC diagnostic pop

namespace sallyport::charter {
namespace {

Position position(const toml::source_region& source, Position otherwise) {
  if (source.begin.line == 0) {
    return otherwise;
  }
  return {static_cast<int>(source.begin.line), static_cast<int>(source.begin.column)};
}

// Nothing for a local one, for one outside the years that we can write, and for one finer than ours.
std::optional<Instant> instant(const toml::date_time& value) {
  using namespace std::chrono;
  if (!value.offset || value.time.nanosecond % 1'000'000 != 0) {
    return std::nullopt;
  }
  const sys_days day{year{value.date.year} / month{value.date.month} / value.date.day};
  const auto local = day + hours{value.time.hour} + minutes{value.time.minute} + seconds{value.time.second} +
                     milliseconds{value.time.nanosecond / 1'000'000};
  const auto utc = local - minutes{value.offset->minutes};
  const year at = year_month_day{floor<days>(utc)}.year();
  if (at < year{0} || at > year{9999}) {
    return std::nullopt;
  }
  return Instant{duration_cast<milliseconds>(utc.time_since_epoch()).count()};
}

// Recursion is bounded by the library's own guard on nesting (256).
Node convert(const toml::node& from, Position parent) {
  Node to;
  to.at = position(from.source(), parent);
  if (const auto* table = from.as_table()) {
    to.kind = Node::Kind::table;
    for (const auto& [key, value] : *table) {
      const Position at = position(key.source(), to.at);
      to.members.push_back({std::string(key.str()), at, convert(value, at)});
    }
  } else if (const auto* array = from.as_array()) {
    to.kind = Node::Kind::array;
    for (const auto& item : *array) {
      to.items.push_back(convert(item, to.at));
    }
  } else if (const auto* text = from.as_string()) {
    to.kind = Node::Kind::text;
    to.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    to.kind = Node::Kind::integer;
    to.integer = integer->get();
  } else if (const auto* boolean = from.as_boolean()) {
    to.kind = Node::Kind::boolean;
    to.integer = boolean->get() ? 1 : 0;
  } else if (const auto* date = from.as_date_time()) {
    if (const auto at = instant(date->get())) {
      to.kind = Node::Kind::instant;
      to.text = to_string(*at);
    }
  }
  return to;
}

} // namespace

std::expected<Node, Fault> toml_tree(std::string_view text) {
  if (text.size() > limits::charter_bytes) {
    return std::unexpected(unreadable("", {1, 1}, "it has more than 256 KiB"));
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return std::unexpected(unreadable("", {1, 1}, "it begins with a byte order mark"));
  }
  if (!is_utf8(text)) {
    return std::unexpected(unreadable("", {1, 1}, "it is not UTF-8"));
  }
  try {
    const auto parsed = toml::parse(text);
    if (!parsed) {
      const auto& error = parsed.error();
      return std::unexpected(unreadable("", position(error.source(), {1, 1}), shown(error.description())));
    }
    return convert(parsed.table(), {1, 1});
  } catch (const BrokenAssertion&) {
    return std::unexpected(unreadable("", {1, 1}, "a value is not TOML"));
  }
}

} // namespace sallyport::charter
