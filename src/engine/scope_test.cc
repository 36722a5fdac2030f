// Scope beside sets of names, from a submission and an answer to what the gate makes of them, and after a
// restart.
#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/parse.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"
#include "crypto/sshsig_sign.h"
#include "engine/files.h"
#include "engine/testing/folder.h"
#include "engine/testing/office.h"
#include "gate/checks.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::engine;
using namespace sallyport::engine::testing;

namespace {

// The active charter's next version, with a period that the session broker touches and a snapshot of a grant.
void adopt(Office& office) {
  charter::Charter next = *office.core->world().active_charter("Q-PSR");
  ++next.version;
  next.scope["period"].type = charter::ScopeType::interval;
  next.sources.at("session-broker").touches.insert("period");
  next.scope["grant_map"].type = charter::ScopeType::snapshot;
  next.scope["grant_map"].source = "break-glass-ledger";
  const packet::RatifyStatement statement{office.core->state().origin, next.id,
                                          static_cast<std::uint32_t>(next.version), charter::digest(next),
                                          office.core->state().lanes.at("Q-PSR").charter};
  const canon::Value value = packet::statement(statement);
  REQUIRE(office.apply(gate::ProposeCharter{office.gail.account, next}).ok());
  for (const Member* owner : {&office.gail, &office.pavel}) {
    const packet::OwnerSignature sig{
        owner->person, crypto::make_ed25519_key(owner->key.public_key()).fingerprint(),
        to_base64(crypto::sign_sshsig(owner->key, packet::act::charter, as_bytes(canon::write(value))))};
    REQUIRE(office.apply(gate::RatifyCharter{owner->account, {value, {sig}}}).ok());
  }
  REQUIRE(office.apply(gate::ActivateCharter{office.gail.account, statement.digest}).ok());
}

PacketId submitted(Office& office) {
  canon::Value document = canon::parse(office.submission("case-1")).value();
  canon::Value& packet = *document.object()->find("packet");
  const std::string grant = crypto::sha256(as_bytes("content of case-1/c7")).hex();
  packet.object()->find("scope")->object()->set("grant_map",
                                                canon::Object{{"s1", canon::Object{{"value", grant}}}});
  packet.object()->set("bounds",
                       canon::Object{{"period", canon::Object{{"from", "2026-11-01T00:00:00.000Z"},
                                                              {"until", "2026-12-01T00:00:00.000Z"}}}});
  document.object()->set("upstream_digest", crypto::sha256(as_bytes(canon::write(packet))).hex());
  IntakeOutcome out;
  REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
    SP_TRY(out, submit_packet(*office.core, office.intake, canon::write(document)));
    return {};
  }));
  REQUIRE(out.refused.empty());
  return out.packet;
}

void answer(Office& office, const std::string& source, const std::string& key, const std::string& content,
            std::map<std::string, std::vector<std::string>> touches) {
  office.now = office.now + Duration{1'000};
  Question question;
  question.config.source = source;
  question.keys = {key};
  source::Answer answer;
  answer.source = source;
  answer.observed_at = office.now;
  answer.complete_through = office.now;
  source::ObjectAnswer object;
  object.key = key;
  object.status = source::ObjectStatus::found;
  object.occurred_at = office.now;
  object.content = crypto::sha256(as_bytes(content));
  object.touches = std::move(touches);
  answer.objects.push_back(std::move(object));
  REQUIRE(office.core->run(office.now, [&] { return record_answer(*office.core, question, answer); }));
}

std::vector<std::string> held(const Office& office, const PacketId& id) {
  std::vector<std::string> out;
  for (const gate::CheckLine& line : gate::evaluate(office.core->world(), id, office.now)) {
    if (line.outcome == gate::Outcome::hold && line.code.starts_with("SCOPE.")) {
      out.push_back(line.code + " " + line.subject);
    }
  }
  std::ranges::sort(out);
  return out;
}

} // namespace

TEST_CASE("INV-03, SCOPE.DRIFT: a period and a snapshot, from the documents that come in to what holds, and "
          "after a restart") {
  const Folder folder;
  Office::found(folder / "data", start);
  PacketId id;
  {
    Office office(folder / "data");
    adopt(office);
    id = submitted(office);
    office.observe_all();
    CHECK(held(office, id) == std::vector<std::string>{"SCOPE.UNDEFINED /citations/c1"}); // nothing stated
    answer(office, "session-broker", "case-1/c1", "content of case-1/c1",
           {{"tenant", {"tenant-4471"}}, {"period", {"the eleventh month"}}});
    CHECK(held(office, id) == std::vector<std::string>{"SCOPE.UNDEFINED /citations/c1"});
    answer(office, "session-broker", "case-1/c1", "content of case-1/c1",
           {{"tenant", {"tenant-4471"}}, {"period", {"2026-12-01T00:00:00.000Z"}}});
    const auto later = held(office, id);
    CHECK(std::ranges::find(later, "SCOPE.EXCEEDS /citations/c1") != later.end());
  }
  {
    Office again(folder / "data");
    const auto later = held(again, id);
    CHECK(std::ranges::find(later, "SCOPE.EXCEEDS /citations/c1") != later.end());
    CHECK(std::ranges::find(later, "SCOPE.DRIFT /scope/grant_map") == later.end());
    answer(again, "break-glass-ledger", "case-1/c7", "another content", {});
    const auto drifted = held(again, id);
    CHECK(std::ranges::find(drifted, "SCOPE.DRIFT /scope/grant_map") != drifted.end());
  }
}
