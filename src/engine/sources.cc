#include "engine/sources.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "packet/archive.h"
#include "source/probe.h"

namespace sallyport::engine {

Result<ConfiguredSource> configure_source(Core& core, const AccountId& by, const std::string& source,
                                          const canon::Value& config) {
  const std::string text = canon::write(config);
  SP_TRY(const source::Config parsed, source::parse_config(text));
  if (parsed.source != source) {
    return fail(ErrorCode::malformed, "/source", "names another source than the request does");
  }
  const ByteView bytes = as_bytes(text);
  ConfiguredSource out;
  SP_TRY(const gate::Step step,
         core.apply(gate::ConfigureSource{by, source, {{"config", crypto::sha256(bytes).hex()}}}));
  out.refused = step.refused;
  if (!step.ok()) {
    return out;
  }
  out.epoch = core.state().sources.at(source).epoch;
  SP_CHECK(core.tx().put_document({"source", source, out.epoch, "", Bytes(bytes.begin(), bytes.end())}));
  core.remember_source(parsed);
  core.ask_later(source);
  return out;
}

namespace {

std::string_view word(source::ObjectStatus status) {
  switch (status) {
  case source::ObjectStatus::found:
    return "found";
  case source::ObjectStatus::gone:
    return "gone";
  case source::ObjectStatus::unknown:
    break;
  }
  return "unknown";
}

Result<canon::Object> show(const source::Answer& answer) {
  canon::Object out{{"observed_at", to_string(answer.observed_at)},
                    {"complete_through", to_string(answer.complete_through)}};
  if (answer.directory) {
    out.set("status", "found");
    out.set("version", answer.directory->version);
    out.set("members_count", answer.directory->members.size());
    return out;
  }
  if (answer.objects.empty()) {
    return out;
  }
  const source::ObjectAnswer& object = answer.objects.front();
  out.set("status", word(object.status));
  if (object.fault) {
    out.set("fault", object.fault->text());
  }
  if (object.status == source::ObjectStatus::found) {
    out.set("content", object.content.hex());
    out.set("occurred_at", to_string(object.occurred_at));
    out.set("attrs", packet::to_value(object.attrs));
    canon::Object touches;
    for (const auto& [dimension, values] : object.touches) {
      touches.set(dimension, values.size());
    }
    out.set("touches_count", std::move(touches));
  }
  return out;
}

} // namespace

std::optional<Trial> trial_of(const Core& core, const std::string& source, std::optional<std::string> key,
                              std::function<Instant()> clock) {
  const auto config = core.sources().find(source);
  if (config == core.sources().end()) {
    return std::nullopt;
  }
  const bool directory = std::holds_alternative<source::DirectoryShape>(config->second.shape);
  std::vector<std::string> keys;
  if (!directory && key) {
    keys.push_back(*std::move(key));
  }
  return [config = config->second, keys = std::move(keys),
          clock = std::move(clock)]() -> Result<canon::Object> {
    const auto answer = source::probe(config, keys, clock);
    if (!answer) {
      return fail(answer.error().code, answer.error().where, config.source + ": " + answer.error().message);
    }
    return show(*answer);
  };
}

} // namespace sallyport::engine
