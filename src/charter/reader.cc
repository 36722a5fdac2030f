#include "charter/reader.h"

#include "base/limits.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "charter/spelling.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>
#include <optional>

namespace sallyport::charter {
namespace {

using canon::Array;
using canon::Object;
using canon::Value;

struct Wording {
  std::string_view type;
  std::string_view example;
};

Wording wording(Kind kind, Syntax syntax) {
  const bool toml = syntax == Syntax::toml;
  switch (kind) {
  case Kind::word:
    return {"a word", "\"hold\""};
  case Kind::name:
    return {"a name of small letters and digits", "\"session-broker\""};
  case Kind::lane_id:
    return {"a lane id", "\"Q-PSR\""};
  case Kind::person:
    return {"a person", "\"pe_2345abcdef\""};
  case Kind::pointer:
    return {"a pointer", "\"/citations/*/record\""};
  case Kind::key_source:
    return {"a pointer or a dimension", "\"scope.tenant\""};
  case Kind::text:
    return {"text without control characters, in NFC", "\"Product security\""};
  case Kind::duration:
    return toml ? Wording{"a duration", "\"15m\""} : Wording{"a duration in milliseconds", "900000"};
  case Kind::instant:
    return toml ? Wording{"a date and time with an offset", "2026-11-20T12:10:00Z"}
                : Wording{"an instant", "\"2026-11-20T12:10:00.000Z\""};
  case Kind::integer:
    return {"an integer", "5"};
  case Kind::boolean:
    return {"true or false", "true"};
  case Kind::time:
    return {"a time of day", "\"08:00\""};
  case Kind::zone:
    return {"a time zone", "\"Europe/Berlin\""};
  case Kind::view:
    return {"a view", "\"coarsen(day)\""};
  case Kind::literal:
    return {"text, an integer, true or false, a date and time, or a set", "[\"none\", \"compatible\"]"};
  case Kind::bound:
    return {"a bound", "\"from_packet\""};
  case Kind::set:
    return {"a set", "[\"packet-triager\"]"};
  case Kind::list:
    return {"a list", "[\"sev1\", \"sev2\"]"};
  case Kind::rows:
    return {"an array of tables", "[{ kind = \"digest\" }]"};
  case Kind::map:
  case Kind::table:
    return {"a table", "{ role = \"release-owner\" }"};
  }
  return {};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

std::string_view nearest(std::string_view text, std::span<const Key> keys) {
  return std::ranges::min_element(
             keys, {},
             [&](const Key& key) { return edit_distance(text.substr(0, name_bytes_max), key.name); })
      ->name;
}

bool is_wildcard(std::string_view text) {
  return text == "*" || text == "any" || text == "all";
}

class Reader {
public:
  explicit Reader(Syntax syntax) : syntax_(syntax) {}

  ReadTree run(const Node& root, const Type& type) {
    const Node* flow = root.find("flow");
    if (flow != nullptr && flow->kind == Node::Kind::text) {
      flow_ = flow->text;
    }
    if (auto value = read(root, type, "")) {
      out_.value = *std::move(value);
    }
    return std::move(out_);
  }

private:
  // ---- faults

  void add(std::string_view id, std::string path, Position at, std::string message) {
    out_.unsound.insert(std::string(key_));
    if (out_.faults.size() < faults_max) {
      out_.faults.push_back({std::string(id), at.line, at.column, std::move(path), std::move(message), true});
    }
  }

  void wrong(const std::string& path, Position at, Kind kind) {
    const auto [type, example] = wording(kind, syntax_);
    add("E03", path, at,
        fmt::format("{}: expected {}, written like {}.", path.empty() ? "the file" : path, type, example));
  }

  void not_a_word(const std::string& path, Position at, std::string_view text, std::string_view list) {
    add("E04", path, at, fmt::format("{}: \"{}\" is not one of {}.", path, shown(text), list));
  }

  void out_of_range(const std::string& path, Position at, std::string_view rule) {
    add("E09", path, at, fmt::format("{}: must be {}.", path, rule));
  }

  void never_satisfied(const std::string& path, Position at) {
    add("E07", path, at, fmt::format("{}: empty or \"any\" is never satisfied.", path));
  }

  void twice(const std::string& path, Position at, std::string_view text) {
    add("E08", path, at, fmt::format("{}: \"{}\" is there twice.", path, shown(text)));
  }

  // ---- values

  std::optional<Value> read(const Node& node, const Type& type, const std::string& path) {
    out_.positions.emplace(path, node.at);
    switch (type.kind) {
    case Kind::word:
    case Kind::name:
    case Kind::lane_id:
    case Kind::person:
    case Kind::pointer:
    case Kind::key_source:
    case Kind::text:
    case Kind::time:
    case Kind::zone:
    case Kind::view:
      if (node.kind != Node::Kind::text) {
        wrong(path, node.at, type.kind);
        return std::nullopt;
      }
      return spelled(node.text, node.at, type, path) ? std::optional<Value>(node.text) : std::nullopt;
    case Kind::duration:
      return duration(node, type, path);
    case Kind::instant:
      return instant(node, path);
    case Kind::integer:
      return integer(node, type, path);
    case Kind::boolean:
      if (node.kind != Node::Kind::boolean) {
        wrong(path, node.at, type.kind);
        return std::nullopt;
      }
      return Value(node.integer != 0);
    case Kind::literal:
      return literal(node, path);
    case Kind::bound:
      return bound(node, path);
    case Kind::set:
    case Kind::list:
      return items(node, type, path);
    case Kind::rows:
      return rows(node, type, path);
    case Kind::map:
      return map(node, type, path);
    case Kind::table:
      return table(node, type, path);
    }
    return std::nullopt;
  }

  // Text, or the key of a map.
  bool spelled(const std::string& text, Position at, const Type& type, const std::string& path) {
    if (text.size() > text_bytes_max) {
      add("E01", path, at, unreadable(path, at, "text of more than 1000 bytes").message);
      return false;
    }
    if (type.kind == Kind::word) {
      if (std::ranges::find(type.words, text) == type.words.end()) {
        not_a_word(path, at, text, fmt::format("{}", fmt::join(type.words, ", ")));
        return false;
      }
      return true;
    }
    if (type.kind == Kind::view) {
      if (!parse_view(text)) {
        not_a_word(path, at, text,
                   fmt::format("omit, ref, pseudonym, coarsen(<grain>), show with a grain of {}",
                               fmt::join(grains, ", ")));
        return false;
      }
      return true;
    }
    if (text.empty() || (type.kind == Kind::name && is_wildcard(text)) ||
        (type.kind != Kind::text && text == "*")) {
      never_satisfied(path, at);
      return false;
    }
    if (!has_spelling(text, type.kind)) {
      wrong(path, at, type.kind);
      return false;
    }
    if (type.kind == Kind::text && text.size() > static_cast<std::size_t>(type.max)) {
      out_of_range(path, at, fmt::format("at most {} bytes", type.max));
      return false;
    }
    return true;
  }

  static bool has_spelling(const std::string& text, Kind kind) {
    const auto is_pattern = [](const std::string& pattern) {
      return pattern.starts_with('/') && canon::is_pointer(pattern) && is_plain_text(pattern);
    };
    if (kind == Kind::key_source && text.starts_with("scope.")) {
      return is_name(std::string_view(text).substr(6));
    }
    if (kind == Kind::pointer || kind == Kind::key_source) {
      return is_pattern(text);
    }
    return kind == Kind::name      ? is_name(text)
           : kind == Kind::lane_id ? is_lane_id(text)
           : kind == Kind::person  ? is_id(text, PersonId::prefix)
           : kind == Kind::time    ? parse_time(text).has_value()
           : kind == Kind::zone    ? is_zone(text)
                                   : is_plain_text(text);
  }

  std::optional<Value> duration(const Node& node, const Type& type, const std::string& path) {
    std::optional<Duration> parsed;
    if (syntax_ == Syntax::toml && node.kind == Node::Kind::text) {
      parsed = parse_duration(node.text);
    } else if (syntax_ == Syntax::json && node.kind == Node::Kind::integer) {
      parsed = Duration{node.integer};
    }
    if (!parsed) {
      wrong(path, node.at, Kind::duration);
      return std::nullopt;
    }
    if (parsed->ms < type.min || parsed->ms > type.max) {
      out_of_range(path, node.at,
                   parsed->ms < type.min ? "longer than 0s" : "at most " + to_words(Duration{type.max}));
      return std::nullopt;
    }
    return Value(parsed->ms);
  }

  std::optional<Value> instant(const Node& node, const std::string& path) {
    const bool dated = node.kind == Node::Kind::instant ||
                       (syntax_ == Syntax::json && node.kind == Node::Kind::text && parse_instant(node.text));
    if (!dated) {
      wrong(path, node.at, Kind::instant);
      return std::nullopt;
    }
    return Value(node.text);
  }

  std::optional<Value> integer(const Node& node, const Type& type, const std::string& path) {
    if (node.kind != Node::Kind::integer) {
      wrong(path, node.at, Kind::integer);
      return std::nullopt;
    }
    if (node.integer < type.min || node.integer > type.max) {
      out_of_range(path, node.at,
                   type.min == type.max ? fmt::format("{}", type.min)
                                        : fmt::format("from {} to {}", type.min, type.max));
      return std::nullopt;
    }
    return Value(node.integer);
  }

  // What JSON can carry.
  std::optional<Value> any_integer(const Node& node, const std::string& path) {
    constexpr std::int64_t safe = (std::int64_t{1} << 53) - 1;
    return integer(node, {.kind = Kind::integer, .min = -safe, .max = safe}, path);
  }

  std::optional<Value> literal(const Node& node, const std::string& path) {
    static constexpr Type text{.kind = Kind::text, .min = 1, .max = text_bytes_max};
    switch (node.kind) {
    case Node::Kind::text:
      return spelled(node.text, node.at, text, path) ? std::optional<Value>(node.text) : std::nullopt;
    case Node::Kind::instant:
      return Value(node.text);
    case Node::Kind::integer:
      return any_integer(node, path);
    case Node::Kind::boolean:
      return Value(node.integer != 0);
    case Node::Kind::array:
      return literal_set(node, path);
    case Node::Kind::table:
    case Node::Kind::other:
      break;
    }
    wrong(path, node.at, Kind::literal);
    return std::nullopt;
  }

  std::optional<Value> literal_set(const Node& node, const std::string& path) {
    static constexpr Type text{.kind = Kind::text, .min = 1, .max = text_bytes_max};
    static constexpr Type texts{.kind = Kind::set, .min = 1, .item = &text};
    if (node.items.empty() || node.items.front().kind != Node::Kind::integer) {
      return items(node, texts, path);
    }
    if (too_many(node.items.size(), path, node.at)) {
      return std::nullopt;
    }
    std::set<std::int64_t> numbers;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node& item = node.items[i];
      const auto value = any_integer(item, path_of(path, i));
      if (value && !numbers.insert(item.integer).second) {
        twice(path, item.at, fmt::format("{}", item.integer));
      }
    }
    return Value(Array(numbers.begin(), numbers.end()));
  }

  std::optional<Value> bound(const Node& node, const std::string& path) {
    static constexpr Type name{.kind = Kind::name};
    static constexpr Type names{.kind = Kind::set, .min = 1, .item = &name};
    switch (node.kind) {
    case Node::Kind::text:
      return spelled(node.text, node.at, name, path) ? std::optional<Value>(node.text) : std::nullopt;
    case Node::Kind::integer:
      return any_integer(node, path);
    case Node::Kind::array:
      return items(node, names, path);
    case Node::Kind::table:
      return table(node, interval_type(), path);
    case Node::Kind::boolean:
    case Node::Kind::instant:
    case Node::Kind::other:
      break;
    }
    wrong(path, node.at, Kind::bound);
    return std::nullopt;
  }

  // ---- collections

  bool too_many(std::size_t count, const std::string& path, Position at) {
    if (count <= limits::collection_items) {
      return false;
    }
    add("E01", path, at, unreadable(path, at, "a collection of more than 256 items").message);
    return true;
  }

  std::optional<Value> items(const Node& node, const Type& type, const std::string& path) {
    if (node.kind != Node::Kind::array) {
      wrong(path, node.at, type.kind);
      return std::nullopt;
    }
    if (too_many(node.items.size(), path, node.at)) {
      return std::nullopt;
    }
    if (node.items.empty() && type.min > 0) {
      never_satisfied(path, node.at);
    } else if (node.items.size() < static_cast<std::size_t>(type.min)) {
      out_of_range(path, node.at, fmt::format("at least {} of them", type.min));
    }
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node& item = node.items[i];
      if (!read(item, *type.item, path_of(path, i))) {
        continue;
      }
      if (std::ranges::find(texts, item.text) != texts.end()) {
        twice(path, item.at, item.text);
        continue;
      }
      texts.push_back(item.text);
    }
    if (type.kind == Kind::set) {
      std::ranges::sort(texts, canon::utf16_less);
    }
    return Value(Array(texts.begin(), texts.end()));
  }

  std::optional<Value> rows(const Node& node, const Type& type, const std::string& path) {
    if (node.kind != Node::Kind::array) {
      wrong(path, node.at, type.kind);
      return std::nullopt;
    }
    if (too_many(node.items.size(), path, node.at)) {
      return std::nullopt;
    }
    if (node.items.size() < static_cast<std::size_t>(type.min)) {
      never_satisfied(path, node.at);
    }
    Array out;
    const std::string_view key = key_;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      key_ = key;
      // A row that is no table keeps its place, so that paths stay right.
      out.push_back(read(node.items[i], *type.item, path_of(path, i)).value_or(Value(Object{})));
    }
    return Value(std::move(out));
  }

  std::optional<Value> map(const Node& node, const Type& type, const std::string& path) {
    if (node.kind != Node::Kind::table) {
      wrong(path, node.at, type.kind);
      return std::nullopt;
    }
    if (too_many(node.members.size(), path, node.at)) {
      return std::nullopt;
    }
    if (node.members.size() < static_cast<std::size_t>(type.min)) {
      never_satisfied(path, node.at);
    }
    Object out;
    const std::string_view key = key_;
    for (const Member& member : node.members) {
      const auto inner = path_of(path, member.name);
      key_ = key;
      const bool named = spelled(member.name, member.at, *type.key, inner);
      auto value = read(member.value, *type.item, inner);
      if (named && value) {
        out.set(member.name, *std::move(value));
      }
    }
    return Value(std::move(out));
  }

  // ---- tables

  // Whether the condition holds; nothing where the key that it asks is absent or no word.
  std::optional<bool> holds(const Condition& condition, const Node& table, const Type& type) const {
    if (condition.key.empty()) {
      return true;
    }
    std::string_view word = flow_;
    if (condition.key != "flow") {
      const Node* sibling = table.find(condition.key);
      const auto* key = std::ranges::find(type.keys, condition.key, &Key::name).operator->();
      word = sibling != nullptr      ? std::string_view(sibling->text)
             : key->fallback.empty() ? std::string_view{}
                                     : key->fallback.substr(1, key->fallback.size() - 2);
    }
    if (word.empty()) {
      return std::nullopt;
    }
    return std::ranges::find(condition.values, word) != condition.values.end();
  }

  std::string condition_text(const Condition& condition, const Node& table) const {
    const Node* sibling = table.find(condition.key);
    return fmt::format("{} = {}", condition.key,
                       condition.key == "flow" || sibling == nullptr ? flow_ : shown(sibling->text));
  }

  std::optional<Value> table(const Node& node, const Type& type, const std::string& path) {
    if (node.kind != Node::Kind::table) {
      wrong(path, node.at, Kind::table);
      return std::nullopt;
    }
    Object out;
    for (const Member& member : node.members) {
      if (std::ranges::find(type.keys, member.name, &Key::name) == type.keys.end()) {
        const auto inner = path_of(path, member.name);
        const std::string_view near = nearest(member.name, type.keys);
        key_ = near;
        add("E02", inner, member.at,
            fmt::format("{}: there is no such key here; did you mean \"{}\"?", inner, near));
      }
    }
    for (const Key& key : type.keys) {
      member(node, type, key, path, out);
    }
    return Value(std::move(out));
  }

  void member(const Node& node, const Type& type, const Key& key, const std::string& path, Object& out) {
    const auto inner = path_of(path, key.name);
    const auto condition = holds(key.when, node, type);
    const Need need = condition ? (*condition ? key.need : key.otherwise) : Need::optional;
    const auto there = std::ranges::find(node.members, key.name, &Member::name);
    key_ = key.name;
    if (there == node.members.end()) {
      if (need == Need::required) {
        const Fault fault = missing(inner, node.at);
        add(fault.id, inner, node.at, fault.message);
      } else if (need == Need::defaulted) {
        const auto fallback = canon::parse(condition.value_or(true) ? key.fallback : key.fallback_otherwise);
        SP_ASSERT(fallback);
        out.set(std::string(key.name), *fallback);
      }
      return;
    }
    if (need == Need::forbidden) {
      const Fault fault = meaningless(inner, there->at, condition_text(key.when, node));
      add(fault.id, inner, there->at, fault.message);
      return;
    }
    auto value = read(there->value, *key.type, inner);
    if (value && key.filled && condition.value_or(false) && value->array() != nullptr &&
        value->array()->empty()) {
      key_ = key.name;
      never_satisfied(inner, there->value.at);
    }
    if (value) {
      out.set(std::string(key.name), *std::move(value));
    }
  }

  Syntax syntax_;
  std::string flow_;
  std::string_view key_; // the innermost key of the schema that is being read
  ReadTree out_;
};

} // namespace

Fault missing(std::string path, Position at) {
  auto message =
      fmt::format("{} is missing; it has no default because it is a decision of the owners.", path);
  return {"E05", at.line, at.column, std::move(path), std::move(message), true};
}

Fault meaningless(std::string path, Position at, std::string_view condition) {
  auto message = fmt::format("{} has no meaning with {}.", path, condition);
  return {"E06", at.line, at.column, std::move(path), std::move(message), true};
}

ReadTree read_tree(const Node& root, Syntax syntax, const Type& type) {
  return Reader(syntax).run(root, type);
}

} // namespace sallyport::charter
