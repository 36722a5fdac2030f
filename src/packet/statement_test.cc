#include "packet/statement.h"

#include "base/bytes.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"
#include "packet/leaf.h"
#include "packet/testing/sample.h"

#include "base/testing/shared_data.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::packet;
using namespace sallyport::packet::testing;
using canon::Value;

namespace {

std::string key_line(std::uint8_t seed) {
  return crypto::make_ed25519_key(Bytes(32, seed)).line();
}

GenesisStatement sample_genesis() {
  return {"sallyport.example/psr",
          "sallyport.example/psr+d2e2d1a9+AZhv",
          "MCowBQYDK2VwAyEA",
          "all",
          {{PersonId::from_random(1), "support-trust-governance", key_line(1), "software", {}, {}},
           {PersonId::from_random(2),
            "product-security-governance",
            key_line(2),
            "webauthn-uv",
            "sallyport.example",
            {"https://sallyport.example"}}},
          {1000},
          {2000}};
}

KeyStatement sample_key() {
  return {"sallyport.example/psr", PersonId::from_random(3),     key_line(3), "sk-uv", {1000}, {2000},
          "sallyport.example",     {"https://sallyport.example"}};
}

RosterStatement sample_roster() {
  return {"sallyport.example/psr", "Q-PSR", 2, crypto::sha256("roster"), crypto::sha256("before")};
}

RatifyStatement sample_ratify() {
  return {"sallyport.example/psr", "break-glass-psr", 1, crypto::sha256("charter"), std::nullopt};
}

AnnexStatement sample_annex() {
  return {"sallyport.example/psr",
          PacketId::from_random(4),
          12,
          crypto::sha256("revision"),
          "a1",
          "redacted",
          "included"};
}

SplitStatement sample_split() {
  const PacketId one = PacketId::from_random(4);
  const PacketId other = PacketId::from_random(5);
  return {"sallyport.example/psr", std::min(one, other), std::max(one, other), crypto::sha256("rationale")};
}

PartialStatement sample_partial() {
  return {"sallyport.example/psr",
          PacketId::from_random(4),
          12,
          crypto::sha256("revision"),
          "tenant",
          {"t1", "t3"},
          {"t2"}};
}

OverrideStatement sample_override() {
  return {"sallyport.example/psr",    PacketId::from_random(4), ManifestId::from_random(5),
          crypto::sha256("manifest"), HoldId::from_random(6),   rationale_disclosure({}, "awaited").digest};
}

SubstituteStatement sample_substitute() {
  return {"sallyport.example/psr",    PacketId::from_random(4), ManifestId::from_random(5),
          crypto::sha256("manifest"), "support-trust-approver", PersonId::from_random(7)};
}

// Every scalar changed, every object with a member more: refused, or read as something else.
template <class S, class Read> void check_statement(const S& said, Read read) {
  const Value whole = statement(said);
  REQUIRE(read(whole));
  CHECK(read(whole).value() == said);
  std::size_t refused = 0;
  each_pointer(whole, "", [&](const std::string& pointer, const Value& value) {
    CAPTURE(pointer);
    Value changed = whole;
    Value* place = find_mutable(changed, pointer);
    if (const std::string* text = value.string()) {
      std::string other = *text;
      char& c = other.at(other.size() < 2 ? 0 : other.size() - 2);
      c = c == '2' ? '3' : '2';
      *place = other;
    } else if (value.integer() != nullptr) {
      *place = *value.integer() + 1;
    } else if (value.array() != nullptr) {
      place->array()->push_back(7);
    } else if (value.object() != nullptr) {
      place->object()->set("zz", "x");
    } else {
      *place = "x";
    }
    const auto got = read(changed);
    refused += static_cast<std::size_t>(!got);
    CHECK((!got || *got != said));
    if (value.object() != nullptr || value.array() != nullptr || pointer == "/predicateType" ||
        pointer == "/_type" || pointer == "/predicate/act") {
      CHECK_FALSE(got);
    }
  });
  CHECK(refused > 8);
  for (const auto& [name, member] : *whole.find("predicate")->object()) {
    Value changed = whole;
    find_mutable(changed, "/predicate")->object()->erase(name);
    CAPTURE(name);
    const auto got = read(changed);
    CHECK((!got || *got != said));
  }
}

template <class Read> void check_others(Read read, std::size_t own) {
  const std::vector<Value> all = {
      statement(sample_genesis()), statement(sample_key()),      statement(sample_roster()),
      statement(sample_ratify()),  statement(sample_annex()),    statement(sample_split()),
      statement(sample_partial()), statement(sample_override()), statement(sample_substitute())};
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(read(all[i]).has_value() == (i == own));
  }
}

} // namespace

TEST_CASE("each act reads back, and nothing in it can be changed unseen") {
  check_statement(sample_genesis(), read_genesis);
  check_statement(sample_key(), read_key);
  check_statement(sample_roster(), read_roster_statement);
  check_statement(sample_ratify(), read_ratify);
  check_statement(sample_annex(), read_annex);
  check_statement(sample_split(), read_split);
  check_statement(sample_partial(), read_partial);
  check_statement(sample_override(), read_override);
  check_statement(sample_substitute(), read_substitute);
  KeyStatement plain = sample_key();
  plain.rp_id.reset();
  plain.origins.clear();
  check_statement(plain, read_key);
}

TEST_CASE("no act reads as another") {
  check_others(read_genesis, 0);
  check_others(read_key, 1);
  check_others(read_roster_statement, 2);
  check_others(read_ratify, 3);
  check_others(read_annex, 4);
  check_others(read_split, 5);
  check_others(read_partial, 6);
  check_others(read_override, 7);
  check_others(read_substitute, 8);
}

TEST_CASE("a split of two packets has one spelling, and a partial split two lists that share nothing") {
  SplitStatement turned = sample_split();
  std::swap(turned.first, turned.second);
  CHECK_FALSE(read_split(statement(turned)));
  turned.second = turned.first;
  CHECK_FALSE(read_split(statement(turned)));
  const auto lists = [](std::vector<std::string> free, std::vector<std::string> held) {
    PartialStatement s = sample_partial();
    s.free = std::move(free);
    s.held = std::move(held);
    return read_partial(statement(s)).has_value();
  };
  CHECK(lists({"t1"}, {"t2"}));
  CHECK_FALSE(lists({}, {"t2"}));
  CHECK_FALSE(lists({"t1"}, {}));
  CHECK_FALSE(lists({"t1", "t2"}, {"t2"}));
  CHECK_FALSE(lists({"t2", "t1"}, {"t3"}));
}

TEST_CASE("a rationale opens to its words, and nothing else opens to one") {
  const Disclosure said = rationale_disclosure(Salt{}, "Two grants, two operators.");
  CHECK(read_rationale(open_disclosure(said.encoded).value()).value() == "Two grants, two operators.");
  CHECK_FALSE(read_rationale(rationale_disclosure(Salt{}, "")));
  CHECK_FALSE(read_rationale(make_disclosure(Salt{}, "/reason", "text")));
  CHECK_FALSE(read_rationale(make_disclosure(Salt{}, "/rationale", 7)));
}

TEST_CASE("the origin of the log is part of what is signed") {
  Value changed = statement(sample_annex());
  *find_mutable(changed, "/predicate/log/origin") = "sallyport.example/other";
  CHECK(read_annex(changed)->origin == "sallyport.example/other");
  CHECK(canon::write(changed) != canon::write(statement(sample_annex())));
  changed = statement(sample_genesis());
  *find_mutable(changed, "/predicate/log/origin") = "sallyport.example/other";
  CHECK_FALSE(read_genesis(changed)); // the subject names it too
}

TEST_CASE("an annex goes from held or redacted to included, and nowhere else") {
  const auto with = [](std::string from, std::string to) {
    AnnexStatement s = sample_annex();
    s.from = std::move(from);
    s.to = std::move(to);
    return read_annex(statement(s)).has_value();
  };
  CHECK(with("held", "included"));
  CHECK(with("redacted", "included"));
  CHECK_FALSE(with("included", "included"));
  CHECK_FALSE(with("held", "redacted"));
  AnnexStatement s = sample_annex();
  s.revision = 0;
  CHECK_FALSE(read_annex(statement(s)));
}

TEST_CASE("a key statement's subject is the key it states") {
  const Value value = statement(sample_key());
  const auto key = crypto::parse_public_key_line(sample_key().key);
  Value copy = value;
  CHECK(*find_mutable(copy, "/subject/0/digest/sha256")->string() == crypto::sha256(key->blob).hex());
  *find_mutable(copy, "/predicate/key") = key_line(9);
  CHECK_FALSE(read_key(copy));
  *find_mutable(copy, "/predicate/key") = sample_key().key + " comment";
  CHECK_FALSE(read_key(copy));
  *find_mutable(copy, "/predicate/key") = "ssh-rsa AAAA";
  CHECK_FALSE(read_key(copy));
}

TEST_CASE("worked example: its statements read, but for the spelling of predicateType") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle");
  const auto statement_in = [](const char* number, const char* act) {
    const auto leaf = canon::parse(sallyport::testing::read_file(sallyport::testing::shared_data(
        std::string("vectors/worked-bundle/leaves/") + number + ".leaf.json")));
    Value value = *leaf.value().find("statement");
    value.object()->set("predicateType", std::string("urn:sallyport:act:") + act + ":v1");
    return value;
  };
  CHECK(read_key(statement_in("0001", "key")));
  CHECK(read_key(statement_in("0002", "key")));
  CHECK(read_roster_statement(statement_in("0003", "roster"))->version == 1);
  CHECK(read_ratify(statement_in("0005", "ratify"))->charter == "break-glass-psr");
  CHECK(read_annex(statement_in("0015", "annex"))->revision == 2);
  CHECK_FALSE(read_annex(statement_in("0015", "dispatch")));
}
