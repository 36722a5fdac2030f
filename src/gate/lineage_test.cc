// LINE.*: one head, spent for ever; duplicates are seen, merged by people, and never cross twice.
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

TEST_CASE("A06, A26, C03, T04, RB-1, INV-09, INV-10: a newer revision spends the head, its manifest and its "
          "signatures") {
  Options options = with(by_request);
  options.edits.push_back(two_approvers[0]);
  Gate g(options);
  const PacketId id = opened(g);
  const Digest manifest = g.bind(id);
  const ManifestId first = g.last.manifest;
  const Digest old = g.packet(id).head->digest;
  REQUIRE(g.sign(g.anna, id).ok());
  const Bytes late = g.ben.sign(packet::act::dispatch, g.machine.facts().manifests.at(first).bytes);
  const Step sealed = g.revise(id, g.usual());
  REQUIRE(sealed.ok());
  CHECK(find<packet::ManifestVoided>(sealed)->cause == "superseded");
  CHECK(*find<packet::RevisionSealed>(sealed)->spent == old);
  CHECK(g.packet(id).spent.back().digest == old);
  CHECK(refused(g.sign(g.ben, id, manifest, late), "LINE.SUPERSEDED")); // the second signs R7
  CHECK(refused(g.step(RequestRelease{g.anna.account, id, old, manifest, "Q-PSR"}), "LINE.SUPERSEDED"));
  g.bind(id);
  CHECK(g.packet(id).reviewed()->signatures.empty());
  REQUIRE(g.sign(g.ben, id).ok());
  CHECK_FALSE(g.authorised(id)); // both anew
  REQUIRE(g.sign(g.anna, id).ok());
  CHECK(g.authorised(id));
}

TEST_CASE("A06: the same bytes again are another revision, and a request without the revision is refused") {
  Scene s;
  const Digest before = s.g.packet(s.id).head->digest;
  CHECK(refused(s.g.step(RequestRelease{s.g.anna.account, s.id, Digest{}, s.g.packet(s.id).reviewed()->digest,
                                        "Q-PSR"}),
                "LINE.SUPERSEDED"));
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK(s.g.packet(s.id).head->digest != before);
  CHECK_FALSE(s.g.authorised(s.id));
  CHECK(refused(s.g.request(s.g.anna, s.id), "manifest_unknown"));
}

TEST_CASE("INV-24: supersession in the middle of a recheck: nothing crosses, in either order") {
  Scene s;
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  s.g.answer(s.id);
  SUBCASE("revision first") {
    REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
    CHECK(refused(s.g.commit(s.id), "recheck_unknown"));
    CHECK_FALSE(s.crossed());
  }
  SUBCASE("commit first: the entry is the old revision's, and the new one finds a closed packet") {
    const Digest head = s.g.packet(s.id).head->digest;
    const std::string before = s.g.packet(s.id).spent.empty() ? "" : "x";
    REQUIRE(s.g.commit(s.id).ok());
    CHECK(refused(s.g.revise(s.id, s.g.usual()), "packet_closed"));
    CHECK(s.g.packet(s.id).spent.back().digest == head);
  }
}

TEST_CASE("LINE.FORK: two claimants of the head hold until a person who did not claim it decides") {
  stops("LINE.FORK", [](Scene& s) {
    const Step step = s.g.step(RevisePacket{s.g.intake, s.id, Digest{}, s.g.seal(s.id, 2, s.g.usual())});
    CHECK(refused(step, "LINE.FORK"));
  });
  Scene s;
  // Anna brings the claim herself: she may clear, but not what she opened.
  const Step claim = s.g.step(RevisePacket{s.g.anna.account, s.id, Digest{}, s.g.seal(s.id, 2, s.g.usual())});
  CHECK(refused(claim, "LINE.FORK"));
  const HoldId hold = s.g.hold(s.id, "LINE.FORK");
  REQUIRE_FALSE(hold.empty());
  CHECK(refused(s.g.clear(s.g.anna, s.id, hold), "hold_opener"));
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK(s.g.held(s.id, "LINE.FORK")); // a proper revision does not answer the question
  REQUIRE(s.g.clear(s.g.lena, s.id, hold).ok());
  CHECK_FALSE(s.g.held(s.id, "LINE.FORK"));
}

TEST_CASE("hold_opener: alone in the clearing roles, the opener may") {
  Gate g;
  const PacketId id = opened(g);
  for (const Actor* other : {&g.ben, &g.liam, &g.lena}) {
    g.revoke_grant(*other, "support-trust-approver");
    g.revoke_grant(*other, "support-trust-lead");
  }
  REQUIRE(g.activate_roster().ok());
  CHECK(refused(g.step(RevisePacket{g.anna.account, id, Digest{}, g.seal(id, 2, g.usual())}), "LINE.FORK"));
  CHECK(g.clear(g.anna, id, g.hold(id, "LINE.FORK")).ok());
}

TEST_CASE("A18, LINE.DIGEST_MISMATCH: other bytes under an old name hold until a new revision") {
  const auto in_place = [](Scene& s) {
    const Step step = s.g.step(ReportMismatch{s.g.intake, s.id});
    CHECK(refused(step, "LINE.DIGEST_MISMATCH"));
  };
  stops("LINE.DIGEST_MISMATCH", in_place);
  Scene s;
  in_place(s);
  CHECK(refused(s.g.draft(s.g.lena.account, s.id), "LINE.DIGEST_MISMATCH"));
  CHECK(refused(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "LINE.DIGEST_MISMATCH")), "hold_not_clearable"));
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK_FALSE(s.g.held(s.id, "LINE.DIGEST_MISMATCH"));
}

TEST_CASE("A09: the predeclared lane never changes") {
  Gate g;
  const PacketId id = opened(g);
  Spec other = g.usual();
  other.lane = "Q-OTHER";
  CHECK(refused(g.revise(id, other), "LANE.MISMATCH"));
  CHECK(g.packet(id).lane == "Q-PSR");
}

TEST_CASE("A03, C07, RB-5, LINE.DUP_PENDING: equal case keys hold both; a merge spends both heads and leaves "
          "one packet") {
  stops("LINE.DUP_PENDING", [](Scene& s) {
    Spec same = s.g.usual();
    same.session = "session-one";
    s.g.submit(same);
  });
  Scene s;
  Spec same = s.g.usual("two");
  same.session = "session-one"; // suspected: the session alone
  const PacketId other = s.g.submit(same);
  CHECK(s.g.held(other, "LINE.DUP_PENDING"));
  CHECK(s.g.packet(s.id).find_hold("LINE.DUP_PENDING", other.str()) != nullptr);
  CHECK(refused(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "LINE.DUP_PENDING")), "hold_not_clearable"));
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK(s.g.held(s.id, "LINE.DUP_PENDING")); // a revision does not tell them apart
  s.g.bind(s.id);
  const MergePackets merge{s.g.intake, s.g.liam.person, s.id,
                           other,      "same_session",  {{"reason", "one case"}}};
  const Step merged = s.g.step(merge);
  REQUIRE(merged.ok());
  CHECK(find<packet::DuplicateMerged>(merged)->by == s.g.liam.person);
  CHECK(find<packet::ManifestVoided>(merged)->cause == "merged");
  CHECK(s.g.packet(other).status == "merged");
  CHECK(s.g.packet(other).merged_into == s.id);
  CHECK_FALSE(s.g.packet(s.id).head);
  CHECK(s.g.holds(s.id) == std::vector<std::string>{"LINE.SUPERSEDED "}); // waits for its new revision
  CHECK(refused(s.g.step(merge), "packet_closed"));                       // INV-25: no way back
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  s.g.observe_all();
  s.g.bind(s.id);
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  s.crosses();
}

TEST_CASE("INV-26: a second packet of a case that has crossed is held against it until the lane has judged") {
  Scene s;
  s.crosses();
  Spec again = s.g.usual("two");
  again.session = "session-one";
  const PacketId other = s.g.submit(again);
  CHECK(s.g.held(other, "LINE.DUP_PENDING"));
  s.g.deliver(s.g.last.entry);
  REQUIRE(s.g.step(GiveVerdict{s.g.rhea.account, s.g.last.entry, "returned", {}}).ok());
  Spec third = s.g.usual("three");
  third.session = "session-one";
  const PacketId fresh = s.g.submit(third);
  CHECK(s.g.packet(fresh).find_hold("LINE.DUP_PENDING", s.id.str()) == nullptr);
  CHECK(s.g.packet(fresh).find_hold("LINE.DUP_PENDING", other.str()) != nullptr);
}

TEST_CASE("a withdrawn duplicate no longer holds the other") {
  Scene s;
  Spec same = s.g.usual("two");
  same.session = "session-one";
  const PacketId other = s.g.submit(same);
  REQUIRE(s.g.held(s.id, "LINE.DUP_PENDING"));
  REQUIRE(s.g.step(WithdrawPacket{s.g.intake, other, "not_needed"}).ok());
  CHECK_FALSE(s.g.held(s.id, "LINE.DUP_PENDING"));
}

TEST_CASE("T15: who merges is who is named; into itself, across lanes and by agents there is no merge") {
  Gate g;
  const PacketId a = opened(g);
  const PacketId b = g.submit(g.usual("two"));
  CHECK(refused(g.step(MergePackets{g.liam.account, g.lena.person, a, b, "x", {}}), "person_mismatch"));
  CHECK(refused(g.step(MergePackets{g.liam.account, g.liam.person, a, a, "x", {}}), "merge_self"));
  CHECK(refused(g.step(MergePackets{g.mira.account, g.mira.person, a, b, "x", {}}), "role_missing"));
  CHECK(refused(g.step(MergePackets{g.agent, g.lena.person, a, b, "x", {}}), "agent_never_decides"));
  const AccountId stranger = AccountId::from_random(g.random());
  REQUIRE(g.step(AddPrincipal{g.gail.account, stranger, "service", {}, g.sid.person, {}}).ok());
  CHECK(refused(g.step(MergePackets{stranger, g.lena.person, a, b, "x", {}}),
                "role_missing")); // brought neither
  CHECK(refused(g.step(MergePackets{g.intake, g.lena.person, a, PacketId::from_random(3), "x", {}}),
                "packet_unknown"));
  CHECK(refused(g.step(MergePackets{g.intake, g.lena.person, a, b, "Not a code!", {}}), "code_malformed"));
}

TEST_CASE("merge racing release: the commit finds no recheck, or the merge a closed packet") {
  Scene s;
  const PacketId other = s.g.submit(s.g.usual("two"));
  s.g.observe_all();
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  s.g.answer(s.id);
  const MergePackets merge{s.g.intake, s.g.liam.person, s.id, other, "same_case", {}};
  SUBCASE("merge first") {
    REQUIRE(s.g.step(merge).ok());
    CHECK(refused(s.g.commit(s.id), "recheck_unknown"));
    CHECK_FALSE(s.crossed());
  }
  SUBCASE("release first") {
    REQUIRE(s.g.commit(s.id).ok());
    CHECK(refused(s.g.step(merge), "packet_closed"));
    CHECK(s.g.packet(other).open());
  }
}

TEST_CASE("C08, T18, RB-10: withdrawn at any instant before the commit, refused after") {
  Scene s;
  const WithdrawPacket withdraw{s.g.intake, s.id, "not_needed"};
  SUBCASE("by a stranger") {
    CHECK(refused(s.g.step(WithdrawPacket{s.g.mira.account, s.id, "not_needed"}), "role_missing"));
    CHECK(refused(s.g.step(WithdrawPacket{s.g.agent, s.id, "not_needed"}), "agent_never_decides"));
    CHECK(refused(s.g.step(WithdrawPacket{s.g.intake, s.id, "free text"}), "code_malformed"));
  }
  SUBCASE("in the middle of a recheck") {
    REQUIRE(s.g.request(s.g.anna, s.id).ok());
    REQUIRE(s.g.step(withdraw).ok());
    CHECK(s.g.packet(s.id).status == "withdrawn");
    CHECK(s.g.packet(s.id).spent.back().cause == "withdrawn");
    CHECK(refused(s.g.commit(s.id), "recheck_unknown"));
    CHECK_FALSE(s.crossed());
  }
  SUBCASE("after the crossing") {
    s.crosses();
    CHECK(refused(s.g.step(withdraw), "packet_closed"));
    CHECK(s.g.packet(s.id).status == "released"); // A31: terminal
    CHECK(refused(s.g.draft(s.g.lena.account, s.id), "packet_closed"));
  }
}
