// What is kept no longer: keys go when a person ordered it, nothing else goes with them, and whoever stops in
// between goes on.
#include "engine/engine.h"
#include "engine/erasure.h"
#include "engine/export.h"
#include "engine/fragments.h"
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

  Expired() {
    office->records.at("c6").attrs["deadline"] = to_string(start + kept);
    open();
    scan(1);
    entry = cross();
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
