#include "demo/records.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "engine/engine.h"
#include "engine/files.h"
#include "source/config.h"
#include "source/map.h"

#include <array>
#include <fstream>

namespace sallyport::demo::release {
namespace {

struct Cited {
  const char* id;
  const char* kind;
  const char* source;
  const char* key;
};

constexpr std::array cited{Cited{"c1", "dump_fragment", "dump-vault", "dump-1"},
                           Cited{"c2", "redaction_diff", "forensics-tool", "diff-1"},
                           Cited{"c3", "symbolization_provenance", "symbol-server", "map-1"},
                           Cited{"c4", "redaction_rules", "redaction-policy", policy_key},
                           Cited{"c5", "identifier_taxonomy", "classification", taxonomy_key},
                           Cited{"c6", "retention_record", "retention-registry", "retention-1"},
                           Cited{"c7", "environment_record", "env-inventory", "cluster-4"}};

Result<std::string> digest_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return fail(ErrorCode::not_found, file.filename().string(), "cannot be read");
  }
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  return crypto::sha256(as_bytes(bytes)).hex();
}

} // namespace

Result<void> set_records(const Stage& stage, const Evidence& evidence) {
  SP_TRY(const std::string copy, digest_of(evidence.copy));
  const canon::Value& pins = *evidence.report.find("pins");
  const Instant now = engine::system_now() - Duration{60'000};
  canon::Array fragments;
  for (const Evidence::Region& region : evidence.regions) {
    fragments.emplace_back(region.digest);
  }
  const auto set = [&](const char* source, const char* key, canon::Object record) {
    record.set("id", key);
    record.set("changed_at", to_string(now));
    return stage.standin->set_record(source, key, canon::write(record));
  };
  SP_CHECK(set("dump-vault", "dump-1",
               {{"digest", copy}, {"session", "session-4471"}, {"fragments", std::move(fragments)}}));
  SP_CHECK(set("forensics-tool", "diff-1", {{"diff", copy}, {"session", "session-4471"}}));
  SP_CHECK(set("symbol-server", "map-1",
               {{"build_id", evidence.build}, {"map_digest", evidence.build}, {"level", "function"}}));
  SP_CHECK(set("redaction-policy", policy_key, {{"version", "7"}, {"rules", *pins.find("ruleset")}}));
  SP_CHECK(set("classification", taxonomy_key, {{"version", "3"}, {"classes", *pins.find("taxonomy")}}));
  SP_CHECK(set("retention-registry", "retention-1",
               {{"deadline", to_string(now + Duration{365LL * 86'400'000})}}));
  return set("env-inventory", "cluster-4", {{"name", "cluster-four"}, {"class", "regulated"}});
}

Result<source::ObjectAnswer> read_record(const Stage& stage, const std::string& source,
                                         const std::string& key) {
  SP_TRY(const std::string text,
         engine::read_small_file(stage.options().examples / "sources" / "crash-dumps" / (source + ".json")));
  SP_TRY(const source::Config config, source::parse_config(text, stage.standin->base_url(source)));
  SP_TRY(source::Answer answer, source::probe(config, {key}, engine::system_now));
  if (answer.objects.size() != 1 || answer.objects.front().status != source::ObjectStatus::found) {
    return fail(ErrorCode::not_found, source, "the stand-in does not have the record");
  }
  return std::move(answer.objects.front());
}

Result<std::map<std::string, canon::Value>> citations(const Stage& stage) {
  std::map<std::string, canon::Value> out;
  const std::string now = to_string(engine::system_now());
  for (const Cited& row : cited) {
    SP_TRY(const source::ObjectAnswer record, read_record(stage, row.source, row.key));
    canon::Object said{{"key", record.key},
                       {"occurred_at", to_string(record.occurred_at)},
                       {"content", record.content.hex()}};
    canon::Object pins;
    for (const auto& [name, value] : record.attrs) {
      pins.set(name, value);
    }
    pins.erase("session"); // which one it is of, and no version
    if (!pins.empty()) {
      said.set("pins", std::move(pins));
    }
    out[row.id] = canon::Object{{"kind", row.kind},   {"source", row.source},    {"supports", canon::Array{}},
                                {"observed_at", now}, {"complete_through", now}, {"record", std::move(said)}};
  }
  return out;
}

} // namespace sallyport::demo::release
