// Time: instants that approach and pass, windows in which a release may cross. Reached is passed, and
// nothing is released by a clock.
#include "gate/clocks.h"
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

// A clocks section, read from the grant record c7 (attr `ends`, `starts`) and the sign-in c5 (attr `ends`).
Options clocks(const std::string& section, const Edits& more = {}) {
  Edits edits{
      {"[holds]\nvisible_within", section + "\n\n[holds]\nvisible_within"},
      {"supplies = [\"break_glass_grant\"]",
       "supplies = [\"break_glass_grant\"]\nattrs = { ends = \"instant\", starts = \"instant\" }"},
      {"supplies = [\"idp_sign_in\"]", "supplies = [\"idp_sign_in\"]\nattrs = { ends = \"instant\" }"}};
  edits.insert(edits.end(), by_request.begin(), by_request.end());
  edits.insert(edits.end(), more.begin(), more.end());
  return with(edits);
}

std::string due(const std::string& kind, const std::string& rest = "") {
  return "[clocks.due.end]\nkind = \"" + kind +
         "\"\nsource = \"break-glass-ledger\"\nattr = \"ends\"\nwarn_before = \"10m\"\n" +
         (rest.empty() ? "at_expiry = \"hold\"" : rest);
}

const Instant start = parse_instant("2026-11-20T09:00:00.000Z").value(); // a Friday
const Instant ends = start + Duration{14 * minute.ms};

Prepare ending(Instant at, std::optional<Instant> other = {}) {
  return [=](Gate& g) {
    g.usual_cites("one");
    g.objects.at("one/c7").attrs = {{"ends", to_string(at)}, {"starts", to_string(start)}};
    g.objects.at("one/c5").attrs = {{"ends", to_string(other.value_or(at))}};
  };
}

auto says(Instant at, const char* key = "one/c7", const char* attr = "ends") {
  return [=](Scene& s) {
    s.g.pass(second);
    s.g.objects.at(key).attrs[attr] = to_string(at);
    s.g.observe_all();
  };
}

void arrive(Scene& s, Instant at) {
  while (s.g.now + Duration{10 * minute.ms} < at) {
    s.g.pass(Duration{10 * minute.ms});
    s.g.observe_all();
  }
  s.g.now = at;
  s.g.observe_all();
}

Prepare silent(Prepare first) {
  return [first = std::move(first)](Gate& g) {
    first(g);
    g.objects.at("one/c7").attrs.clear();
  };
}

// What stood in the way is gone, and the packet still waits for a person.
void nothing_crosses_by_itself(Scene& s) {
  CHECK(s.g.authorised(s.id));
  CHECK_FALSE(s.g.packet(s.id).recheck);
  CHECK_FALSE(s.crossed());
}

} // namespace

TEST_CASE(
    "TIME.RETENTION_EXPIRED: near is visible, at the instant it blocks, and only a new revision ends it") {
  const Options options = clocks(due("retention"));
  Scene s(options, ending(ends));
  arrive(s, ends - Duration{10 * minute.ms + 1});
  CHECK_FALSE(s.g.held(s.id, "TIME.CLOCK_NEAR"));
  CHECK(next_deadline(s.g.machine.world(), s.id, s.g.now) == s.g.now + Duration{1});
  arrive(s, ends - Duration{10 * minute.ms});
  REQUIRE(s.g.packet(s.id).find_hold("TIME.CLOCK_NEAR", "/clocks/due/end") != nullptr);
  CHECK(s.g.packet(s.id).find_hold("TIME.CLOCK_NEAR", "/clocks/due/end")->mode == "visible");
  CHECK(s.g.authorised(s.id));
  arrive(s, ends - Duration{1});
  CHECK_FALSE(s.g.held(s.id, "TIME.RETENTION_EXPIRED"));
  arrive(s, ends);
  CHECK(s.g.held(s.id, "TIME.RETENTION_EXPIRED"));
  CHECK_FALSE(s.g.held(s.id, "TIME.CLOCK_NEAR"));
  CHECK(refused(s.g.request(s.g.anna, s.id), "TIME.RETENTION_EXPIRED"));
  says(ends + hour)(s); // it was over all the same
  CHECK(s.g.held(s.id, "TIME.RETENTION_EXPIRED"));
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK_FALSE(s.g.held(s.id, "TIME.RETENTION_EXPIRED"));
  s.sign_anew();
  s.crosses();
  stops("TIME.RETENTION_EXPIRED", says(start), options, ending(ends + hour));
}

TEST_CASE("FRESH.EXPIRED of a validity clock; no instant is FRESH.UNKNOWN") {
  stops("FRESH.EXPIRED", says(start), clocks(due("validity")), ending(ends + hour));
  const auto silence = [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c7").attrs.erase("ends");
    s.g.observe("break-glass-ledger");
  };
  for (const char* kind : {"validity", "retention", "statutory"}) {
    stops("FRESH.UNKNOWN", silence, clocks(due(kind)), ending(ends + hour));
  }
  Scene s(clocks(due("statutory")), ending(ends + hour));
  silence(s);
  CHECK(s.g.packet(s.id).find_hold("FRESH.UNKNOWN", "/clocks/due/end") != nullptr);
  says(ends + hour)(s);
  CHECK_FALSE(s.g.held(s.id, "FRESH.UNKNOWN"));
  s.crosses();
}

TEST_CASE("TIME.CLOCK_NEAR after expiry: at_expiry hold blocks until the source names a later instant; note "
          "and escalate stay visible") {
  const Options strict = clocks(due("statutory"));
  stops("TIME.CLOCK_NEAR", says(start), strict, ending(ends + hour));
  Scene s(strict, ending(ends + hour));
  says(start)(s);
  CHECK(s.g.packet(s.id).find_hold("TIME.CLOCK_NEAR", "/clocks/due/end")->mode == "blocking");
  says(ends + hour)(s);
  CHECK_FALSE(s.g.held(s.id, "TIME.CLOCK_NEAR"));
  nothing_crosses_by_itself(s);
  s.crosses();
  for (const char* rest :
       {"at_expiry = \"note\"", "at_expiry = \"escalate\"\nescalate_to = \"support-trust-lead\""}) {
    Scene lenient(clocks(due("target_date", rest)), ending(ends + hour));
    says(start)(lenient);
    CHECK(lenient.g.packet(lenient.id).find_hold("TIME.CLOCK_NEAR", "/clocks/due/end")->mode == "visible");
    lenient.sign_anew(); // over what crosses now
    lenient.crosses();
  }
}

TEST_CASE("of several due instants the earliest counts, and one that is not stated is no instant at all") {
  Gate g(clocks(due("statutory")));
  ending(ends + hour)(g);
  Spec spec = g.usual();
  Object second_grant = g.objects.at("one/c7");
  second_grant.id = ObjectId::from_random(79);
  second_grant.attrs["ends"] = to_string(start);
  g.objects["one/d7"] = second_grant;
  spec.cites["d7"] = "one/d7";
  const PacketId id = g.submit(spec);
  g.observe_all();
  CHECK(g.packet(id).find_hold("TIME.CLOCK_NEAR", "/clocks/due/end")->mode == "blocking");
  g.pass(second);
  g.objects.at("one/d7").attrs["ends"] = to_string(ends + Duration{2 * hour.ms});
  g.observe_all();
  CHECK_FALSE(g.held(id, "TIME.CLOCK_NEAR"));
  CHECK(nearest_due(g.machine.world(), id, g.now) == ends + hour);
  CHECK_FALSE(
      nearest_due(g.machine.world(), id, ends + hour).has_value()); // unknown to be later: it has passed
  g.pass(second);
  g.objects.at("one/d7").attrs.clear();
  g.observe_all();
  CHECK(g.packet(id).find_hold("FRESH.UNKNOWN", "/clocks/due/end") != nullptr);
}

TEST_CASE("TIME.RETENTION_CONFLICT, STATE.CONFLICT: two registries that name different instants block until "
          "they agree") {
  const std::string compare = "compare = \"identity-provider\"\nat_expiry = \"hold\"";
  for (const auto& [kind, code] :
       {std::pair{"retention", "TIME.RETENTION_CONFLICT"}, std::pair{"statutory", "STATE.CONFLICT"}}) {
    const Options options = clocks(due(kind, compare));
    const auto disagree = says(ends + Duration{hour.ms + 1}, "one/c5");
    stops(code, disagree, options, ending(ends + hour));
    Scene s(options, ending(ends + hour));
    REQUIRE(s.g.request(s.g.anna, s.id).ok());
    const auto& needed = s.g.packet(s.id).recheck->needed;
    CHECK(std::ranges::find(needed, "identity-provider", &packet::NeededAnswer::source) != needed.end());
    disagree(s);
    CHECK(s.g.packet(s.id).find_hold(code, "/clocks/due/end")->mode == "blocking");
    says(ends + hour, "one/c5")(s);
    CHECK_FALSE(s.g.held(s.id, code));
    CHECK_FALSE(s.g.authorised(s.id)); // signatures fell
    stops(
        "FRESH.UNKNOWN",
        [](Scene& silence) {
          silence.g.pass(second);
          silence.g.objects.at("one/c5").attrs.clear();
          silence.g.observe("identity-provider");
        },
        options, ending(ends + hour));
  }
}

TEST_CASE("TIME.EMBARGO until: blocked before the instant, open from it on, and then a person asks") {
  const Options options =
      clocks("[clocks.windows.launch]\nkind = \"embargo_until\"\nat = 2026-11-20T09:14:00Z");
  Gate g(options);
  const PacketId id = g.submit(g.usual());
  g.observe_all();
  REQUIRE(g.packet(id).find_hold("TIME.EMBARGO", "/windows/launch") != nullptr);
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  CHECK_FALSE(g.authorised(id));
  CHECK(next_deadline(g.machine.world(), id, g.now).value() <= ends);
  g.now = ends - Duration{1};
  g.observe_all();
  CHECK(refused(g.request(g.anna, id), "TIME.EMBARGO"));
  g.now = ends;
  g.step(Reevaluate{id});
  CHECK_FALSE(g.held(id, "TIME.EMBARGO"));
  CHECK(g.authorised(id)); // the bound instant is the same: signatures stay
  CHECK_FALSE(g.packet(id).recheck);
  CHECK(g.state().entries.empty());
  REQUIRE(g.request(g.anna, id).ok());
  g.answer(id);
  CHECK(g.commit(id).ok());
}

TEST_CASE(
    "TIME.EMBARGO with the automatic release: the completing signature inside it starts nothing, and its "
    "end does not either (INV-37)") {
  Options options = clocks("[clocks.windows.launch]\nkind = \"embargo_until\"\nat = 2026-11-20T09:14:00Z");
  std::erase(options.edits, by_request.front());
  Gate g(options);
  const PacketId id = g.submit(g.usual());
  g.observe_all();
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  g.now = ends;
  g.observe_all();
  CHECK(g.authorised(id));
  CHECK_FALSE(g.packet(id).recheck);
  CHECK(g.state().entries.empty());
}

TEST_CASE("TIME.EMBARGO after: open before the instant, blocked from it on") {
  const Options options =
      clocks("[clocks.windows.last]\nkind = \"embargo_after\"\nat = 2026-11-20T09:14:00Z");
  {
    Scene early(options);
    arrive(early, ends - Duration{1001}); // the recheck takes a second
    early.crosses();
  }
  stops("TIME.EMBARGO", [](Scene& s) { arrive(s, ends); }, options);
  Scene amid(options);
  arrive(amid, ends - second);
  REQUIRE(amid.g.request(amid.g.anna, amid.id).ok());
  amid.g.answer(amid.id); // and the instant is there
  CHECK(refused(amid.g.commit(amid.id), "TIME.EMBARGO"));
}

TEST_CASE("a read instant is bound, and one that moves voids what was signed; silence only blocks") {
  const Options options = clocks("[clocks.windows.last]\nkind = \"embargo_after\"\nsource = "
                                 "\"break-glass-ledger\"\nattr = \"ends\"");
  const auto prepare = ending(ends + hour);
  Scene s(options, prepare);
  ManifestId id;
  REQUIRE(s.g.packet(s.id).reviewed(&id) != nullptr);
  CHECK(s.g.machine.facts().manifests.at(id).manifest.windows ==
        std::vector<packet::BoundWindow>{{"last", "embargo_after", {ends + hour}}});
  s.g.pass(second);
  s.g.objects.at("one/c7").attrs.erase("ends");
  s.g.observe_all();
  CHECK(s.g.held(s.id, "TIME.EMBARGO"));
  CHECK(s.g.packet(s.id).reviewed() != nullptr);
  says(ends + hour)(s); // the same instant again
  nothing_crosses_by_itself(s);
  says(ends + Duration{2 * hour.ms})(s); // later, and still not what people signed
  CHECK(s.g.packet(s.id).reviewed() == nullptr);
  CHECK(s.g.packet(s.id).manifests.at(id).void_cause == "window_moved");
  s.sign_anew();
  s.crosses();

  Scene amid(options, prepare);
  REQUIRE(amid.g.request(amid.g.anna, amid.id).ok());
  amid.g.objects.at("one/c7").attrs["ends"] = to_string(ends + Duration{2 * hour.ms});
  amid.g.answer(amid.id);
  CHECK_FALSE(amid.g.commit(amid.id).ok());
  CHECK_FALSE(amid.crossed());

  // A window without a value binds nothing, so nothing is submitted over it.
  Gate unknown(options);
  silent(prepare)(unknown);
  const PacketId packet = unknown.submit(unknown.usual());
  unknown.observe_all();
  CHECK(unknown.held(packet, "TIME.EMBARGO"));
  REQUIRE(unknown.draft(unknown.lena.account, packet).ok());
  CHECK(refused(unknown.submit_manifest(unknown.lena, packet), "LANE.METADATA"));
}

TEST_CASE("TIME.WINDOW of a freeze: waits in [starts, ends), said or read; then a person asks") {
  const Options said =
      clocks("[clocks.windows.close]\nkind = \"freeze\"\nstarts = 2026-11-20T09:05:00Z\nends = "
             "2026-11-20T09:14:00Z");
  Scene s(said);
  const Instant from = start + Duration{5 * minute.ms};
  const auto waits = [&](Instant at) {
    arrive(s, at);
    return std::ranges::count(s.g.waits(s.id), "TIME.WINDOW");
  };
  CHECK(waits(from - Duration{1}) == 0);
  CHECK(waits(from) == 1);
  CHECK(refused(s.g.request(s.g.anna, s.id), "TIME.WINDOW"));
  CHECK(waits(ends - Duration{1}) == 1);
  CHECK(next_deadline(s.g.machine.world(), s.id, s.g.now) == ends);
  CHECK(waits(ends) == 0);
  nothing_crosses_by_itself(s);
  s.crosses();

  Scene amid(said);
  arrive(amid, from - second);
  REQUIRE(amid.g.request(amid.g.anna, amid.id).ok());
  amid.g.answer(amid.id);
  CHECK(refused(amid.g.commit(amid.id), "TIME.WINDOW"));
  CHECK_FALSE(amid.crossed());

  const Options read = clocks("[clocks.windows.close]\nkind = \"freeze\"\nsource = \"break-glass-ledger\"\n"
                              "starts_attr = \"starts\"\nends_attr = \"ends\"");
  Scene within(read, ending(ends));
  CHECK(refused(within.g.request(within.g.anna, within.id), "TIME.WINDOW"));
  // Nothing lies in what ends before it starts; that is no window, and does not open one.
  says(start - hour)(within);
  CHECK(refused(within.g.request(within.g.anna, within.id), "TIME.WINDOW"));
}

TEST_CASE("TIME.WINDOW of a shift: by the rules of the zone, which are an argument; the release says which") {
  const Options options =
      clocks("[clocks.windows.day]\nkind = \"shift\"\ntz = \"Europe/Berlin\"\ndays = [\"mon\", "
             "\"fri\"]\nfrom = \"08:00\"\nto = \"10:14\"");
  const auto zones = [](Gate& g) {
    g.machine.library().zones = {
        "2026z", start + Duration{300 * day.ms}, {{"Europe/Berlin", {{start - day, {hour.ms}}}}}};
  };
  {
    Scene unknown(options);
    CHECK(refused(unknown.g.request(unknown.g.anna, unknown.id), "TIME.WINDOW"));
  }
  Scene s(options, zones);
  CHECK(next_deadline(s.g.machine.world(), s.id, s.g.now).value() <= ends);
  arrive(s, ends); // 10:14 in Berlin
  CHECK(refused(s.g.request(s.g.anna, s.id), "TIME.WINDOW"));
  nothing_crosses_by_itself(s);

  Scene open(options, zones);
  REQUIRE(open.g.request(open.g.anna, open.id).ok());
  open.g.answer(open.id);
  const Step commit = open.g.commit(open.id);
  REQUIRE(commit.ok());
  const auto released = std::ranges::find_if(commit.leaves, [](const LeafOut& out) {
    return std::holds_alternative<packet::ReleaseCommitted>(out.leaf.record);
  });
  REQUIRE(released != commit.leaves.end());
  CHECK(released->body->contains(R"("offset_ms":3600000,"tz_database":"2026z","zone":"Europe/Berlin")"));
}

TEST_CASE("of several windows all must allow") {
  const Options options =
      clocks("[clocks.windows.launch]\nkind = \"embargo_until\"\nat = 2026-11-20T08:00:00Z\n\n"
             "[clocks.windows.close]\nkind = \"freeze\"\nstarts = 2026-11-20T08:00:00Z\nends = "
             "2026-11-20T10:00:00Z");
  Scene s(options);
  CHECK_FALSE(s.g.held(s.id, "TIME.EMBARGO"));
  CHECK(refused(s.g.request(s.g.anna, s.id), "TIME.WINDOW"));
}
