// What is kept no longer: keys go when a person ordered it, nothing else goes with them, and whoever stops in
// between goes on.
#include "engine/audit.h"
#include "engine/engine.h"
#include "engine/erasure.h"
#include "engine/export.h"
#include "engine/fragments.h"
#include "engine/lists.h"
#include "engine/present.h"
#include "engine/retention.h"
#include "engine/show_workspace.h"
#include "engine/testing/office.h"
#include "engine/testing/studio.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::engine;
using namespace sallyport::engine::testing;

namespace {

constexpr Duration day{86'400'000};
constexpr Duration kept{10 * day.ms};

// Fragments f1 and f2 are regions rg1 and rg2 of the first revision.
Digest bytes_of(int region) {
  return crypto::sha256(Studio::envelope(1, region));
}

// A packet that crossed, whose fragments are kept for ten days, when these are over.
struct Expired : Studio {
  EntryId entry;

  explicit Expired(const char* end_state = "bytes_gone") {
    office->records.at("c6").attrs["deadline"] = to_string(start + kept);
    open();
    scan(1);
    if (end_state != std::string("bytes_gone")) {
      write_all();
      edit({put("/retention/r_1/end_state", end_state)});
    }
    entry = cross(end_state == std::string("bytes_gone"));
    office->now = start + kept;
  }

  void order(const PacketId& of, const std::string& fragment) {
    must(in_batch<gate::Step>([&] { return order_erasure(core(), office->piet.account, of, fragment); }));
  }

  void carry_out() { REQUIRE(carry_out_erasures(core(), office->now)); }

  packet::LeafNumber done(const PacketId& of, const std::string& fragment) {
    return core().state().find(of)->erasures.at(fragment).done;
  }

  bool there(int region) { return has_fragment(core(), bytes_of(region)); }

  template <class Read> std::optional<Error> error_in_batch(Read read) {
    std::optional<Error> out;
    office->batch([&]() -> Result<void> {
      const auto result = read();
      if (!result) {
        out = result.error();
      }
      return {};
    });
    return out;
  }
};

} // namespace

TEST_CASE("INV-47: what a person orders is destroyed, on record once, and the rest of the packet stays") {
  Expired s;
  CHECK(s.there(2));
  s.order(s.packet, "f2");
  s.same_after_restart();
  CHECK(s.there(2)); // an order is a record, and destroys nothing yet
  s.carry_out();
  CHECK_FALSE(s.there(2));
  CHECK(s.there(1));
  const packet::LeafNumber n = s.done(s.packet, "f2");
  const Bytes leaf = s.core().reader().leaf(n).value();
  const auto record = std::get<packet::ErasureDone>(packet::decode(as_text(leaf)).value().record);
  CHECK(record.keys == 2);
  CHECK(record.backups_until == s.office->now + backups_kept);
  CHECK(record.notice == s.entry);
  const auto size = s.core().state().size;
  s.carry_out();
  s.order(s.packet, "f2");
  s.carry_out();
  CHECK(s.core().state().size == size); // however often it is said
  s.same_after_restart();
  CHECK_FALSE(s.there(2));
  CHECK(s.core().reader().verify_all());
}

TEST_CASE("INV-47: who stops between the keys and the record goes on, and shows nothing meanwhile") {
  Expired s;
  s.order(s.packet, "f2");
  REQUIRE(s.core().destroy("fragment/" + bytes_of(2).hex(), s.office->now));
  s.same_after_restart();
  CHECK(s.done(s.packet, "f2") == 0);
  // No leaf excuses the absent bytes, and nobody is given a bundle that would not verify.
  CHECK_FALSE(bundle_of(s.core(), s.entry, lane::BundleKind::lane));
  s.carry_out();
  CHECK(s.done(s.packet, "f2") != 0);
  REQUIRE(s.core().sign_head(s.office->now));
  CHECK(bundle_of(s.core(), s.entry, lane::BundleKind::lane));
}

TEST_CASE("INV-47: bytes that another case cites stay until their erasure is ordered there too") {
  Expired s;
  const PacketId first = s.packet;
  s.office->records.at("c6").attrs["deadline"] = to_string(start + Duration{2 * kept.ms});
  s.open("group-2");
  s.write_all();
  (void)s.seal();
  s.order(first, "f2");
  s.carry_out();
  CHECK(s.there(2));
  CHECK(s.done(first, "f2") == 0);
  CHECK_FALSE(s.core().reader().is_destroyed("fragment/" + bytes_of(2).hex()).value());
  must(s.office->apply(gate::WithdrawPacket{s.office->rhea.account, s.packet, "withdrawn"}));
  s.office->now = start + Duration{2 * kept.ms};
  s.order(s.packet, "f2");
  s.carry_out();
  CHECK_FALSE(s.there(2));
  CHECK(s.done(first, "f2") != 0);
  CHECK(s.done(s.packet, "f2") != 0);
}

TEST_CASE("INV-47: of what is to be forgotten the bytes go, and the order stays open") {
  Expired s;
  const PacketId first = s.packet;
  s.open("group-2");
  s.scan(2);
  s.office->records.at("c6").attrs["deadline"] = to_string(start + Duration{2 * kept.ms});
  s.write_all(2);
  s.edit({put("/retention/r_1/end_state", "forgotten")});
  (void)s.seal();
  must(s.office->apply(gate::WithdrawPacket{s.office->rhea.account, s.packet, "withdrawn"}));
  s.office->now = start + Duration{2 * kept.ms};
  s.order(s.packet, "f2");
  s.carry_out();
  CHECK_FALSE(has_fragment(s.core(), crypto::sha256(Studio::envelope(2, 2))));
  CHECK(s.done(s.packet, "f2") == 0);
  CHECK(s.there(2)); // of the other packet
}

TEST_CASE("INV-47: the service carries out by itself what was ordered before it stopped") {
  Expired s;
  s.order(s.packet, "f2");
  const PacketId packet = s.packet;
  const Instant now = s.office->now;
  const CoreOptions options = s.core().options();
  s.office.reset();
  auto engine = Engine::open({options, [now] { return now; }, 256, Duration{1'000}, {}});
  REQUIRE(engine);
  (*engine)->start();
  packet::LeafNumber done = 0;
  for (int i = 0; i < 500 && done == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    done = (*engine)
               ->wait<packet::LeafNumber>([&](Core& core) -> Result<packet::LeafNumber> {
                 return core.state().find(packet)->erasures.at("f2").done;
               })
               .value();
  }
  CHECK(done != 0);
  (*engine)->stop();
}

namespace {

// The same, judged, its fragments given up, and as old as records are kept.
struct Outlived : Expired {
  explicit Outlived(const char* end_state = "bytes_gone") : Expired(end_state) {
    must(office->apply(
        gate::GiveVerdict{office->lin.account, entry, "sufficient", {}, {}, {{"reason", "enough"}}}));
    for (const char* one : {"f1", "f2"}) {
      order(packet, one);
    }
    carry_out();
    office->now = state().closed->at + Duration{2555 * day.ms};
  }

  void order_all() {
    must(in_batch<gate::Step>(
        [&] { return order_erasure(core(), office->piet.account, packet, std::nullopt); }));
  }

  bool readable() { return check_readable(core(), packet).has_value(); }
};

std::string said(const std::optional<Error>& error) {
  return error ? error->message : "";
}

template <class T> std::optional<Error> error_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

} // namespace

TEST_CASE("INV-47: a packet itself goes on a person's order, and whoever reads it is told so in words") {
  Outlived s;
  REQUIRE(s.readable());
  REQUIRE(s.core().sign_head(s.office->now));
  REQUIRE(bundle_of(s.core(), s.entry, lane::BundleKind::proof));
  s.order_all();
  s.same_after_restart();
  CHECK(s.readable()); // an order is a record, and destroys nothing yet
  s.carry_out();
  REQUIRE(s.state().erased());
  CHECK_FALSE(s.readable());
  const Bytes leaf = s.core().reader().leaf(s.state().own_erasure->done).value();
  const auto record = std::get<packet::ErasureDone>(packet::decode(as_text(leaf)).value().record);
  CHECK_FALSE(record.unit);
  CHECK(record.keys == 1);
  CHECK(record.notice == s.entry);
  for (const bool again : {false, true}) { // and after a restart
    CAPTURE(again);
    const std::string gone =
        "the packet was erased on the order of leaf " + std::to_string(s.state().own_erasure->ordered);
    CHECK(said(error_of(bundle_of(s.core(), s.entry, lane::BundleKind::lane))).starts_with(gone));
    CHECK(said(error_of(bundle_of(s.core(), s.entry, lane::BundleKind::proof))).starts_with(gone));
    for (const WorkView view : {WorkView::workspace, WorkView::agent}) {
      const auto shown =
          s.error_in_batch([&] { return show_workspace(s.core(), s.packet, view, s.office->now); });
      CHECK(said(shown).find("was erased") != std::string::npos);
    }
    const auto ledger =
        s.error_in_batch([&] { return show_ledger(s.core(), s.packet, WorkView::workspace, s.office->now); });
    CHECK(said(ledger).find("was erased") != std::string::npos);
    CHECK(show_workspace(s.core(), s.packet, WorkView::broad, s.office->now)); // what the log says stays
    const canon::Object shown = show_packet(s.core(), s.packet, s.office->now);
    CHECK(shown.find("erasure")->find("erased") != nullptr);
    const auto kept = show_retention(s.core(), s.packet, true);
    REQUIRE(kept);
    CHECK(*kept->find("own")->find("state") == canon::Value("erased"));
    CHECK(*kept->find("fragments")->find("f2")->find("state") == canon::Value("erased"));
    CHECK(list_packets(s.core(), {"", 10}, "", s.office->now));
    CHECK(s.core().world().facts.manifests.empty());
    s.same_after_restart();
  }
  const auto size = s.core().state().size;
  s.carry_out();
  s.order_all();
  s.carry_out();
  CHECK(s.core().state().size == size); // however often it is said
  CHECK(s.core().reader().verify_all());
  REQUIRE(s.core().sign_head(s.office->now));
  const CoreOptions options = s.core().options();
  const auto audit = audit_log(options); // what was erased is no finding
  INFO(said(error_of(audit)));
  CHECK(audit);
}

TEST_CASE("INV-47: who stops between a packet's key and the record goes on") {
  Outlived s;
  s.order_all();
  REQUIRE(s.core().destroy("packet/" + s.packet.str(), s.office->now));
  s.same_after_restart(); // what is gone holds nothing else up
  CHECK_FALSE(s.state().erased());
  CHECK_FALSE(s.readable());
  CHECK_FALSE(bundle_of(s.core(), s.entry, lane::BundleKind::proof));
  CHECK(show_retention(s.core(), s.packet, true));
  s.carry_out();
  CHECK(s.state().erased());
  s.same_after_restart();
}

TEST_CASE("INV-47: what is to be forgotten is, once the words of its packet are gone, in the same sweep") {
  Outlived s("forgotten");
  CHECK_FALSE(s.there(2));
  CHECK(s.done(s.packet, "f2") == 0);
  s.order_all();
  s.carry_out();
  CHECK(s.state().erased());
  const packet::LeafNumber n = s.done(s.packet, "f2");
  REQUIRE(n != 0);
  const Bytes leaf = s.core().reader().leaf(n).value();
  const auto record = std::get<packet::ErasureDone>(packet::decode(as_text(leaf)).value().record);
  CHECK(record.keys == 3);
  CHECK(record.end_state == "forgotten");
  s.same_after_restart();
}

TEST_CASE("INV-47: a dispatched packet goes too, and its case, sent again, is a new packet") {
  const Folder folder;
  Office::found(folder / "data", start, {{"record_retention = \"2555d\"", "record_retention = \"30d\""}});
  Office office(folder / "data");
  const EntryId entry = office.release("one");
  const PacketId packet = office.core->state().entries.at(entry).packet;
  must(
      office.apply(gate::GiveVerdict{office.rhea.account, entry, "returned", {}, {}, {{"reason", "stale"}}}));
  office.now = office.core->state().find(packet)->closed->at + Duration{30 * day.ms};
  CHECK(office.submit("one").known); // as long as it is kept
  REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
    SP_TRY(const gate::Step step, order_erasure(*office.core, office.anna.account, packet, std::nullopt));
    must(step);
    return {};
  }));
  REQUIRE(carry_out_erasures(*office.core, office.now));
  REQUIRE(office.core->state().find(packet)->erased());
  CHECK_FALSE(show_entry(*office.core, entry));
  const IntakeOutcome again = office.submit("one");
  CHECK_FALSE(again.known);
  REQUIRE(again.refused.empty());
  CHECK(again.packet != packet);
  CHECK_FALSE(office.core->state().find(again.packet)->continues);
  const Digest digest = gate::state_digest(office.core->state());
  office.core.reset();
  const Office restarted(folder / "data");
  CHECK(gate::state_digest(restarted.core->state()) == digest);
  CHECK_FALSE(show_entry(*restarted.core, entry));
  CHECK(restarted.core->upstream().size() == 1);
  CHECK(restarted.core->reader().verify_all());
}
