// What is so at the sources, and what they say of it. Nothing that changes at a source is known to the gate
// before it is asked, or told by an event.
#include "scenario/stage.h"

#include <algorithm>
#include <array>

namespace sallyport::scenario {
namespace {

Tried<Record*> record_at(Stage& stage, const Args& args) {
  SP_TRY(const SourceTruth* source, stage.source(args));
  (void)source;
  const auto at = stage.records().find({args.at("source"), args.at("object")});
  if (at == stage.records().end()) {
    return unusable("the source has no such object", "object");
  }
  return &at->second;
}

Done changes(Stage& stage, const Args& args) {
  SP_TRY(Record * record, record_at(stage, args));
  record->content = args.has("back") ? std::max(1U, record->content - 1) : record->content + 1;
  return {};
}

Done loses(Stage& stage, const Args& args) {
  SP_TRY(Record * record, record_at(stage, args));
  record->status = "gone";
  return {};
}

Done cannot_tell(Stage& stage, const Args& args) {
  SP_TRY(Record * record, record_at(stage, args));
  record->status = "unknown";
  return {};
}

Done finds(Stage& stage, const Args& args) {
  SP_TRY(Record * record, record_at(stage, args));
  record->status = "found";
  return {};
}

Done states(Stage& stage, const Args& args) {
  SP_TRY(Record * record, record_at(stage, args));
  record->attrs[args.at("attr")] = args.at("value");
  return {};
}

Done unstates(Stage& stage, const Args& args) {
  SP_TRY(Record * record, record_at(stage, args));
  record->attrs.erase(args.at("attr"));
  return {};
}

Done touches(Stage& stage, const Args& args) {
  SP_TRY(Record * record, record_at(stage, args));
  record->touches[args.at("dimension")].push_back(args.at("value"));
  return {};
}

Done touches_nothing(Stage& stage, const Args& args) {
  SP_TRY(Record * record, record_at(stage, args));
  record->touches.erase(args.at("dimension"));
  return {};
}

Done silent(Stage& stage, const Args& args) {
  SP_TRY(SourceTruth * source, stage.source(args));
  source->silent = true;
  return {};
}

Done speaks(Stage& stage, const Args& args) {
  SP_TRY(SourceTruth * source, stage.source(args));
  source->silent = false;
  return {};
}

Done behind(Stage& stage, const Args& args) {
  SP_TRY(SourceTruth * source, stage.source(args));
  source->lag = *duration_of(args.at("time"));
  return {};
}

Done ahead(Stage& stage, const Args& args) {
  SP_TRY(SourceTruth * source, stage.source(args));
  source->ahead = *duration_of(args.at("time"));
  return {};
}

Done in_step(Stage& stage, const Args& args) {
  SP_TRY(SourceTruth * source, stage.source(args));
  source->lag = source->ahead = Duration{};
  return {};
}

Done asked(Stage& stage, const Args& args) {
  SP_TRY(const SourceTruth* source, stage.source(args));
  (void)source;
  return stage.ask(args.at("source"));
}

Done all_asked(Stage& stage, const Args&) {
  for (const auto& [name, source] : stage.sources()) {
    SP_CHECK(stage.ask(name));
  }
  return {};
}

Done asks(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const SourceTruth* source, stage.source(args));
  (void)source;
  SP_TRY(const gate::Step step, stage.apply(gate::AskSource{who->account, args.at("source")}));
  return step.ok() ? stage.ask(args.at("source")) : Done{};
}

// An answer of some time ago that arrives now.
Done late(Stage& stage, const Args& args) {
  SP_TRY(const SourceTruth* source, stage.source(args));
  (void)source;
  auto question = engine::question_about(stage.core(), args.at("source"));
  if (!question) {
    return unusable("nothing is asked of this source", "source");
  }
  const Instant then = stage.now() - *duration_of(args.at("time"));
  source::Answer answer;
  answer.source = args.at("source");
  answer.observed_at = answer.complete_through = then;
  for (const std::string& key : question->keys) {
    const Record& record = stage.records()[{question->config.source, key}];
    const bool before = args.has("object") && args.at("object") == key;
    answer.objects.push_back({key, source::ObjectStatus::found, std::nullopt, then,
                              stage.content_of(key, before ? record.content - 1 : record.content),
                              record.attrs, record.touches});
  }
  return stage.batch([&] { return engine::record_answer(stage.core(), *question, answer); });
}

Done admits(Stage& stage, const Args& args) {
  for (const std::string& name : args.list("people")) {
    SP_TRY(const Actor* reader, stage.actor_named(name, "people"));
    stage.directory().insert(reader->name);
  }
  return {};
}

Done drops(Stage& stage, const Args& args) {
  for (const std::string& name : args.list("people")) {
    if (stage.directory().erase(name) == 0) {
      return unusable("the directory does not have this person", "people");
    }
  }
  return {};
}

Done reports(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  gate::ReportEvent event{who->account, args.at("source"), args.at("event"), std::nullopt, std::nullopt, {}};
  if (args.has("packet")) {
    SP_TRY(const Play* play, stage.play(args));
    event.packet = play->id;
  }
  if (args.has("object")) {
    const ObjectId* object = stage.core().objects().find(args.at("source"), args.at("object"));
    event.object = object == nullptr ? ObjectId::from_random(stage.core().random()) : *object;
  }
  if (args.has("other")) {
    SP_TRY(const Play* other, stage.play(args, "other"));
    event.other = other->id;
  }
  for (const Args& one : args.each("with")) {
    event.attrs[one.at("attr")] = one.at("value");
  }
  SP_TRY(const gate::Step step, stage.apply(event));
  (void)step;
  return {};
}

constexpr std::array source_table{
    Verb{Sort::event, "<source:name> changes <object:key> [back]",
         "The object has another content, or the one before.", changes},
    Verb{Sort::event, "<source:name> loses <object:key>", "There is no such object any more.", loses},
    Verb{Sort::event, "<source:name> cannot tell <object:key>", "What it says of the object cannot be read.",
         cannot_tell},
    Verb{Sort::event, "<source:name> finds <object:key>", "The object is there and can be read again.",
         finds},
    Verb{Sort::event, "<source:name> states <attr:name> of <object:key> as <value:text>",
         "The object has this attribute now.", states},
    Verb{Sort::event, "<source:name> no longer states <attr:name> of <object:key>",
         "The attribute is gone from the record.", unstates},
    Verb{Sort::event, "<source:name> has <object:key> touch <dimension:name> <value:text>",
         "The object touches one value more.", touches},
    Verb{Sort::event, "<source:name> has <object:key> touch no <dimension:name>",
         "The record does not say what it touches.", touches_nothing},
    Verb{Sort::event, "<source:name> falls silent", "It answers nobody.", silent},
    Verb{Sort::event, "<source:name> speaks again", "It answers.", speaks},
    Verb{Sort::event, "<source:name> is behind by <time:duration>", "Its record is complete only up to then.",
         behind},
    Verb{Sort::event, "<source:name> is ahead by <time:duration>", "Its clock is.", ahead},
    Verb{Sort::event, "<source:name> keeps time", "Neither behind nor ahead.", in_step},
    Verb{Sort::event, "<source:name> is asked",
         "About all that open packets cite of it; or it is found silent.", asked},
    Verb{Sort::event, "all sources are asked", "Each of them.", all_asked},
    Verb{Sort::event, "<who:name> asks <source:name>",
         "Somebody has it asked; the gate says whether they may.", asks},
    Verb{Sort::event, "<source:name> is heard late by <time:duration> [with <object:key> as before]",
         "An answer of that long ago arrives now.", late},
    Verb{Sort::event, "the directory admits <people:names>",
         "They can read the lane's queue, says the directory.", admits},
    Verb{Sort::event, "the directory drops <people:names>", "They no longer can.", drops},
    Verb{Sort::event,
         "<who:name> reports <event:code> at <source:name> [about <object:key>] [for <packet:name>] [and "
         "<other:name>] [with "
         "<attr:name> "
         "<value:text>]*",
         "A source tells of an event; `and`: the packet that may be the same case.", reports},
};

} // namespace

std::span<const Verb> source_verbs() {
  return source_table;
}

} // namespace sallyport::scenario
