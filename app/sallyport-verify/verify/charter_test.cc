// A charter that replaced others: each change judged by the rule of the version that it replaced.
#include "verify/testing/cases.h"

using namespace sallyport;
using namespace sallyport::verify;
using namespace sallyport::verify::testing;

namespace {

const std::string by_replaced =
    "rests on fewer owners' ratifications than the charter that it replaces asks for";
const std::string by_new = "rests on fewer owners' ratifications than its new governance asks for";

void set(canon::Object& charter, const char* section, const char* member, canon::Value value) {
  charter.find(section)->object()->set(member, std::move(value));
}

void retitle(canon::Object& charter) {
  charter.set("title", "Another title");
}

void change_signers(canon::Object& charter) { // always protected
  set(charter, "signers", "not_also", canon::Array{"packet-triager"});
}

void more_owners(canon::Object& charter) {
  set(charter, "governance", "owners",
      canon::Array{"psr-governance", "support-governance", std::string(lane::testing::approver_role)});
}

// Version 2 changes something protected and is ratified by both owners; version 3 changes the title only and
// is ratified by one who did not propose it.
Options three_versions() {
  Options options;
  options.later_charters = {{.edit = change_signers}, {.edit = retitle, .ratified_by = {1}}};
  return options;
}

const Release& chain() {
  static const Release release(three_versions());
  return release;
}

Report judged(const Options& options) {
  const Release release(options);
  return judge(release.proof(), trust_of(release));
}

Report judged(const Files& files) {
  static const Trust trust = trust_of(chain());
  return judge(reindexed(files), trust);
}

// Every file of `from` under the version's stem, as the file of another.
void copy_version(Files& files, const std::string& from, const std::string& to) {
  for (const auto& [name, bytes] : Files(files)) {
    if (name.starts_with(from)) {
      files[to + name.substr(from.size())] = bytes;
    }
  }
}

} // namespace

TEST_CASE("a chain of three versions is authentic, each ratified as the one before it asks") {
  accept(three_versions());
  const Files files = chain().lane();
  CHECK(files.contains("trust/charter-2.json"));
  CHECK_FALSE(files.contains("trust/charter-3.json"));
}

TEST_CASE("a charter of version 1 brings no other version along") {
  for (const auto& [name, bytes] : sample().proof()) {
    CHECK_FALSE(name.starts_with("trust/charter-"));
    CHECK_FALSE(name.starts_with("trust/proposed"));
  }
  Files files = sample().proof();
  files["trust/charter-1.json"] = files.at("trust/charter.json");
  CHECK(names(judge(reindexed(files)), "trust/charter-1.json"));
}

TEST_CASE("a protected change that one owner ratified is refused, in every place of the chain") {
  Options options = three_versions();
  options.later_charters[0].ratified_by = {1};
  refuse_both(options, "trust/charter-2.leaf", by_replaced);
  options = three_versions();
  options.later_charters[1].edit = change_signers;
  options.later_charters[0].edit = retitle;
  refuse_both(options, "trust/charter.leaf", by_replaced);
  options = three_versions();
  options.founders = {0};
  refuse_both(options, "trust/charter-1.leaf",
              "rests on fewer owners' ratifications than the charter asks for");
}

TEST_CASE("every section that is always protected, and each that the replaced charter protects, needs all") {
  for (const char* section : {"governance", "lane", "lineage", "scope", "signers"}) {
    Options options;
    options.charter = [&](canon::Object& charter) {
      if (charter.find(section) == nullptr) {
        charter.set(section, canon::Object{});
      }
    };
    options.later_charters = {
        {.edit =
             [&](canon::Object& charter) { set(charter, section, "more", canon::Object{{"type", "set"}}); },
         .ratified_by = {1}}};
    CHECK_MESSAGE(says(judged(options), "trust/charter.leaf", by_replaced), section);
    options.later_charters[0].ratified_by = {0, 1};
    CHECK_MESSAGE(judged(options).authentic(), section);
  }
  for (const char* section : {"admission", "agents", "clocks", "exposure", "holds", "sources"}) {
    Options options;
    options.charter = [&](canon::Object& charter) {
      set(charter, "governance", "protects", canon::Array{section});
    };
    options.later_charters = {{.edit =
                                   [&](canon::Object& charter) {
                                     canon::Object text;
                                     if (canon::Value* now = charter.find(section)) {
                                       text = *now->object();
                                     }
                                     text.set("more", 1);
                                     charter.set(section, std::move(text));
                                   },
                               .ratified_by = {1}}};
    CHECK_MESSAGE(says(judged(options), "trust/charter.leaf", by_replaced), section);
    options.charter = [](canon::Object&) {}; // which protects no such section
    CHECK_MESSAGE(judged(options).authentic(), section);
  }
  Options options;
  options.charter = [](canon::Object& charter) {
    set(charter, "governance", "protects", canon::Array{"title"});
  };
  CHECK(names(judged(options), "trust/charter.json"));
}

TEST_CASE("a change of governance needs the new governance too") {
  Options options;
  options.later_charters = {{.edit = more_owners}};
  refuse_both(options, "trust/charter.leaf", by_new);
  options.later_charters[0].ratified_by = {0, 1, 2};
  accept(options);
  options.later_charters.push_back({.edit = change_signers}); // judged by the version that it replaces
  refuse_both(options, "trust/charter.leaf", by_replaced);

  options = {};
  options.charter = [](canon::Object& charter) {
    set(charter, "governance", "rule", "n_of_m");
    set(charter, "governance", "n", 2);
    more_owners(charter);
  };
  options.later_charters = {{.edit = change_signers, .ratified_by = {1, 2}}};
  accept(options);
  options.later_charters[0].ratified_by = {1};
  refuse_both(options, "trust/charter.leaf", by_replaced);
}

TEST_CASE("a ratification counts by an owner, for this charter, in place of the one before it") {
  Options options = three_versions();
  options.later_charters[1].ratified_by = {2};
  refuse_both(options, "trust/ratify-1.leaf", "is by a person who held no owner role then");
  refuse_both(options, "trust/charter.leaf", by_replaced);
  options = three_versions();
  options.later_charters[0].ratified_by = {0, 1, 2};
  refuse_both(options, "trust/charter-2-ratify-3.leaf", "is by a person who held no owner role then");
  options = three_versions();
  options.later_charters[0].ratified_by = {0, 0};
  refuse_both(options, "trust/charter-2.leaf", by_replaced);

  const std::string replacement = "ratifies the replacement of another charter";
  for (const auto& replaces : {std::optional<Digest>(), std::optional(Digest{})}) {
    options = three_versions();
    options.later_charters[0].ratify = [&](packet::RatifyStatement& s) { s.replaces = replaces; };
    refuse_both(options, "trust/charter-2-ratify-1.leaf", replacement);
    options = three_versions();
    options.later_charters[1].ratify = [&](packet::RatifyStatement& s) { s.replaces = replaces; };
    refuse_both(options, "trust/ratify-1.leaf", replacement);
  }
  options = three_versions();
  options.later_charters[1].ratify = [](packet::RatifyStatement& s) { s.digest = {}; };
  refuse_both(options, "trust/ratify-1.leaf", "ratifies another charter");
}

TEST_CASE("who proposed a charter does not ratify it alone") {
  Options options = three_versions();
  options.later_charters[1].proposed_by = 1;
  refuse_both(options, "trust/charter.leaf", "rests on the ratification of its proposer alone");
  options.later_charters[1].ratified_by = {0, 1};
  accept(options);
}

TEST_CASE("a charter comes as long after its ratification as the one that it replaces asks") {
  Options options = three_versions();
  options.charter = [](canon::Object& charter) { set(charter, "governance", "min_notice", 1000); };
  options.later_charters[0].edit = [](canon::Object& charter) {
    set(charter, "governance", "min_notice", 60'000);
  };
  const std::string soon = "came sooner after its last ratification than the charter lets it";
  refuse_both(options, "trust/charter.leaf", soon);
  CHECK_FALSE(names(judged(options), "trust/charter-2.leaf"));
  options.later_charters[1].notice = {59'000};
  accept(options);
}

TEST_CASE("a link that is taken out of the chain is named") {
  for (const auto& [name, bytes] : chain().proof()) {
    if (name.starts_with("trust/")) {
      Files files = chain().proof();
      files.erase(name);
      CHECK_MESSAGE(names(judged(files), name), name);
    }
  }
  for (const std::string stem : {"trust/charter-1", "trust/charter-2"}) {
    Files files = chain().proof();
    std::erase_if(files, [&](const auto& file) { return file.first.starts_with(stem); });
    CHECK(says(judged(files), stem + ".json", "is missing"));
  }
  // A ratification, as if there never had been one.
  lane::BundleInput input = chain().proof_input();
  input.earlier_charters[1].ratifications.pop_back();
  const Report report = judged(lane::assemble(input).value());
  CHECK(says(report, "trust/charter-2.leaf", "rests on other ratifications than this bundle has"));
  CHECK(says(report, "trust/charter-2.leaf", by_replaced));
}

TEST_CASE("a version too many, twice, or in the place of another is named") {
  Files files = chain().proof();
  copy_version(files, "trust/charter-2", "trust/charter-3");
  CHECK(names(judged(files), "trust/charter-3.json"));
  files = chain().proof();
  copy_version(files, "trust/charter-1", "trust/charter-2");
  CHECK(says(judged(files), "trust/charter-2.json", "is not the version that follows the one before it"));
  lane::BundleInput input = chain().proof_input();
  std::swap(input.earlier_charters[0], input.earlier_charters[1]);
  Report report = judged(lane::assemble(input).value());
  CHECK(says(report, "trust/charter-1.json", "is not the version that follows the one before it"));
  CHECK(says(report, "trust/charter-2.json", "is not the version that follows the one before it"));
  files = chain().proof();
  std::swap(files.at("trust/charter-1.json"), files.at("trust/charter-2.json"));
  report = judged(files);
  CHECK(says(report, "trust/charter-1.json", "is not the charter that was activated"));
  CHECK(says(report, "trust/charter-2.json", "is not the charter that was activated"));
}

TEST_CASE("a version is of the same charter, lane, class and flow as the one before it") {
  const std::vector<std::function<void(canon::Object&)>> edits = {
      [](canon::Object& c) { c.set("charter", "another"); },
      [](canon::Object& c) {
        c.set("flow", "co_release"); // which has a ledger
        c.set("ledger",
              canon::Object{{"categories", canon::Array{}}, {"owner", canon::Object{{"role", "owner"}}}});
      },
      [](canon::Object& c) { c.set("packet_class", "another"); },
      [](canon::Object& c) { c.set("version", 9); },
      [](canon::Object& c) { set(c, "lane", "id", "Q-OTHER"); }};
  for (const auto& edit : edits) {
    Options options = three_versions();
    options.later_charters[0].edit = edit;
    CHECK(says(judged(options), "trust/charter-2.json", "is not the version that follows the one before it"));
  }
}

TEST_CASE("whoever has the log's key alone can make no charter come") {
  const auto with = [](std::function<void(packet::Record&)> edit, const std::string& file,
                       const std::string& reason) {
    Options options = three_versions();
    options.record = std::move(edit);
    refuse_both(options, file, reason);
  };
  const auto of_version = []<class T>(std::uint32_t version, std::function<void(T&)> edit) {
    return [=](packet::Record& record) {
      if (T* t = std::get_if<T>(&record); t != nullptr && t->version == version) {
        edit(*t);
      }
    };
  };
  using packet::CharterActivated;
  using packet::CharterProposed;
  with(of_version.operator()<CharterProposed>(3, [](CharterProposed& r) { r.digest = {}; }),
       "trust/proposed.leaf", "proposes another charter");
  with(of_version.operator()<CharterProposed>(1, [](CharterProposed& r) { r.lane = "Q-OTHER"; }),
       "trust/charter-1-proposed.leaf", "proposes another charter");
  with(of_version.operator()<CharterActivated>(2, [](CharterActivated& r) { r.ratified.pop_back(); }),
       "trust/charter-2.leaf", "rests on other ratifications than this bundle has");
  with(of_version.operator()<CharterActivated>(2, [](CharterActivated& r) { r.digest = {}; }),
       "trust/charter-2.json", "is not the charter that was activated");
  with(of_version.operator()<CharterActivated>(1, [](CharterActivated& r) { r.charter = "x"; }),
       "trust/charter-1.leaf", "activates another charter or version");
  const auto resigned = [n = 0](packet::Record& record) mutable {
    if (auto* r = std::get_if<packet::CharterRatified>(&record); r != nullptr && ++n == 4) {
      r->act.sigs[0].sig[100] ^= 1;
    }
  };
  const Report report = judged([&] {
    Options options = three_versions();
    options.record = resigned;
    return options;
  }());
  CHECK(names(report, "trust/charter-2-ratify-2.leaf"));
}

namespace {

// A release in whose log two leaves stand in each other's place.
Release with_swapped(const Options& options, packet::LeafNumber one, packet::LeafNumber other) {
  std::vector<packet::Record> records;
  Options plain = options;
  plain.record = [&](packet::Record& record) { records.push_back(record); };
  const Release before(plain);
  Options swapped = options;
  swapped.record = [&, n = packet::LeafNumber{0}](packet::Record& record) mutable {
    if (n == one || n == other) {
      record = records.at(n == one ? other : one);
    }
    ++n;
  };
  return Release(swapped);
}

packet::LeafNumber number_of(const lane::ProvenLeaf& leaf) {
  return packet::decode(leaf.leaf).value().n;
}

} // namespace

TEST_CASE("a charter is proposed after the one before it came, and ratified after that") {
  const lane::BundleInput& plain = chain().proof_input();
  const Release early = with_swapped(three_versions(), number_of(plain.earlier_charters[0].activated),
                                     number_of(plain.earlier_charters[1].proposed));
  lane::BundleInput input = early.proof_input();
  std::swap(input.earlier_charters[0].activated, input.earlier_charters[1].proposed);
  CHECK(says(judge(lane::assemble(input).value(), trust_of(early)), "trust/charter-2-proposed.leaf",
             "precedes the charter that it changes"));

  const Release late =
      with_swapped(three_versions(), number_of(*plain.proposed), number_of(plain.ratifications[0]));
  input = late.proof_input();
  std::swap(*input.proposed, input.ratifications[0]);
  CHECK(says(judge(lane::assemble(input).value(), trust_of(late)), "trust/ratify-1.leaf",
             "precedes the proposal that it ratifies"));
}

namespace {

const std::string owner_role = "support-governance";

void pass_role_on(packet::Roster& roster, Instant until) { // from the second owner to an approver
  roster.grants.push_back({sample().first, owner_role, lane::testing::at("2026-11-01T00:00:00.000Z"), until});
}

// The roster passes an owner's role on before version 2, and back before version 3.
Options three_rosters() {
  Options options;
  options.later_charters = {{.edit = change_signers, .ratified_by = {0, 2}}, {.edit = [](canon::Object& c) {
                              set(c, "signers", "not_also", canon::Array{});
                            }}};
  options.later_charters[0].roster = [](packet::Roster& roster) {
    pass_role_on(roster, lane::testing::at("2027-11-01T00:00:00.000Z"));
  };
  options.later_charters[1].roster = [](packet::Roster& roster) {
    std::erase_if(roster.grants, [](const packet::Grant& grant) { return grant.role == owner_role; });
  };
  return options;
}

} // namespace

TEST_CASE("an owner's role is held by whom the roster in force names then") {
  accept(three_rosters());
  const std::string nobody = "is by a person who held no owner role then";
  Options options = three_rosters();
  options.later_charters[0].ratified_by = {0, 1};
  refuse_both(options, "trust/charter-2-ratify-2.leaf", nobody);
  refuse_both(options, "trust/charter-2.leaf", by_replaced);
  options = three_rosters();
  options.later_charters[1].ratified_by = {0, 2};
  refuse_both(options, "trust/ratify-2.leaf", nobody);
  options = three_rosters();
  options.later_charters[0].roster = [](packet::Roster& roster) {
    pass_role_on(roster, lane::testing::at("2026-11-20T12:00:00.000Z"));
  };
  refuse_both(options, "trust/charter-2-ratify-2.leaf", nobody);
}

namespace {

const Instant next_year = lane::testing::at("2027-11-01T00:00:00.000Z");

// Version 1 of the charter is ratified by an owner of genesis and by somebody to whom roster 1 grants the
// other owner's role; every release under it comes after the rosters that follow.
Options changed_since(std::vector<std::function<void(packet::Roster&)>> later_rosters) {
  Options options;
  options.roster = [](packet::Roster& roster) { pass_role_on(roster, next_year); };
  options.founders = {0, 2};
  options.later_rosters = std::move(later_rosters);
  return options;
}

void leave(packet::Roster& roster) {
  std::erase_if(roster.grants, [](const packet::Grant& grant) { return grant.role == owner_role; });
}

void renew(packet::Roster& roster) {
  for (packet::Grant& grant : roster.grants) {
    if (grant.role == owner_role) {
      grant.from = lane::testing::at("2026-12-01T00:00:00.000Z"); // after everything in the sample
    }
  }
}

} // namespace

TEST_CASE("a charter stands by the roster of its time, though an owner left or was granted anew since") {
  accept(changed_since({leave}));
  accept(changed_since({renew}));
  accept(changed_since({renew, leave}));
  Options options = changed_since({leave});
  options.founders = {0, 1}; // as genesis and the present roster have it, but not the first
  refuse_both(options, "trust/ratify-2.leaf", "is by a person who held no owner role then");
  refuse_both(options, "trust/charter.leaf",
              "rests on fewer owners' ratifications than the charter asks for");
}

TEST_CASE("version 1 of a charter is judged by the rosters from 1 on, and without them not at all") {
  const auto passed_on = [](packet::Roster& roster) { pass_role_on(roster, next_year); };
  Options options;
  options.later_rosters = {passed_on}; // of no account: it came after the ratification
  accept(options);
  options.founders = {0, 2};
  refuse_both(options, "trust/ratify-2.leaf", "is by a person who held no owner role then");
  options = {};
  options.roster = [&](packet::Roster& roster) {
    passed_on(roster);
    roster.version = 2;
  };
  refuse_both(options, "trust/roster-1.json", "is missing");
  options.roster = [](packet::Roster& roster) { roster.version = 0; };
  refuse_both(options, "trust/roster.json", "is not the version of the lane's roster that its name says");
}

TEST_CASE("under a charter of version 1 rosters are a chain too") {
  const Release release(changed_since({renew, leave}));
  const Trust trust = trust_of(release);
  for (const auto& [name, bytes] : release.proof()) {
    if (name.starts_with("trust/roster")) {
      Files files = release.proof();
      files.erase(name);
      CHECK_MESSAGE(names(judge(reindexed(files), trust), name), name);
    }
  }
  for (const std::string stem : {"trust/roster-1", "trust/roster-2"}) {
    Files files = release.proof();
    std::erase_if(files, [&](const auto& file) { return file.first.starts_with(stem); });
    CHECK(says(judge(reindexed(files), trust), stem + ".json", "is missing"));
  }
  Files files = release.proof();
  copy_version(files, "trust/roster-2", "trust/roster-3");
  CHECK(names(judge(reindexed(files), trust), "trust/roster-3.json"));
  lane::BundleInput input = release.proof_input();
  std::swap(input.earlier_rosters[0], input.earlier_rosters[1]);
  const Report report = judge(lane::assemble(input).value(), trust);
  for (const char* file : {"trust/roster-1.json", "trust/roster-2.json"}) {
    CHECK(says(report, file, "is not the version of the lane's roster that its name says"));
  }
}

TEST_CASE("a charter comes after its lane's roster") {
  const lane::BundleInput& plain = sample().proof_input();
  const Release release = with_swapped({}, number_of(plain.roster), number_of(plain.charter));
  lane::BundleInput input = release.proof_input();
  std::swap(input.roster, input.charter);
  CHECK(says(judge(lane::assemble(input).value(), trust_of(release)), "trust/charter.leaf",
             "was activated before its lane had a roster"));
}

TEST_CASE("a grant that ends between ratification and activation does not carry the charter") {
  Options options = three_rosters();
  options.later_charters[0].roster = [](packet::Roster& roster) {
    pass_role_on(roster, lane::testing::at("2026-11-20T12:01:00.000Z"));
  };
  options.later_charters[0].notice = {60'000};
  refuse_both(options, "trust/charter-2.leaf", by_replaced);
}

TEST_CASE("rosters are a chain too") {
  const Release release(three_rosters());
  const Trust trust = trust_of(release);
  for (const auto& [name, bytes] : release.proof()) {
    if (name.starts_with("trust/roster")) {
      Files files = release.proof();
      files.erase(name);
      CHECK_MESSAGE(names(judge(reindexed(files), trust), name), name);
    }
  }
  lane::BundleInput input = release.proof_input();
  std::swap(input.earlier_rosters[0], input.earlier_rosters[1]);
  const Report report = judge(lane::assemble(input).value(), trust);
  for (const char* file : {"trust/roster-1.json", "trust/roster-2.json"}) {
    CHECK(says(report, file, "is not the version of the lane's roster that its name says"));
  }
  for (const auto& replaces : {std::optional<Digest>(), std::optional(Digest{})}) {
    Options options = three_rosters();
    options.later_charters[0].roster_act = [&](packet::RosterStatement& s) { s.replaces = replaces; };
    refuse_both(options, "trust/roster-2.leaf", "replaces another roster than the one before it");
  }
  Options options = three_rosters();
  options.record = [](packet::Record& record) {
    if (auto* roster = std::get_if<packet::RosterActivated>(&record);
        roster != nullptr && roster->version == 2) {
      roster->act.sigs.pop_back();
    }
  };
  refuse_both(options, "trust/roster-2.leaf", "is not signed by every owner of the log");
}

TEST_CASE("one bit flipped anywhere in what an earlier version brings along is a fault") {
  const Release release(three_rosters());
  const Trust trust = trust_of(release);
  const Files files = release.proof();
  Files damaged = files;
  std::size_t count = 0;
  for (const auto& [name, bytes] : files) {
    if (!name.starts_with("trust/charter") && !name.starts_with("trust/roster") &&
        !name.starts_with("trust/proposed")) {
      continue;
    }
    for (std::size_t i = 0; i < bytes.size(); i += stride(37)) {
      damaged[name][i] = static_cast<char>(bytes[i] ^ (1 << (count++ % 8)));
      REQUIRE_MESSAGE(names(judge(damaged, trust), name), name, " at ", i);
      if (i % stride(121) == 0) {
        REQUIRE_MESSAGE(!judge(reindexed(damaged), trust).faults.empty(), name, " at ", i);
      }
      damaged[name][i] = bytes[i];
    }
  }
}
