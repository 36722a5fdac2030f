// The packet's life at the gate, up to the crossing.
#include "demo/dispatch.h"
#include "demo/packets.h"

#include "canon/json.h"
#include "engine/engine.h"

#include <fmt/format.h>

namespace sallyport::demo {
namespace {

bool holds_code(const Answer& packet, std::string_view code) {
  const canon::Value* holds = packet.body.find("holds");
  if (holds == nullptr || holds->array() == nullptr) {
    return false;
  }
  for (const canon::Value& hold : *holds->array()) {
    if (*hold.find("code")->string() == code) {
      return true;
    }
  }
  return false;
}

std::string head_digest(const Answer& packet) {
  const canon::Value* head = packet.body.find("head");
  return head == nullptr ? "" : *head->find("digest")->string();
}

std::string last_spent(const Answer& packet) {
  return *packet.body.find("spent")->array()->back().find("digest")->string();
}

PacketSpec spec_of(const Stage& stage, std::int64_t revision) {
  PacketSpec spec;
  spec.revision = revision;
  spec.triager = stage.tia.person.str();
  spec.author = stage.tia.person.str();
  return spec;
}

std::string at(const Stage& stage, const std::string& below = "") {
  return "/v1/packets/" + stage.packet + below;
}

struct Reviewed {
  std::string manifest; // id
  std::string digest;
  std::string bytes;
};

// An agent drafts, a person submits.
Result<Reviewed> put_in_review(const Stage& stage) {
  SP_TRY(const Answer packet, stage.must(stage.tia, "GET", at(stage)));
  SP_TRY(const Answer drafted, stage.must(stage.agent, "POST", at(stage, "/manifests"),
                                          canon::Object{{"revision", head_digest(packet)}}));
  const std::string id = drafted.text("manifest");
  SP_TRY(const Answer submitted,
         stage.must(stage.tia, "POST", at(stage, "/manifests/" + id + "/submit"), canon::Object{}));
  return Reviewed{id, submitted.text("digest"), submitted.text("bytes")};
}

Result<Answer> sign(const Stage& stage, const Reviewed& reviewed) {
  SP_TRY(const std::string signature, ssh_sign(stage.anna, "dispatch@sallyport", reviewed.bytes));
  return stage.call(stage.anna, "POST", at(stage, "/sign"),
                    canon::Object{{"manifest", reviewed.digest}, {"signature", signature}});
}

Result<void> promote(const Stage& stage) {
  SP_TRY(const Answer prepared,
         stage.must(stage.anna, "POST", at(stage, "/annexes/a1/statement"), canon::Object{}));
  SP_TRY(const std::string signature, ssh_sign(stage.anna, "annex@sallyport", prepared.text("statement")));
  SP_TRY(const Answer done, stage.must(stage.anna, "POST", at(stage, "/annexes/a1/promote"),
                                       canon::Object{{"signature", signature}}));
  (void)done;
  return {};
}

constexpr const char* redacted_annex = "10:26:12Z console attach, operator-FIR, service billing-core\n"
                                       "10:26:14Z token [withheld by the author] presented, grant BG-2291\n";

} // namespace

Result<void> refuse_an_intake(Stage& stage) {
  stage.act("An intake that does not say its caveats is refused");
  PacketSpec spec = spec_of(stage, 1);
  spec.caveats = false;
  SP_TRY(const canon::Value submission,
         make_submission(spec, stage.options().examples, engine::system_now()));
  const Answer refused = stage.call(stage.intake, "POST", "/v1/packets", submission);
  return stage.expect(refused.status == 422, "refused at " + refused.text("field") +
                                                 "; there is no packet, the attempt is on record");
}

Result<void> withhold_a_token(Stage& stage) {
  stage.act("A packet arrives with a live token in its annex and a stale citation");
  const Instant now = engine::system_now();
  PacketSpec first = spec_of(stage, 1);
  first.annex = "10:26:12Z console attach\nAuthorization: Bearer "
                "eyJhbGciOiJFUzI1NiIsImtpZCI6ImJnLTEifQ.eyJqdGkiOiI4M2FiLTQ3YTQtZDE5ZiIsInN1YiI6ImlsdmVzIn0."
                "mZ3p0c2VjcmV0LXNpZ25hdHVyZS1ieXRlcy1hcmUtaGVyZQ\n";
  stage.standin->set_lag("identity-provider", Duration{3 * 3'600'000});
  first.complete_through["identity-provider"] = now - Duration{3 * 3'600'000};
  SP_TRY(const canon::Value submission, make_submission(first, stage.options().examples, now));
  SP_TRY(const Answer opened, stage.must(stage.intake, "POST", "/v1/packets", submission));
  stage.packet = opened.text("packet");
  SP_TRY(Answer packet, stage.must(stage.tia, "GET", at(stage)));
  SP_CHECK(stage.expect(holds_code(packet, "MIN.SECRET"),
                        "MIN.SECRET: the token was replaced before anything was sealed or stored"));
  SP_TRY(packet, stage.until(
                     stage.tia, at(stage), [](const Answer& a) { return holds_code(a, "FRESH.STALE"); },
                     "the sources to be asked"));
  SP_CHECK(
      stage.expect(holds_code(packet, "FRESH.STALE"),
                   "FRESH.STALE: the sign-in log is known only up to three hours ago; the limit is two"));
  const Answer no_manifest = stage.call(stage.tia, "POST", at(stage, "/manifests"),
                                        canon::Object{{"revision", head_digest(packet)}});
  SP_CHECK(stage.expect(no_manifest.status == 423,
                        "no manifest can be drafted over a revision from which something was withheld"));

  PacketSpec second = spec_of(stage, 2);
  second.annex = redacted_annex;
  second.annex_state = "redacted";
  second.annex_include = true;
  second.complete_through = first.complete_through;
  SP_TRY(const canon::Value cleaned, make_submission(second, stage.options().examples, now));
  SP_TRY(const Answer revised,
         stage.must(stage.intake, "POST", at(stage, "/revisions"),
                    canon::Object{{"predecessor", head_digest(packet)}, {"submission", cleaned}}));
  (void)revised;
  SP_TRY(packet, stage.until(
                     stage.tia, at(stage), [](const Answer& a) { return !holds_code(a, "MIN.SECRET"); },
                     "MIN.SECRET cleared"));
  SP_CHECK(stage.expect(holds_code(packet, "MIN.ANNEX"),
                        "revision 2 without the token; its redacted annex waits for a person (MIN.ANNEX)"));
  SP_CHECK(promote(stage));
  SP_TRY(packet, stage.until(
                     stage.tia, at(stage), [](const Answer& a) { return !holds_code(a, "MIN.ANNEX"); },
                     "MIN.ANNEX cleared"));
  stage.say("Anna promoted the annex with a signature over revision digest and part (annex@sallyport).");

  stage.standin->set_lag("identity-provider", Duration{});
  SP_TRY(const Answer asked,
         stage.must(stage.agent, "POST", "/v1/sources/identity-provider/refresh", canon::Object{}));
  (void)asked;
  SP_TRY(packet, stage.until(
                     stage.tia, at(stage), [](const Answer& a) { return !holds_code(a, "FRESH.STALE"); },
                     "FRESH.STALE cleared"));
  return stage.expect(
      true,
      "the source caught up and was observed again with the same content: FRESH.STALE cleared by itself");
}

Result<void> merge_a_duplicate(Stage& stage) {
  stage.act("The duty manager's escalation is a duplicate; it is merged while the packet is in review");
  SP_TRY(const Reviewed reviewed, put_in_review(stage));
  stage.say("The agent drafted the manifest, Tia submitted it: in review over revision 2.");
  PacketSpec other = spec_of(stage, 1);
  other.case_name = "ESC-7730";
  SP_TRY(const canon::Value submission,
         make_submission(other, stage.options().examples, engine::system_now()));
  SP_TRY(const Answer opened, stage.must(stage.intake, "POST", "/v1/packets", submission));
  stage.duplicate = opened.text("packet");
  SP_TRY(Answer packet, stage.must(stage.tia, "GET", at(stage)));
  SP_CHECK(stage.expect(holds_code(packet, "LINE.DUP_PENDING"),
                        "LINE.DUP_PENDING on both: same session, operator and tenant"));
  SP_TRY(const Answer signed_now, sign(stage, reviewed));
  SP_CHECK(stage.expect(signed_now.status == 200,
                        "Anna signs revision 2's manifest; it cannot cross while the duplicate is open"));
  SP_TRY(const Answer merged,
         stage.must(stage.tia, "POST", at(stage, "/merge"),
                    canon::Object{{"loser", stage.duplicate},
                                  {"person", stage.tia.person.str()},
                                  {"code", "same_session"},
                                  {"reason", "Same session and grant; nothing contradicts the packet."}}));
  (void)merged;
  SP_TRY(packet, stage.must(stage.tia, "GET", at(stage)));
  SP_CHECK(stage.expect(holds_code(packet, "LINE.SUPERSEDED") && head_digest(packet).empty(),
                        "Tia merged them: revision 2 is spent, its manifest void, Anna's signature with it"));
  const Answer old_release = stage.call(
      stage.anna, "POST", at(stage, "/release"),
      canon::Object{{"revision", last_spent(packet)}, {"manifest", reviewed.digest}, {"lane", "Q-PSR"}});
  SP_CHECK(stage.expect(old_release.status == 409, "a release on the old signature is refused and recorded"));
  PacketSpec third = spec_of(stage, 3);
  third.annex = redacted_annex;
  third.annex_state = "redacted";
  third.annex_include = true;
  third.merged_case = "ESC-7730";
  third.merged_packet = stage.duplicate;
  third.merged_by = stage.tia.person.str();
  SP_TRY(const canon::Value cleaned, make_submission(third, stage.options().examples, engine::system_now()));
  SP_TRY(const Answer revised,
         stage.must(stage.intake, "POST", at(stage, "/revisions"),
                    canon::Object{{"predecessor", last_spent(packet)}, {"submission", cleaned}}));
  (void)revised;
  SP_CHECK(promote(stage));
  SP_TRY(packet, stage.until(
                     stage.tia, at(stage), [](const Answer& a) { return a.text("gate") == "eligible"; },
                     "revision 3 eligible"));
  return stage.expect(true, "upstream sent revision 3, which names both lineages; nothing holds it");
}

Result<void> drift_of_the_roster(Stage& stage) {
  stage.act("Somebody gets queue access who is not in the approved audience");
  stage.standin->set_directory_members({stage.rhea.person.str(), stage.mira.person.str()});
  SP_TRY(const Answer asked,
         stage.must(stage.agent, "POST", "/v1/sources/reviewer-directory/refresh", canon::Object{}));
  (void)asked;
  SP_TRY(Answer packet,
         stage.until(
             stage.tia, at(stage), [](const Answer& a) { return holds_code(a, "AUD.ROSTER_DRIFT"); },
             "roster drift held"));
  SP_CHECK(stage.expect(true, "AUD.ROSTER_DRIFT: the directory has Mira, the signed roster does not"));
  stage.standin->set_directory_members({stage.rhea.person.str()});
  SP_TRY(const Answer again,
         stage.must(stage.agent, "POST", "/v1/sources/reviewer-directory/refresh", canon::Object{}));
  (void)again;
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  SP_TRY(packet, stage.must(stage.tia, "GET", at(stage)));
  return stage.expect(
      holds_code(packet, "AUD.ROSTER_DRIFT"),
      "the directory was put right; the hold stays until a new manifest is submitted over the roster");
}

Result<void> refuse_an_agent(Stage& stage) {
  stage.act("An agent prepares and never decides");
  const Answer tried = stage.call(stage.agent, "POST", at(stage, "/sign"),
                                  canon::Object{{"manifest", std::string(64, '0')}, {"signature", "none"}});
  SP_CHECK(stage.expect(tried.status == 403,
                        "its attempt to sign is refused: its credential cannot carry a deciding verb"));
  const Answer beyond = stage.call(stage.agent, "POST", "/v1/attempts/notify_customer", canon::Object{});
  return stage.expect(
      beyond.status == 403,
      "its attempt to notify the customer is out of bounds, and on record as customer_communication");
}

Result<void> sign_and_release(Stage& stage) {
  stage.act("Anna signs exactly the bytes that cross; the gate asks every source again and releases");
  SP_TRY(const Reviewed reviewed, put_in_review(stage));
  SP_TRY(Answer packet,
         stage.until(
             stage.tia, at(stage), [](const Answer& a) { return a.text("gate") == "awaiting_signature"; },
             "only a signature is missing"));
  SP_CHECK(stage.expect(true, "in review: every check passes but SIGN.MISSING"));
  SP_TRY(const Answer own, stage.must(stage.anna, "GET", at(stage, "/signer-view")));
  stage.say(fmt::format(
      "Anna sees what the lane will see: {} opened values, no tenant name, no operator, no raw path.",
      own.body.find("opened")->object()->size()));
  SP_TRY(const Answer signed_now, sign(stage, reviewed));
  SP_CHECK(stage.expect(signed_now.status == 200, "ssh-keygen signed " + reviewed.digest.substr(0, 20) +
                                                      "... under dispatch@sallyport"));
  SP_TRY(packet, stage.until(
                     stage.tia, at(stage), [](const Answer& a) { return a.text("status") == "released"; },
                     "release"));
  stage.entry = packet.text("entry");
  return stage.expect(!stage.entry.empty(),
                      "released as " + stage.entry + " into Q-PSR, in the chain that the signature started");
}

} // namespace sallyport::demo
