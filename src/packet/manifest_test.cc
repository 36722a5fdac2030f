#include "packet/manifest.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "packet/entry.h"
#include "packet/testing/sample.h"

#include "base/testing/shared_data.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::packet;
using namespace sallyport::packet::testing;
using canon::Array;
using canon::Value;

namespace {

Instant at(std::string_view text) {
  return parse_instant(text).value();
}

Manifest sample_manifest() {
  Manifest m;
  m.manifest = ManifestId::from_random(1);
  m.packet = PacketId::from_random(2);
  m.revision = 2;
  m.revision_digest = crypto::sha256("revision");
  m.lane = "Q-PSR";
  m.view = crypto::sha256("view");
  m.scope = {{"tenant", {"d1", "d2"}}, {"region", {"d3"}}};
  m.audience = {"psr-reviewers", "digest-of-members"};
  m.charter = {"break-glass-psr", 3, crypto::sha256("charter")};
  m.roster = {4, crypto::sha256("roster")};
  m.signers = {{{{"approver"}, 1}, {{"governance", "owner"}, 1}},
               {{PersonId::from_random(3), "approver"}, {PersonId::from_random(4), "approver"}},
               "sk-uv",
               {14'400'000}};
  m.evidence["c1"] = {"session-broker", "d9", at("2026-11-20T11:58:00.000Z"), at("2026-11-20T11:57:59.000Z"),
                      17};
  m.holds = {{HoldId::from_random(5), "FRESH.MISSING", "citation_kind:handling_note", "visible",
              at("2026-11-20T10:00:00.001Z")},
             {HoldId::from_random(6), "FRESH.MISSING", "citation_kind:other", "override",
              at("2026-11-20T10:00:00.002Z")}};
  std::ranges::sort(m.holds, {}, &BoundHold::hold);
  std::ranges::sort(m.signers.eligible);
  m.holds_digest = holds_digest(m.holds);
  m.log = {"sallyport.example/psr", 25, crypto::sha256("root")};
  return m;
}

Entry sample_entry() {
  const Manifest m = sample_manifest();
  Entry e;
  e.entry = EntryId::from_random(1);
  e.log = m.log.origin;
  e.packet = m.packet;
  e.revision = {m.revision, m.revision_digest};
  e.lane = m.lane;
  e.manifest = crypto::sha256(manifest_bytes(m));
  e.view = m.view;
  e.owner = {{PersonId::from_random(3), PersonId::from_random(4)}, {"approver"}};
  std::ranges::sort(e.owner.persons);
  e.audience = m.audience;
  e.scope = m.scope;
  e.caveats = {"k1", "k2"};
  e.holds = m.holds;
  e.recheck = RecheckId::from_random(7);
  e.released_at = at("2026-11-20T12:15:01.260Z");
  return e;
}

// Every scalar of the document in turn, changed to another value of its type; returns how many.
std::size_t each_mutation(const std::string& bytes, const std::function<void(const std::string&)>& visit) {
  const Value whole = canon::parse(bytes).value();
  std::size_t count = 0;
  each_pointer(whole, "", [&](const std::string& pointer, const Value& value) {
    CAPTURE(pointer);
    Value changed = whole;
    Value* place = find_mutable(changed, pointer);
    if (const std::string* text = value.string()) {
      // The last but one character: an id, a digest and an instant stay well formed.
      std::string other = *text;
      char& c = other.at(other.size() < 2 ? 0 : other.size() - 2);
      c = c == '2' ? '3' : '2';
      *place = other;
    } else if (const std::int64_t* n = value.integer()) {
      *place = *n + 1;
    } else if (value.array() != nullptr) {
      place->array()->push_back("x");
    } else if (value.object() != nullptr) {
      place->object()->set("zz", "x");
    }
    visit(canon::write(changed));
    ++count;
  });
  return count;
}

} // namespace

TEST_CASE("a manifest reads back as it was written") {
  const Manifest m = sample_manifest();
  const std::string bytes = manifest_bytes(m);
  CHECK(read_manifest(bytes).value() == m);
  const Value value = canon::parse(bytes).value();
  CHECK(*value.find("_type")->string() == "https://in-toto.io/Statement/v1");
  CHECK(*value.find("predicateType")->string() == dispatch_predicate);
  CHECK(*canon::pointer_find(value, "/subject/0/name")->string() ==
        "packet/" + m.packet.str() + "/revision/2");
  CHECK(*canon::pointer_find(value, "/subject/0/digest/sha256")->string() == m.revision_digest.hex());
  CHECK(canon::pointer_find(value, "/predicate/windows")->array()->empty());
  CHECK(canon::pointer_find(value, "/predicate/accepted")->array()->empty());
}

TEST_CASE("windows are bound as instants, sorted by id") {
  Manifest m = sample_manifest();
  const Instant at = parse_instant("2027-03-01T00:00:00.000Z").value();
  m.windows = {
      {"close", "freeze", {at, at + Duration{1}}}, {"day", "shift", {}}, {"launch", "embargo_until", {at}}};
  const std::string bytes = manifest_bytes(m);
  CHECK(read_manifest(bytes).value() == m);
  CHECK(bytes.contains(
      R"({"instants":["2027-03-01T00:00:00.000Z"],"kind":"embargo_until","window":"launch"})"));
  Value reversed = canon::parse(bytes).value();
  std::ranges::reverse(*find_mutable(reversed, "/predicate/windows")->array());
  CHECK_FALSE(read_manifest(canon::write(reversed)));
}

TEST_CASE("no value of a manifest can be changed without another digest, and another manifest or a refusal") {
  const Manifest m = sample_manifest();
  const std::string bytes = manifest_bytes(m);
  std::size_t refused = 0;
  const std::size_t tried = each_mutation(bytes, [&](const std::string& changed) {
    CHECK(crypto::sha256(changed) != crypto::sha256(bytes));
    const auto read = read_manifest(changed);
    refused += static_cast<std::size_t>(!read);
    if (read) {
      CHECK(*read != m);
      CHECK(manifest_bytes(*read) == changed);
    }
  });
  CHECK(tried > 70);
  CHECK(refused > 20);
  CHECK(refused < tried);
}

TEST_CASE("manifest bytes in another spelling are refused") {
  const std::string bytes = manifest_bytes(sample_manifest());
  CHECK_FALSE(read_manifest(bytes + "\n"));
  CHECK_FALSE(read_manifest(" " + bytes));
  CHECK_FALSE(read_manifest("{\"predicateType\":\"x\"," + bytes.substr(1)));
  CHECK_FALSE(read_manifest(bytes.substr(0, bytes.size() - 1)));
  std::string escaped = bytes;
  escaped.replace(escaped.find("Q-PSR"), 1, "\\u0051");
  CHECK_FALSE(read_manifest(escaped));
}

TEST_CASE("a manifest of another act, with two subjects, or with unsorted lists is refused") {
  const Value whole = canon::parse(manifest_bytes(sample_manifest())).value();
  const auto refused = [&](const std::string& pointer, const std::function<void(Value&)>& change) {
    Value changed = whole;
    change(*find_mutable(changed, pointer));
    CAPTURE(pointer);
    CHECK_FALSE(read_manifest(canon::write(changed)));
  };
  const auto reverse = [](Value& v) { std::ranges::reverse(*v.array()); };
  refused("/predicateType", [](Value& v) { v = "urn:sallyport:act:release:v1"; });
  refused("/predicate/act", [](Value& v) { v = "release"; });
  refused("/subject", [](Value& v) { v.array()->push_back(v.array()->front()); });
  refused("/subject", [](Value& v) { v.array()->clear(); });
  refused("/predicate/scope/tenant", reverse);
  refused("/predicate/holds", reverse);
  refused("/predicate/holds", [](Value& v) { v.array()->pop_back(); });
  refused("/predicate/signers/eligible", reverse);
  refused("/predicate/windows", [](Value& v) { v.array()->push_back(1); });
}

TEST_CASE("the digest of holds is over them sorted by id") {
  Manifest m = sample_manifest();
  const Digest sorted = m.holds_digest;
  std::ranges::reverse(m.holds);
  CHECK(holds_digest(m.holds) == sorted);
  m.holds.pop_back();
  CHECK(holds_digest(m.holds) != sorted);
  CHECK(holds_digest({}) == crypto::sha256("[]"));
}

TEST_CASE("an audience opens as its members, sorted, whatever order it was given in") {
  const AudienceMember a{PersonId::from_random(1), {"x", "y"}};
  const AudienceMember b{PersonId::from_random(2), {}};
  const Disclosure one = audience_disclosure(Salt{}, {a, b});
  CHECK(one.digest == audience_disclosure(Salt{}, {b, {a.person, {"y", "x"}}}).digest);
  CHECK(one.name == "/audience/members");
  auto expected = std::vector{a, b};
  std::ranges::sort(expected);
  CHECK(read_audience(open_disclosure(one.encoded).value()).value() == expected);
  Disclosure twice = one;
  twice.value.array()->push_back(twice.value.array()->back());
  CHECK_FALSE(read_audience(twice));
  CHECK_FALSE(read_audience(make_disclosure(Salt{}, "/audience", one.value)));
  CHECK_FALSE(read_audience(make_disclosure(Salt{}, "/audience/members", "everybody")));
}

TEST_CASE("an entry reads back, and no value of it can be changed unseen") {
  const Entry e = sample_entry();
  const std::string bytes = entry_bytes(e);
  CHECK(read_entry(bytes).value() == e);
  std::size_t refused = 0;
  const std::size_t tried = each_mutation(bytes, [&](const std::string& changed) {
    CHECK(crypto::sha256(changed) != crypto::sha256(bytes));
    const auto read = read_entry(changed);
    refused += static_cast<std::size_t>(!read);
    if (read) {
      CHECK(*read != e);
      CHECK(entry_bytes(*read) == changed);
    }
  });
  CHECK(tried > 40);
  CHECK(refused > 10);
  CHECK(refused < tried);
  CHECK_FALSE(read_entry(bytes + " "));

  Value changed = canon::parse(bytes).value();
  std::ranges::reverse(*changed.object()->find("caveats")->array());
  CHECK_FALSE(read_entry(canon::write(changed)));
}

TEST_CASE("worked example: the digest of its holds is that of its manifest") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle");
  const Value manifest = canon::parse(sallyport::testing::read_file(sallyport::testing::shared_data(
                                          "vectors/worked-bundle/lane/manifest.json")))
                             .value();
  std::vector<BoundHold> holds;
  REQUIRE(from_value(*canon::pointer_find(manifest, "/predicate/holds"), holds));
  CHECK(holds_digest(holds).hex() == *canon::pointer_find(manifest, "/predicate/holds_digest")->string());
  std::map<std::string, BoundEvidence> evidence;
  REQUIRE(from_value(*canon::pointer_find(manifest, "/predicate/evidence"), evidence));
  CHECK(to_value(evidence) == *canon::pointer_find(manifest, "/predicate/evidence"));
}
