// Sources: configured, tried, asked, and what they report by themselves.
#include "engine/present.h"
#include "engine/sources.h"
#include "http/api_call.h"
#include "packet/names.h"

#include <algorithm>

namespace sallyport::http::api {
namespace {

Result<Outcome> list_sources(Call& call) {
  SP_TRY(const engine::Page page, page_of(call));
  SP_TRY(engine::Listed rows, engine::list_sources(call.core, page));
  Response shown = listed("sources", std::move(rows));
  return unless_known(call, std::move(shown));
}

Result<Outcome> configure(Call& call) {
  SP_TRY(const engine::ConfiguredSource done,
         engine::configure_source(call.core, call.by(), call.params.at("source"), call.body));
  if (!done.refused.empty()) {
    return refusal(call, done.refused);
  }
  return json(200, {{"source", call.params.at("source")}, {"epoch", std::int64_t{done.epoch}}});
}

Result<Outcome> try_key(Call& call) {
  canon::Fields fields(call.body, "");
  std::optional<std::string> key = fields.maybe_string("key", key_bytes);
  SP_CHECK(fields.done());
  auto trial = engine::trial_of(call.core, call.params.at("source"), std::move(key), call.clock);
  if (!trial) {
    return nothing_there();
  }
  return Later([trial = *std::move(trial)]() mutable -> Result<Response> {
    SP_TRY(canon::Object found, trial());
    return json(200, std::move(found));
  });
}

Result<Outcome> refresh(Call& call) {
  const std::string& source = call.params.at("source");
  if (!call.state().sources.contains(source)) {
    return nothing_there();
  }
  SP_TRY(const gate::Step step, call.core.apply(gate::AskSource{call.by(), source}));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  call.core.ask_later(source);
  return json(202, {});
}

Result<Outcome> report(Call& call) {
  canon::Fields fields(call.body, "");
  gate::ReportEvent event;
  event.by = call.by();
  event.source = call.params.at("source");
  event.event = fields.string("event", 63);
  if (fields.maybe("packet") != nullptr) {
    event.packet = fields.id<PacketId>("packet");
  }
  if (fields.maybe("other") != nullptr) {
    event.other = fields.id<PacketId>("other");
  }
  if (const auto key = fields.maybe_string("key", key_bytes)) {
    // A record that nobody cites concerns no packet: an id that stands for nothing else.
    const ObjectId* object = call.core.objects().find(event.source, *key);
    event.object = object != nullptr ? *object : ObjectId::from_random(call.core.random());
  }
  if (fields.maybe("attrs") != nullptr) {
    for (const auto& [name, value] : fields.object("attrs")) {
      if (value.string() == nullptr || value.string()->size() > 1000 || event.attrs.size() == 64) {
        fields.fault("attrs", "expected at most 64 members that are texts");
        break;
      }
      event.attrs[name] = *value.string();
    }
  }
  event.changed_at = fields.maybe_instant("changed_at");
  if (event.changed_at && *event.changed_at > call.now()) {
    fields.fault("changed_at", "is not over yet");
  }
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  canon::Array effects;
  for (const gate::LeafOut& leaf : step.leaves) {
    if (const auto* seen = std::get_if<packet::SourceEvent>(&leaf.leaf.record)) {
      canon::Object row{{"effect", seen->effect}};
      if (seen->packet) {
        row.set("packet", seen->packet->str());
      }
      effects.emplace_back(std::move(row));
    }
  }
  return json(200, {{"effects", std::move(effects)}});
}

constexpr std::array source_table{
    Route{
        "GET", "/v1/sources", Access::read, Takes::nothing, "source.list", list_sources, {"limit", "cursor"}},
    Route{"PUT", "/v1/sources/{source}", Access::govern, Takes::json, "source.configure", configure},
    Route{"POST",
          "/v1/sources/{source}/try",
          Access::source,
          Takes::json,
          "source.try",
          try_key,
          {},
          Keeps::nothing},
    Route{"POST",
          "/v1/sources/{source}/refresh",
          Access::prepare,
          Takes::nothing,
          "source.refresh",
          refresh,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/sources/{source}/events", Access::source, Takes::json, "source.report", report},
};

} // namespace

std::span<const Route> source_routes() {
  return source_table;
}

} // namespace sallyport::http::api
