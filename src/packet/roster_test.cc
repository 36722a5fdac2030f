#include "packet/roster.h"

#include "base/bytes.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"

#include "base/testing/shared_data.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

using namespace sallyport;
using namespace sallyport::packet;

namespace {

Instant at(std::string_view text) {
  return parse_instant(text).value();
}

const PersonId owner = PersonId::from_random(1);
const PersonId approver = PersonId::from_random(2);
const PersonId reader = PersonId::from_random(3);

std::string key_line(std::uint8_t seed) {
  return crypto::make_ed25519_key(Bytes(32, seed)).line();
}

GenesisStatement genesis() {
  GenesisStatement s;
  s.origin = "sallyport.example/psr";
  s.rule = "all";
  s.owners = {{owner, "governance", key_line(1), "software", {}, {}}};
  s.keys_from = at("2026-01-01T00:00:00.000Z");
  s.keys_until = at("2027-01-01T00:00:00.000Z");
  return s;
}

Roster roster(std::vector<Grant> grants) {
  std::ranges::sort(grants);
  return {"sallyport.example/psr", "Q-PSR", 1, std::move(grants), {{"psr-reviewers", crypto::sha256("a")}}};
}

EnrolledKey key(PersonId person, std::string line, std::string_view from, std::string_view until) {
  return {std::move(person), std::move(line), "software", at(from), at(until)};
}

const SignerRoles roles{{"approver"}, "promoter"};

// A folder of its own with a fresh key in it; gone at the end.
class Workshop {
public:
  Workshop() {
    path_ = std::filesystem::temp_directory_path() /
            ("sallyport-roster-" + std::to_string(std::random_device{}()));
    std::filesystem::create_directory(path_);
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
    REQUIRE(run("ssh-keygen -q -t ed25519 -N '' -C '' -f k"));
  }

  ~Workshop() { std::filesystem::remove_all(path_); }

  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  bool run(const std::string& command) const {
    return std::system(("cd '" + path_.string() + "' && " + command + " >/dev/null 2>&1").c_str()) == 0;
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

  std::string public_key() const {
    const std::string text = sallyport::testing::read_file(path_ / "k.pub");
    return crypto::parse_public_key_line(text.substr(0, text.find('\n'))).value().line();
  }

private:
  std::filesystem::path path_;
};

} // namespace

TEST_CASE("a roster reads back, and unsorted, doubled or empty grants are refused") {
  const Grant a{approver, "approver", {1000}, {2000}};
  const Grant b{owner, "governance", {1000}, {2000}};
  const Roster r = roster({a, b});
  const std::string bytes = roster_bytes(r);
  CHECK(read_roster(bytes).value() == r);
  CHECK_FALSE(read_roster(bytes + " "));
  for (const std::vector<Grant>& grants :
       {std::vector<Grant>{r.grants[1], r.grants[0]}, {a, a}, {{approver, "approver", {2000}, {2000}}}}) {
    canon::Value changed = canon::parse(bytes).value();
    changed.object()->set("grants", to_value(grants));
    CHECK_FALSE(read_roster(canon::write(changed)));
  }
}

TEST_CASE("namespaces follow from the role, and validity is grant and key together") {
  const Roster r =
      roster({{owner, "governance", at("2026-02-01T00:00:00.000Z"), at("2028-01-01T00:00:00.000Z")},
              {approver, "approver", at("2026-01-01T00:00:00.500Z"), at("2026-06-01T00:00:00.500Z")},
              {reader, "steward", at("2026-01-01T00:00:00.000Z"), at("2027-01-01T00:00:00.000Z")}});
  const std::vector<EnrolledKey> keys = {
      key(approver, key_line(2), "2026-01-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"),
      key(reader, key_line(3), "2026-01-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z")};
  std::vector<std::string> expected = {
      owner.str() +
          " namespaces=\"charter@sallyport,genesis@sallyport,key@sallyport\",valid-after=\"20260201000000Z\","
          "valid-before=\"20261231235959Z\" " +
          key_line(1) + "\n",
      approver.str() +
          " namespaces=\"dispatch@sallyport,key@sallyport\",valid-after=\"20260101000001Z\","
          "valid-before=\"20260531235959Z\" " +
          key_line(2) + "\n"};
  std::ranges::sort(expected);
  CHECK(allowed_signers(genesis(), keys, r, roles) == expected[0] + expected[1]);
  // A key that genesis names is not taken twice; without a grant nobody has a line.
  auto with_genesis_key = keys;
  with_genesis_key.push_back(key(owner, key_line(1), "2020-01-01T00:00:00.000Z", "2030-01-01T00:00:00.000Z"));
  CHECK(allowed_signers(genesis(), with_genesis_key, r, roles) == expected[0] + expected[1]);
  CHECK(allowed_signers(genesis(), keys, roster({}), roles).empty());
}

TEST_CASE("where packets have a ledger, signers sign releases and acceptors acceptances") {
  const Instant from = at("2026-01-01T00:00:00.000Z");
  SignerRoles of_ledger = roles;
  of_ledger.acceptors = {"approver", "lead"};
  of_ledger.releases = true;
  const Roster r = roster({{approver, "approver", from, at("2026-03-01T00:00:00.000Z")},
                           {reader, "lead", from, at("2026-03-01T00:00:00.000Z")}});
  const std::vector<EnrolledKey> keys = {
      key(approver, key_line(2), "2026-01-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"),
      key(reader, key_line(3), "2026-01-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z")};
  const std::string lines = allowed_signers(genesis(), keys, r, of_ledger);
  CHECK(lines.find(approver.str() + " namespaces=\"accept@sallyport,key@sallyport,release@sallyport\"") !=
        std::string::npos);
  CHECK(lines.find(reader.str() + " namespaces=\"accept@sallyport,key@sallyport\"") != std::string::npos);
  CHECK(lines.find("dispatch@") == std::string::npos);
}

TEST_CASE("grants of one person with other ends are lines of their own; the same ends are one line") {
  const Instant from = at("2026-01-01T00:00:00.000Z");
  const std::vector<EnrolledKey> keys = {
      key(approver, key_line(2), "2026-01-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z")};
  const std::string apart =
      allowed_signers(genesis(), keys,
                      roster({{approver, "approver", from, at("2026-03-01T00:00:00.000Z")},
                              {approver, "promoter", from, at("2026-02-01T00:00:00.000Z")}}),
                      roles);
  CHECK(std::ranges::count(apart, '\n') == 2);
  CHECK(
      apart.find("namespaces=\"annex@sallyport,key@sallyport\",valid-after=\"20260101000000Z\",valid-before="
                 "\"20260131235959Z\"") != std::string::npos);
  const std::string together =
      allowed_signers(genesis(), keys,
                      roster({{approver, "approver", from, at("2026-03-01T00:00:00.000Z")},
                              {approver, "promoter", from, at("2026-03-01T00:00:00.000Z")}}),
                      roles);
  CHECK(std::ranges::count(together, '\n') == 1);
  CHECK(together.find("\"annex@sallyport,dispatch@sallyport,key@sallyport\"") != std::string::npos);
}

TEST_CASE("ssh-keygen takes exactly what the file says: person, namespace, first and last second") {
  const Workshop shop;
  const std::vector<EnrolledKey> keys = {
      key(approver, shop.public_key(), "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z")};
  const Roster r =
      roster({{approver, "approver", at("2026-11-20T09:00:00.000Z"), at("2026-11-21T09:00:00.000Z")}});
  shop.write("signers", allowed_signers(genesis(), keys, r, roles));
  shop.write("m", "manifest bytes");
  const auto verifies = [&](std::string_view name_space, std::string_view signed_as, std::string_view time,
                            const PersonId& who) {
    shop.run("rm -f m.sig");
    REQUIRE(shop.run("ssh-keygen -Y sign -f k -n " + std::string(signed_as) + " m"));
    return shop.run("ssh-keygen -Y verify -f signers -I " + who.str() + " -n " + std::string(name_space) +
                    " -Overify-time=" + std::string(time) + " -s m.sig < m");
  };
  const auto dispatched = [&](std::string_view time) {
    return verifies(act::dispatch, act::dispatch, time, approver);
  };
  CHECK(dispatched("20261120120000Z"));
  CHECK(dispatched("20261120090000Z"));
  CHECK(dispatched("20261121085959Z"));
  CHECK_FALSE(dispatched("20261120085959Z"));
  CHECK_FALSE(dispatched("20261121090000Z")); // half-open: ended when now >= until
  CHECK(verifies(act::key, act::key, "20261120120000Z", approver));
  CHECK_FALSE(verifies(act::annex, act::annex, "20261120120000Z", approver));
  CHECK_FALSE(verifies(act::charter, act::charter, "20261120120000Z", approver));
  CHECK_FALSE(verifies(act::dispatch, act::key, "20261120120000Z", approver));
  CHECK_FALSE(verifies(act::dispatch, act::dispatch, "20261120120000Z", owner));
}

TEST_CASE("worked example: audience digest, and signers but for the last second") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle");
  const auto file = [](const std::string& name) {
    return sallyport::testing::read_file(sallyport::testing::shared_data("vectors/worked-bundle/" + name));
  };
  const canon::Value given = canon::parse(file("lane/trust/roster.json")).value();
  Roster r = read<Roster>(given).value();
  for (Grant& grant : r.grants) {
    grant.until = grant.until + Duration{1000}; // there the end itself is written as valid-before
  }
  const auto predicate = [&](const std::string& name) {
    return *canon::parse(file(name)).value().find("statement")->find("predicate");
  };
  GenesisStatement g;
  g.keys_until = at("2030-01-01T00:00:00.000Z");
  const canon::Value owners = predicate("leaves/0000.leaf.json");
  for (const canon::Value& o : *owners.find("owners")->array()) {
    g.owners.push_back({PersonId::parse(*o.find("person")->string()).value(),
                        *o.find("role")->string(),
                        *o.find("key")->string(),
                        "",
                        {},
                        {}});
  }
  std::vector<EnrolledKey> keys;
  for (const char* name : {"leaves/0001.leaf.json", "leaves/0002.leaf.json"}) {
    const canon::Value k = predicate(name);
    keys.push_back({PersonId::parse(*k.find("person")->string()).value(), *k.find("key")->string(), "",
                    at(*k.find("valid_from")->string()), at(*k.find("valid_until")->string())});
  }
  CHECK(allowed_signers(g, keys, r, {{"support-trust-approver"}, "support-trust-approver"}) ==
        file("lane/signers"));

  const canon::Value body = canon::parse(file("leaves/0003.body.json")).value();
  CHECK(crypto::sha256(canon::write(*body.find("audience"))) == r.audience.at("psr-reviewers"));
}
