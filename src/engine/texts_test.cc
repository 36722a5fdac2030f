// What people write in words passes the scanner before it is stored, whoever writes it and by whichever act.
#include "canon/json.h"
#include "crypto/digest.h"
#include "engine/testing/folder.h"
#include "engine/testing/office.h"
#include "packet/statement.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace sallyport;
using namespace sallyport::engine;
using namespace sallyport::engine::testing;

namespace {

// A scanner's report, which says more than is read.
gate::Observe scanned(const AccountId& by, const std::string& words) {
  gate::Observe out;
  out.brought_by = by;
  out.scan.emplace();
  out.body = {{"scan", canon::Object{{"report", canon::Object{{"remark", words}}}}}};
  return out;
}

// Every act that carries words, with these.
std::vector<gate::Event> acts(const Office& office, const PacketId& id, const std::string& words) {
  const AccountId& by = office.anna.account;
  const std::string why = packet::rationale_disclosure(packet::Salt{9}, words).encoded;
  const auto said = [&](const char* field) { return canon::Object{{field, words}}; };
  const EntryId entry = EntryId::from_random(3);
  const HoldId hold = HoldId::from_random(4);
  return {gate::AddPrincipal{office.gail.account, AccountId::from_random(5), "person",
                             PersonId::from_random(6), std::nullopt, said("name")},
          gate::MergePackets{by, office.anna.person, id, PacketId::from_random(7), "same", said("reason")},
          gate::SplitPackets{by, id, PacketId::from_random(7), {}, why},
          gate::DismissSuspicion{by, id, hold, said("rationale")},
          gate::ClearHold{by, id, hold, said("evidence")},
          gate::PlaceHold{by, id, "GOV.MANUAL", "", said("reason")},
          gate::OverrideHold{by, id, {}, why},
          gate::RefuseManifest{by, id, Digest{}, "unclear", said("reason")},
          gate::SetLane{by, testing::lane, "closed", said("reason")},
          gate::RecordCorrection{by, entry, "other", said("note")},
          gate::GiveNotice{by, entry, std::nullopt, said("note")},
          gate::PlaceLegalHold{by, id, std::nullopt, said("reason")},
          gate::LiftLegalHold{by, id, 9, said("reason")},
          scanned(by, words),
          gate::OpenFinding{by, id, {"/fragments/f1", "stack_local", "suspected", 0, said("where")}},
          gate::AcceptEdit{by,
                           id,
                           EditId::from_random(8),
                           {},
                           {{"/fragments/f1", "stack_local", "suspected", 0, {}},
                            {"/fragments/f1", "stack_local", "suspected", 0, said("where")}}}};
}

bool on_disk(const std::filesystem::path& dir, const std::string& text) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(dir)) {
    if (!file.is_regular_file()) {
      continue;
    }
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (bytes.find(text) != std::string::npos) {
      return true;
    }
  }
  return false;
}

} // namespace

TEST_CASE(
    "MIN.SECRET: a secret in a reason, note or rationale is refused by its field, on record, and is kept "
    "nowhere") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const PacketId id = office.submit("case-1").packet;
  const std::string token = "ghp_" + std::string("16C7e42F292c6912E7710c838347Ae178B4a");
  for (const gate::Event& event : acts(office, id, "The token " + token + " was used.")) {
    CAPTURE(event.index());
    const gate::Step step = office.apply(event);
    REQUIRE(step.refused.size() == 1);
    CHECK(step.refused.front().code == "text_secret");
    CHECK(step.refused.front().where.starts_with("/"));
    REQUIRE(step.leaves.size() == 1);
    CHECK(std::holds_alternative<packet::AttemptRefused>(step.leaves.front().leaf.record));
    CHECK(step.leaves.front().bytes.find(token) == std::string::npos);
    CHECK_FALSE(step.leaves.front().body.has_value());
  }
  CHECK_FALSE(on_disk(folder / "data", token));
}

TEST_CASE(
    "words with a control character, and words that cannot be looked through, are refused for each act") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const PacketId id = office.submit("case-1").packet;
  for (const gate::Event& event : acts(office, id, "It beeps.\x07")) {
    CAPTURE(event.index());
    const gate::Step step = office.apply(event);
    REQUIRE(step.refused.size() == 1);
    CHECK(step.refused.front().code == "text_control");
  }
  // base64 of base64 of base64 of base64: deeper than the scanner looks.
  std::string nested = "The token was used here and there, and then once more.";
  for (int depth = 0; depth < 5; ++depth) {
    nested = to_base64(as_bytes(nested));
  }
  const gate::Step step =
      office.apply(gate::PlaceHold{office.anna.account, id, "GOV.MANUAL", "", {{"reason", nested}}});
  REQUIRE(step.refused.size() == 1);
  CHECK(step.refused.front().code == "text_unscanned");
  CHECK(office.apply(gate::PlaceHold{office.anna.account, id, "GOV.MANUAL", "", {{"reason", "It is odd."}}})
            .ok());
}
