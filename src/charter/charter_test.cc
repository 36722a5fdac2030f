#include "charter/canonical.h"
#include "charter/codes.h"
#include "charter/diff.h"
#include "charter/lint.h"
#include "charter/parse.h"
#include "charter/spelling.h"

#include "base/limits.h"
#include "base/testing/shared_data.h"
#include "canon/json.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>

using namespace sallyport;
using namespace sallyport::charter;

namespace {

std::string example() {
  return sallyport::testing::read_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                       "examples/charters/break-glass-psr.toml");
}

std::string all_text(const std::vector<Fault>& faults) {
  std::string out;
  for (const Fault& fault : faults) {
    out += fault.text() + "\n";
  }
  return out;
}

// The text is sound, and its canonical form reads back to the same charter and the same bytes.
Charter golden(const std::string& text) {
  const Parsed first = parse_toml(text);
  INFO(all_text(first.faults));
  REQUIRE(first.charter);
  const std::string bytes = canon::write(canonical(*first.charter));
  const Parsed second = parse_json(bytes);
  INFO(all_text(second.faults));
  REQUIRE(second.charter);
  CHECK(*second.charter == *first.charter);
  CHECK(canon::write(canonical(*second.charter)) == bytes);
  CHECK(digest(*second.charter) == digest(*first.charter));
  CHECK(diff_in_words(*first.charter, *second.charter).empty());
  return *first.charter;
}

std::string edited(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

Charter parsed(const std::string& text) {
  const Parsed out = parse_toml(text);
  INFO(all_text(out.faults));
  REQUIRE(out.charter);
  return *out.charter;
}

} // namespace

TEST_CASE("the shipped example is sound, silent, honourable, and its own canonical form") {
  const Charter charter = golden(example());
  CHECK(parse_toml(example()).faults.empty());
  CHECK(honourable(charter).empty());
  CHECK(succession(charter, nullptr).empty());
  CHECK(charter.id == "break-glass-psr");
  CHECK(charter.lane.id == "Q-PSR");
  CHECK(charter.lane.clearance == "privileged-support-misuse");
  CHECK(charter.lane.clearance_by->needs.at("regulated-prod") == "regulated-environments");
  CHECK(charter.lane.citations.at("handling_note") == Missing::visible);
  CHECK(charter.sources.at("session-broker").unknown_after == Duration{900'000});
  CHECK(charter.sources.at("tenant-registry").checks[0].of == Names{"tenant_record"});
  CHECK(charter.sources.at("session-broker").checks[1].of == Names{"session_broker_log"});
  CHECK(charter.exposure.fields.at("/privileged_path").lane_view == View{ViewKind::coarsen, "service"});
  CHECK(charter.exposure.fields.at("/citations/*/record").agent_view == View{ViewKind::ref, ""});
  CHECK(charter.signers.require[0].roles == Names{"support-trust-approver"});
  CHECK(charter.holds.codes.at("FRESH.MISSING").override_by->count == 2);
  CHECK(charter.lineage.case_keys[0].key == std::vector<std::string>{"session_id", "operator", "tenant"});
  CHECK(charter.admission.release_on == ReleaseOn::authorised);
  CHECK(roster_source(charter) == "reviewer-directory");
}

TEST_CASE("the canonical form writes defaults out, and leaves out what has no value") {
  const canon::Value value = canonical(parsed(example()));
  CHECK(value.find("ledger") == nullptr);
  CHECK(canon::write(*value.find("clocks")) == "{}");
  CHECK(
      canon::write(*value.find("agents")) ==
      R"({"allow":["flag","prepare_manifest","refresh","trace"],"drift":[],"edit":"none","processor":"on-premises","rate_per_hour":60})");
  CHECK(
      canon::write(*value.find("scope")) ==
      R"({"tenant":{"max":"from_packet","required":true,"source":"tenant-registry","splittable":false,"type":"id_set"}})");
  CHECK(
      canon::write(*value.find("signers")) ==
      R"({"key_class_min":"sk-uv","not_also":["packet-author","packet-triager"],"require":[{"count":1,"role":"support-trust-approver"}],"step_up":true,"valid_for":14400000})");
  CHECK(canon::write(*value.find("lane")->find("reuse_denied")) == "[]");
  CHECK(
      canon::write(*value.find("sources")->find("identity-provider")) ==
      R"({"attrs":{},"authority_rank":1,"checks":[{"kind":"max_age","limit":7200000,"of":["idp_sign_in"]},{"kind":"digest","of":["idp_sign_in"]}],"emits":["object.changed","object.gone"],"on_change":"hold","recheck_within":30000,"supplies":["idp_sign_in"],"touches":[],"unknown_after":900000})");
}

TEST_CASE("comments, layout and the order of a set are not hashed; the order of a list is") {
  const Digest before = digest(parsed(example()));
  const auto same = edited(edited(example(), "[\"packet-triager\", \"packet-author\"]",
                                  "[\"packet-author\",\n \"packet-triager\"] # x"),
                           "valid_for = \"4h\"", "valid_for   =   \"240m\"");
  CHECK(digest(parsed(same)) == before);
  CHECK(digest(parsed(edited(example(), "[\"sev1\", \"sev2\"", "[\"sev2\", \"sev1\""))) != before);
  CHECK(digest(parsed(edited(example(), "valid_for = \"4h\"", "valid_for = \"5h\""))) != before);
}

TEST_CASE("the six complete charters are sound, and their own canonical form") {
  SP_SKIP_WITHOUT_SHARED_DATA("../spec/charters");
  std::size_t seen = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(sallyport::testing::shared_data("../spec/charters"))) {
    if (entry.path().extension() == ".toml") {
      CAPTURE(entry.path().string());
      const std::string text = sallyport::testing::read_file(entry.path());
      golden(text);
      CHECK(all_text(parse_toml(text).faults).empty()); // no warning either
      ++seen;
    }
  }
  CHECK(seen == 6);
}

TEST_CASE("what is not yet honoured is refused by name") {
  const auto refused = [](const std::string& text, const std::string& path, const std::string& what) {
    const Parsed out = parse_toml(text);
    INFO(all_text(out.faults));
    REQUIRE(out.charter);
    auto faults = honourable(*out.charter);
    place(faults, out.positions);
    const auto at = std::ranges::find(faults, path, &Fault::path);
    REQUIRE_MESSAGE(at != faults.end(), all_text(faults));
    CHECK(at->id == "H01");
    CHECK(at->line > 1);
    CHECK(at->message == path + ": this version of the gate does not honour " + what +
                             " yet, so it will not accept a charter that relies on it.");
  };
  refused(edited(example(), "verdicts =", "witness_before_delivery = true\nverdicts ="),
          "lane.witness_before_delivery", "a witness before delivery");
  refused(example() + "\n[scope.dump]\ntype = \"region_set\"\nmax = \"from_packet\"\n", "scope.dump.type",
          "the scope type region_set");
  refused(edited(example(), "max = \"from_packet\" ", "max = [\"northwind\"] "), "scope.tenant.max",
          "a bound that the charter names itself");
  refused(
      edited(edited(example(), "handling = \"text\" }", "handling = \"text\", tenants = \"set\" }"),
             "event = \"scope.changed\"",
             "event = \"scope.changed\"\nwhen = { attr = \"tenants\", op = \"subset\", scope = \"tenant\" }"),
      "lineage.triggers[1].when.scope", "a comparison with hidden scope values");
  refused(edited(example(), "privileged_path = { on_hit", "raw_dump = { on_hit"),
          "exposure.detectors.raw_dump", "the detector raw_dump");
  for (const char* dimension : {"type = \"interval\"\nmax = \"from_packet\"",
                                "type = \"level\"\nlevels = [\"low\", \"high\"]\nmax = \"low\"",
                                "type = \"threshold\"\nsense = \"at_least\"\nmax = 10",
                                "type = \"section_set\"\nmax = [\"one-part\", \"other-part\"]"}) {
    const Parsed honoured = parse_toml(example() + "\n[scope.more]\n" + dimension + "\n");
    REQUIRE_MESSAGE(honoured.charter, all_text(honoured.faults));
    CHECK(honourable(*honoured.charter).empty());
  }
  const Parsed partial = parse_toml(
      edited(edited(example(), "max = \"from_packet\" ", "splittable = true\nmax = \"from_packet\" "),
             "max_wait = \"4h\"",
             "partial_dim = \"tenant\"\npartial_roles = [\"support-trust-lead\"]\nmax_wait = \"4h\""));
  REQUIRE(partial.charter);
  CHECK(honourable(*partial.charter).empty()); // it is
}

TEST_CASE("states, validity, presence, agreement, clocks and windows are honoured") {
  for (const char* check :
       {"{ kind = \"present\", count = 1 }", "{ kind = \"valid_until\", attr = \"ends\", lead = \"1h\" }",
        "{ kind = \"state\", attr = \"ends\", op = \"exists\" }",
        "{ kind = \"agree\", with = \"session-broker\", attr = \"ends\" }"}) {
    const Charter charter =
        parsed(edited(example(), "supplies = [\"session_broker_log\"]\nchecks = [",
                      "supplies = [\"session_broker_log\"]\nattrs = { ends = \"instant\" }\nchecks = [" +
                          std::string(check) + ", "));
    CHECK(honourable(charter).empty());
  }
  CHECK(
      honourable(parsed(example() +
                        "\n[clocks.windows.release]\nkind = \"embargo_until\"\nat = 2027-03-01T00:00:00Z\n"))
          .empty());
}

TEST_CASE("of the example charters of dispatch, only what belongs to other rooms is not honoured") {
  SP_SKIP_WITHOUT_SHARED_DATA("../spec/charters");
  const Charter charter = parsed(sallyport::testing::read_file(
      sallyport::testing::shared_data("../spec/charters/trade-surveillance.toml")));
  for (const Fault& fault : honourable(charter)) {
    CHECK(fault.path == "signers.substitute.market-conduct-approver");
  }
}

TEST_CASE(
    "the crash-dump charter is honoured whole; parts and what only a dump's scanner finds are co_release's") {
  const std::string text = sallyport::testing::read_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                                         "examples/charters/crash-dump-privacy.toml");
  const Charter charter = golden(text);
  CHECK(honourable(charter).empty());
  Charter dispatched = charter;
  dispatched.flow = Flow::dispatch;
  const auto faults = honourable(dispatched);
  for (const char* path : {"scope.fragment.type", "exposure.detectors.raw_dump",
                           "exposure.detectors.session_payload", "exposure.detectors.stack_local"}) {
    CAPTURE(std::string(path));
    CHECK(std::ranges::find(faults, path, &Fault::path) != faults.end());
  }
}

TEST_CASE("the smallest charter is sound, is honoured whole, and nothing of it is warned of") {
  const std::string text = sallyport::testing::read_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                                         "examples/charters/first.toml");
  CHECK(honourable(golden(text)).empty());
  CHECK(all_text(parse_toml(text).faults) == "");
}

TEST_CASE("instants are read with their offset and written in UTC") {
  const auto text = [](std::string_view at) {
    return example() + "\n[clocks.windows.release]\nkind = \"embargo_until\"\nat = " + std::string(at) + "\n";
  };
  const Charter charter = parsed(text("2027-03-01T00:30:00.25+01:00"));
  const auto& embargo = std::get<Embargo>(charter.clocks.windows.at("release"));
  CHECK(to_string(std::get<Instant>(embargo.at)) == "2027-02-28T23:30:00.250Z");
  for (const char* bad : {"2027-03-01T00:30:00", "2027-03-01", "00:30:00", "2027-03-01T00:30:00.0001Z",
                          "0000-01-01T00:00:00+01:00"}) {
    const Parsed out = parse_toml(text(bad));
    CAPTURE(bad);
    REQUIRE_FALSE(out.charter);
    CHECK(out.faults[0].id == "E03");
    CHECK(out.faults[0].path == "clocks.windows.release.at");
  }
}

TEST_CASE("names, durations and times have one spelling") {
  for (const char* good : {"a", "psr-reviewers", "tenant_record", "sev1", "a1-b2_c3"}) {
    CHECK_MESSAGE(is_name(good), good);
  }
  for (const char* bad : {"", "A", "1a", "a-", "-a", "a--b", "a b", "a.b", "\xC3\xA4"}) {
    CHECK_FALSE_MESSAGE(is_name(bad), bad);
  }
  CHECK(is_name(std::string(63, 'a')));
  CHECK_FALSE(is_name(std::string(64, 'a')));
  CHECK(is_lane_id("Q-PSR"));
  CHECK_FALSE(is_lane_id("Q_PSR"));
  CHECK_FALSE(is_lane_id("q-psr"));
  CHECK(parse_duration("1ms") == Duration{1});
  CHECK(parse_duration("36600d") == duration_max);
  CHECK(parse_duration("0s") == Duration{0});
  CHECK(parse_duration("999999999d") > duration_max);
  for (const char* bad : {"", "s", "0m", "01s", "+1s", "-1s", "1", "1 s", "1.5h", "1w", "1000000000s",
                          "1h30m", "99999999999999999999s"}) {
    CHECK_FALSE_MESSAGE(parse_duration(bad), bad);
  }
  CHECK(parse_time("23:59") == TimeOfDay{1439});
  for (const char* bad : {"24:00", "8:00", "08:60", "08.00", ""}) {
    CHECK_FALSE_MESSAGE(parse_time(bad), bad);
  }
  CHECK(is_zone("America/Argentina/Buenos_Aires"));
  CHECK(is_zone("Etc/GMT+3"));
  CHECK_FALSE(is_zone("../etc/passwd"));
  CHECK_FALSE(is_zone("/Berlin"));
  CHECK(is_plain_text("M\xC3\xBCnchen"));
  CHECK_FALSE(is_plain_text("Mu\xCC\x88nchen")); // u + combining diaeresis is not NFC
  CHECK_FALSE(is_plain_text("a\tb"));
  CHECK_FALSE(is_plain_text("a\xC2\x85"
                            "b")); // C1
}

TEST_CASE("the tables of words are whole") {
  CHECK(drift_topic(StopVerb::decide_malicious) == DriftTopic::incident_adjudication);
  CHECK(drift_topic(StopVerb::determine_cause) == DriftTopic::case_adjudication);
  CHECK(drift_topic(StopVerb::enable_debugger) == DriftTopic::debugger_enablement);
  CHECK(drift_topic(StopVerb::grant_access) == DriftTopic::access_enablement);
  CHECK(drift_topic(StopVerb::contact_customer) == DriftTopic::customer_communication);
  CHECK(drift_topic(StopVerb::contact_worker) == DriftTopic::outside_communication);
  CHECK(drift_topic(StopVerb::disclose_outside) == DriftTopic::wider_sharing);
  CHECK(drift_topic(StopVerb::decide_review) == DriftTopic::downstream_decision);
  CHECK(drift_topic(StopVerb::recommend_control) == DriftTopic::remedy_choice);
  CHECK(drift_topic(StopVerb::assign_owner) == DriftTopic::authority_choice);
  CHECK(drift_topic(StopVerb::dispatch_response) == DriftTopic::execution);
  CHECK(is_positive(Verdict::sufficient));
  CHECK_FALSE(is_positive(Verdict::returned));
  CHECK(is_correction(Verdict::wrong_version));
  CHECK_FALSE(is_correction(Verdict::boundary_confusion));
  CHECK(hold_codes().size() == 52);
  CHECK(std::ranges::count_if(hold_codes(), &HoldCode::overridable) == 1);
  CHECK(find_hold_code("FRESH.MISSING")->overridable);
  CHECK(find_hold_code("FRESH.STALE")->standing == Standing::stay);
  CHECK(find_hold_code("MIN.FINDING")->mode == Mode::until_accepted);
  CHECK(find_hold_code("LANE.BOUNDARY")->group == HoldGroup::audience_scope);
  CHECK(find_hold_code("LANE.CAPACITY") == nullptr);
  CHECK(find_hold_code("ZZZ") == nullptr);
  CHECK(is_wait_reason("LANE.CAPACITY"));
  for (const HoldCode& row : hold_codes()) {
    CHECK_FALSE(is_wait_reason(row.code));
    CHECK(row.group ==
          (row.code.starts_with("FRESH.") ? HoldGroup::freshness
           : row.code.starts_with("MIN.") ? HoldGroup::minimization
           : row.code.starts_with("AUD.") || row.code.starts_with("SCOPE.") || row.code == "LANE.BOUNDARY"
               ? HoldGroup::audience_scope
               : HoldGroup::none));
  }
}

TEST_CASE("limits on size and depth are refusals") {
  const auto first = [](const Parsed& out) {
    REQUIRE_FALSE(out.charter);
    REQUIRE_FALSE(out.faults.empty());
    return out.faults[0];
  };
  const Fault big = first(parse_toml(example() + std::string(limits::charter_bytes, '#')));
  CHECK(big.id == "E01");
  CHECK(big.message == "the file: this is not a readable charter: it has more than 256 KiB.");
  CHECK(first(parse_json(std::string(limits::charter_bytes + 1, ' '))).id == "E01");
  CHECK(first(parse_toml("a = " + std::string(100'000, '['))).id == "E01");
  CHECK(first(parse_json(std::string(100'000, '['))).id == "E01");
  CHECK(first(parse_toml("a = [}")).id == "E01"); // aborts inside the library, were it let
  CHECK(first(parse_toml("\xEF\xBB\xBF" + example())).message.find("byte order mark") != std::string::npos);
  CHECK(first(parse_toml(example() + "# \xFF")).message.find("not UTF-8") != std::string::npos);
  std::string many = "supplies = [";
  for (int i = 0; i < 257; ++i) {
    many += "\"k" + std::to_string(i) + "\",";
  }
  const Fault items = first(parse_toml(edited(example(), "supplies = [\"idp_sign_in\"", many)));
  CHECK(items.message == "sources.identity-provider.supplies: this is not a readable charter: a collection "
                         "of more than 256 items.");
  std::string unknown;
  for (int i = 0; i < 10'000; ++i) {
    unknown += "x" + std::to_string(i) + " = 1\n";
  }
  CHECK(parse_toml(unknown).faults.size() <= 1000);
}

TEST_CASE("hostile text is read or refused, never a crash") {
  const std::string toml = example();
  const std::string json = canon::write(canonical(parsed(toml)));
  const std::string_view noise = "{}[]\"'=,.*#\n\t 0a-\\x\xC3";
  std::mt19937_64 random(20261120);
  std::size_t refused = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::string text = round % 4 == 3 ? json : toml;
    const bool is_json = round % 4 == 3;
    if (random() % 4 == 0) {
      text.resize(random() % text.size());
    }
    for (std::uint64_t edits = random() % 6; edits > 0 && !text.empty(); --edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
      case 0:
        text[at] = noise[random() % noise.size()];
        break;
      case 1:
        text.erase(at, random() % 40);
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), random() % 60));
        break;
      }
    }
    const Parsed out = is_json ? parse_json(text) : parse_toml(text);
    CHECK(out.charter.has_value() == std::ranges::none_of(out.faults, &Fault::error));
    CHECK(std::ranges::is_sorted(out.faults, {},
                                 [](const Fault& f) { return std::tie(f.line, f.column, f.id); }));
    refused += out.charter ? 0U : 1U;
    if (out.charter) {
      const auto again = parse_json(canon::write(canonical(*out.charter)));
      REQUIRE_MESSAGE(again.charter, all_text(again.faults));
      CHECK(*again.charter == *out.charter);
    }
  }
  CHECK(refused > 1'000);
  CHECK(refused < 3'000);
}

TEST_CASE("letters outside of ASCII where a key is asked for are a fault, not the end") {
  for (const char* text : {"é = 1", "\u0498 = 1", "\uFEFB = 1", "a = é"}) {
    CAPTURE(text);
    const Parsed parsed = parse_toml(text);
    CHECK_FALSE(parsed.charter);
    CHECK_FALSE(parsed.faults.empty());
  }
}
