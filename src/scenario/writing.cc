#include "scenario/writing.h"

#include "base/bytes.h"
#include "canon/json.h"
#include "crypto/digest.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::scenario {
namespace {

constexpr std::size_t region_bytes = 20;
constexpr std::size_t salt_bytes = 16;

canon::Value put(std::string at, canon::Value value) {
  return canon::Object{{"op", "put"}, {"at", std::move(at)}, {"value", std::move(value)}};
}

// What the cast says that packets touch, as a source would state it.
std::vector<std::string> declared(Stage& stage, const std::string& dimension) {
  if (const auto bound = stage.cast.usual.bounds.find(dimension); bound != stage.cast.usual.bounds.end()) {
    return sections_of(bound->second);
  }
  std::vector<std::string> out;
  if (dimension == "fragment") {
    out.assign(stage.envelopes().begin(), stage.envelopes().end());
  } else if (const auto hidden = stage.cast.usual.hidden.find(dimension);
             hidden != stage.cast.usual.hidden.end()) {
    for (const auto& [element, value] : hidden->second) {
      out.push_back(value);
    }
  }
  return out;
}

canon::Value citation_of(Stage& stage, const Cast::Citation& citation, const std::string& key) {
  const auto [at, fresh] = stage.records().try_emplace({citation.source, key});
  Record& record = at->second;
  if (fresh) {
    record.attrs = citation.stating;
    for (const std::string& dimension : citation.touching) {
      record.touches[dimension] = declared(stage, dimension);
    }
  }
  canon::Object said{{"key", key},
                     {"occurred_at", to_string(stage.cast.start)},
                     {"content", stage.content_of(key, record.content).hex()}};
  canon::Object pins;
  for (const std::string& attr : citation.pinning) {
    pins.set(attr, record.attrs[attr]);
  }
  if (!citation.pinning.empty()) {
    said.set("pins", std::move(pins));
  }
  return canon::Object{{"kind", citation.kind},
                       {"source", citation.source},
                       {"supports", canon::Array{}},
                       {"observed_at", to_string(stage.now())},
                       {"complete_through", to_string(stage.now())},
                       {"record", std::move(said)}};
}

// The record that the packet cites of a kind, as a scan names what it used.
void pin(Stage& stage, const std::string& packet, const char* name, const char* kind,
         engine::ScanReport& report) {
  const auto citation = std::ranges::find(stage.cast.citations, kind, &Cast::Citation::kind);
  if (citation == stage.cast.citations.end()) {
    return;
  }
  const std::string key = packet + "/" + citation->id;
  const auto record = stage.records().find({citation->source, key});
  const std::uint32_t content = record == stage.records().end() ? 1 : record->second.content;
  report.pins[name] = {citation->source, key, stage.content_of(key, content)};
}

} // namespace

Tried<canon::Value> value_of(const std::string& text, const std::string& slot) {
  if (!text.starts_with('{') && !text.starts_with('[')) {
    return canon::Value(text);
  }
  auto value = canon::parse(text);
  if (!value) {
    return unusable("this is no JSON", slot);
  }
  return *std::move(value);
}

Tried<canon::Value> ops_of(Stage& stage, const std::string& packet, const Args& args) {
  canon::Array ops;
  for (const std::string& id : args.list("cited")) {
    const auto citation = std::ranges::find(stage.cast.citations, id, &Cast::Citation::id);
    if (citation == stage.cast.citations.end()) {
      return unusable("the cast has no such citation", "cited");
    }
    ops.push_back(put("/citations/" + id, citation_of(stage, *citation, packet + "/" + id)));
  }
  for (const Args& one : args.each("put")) {
    SP_TRY(canon::Value value, value_of(one.at("value"), "value"));
    ops.push_back(put(one.at("place"), std::move(value)));
  }
  for (const Args& one : args.each("remove")) {
    ops.push_back(canon::Object{{"op", "remove"}, {"at", one.at("gone")}});
  }
  return canon::Value(std::move(ops));
}

std::string envelope(const std::string& dump, std::uint32_t rev, std::size_t region) {
  const Digest salt = crypto::sha256(fmt::format("salt of {}/{}/{}", dump, rev, region));
  return canon::write(canon::Object{{"bytes", region_bytes},
                                    {"class", "stack"},
                                    {"dump", dump},
                                    {"kind", "fragment"},
                                    {"offset", region * region_bytes},
                                    {"region", fmt::format("rg{}", region)},
                                    {"rev", std::int64_t{rev}},
                                    {"salt", to_base64url(ByteView(salt.bytes).first(salt_bytes))},
                                    {"v", 1}}) +
         "\n" + std::string(region_bytes, '*');
}

Tried<engine::ScanReport> report_of(Stage& stage, const Args& args) {
  SP_TRY(const Play* play, stage.play(args));
  (void)play;
  engine::ScanReport out;
  out.source = args.at("source");
  out.facts.dump = args.at("dump");
  out.facts.rev = static_cast<std::uint32_t>(std::stoul(args.at("rev")));
  out.facts.passes = static_cast<std::uint32_t>(std::stoul(args.get("passes", args.at("rev"))));
  out.facts.size = static_cast<std::uint32_t>(std::stoul(args.get("regions", "5")));
  out.facts.unaccounted = std::stoul(args.get("unread", "0"));
  out.facts.re_exposed = static_cast<std::uint32_t>(std::stoul(args.get("again", "0")));
  out.facts.residual = {{"customer_identifier", 0}, {"session_payload", 0}, {"stack_local", 0}};
  for (std::size_t i = 0; i < out.facts.size; ++i) {
    out.regions.push_back(
        {"stack", region_bytes, crypto::sha256(envelope(out.facts.dump, out.facts.rev, i)), {}});
  }
  for (const Args& one : args.each("leaving")) {
    const std::size_t region = std::stoul(one.at("region"));
    if (region >= out.regions.size()) {
      return unusable("the dump has no such region", "region");
    }
    ++out.regions[region].exposed[one.at("exposure")];
    ++out.facts.residual[one.at("exposure")];
  }
  out.facts.root = engine::root_of(out.regions);
  pin(stage, args.at("packet"), "ruleset", "redaction_rules", out);
  pin(stage, args.at("packet"), "taxonomy", "identifier_taxonomy", out);
  out.tools["tool"] = crypto::sha256("tool 1");
  out.changed_at = stage.now();
  return out;
}

Done in_batch(Stage& stage, const std::function<Result<void>()>& work) {
  std::optional<Error> unread;
  SP_CHECK(stage.batch([&]() -> Result<void> {
    Result<void> done = work();
    if (!done && (done.error().code == ErrorCode::malformed || done.error().code == ErrorCode::conflict)) {
      unread = done.error();
      return {};
    }
    return done;
  }));
  return unread ? Done(unusable(unread->text())) : Done{};
}

} // namespace sallyport::scenario
