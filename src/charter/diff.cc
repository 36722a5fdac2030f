#include "charter/diff.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "charter/canonical.h"
#include "charter/spelling.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

namespace sallyport::charter {
namespace {

using canon::Array;
using canon::Object;
using canon::Value;
using enum Direction;

const Key* find_key(const Type& type, std::string_view name) {
  const auto key = std::ranges::find(type.keys, name, &Key::name);
  return key == type.keys.end() ? nullptr : &*key;
}

Direction opposite(Direction direction) {
  return direction == tighter ? looser : direction == looser ? tighter : undecided;
}

// ---- values in words

std::string in_words(const Value& value, const Type* type) {
  if (type != nullptr && type->kind == Kind::duration && value.integer() != nullptr) {
    return *value.integer() == 0 ? "0s" : to_words(Duration{*value.integer()});
  }
  if (const auto* text = value.string()) {
    const bool bare = type != nullptr && type->kind != Kind::text && type->kind != Kind::literal;
    return bare ? *text : canon::write(value);
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
      const Key* key = type == nullptr ? nullptr : find_key(*type, name);
      const Type* inner = key != nullptr ? key->type : type != nullptr ? type->item : nullptr;
      out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", path_of("", name), in_words(item, inner));
    }
    return "{" + out + "}";
  }
  return canon::write(value);
}

// In a phrase, a small number is a word.
std::string in_phrase(const Value& value, const Type& type) {
  constexpr std::array<std::string_view, 10> small{"no",   "one", "two",   "three", "four",
                                                   "five", "six", "seven", "eight", "nine"};
  const auto* integer = value.integer();
  const bool is_small = type.kind == Kind::integer && integer != nullptr && *integer >= 0 && *integer < 10;
  return is_small ? std::string(small[static_cast<std::size_t>(*integer)]) : in_words(value, &type);
}

// ---- which of two values is more

// Where on the scale of its type a value stands; nothing where there is no scale.
std::optional<std::int64_t> rank_of(const Value& value, const Type& type) {
  if (const auto* integer = value.integer()) {
    return *integer;
  }
  if (const auto* flag = value.boolean()) {
    return *flag ? 1 : 0;
  }
  const auto* text = value.string();
  if (text == nullptr) {
    return std::nullopt;
  }
  if (type.kind == Kind::view) {
    const auto view = parse_view(*text);
    return view ? std::optional(static_cast<std::int64_t>(view->kind)) : std::nullopt;
  }
  const auto at = std::ranges::find(type.words, *text);
  return at == type.words.end() ? std::nullopt : std::optional<std::int64_t>(at - type.words.begin());
}

Direction turn(const Value& before, const Value& after, const Type& type, Direction more) {
  const auto was = rank_of(before, type);
  const auto is = rank_of(after, type);
  if (!was || !is || *was == *is) {
    return undecided;
  }
  return *is > *was ? more : opposite(more);
}

bool contains(const Array& outer, const Value& item) {
  return std::ranges::find(outer, item) != outer.end();
}

bool contains_all(const Array& outer, const Array& inner) {
  return std::ranges::all_of(inner, [&](const Value& item) { return contains(outer, item); });
}

// A literal bound against another of the same dimension: whether it admits less, or more.
Direction bound_turn(const Value& before, const Value& after, const Object& dimension) {
  const Value from_packet("from_packet");
  if (before == from_packet || after == from_packet) {
    return after == from_packet ? looser : tighter;
  }
  if (before.array() != nullptr && after.array() != nullptr) {
    return contains_all(*before.array(), *after.array())   ? tighter
           : contains_all(*after.array(), *before.array()) ? looser
                                                           : undecided;
  }
  if (before.integer() != nullptr && after.integer() != nullptr && dimension.find("sense") != nullptr) {
    const bool less = *after.integer() < *before.integer();
    return less == (*dimension.find("sense") == Value("at_most")) ? tighter : looser;
  }
  if (const Value* levels = dimension.find("levels")) {
    const auto index = [&](const Value& level) { return std::ranges::find(*levels->array(), level); };
    return index(after) < index(before) ? tighter : looser;
  }
  if (before.object() != nullptr && after.object() != nullptr) {
    // Canonical instants sort as text.
    const auto text = [](const Value& value, const char* name) { return *value.find(name)->string(); };
    const bool inside =
        text(after, "from") >= text(before, "from") && text(after, "until") <= text(before, "until");
    const bool around =
        text(after, "from") <= text(before, "from") && text(after, "until") >= text(before, "until");
    return inside ? tighter : around ? looser : undecided;
  }
  return undecided;
}

// ---- the walk

bool all_optional(const Type& type) {
  return type.kind == Kind::table &&
         std::ranges::all_of(type.keys, [](const Key& key) { return key.need == Need::optional; });
}

class Diff {
public:
  void section(const Value& before, const Value& after, const Key& key) {
    const std::string name(key.name);
    if (key.type->kind == Kind::map) {
      maps(*before.object(), *after.object(), key, {name, "", *before.object(), *after.object()});
    } else {
      tables(*before.object(), *after.object(), *key.type, name, name);
    }
  }

  // The members of two tables. `place` is how sentences name it: like the path, without the rows.
  void tables(const Object& before, const Object& after, const Type& type, const std::string& path,
              const std::string& place) {
    for (const Key& key : type.keys) {
      const Value* was = before.find(key.name);
      const Value* is = after.find(key.name);
      if (was != nullptr && is != nullptr && *was != *is) {
        member(*was, *is, key, {path_of(path, key.name), place, before, after});
      } else if (was == nullptr && is != nullptr) {
        appears(*is, key, path_of(path, key.name), place);
      } else if (was != nullptr && is == nullptr) {
        goes(*was, key, path_of(path, key.name), place);
      }
    }
  }

  // One member that both have.
  struct Where {
    std::string path;
    std::string place;
    const Object& before; // the tables that hold it
    const Object& after;
  };

  void member(const Value& was, const Value& is, const Key& key, const Where& where) {
    switch (key.type->kind) {
    case Kind::table:
      tables(*was.object(), *is.object(), *key.type, where.path, path_of(where.place, key.name));
      return;
    case Kind::map:
      maps(*was.object(), *is.object(), key, where);
      return;
    case Kind::rows:
      rows(*was.array(), *is.array(), key, where);
      return;
    case Kind::set:
      sets(*was.array(), *is.array(), key, where);
      return;
    default:
      break;
    }
    const Direction direction = key.type->kind == Kind::bound && where.before.find("type") != nullptr &&
                                        *where.before.find("type") == *where.after.find("type")
                                    ? bound_turn(was, is, where.after)
                                    : turn(was, is, *key.type, key.more);
    const std::string said =
        key.phrase.empty()
            ? fmt::format("{} is {} instead of {}", key.name, in_words(is, key.type), in_words(was, key.type))
            : fmt::format(fmt::runtime(key.phrase), in_phrase(is, *key.type), in_phrase(was, *key.type));
    say(where.path, where.place, said, direction);
  }

  std::vector<Change> take() { return std::move(out_); }

private:
  void say(const std::string& path, const std::string& place, std::string_view said, Direction direction) {
    const std::string_view end = direction == tighter ? " (tighter)" : direction == looser ? " (looser)" : "";
    out_.push_back({path, fmt::format("{}: {}{}", place, said, end), direction});
  }

  void appears(const Value& is, const Key& key, const std::string& path, const std::string& place) {
    if (is.object() != nullptr && all_optional(*key.type)) {
      tables({}, *is.object(), *key.type, path, path_of(place, key.name));
      return;
    }
    // Written out, "never" is what an absent key means.
    const bool nothing = is.find("include_if") != nullptr && *is.find("include_if") == Value("never");
    say(path, place, fmt::format("{} is new: {}", key.name, in_words(is, key.type)),
        nothing ? undecided : key.there);
  }

  void goes(const Value& was, const Key& key, const std::string& path, const std::string& place) {
    if (was.object() != nullptr && all_optional(*key.type)) {
      tables(*was.object(), {}, *key.type, path, path_of(place, key.name));
      return;
    }
    const bool nothing = was.find("include_if") != nullptr && *was.find("include_if") == Value("never");
    say(path, place, fmt::format("{} is gone; it was {}", key.name, in_words(was, key.type)),
        nothing ? undecided : opposite(key.there));
  }

  // Whether another pattern rules some of the same pointers: then a row that goes leaves them to it, and one
  // that comes takes them from it, and which of the two shows more is not told by one row.
  static bool shares(std::string_view pattern, const Object& before, const Object& after) {
    const auto other = [&](const Object& rows) {
      return std::ranges::any_of(rows, [&](const auto& row) {
        return row.first != pattern && pattern.starts_with('/') &&
               (canon::pointer_matches(row.first, pattern) || canon::pointer_matches(pattern, row.first));
      });
    };
    return other(before) || other(after);
  }

  void maps(const Object& before, const Object& after, const Key& key, const Where& where) {
    const Type& item = *key.type->item;
    const std::string place = path_of(where.place, key.name);
    for (const auto& [name, was] : before) {
      const Value* is = after.find(name);
      const auto path = path_of(where.path, name);
      if (is == nullptr && all_optional(item)) {
        tables(*was.object(), {}, item, path, path_of(place, name));
      } else if (is == nullptr) {
        say(path, place, fmt::format("{} is gone; it was {}", path_of("", name), in_words(was, &item)),
            shares(name, before, after) ? undecided : opposite(key.more));
      } else if (*is != was && item.kind == Kind::table) {
        tables(*was.object(), *is->object(), item, path, path_of(place, name));
      } else if (*is != was) {
        Key value = key;
        value.name = name;
        value.type = &item;
        value.more = key.inner;
        value.phrase = {};
        member(was, *is, value, {path, place, before, after});
      }
    }
    for (const auto& [name, is] : after) {
      if (before.find(name) != nullptr) {
        continue;
      }
      const auto path = path_of(where.path, name);
      if (all_optional(item)) {
        tables({}, *is.object(), item, path, path_of(place, name));
      } else {
        say(path, place, fmt::format("{} is new: {}", path_of("", name), in_words(is, &item)),
            shares(name, before, after) ? undecided : key.more);
      }
    }
  }

  void sets(const Array& before, const Array& after, const Key& key, const Where& where) {
    const auto without = [](const Array& from, const Array& taken) {
      Array out;
      std::ranges::copy_if(from, std::back_inserter(out),
                           [&](const Value& item) { return !contains(taken, item); });
      return out;
    };
    const auto list = [&](const Array& items) {
      const std::string text = in_words(items, key.type);
      return text.substr(1, text.size() - 2);
    };
    if (const Array added = without(after, before); !added.empty()) {
      say(where.path, where.place, fmt::format("{} also has {}", key.name, list(added)), key.more);
    }
    if (const Array removed = without(before, after); !removed.empty()) {
      say(where.path, where.place, fmt::format("{} no longer has {}", key.name, list(removed)),
          opposite(key.more));
    }
  }

  // Rows that are equal stay together; of the others, those that name the same are one row that changed,
  // and the rest are new or gone.
  void rows(const Array& before, const Array& after, const Key& key, const Where& where) {
    const Type& row = *key.type->item;
    std::vector<std::size_t> left;
    std::vector<std::size_t> right;
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (!contains(after, before[i])) {
        left.push_back(i);
      }
    }
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (!contains(before, after[i])) {
        right.push_back(i);
      }
    }
    Array kept_before;
    Array kept_after;
    std::ranges::copy_if(before, std::back_inserter(kept_before),
                         [&](const Value& x) { return contains(after, x); });
    std::ranges::copy_if(after, std::back_inserter(kept_after),
                         [&](const Value& x) { return contains(before, x); });
    if (kept_before != kept_after) {
      say(where.path, where.place, fmt::format("the rows of {} stand in another order or number", key.name),
          undecided);
    }
    for (const std::size_t i : left) {
      const auto same = std::ranges::find_if(
          right, [&](std::size_t j) { return identity(before[i], row) == identity(after[j], row); });
      if (same == right.end()) {
        say(path_of(where.path, i), where.place,
            fmt::format("a row of {} is gone; it was {}", key.name, in_words(before[i], &row)),
            opposite(key.more));
        continue;
      }
      const bool alone = before.size() == 1 && after.size() == 1;
      const bool told = alone || key.name == "checks";
      tables(*before[i].object(), *after[*same].object(), row, path_of(where.path, *same),
             told ? where.place
                  : fmt::format("{}, {} {}", where.place, key.name,
                                in_words(identity(before[i], row), nullptr)));
      right.erase(same);
    }
    for (const std::size_t j : right) {
      say(path_of(where.path, j), where.place,
          fmt::format("a row of {} is new: {}", key.name, in_words(after[j], &row)), key.more);
    }
  }

  // What names a row: the value of the first key that it has and that is not how long.
  static Value identity(const Value& row, const Type& type) {
    for (const Key& key : type.keys) {
      const Value* value = row.find(key.name);
      if (value != nullptr && key.type->kind != Kind::duration) {
        return *value;
      }
    }
    return {};
  }

  std::vector<Change> out_;
};

// Always protected: charter.md section 3.8.
bool is_protected(const Charter& before, std::string_view section) {
  constexpr std::array<std::string_view, 5> always{"lane", "scope", "signers", "lineage", "governance"};
  const auto word = from_word<Section>(section);
  return std::ranges::find(always, section) != always.end() ||
         (word && before.governance.protects.contains(*word));
}

std::string ratifiers(const Charter& before, std::string_view section) {
  const Governance& governance = before.governance;
  if (!is_protected(before, section)) {
    return "needs one governance owner";
  }
  const std::string who = governance.rule == GovernanceRule::all
                              ? "needs all governance owners"
                              : fmt::format("needs {} of the {} governance owners", governance.n.value_or(0),
                                            governance.owners.size());
  return section == "governance" ? who + ", and those of the new version by its own rule" : who;
}

} // namespace

std::vector<SectionChanges> differences(const Charter& before, const Charter& after) {
  const Value was = canonical(before);
  const Value is = canonical(after);
  std::vector<SectionChanges> out;
  const auto add = [&](std::string_view section, Diff diff) {
    auto changes = diff.take();
    if (!changes.empty()) {
      out.push_back({std::string(section), is_protected(before, section), ratifiers(before, section),
                     std::move(changes)});
    }
  };
  const auto in_section = [](const Key& key) { return key.example.empty(); };
  Diff top;
  for (const Key& key : charter_type().keys) {
    const Value* a = was.find(key.name);
    const Value* b = is.find(key.name);
    if (!in_section(key) && *a != *b) {
      top.member(*a, *b, key, {std::string(key.name), "charter", *was.object(), *is.object()});
    }
  }
  add("charter", std::move(top));
  for (const Key& key : charter_type().keys) {
    if (!in_section(key)) {
      continue;
    }
    const Value nothing = Object{};
    const Value* a = was.find(key.name);
    const Value* b = is.find(key.name);
    Diff diff;
    diff.section(a == nullptr ? nothing : *a, b == nullptr ? nothing : *b, key);
    add(key.name, std::move(diff));
  }
  return out;
}

std::vector<std::string> diff_in_words(const Charter& before, const Charter& after) {
  std::vector<std::string> out;
  for (const SectionChanges& section : differences(before, after)) {
    for (const Change& change : section.changes) {
      out.push_back(change.sentence);
    }
  }
  return out;
}

} // namespace sallyport::charter
