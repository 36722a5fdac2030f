// What people signed beside the manifest: a release that rests on it is proved by it, and by nothing less.
#include "verify/testing/cases.h"

using namespace sallyport;
using namespace sallyport::verify;
using namespace sallyport::verify::testing;
using lane::testing::ActOptions;

namespace {

constexpr std::size_t approver = 2; // numbers of lane::testing::ActOptions
constexpr std::size_t lead = 3, second_lead = 4, third_lead = 5, unknown_key = 6;

Options with(ActOptions acts) {
  Options options;
  acts.leads = true;
  options.acts = std::move(acts);
  return options;
}

// Everything at once that goes together: a part of a scope has no annex.
const Release& with_acts(bool partial) {
  static const Release part(with({.override_by = {lead, second_lead},
                                  .ratify_by = {third_lead},
                                  .split_by = {lead},
                                  .partial_by = lead}));
  static const Release whole(
      with({.override_by = {lead, second_lead}, .ratify_by = {third_lead}, .split_by = {lead, second_lead}}));
  return partial ? part : whole;
}

bool is_act(const std::string& name) {
  return name.starts_with("overrides/") || name.starts_with("substitutes/") || name.starts_with("splits/") ||
         name.starts_with("promotions/") || name.starts_with("partial.");
}

template <class T> Options recorded(ActOptions acts, std::function<void(T&)> edit) {
  Options options = with(std::move(acts));
  options.record = [edit = std::move(edit)](packet::Record& record) {
    if (auto* of_kind = std::get_if<T>(&record)) {
      edit(*of_kind);
    }
  };
  return options;
}

// The value at the path, to be changed.
canon::Object& at(canon::Object& charter, const std::vector<std::string>& path) {
  canon::Object* here = &charter;
  for (const std::string& name : path) {
    here = here->find(name)->object();
  }
  return *here;
}

canon::Object& override_rule(canon::Object& charter) {
  return at(charter, {"holds", "codes", "FRESH.MISSING", "override"});
}

} // namespace

TEST_CASE(
    "a release is authentic by the override, substitute, split, partial split or annex that it rests on") {
  for (const bool partial : {false, true}) {
    for (const Files& files : {with_acts(partial).lane(), with_acts(partial).proof()}) {
      const Report report = judge(files, trust_of(with_acts(partial)));
      CHECK_MESSAGE(report.authentic(), told(report));
    }
  }
  accept(with({}));
  accept(with({.override_by = {lead, second_lead, third_lead}}));
  accept(with({.ratify_by = {lead}}));
  accept(with({.split_by = {lead, lead, second_lead}}));
  accept(with({.partial_by = second_lead}));
}

TEST_CASE("one bit flipped in any act is a fault, though the index is made to agree") {
  for (const bool partial : {false, true}) {
    const Trust trust = trust_of(with_acts(partial));
    for (const Files& files : {with_acts(partial).lane(), with_acts(partial).proof()}) {
      Files damaged = files;
      std::size_t count = 0;
      for (const auto& [name, bytes] : files) {
        for (std::size_t i = 0; is_act(name) && i < bytes.size(); i += stride(127)) {
          damaged[name][i] = static_cast<char>(bytes[i] ^ (1 << (count++ % 8)));
          REQUIRE_MESSAGE(names(judge(damaged, trust), name), name, " at ", i);
          REQUIRE_MESSAGE(!judge(reindexed(damaged), trust).faults.empty(), name, " at ", i);
          damaged[name][i] = bytes[i];
        }
      }
    }
  }
}

TEST_CASE("an act's file removed is named, alone or with its proof") {
  for (const bool partial : {false, true}) {
    const Trust trust = trust_of(with_acts(partial));
    for (const Files& files : {with_acts(partial).lane(), with_acts(partial).proof()}) {
      for (const auto& [name, bytes] : files) {
        if (!is_act(name)) {
          continue;
        }
        Files fewer = files;
        fewer.erase(name);
        CHECK_MESSAGE(names(judge(reindexed(fewer), trust), name), name);
        const std::string stem = name.substr(0, name.rfind('.'));
        fewer.erase(stem + ".leaf");
        fewer.erase(stem + ".tlog-proof");
        CHECK_MESSAGE(!judge(reindexed(fewer), trust).authentic(), name);
      }
    }
  }
  Files fewer = with_acts(false).lane();
  fewer.erase("overrides/2.leaf");
  fewer.erase("overrides/2.tlog-proof");
  CHECK(says(judge(reindexed(fewer), trust_of(with_acts(false))), "overrides/2.leaf",
             "is missing: fewer persons override a hold than the charter asks for"));
}

TEST_CASE("an act that the release does not rest on is refused") {
  const auto more = [](const std::string& from, const std::string& to) {
    for (Files files : {sample().lane(), sample().proof()}) {
      for (const char* end : {".leaf", ".tlog-proof"}) {
        files[to + end] = files.at(from + end);
      }
      CHECK_MESSAGE(names(judge(reindexed(files)), to + ".leaf"), to);
    }
  };
  for (const char* to : {"overrides/1", "splits/1"}) {
    more("signatures/1", to); // of another kind
  }
  more("promotions/1", "promotions/2");
  Files ratified = sample().lane();
  for (const char* end : {".leaf", ".tlog-proof"}) {
    ratified[std::string("substitutes/1") + end] = ratified.at(std::string("signatures/1") + end);
  }
  CHECK(says(judge(reindexed(ratified)), "substitutes/drafted.leaf", "is missing"));
  Files lane = sample().lane();
  lane["partial.json"] = with_acts(true).lane().at("partial.json");
  CHECK(says(judge(reindexed(lane)), "partial.json", "splits a scope that crossed whole"));
  // Another deployment's acts, each well signed there.
  Options other = with({.override_by = {lead, second_lead}, .split_by = {lead}, .partial_by = lead});
  other.seed = 9;
  const Release foreign_acts(other);
  for (const auto& [name, bytes] : foreign_acts.proof()) {
    if (is_act(name) && name.ends_with(".leaf") && with_acts(true).proof().contains(name)) {
      Files mixed = with_acts(true).proof();
      mixed[name] = bytes;
      CHECK_MESSAGE(names(judge(reindexed(mixed), trust_of(with_acts(true))), name), name);
    }
  }
}

TEST_CASE(
    "INV-21: a hold crosses only by as many overriders as the charter asks, different, entitled, in time, "
    "and none of them a signer") {
  const auto refuse = [](const Options& options, const std::string& file, const std::string& reason) {
    refuse_both(options, file, reason);
  };
  refuse(with({.override_by = {lead}}), "overrides/2.leaf",
         "is missing: fewer persons override a hold than the charter asks for");
  refuse(with({.override_by = {lead, lead}}), "overrides/2.leaf", "is a second override by one person");
  refuse(with({.override_by = {lead, approver}}), "overrides/2.leaf",
         "is by a person who did not hold a role for it until the release");
  Options both = with({.override_by = {lead, approver}});
  both.roster = [](packet::Roster& roster) {
    roster.grants.push_back({PersonId::from_random(21), std::string(lane::testing::lead_role),
                             roster.grants.front().from, roster.grants.front().until});
  };
  refuse(both, "overrides/2.leaf", "is by a person who signed the manifest too");
  refuse(with({.override_by = {lead, unknown_key}}), "overrides/2.leaf",
         "is signed with a key that this bundle does not prove to be that person's");
  Options late = with({.override_by = {lead, second_lead}});
  late.charter = [](canon::Object& charter) { override_rule(charter).set("max_age", 3'000); };
  refuse(late, "overrides/1.leaf", "was older at the release than the charter lets it stand");
  late.charter = [](canon::Object& charter) { override_rule(charter).set("max_age", 3'600'000); };
  accept(late);
  Options more = with({.override_by = {lead, second_lead}});
  more.charter = [](canon::Object& charter) { override_rule(charter).set("count", 3); };
  refuse(more, "overrides/3.leaf", "is missing: fewer persons override a hold than the charter asks for");
  Options strong = with({.override_by = {lead, second_lead}});
  strong.key_class_min = "sk";
  refuse(strong, "overrides/1.leaf", "is signed with a key of a lower class than the charter asks for");

  ActOptions another{.override_by = {lead, second_lead}};
  another.override_act = [](packet::OverrideStatement& said) { said.hold = HoldId::from_random(5); };
  refuse(with(another), "overrides/1.leaf", "is for a hold that did not cross by override");
  another.override_act = [](packet::OverrideStatement& said) { said.manifest_digest.bytes[0] ^= 1; };
  refuse(with(another), "overrides/1.leaf", "is for another manifest");
  another.override_act = [](packet::OverrideStatement& said) { said.manifest = ManifestId::from_random(5); };
  refuse(with(another), "overrides/1.leaf", "is for another manifest");
  another.override_act = [](packet::OverrideStatement& said) { said.origin = "sallyport.example/other"; };
  refuse(with(another), "overrides/1.leaf", "is for another manifest");
  refuse(recorded<packet::HoldOverridden>(
             {.override_by = {lead, second_lead}},
             [](packet::HoldOverridden& r) { r.person = PersonId::from_random(5); }),
         "overrides/1.leaf", "is signed by another person than its leaf names");
  refuse(recorded<packet::HoldOverridden>(
             {.override_by = {lead, second_lead}},
             [](packet::HoldOverridden& r) {
               r.act.statement.object()->find("predicate")->object()->set("rationale", std::string(43, 'A'));
             }),
         "overrides/1.leaf", "the signature does not fit the message and the key");
}

TEST_CASE("only FRESH.MISSING crosses by override, and only where the charter lets it") {
  Options options = with({.override_by = {lead, second_lead}});
  options.manifest = [](packet::Manifest& m) { m.holds.front().code = "FRESH.STALE"; };
  refuse_both(options, "manifest.json", "binds a hold that neither crosses visibly nor may be overridden");
  options.manifest = [](packet::Manifest&) {};
  options.charter = [](canon::Object& charter) { at(charter, {"holds", "codes"}).erase("FRESH.MISSING"); };
  refuse_both(options, "manifest.json", "binds a hold that neither crosses visibly nor may be overridden");
  options.charter = [](canon::Object& charter) {
    at(charter, {"holds", "codes"})
        .set("FRESH.STALE", canon::Object{{"override", canon::Value(override_rule(charter))}});
  };
  const Report report = judge(Release(options).proof(), trust_of(Release(options)));
  CHECK_MESSAGE(names(report, "trust/charter.json"), told(report));
}

TEST_CASE("a substitute counts where the charter lets them and another person ratified it") {
  const auto refuse = [](const Options& options, const std::string& reason) {
    refuse_both(options, "substitutes/1.leaf", reason);
  };
  refuse(with({.ratify_by = {approver}}), "is by the substitute");
  refuse(with({.ratify_by = {1}}), "is by a person who did not hold the role for it until the release");
  refuse(with({.ratify_by = {unknown_key}}),
         "is signed with a key that this bundle does not prove to be that person's");
  refuse_both(with({.ratify_by = {lead, lead}}), "substitutes/2.leaf",
              "is a second ratification of one substitute");
  Options late = with({.ratify_by = {lead}});
  late.charter = [](canon::Object& charter) {
    at(charter, {"signers", "substitute", std::string(lane::testing::approver_role)}).set("max_age", 2'000);
  };
  refuse(late, "was older at the release than the charter lets it stand");
  ActOptions another{.ratify_by = {lead}};
  another.substitute_act = [](packet::SubstituteStatement& said) {
    said.substitute = PersonId::from_random(22);
  };
  refuse(with(another), "is for a substitute whom the manifest does not name");
  another.substitute_act = [](packet::SubstituteStatement& said) { said.role = "another-role"; };
  refuse(with(another), "is for a substitute whom the manifest does not name");
  another.substitute_act = [](packet::SubstituteStatement& said) { said.manifest_digest.bytes[0] ^= 1; };
  refuse(with(another), "is for another manifest");

  const PersonId first_lead = PersonId::from_random(23);
  const std::string own = "is by the person who drafted or submitted the manifest";
  refuse(recorded<packet::PrincipalAdded>({.ratify_by = {lead}},
                                          [&](packet::PrincipalAdded& r) { r.person = first_lead; }),
         own);
  refuse(recorded<packet::PrincipalAdded>({.ratify_by = {lead}},
                                          [&](packet::PrincipalAdded& r) {
                                            r.person.reset(); // an agent: who answers for it drafted
                                            r.operator_ = first_lead;
                                          }),
         own);
  refuse(recorded<packet::ManifestSubmitted>({.ratify_by = {lead}},
                                             [&](packet::ManifestSubmitted& r) { r.person = first_lead; }),
         own);
  refuse_both(
      recorded<packet::PrincipalAdded>(
          {.ratify_by = {lead}}, [](packet::PrincipalAdded& r) { r.account = AccountId::from_random(5); }),
      "substitutes/drafter.leaf", "is not the account that drafted the manifest");
  refuse_both(
      recorded<packet::ManifestDrafted>(
          {.ratify_by = {lead}}, [](packet::ManifestDrafted& r) { r.id = ManifestId::from_random(5); }),
      "substitutes/drafted.leaf", "drafts another manifest");
  refuse_both(recorded<packet::ManifestSubmitted>({.ratify_by = {lead}},
                                                  [](packet::ManifestSubmitted& r) { r.manifest = {}; }),
              "substitutes/submitted.leaf", "submits another manifest");
  // Whoever stands in without a manifest that says so signs for a role that they do not hold.
  Options silent = with({.ratify_by = {lead}});
  silent.manifest = [](packet::Manifest& m) { m.signers.substitutes.reset(); };
  refuse(silent, "is for a substitute whom the manifest does not name");
  refuse_both(silent, "signatures/1.leaf", "was made outside the time of its person's grant");
  Options by = with({.ratify_by = {lead}});
  by.manifest = [](packet::Manifest& m) { m.signers.substitutes->front().by = "another-role"; };
  refuse_both(by, "manifest.json", "names a substitute whom the charter does not let stand in");
}

TEST_CASE("C07: each packet that the manifest names beside itself was told apart by a person who may") {
  const std::string apart = "splits other packets";
  refuse_both(with({.split_by = {approver}}), "splits/1.leaf",
              "is signed by a person who held no role for it then");
  refuse_both(with({.split_by = {unknown_key}}), "splits/1.leaf",
              "is signed with a key that this bundle does not prove to be that person's");
  ActOptions another{.split_by = {lead}};
  another.split_act = [](packet::SplitStatement& said) {
    const PacketId other = PacketId::from_random(1), kept = said.second;
    said.first = std::min(other, kept);
    said.second = std::max(other, kept);
  };
  const Release other_pair(with(another));
  CHECK(names(judge(other_pair.lane(), trust_of(other_pair)), "splits/1.leaf"));
  another.split_act = [](packet::SplitStatement& said) { said.rationale = {}; };
  const Release other_reason(with(another));
  CHECK(says(judge(other_reason.lane(), trust_of(other_reason)), "disclosures.json",
             "does not open exactly the rationales of the splits"));
  Options silent = with({.split_by = {lead}});
  silent.manifest = [](packet::Manifest& m) { m.also.reset(); };
  refuse_both(silent, "splits/1.leaf", "is from a packet that the manifest does not name");
  Options more = with({.split_by = {lead}});
  more.manifest = [](packet::Manifest& m) {
    m.also->push_back(PacketId::from_random(90));
    std::ranges::sort(*m.also);
  };
  refuse_both(more, "splits/2.leaf", "is missing: nobody splits the packet from one that the manifest names");
  refuse_both(recorded<packet::DuplicateSplit>(
                  {.split_by = {lead}}, [](packet::DuplicateSplit& r) { std::swap(r.packet, r.other); }),
              "splits/1.leaf", apart);
  const Files lane = edited(with_acts(false).lane(), "disclosures.json",
                            [](canon::Value& value) { value.object()->erase("rationales"); });
  CHECK(says(judge(lane, trust_of(with_acts(false))), "disclosures.json",
             "does not open exactly the rationales of the splits"));
  const Files proof = edited(with_acts(false).proof(), "disclosures.json", [](canon::Value& value) {
    value.object()->set("rationales",
                        canon::Array{packet::rationale_disclosure({9}, "Another case: 0").encoded});
  });
  CHECK(says(judge(proof, trust_of(with_acts(false))), "disclosures.json",
             "opens something, and a proof bundle opens nothing"));
}

TEST_CASE("T24: of a part of a scope the free elements cross and nothing that names a held one or none") {
  const auto both = [](const Options& options, const std::string& reason) {
    const Release release(options);
    CHECK_MESSAGE(says(judge(release.lane(), trust_of(release)), "partial.json", reason),
                  told(judge(release.lane(), trust_of(release))));
    CHECK_MESSAGE(says(judge(release.proof(), trust_of(release)), "partial.leaf", reason),
                  told(judge(release.proof(), trust_of(release))));
  };
  const std::string nobodys = "is signed with a key that this bundle does not prove to be that person's";
  both(with({.partial_by = unknown_key}), nobodys);
  const Release no_role(with({.partial_by = approver}));
  CHECK(says(judge(no_role.lane(), trust_of(no_role)), "partial.json",
             "is signed by a person who held no role for it"));
  CHECK(says(judge(no_role.proof(), trust_of(no_role)), "partial.leaf",
             "is signed by a person who held no role for it then"));
  ActOptions another{.partial_by = lead};
  another.partial_act = [](packet::PartialStatement& said) { said.held = {"t3"}; };
  both(with(another), "names other elements than the revision has");
  another.partial_act = [](packet::PartialStatement& said) { said.revision_digest = {}; };
  both(with(another), "splits another revision");
  another.partial_act = [](packet::PartialStatement& said) { said.dimension = "region"; };
  both(with(another), "names other elements than the revision has");
  another.partial_act = [](packet::PartialStatement& said) { std::swap(said.free, said.held); };
  const Release swapped(with(another));
  CHECK(says(judge(swapped.lane(), trust_of(swapped)), "disclosures.json",
             "opens something that names a held element or none"));

  const auto also_shows = [](const std::string& what, bool bind) {
    Options options = with({.partial_by = lead});
    const Release& all = with_acts(true);
    for (const packet::Disclosure& disclosure : all.disclosures()) {
      if (disclosure.name == what) {
        options.view = [digest = disclosure.digest](packet::View& view) {
          view.disclosures.push_back(digest);
          std::ranges::sort(view.disclosures);
        };
        options.manifest = [digest = disclosure.digest, bind](packet::Manifest& m) {
          if (bind) {
            m.scope.at("tenant").push_back(digest);
            std::ranges::sort(m.scope.at("tenant"));
          }
        };
      }
    }
    const Release release(options);
    CHECK_MESSAGE(says(judge(release.lane(), trust_of(release)), "disclosures.json",
                       "opens something that names a held element or none"),
                  what);
  };
  also_shows("/scope/tenant/t2:pseudonym", true);
  also_shows("/scope/tenant/t2", true);
  also_shows("/narrative", false);
  also_shows("/caveats/k1/text", false);

  Options annex = with({.partial_by = lead});
  annex.view = [](packet::View& view) {
    view.parts = {packet::seal(packet::testing::sample_submission(), {}, packet::testing::seeded_salts(7))
                      .value()
                      .parts.at("a1")
                      .sha256};
  };
  const Release with_annex(annex);
  CHECK(says(judge(with_annex.proof(), trust_of(with_annex)), "view.json",
             "shows an annex beside a part of the scope"));
  Options fewer = with({.partial_by = lead});
  fewer.manifest = [](packet::Manifest& m) { m.scope.at("tenant").clear(); };
  refuse_both(fewer, "manifest.json", "binds another scope than the elements that went on");
  Options whole = with({.partial_by = lead});
  whole.manifest = [](packet::Manifest& m) { m.remainder.reset(); };
  both(whole, "splits a scope that crossed whole");
  Options unsaid = with({});
  unsaid.manifest = [](packet::Manifest& m) { m.remainder = true; };
  const Release missing(unsaid);
  CHECK(says(judge(missing.lane(), trust_of(missing)), "partial.json",
             "is missing: a part of the scope crossed"));
  CHECK(says(judge(missing.proof(), trust_of(missing)), "partial.leaf",
             "is missing: a part of the scope crossed"));
}

TEST_CASE("an annex crosses where a person of the charter's role promoted it") {
  refuse_both(with({.promote = false}), "promotions/1.leaf",
              "is missing: nobody promotes an annex that crossed");
  ActOptions another;
  const std::string other = "promotes another annex or revision";
  another.annex_act = [](packet::AnnexStatement& said) { said.part = "a2"; };
  refuse_both(with(another), "promotions/1.leaf", other);
  another.annex_act = [](packet::AnnexStatement& said) { said.revision_digest = {}; };
  refuse_both(with(another), "promotions/1.leaf", other);
  another.annex_act = [](packet::AnnexStatement& said) { said.from = "held"; };
  refuse_both(with(another), "promotions/1.leaf", other);
  Options role = with({});
  role.charter = [](canon::Object& charter) {
    at(charter, {"exposure", "annexes"}).set("promote_by", std::string(lane::testing::lead_role));
  };
  refuse_both(role, "promotions/1.leaf", "is signed by a person who held no role for it then");
  Options unseen = with({});
  unseen.view = [](packet::View& view) { view.parts.clear(); };
  const Release hidden(unseen);
  CHECK(says(judge(hidden.proof(), trust_of(hidden)), "promotions/1.leaf",
             "promotes an annex that did not cross"));
}

TEST_CASE("a split is judged by the roster in force when it was made") {
  const auto drop_leads = [](packet::Roster& roster) {
    std::erase_if(roster.grants,
                  [](const packet::Grant& grant) { return grant.role == lane::testing::lead_role; });
  };
  Options after = with({.split_by = {lead}, .partial_by = lead, .roster_after = drop_leads});
  accept(after);
  Options before = with({.split_by = {lead}, .partial_by = lead});
  before.later_rosters = {drop_leads};
  refuse_both(before, "splits/1.leaf", "is signed by a person who held no role for it then");
  // What counts at the release is judged by the roster that the manifest binds.
  refuse_both(with({.override_by = {lead, second_lead}, .roster_after = drop_leads}), "overrides/1.leaf",
              "is by a person who did not hold a role for it until the release");
}

TEST_CASE("a release keeps to the instants of its windows that the manifest binds") {
  const auto windows = [](canon::Object charter_windows, std::vector<packet::BoundWindow> bound) {
    Options options;
    options.charter = [charter_windows](canon::Object& charter) {
      charter.set("clocks", canon::Object{{"windows", charter_windows}});
    };
    options.manifest = [bound](packet::Manifest& m) { m.windows = bound; };
    return options;
  };
  const Instant before = lane::testing::at("2026-11-20T11:00:00.000Z");
  const Instant after = lane::testing::at("2026-11-20T13:00:00.000Z");
  const canon::Object read{{"kind", "embargo_until"}, {"source", "s"}, {"attr", "a"}};
  const canon::Object said{{"kind", "embargo_until"}, {"at", to_string(before)}};
  accept(windows({{"w", read}}, {{"w", "embargo_until", {before}}}));
  accept(windows({{"w", said}}, {{"w", "embargo_until", {before}}}));
  accept(windows({{"w", canon::Object{{"kind", "shift"}}}}, {{"w", "shift", {}}}));
  const canon::Object freeze{{"kind", "freeze"}, {"source", "s"}, {"starts_attr", "a"}, {"ends_attr", "b"}};
  accept(windows({{"w", freeze}}, {{"w", "freeze", {before, before + Duration{1}}}}));
  const std::string closed = "crossed while a window was closed that the manifest binds";
  refuse_both(windows({{"w", read}}, {{"w", "embargo_until", {before, after}}}), "release.leaf", closed);
  refuse_both(windows({{"w", canon::Object{{"kind", "embargo_after"}, {"source", "s"}, {"attr", "a"}}}},
                      {{"w", "embargo_after", {before}}}),
              "release.leaf", closed);
  refuse_both(windows({{"w", freeze}}, {{"w", "freeze", {before, after}}}), "release.leaf", closed);
  refuse_both(windows({{"w", freeze}}, {{"w", "freeze", {before}}}), "release.leaf", closed);
  refuse_both(windows({{"w", said}}, {{"w", "embargo_until", {before - Duration{1}}}}), "manifest.json",
              "binds other instants of a window than the charter says");
  refuse_both(windows({{"w", read}}, {{"w", "embargo_until", {}}}), "manifest.json",
              "binds no instant of a window that has some");
  refuse_both(windows({{"w", read}}, {}), "manifest.json", "binds other windows than the charter has");
  refuse_both(windows({}, {{"w", "embargo_until", {before}}}), "manifest.json",
              "binds other windows than the charter has");
}
