// Amendment 41: what would come of a press can be looked at first. It crosses nothing, holds nothing, and
// counts for nothing.
#include "gate/admission.h"
#include "gate/standing.h"
#include "gate/testing/workshop.h"

#include "canon/json.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

Step preview(Workshop& w, const Actor& by, const PacketId& id) {
  const ManifestState* manifest = w.packet(id).reviewed();
  return w.step(PreviewRecheck{by.account, id, manifest == nullptr ? Digest{} : manifest->digest});
}

const packet::RecheckClosed& closing(const Step& step) {
  const auto* record = find<packet::RecheckClosed>(step);
  SP_ASSERT(record != nullptr);
  return *record;
}

} // namespace

TEST_CASE(
    "T13 B09: a preview asks every source and says what would come; nothing crosses, and the press asks them "
    "again") {
  Workshop w;
  const PacketId id = signed_packet(w);
  const Step opened = preview(w, w.rhea, id);
  REQUIRE(opened.ok());
  CHECK(find<packet::RecheckOpened>(opened)->mode == "preview");
  CHECK(w.packet(id).recheck->preview);
  CHECK(refused(preview(w, w.rhea, id), "recheck_open"));
  CHECK(opened.probes.size() == 1);
  w.answer(id);
  const Step said = w.commit(id);
  REQUIRE(said.ok());
  CHECK(closing(said).result == "would_cross");
  CHECK(closing(said).reasons.empty());
  CHECK(w.state().entries.empty());
  CHECK_FALSE(w.packet(id).recheck);
  CHECK(w.packet(id).reviewed()->status == "authorised");
  CHECK(refused(w.commit(id), "recheck_unknown"));
  // What was answered then is no answer now.
  REQUIRE(w.press(w.rhea, id).ok());
  CHECK_FALSE(w.packet(id).recheck->preview);
  CHECK(refused(w.commit(id), "SYS.RECHECK"));
  CHECK(w.state().entries.empty());
  w.pass(second);
  w.observe_all(); // they are all back, and a person presses again
  REQUIRE(w.press(w.rhea, id).ok());
  w.answer(id);
  REQUIRE(w.commit(id).ok());
  CHECK(w.packet(id).status == "released");
  CHECK(w.replayed() == state_digest(w.state()));
}

TEST_CASE("T13 INV-18: answers to a preview that come after the press are none to the release") {
  Workshop w;
  const PacketId id = signed_packet(w);
  must(preview(w, w.rhea, id));
  const Recheck early = *w.packet(id).recheck;
  const Step press = w.press(w.rhea, id);
  REQUIRE(press.ok());
  CHECK(closing(press).result == "cancelled");
  CHECK(closing(press).recheck == early.id);
  CHECK(w.packet(id).recheck->id != early.id);
  CHECK(w.packet(id).releasing());
  w.pass(second);
  for (const packet::NeededAnswer& needed : early.needed) {
    must(w.observe(needed.source, early.id));
  }
  CHECK(w.packet(id).recheck->answers.empty());
  CHECK(refused(w.commit(id), "SYS.RECHECK"));
  CHECK(w.state().entries.empty());
}

TEST_CASE("T13: what a preview finds in the way it says, and changes nothing: no void, no hold, no wait") {
  Workshop w;
  const PacketId id = w.ready();
  w.accept_all(id);
  w.bind(id);
  must(preview(w, w.rhea, id)); // also before anybody signed
  SUBCASE("nobody signed") {
    w.answer(id);
    const Step said = w.commit(id);
    REQUIRE(said.ok());
    CHECK(closing(said).result == "blocked");
    CHECK(std::ranges::count(closing(said).reasons, std::string("SIGN.MISSING"), &packet::Reason::code) == 1);
  }
  SUBCASE("a source is silent") {
    must(w.sign(w.rhea, id));
    w.pass(w.packet(id).recheck->within);
    const Step said = w.step(ExpireRecheck{id, w.packet(id).recheck->id, "timeout"});
    REQUIRE(said.ok());
    CHECK(closing(said).result == "blocked");
    CHECK_FALSE(closing(said).unanswered.empty());
    CHECK_FALSE(w.packet(id).blocked);
    CHECK_FALSE(w.held(id, "SYS.RECHECK"));
  }
  SUBCASE("answers that came late") {
    must(w.sign(w.rhea, id));
    w.answer(id);
    w.pass(minute);
    CHECK(closing(w.commit(id)).result == "blocked");
  }
  CHECK(w.reviewed(id));
  CHECK(w.state().entries.empty());
  CHECK(w.replayed() == state_digest(w.state()));
}

TEST_CASE("T13 B09: the owner and the signers preview, of the manifest that is in review; agents and others "
          "do not") {
  Workshop w;
  const PacketId id = w.ready();
  CHECK(refused(preview(w, w.rhea, id), "manifest_unknown"));
  w.accept_all(id);
  w.bind(id);
  CHECK(refused(preview(w, w.piet, id), "not_owner"));
  CHECK(refused(preview(w, w.mira, id), "role_missing"));
  CHECK(refused(w.step(PreviewRecheck{w.agent, id, w.packet(id).reviewed()->digest}), "agent_never_decides"));
  CHECK(refused(w.step(PreviewRecheck{w.rhea.account, id, {}}), "manifest_unknown"));
  CHECK_FALSE(w.packet(id).recheck);
  REQUIRE(preview(w, w.rhea, id).ok());
  must(w.object(w.tomo, id, "memory_region", "/regions/g1")); // the ledger moves while it is open
  w.answer(id);
  CHECK(closing(w.commit(id)).result == "blocked");
  CHECK(refused(preview(w, w.rhea, id), "manifest_unknown"));
}

TEST_CASE("T13 RELEASE.RECHECK: a preview is no wait, and takes no slot") {
  Workshop w(WorkshopOptions{
      {software_keys[0],
       software_keys[1],
       {"[admission]\n", "[admission]\ncapacity = 1\nwindow = \"1h\"\norder = [\"readiness_time\"]\n"}},
      1});
  const PacketId one = signed_packet(w);
  const ManifestId first = w.manifest;
  const PacketId other = w.ready("group-2");
  w.accept_all(other);
  w.bind(other);
  must(w.sign(w.rhea, other));
  must(preview(w, w.rhea, one));
  CHECK(std::ranges::none_of(waits(w.machine.world(), one, w.now),
                             [](const CheckLine& line) { return line.code == "RELEASE.RECHECK"; }));
  REQUIRE(w.press(w.rhea, other).ok());
  CHECK(w.packet(other).releasing()); // the preview of the first does not keep it waiting
  CHECK(capacity_line(w.machine.world(), one, w.now).outcome == Outcome::wait);
  CHECK(first != w.manifest);
}
