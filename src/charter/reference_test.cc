// The documentation says what the tables say.
#include "charter/reference.h"

#include "base/testing/shared_data.h"
#include "canon/json.h"
#include "charter/codes.h"
#include "charter/faults.h"
#include "charter/node.h"
#include "charter/parse.h"
#include "charter/reader.h"
#include "charter/schema.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <functional>
#include <set>
#include <sstream>

using namespace sallyport;
using namespace sallyport::charter;

namespace {

std::string document(const char* name) {
  return sallyport::testing::read_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) / "docs" / name);
}

// What stands between the two marker lines.
std::string generated_part(const std::string& text) {
  const std::string begin = "<!-- generated: begin -->\n";
  const std::string end = "<!-- generated: end -->\n";
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  return text.substr(from + begin.size(), to - from - begin.size());
}

void each_key(const Type& type, const std::string& path,
              const std::function<void(const Key&, const std::string&)>& visit) {
  if (type.kind == Kind::map || type.kind == Kind::rows) {
    each_key(*type.item, path + "/", visit);
  }
  for (const Key& key : type.keys) {
    const std::string inner = path.empty() ? std::string(key.name) : path + "." + std::string(key.name);
    visit(key, inner);
    each_key(*key.type, inner, visit);
  }
}

} // namespace

TEST_CASE("docs/charter.md, docs/charter.schema.json and docs/holds.md are what the tables say") {
  CHECK_MESSAGE(generated_part(document("charter.md")) == reference_markdown(),
                "run: sallyport charter reference");
  CHECK_MESSAGE(generated_part(document("holds.md")) == holds_markdown(),
                "run: sallyport charter reference --holds");
  CHECK_MESSAGE(document("charter.schema.json") == json_schema_text(),
                "run: sallyport charter reference --schema");
}

TEST_CASE("every key has a sentence and an example that the reader takes") {
  std::size_t seen = 0;
  each_key(charter_type(), "", [&](const Key& key, const std::string& path) {
    CAPTURE(path);
    CHECK_FALSE(key.help.empty());
    CHECK_FALSE(key.help.ends_with('.'));
    const bool section = path.find_first_of("./") == std::string::npos &&
                         (key.type->kind == Kind::table || key.type->kind == Kind::map);
    REQUIRE(key.example.empty() == section);
    if (section) {
      return;
    }
    const auto tree = toml_tree(fmt::format("{} = {}\n", key.name, key.example));
    REQUIRE(tree);
    const ReadTree read = read_tree(*tree->find(key.name), Syntax::toml, *key.type);
    for (const Fault& fault : read.faults) {
      FAIL_CHECK(fault.text());
    }
    if (!key.phrase.empty()) {
      CHECK(fmt::format(fmt::runtime(key.phrase), "x", "y").find('y') != std::string::npos);
    }
    ++seen;
  });
  CHECK(seen > 130);
}

TEST_CASE("every fault of the language is in the table, and concerns keys that exist") {
  std::set<std::string, std::less<>> ids;
  const std::string reference = reference_markdown();
  for (const FaultRule& rule : fault_rules()) {
    CAPTURE(rule.id);
    ids.insert(std::string(rule.id));
    CHECK_FALSE(rule.wrong.empty());
    CHECK_FALSE(rule.remedy.empty());
    std::istringstream keys{std::string(rule.keys)};
    for (std::string key; keys >> key;) {
      CHECK_MESSAGE(reference.find("- **`" + key + "`**") != std::string::npos, key);
    }
    CHECK(find_fault_rule(rule.id) == &rule);
  }
  for (int i = 1; i <= 32; ++i) {
    CHECK(ids.contains(fmt::format("E{:02}", i)));
  }
  for (int i = 1; i <= 8; ++i) {
    CHECK(ids.contains(fmt::format("W{:02}", i)));
  }
  CHECK(ids.contains("H01"));
  CHECK(find_fault_rule("E33") == nullptr);
}

TEST_CASE("every hold code and wait reason says what opens it, what ends it, and who") {
  const std::string text = holds_markdown();
  for (const HoldCode& row : hold_codes()) {
    CAPTURE(row.code);
    CHECK(text.find(fmt::format("\n### {}\n\n{}.", row.code, row.means)) != std::string::npos);
    CHECK(text.find(fmt::format("\n\n- Opens: {}.\n- Clears: {}.\n- Who: ", row.opens, row.ends)) !=
          std::string::npos);
    CHECK_FALSE(row.opens.ends_with('.'));
    CHECK_FALSE(row.ends.ends_with('.'));
  }
  REQUIRE(wait_reason_table().size() == wait_reasons.size());
  for (const WaitReason& row : wait_reason_table()) {
    CHECK(is_wait_reason(row.code));
    CHECK(text.find(fmt::format("\n### {}\n", row.code)) != std::string::npos);
    CHECK_FALSE(row.who.empty());
  }
}

TEST_CASE("every hold and wait that the page has, the gate names") {
  std::string gate;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(SALLYPORT_SOURCE_DIR) / "src/gate")) {
    const std::string name = file.path().filename().string();
    if (name.ends_with(".cc") && !name.ends_with("_test.cc")) {
      gate += sallyport::testing::read_file(file.path());
    }
  }
  const auto named = [&](std::string_view code) { return gate.contains(fmt::format("\"{}\"", code)); };
  for (const HoldCode& row : hold_codes()) {
    CAPTURE(row.code);
    // A `state` check names its own code.
    const bool said_otherwise = row.code == "STATE.LEGAL_HOLD" || row.code == "STATE.RESIDENCY";
    if (!said_otherwise) {
      CHECK(named(row.code));
    }
  }
  for (const WaitReason& row : wait_reason_table()) {
    CAPTURE(row.code);
    CHECK(named(row.code));
  }
}

TEST_CASE("the JSON Schema is closed, and is JSON") {
  const auto schema = canon::parse(json_schema_text());
  REQUIRE(schema);
  CHECK(*schema == json_schema());
  std::function<void(const canon::Value&)> closed = [&](const canon::Value& value) {
    if (const auto* object = value.object()) {
      const auto* type = object->find("type");
      if (type != nullptr && *type == canon::Value("object")) {
        CHECK(object->find("additionalProperties") != nullptr);
      }
      for (const auto& [name, member] : *object) {
        closed(member);
      }
    }
    for (const canon::Value& item : value.array() != nullptr ? *value.array() : canon::Array{}) {
      closed(item);
    }
  };
  closed(*schema);
}
