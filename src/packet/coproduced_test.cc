#include "packet/coproduced.h"

#include "canon/json.h"
#include "packet/statement.h"

#include "base/testing/shared_data.h"
#include "packet/testing/coproduced_sample.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::packet;

namespace {

std::vector<Op> ops(std::string_view json) {
  return read_ops(canon::parse(json).value()).value();
}

bool taken(std::string_view json) {
  return read_ops(canon::parse(json).value()).has_value();
}

Salt counted() {
  static std::uint8_t n = 0;
  Salt salt{};
  salt[0] = ++n;
  return salt;
}

} // namespace

TEST_CASE("T02: ops name items and members of the content, and nothing else") {
  CHECK(taken(R"([{"op":"put","at":"/regions/g2/to","value":"0x10"}])"));
  CHECK(taken(R"([{"op":"put","at":"/scope/crash_session/s1","value":{"value":"one"}}])"));
  CHECK(taken(R"([{"op":"put","at":"/bounds/symbolization","value":"function"}])"));
  CHECK(taken(R"([{"op":"remove","at":"/symbolization/frames/t1"}])"));
  CHECK_FALSE(taken("[]"));
  CHECK_FALSE(taken(R"([{"op":"put","at":"/regions/g2/to"}])"));
  CHECK_FALSE(taken(R"([{"op":"move","at":"/regions/g2"}])"));
  CHECK_FALSE(taken(R"([{"op":"remove","at":"/ledger/li_2345abcdef"}])"));
  CHECK_FALSE(taken(R"([{"op":"remove","at":"/sections/dumps"}])"));
  CHECK_FALSE(taken(R"([{"op":"remove","at":"/provenance/ed_2345abcdef"}])"));
  CHECK_FALSE(taken(R"([{"op":"remove","at":"/regions"}])"));
  CHECK_FALSE(taken(R"([{"op":"remove","at":"/regions/G2"}])"));
  CHECK_FALSE(taken(R"([{"op":"remove","at":"/regions/g2/to/deep"}])"));
  CHECK_FALSE(taken(R"([{"op":"put","at":"/scope/crash_session/s1/value","value":"x"}])"));
  CHECK_FALSE(taken(R"([{"op":"put","at":"/regions/g2","value":"text"}])"));
  CHECK_FALSE(taken(R"([{"op":"remove","at":"/regions/g2","more":1}])"));
}

TEST_CASE("T02: what an edit touches are sorted pointers of ids, and two overlap where one is a prefix") {
  const auto list = ops(R"([{"op":"put","at":"/regions/g2/to","value":"a person's name"},
                            {"op":"remove","at":"/claims/m1"},{"op":"put","at":"/regions/g2/to","value":"b"}])");
  CHECK(touches_of(list) == std::vector<std::string>{"/claims/m1", "/regions/g2/to"});
  CHECK(overlap("/regions/g2", "/regions/g2/to"));
  CHECK(overlap("/regions/g2/to", "/regions/g2"));
  CHECK(overlap("/regions/g2", "/regions/g2"));
  CHECK_FALSE(overlap("/regions/g2", "/regions/g21"));
  CHECK_FALSE(overlap("/regions/g2/to", "/regions/g2/from"));
}

TEST_CASE("T02: the content is a fold of ops") {
  auto content =
      apply_ops({}, ops(R"([{"op":"put","at":"/narrative/b1","value":{"section":"dumps","text":"one"}},
                                      {"op":"put","at":"/narrative/b1/text","value":"two"},
                                      {"op":"put","at":"/bounds/symbolization","value":"none"}])"));
  REQUIRE(content);
  CHECK(canon::write(canon::Value(*content)) ==
        R"({"bounds":{"symbolization":"none"},"narrative":{"b1":{"section":"dumps","text":"two"}}})");
  content = apply_ops(*content, ops(R"([{"op":"remove","at":"/narrative/b1"}])"));
  REQUIRE(content);
  CHECK(canon::write(canon::Value(*content)) == R"({"bounds":{"symbolization":"none"},"narrative":{}})");
  CHECK_FALSE(apply_ops(*content, ops(R"([{"op":"remove","at":"/narrative/b1"}])")));
}

TEST_CASE("T03: a sealed workspace has ids, codes and counts in clear, and reads back") {
  const WorkingRevision working = packet::testing::coproduced_sample();
  const auto sealed = seal(working, counted);
  REQUIRE(sealed);
  const auto revision = read_revision(sealed->bytes);
  REQUIRE(revision);
  REQUIRE(revision->co);
  CHECK(revision->digest == sealed->digest);
  CHECK(revision->co->ledger == working.ledger);
  CHECK(revision->co->ledger_at == working.ledger_at);
  CHECK(revision->co->sections == working.sections);
  CHECK(revision->parts.at("f1").include);
  CHECK(revision->parts.at("f1").sha256 == revision->co->fragments.at("f1").sha256);
  CHECK(revision->parts.at("f1").bounds.at("symbolization") == Bound{std::string("function")});
  CHECK(has(*revision->co, "/symbolization/frames/t1"));
  CHECK_FALSE(has(*revision->co, "/symbolization/frames/t2"));
  // No text that anybody wrote stands in clear.
  CHECK(sealed->bytes.find("Secret") == std::string::npos);
  std::size_t hidden = 0;
  for (const Disclosure& disclosure : sealed->disclosures) {
    hidden += canon::write(disclosure.value).find("Secret") != std::string::npos ? 1U : 0U;
  }
  CHECK(hidden == 9);
  // Another byte, another order, a member more: not what was sealed.
  CHECK_FALSE(read_revision(sealed->bytes + " "));
  canon::Value more = canon::parse(sealed->bytes).value();
  more.object()->set("zz", 1);
  CHECK_FALSE(read_revision(canon::write(more)));
}

TEST_CASE("T03: content that names what is not there is not sealed") {
  for (const char* op : {R"([{"op":"put","at":"/regions/g1/fragment","value":"f9"}])",
                         R"([{"op":"put","at":"/fragments/f1/cites","value":["c9"]}])",
                         R"([{"op":"put","at":"/fragments/f1/retention","value":"r_f9"}])",
                         R"([{"op":"put","at":"/fragments/f1/dump","value":"du_9"}])",
                         R"([{"op":"put","at":"/symbolization/frames/t1/fragment","value":"f9"}])"}) {
    WorkingRevision working = packet::testing::coproduced_sample();
    working.content = apply_ops(working.content, ops(op)).value();
    CHECK_FALSE(seal(working, counted));
  }
}

TEST_CASE("A fragment whose time ends in a way that there is not is not sealed, and it is said where") {
  WorkingRevision working = packet::testing::coproduced_sample();
  working.content =
      apply_ops(working.content, ops(R"([{"op":"put","at":"/retention/r_f1/end_state","value":"erased"}])"))
          .value();
  const auto sealed = seal(working, counted);
  REQUIRE_FALSE(sealed);
  CHECK(sealed.error().where == "/retention/r_f1/end_state");
}

TEST_CASE("T02: an item of the narrative or a claim whose words are missing or misspelt is malformed, and it "
          "is said "
          "where") {
  for (const char* at : {"/narrative/b1", "/claims/m1"}) {
    for (const canon::Value& said : {canon::Value(nullptr), canon::Value(""), canon::Value(7)}) {
      WorkingRevision working = packet::testing::coproduced_sample();
      const std::string where = std::string(at) + "/text";
      working.content =
          apply_ops(working.content, {{.put = said != canon::Value(nullptr), .at = where, .value = said}})
              .value();
      const auto sealed = seal(working, counted);
      REQUIRE_FALSE(sealed);
      CHECK(sealed.error().where == where);
    }
  }
}

TEST_CASE("B13 INV-32: a fragment lies in the tree of its dump revision, at its place") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle-b");
  const auto bytes = sallyport::testing::read_file(
      sallyport::testing::shared_data("vectors/worked-bundle-b/revisions/2.json"));
  const canon::Value revision = canon::parse(bytes).value();
  for (const auto& [id, item] : *revision.find("fragments")->object()) {
    CAPTURE(id);
    auto fragment = read<SealedFragment>(item).value();
    const auto root =
        Digest::from_hex(*revision.find("dumps")->find(fragment.dump)->find("root")->string()).value();
    CHECK(lies_in(fragment, root));
    SealedFragment other = fragment;
    other.sha256.bytes[0] ^= 1U;
    CHECK_FALSE(lies_in(other, root));
    other = fragment;
    other.index ^= 1U;
    CHECK_FALSE(lies_in(other, root));
    other = fragment;
    other.path.pop_back();
    CHECK_FALSE(lies_in(other, root));
  }
}

TEST_CASE("T22: an acceptance says what, of which ledger, in which words; and reads back as it was written") {
  const ItemId first = ItemId::from_random(1, "fi");
  const ItemId second = ItemId::from_random(2);
  const Disclosure words = wording_disclosure({}, first, "what is left is worth it");
  AcceptStatement said{"log.example", PacketId::from_random(1), 2,          {}, "IN-PRIVENG", {},
                       "owner",       PersonId::from_random(2), "function", {}};
  said.items = {{first, "leakage_residual", "identifier_leakage", 58, words.digest},
                {second, "other", "attachment_lineage", 58, "w2"}};
  CHECK(read_accept(statement(said)).value() == said);
  said.symbolization.reset();
  CHECK(read_accept(statement(said)).value() == said);
  CHECK(read_wording(open_disclosure(words.encoded).value()).value() == first);
  std::swap(said.items[0], said.items[1]);
  CHECK_FALSE(read_accept(statement(said)));
  said.items.clear();
  CHECK_FALSE(read_accept(statement(said)));
  CHECK_FALSE(read_wording(wording_disclosure({}, first, "")));
  CHECK_FALSE(read_wording(rationale_disclosure({}, "why")));
}
