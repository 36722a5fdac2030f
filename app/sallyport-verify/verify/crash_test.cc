// Releases of the real engine with a ledger: what people wrote together, disputed and accepted, exported
// whole and judged by the verifier; and the same releases after a fragment was erased. All people are
// invented.
#include "engine/erasure.h"
#include "engine/export.h"
#include "engine/testing/studio.h"
#include "verify/report.h"
#include "verify/testing/cases.h"

#include <doctest/doctest.h>

using namespace sallyport;
using engine::testing::Studio;
using verify::testing::reindexed;
using verify::testing::says;
using verify::testing::told;

namespace {

constexpr Duration kept{10LL * 86'400'000};
constexpr const char* unsaid = "It says what the customer bought.";

// A packet in which people disagree, across; its fragments f1 and f2 are kept for ten days.
struct Released : Studio {
  EntryId entry;

  Released() {
    using engine::testing::must;
    office->records.at("c6").attrs["deadline"] = to_string(engine::testing::start + kept);
    open();
    scan(1);
    write_all();
    const auto object = [&](const engine::testing::Member& who, const char* category, const char* subject,
                            std::optional<std::string> stub, const char* text) {
      must(office->apply(gate::RaiseObjection{
          who.account, packet, category, subject, std::move(stub), std::nullopt, {{"text", text}}}));
    };
    object(office->piet, "identifier_leakage", "/fragments/f2", "quotes_identifier", unsaid);
    object(office->tomo, "memory_region", "/fragments/f1", std::nullopt, "Is this needed?");
    (void)seal();
    office->observe_all();
    accept_all();
    (void)in_review();
    must(sign(office->rhea));
    entry = press();
  }

  void erase(const std::string& fragment) {
    office->now = engine::testing::start + kept;
    engine::testing::must(in_batch<gate::Step>(
        [&] { return engine::order_erasure(core(), office->piet.account, packet, fragment); }));
    REQUIRE(engine::carry_out_erasures(core(), office->now));
    REQUIRE(core().sign_head(office->now));
  }

  lane::Files bundle(lane::BundleKind kind) {
    const auto files = engine::bundle_of(core(), entry, kind);
    REQUIRE_MESSAGE(files, (files ? "" : files.error().text()));
    return *files;
  }

  verify::Report judge(const lane::Files& files) {
    const verify::Trust pinned = verify::read_trust(engine::trust_of(core()).value()).value();
    return verify::verify(files, &pinned);
  }
};

std::string part_of(int region) {
  return "parts/" + crypto::sha256(Studio::envelope(1, region)).hex();
}

bool has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

} // namespace

TEST_CASE(
    "INV-34, INV-35, INV-36, B17, B26: a release with a ledger goes from the export into the verifier whole, "
    "now and after "
    "a restart") {
  Released s;
  for (const bool again : {false, true}) {
    if (again) {
      s.restart();
    }
    const lane::Files lane = s.bundle(lane::BundleKind::lane);
    const verify::Report in_lane = s.judge(lane);
    CHECK_MESSAGE(in_lane.authentic(), told(in_lane));
    const std::string text = verify::to_text(in_lane);
    CHECK(has(text, s.office->rhea.person.str() + " as engineering-release-owner"));
    CHECK(has(text, "identifier_leakage: 1 accepted"));
    CHECK(has(text, "memory_region: 1 accepted"));
    CHECK(has(text, "symbolization_depth: 1 accepted"));
    CHECK(has(text, "attachment_lineage: none was raised"));
    CHECK(has(text, "its statements are left out: quotes_identifier"));
    CHECK(has(text, "f2: 20 bytes of du_1 revision 1, symbolized to function: here"));
    CHECK(lane.at(part_of(2)) == Studio::envelope(1, 2));
    const verify::Report in_proof = s.judge(s.bundle(lane::BundleKind::proof));
    CHECK_MESSAGE(in_proof.authentic(), told(in_proof));
    CHECK(
        has(verify::to_text(in_proof), "f2: 20 bytes of du_1 revision 1, symbolized to function: not shown"));
    for (const lane::BundleKind kind : {lane::BundleKind::lane, lane::BundleKind::proof}) {
      for (const auto& [name, bytes] : s.bundle(kind)) {
        CHECK_MESSAGE(!has(bytes, unsaid), name); // what is a stub for the lane is said nowhere
      }
    }
  }
}

TEST_CASE("INV-47: what was erased since is gone at a leaf of the log, missing without it, and all else is "
          "still proved") {
  Released s;
  s.erase("f2");
  s.restart();
  const std::string n = std::to_string(s.state().erasures.at("f2").done);
  for (const lane::BundleKind kind : {lane::BundleKind::lane, lane::BundleKind::proof}) {
    const lane::Files files = s.bundle(kind);
    CHECK_FALSE(files.contains(part_of(2)));
    const verify::Report report = s.judge(files);
    CHECK_MESSAGE(report.authentic(), told(report));
    CHECK(has(verify::to_text(report),
              "f2: 20 bytes of du_1 revision 1, symbolized to function: erased at leaf " + n));
  }
  lane::Files lane = s.bundle(lane::BundleKind::lane);
  CHECK(lane.contains(part_of(1)));
  CHECK(lane.erase("erasure/1.leaf") == 1);
  CHECK(lane.erase("erasure/1.tlog-proof") == 1);
  const verify::Report without = s.judge(reindexed(lane));
  CHECK(says(without, part_of(2), "is missing"));
  CHECK_FALSE(without.authentic());
  s.erase("f1");
  const lane::Files none = s.bundle(lane::BundleKind::lane);
  CHECK(none.contains("erasure/2.leaf"));
  const verify::Report report = s.judge(none);
  CHECK_MESSAGE(report.authentic(), told(report));
}
