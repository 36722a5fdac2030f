// What happens to packets: handed over, revised, merged, withdrawn.
#include "scenario/stage.h"

#include "canon/json.h"
#include "engine/intake.h"
#include "packet/statement.h"

#include <algorithm>
#include <array>

namespace sallyport::scenario {
namespace {

using gate::Event;

constexpr std::string_view change_words =
    " [like <other:name>] [session <session:text>] [operator <operator:text>] [narrative <narrative:text>] "
    "[tenant "
    "<element:name> <tenant:text>]* [scope <dimension:name> <member:name> <hidden:text>]* [bound "
    "<clear:name> "
    "<bounded:text>]* [field <about:name> <said:text>]* [without <missing:names>] [citing <citation:name> "
    "<kind:name> at "
    "<source:name> [as <key:key>]]* [caveats <caveats:number>] [annex <annex:name> <state:name> "
    "<content:text>]* [severity "
    "<severity:name>] [lane <lane:name>] [class <class:name>] [triaged by <triager:name>] [written by "
    "<authors:names>] [seen <ago:duration> ago]";

// The closed list of what `without` may name beside citations, annexes and tenants.
bool leave_out(Spec& spec, const std::string& what) {
  if (what == "caveats") {
    spec.caveats.reset();
  } else if (what == "triage") {
    spec.stamped = false;
  } else if (what == "coarse-path") {
    spec.coarse_path = false;
  } else if (what == "digest") {
    spec.digested = false;
  } else {
    return spec.cites.erase(what) + spec.annexes.erase(what) + spec.tenants.erase(what) +
               spec.hidden.erase(what) + spec.bounds.erase(what) + spec.fields.erase(what) !=
           0;
  }
  return true;
}

Done people_of(Stage& stage, Spec& spec, const std::string& triager,
               const std::vector<std::string>& authors) {
  SP_TRY(const Actor* by, stage.actor_named(triager, "triager"));
  if (!by->person) {
    return unusable("triage is by a person", "triager");
  }
  spec.triager = *by->person;
  spec.authors.clear();
  for (const std::string& name : authors) {
    SP_TRY(const Actor* author, stage.actor_named(name, "authors"));
    if (author->person) {
      spec.authors.push_back(*author->person);
    }
  }
  return {};
}

// What the packet says of a dimension, as a source would state it.
std::vector<std::string> declared_of(const Spec& spec, const std::string& dimension) {
  std::vector<std::string> out;
  if (const auto bound = spec.bounds.find(dimension); bound != spec.bounds.end()) {
    return sections_of(bound->second);
  }
  const auto hidden = spec.hidden.find(dimension);
  for (const auto& [element, value] : hidden == spec.hidden.end() ? spec.tenants : hidden->second) {
    out.push_back(value);
  }
  return out;
}

// "content of P/c7": the digest of what that record says now, for a snapshot.
std::string resolved(Stage& stage, const std::string& text) {
  constexpr std::string_view prefix = "content of ";
  if (!text.starts_with(prefix)) {
    return text;
  }
  const std::string key = text.substr(prefix.size());
  const auto record =
      std::ranges::find_if(stage.records(), [&](const auto& at) { return at.first.second == key; });
  return stage.content_of(key, record == stage.records().end() ? 1 : record->second.content).hex();
}

// `as`: the object's key, where it is not the packet's own.
void cite(Stage& stage, Spec& spec, const std::string& packet, const Cast::Citation& citation,
          const std::string& as = "") {
  const std::string key = as.empty() ? packet + "/" + citation.id : as;
  if (!stage.records().contains({citation.source, key})) {
    Record record;
    record.attrs = citation.stating;
    for (const std::string& dimension : citation.touching) {
      record.touches[dimension] = declared_of(spec, dimension);
    }
    stage.records()[{citation.source, key}] = std::move(record);
  }
  CitedRecord cited{citation.kind, citation.source, key, 1, {}, {}};
  for (const std::string& attr : citation.pinning) {
    cited.pins[attr] = "";
  }
  spec.cites[citation.id] = std::move(cited);
}

// What upstream sees at the sources when it seals.
void look(Stage& stage, Spec& spec, const std::vector<std::string>& keeping, Instant seen) {
  for (auto& [id, cited] : spec.cites) {
    if (std::ranges::find(keeping, id) != keeping.end()) {
      continue;
    }
    const Record& record = stage.records()[{cited.source, cited.key}];
    cited.content = record.content;
    cited.seen = seen;
    for (auto& [attr, value] : cited.pins) {
      if (const auto at = record.attrs.find(attr); at != record.attrs.end()) {
        value = at->second;
      }
    }
  }
}

Done apply_changes(Stage& stage, const Args& args, const std::string& name, Spec& spec) {
  spec.session = args.get("session", spec.session);
  spec.operator_ = args.get("operator", spec.operator_);
  spec.narrative = args.get("narrative", spec.narrative);
  spec.severity = args.get("severity", spec.severity);
  spec.lane = args.get("lane", spec.lane);
  spec.packet_class = args.get("class", spec.packet_class);
  for (const Args& one : args.each("tenant")) {
    spec.tenants[one.at("element")] = one.at("tenant");
  }
  for (const Args& one : args.each("scope")) {
    spec.hidden[one.at("dimension")][one.at("member")] = resolved(stage, one.at("hidden"));
  }
  for (const Args& one : args.each("bound")) {
    spec.bounds[one.at("clear")] = one.at("bounded");
  }
  for (const Args& one : args.each("field")) {
    spec.fields[one.at("about")] = one.at("said");
  }
  for (const Args& one : args.each("citing")) {
    cite(stage, spec, name, {one.at("citation"), one.at("kind"), one.at("source"), {}, {}, {}},
         one.get("key", ""));
  }
  for (const Args& one : args.each("annex")) {
    const std::string& state = one.at("state");
    if (state != "redacted" && state != "held" && state != "kept-back") {
      return unusable("an annex is redacted, held or kept-back", "state");
    }
    spec.annexes[one.at("annex")] = {state == "redacted" ? "redacted" : "held", state != "kept-back",
                                     one.at("content")};
  }
  if (args.has("caveats")) {
    spec.caveats = static_cast<std::uint32_t>(std::stoul(args.at("caveats")));
  }
  for (const std::string& what : args.list("missing")) {
    if (!leave_out(spec, what)) {
      return unusable("the packet has nothing of this name to leave out", "missing");
    }
  }
  if (args.has("triaged") || args.has("written")) {
    std::vector<std::string> authors = stage.cast.authors;
    if (args.has("written")) {
      authors = args.list("authors");
    }
    SP_CHECK(people_of(stage, spec, args.get("triager", stage.cast.triager), authors));
  }
  const Duration ago = args.has("ago") ? *duration_of(args.at("ago")) : Duration{};
  look(stage, spec, args.list("kept"), stage.now() - ago);
  return {};
}

std::string document_of(const Stage& stage, const Spec& spec) {
  return submission_of(spec, stage.now(), [&](const std::string& key, std::uint32_t content) {
    return stage.content_of(key, content);
  });
}

Done take(Stage& stage, Play& play, const Spec& spec,
          const std::function<Result<engine::IntakeOutcome>()>& send) {
  engine::IntakeOutcome outcome;
  SP_CHECK(stage.list_names());
  SP_CHECK(stage.batch([&]() -> Result<void> {
    SP_TRY(outcome, send());
    return {};
  }));
  stage.refuse(outcome.refused);
  if (!outcome.packet.empty()) {
    play.id = outcome.packet;
  }
  if (outcome.refused.empty() && !outcome.known) {
    play.specs.push_back(spec);
    play.digests.push_back(outcome.digest);
  }
  return {};
}

Done submits_packet(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  const std::string& name = args.at("packet");
  if (const auto at = stage.plays().find(name);
      at != stage.plays().end() && stage.state().find(at->second.id) != nullptr) {
    return unusable("there is a packet of this name already; revise it", "packet");
  }
  Spec spec = stage.cast.usual;
  spec.case_name = name;
  spec.session = "session of " + name;
  spec.operator_ = "operator of " + name;
  if (args.has("last")) { // the same case again
    SP_TRY(const Play* last, stage.play(args, "last"));
    if (last->specs.empty()) {
      return unusable("this packet has no revision", "last");
    }
    spec.case_name = last->specs.back().case_name;
    spec.upstream_revision = last->specs.back().upstream_revision + 1;
    spec.session = last->specs.back().session;
    spec.operator_ = last->specs.back().operator_;
  }
  if (args.has("other")) {
    SP_TRY(const Play* other, stage.play(args, "other"));
    if (other->specs.empty()) {
      return unusable("this packet has no revision", "other");
    }
    spec.session = other->specs.front().session;
    spec.operator_ = other->specs.front().operator_;
    spec.tenants = other->specs.front().tenants;
  }
  SP_CHECK(people_of(stage, spec, stage.cast.triager, stage.cast.authors));
  for (const Args& one : args.each("tenant")) {
    spec.tenants[one.at("element")] = one.at("tenant");
  }
  for (const Cast::Citation& citation : stage.cast.citations) {
    cite(stage, spec, name, citation);
  }
  SP_CHECK(apply_changes(stage, args, name, spec));
  const std::string document = document_of(stage, spec);
  return take(stage, stage.plays()[name], spec,
              [&] { return engine::submit_packet(stage.core(), who->account, document); });
}

// What the next revision goes on from.
Digest last_of(const gate::Packet& packet) {
  if (packet.head) {
    return packet.head->digest;
  }
  return packet.spent.empty() ? packet.continues.value_or(packet::Continues{}).revision
                              : packet.spent.back().digest;
}

Done revises(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(Play * play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (play->specs.empty() && !play->whole) {
    return unusable("the packet has no revision", "packet");
  }
  Spec spec = play->specs.empty() ? *play->whole : play->specs.back();
  spec.upstream_revision += 1;
  if (args.has("old")) {
    const std::size_t n = std::stoul(args.at("old"));
    if (n == 0 || n > play->specs.size()) {
      return unusable("the packet never had this revision", "old");
    }
    const std::uint32_t next = spec.upstream_revision;
    spec = play->specs[n - 1];
    spec.upstream_revision = next;
  }
  spec.digested = true;
  for (const std::string& name : args.list("merged")) {
    const auto at = stage.plays().find(name);
    if (at == stage.plays().end()) {
      return unusable("there is no such packet", "merged");
    }
    spec.merges.push_back({name, at->second.id, spec.triager});
  }
  SP_CHECK(apply_changes(stage, args, args.at("packet"), spec));
  Digest predecessor = last_of(*packet);
  if (args.has("last")) {
    const std::size_t n = std::stoul(args.at("last"));
    if (n == 0 || n > play->digests.size()) {
      return unusable("the packet never had this revision", "last");
    }
    predecessor = play->digests[n - 1];
  }
  const std::string document = document_of(stage, spec);
  return take(stage, *play, spec, [&] {
    return engine::revise_packet(stage.core(), who->account, play->id, predecessor, document);
  });
}

Done resends(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(Play * play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (play->specs.empty()) {
    return unusable("the packet has no revision", "packet");
  }
  Spec spec = play->specs.back();
  spec.narrative = args.get("narrative", spec.narrative);
  const std::string document = document_of(stage, spec);
  const Digest predecessor = last_of(*packet);
  return take(stage, *play, spec, [&] {
    return spec.upstream_revision == 1
               ? engine::submit_packet(stage.core(), who->account, document)
               : engine::revise_packet(stage.core(), who->account, play->id, predecessor, document);
  });
}

Done withdraws_packet(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Step step,
         stage.apply(gate::WithdrawPacket{who->account, play->id, args.get("code", "no_longer_needed")}));
  (void)step;
  return {};
}

Done merges(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* loser, stage.play(args, "loser"));
  SP_TRY(const Play* winner, stage.play(args));
  SP_TRY(const Actor* named, stage.actor_named(args.get("person", who->name), "person"));
  gate::MergePackets event;
  event.by = who->account;
  event.person = named->person.value_or(PersonId{});
  event.winner = winner->id;
  event.loser = loser->id;
  event.code = args.get("code", "same_session");
  event.body = {{"reason", "It is the same session."}};
  SP_TRY(const gate::Step step, stage.apply(event));
  (void)step;
  return {};
}

Done promotes(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.person(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (!packet->head) {
    return unusable("the packet has no head");
  }
  const auto part = packet->head->parts.find(args.at("annex"));
  const packet::AnnexStatement statement{stage.state().origin,
                                         play->id,
                                         packet->head->number,
                                         packet->head->digest,
                                         args.at("annex"),
                                         part == packet->head->parts.end() ? "redacted" : part->second,
                                         "included"};
  packet::SignedStatement act{packet::statement(statement), {}};
  act.sigs = {who->sign(packet::act::annex, canon::write(act.statement))};
  SP_TRY(const gate::Step step, stage.apply(gate::PromoteAnnex{who->account, play->id, act}));
  (void)step;
  return {};
}

Done attempts(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  gate::RefuseAttempt event{who->account, args.at("act"), std::nullopt, {{"out_of_bounds", ""}}};
  if (args.has("packet")) {
    SP_TRY(const Play* play, stage.play(args));
    event.packet = play->id;
  }
  SP_TRY(const gate::Step step, stage.apply(event));
  if (step.ok()) {
    stage.refuse(event.reasons);
  }
  return {};
}

// Forms are views of texts that live as long as the program.
const std::array<std::string, 2> long_forms{"<who:name> submits <packet:name> [continuing "
                                            "<last:name>]" +
                                                std::string(change_words),
                                            "<who:name> revises <packet:name> [to revision <old:number> "
                                            "again] [after revision <last:number>] [keeping "
                                            "<kept:names>] [merging <merged:names>]" +
                                                std::string(change_words)};

const std::array<Verb, 7>& packet_table() {
  static const std::array<Verb, 7> rows{
      Verb{
          Sort::event, long_forms[0],
          "Hands over a packet as upstream's triage sealed it. `scope`: an element of a hidden dimension "
          "beside "
          "the tenants, whose text may be `content of P/c7` (a snapshot); `bound`: a dimension in clear, two "
          "instants as \"A/B\", an integer, sections as \"s1, s2\" (a single one as \"s1,\"), or a level. "
          "`without` leaves out dimensions, fields, citations, annexes, "
          "tenants, "
          "`caveats` (nothing is said of them; `caveats 0` says none), `triage` (the stamp), `digest` (it "
          "does not "
          "recompute), `coarse-path`. `continuing`: the same case again, which the lane had returned. An "
          "annex is `redacted`, `held` (both ask to cross) or `kept-back`.",
          submits_packet},
      Verb{Sort::event, long_forms[1],
           "A new revision over what the sources say now; `keeping` cites as before, `after revision` names "
           "another "
           "predecessor than the head.",
           revises},
      Verb{Sort::event, "<who:name> resends <packet:name> [narrative <narrative:text>]",
           "The last upstream revision once more, under its old number.", resends},
      Verb{Sort::event, "<who:name> withdraws <packet:name> [because <code:code>]", "Takes the packet back.",
           withdraws_packet},
      Verb{Sort::event,
           "<who:name> merges <loser:name> into <packet:name> [for <person:name>] [because <code:code>]",
           "Upstream merged two cases.", merges},
      Verb{Sort::event, "<who:name> promotes annex <annex:name> of <packet:name>",
           "Signs that a redacted annex may cross.", promotes},
      Verb{Sort::event, "<who:name> attempts <act:name> [on <packet:name>]",
           "Asks for an act that this workflow never takes, such as notify_customer.", attempts}};
  return rows;
}

} // namespace

std::span<const Verb> packet_verbs() {
  return packet_table();
}

} // namespace sallyport::scenario
