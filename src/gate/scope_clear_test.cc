// Scope dimensions whose values stand in clear: the comparison, and what it holds (charter.md 3.1).
#include "gate/scope.h"
#include "gate/testing/scene.h"
#include "packet/entry.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;
using packet::Sections;

namespace {

charter::Dimension dimension(charter::ScopeType type) {
  charter::Dimension out;
  out.type = type;
  out.levels = {"none", "module", "function", "line"};
  out.sense = charter::Sense::at_least;
  return out;
}

packet::Bound span(std::int64_t from, std::int64_t until) {
  return {packet::Span{{from}, {until}}};
}

// Every value of a small world of the type.
std::vector<packet::Bound> all_of(charter::ScopeType type) {
  std::vector<packet::Bound> out;
  switch (type) {
  case charter::ScopeType::interval:
    for (int from = 0; from < 4; ++from) {
      for (int until = from + 1; until < 5; ++until) {
        out.push_back(span(from, until));
      }
    }
    break;
  case charter::ScopeType::level:
    for (const char* level : {"none", "module", "function", "line"}) {
      out.push_back({std::string(level)});
    }
    break;
  case charter::ScopeType::threshold:
    for (std::int64_t n = -2; n < 3; ++n) {
      out.push_back({n});
    }
    break;
  default:
    for (unsigned bits = 1; bits < 8; ++bits) {
      Sections sections;
      for (unsigned i = 0; i < 3; ++i) {
        if ((bits >> i & 1U) != 0) {
          sections.push_back(std::string(1, static_cast<char>('a' + i)));
        }
      }
      out.push_back({sections});
    }
  }
  return out;
}

constexpr const char* november = "{ from = 2026-11-01T00:00:00Z, until = 2026-12-01T00:00:00Z }";

const std::map<std::string, std::string> shapes{
    {"period", "type = \"interval\"\nmax = "},
    {"depth", "type = \"level\"\nlevels = [\"none\", \"module\", \"function\"]\nmax = "},
    {"cell", "type = \"threshold\"\nsense = \"at_least\"\nmax = "},
    {"section", "type = \"section_set\"\nmax = "}};

// The charter with one more dimension, which the session broker touches.
Options with_dimension(const std::string& name, const std::string& max = "\"from_packet\"",
                       const std::string& more = "") {
  Edits edits{{"[signers]\nrequire",
               "[scope." + name + "]\n" + shapes.at(name) + max + "\n" + more + "\n\n[signers]\nrequire"},
              {"touches = [\"tenant\"]\n\n[sources.break-glass-ledger]",
               "touches = [\"tenant\", \"" + name + "\"]\n\n[sources.break-glass-ledger]"}};
  edits.insert(edits.end(), by_request.begin(), by_request.end());
  return with(edits);
}

struct Case {
  std::string name;
  packet::Bound declared;
  std::string inside;  // what the session log touches
  std::string outside; // and what it must not
  std::string max;     // a bound that the declared value is within
  std::string less;    // and one that it exceeds
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"period",
       {packet::Span{instant_of("2026-11-10T00:00:00.000Z"), instant_of("2026-11-20T00:00:00.000Z")}},
       "2026-11-10T00:00:00.000Z/2026-11-20T00:00:00.000Z",
       "2026-11-20T00:00:00.000Z",
       november,
       "{ from = 2026-11-10T00:00:00.001Z, until = 2026-11-20T00:00:00Z }"},
      {"depth", {std::string("module")}, "module", "function", "\"module\"", "\"none\""},
      {"cell", {std::int64_t{12}}, "12", "11", "10", "13"},
      {"section",
       {Sections{"call-metadata", "login-analytics"}},
       "login-analytics",
       "ticket-metrics",
       "[\"login-analytics\", \"call-metadata\", \"ticket-metrics\"]",
       "[\"login-analytics\"]"}};
  return all;
}

Prepare declares(const Case& c) {
  return [&c](Gate& g) {
    g.usual_cites("one");
    g.objects.at("one/c1").stated[c.name] = {c.inside};
    g.usual_bounds = {{c.name, c.declared}};
  };
}

auto touches(const std::string& name, std::vector<std::string> values) {
  return [name, values = std::move(values)](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c1").stated[name] = values;
    s.g.observe("session-broker");
  };
}

} // namespace

TEST_CASE("INV-03: `within` is an order on the values of every type: reflexive, antisymmetric, transitive") {
  for (const auto type : {charter::ScopeType::interval, charter::ScopeType::level,
                          charter::ScopeType::threshold, charter::ScopeType::section_set}) {
    const charter::Dimension rule = dimension(type);
    CHECK(stands_in_clear(type));
    const std::vector<packet::Bound> values = all_of(type);
    for (const packet::Bound& a : values) {
      CHECK(within(rule, a, a) == true);
      for (const packet::Bound& b : values) {
        REQUIRE(within(rule, a, b).has_value());
        CHECK((within(rule, a, b) == true && within(rule, b, a) == true) == (a == b));
        for (const packet::Bound& c : values) {
          CHECK((within(rule, a, b) == false || within(rule, b, c) == false || within(rule, a, c) == true));
        }
      }
    }
  }
  for (const auto type : {charter::ScopeType::id_set, charter::ScopeType::region_set,
                          charter::ScopeType::snapshot, charter::ScopeType::parts}) {
    CHECK_FALSE(stands_in_clear(type));
  }
}

TEST_CASE(
    "INV-03: an interval is half-open, at_most and at_least are opposite, and another type is nothing") {
  const charter::Dimension interval = dimension(charter::ScopeType::interval);
  CHECK(within(interval, span(1, 3), span(1, 3)) == true);
  CHECK(within(interval, span(0, 3), span(1, 3)) == false);
  CHECK(within(interval, span(1, 4), span(1, 3)) == false);
  CHECK(within(interval, span(3, 4), span(1, 3)) == false); // what begins at the end is outside
  CHECK_FALSE(within(interval, span(3, 3), span(1, 3)).has_value());
  CHECK_FALSE(within(interval, {std::string("module")}, span(1, 3)).has_value());
  charter::Dimension threshold = dimension(charter::ScopeType::threshold);
  CHECK(within(threshold, {std::int64_t{11}}, {std::int64_t{10}}) == true);
  CHECK(within(threshold, {std::int64_t{9}}, {std::int64_t{10}}) == false);
  threshold.sense = charter::Sense::at_most;
  CHECK(within(threshold, {std::int64_t{11}}, {std::int64_t{10}}) == false);
  const charter::Dimension level = dimension(charter::ScopeType::level);
  CHECK(within(level, {std::string("module")}, {std::string("line")}) == true); // by rank, not by bytes
  CHECK_FALSE(within(level, {std::string("locals")}, {std::string("line")}).has_value());
  CHECK_FALSE(within(dimension(charter::ScopeType::section_set), {Sections{}}, {Sections{"a"}}).has_value());
}

TEST_CASE("what a source states is read by the dimension's type; an instant is its own millisecond") {
  const charter::Dimension interval = dimension(charter::ScopeType::interval);
  const Instant noon = instant_of("2026-11-20T12:00:00.000Z");
  CHECK(stated_value(interval, "2026-11-20T12:00:00.000Z") ==
        packet::Bound{packet::Span{noon, noon + Duration{1}}});
  CHECK(stated_value(interval, "2026-11-20T12:00:00.000Z/2026-11-20T13:00:00.000Z") ==
        packet::Bound{packet::Span{noon, noon + hour}});
  for (const char* text : {"", "2026-11-20", "2026-11-20T12:00:00.000Z/", "/2026-11-20T12:00:00.000Z",
                           "2026-11-20T12:00:00.000Z/2026-11-20T12:00:00.000Z"}) {
    CHECK_FALSE(stated_value(interval, text).has_value());
  }
  CHECK(stated_value(dimension(charter::ScopeType::threshold), "-7") == packet::Bound{std::int64_t{-7}});
  for (const char* text : {"", "07", "7.0", "seven", "99999999999999999999"}) {
    CHECK_FALSE(stated_value(dimension(charter::ScopeType::threshold), text).has_value());
  }
  CHECK_FALSE(stated_value(dimension(charter::ScopeType::level), "locals").has_value());
  CHECK_FALSE(stated_value(dimension(charter::ScopeType::section_set), "Free text").has_value());
}

TEST_CASE("INV-03, A12: the value that the head declares in clear is bound, signed and in the entry") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    Scene s(with_dimension(c.name, c.max), declares(c));
    s.crosses();
    const auto entry = packet::read_entry(s.g.last.entry_bytes);
    REQUIRE(entry);
    CHECK(entry->bounds == packet::Bounds{{c.name, c.declared}});
    CHECK_FALSE(entry->scope.contains(c.name));
    CHECK(entry->scope.at("tenant").size() == 2);
  }
}

TEST_CASE("INV-03, SCOPE.EXCEEDS: evidence outside what the head declares, before the request and amid the "
          "recheck") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    stops("SCOPE.EXCEEDS", touches(c.name, {c.inside, c.outside}), with_dimension(c.name), declares(c));
    Scene s(with_dimension(c.name), declares(c));
    touches(c.name, {c.outside})(s);
    CHECK(s.g.packet(s.id).find_hold("SCOPE.EXCEEDS", "/citations/c1") != nullptr);
  }
}

TEST_CASE("A13, SCOPE.UNDEFINED: an object that does not state what it touches, or states what is no value") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    stops("SCOPE.UNDEFINED", touches(c.name, {}), with_dimension(c.name), declares(c));
    stops("SCOPE.UNDEFINED", touches(c.name, {c.inside, ""}), with_dimension(c.name), declares(c));
  }
}

TEST_CASE("INV-03, SCOPE.EXCEEDS: the head declares more than the charter's own bound") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    Gate g(with_dimension(c.name, c.less));
    declares(c)(g);
    const PacketId id = g.submit(g.usual());
    g.observe_all();
    CHECK(g.packet(id).find_hold("SCOPE.EXCEEDS", "/scope/" + c.name) != nullptr);
  }
}

TEST_CASE(
    "SCOPE.UNDEFINED: a required value that is absent, of another type, or declared where it is hidden; "
    "what is not required may be absent, and `[]` is bound") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    const auto held = [&](const packet::Bounds& bounds) {
      Gate g(with_dimension(c.name));
      declares(c)(g);
      g.usual_bounds = bounds;
      const PacketId id = g.submit(g.usual());
      g.observe_all();
      CHECK(refused(g.draft(g.lena.account, id), "SCOPE.UNDEFINED"));
      return g.packet(id).find_hold("SCOPE.UNDEFINED", "/scope/" + c.name) != nullptr;
    };
    CHECK(held({}));
    CHECK(held({{c.name,
                 c.name == "cell" ? packet::Bound{std::string("module")} : packet::Bound{std::int64_t{3}}}}));
  }
  Gate hidden;
  hidden.usual_bounds = {{"tenant", {std::string("northwind")}}, {"other", {std::int64_t{1}}}};
  Spec spec = hidden.usual();
  const PacketId id = hidden.submit(spec);
  hidden.observe_all();
  CHECK(hidden.packet(id).find_hold("SCOPE.UNDEFINED", "/scope/tenant") != nullptr);
  CHECK(hidden.packet(id).find_hold("SCOPE.UNDEFINED", "/scope/other") != nullptr);

  Options free = with({{"[signers]\nrequire", "[scope.depth]\n" + shapes.at("depth") +
                                                  "\"module\"\nrequired = false\n\n[signers]\nrequire"}},
                      with(by_request));
  Scene s(free);
  s.crosses();
  const auto entry = packet::read_entry(s.g.last.entry_bytes);
  REQUIRE(entry);
  CHECK_FALSE(entry->bounds);
  CHECK(entry->scope.at("depth").empty());
}

TEST_CASE("SCOPE.UNDEFINED: the dimension's source knows each declared section, and the value as a whole") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    Gate g(with_dimension(c.name, "\"from_packet\"", "source = \"session-broker\""));
    declares(c)(g);
    const PacketId id = g.submit(g.usual());
    g.observe_all();
    const bool known = c.name != "section"; // one of its two sections is not
    CHECK((g.packet(id).find_hold("SCOPE.UNDEFINED", "/scope/" + c.name) == nullptr) == known);
    g.pass(second);
    g.objects.at("one/c1").stated[c.name] =
        known ? std::vector<std::string>{c.outside}
              : std::vector<std::string>{"login-analytics", "call-metadata"};
    g.observe("session-broker");
    REQUIRE(g.revise(id, g.usual()).ok()); // what was undefined takes a revision
    CHECK((g.packet(id).find_hold("SCOPE.UNDEFINED", "/scope/" + c.name) != nullptr) == known);
  }
}

TEST_CASE("INV-33: each part that crosses has a level of its own, and it is within the bound") {
  const auto hold = [](packet::Bounds own, bool include, const char* code) {
    const Case& c = cases()[1];
    Gate g(with_dimension(c.name, c.max));
    declares(c)(g);
    Spec spec = g.usual();
    spec.parts["a1"] = {"redacted", include, "annex text", std::move(own)};
    const PacketId id = g.submit(spec);
    g.observe_all();
    return g.packet(id).find_hold(code, "/parts/a1") != nullptr;
  };
  CHECK(hold({}, true, "SCOPE.UNDEFINED"));
  CHECK(hold({{"depth", {std::int64_t{1}}}}, true, "SCOPE.UNDEFINED"));
  CHECK(hold({{"depth", {std::string("function")}}}, true, "SCOPE.EXCEEDS"));
  CHECK_FALSE(hold({{"depth", {std::string("module")}}}, true, "SCOPE.EXCEEDS"));
  CHECK_FALSE(hold({{"depth", {std::string("module")}}}, true, "SCOPE.UNDEFINED"));
  CHECK_FALSE(hold({}, false, "SCOPE.UNDEFINED")); // it does not cross
}

TEST_CASE(
    "charter.md 3.3: a trigger compares an event's attribute with the head's scope; without one the strict "
    "rows match") {
  const Case& c = cases()[3];
  Options options = with_dimension(c.name);
  options.edits.push_back({"attrs = { version = \"text\", env_class = \"text\"",
                           "attrs = { version = \"text\", chapter = \"text\", env_class = \"text\""});
  options.edits.push_back(
      {"[[lineage.triggers]]\nevent = \"scope.changed\"\neffect = \"hold\"",
       "[[lineage.triggers]]\nevent = \"scope.changed\"\nwhen = { attr = \"chapter\", op = \"in\", scope = "
       "\"section\" }\neffect = \"supersede\"\n\n[[lineage.triggers]]\nevent = \"scope.changed\"\nwhen = { "
       "attr = \"chapter\", op = \"not_in\", scope = \"section\" }\neffect = \"note\""});
  const auto effect = [&](const std::map<std::string, std::string>& attrs) {
    Scene s(options, declares(c));
    return find<packet::SourceEvent>(s.g.report("tenant-registry", "scope.changed", attrs))->effect;
  };
  CHECK(effect({{"chapter", "login-analytics"}}) == "supersede");
  CHECK(effect({{"chapter", "ticket-metrics"}}) == "note");
  CHECK(effect({}) == "supersede");
}

// ---- a snapshot: hidden, and of one object

namespace {

Options with_snapshot() {
  Edits edits{{"[signers]\nrequire", "[scope.grant_map]\ntype = \"snapshot\"\nsource = "
                                     "\"break-glass-ledger\"\nmax = \"from_packet\"\n\n[signers]\nrequire"}};
  edits.insert(edits.end(), by_request.begin(), by_request.end());
  return with(edits);
}

void snapshot(Gate& g) {
  g.usual_cites("one");
  g.objects.at("one/c7").touches = {{"grant_map", {"digest one"}}}; // what an object touches is its content
  g.usual_hidden = {{"grant_map", {{"s1", "digest one"}}}};
}

auto moves_to(std::vector<std::string> contents) {
  return [contents = std::move(contents)](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c7").touches["grant_map"] = contents;
    s.g.observe("break-glass-ledger");
  };
}

} // namespace

TEST_CASE("SCOPE.DRIFT: what a snapshot is of has moved on, or is gone, or says nothing; a later revision "
          "ends it") {
  stops("SCOPE.DRIFT", moves_to({"digest two"}), with_snapshot(), snapshot);
  stops("SCOPE.DRIFT", moves_to({}), with_snapshot(), snapshot);
  stops(
      "SCOPE.DRIFT",
      [](Scene& s) {
        s.g.pass(second);
        s.g.objects.at("one/c7").status = "gone";
        s.g.observe("break-glass-ledger");
      },
      with_snapshot(), snapshot);
  Scene s(with_snapshot(), snapshot);
  moves_to({"digest two"})(s);
  moves_to({"digest one"})(s);
  CHECK(s.g.held(s.id, "SCOPE.DRIFT")); // it drifted in between
  s.g.usual_hidden = {{"grant_map", {{"s1", "digest two"}}}};
  moves_to({"digest two"})(s);
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK_FALSE(s.g.held(s.id, "SCOPE.DRIFT"));
  s.sign_anew();
  s.crosses();
  const auto entry = packet::read_entry(s.g.last.entry_bytes);
  REQUIRE(entry);
  CHECK(entry->scope.at("grant_map").size() == 1); // by its disclosure
  CHECK_FALSE(entry->bounds);
}

TEST_CASE("SCOPE.UNDEFINED: a snapshot is one digest, of an object that is cited") {
  const auto held = [](const std::map<std::string, std::string>& elements, bool cited) {
    Gate g(with_snapshot());
    snapshot(g);
    g.usual_hidden["grant_map"] = elements;
    if (elements.empty()) {
      g.usual_hidden.clear();
    }
    Spec spec = g.usual();
    if (!cited) {
      spec.cites.erase("c7");
    }
    const PacketId id = g.submit(spec);
    g.observe_all();
    return g.packet(id).find_hold("SCOPE.UNDEFINED", "/scope/grant_map") != nullptr;
  };
  CHECK_FALSE(held({{"s1", "digest one"}}, true));
  CHECK(held({{"s1", "digest one"}, {"s2", "digest two"}}, true));
  CHECK(held({}, true));
  CHECK(held({{"s1", "digest one"}}, false));
}
