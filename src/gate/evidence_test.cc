// What a charter may ask of the evidence beside its age and its content: states, validity, presence,
// agreement, and which changes count.
#include "gate/attrs.h"
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

// The checks of the break-glass ledger, whose one record is citation c7, and the attributes that they read.
Edits grant_checks(const std::string& checks, const std::string& rest = "") {
  Edits edits{{"supplies = [\"break_glass_grant\"]\nchecks = [{ kind = \"digest\" }]",
               "supplies = [\"break_glass_grant\"]\nattrs = { state = \"text\", uses = \"integer\", "
               "dual = \"bool\", ends = \"instant\", systems = \"set\" }\n" +
                   rest + "checks = [" + checks + "]"}};
  edits.insert(edits.end(), by_request.begin(), by_request.end());
  return edits;
}

Prepare grant(std::map<std::string, std::string> attrs) {
  return [attrs = std::move(attrs)](Gate& g) {
    g.usual_cites("one");
    g.objects.at("one/c7").attrs = attrs;
  };
}

// The record says something else now, with the same content digest; everybody else answers too.
auto says(std::string attr, std::string value) {
  return [attr = std::move(attr), value = std::move(value)](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c7").attrs[attr] = value;
    s.g.observe("break-glass-ledger");
  };
}

std::optional<bool> is(charter::AttrType type, const std::string& text, charter::Op op,
                       const canon::Value& operand) {
  const auto value = read_value(type, text);
  return value ? holds_true(*value, op, operand) : std::nullopt;
}

} // namespace

TEST_CASE("charter.md 3.3: every operator, on the types that it takes and on no other") {
  using charter::AttrType;
  using charter::Op;
  const auto yes = std::optional(true);
  const auto no = std::optional(false);
  const auto nothing = std::optional<bool>();
  const canon::Value list = canon::Array{"a", "b"};
  CHECK(is(AttrType::text, "a", Op::eq, "a") == yes);
  CHECK(is(AttrType::text, "a", Op::ne, "a") == no);
  CHECK(is(AttrType::text, "b", Op::in, list) == yes);
  CHECK(is(AttrType::text, "c", Op::in, list) == no);
  CHECK(is(AttrType::text, "c", Op::not_in, list) == yes);
  CHECK(is(AttrType::text, "a", Op::le, 4) == nothing);
  CHECK(is(AttrType::text, "a", Op::in, "a") == nothing);
  CHECK(is(AttrType::integer, "4", Op::eq, 4) == yes);
  CHECK(is(AttrType::integer, "4", Op::le, 4) == yes); // reached is passed, on both sides
  CHECK(is(AttrType::integer, "4", Op::ge, 4) == yes);
  CHECK(is(AttrType::integer, "5", Op::le, 4) == no);
  CHECK(is(AttrType::integer, "-5", Op::ge, 4) == no);
  CHECK(is(AttrType::integer, "4", Op::in, canon::Array{3, 4}) == yes);
  CHECK(is(AttrType::integer, "4", Op::in, canon::Array{3, "4"}) == nothing);
  CHECK(is(AttrType::integer, "four", Op::eq, 4) == nothing);
  CHECK(is(AttrType::integer, "04", Op::eq, 4) == nothing); // another spelling is another text
  CHECK(is(AttrType::integer, "99999999999999999999", Op::ge, 4) == nothing);
  CHECK(is(AttrType::boolean, "true", Op::eq, true) == yes);
  CHECK(is(AttrType::boolean, "false", Op::ne, true) == yes);
  CHECK(is(AttrType::boolean, "yes", Op::ne, true) == nothing);
  const std::string noon = "2026-11-20T12:00:00.000Z";
  CHECK(is(AttrType::instant, noon, Op::before, noon) == no); // strictly
  CHECK(is(AttrType::instant, noon, Op::after, noon) == no);
  CHECK(is(AttrType::instant, noon, Op::eq, noon) == yes);
  CHECK(is(AttrType::instant, noon, Op::before, "2026-11-20T12:00:00.001Z") == yes);
  CHECK(is(AttrType::instant, noon, Op::after, "2026-11-20T11:59:59.999Z") == yes);
  CHECK(is(AttrType::instant, "2026-11-20", Op::after, noon) == nothing);
  CHECK(is(AttrType::set, R"(["a"])", Op::subset, list) == yes);
  CHECK(is(AttrType::set, R"(["a","z"])", Op::subset, list) == no);
  CHECK(is(AttrType::set, "[]", Op::subset, list) == no); // nothing is never within something
  CHECK(is(AttrType::set, R"(["b","a"])", Op::eq, list) == yes);
  CHECK(is(AttrType::set, "a", Op::eq, list) == nothing);
  CHECK(is(AttrType::set, "[1]", Op::eq, list) == nothing);
  // Texts are compared by bytes: what is not in NFC is not a text that could be unequal to something.
  CHECK(is(AttrType::text, "e\xCC\x81", Op::ne, "\xC3\xA9") == nothing);
}

TEST_CASE("STATE.PREREQ, STATE.LEGAL_HOLD, STATE.RESIDENCY: a condition that is not met holds with its code, "
          "clears by itself when it is met, and what was signed before counts no more") {
  for (const char* code : {"STATE.PREREQ", "STATE.LEGAL_HOLD", "STATE.RESIDENCY"}) {
    const std::string said =
        code == std::string("STATE.PREREQ") ? "" : ", code = \"" + std::string(code) + "\"";
    const Options options = with(grant_checks(
        R"({ kind = "state", attr = "state", op = "in", value = ["none", "compatible"])" + said + " }"));
    stops(code, says("state", "litigation"), options, grant({{"state", "none"}}));
    Scene s(options, grant({{"state", "none"}}));
    says("state", "litigation")(s);
    CHECK(s.g.packet(s.id).find_hold(code, "/citations/c7") != nullptr);
    CHECK(refused(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, code)), "hold_not_clearable"));
    says("state", "compatible")(s);
    CHECK_FALSE(s.g.held(s.id, code));
    CHECK_FALSE(s.g.authorised(s.id));
    s.sign_anew();
    s.crosses();
  }
}

TEST_CASE(
    "FRESH.UNKNOWN: an attribute that is absent, of another type, or of an object that is gone meets no "
    "condition") {
  const Options options = with(grant_checks(R"({ kind = "state", attr = "uses", op = "le", value = 1 })"));
  const auto prepare = grant({{"uses", "1"}});
  stops("FRESH.UNKNOWN", says("uses", "once"), options, prepare);
  stops("STATE.PREREQ", says("uses", "2"), options, prepare);
  stops(
      "FRESH.UNKNOWN",
      [](Scene& s) {
        s.g.pass(second);
        s.g.objects.at("one/c7").attrs.clear();
        s.g.observe("break-glass-ledger");
      },
      options, prepare);
  const auto gone = [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c7").status = "gone";
    s.g.observe("break-glass-ledger");
  };
  stops("FRESH.UNKNOWN", gone, options, prepare);
  Scene s(options, prepare);
  gone(s);
  s.g.pass(second);
  s.g.objects.at("one/c7").status = "same";
  s.g.observe("break-glass-ledger");
  CHECK_FALSE(s.g.held(s.id, "FRESH.UNKNOWN"));
  s.crosses();
}

TEST_CASE("a state check with exists is met by any value, and not by none") {
  const Options options = with(grant_checks(R"({ kind = "state", attr = "state", op = "exists" })"));
  stops(
      "STATE.PREREQ",
      [](Scene& s) {
        s.g.pass(second);
        s.g.objects.at("one/c7").attrs.clear();
        s.g.observe("break-glass-ledger");
      },
      options, grant({{"state", "anything"}}));
}

TEST_CASE("FRESH.EXPIRED, TIME.CLOCK_NEAR: near from attr - lead on, over at attr; both instants count as "
          "reached, and only a new revision ends what is over") {
  const Options options = with(grant_checks(R"({ kind = "valid_until", attr = "ends", lead = "10m" })"));
  const Instant ends = Gate(options).now + Duration{14 * minute.ms};
  const auto prepare = grant({{"ends", to_string(ends)}});
  Scene s(options, prepare);
  s.g.now = ends - Duration{10 * minute.ms + 1};
  s.g.observe_all();
  CHECK_FALSE(s.g.held(s.id, "TIME.CLOCK_NEAR"));
  CHECK(next_deadline(s.g.machine.world(), s.id, s.g.now) == s.g.now + Duration{1});
  s.g.pass(Duration{1});
  s.g.step(Reevaluate{s.id});
  REQUIRE(s.g.held(s.id, "TIME.CLOCK_NEAR"));
  CHECK(s.g.packet(s.id).holds.at(s.g.hold(s.id, "TIME.CLOCK_NEAR")).mode == "visible");
  // It crosses seen: what was signed without it does not, what is signed with it does (T09, INV-15).
  CHECK(s.g.authorised(s.id));
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  s.g.answer(s.id);
  CHECK(refused(s.g.commit(s.id), "holds_changed"));
  CHECK(s.g.packet(s.id).reviewed() == nullptr);
  s.sign_anew();
  s.crosses();

  const auto expire = [&](Scene& late) {
    late.g.now = ends - Duration{1};
    late.g.observe_all();
    CHECK_FALSE(late.g.held(late.id, "FRESH.EXPIRED"));
    late.g.now = ends;
    late.g.step(Reevaluate{late.id});
  };
  Scene over(options, prepare);
  expire(over);
  CHECK(over.g.held(over.id, "FRESH.EXPIRED"));
  CHECK_FALSE(over.g.held(over.id, "TIME.CLOCK_NEAR"));
  CHECK(refused(over.g.request(over.g.anna, over.id), "FRESH.EXPIRED"));
  says("ends", to_string(ends + hour))(over); // the source extends it: what was sealed was over all the same
  CHECK(over.g.held(over.id, "FRESH.EXPIRED"));
  REQUIRE(over.g.revise(over.id, over.g.usual()).ok());
  CHECK_FALSE(over.g.held(over.id, "FRESH.EXPIRED"));
  over.sign_anew();
  over.crosses();
}

TEST_CASE("FRESH.EXPIRED stops a release that was asked for in time") {
  const Options options = with(grant_checks(R"({ kind = "valid_until", attr = "ends", lead = "0s" })"));
  const Instant ends = Gate(options).now + minute;
  Scene s(options, grant({{"ends", to_string(ends)}}));
  s.g.now = ends - Duration{1};
  CHECK_FALSE(s.g.held(s.id, "TIME.CLOCK_NEAR")); // no lead, nothing near
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  s.g.answer(s.id); // a second later
  CHECK(refused(s.g.commit(s.id), "FRESH.EXPIRED"));
  CHECK_FALSE(s.crossed());
}

TEST_CASE("FRESH.MISSING of a present check: fewer objects than asked for, by the mode of the kind") {
  const Options options = with(grant_checks(R"({ kind = "present", count = 2 })"));
  Gate g(options);
  const auto cites = [&] {
    Spec spec = g.usual();
    Object second_grant = g.objects.at("one/c7");
    second_grant.id = ObjectId::from_random(78);
    g.objects.try_emplace("one/d7", second_grant);
    spec.cites["d7"] = "one/d7";
    return spec;
  };
  const PacketId id = g.submit(g.usual());
  g.observe_all();
  CHECK(g.packet(id).find_hold("FRESH.MISSING", "citation_kind:break_glass_grant")->mode == "blocking");
  REQUIRE(g.revise(id, cites()).ok());
  g.observe_all();
  CHECK(g.packet(id).find_hold("FRESH.MISSING", "citation_kind:break_glass_grant") == nullptr);
  g.pass(second);
  g.objects.at("one/d7").status = "gone";
  g.observe("break-glass-ledger");
  REQUIRE(g.packet(id).find_hold("FRESH.MISSING", "citation_kind:break_glass_grant") != nullptr);
  g.bind(id);
  CHECK(refused(g.request(g.lena, id), "FRESH.MISSING"));
  g.pass(second);
  g.objects.at("one/d7").status = "same"; // the object appears again
  g.observe("break-glass-ledger");
  CHECK(g.packet(id).find_hold("FRESH.MISSING", "citation_kind:break_glass_grant") == nullptr);
  // Two citations of one object are one object.
  Spec twice = g.usual();
  twice.cites["d7"] = "one/c7";
  REQUIRE(g.revise(id, twice).ok());
  CHECK(g.packet(id).find_hold("FRESH.MISSING", "citation_kind:break_glass_grant") != nullptr);

  Edits visible = grant_checks(R"({ kind = "present", count = 2 })");
  visible.push_back({"break_glass_grant = \"blocking\"", "break_glass_grant = \"visible\""});
  Gate lenient(with(visible));
  const PacketId other = lenient.submit(lenient.usual());
  lenient.observe_all();
  CHECK(lenient.packet(other).find_hold("FRESH.MISSING", "citation_kind:break_glass_grant")->mode ==
        "visible");
}

TEST_CASE(
    "STATE.CONFLICT: the same object at two sources, with two values; nobody is believed over the other") {
  Edits edits = grant_checks(R"({ kind = "agree", with = "identity-provider", attr = "state" })");
  edits.push_back(
      {"supplies = [\"idp_sign_in\"]", "supplies = [\"idp_sign_in\"]\nattrs = { state = \"text\" }"});
  const auto prepare = [](Gate& g) {
    g.usual_cites("one");
    for (const char* key : {"one/c5", "one/c7"}) {
      g.objects.at(key).attrs["state"] = "granted";
      g.objects.at(key).key = "grant-17";
    }
  };
  const Options options = with(edits);
  stops("STATE.CONFLICT", says("state", "revoked"), options, prepare);
  Scene s(options, prepare);
  says("state", "revoked")(s);
  CHECK(s.g.packet(s.id).find_hold("STATE.CONFLICT", "/citations/c7")->mode == "blocking");
  says("state", "granted")(s);
  CHECK_FALSE(s.g.held(s.id, "STATE.CONFLICT"));
  CHECK_FALSE(s.g.authorised(s.id)); // signatures fell
  s.sign_anew();
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  const auto& needed = s.g.packet(s.id).recheck->needed;
  CHECK(std::ranges::find(needed, "identity-provider", &packet::NeededAnswer::source) != needed.end());

  // Another key is another object: then there is nothing to agree with.
  stops(
      "FRESH.UNKNOWN",
      [](Scene& other) {
        other.g.pass(second);
        other.g.objects.at("one/c5").key = "grant-18";
        other.g.observe("identity-provider");
      },
      options, prepare);
  stops(
      "FRESH.UNKNOWN",
      [](Scene& silent) {
        silent.g.pass(second);
        silent.g.objects.at("one/c5").attrs.clear();
        silent.g.observe("identity-provider");
      },
      options, prepare);
}

TEST_CASE("sources.material: a change in another attribute is a note, on record and in nobody's way") {
  const Options options = with(
      grant_checks(R"({ kind = "digest" }, { kind = "pin", attr = "uses" })", "material = [\"state\"]\n"));
  const auto prepare = grant({{"state", "v1"}, {"uses", "1"}});
  const auto pinned = [&](Gate& g) {
    prepare(g);
    Spec spec = g.usual();
    spec.pins["c7"] = {{"state", "v1"}, {"uses", "1"}};
    return spec;
  };
  Gate g(options);
  const PacketId id = g.submit(pinned(g));
  g.observe_all();
  g.pass(second);
  g.objects.at("one/c7").ordinal = 2; // a moved column
  g.objects.at("one/c7").attrs["uses"] = "2";
  const Step note = g.observe("break-glass-ledger");
  CHECK(find<packet::SourceObserved>(note) != nullptr);
  CHECK_FALSE(g.held(id, "FRESH.CHANGED"));
  g.pass(second);
  g.objects.at("one/c7").attrs["state"] = "v2";
  g.observe("break-glass-ledger");
  CHECK(g.held(id, "FRESH.CHANGED"));

  // What is not known to be the same counts.
  Gate unpinned(options);
  prepare(unpinned);
  const PacketId other = unpinned.submit(unpinned.usual());
  unpinned.observe_all();
  unpinned.pass(second);
  unpinned.objects.at("one/c7").ordinal = 2;
  unpinned.observe("break-glass-ledger");
  CHECK(unpinned.held(other, "FRESH.CHANGED"));
  Gate gone(options);
  const PacketId third = gone.submit(pinned(gone));
  gone.observe_all();
  gone.pass(second);
  gone.objects.at("one/c7").status = "gone";
  gone.observe("break-glass-ledger");
  CHECK(gone.held(third, "FRESH.CHANGED"));
}

TEST_CASE(
    "triggers compare an event's attributes by their declared types; what cannot be compared is no note") {
  Edits edits = grant_checks(R"({ kind = "digest" })");
  edits.push_back({"emits = [\"object.changed\"]", "emits = [\"object.changed\", \"deadline.changed\"]"});
  edits.push_back({"[[lineage.triggers]]\nevent = \"intake",
                   "[[lineage.triggers]]\nevent = \"deadline.changed\"\nwhen = { attr = \"uses\", op = "
                   "\"ge\", value = 3 }\neffect = \"supersede\"\n\n[[lineage.triggers]]\nevent = "
                   "\"deadline.changed\"\nwhen = { attr = \"uses\", op = \"le\", value = 1 }\neffect = "
                   "\"note\"\n\n[[lineage.triggers]]\nevent = \"intake"});
  const auto effect = [&](const std::map<std::string, std::string>& attrs) {
    Gate g(with(edits));
    const PacketId id = opened(g);
    const Step step = g.report("break-glass-ledger", "deadline.changed", attrs, id);
    return find<packet::SourceEvent>(step)->effect;
  };
  CHECK(effect({{"uses", "10"}}) == "supersede"); // as numbers, not as texts
  CHECK(effect({{"uses", "3"}}) == "supersede");
  CHECK(effect({{"uses", "1"}}) == "note");
  CHECK(effect({{"uses", "2"}}) == "hold");        // no row
  CHECK(effect({}) == "supersede");                // missing: the strict rows match
  CHECK(effect({{"uses", "ten"}}) == "supersede"); // of another type: the same
}
