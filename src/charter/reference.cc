#include "charter/reference.h"

#include "base/instant.h"
#include "charter/faults.h"
#include "charter/schema.h"
#include "charter/spelling.h"
#include "charter/words.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace sallyport::charter {
namespace {

std::string code(std::string_view text) {
  return fmt::format("`{}`", text);
}

std::string list_of_words(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    out += (out.empty() ? "" : ", ") + code(word);
  }
  return out;
}

std::string duration_text(const Type& type) {
  const std::string most =
      type.max == duration_max.ms ? "" : ", at most " + code(to_words(Duration{type.max}));
  return "duration" + most + (type.min == 0 ? ", may be `0s`" : "");
}

std::string scalar_text(const Type& type) {
  switch (type.kind) {
  case Kind::word:
    return "one of " + list_of_words(type.words);
  case Kind::name:
    return "name";
  case Kind::lane_id:
    return "lane id";
  case Kind::person:
    return "person";
  case Kind::pointer:
    return "pointer";
  case Kind::key_source:
    return "pointer or `scope.<dimension>`";
  case Kind::text:
    return fmt::format("text of at most {} bytes", type.max);
  case Kind::duration:
    return duration_text(type);
  case Kind::instant:
    return "date and time with an offset";
  case Kind::integer:
    return type.min == type.max ? fmt::format("the integer {}", type.min)
                                : fmt::format("integer from {} to {}", type.min, type.max);
  case Kind::boolean:
    return "`true` or `false`";
  case Kind::time:
    return "time of day";
  case Kind::zone:
    return "IANA time zone";
  case Kind::view:
    return fmt::format("view: `omit`, `ref`, `pseudonym`, `coarsen(<grain>)` or `show`, grain one of {}",
                       list_of_words(grains));
  case Kind::literal:
    return "text, integer, bool, date and time, or a set of texts or of integers";
  case Kind::bound:
    return "`\"from_packet\"`, name, integer, set of names, or `{ from, until }` of instants";
  case Kind::set:
  case Kind::list:
  case Kind::rows:
  case Kind::map:
  case Kind::table:
    break;
  }
  return "table";
}

std::string type_text(const Type& type) {
  const std::string least = type.min > 0 ? fmt::format(", at least {}", type.min) : "";
  switch (type.kind) {
  case Kind::set:
    return "set" + least + ", of: " + scalar_text(*type.item);
  case Kind::list:
    return "list" + least + ", of: " + scalar_text(*type.item);
  case Kind::rows:
    return "array of tables" + least;
  case Kind::map:
    return "table by " + scalar_text(*type.key) + least +
           (type.item->kind == Kind::table ? "" : ", of: " + type_text(*type.item));
  default:
    return scalar_text(type);
  }
}

std::string when_text(const Condition& when) {
  std::string values;
  for (const std::string_view value : when.values) {
    if (!value.empty()) {
      values += (values.empty() ? "" : " or ") + code(value);
    }
  }
  return fmt::format("with `{}` {}", when.key, values);
}

std::string need_text(Need need, std::string_view fallback) {
  switch (need) {
  case Need::required:
    return "required";
  case Need::optional:
    return "optional";
  case Need::defaulted:
    return "default " + code(fallback);
  case Need::forbidden:
    return "forbidden";
  }
  return {};
}

std::string needs_text(const Key& key) {
  std::string out = need_text(key.need, key.fallback);
  if (!key.when.key.empty()) {
    out += fmt::format(" {}{}; else {}", when_text(key.when), key.filled ? ", not empty" : "",
                       need_text(key.otherwise, key.fallback_otherwise));
  }
  return out;
}

// ---- faults

void add_faults_of(const Type& type, std::set<std::string_view>& out) {
  out.insert("E03");
  switch (type.kind) {
  case Kind::word:
  case Kind::view:
    out.insert("E04");
    break;
  case Kind::set:
  case Kind::list:
    out.insert("E08");
    if (type.min > 1) {
      out.insert("E09");
    }
    add_faults_of(*type.item, out);
    break;
  case Kind::map:
    add_faults_of(*type.key, out);
    if (type.item->kind != Kind::table) {
      add_faults_of(*type.item, out);
    }
    break;
  case Kind::name:
  case Kind::lane_id:
  case Kind::person:
  case Kind::pointer:
  case Kind::key_source:
  case Kind::time:
  case Kind::zone:
    out.insert("E07");
    break;
  case Kind::text:
    out.insert({"E07", "E09"});
    break;
  case Kind::bound:
    out.insert({"E07", "E08"});
    break;
  case Kind::literal:
    out.insert({"E07", "E08"});
    break;
  case Kind::duration:
  case Kind::integer:
    out.insert("E09");
    break;
  case Kind::rows:
  case Kind::table:
  case Kind::instant:
  case Kind::boolean:
    break;
  }
  if (type.min > 0 && (type.kind == Kind::set || type.kind == Kind::list || type.kind == Kind::rows ||
                       type.kind == Kind::map)) {
    out.insert("E07");
  }
}

std::string faults_text(const std::string& path, const Key& key) {
  std::set<std::string_view> out;
  add_faults_of(*key.type, out);
  if (key.need == Need::required || key.otherwise == Need::required) {
    out.insert("E05");
  }
  if (!key.when.key.empty() && (key.need == Need::forbidden || key.otherwise == Need::forbidden)) {
    out.insert("E06");
  }
  if (key.filled) {
    out.insert("E07");
  }
  for (const FaultRule& rule : fault_rules()) {
    if (fmt::format(" {} ", rule.keys).contains(fmt::format(" {} ", path))) {
      out.insert(rule.id);
    }
  }
  return fmt::format("{}", fmt::join(out, " "));
}

// ---- keys

std::string placeholder(const Type& key) {
  return key.kind == Kind::pointer ? "<pointer>"
         : key.kind == Kind::word  ? "<word>"
         : key.kind == Kind::text  ? "<value>"
                                   : "<name>";
}

std::string growth_text(const Key& key) {
  const auto word = [](Direction direction) {
    return direction == Direction::tighter ? "tighter" : "looser";
  };
  std::string out;
  if (key.more != Direction::undecided) {
    out += fmt::format(" More is {}.", word(key.more));
  }
  if (key.there != Direction::undecided) {
    out += fmt::format(" Adding it is {}.", word(key.there));
  }
  return out;
}

class Reference {
public:
  std::string run() {
    out_ = "### The top level\n\n";
    for (const Key& key : charter_type().keys) {
      if (!key.example.empty()) {
        entry(key, std::string(key.name));
      }
    }
    out_ += "\n";
    for (const Key& key : charter_type().keys) {
      if (key.example.empty()) {
        section(key);
      }
    }
    return std::move(out_);
  }

private:
  void section(const Key& key) {
    out_ += fmt::format("### [{}]\n\n{}. {}: {}.\n\n", key.name, key.help,
                        key.type->kind == Kind::map ? "A table, keyed by name" : "A table", needs_text(key));
    below(*key.type, std::string(key.name));
  }

  void entry(const Key& key, const std::string& path) {
    out_ += fmt::format("- **`{}`** ({}; {})\n  {}.{}\n  Example: `{} = {}`. Faults: {}.\n", path,
                        type_text(*key.type), needs_text(key), key.help, growth_text(key), key.name,
                        key.example, faults_text(path, key));
    if (key.type->kind == Kind::table || key.type->kind == Kind::rows || key.type->kind == Kind::map) {
      below(*key.type, path);
    }
  }

  void below(const Type& type, const std::string& path) {
    if (type.kind == Kind::map) {
      below(*type.item, path + "." + placeholder(*type.key));
    } else if (type.kind == Kind::rows) {
      below(*type.item, path + "[]");
    }
    for (const Key& key : type.keys) {
      entry(key, path + "." + std::string(key.name));
    }
    if (!path.contains('.') && !path.ends_with("[]")) {
      out_ += "\n";
    }
  }

  std::string out_;
};

} // namespace

std::string reference_markdown() {
  std::string out = Reference().run();
  out += "### Faults\n\nE is an error: the charter is not accepted. W is a warning: it is shown to whoever "
         "ratifies, "
         "and recorded.\nH is sound, and not accepted by this version of the gate.\n\n"
         "| fault | what is wrong | what to write instead |\n|---|---|---|\n";
  for (const FaultRule& rule : fault_rules()) {
    out += fmt::format("| {} | {} | {} |\n", rule.id, rule.wrong, rule.remedy);
  }
  return out;
}

} // namespace sallyport::charter
