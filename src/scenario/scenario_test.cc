#include "scenario/run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace sallyport;
using namespace sallyport::scenario;

namespace {

const std::map<std::string, std::string> files{
    {"a/shared.scn", "use more.scn\nagent otto of lena\n"},
    {"a/more.scn", "person lena holds support-trust-lead, psr-queue-steward\n"},
    {"a/circle.scn", "use circle.scn\n"},
    {"a/wrong.scn", "\n  person lena hold x\n"}};

Result<std::string> load(const std::string& from, const std::string& name) {
  const std::string path = from.substr(0, from.rfind('/') + 1) + name;
  const auto at = files.find(path);
  if (at == files.end()) {
    return fail(ErrorCode::not_found, "", "no such file");
  }
  return at->second;
}

Read<Script> read(const std::string& lines) {
  return read_script("a/one.scn", "title One\n" + lines, load);
}

// "line:column: text" of the one fault.
std::string fault(const std::string& lines) {
  const auto script = read(lines);
  return script ? "" : script.error().say().substr(script.error().file.size() + 1);
}

} // namespace

TEST_CASE("every form can be read, begins with its own words, and is told in the reference") {
  const std::string page = reference();
  for (const Verb* verb : verbs()) {
    CHECK_FALSE(form_of(verb->form).empty());
    CHECK(page.contains("`" + std::string(verb->form) + "`"));
    CHECK(verb->says.ends_with("."));
  }
}

TEST_CASE("a line is words: quotations, lists, remarks") {
  const auto words = words_of("  charter line 'v = \"1\"' a, b # a remark").value();
  REQUIRE(words.size() == 5);
  CHECK(words[2] == Word{"v = \"1\"", 16, true, false});
  CHECK(words[3] == Word{"a", 26, false, true});
  CHECK(words[4] == Word{"b", 29, false, false});
  CHECK(words_of("").value().empty());
  CHECK(words_of("   # only a remark").value().empty());
  CHECK(words_of("a \"b").error().column == 3);
  CHECK(words_of("a \"b\"c").error().column == 6);
  CHECK(words_of("a , b").error().column == 3);
  CHECK(words_of("a, b,").error().text.contains("a list ends with a word"));
  CHECK(words_of("a b\x01").error().column == 4);
  CHECK(words_of(std::string(line_bytes_max + 1, 'a')).error().text.contains("1000 bytes"));
  std::string many;
  for (std::size_t i = 0; i <= words_max; ++i) {
    many += "a ";
  }
  CHECK(words_of(many).error().text.contains("120 words"));
}

TEST_CASE("durations") {
  CHECK(duration_of("90s") == Duration{90'000});
  CHECK(duration_of("+1h30m") == Duration{5'400'000});
  CHECK(duration_of("500ms") == Duration{500});
  CHECK(duration_of("2d") == Duration{172'800'000});
  for (const char* wrong : {"", "+", "5", "m", "-5m", "5m ", "1y", "4000d", "99999999999999999999s", "1h1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(duration_of(wrong));
  }
}

TEST_CASE("a sentence is matched by its form, groups in any order") {
  const auto script = read("at +10m  lena requests release of P into Q-PSR manifest 2\nafter 5m\n");
  REQUIRE(script);
  REQUIRE(script->sentences.size() == 2);
  const Sentence& first = script->sentences[0];
  CHECK(first.when.kind == When::Kind::at);
  CHECK(first.when.time == Duration{600'000});
  CHECK(first.args.at("who") == "lena");
  CHECK(first.args.at("manifest") == "2");
  CHECK(first.args.at("lane") == "Q-PSR");
  CHECK_FALSE(first.args.has("revision"));
  CHECK(first.args.column("lane") == 42);
  CHECK(script->sentences[1].verb == nullptr);
  const auto cast =
      read("citation c1 kind-a at source-a touching tenant, host stating a \"1\" stating b \"2\"\n");
  REQUIRE(cast);
  CHECK(cast->sentences[0].args.list("dimensions") == std::vector<std::string>{"tenant", "host"});
  CHECK(cast->sentences[0].args.each("stating").size() == 2);
}

TEST_CASE("a word that is not understood is one error with line, column and the nearest word") {
  CHECK(fault("anna sings P\n") == "2:6: this word is not understood here; did you mean 'signs'?");
  CHECK(fault("\nexpect packt P state held\n") ==
        "3:8: this word is not understood here; did you mean 'packet'?");
  CHECK(fault("anna signs P, Q\n").contains("2:"));
  CHECK(fault("anna signs\n") == "2:11: the sentence is not complete; expected a name");
  CHECK(fault("anna signs P manifest two\n") == "2:23: this word is not understood here; expected a number");
  CHECK(fault("at ten\n").contains("2:4: a duration"));
  CHECK(fault("after\n").contains("2:1: a duration"));
  CHECK(fault("anna signs P by the bytes of manifest 1 by the bytes of manifest 2\n").contains("2:41: "));
  CHECK(fault("expect hold P FRESH.STALE since yesterday\n").contains("expected a duration"));
  CHECK(fault("title Two\n") == "2:1: a scenario has one title");
  CHECK(fault("use nowhere.scn\n") == "2:5: this file cannot be read");
  CHECK(fault("use a b\n") == "2:1: 'use' names one file");
}

TEST_CASE("files use files, named from where they lie, and not for ever") {
  const auto script = read("use shared.scn\n");
  REQUIRE(script);
  REQUIRE(script->sentences.size() == 2);
  CHECK(script->sentences[0].file == "a/more.scn");
  CHECK(script->sentences[0].used);
  CHECK(script->sentences[1].line == 2);
  CHECK(read("use circle.scn\n").error().text.contains("four deep"));
  CHECK(read("use wrong.scn\n").error().say() ==
        "a/wrong.scn:2:15: this word is not understood here; did you mean 'holds'?");
}

TEST_CASE("titles have tags; a scenario has a title, and bounds") {
  const auto script = read_script("x", "# first a remark\ntitle A newer one [A26] [FRESH.STALE]\n", load);
  REQUIRE(script);
  CHECK(script->title == "A newer one");
  CHECK(script->tags == std::vector<std::string>{"A26", "FRESH.STALE"});
  CHECK(read_script("x", "", load).error().text == "a scenario begins with its title");
  CHECK(read_script("x", "anna signs P\n", load).error().text == "a scenario begins with its title");
  CHECK(read_script("x", "title A [open\n", load).error().text.contains("not closed"));
  CHECK(read_script("x", "title \x01\n", load).error().text.contains("printed ASCII"));
  CHECK(read_script("x", std::string(file_bytes_max + 1, '\n'), load).error().text.contains("64 KiB"));
  std::string many;
  for (std::size_t i = 0; i <= sentences_max; ++i) {
    many += "after 1s\n";
  }
  CHECK(fault(many).contains("at most 2000 sentences"));
}

TEST_CASE("the nearest word is one, or none") {
  CHECK(closest("sings", {"signs", "submits"}) == "signs");
  CHECK(closest("xyz", {"signs", "submits"}).empty());
  CHECK(closest("ab", {"ac", "ad"}).empty());
}
