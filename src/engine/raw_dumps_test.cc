// Raw dumps in the vault: who keeps one, what is refused, and what an erasure takes of it.
#include "engine/audit.h"
#include "engine/erasure.h"
#include "engine/export.h"
#include "engine/fragments.h"
#include "engine/raw_dumps.h"
#include "engine/retention.h"
#include "engine/testing/studio.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace sallyport;
using namespace sallyport::engine;
using namespace sallyport::engine::testing;

namespace {

constexpr Duration ten_days{10LL * 86'400'000};
constexpr std::size_t region_bytes = 20; // the studio's dump has five regions of it

// What the process had in memory, by region.
std::string raw_region(std::size_t region) {
  return "raw secret " + std::to_string(region) + " of du_1";
}

// A packet that crossed, whose fragments are regions rg1 and rg2, kept for ten days, when these are over.
struct Custody : Studio {
  EntryId entry;
  std::string raw;

  explicit Custody(const char* end_state = "bytes_gone") {
    for (std::size_t i = 0; i < 5; ++i) {
      REQUIRE(raw_region(i).size() == region_bytes);
      raw += raw_region(i);
    }
    office->records.at("c6").attrs["deadline"] = to_string(start + ten_days);
    open();
    scan(1);
    write_all();
    edit({put("/retention/r_1/end_state", end_state)});
    (void)seal();
    office->observe_all();
    accept_all();
    (void)in_review();
    must(sign(office->rhea));
    entry = press();
    office->now = start + ten_days;
  }

  const CoreOptions& options() { return core().options(); }

  static std::vector<RawRegion> found() { return std::vector<RawRegion>(5, {"stack", region_bytes}); }

  Result<KeptRaw> keep(std::uint32_t rev = 1) {
    return keep_raw(options(), "du_1", rev, found(), as_bytes(raw), office->now);
  }

  // What is left of it, erased regions as zeros.
  std::string left() {
    std::string out(raw.size(), '\0');
    const auto read = read_raw(options(), "du_1", [&](std::uint64_t at, ByteView bytes) -> Result<void> {
      std::ranges::copy(bytes, out.begin() + static_cast<std::ptrdiff_t>(at));
      return {};
    });
    INFO((read ? "" : read.error().text()));
    REQUIRE(read);
    return out;
  }

  std::string without(std::size_t region) {
    std::string out = raw;
    out.replace(region * region_bytes, region_bytes, region_bytes, '\0');
    return out;
  }

  void order(const PacketId& of, const std::string& fragment) {
    must(in_batch<gate::Step>([&] { return order_erasure(core(), office->piet.account, of, fragment); }));
  }

  void carry_out() { REQUIRE(carry_out_erasures(core(), office->now)); }

  packet::LeafNumber done(const PacketId& of, const std::string& fragment) {
    return core().state().find(of)->erasures.at(fragment).done;
  }

  std::uint32_t keys_of(packet::LeafNumber n) {
    const Bytes leaf = core().reader().leaf(n).value();
    return std::get<packet::ErasureDone>(packet::decode(as_text(leaf)).value().record).keys;
  }

  std::string said(const std::string& fragment, const std::string& member) {
    const auto shown = show_retention(core(), packet, false);
    REQUIRE(shown);
    const canon::Value* row = shown->find("fragments")->find(fragment);
    const canon::Value* value = row->find(member);
    return value == nullptr ? "" : *value->string();
  }

  void sign_head() { REQUIRE(core().sign_head(office->now)); }

  std::filesystem::path segments_file() {
    for (const auto& file : std::filesystem::directory_iterator(options().dir / "vault" / "segments")) {
      if (file.path().extension().empty()) {
        return file.path();
      }
    }
    FAIL("the vault has no segments");
    return {};
  }
};

} // namespace

TEST_CASE("B14: a raw dump is kept beside the service, region by region, and nothing of it lies in clear") {
  Custody s;
  const auto kept = s.keep();
  INFO((kept ? "" : kept.error().text()));
  REQUIRE(kept);
  CHECK(kept->bytes() == 100);
  CHECK(s.left() == s.raw);
  s.same_after_restart();
  CHECK(s.left() == s.raw);
  const auto all = kept_raw(s.options());
  REQUIRE(all);
  REQUIRE(all->size() == 1);
  CHECK(all->front().index.dump == "du_1");
  CHECK(all->front().index.rev == 1);
  CHECK(all->front().erased.empty());
  CHECK(audit_log(s.options()));
  CHECK(s.core().reader().verify_all());
  for (const auto& file : std::filesystem::recursive_directory_iterator(s.options().dir)) {
    if (file.is_regular_file()) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      CHECK_MESSAGE(bytes.find("raw secret") == std::string::npos, file.path().string());
    }
  }
}

TEST_CASE("B14: what is not the dump that was scanned is refused, and nothing of it is kept") {
  Custody s;
  const auto refused = [&](const Result<KeptRaw>& kept, ErrorCode code) {
    REQUIRE_FALSE(kept);
    CHECK(kept.error().code == code);
    CHECK(kept_raw(s.options())->empty());
    CHECK_FALSE(s.core().reader().unit_key("raw/du_1"));
    CHECK_FALSE(std::filesystem::exists(s.options().dir / "vault" / "segments"));
  };
  const Instant now = s.office->now;
  const auto regions = Custody::found();
  SUBCASE("no scan") {
    refused(s.keep(2), ErrorCode::not_found);
    refused(keep_raw(s.options(), "du_2", 1, regions, as_bytes(s.raw), now), ErrorCode::not_found);
  }
  SUBCASE("another length") {
    refused(keep_raw(s.options(), "du_1", 1, regions, as_bytes(s.raw + "x"), now), ErrorCode::conflict);
    refused(keep_raw(s.options(), "du_1", 1, regions, as_bytes(s.raw).first(80), now), ErrorCode::conflict);
  }
  SUBCASE("another structure") {
    auto other = regions;
    other[3].klass = "heap";
    refused(keep_raw(s.options(), "du_1", 1, other, as_bytes(s.raw), now), ErrorCode::conflict);
    other = regions;
    other[0].bytes = 21;
    other[1].bytes = 19;
    refused(keep_raw(s.options(), "du_1", 1, other, as_bytes(s.raw), now), ErrorCode::conflict);
  }
  SUBCASE("a name that is none") {
    refused(keep_raw(s.options(), "../du_1", 1, regions, as_bytes(s.raw), now), ErrorCode::malformed);
  }
  SUBCASE("kept already") {
    REQUIRE(s.keep());
    const auto again = s.keep();
    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::conflict);
    CHECK(s.left() == s.raw);
  }
}

TEST_CASE("a copy's map is the raw dump's, where bytes that nothing refers to are padding") {
  const std::vector<RawRegion> raw{{"structure", 8}, {"padding", 4}, {"unaccounted", 6}, {"heap", 2}};
  CHECK(same_structure(raw, {{"structure", 8}, {"padding", 10}, {"heap", 2}}));
  CHECK_FALSE(same_structure(raw, {{"structure", 8}, {"padding", 9}, {"heap", 3}}));
  CHECK_FALSE(same_structure(raw, {{"structure", 8}, {"padding", 10}, {"stack", 2}}));
  CHECK_FALSE(same_structure({{"heap", 4}, {"heap", 4}}, {{"heap", 8}}));
}

TEST_CASE("INV-47 B14: raw_gone destroys the raw bytes that were kept here, and is on record with one key") {
  Custody s("raw_gone");
  REQUIRE(s.keep());
  CHECK(s.said("f2", "raw") == "kept");
  s.order(s.packet, "f2");
  CHECK(s.left() == s.raw); // an order is a record, and destroys nothing yet
  s.carry_out();
  CHECK(s.left() == s.without(2));
  CHECK(s.said("f2", "raw") == "erased");
  CHECK(s.said("f1", "raw") == "kept");
  const packet::LeafNumber n = s.done(s.packet, "f2");
  REQUIRE(n != 0);
  CHECK(s.keys_of(n) == 1);
  CHECK(has_fragment(s.core(), crypto::sha256(Studio::envelope(1, 2)))); // the redacted bytes stay
  s.sign_head();
  CHECK(bundle_of(s.core(), s.entry, lane::BundleKind::lane));
  const auto size = s.core().state().size;
  s.carry_out();
  CHECK(s.core().state().size == size);
  s.same_after_restart();
  CHECK(s.left() == s.without(2));
  const auto all = kept_raw(s.options());
  REQUIRE(all);
  CHECK(all->front().erased == std::vector<std::size_t>{2});
  CHECK(all->front().erased_bytes() == 20);
  CHECK(audit_log(s.options()));
}

TEST_CASE(
    "INV-47: where raw bytes were never here, raw_gone stays open and says so, and they cannot be kept") {
  Custody s("raw_gone");
  s.order(s.packet, "f2");
  s.carry_out();
  CHECK(s.done(s.packet, "f2") == 0);
  CHECK(s.said("f2", "raw") == "never_here");
  CHECK(s.said("f2", "waits_for") == "the raw bytes were never in this vault");
  const auto refused = s.keep();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().message.find("erasure") != std::string::npos);
  CHECK_FALSE(s.core().reader().unit_key("raw/du_1")); // no key was drawn for nothing
  s.carry_out();
  CHECK(s.done(s.packet, "f2") == 0);
}

TEST_CASE("INV-47: bytes_gone takes the raw bytes with the redacted ones") {
  Custody s;
  REQUIRE(s.keep());
  s.order(s.packet, "f2");
  s.carry_out();
  CHECK(s.left() == s.without(2));
  CHECK_FALSE(has_fragment(s.core(), crypto::sha256(Studio::envelope(1, 2))));
  const packet::LeafNumber n = s.done(s.packet, "f2");
  REQUIRE(n != 0);
  CHECK(s.keys_of(n) == 2);
}

TEST_CASE("INV-47: who stops between the raw key and the record goes on") {
  Custody s("raw_gone");
  REQUIRE(s.keep());
  s.order(s.packet, "f2");
  REQUIRE(s.core().destroy("raw/du_1/40+20", s.office->now));
  s.same_after_restart();
  CHECK(s.done(s.packet, "f2") == 0);
  s.carry_out();
  CHECK(s.done(s.packet, "f2") != 0);
  CHECK(s.left() == s.without(2));
}

TEST_CASE("INV-47: the raw bytes go whichever revision of the redacted dump a fragment is of") {
  Custody s; // of revision 1
  s.scan(2);
  REQUIRE(s.keep(2)); // the same raw dump, checked against a newer scan
  s.order(s.packet, "f2");
  s.carry_out();
  CHECK(s.left() == s.without(2));
  CHECK(s.done(s.packet, "f2") != 0);
}

TEST_CASE(
    "INV-47: raw bytes that another case cites by another revision stay until it is ordered there too") {
  Custody s("raw_gone");
  const PacketId first = s.packet;
  s.office->records.at("c6").attrs["deadline"] = to_string(start + Duration{2 * ten_days.ms});
  s.open("group-2");
  s.scan(2);
  s.write_all(2);
  (void)s.seal();
  REQUIRE(s.keep());
  s.order(first, "f2");
  s.carry_out();
  CHECK(s.left() == s.raw);
  CHECK(s.done(first, "f2") == 0);
  must(s.office->apply(gate::WithdrawPacket{s.office->rhea.account, s.packet, "withdrawn"}));
  s.office->now = start + Duration{2 * ten_days.ms};
  s.order(s.packet, "f2");
  s.carry_out();
  CHECK(s.left() == s.without(2));
  CHECK(s.done(first, "f2") != 0);
  CHECK(s.done(s.packet, "f2") != 0);
}

TEST_CASE(
    "INV-47: raw bytes that are being put just now are kept for whoever cites them, or go with the order") {
  Custody s;
  const PacketId first = s.packet;
  const auto draw = [&](const std::string& place) { // as a put that has not finished
    REQUIRE(
        s.in_batch<store::DataKey>([&] { return s.core().unit_key("raw/du_1/" + place); }).expose().size() ==
        32);
  };
  draw("20+20");
  draw("40+20");
  s.office->records.at("c6").attrs["deadline"] = to_string(start + Duration{2 * ten_days.ms});
  s.open("group-2");
  s.scan(2);
  s.write_all(2);
  s.edit({canon::Object{{"op", "remove"}, {"at", "/regions/g1"}},
          canon::Object{{"op", "remove"}, {"at", "/fragments/f1"}}});
  (void)s.seal();
  s.order(first, "f1");
  s.order(first, "f2");
  s.carry_out();
  CHECK(s.core().reader().is_destroyed("raw/du_1/20+20").value());
  CHECK(s.done(first, "f1") != 0);
  CHECK(s.core().reader().unit_key("raw/du_1/40+20")); // the other packet has it
  CHECK(s.done(first, "f2") == 0);
}

TEST_CASE("INV-47: where nobody wrote down which raw bytes a fragment was made of, its order stays open") {
  Custody s;
  (void)s.in_batch<bool>([&]() -> Result<bool> {
    SP_TRY(const auto ids, s.core().reader().document_ids("fragment_place"));
    for (const std::string& id : ids) {
      if (id.starts_with("du_1/40+20/")) {
        SP_CHECK(s.core().tx().remove_documents("fragment_place", id));
      }
    }
    return true;
  });
  s.order(s.packet, "f1");
  s.order(s.packet, "f2");
  s.carry_out();
  CHECK(s.done(s.packet, "f1") != 0);
  CHECK(s.done(s.packet, "f2") == 0);
  CHECK(s.said("f2", "raw") == "never_here");
}

TEST_CASE("INV-47: a legal hold keeps raw bytes too") {
  Custody s("raw_gone");
  REQUIRE(s.keep());
  must(s.office->apply(gate::PlaceLegalHold{s.office->piet.account, s.packet, std::nullopt,
                                            canon::Object{{"reason", "A court asked for it (example)"}}}));
  const gate::Step refused =
      s.in_batch<gate::Step>([&] { return order_erasure(s.core(), s.office->piet.account, s.packet, "f2"); });
  CHECK_FALSE(refused.ok());
  s.carry_out();
  CHECK(s.left() == s.raw);
}

TEST_CASE("INV-30 B14: raw bytes are in no bundle") {
  Custody s("raw_gone");
  REQUIRE(s.keep());
  s.sign_head();
  for (const lane::BundleKind kind : {lane::BundleKind::lane, lane::BundleKind::proof}) {
    const auto files = bundle_of(s.core(), s.entry, kind);
    REQUIRE(files);
    CHECK(files->size() > 3);
    for (const auto& [name, bytes] : *files) {
      CHECK_MESSAGE(bytes.find("raw secret") == std::string::npos, name);
      CHECK_MESSAGE(bytes.find(to_base64(as_bytes(raw_region(2)))) == std::string::npos, name);
    }
  }
}

TEST_CASE("an audit says which raw dump is missing or was cut, until nothing of it can be read any more") {
  Custody s;
  REQUIRE(s.keep());
  const auto file = s.segments_file();
  SUBCASE("cut") {
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    const auto audit = audit_log(s.options());
    REQUIRE_FALSE(audit);
    CHECK(audit.error().where == "raw dump du_1");
  }
  SUBCASE("missing") {
    std::filesystem::remove(file);
    CHECK_FALSE(audit_log(s.options()));
    for (const RawPlace& place : kept_raw(s.options())->front().index.places()) {
      REQUIRE(s.core().destroy(unit_of_raw(place), s.office->now));
    }
    CHECK(audit_log(s.options()));
  }
}
