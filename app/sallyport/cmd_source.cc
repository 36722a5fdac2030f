// source: the systems that hold the evidence. `digest` is local.
#include "api_client.h"
#include "canon/json.h"
#include "engine/files.h"
#include "print.h"
#include "source/config.h"
#include "source/map.h"
#include "words.h"

#include <variant>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Put {
  fs::path file;
};

struct OneSource {
  std::string source;
};

struct Try {
  std::string source;
  std::string key;
};

struct Event {
  std::string source;
  std::string event;
  std::string packet;
  std::string key;
  std::vector<std::string> attrs;
  std::string changed_at;
};

struct DigestOf {
  fs::path map;
  std::string key;
  fs::path record;
};

Answer<void> list_sources(const Context& context, const NoOptions&) {
  SP_TRY(const Reply reply, get_all(context, route({"sources"}), "sources"));
  Table table({{"SOURCE"}, {"EPOCH"}, {"ANSWERS"}, {"LAST CONTACT"}});
  for (const canon::Value& source : array_at(reply.value, "sources")) {
    const bool silent = text_at(source, "unreachable") == "yes";
    table.row({text_at(source, "source"), text_at(source, "epoch"), silent ? "no" : "yes",
               brief_time(text_at(source, "last_contact"))},
              silent ? Tone::bad : Tone::good);
  }
  show(context, reply, table.text(context), table.empty() ? "No source is configured.\n" : "");
  return {};
}

Answer<void> configure(const Context& context, const Put& options) {
  SP_TRY(std::string text, engine::read_small_file(options.file));
  const auto config = source::parse_config(text);
  if (!config) {
    return give_up(Exit::usage,
                   options.file.string() + ": " + config.error().text() + "; see docs/sources.md");
  }
  SP_TRY(const Reply reply, put(context, route({"sources", config->source}), std::move(text)));
  show(context, reply,
       fields({{"source", text_at(reply.value, "source")}, {"epoch", text_at(reply.value, "epoch")}}));
  return {};
}

Answer<void> try_key(const Context& context, const Try& options) {
  SP_TRY(const Reply reply, ask(context, route({"sources", options.source, "try"}),
                                options.key.empty() ? canon::Object{} : canon::Object{{"key", options.key}}));
  std::vector<std::pair<std::string, std::string>> rows;
  if (const canon::Object* members = reply.value.object()) {
    for (const auto& [name, value] : *members) {
      rows.emplace_back(printable(name), inline_text(value));
    }
  }
  show(context, reply, fields(rows));
  return {};
}

Answer<void> refresh(const Context& context, const OneSource& options) {
  SP_TRY(const Reply reply, ask(context, route({"sources", options.source, "refresh"})));
  show(context, reply, "", "The source is being asked; see: sallyport source list\n");
  return {};
}

Answer<void> event(const Context& context, const Event& options) {
  canon::Object body{{"event", options.event}};
  if (!options.packet.empty()) {
    body.set("packet", options.packet);
  }
  if (!options.key.empty()) {
    body.set("key", options.key);
  }
  canon::Object attrs;
  for (const std::string& pair : options.attrs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) {
      return give_up(Exit::usage, "--attr: write NAME=VALUE");
    }
    attrs.set(pair.substr(0, equals), pair.substr(equals + 1));
  }
  if (!attrs.empty()) {
    body.set("attrs", std::move(attrs));
  }
  if (!options.changed_at.empty()) {
    body.set("changed_at", options.changed_at);
  }
  SP_TRY(const Reply reply, post(context, route({"sources", options.source, "events"}), std::move(body)));
  Table table({{"EFFECT"}, {"PACKET"}});
  for (const canon::Value& effect : array_at(reply.value, "effects")) {
    table.row({text_at(effect, "effect"), text_at(effect, "packet")});
  }
  show(context, reply, table.text(context), table.empty() ? "On record; it concerns no packet.\n" : "");
  return {};
}

// The same digest that a probe of this source gives as `content`: what a citation states.
Answer<void> digest_value(const Context& context, const DigestOf& options) {
  SP_TRY(const std::string text, engine::read_small_file(options.map));
  const auto config = source::parse_config(text);
  if (!config) {
    return give_up(Exit::usage, options.map.string() + ": " + config.error().text());
  }
  const source::Shape* shape = source::find_shape(*config, options.key);
  if (shape == nullptr) {
    return give_up(Exit::usage, "--key: no shape of this source takes such a key");
  }
  SP_TRY(const std::string record_text, engine::read_small_file(options.record));
  const auto record = canon::parse_foreign(record_text);
  if (!record) {
    return give_up(Exit::usage, options.record.string() + ": " + record.error().text());
  }
  const auto content = source::content_digest(shape->map.content, *record);
  if (!content) {
    return give_up(Exit::usage, options.record.string() + ": " + content.error().text());
  }
  out(context.json ? canon::write(canon::Object{{"content", content->hex()}}) + "\n" : content->hex() + "\n");
  return {};
}

} // namespace

void add_source(CLI::App& app, Context& context) {
  CLI::App& group =
      *add_group(app, "source", "Systems that hold the evidence (docs/sources.md)", "sallyport source list");
  on(add_verb(group, "list", "Sources, and whether they answer", "sallyport source list"), context,
     std::make_shared<NoOptions>(), list_sources);

  auto configured = std::make_shared<Put>();
  CLI::App* verb =
      add_verb(group, "put", "Configure a source", "sallyport source put identity-provider.json");
  verb->add_option("FILE", configured->file)->required()->check(CLI::ExistingFile);
  on(writes(verb, context), context, configured, configure);

  auto tried = std::make_shared<Try>();
  verb = add_verb(group, "try", "Ask for one record now; records nothing",
                  "sallyport source try session-broker session/83ab");
  verb->add_option("SOURCE", tried->source)->required();
  verb->add_option("KEY", tried->key, "The record, as the source calls it; without one, whether it answers");
  on(verb, context, tried, try_key);

  auto asked = std::make_shared<OneSource>();
  verb = add_verb(group, "refresh", "Ask for everything cited of it, now",
                  "sallyport source refresh session-broker");
  verb->add_option("SOURCE", asked->source)->required();
  on(verb, context, asked, refresh);

  auto reported = std::make_shared<Event>();
  verb = add_verb(group, "event", "Report an event on the source's behalf",
                  "sallyport source event session-broker --event object.changed --key session/83ab");
  verb->add_option("SOURCE", reported->source)->required();
  verb->add_option("--event", reported->event,
                   "What happened, as a charter's sources emit it: object.changed, duplicate.suspected, ...")
      ->required();
  verb->add_option("--packet", reported->packet, "The packet that it concerns");
  verb->add_option("--key", reported->key, "The record that it concerns, as the source calls it");
  verb->add_option("--attr", reported->attrs, "NAME=VALUE; repeatable")->allow_extra_args(false);
  verb->add_option("--changed-at", reported->changed_at,
                   "Since when it is so, where that is known: 2026-11-20T09:45:00.000Z");
  on(writes(verb, context), context, reported, event);

  auto digested = std::make_shared<DigestOf>();
  verb = add_verb(group, "digest", "The content digest that a citation of this record states; local",
                  "sallyport source digest --map session-broker.json --key session/83ab record.json");
  verb->add_option("--map", digested->map, "The source's configuration")
      ->required()
      ->check(CLI::ExistingFile);
  verb->add_option("--key", digested->key, "What the source calls the record")->required();
  verb->add_option("RECORD", digested->record, "The record alone, as JSON")
      ->required()
      ->check(CLI::ExistingFile);
  on(verb, context, digested, digest_value);
}

} // namespace sallyport::cli
