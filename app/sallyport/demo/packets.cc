#include "demo/packets.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "engine/files.h"
#include "source/config.h"
#include "source/map.h"

#include <array>

namespace sallyport::demo {
namespace {

struct CitedRecord {
  const char* citation;
  const char* kind;
  const char* source;
  const char* record; // file in examples/records
  const char* claim;
};

constexpr std::array cited{
    CitedRecord{"c1", "session_broker_log", "session-broker", "session_broker_log", "m1"},
    CitedRecord{"c2", "remote_console_event", "remote-console", "remote_console_event", "m1"},
    CitedRecord{"c3", "tenant_boundary_alert", "intake-triage", "tenant_boundary_alert", "m2"},
    CitedRecord{"c4", "case_chronology", "intake-triage", "case_chronology", "m1"},
    CitedRecord{"c5", "idp_sign_in", "identity-provider", "idp_sign_in", "m1"},
    CitedRecord{"c6", "duplicate_escalation", "intake-triage", "duplicate_escalation", "m2"},
    CitedRecord{"c7", "break_glass_grant", "break-glass-ledger", "break_glass_grant", "m1"},
    CitedRecord{"c8", "tenant_record", "tenant-registry", "tenant_record", "m2"},
    CitedRecord{"c9", "tenant_record", "tenant-registry", "tenant_record_4490", "m2"},
};

// What triage does with a record: the key, the time and the content digest, by the source's own map.
Result<canon::Object> cite(const CitedRecord& row, const std::filesystem::path& examples, Instant through,
                           Instant now) {
  SP_TRY(const std::string config_text,
         engine::read_small_file(examples / "sources" / (std::string(row.source) + ".json")));
  SP_TRY(const source::Config config, source::parse_config(config_text));
  SP_TRY(const std::string record_text,
         engine::read_small_file(examples / "records" / (std::string(row.record) + ".json")));
  SP_TRY(const canon::Value record, canon::parse_foreign(record_text));
  const auto& shapes = std::get<std::vector<source::Shape>>(config.shape);
  for (const source::Shape& shape : shapes) {
    const canon::Value* key = record.find(shape.map.key.substr(1));
    if (key == nullptr || key->string() == nullptr || source::find_shape(config, *key->string()) != &shape) {
      continue;
    }
    SP_TRY(const source::ObjectAnswer answer, source::map_record(shape.map, *key->string(), record));
    canon::Object out{{"kind", row.kind},
                      {"source", row.source},
                      {"key", answer.key},
                      {"occurred_at", to_string(answer.occurred_at)},
                      {"observed_at", to_string(now)},
                      {"complete_through", to_string(through)},
                      {"content", answer.content.hex()},
                      {"supports", canon::Array{row.claim}}};
    if (const auto version = answer.attrs.find("version"); version != answer.attrs.end()) {
      out.set("pins", canon::Object{{"version", version->second}});
    }
    return out;
  }
  return fail(ErrorCode::internal, row.record, "no shape of the source fits this record");
}

canon::Object value_of(canon::Value value) {
  return canon::Object{{"value", std::move(value)}};
}

canon::Object fields() {
  return {{"/narrative",
           value_of("A break-glass support session token issued for an enterprise escalation was presented "
                    "again 24 minutes after the session it belonged to had closed, from another network. "
                    "Whether this is a replay or a delayed reconnect of the console is not decided here.")},
          {"/operator", canon::Object{{"value", "ilves.m@support.example"}, {"pseudonym", "operator-FIR"}}},
          {"/privileged_path",
           canon::Object{{"value", "svc/billing-core/node-17/root/console"}, {"coarse", "billing-core"}}},
          {"/session", value_of("5c3f0a1e-7d42-4b0e-9c6b-2f1d8a9e4471")}};
}

canon::Object merges(const PacketSpec& spec, Instant now) {
  if (spec.merged_case.empty()) {
    return {};
  }
  return {
      {"d1", canon::Object{{"case", spec.merged_case},
                           {"packet", spec.merged_packet},
                           {"reason",
                            "The duty manager's escalation cites the same session and grant; nothing in it "
                            "contradicts this packet."},
                           {"code", "same_session"},
                           {"by", spec.merged_by},
                           {"at", to_string(now)}}}};
}

} // namespace

Result<canon::Value> make_submission(const PacketSpec& spec, const std::filesystem::path& examples,
                                     Instant now) {
  canon::Object citations;
  for (const CitedRecord& row : cited) {
    const auto at = spec.complete_through.find(row.source);
    SP_TRY(canon::Object citation,
           cite(row, examples, at == spec.complete_through.end() ? now : at->second, now));
    citations.set(row.citation, std::move(citation));
  }
  canon::Object packet{
      {"packet_class", "break-glass-token-replay"},
      {"lane", "Q-PSR"},
      {"severity", "sev1"},
      {"triage", canon::Object{{"stamp", "ts_hv7p4ddhf8"}, {"at", to_string(now)}, {"by", spec.triager}}},
      {"authors", canon::Array{spec.author}},
      {"fields", fields()},
      {"scope",
       canon::Object{
           {"tenant",
            canon::Object{{"t1", canon::Object{{"value", "tenant-4471"}, {"pseudonym", "tenant-KEA"}}},
                          {"t2", canon::Object{{"value", "tenant-4490"}, {"pseudonym", "tenant-RUE"}}}}}}},
      {"claims",
       canon::Object{{"m1", canon::Object{{"text", "The token of grant BG-2291 was presented twice."}}},
                     {"m2", canon::Object{{"text", "The second use crossed a tenant boundary."}}}}},
      {"citations", std::move(citations)},
      {"merges", merges(spec, now)}};
  if (spec.caveats) {
    packet.set(
        "caveats",
        canon::Object{
            {"k1", canon::Object{{"code", "uncorroborated"},
                                 {"text", "The second source address is known from one feed only."}}},
            {"k2", canon::Object{{"code", "clock"},
                                 {"text", "Console and broker clocks differ by up to four seconds."}}},
            {"k3", canon::Object{{"code", "alternative"},
                                 {"text", "A delayed reconnect of the console would look the same."}}}});
  }
  if (!spec.annex.empty()) {
    packet.set("parts", canon::Object{{"a1", canon::Object{{"kind", "annex"},
                                                           {"media_type", "text/plain"},
                                                           {"file_name", "console-excerpt.txt"},
                                                           {"state", spec.annex_state},
                                                           {"include", spec.annex_include},
                                                           {"content", to_base64(as_bytes(spec.annex))}}}});
  }
  const std::string digest = crypto::sha256(as_bytes(canon::write(packet))).hex();
  return canon::Value(canon::Object{
      {"v", 1},
      {"upstream",
       canon::Object{{"system", spec.system}, {"case", spec.case_name}, {"revision", spec.revision}}},
      {"upstream_digest", digest},
      {"packet", std::move(packet)}});
}

} // namespace sallyport::demo
