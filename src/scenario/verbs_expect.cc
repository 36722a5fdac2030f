// What must be so. An expectation looks at the state, at the checks evaluated afresh, or at what the sentence
// before it wrote; it changes nothing.
#include "scenario/account.h"
#include "scenario/stage.h"

#include "charter/codes.h"
#include "crypto/digest.h"
#include "engine/present.h"
#include "gate/ledger.h"
#include "gate/notices.h"
#include "gate/reading.h"
#include "gate/standing.h"
#include "packet/entry.h"

#include <algorithm>
#include <array>

namespace sallyport::scenario {
namespace {

std::string joined_in_order(std::vector<std::string> words) {
  std::ranges::sort(words);
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : ", ") + word;
  }
  return out.empty() ? "nothing" : out;
}

// A misspelt code is never there, which must not pass for what a scenario expects.
Done known_hold(const Args& args) {
  return charter::find_hold_code(args.at("code")) != nullptr
             ? Done{}
             : unusable("no hold has this code; docs/holds.md has them all", "code");
}

Done known_wait(const Args& args) {
  return charter::is_wait_reason(args.at("code"))
             ? Done{}
             : unusable("nothing waits for this; docs/holds.md has every wait", "code");
}

template <class... Records> bool is_one_of(std::string_view kind, const std::variant<Records...>* /*types*/) {
  return ((kind == Records::kind) || ...);
}

Done known_record(const Args& args) {
  return is_one_of(args.at("kind"), static_cast<const packet::Record*>(nullptr))
             ? Done{}
             : unusable("the log has no records of this kind", "kind");
}

Done state_is(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  (void)packet;
  SP_TRY(const Play* play, stage.play(args));
  const canon::Object shown = engine::summarise_packet(stage.core(), play->id, stage.now());
  const std::string& actual = *shown.find("gate")->string();
  if (actual != args.at("state")) {
    return unmet("expected " + args.at("state") + ", and the packet is " + actual, explain(stage, play->id));
  }
  return {};
}

// A hold as an expectation looks at it: of the register, or an item of the ledger that is open, which is its
// own hold (and visible where it is accepted).
struct HoldSeen {
  std::string code;
  std::string subject;
  std::string mode;
  std::string clears;
  Instant first_opened;
};

std::vector<HoldSeen> holds_of(const Stage& stage, const PacketId& id) {
  const gate::Packet& packet = *stage.state().find(id);
  std::vector<HoldSeen> out;
  for (const auto& [hold, seen] : packet.holds) {
    out.push_back({seen.code, seen.subject, seen.mode, seen.clears, seen.first_opened});
  }
  if (!packet.workspace) {
    return out;
  }
  for (const auto& [item, seen] : packet.workspace->ledger.items) {
    if (seen.open()) {
      const bool accepted = gate::accepted(stage.world(), packet, item, stage.now()).has_value();
      out.push_back(
          {seen.code, seen.subject, accepted ? "visible" : "blocking", "person", seen.first_opened});
    }
  }
  return out;
}

Tried<std::optional<HoldSeen>> find_hold(Stage& stage, const Args& args) {
  SP_CHECK(known_hold(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  (void)packet;
  SP_TRY(const Play* play, stage.play(args));
  std::string subject = args.get("subject", "");
  if (args.has("about")) {
    SP_TRY(const Play* other, stage.play(args, "other"));
    subject = other->id.str();
  }
  std::optional<HoldSeen> out;
  for (HoldSeen& hold : holds_of(stage, play->id)) {
    const bool fits = hold.code == args.at("code") && (subject.empty() || hold.subject == subject);
    if (fits && (!out || out->mode == "visible")) {
      out = std::move(hold);
    }
  }
  return out;
}

Done hold_is(Stage& stage, const Args& args) {
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const std::optional<HoldSeen> hold, find_hold(stage, args));
  if (!hold) {
    return unmet("no such hold is open", explain(stage, play->id));
  }
  if (args.has("since")) {
    const Instant since = stage.cast.start + *duration_of(args.at("time"));
    if (hold->first_opened != since) {
      return unmet("the hold is first open since " + offset(stage, hold->first_opened),
                   explain(stage, play->id));
    }
  }
  if (args.has("mode") && hold->mode != args.at("mode")) {
    return unmet("the hold is " + hold->mode);
  }
  if (args.has("ended") && hold->clears != args.at("clears")) {
    return unmet("the hold is ended by " + hold->clears);
  }
  return {};
}

Done no_hold(Stage& stage, const Args& args) {
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const std::optional<HoldSeen> hold, find_hold(stage, args));
  if (hold) {
    return unmet("the hold is open", explain(stage, play->id));
  }
  return {};
}

// What blocks, and nothing else; visible holds may be there.
Done only_holds(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  (void)packet;
  SP_TRY(const Play* play, stage.play(args));
  std::set<std::string> actual;
  for (const HoldSeen& hold : holds_of(stage, play->id)) {
    if (hold.mode != "visible") {
      actual.insert(hold.code);
    }
  }
  const std::vector<std::string> named = args.list("codes");
  const std::set<std::string> expected(named.begin(), named.end());
  if (actual != expected) {
    return unmet("what blocks: " + joined_in_order({actual.begin(), actual.end()}) + "; expected " +
                     joined_in_order({expected.begin(), expected.end()}),
                 explain(stage, play->id));
  }
  return {};
}

bool waits_for(const Stage& stage, const PacketId& id, const std::string& code) {
  const gate::Report report = gate::waits(stage.world(), id, stage.now());
  return std::ranges::any_of(report, [&](const gate::CheckLine& line) {
    return line.outcome == gate::Outcome::wait && line.code == code;
  });
}

Done wait_is(Stage& stage, const Args& args) {
  SP_CHECK(known_wait(args));
  SP_TRY(const Play* play, stage.play(args));
  if (!waits_for(stage, play->id, args.at("code"))) {
    return unmet("the packet does not wait for this", explain(stage, play->id));
  }
  return {};
}

Done no_wait(Stage& stage, const Args& args) {
  SP_CHECK(known_wait(args));
  SP_TRY(const Play* play, stage.play(args));
  if (waits_for(stage, play->id, args.at("code"))) {
    return unmet("the packet waits for this", explain(stage, play->id));
  }
  return {};
}

Done check_is(Stage& stage, const Args& args) {
  SP_TRY(const Play* play, stage.play(args));
  const gate::Report report = gate::evaluate(stage.world(), play->id, stage.now());
  const bool so = std::ranges::any_of(report, [&](const gate::CheckLine& line) {
    return line.code == args.at("code") && gate::to_string(line.outcome) == args.at("outcome");
  });
  return so ? Done{} : unmet("no line of this check says so", explain(stage, play->id));
}

Done watch_is(Stage& stage, const Args& args, bool satisfied) {
  SP_TRY(const Play* play, stage.play(args));
  const canon::Object shown = engine::show_packet(stage.core(), play->id, stage.now());
  const canon::Value* watch = shown.find("watch")->find(args.at("watch"));
  if (watch == nullptr) {
    return unusable("the four watches are freshness, minimization, audience_and_scope and approval", "watch");
  }
  if (*watch->find("satisfied")->boolean() != satisfied) {
    return unmet(satisfied ? "the watch is not satisfied" : "the watch is satisfied",
                 explain(stage, play->id));
  }
  return {};
}

Done watch_satisfied(Stage& stage, const Args& args) {
  return watch_is(stage, args, true);
}

Done watch_unsatisfied(Stage& stage, const Args& args) {
  return watch_is(stage, args, false);
}

Done refused_is(Stage& stage, const Args& args) {
  std::vector<std::string> actual;
  for (const packet::Reason& reason : stage.refused()) {
    if (reason.code == args.at("code") && (!args.has("at") || reason.where == args.at("where"))) {
      return {};
    }
    actual.push_back(reason.code + (reason.where.empty() ? "" : " at " + reason.where));
  }
  return unmet(actual.empty() ? "nothing was refused" : "refused for " + joined_in_order(actual));
}

// What people decided of it, as the entry itself says.
Done entry_says(const Stage& stage, const Args& args, const canon::Value& entry) {
  if (args.has("overridden")) {
    std::vector<std::string> codes;
    for (const canon::Value& hold : *entry.find("holds")->array()) {
      if (*hold.find("mode")->string() == "override") {
        codes.push_back(*hold.find("code")->string());
      }
    }
    if (joined_in_order(codes) != joined_in_order(args.list("overrides"))) {
      return unmet("these holds crossed by override: " + joined_in_order(codes));
    }
  }
  if (args.has("also")) {
    std::vector<std::string> others;
    if (const canon::Value* also = entry.find("also"); also != nullptr && also->array() != nullptr) {
      for (const canon::Value& other : *also->array()) {
        others.push_back(stage.name_of(PacketId::parse(*other.string()).value_or(PacketId{})));
      }
    }
    if (joined_in_order(others) != joined_in_order(args.list("others"))) {
      return unmet("the entry names as its neighbours: " + joined_in_order(others));
    }
  }
  if (args.has("remainder") && entry.find("remainder") == nullptr) {
    return unmet("the entry says nothing of a part that was held back");
  }
  return {};
}

Done entry_is(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  SP_TRY(const Play* play, stage.play(args));
  if (!packet->entry) {
    return unmet("the packet has no entry in the lane", explain(stage, play->id));
  }
  SP_TRY(const store::Entry stored, stage.core().reader().entry(*packet->entry));
  if (crypto::sha256(ByteView(stored.core)) != stage.state().entries.at(*packet->entry).digest) {
    return unmet("the stored entry is not the one that the log names");
  }
  SP_TRY(const canon::Object shown, engine::show_entry(stage.core(), *packet->entry));
  const canon::Value& entry = *shown.find("entry");
  if (args.has("revision") &&
      *entry.find("revision")->find("number")->integer() != std::stol(args.at("number"))) {
    return unmet("the entry is of another revision");
  }
  if (args.has("caveats") && entry.find("caveats")->array()->size() != std::stoul(args.at("caveats_count"))) {
    return unmet("the entry has " + std::to_string(entry.find("caveats")->array()->size()) + " caveats");
  }
  if (args.has("parts")) {
    const canon::Value* parts = shown.find("revision")->find("parts");
    const std::size_t actual = parts == nullptr || parts->object() == nullptr ? 0 : parts->object()->size();
    if (actual != std::stoul(args.at("parts_count"))) {
      return unmet("the entry's revision has " + std::to_string(actual) + " parts");
    }
  }
  if (args.has("holds")) {
    std::vector<std::string> codes;
    for (const canon::Value& hold : *entry.find("holds")->array()) {
      codes.push_back(*hold.find("code")->string());
    }
    if (joined_in_order(codes) != joined_in_order(args.list("codes"))) {
      return unmet("the entry has these visible holds: " + joined_in_order(codes));
    }
  }
  return entry_says(stage, args, entry);
}

Done no_entry_of(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  return packet->entry ? unmet("the packet has crossed") : Done{};
}

Done no_entry(Stage& stage, const Args&) {
  return stage.state().entries.empty() ? Done{} : unmet("something has crossed");
}

Done entries(Stage& stage, const Args& args) {
  const std::size_t actual = stage.state().entries.size();
  return actual == std::stoul(args.at("count")) ? Done{}
                                                : unmet("there are " + std::to_string(actual) + " entries");
}

Done manifest_is(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  SP_TRY(const Play* play, stage.play(args));
  std::string actual = "none";
  const std::size_t n =
      args.has("manifest_number") ? std::stoul(args.at("manifest_number")) : play->manifests.size();
  std::optional<ManifestId> id = play->draft;
  if (n != 0 && n <= play->manifests.size()) {
    id = play->manifests[n - 1].id;
  }
  if (const auto at = id ? packet->manifests.find(*id) : packet->manifests.end();
      at != packet->manifests.end()) {
    actual = at->second.status;
    if (actual == "void") {
      actual += "(" + at->second.void_cause + ")";
    }
  }
  if (actual != args.at("status")) {
    return unmet("the manifest is " + actual, explain(stage, play->id));
  }
  return {};
}

Done signatures_are(Stage& stage, const Args& args) {
  SP_TRY(const Play* play, stage.play(args));
  const gate::Quorum quorum = gate::quorum(stage.world(), play->id, stage.now());
  if (quorum.counted.size() != std::stoul(args.at("count"))) {
    return unmet(std::to_string(quorum.counted.size()) + " signatures count", explain(stage, play->id));
  }
  return {};
}

std::size_t count_of(const std::vector<packet::Leaf>& leaves, const std::string& kind) {
  return static_cast<std::size_t>(std::ranges::count_if(
      leaves, [&](const packet::Leaf& leaf) { return packet::kind_of(leaf.record) == kind; }));
}

Done record_is(Stage& stage, const Args& args) {
  SP_CHECK(known_record(args));
  const std::size_t actual = count_of(stage.leaves(), args.at("kind"));
  const bool so = args.has("count") ? actual == std::stoul(args.at("number")) : actual != 0;
  if (so) {
    return {};
  }
  std::vector<std::string> kinds;
  for (const packet::Leaf& leaf : stage.leaves()) {
    kinds.emplace_back(packet::kind_of(leaf.record));
  }
  return unmet("the sentence before wrote " + joined_in_order(kinds));
}

Done no_record(Stage& stage, const Args& args) {
  SP_CHECK(known_record(args));
  return count_of(stage.leaves(), args.at("kind")) == 0 ? Done{}
                                                        : unmet("the sentence before wrote such a record");
}

Done log_has(Stage& stage, const Args& args) {
  SP_CHECK(known_record(args));
  SP_TRY(const std::vector<Bytes> rows, stage.core().reader().leaves(0, stage.state().size));
  std::vector<packet::Leaf> leaves;
  for (const Bytes& bytes : rows) {
    SP_TRY(packet::Leaf leaf, packet::decode(as_text(bytes)));
    leaves.push_back(std::move(leaf));
  }
  const std::size_t actual = count_of(leaves, args.at("kind"));
  const bool so = args.has("count") ? actual == std::stoul(args.at("number")) : actual != 0;
  return so ? Done{} : unmet("the log has " + std::to_string(actual) + " such records");
}

Done drift_is(Stage& stage, const Args& args) {
  for (const packet::Leaf& leaf : stage.leaves()) {
    if (const auto* attempt = std::get_if<packet::AttemptRefused>(&leaf.record)) {
      return attempt->topic == args.at("topic")
                 ? Done{}
                 : unmet("the attempt's topic is " + attempt->topic.value_or("none"));
    }
  }
  return unmet("the sentence before was no refused attempt");
}

Done readers_are(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (!packet->entry) {
    return unusable("the packet has no entry in the lane", "packet");
  }
  std::set<std::string> actual;
  std::set<PersonId> seen;
  for (const auto& [name, actor] : stage.actors()) {
    if (actor.person && gate::may_read(stage.world(), *packet->entry, *actor.person) &&
        seen.insert(*actor.person).second) {
      actual.insert(name);
    }
  }
  const std::vector<std::string> named = args.list("readers");
  if (actual != std::set<std::string>(named.begin(), named.end())) {
    return unmet("these may read it: " + joined_in_order({actual.begin(), actual.end()}));
  }
  return {};
}

Done continues_it(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  SP_TRY(const Play* other, stage.play(args, "other"));
  return packet->continues && packet->continues->packet == other->id
             ? Done{}
             : unmet("the packet does not continue the other");
}

Done request_stands(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  return packet->request ? Done{} : unmet("nobody's request for its release stands");
}

Done no_request(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  return packet->request ? unmet("somebody's request for its release stands") : Done{};
}

Done notice_is(Stage& stage, const Args& args) {
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  (void)packet;
  std::vector<std::string> due;
  for (const gate::Notice& notice : gate::notices(stage.world(), play->id, stage.now())) {
    if (notice.code == args.at("code") && notice.to == args.at("role")) {
      return {};
    }
    due.push_back(notice.code + " to " + notice.to);
  }
  return unmet("these are told: " + joined_in_order(due));
}

Done corrections_are(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (!packet->entry) {
    return unusable("the packet has no entry in the lane", "packet");
  }
  const std::set<std::string> actual = gate::corrections_of(stage.state().entries.at(*packet->entry));
  const std::vector<std::string> named = args.list("codes");
  return actual == std::set<std::string>(named.begin(), named.end())
             ? Done{}
             : unmet("beside the entry stands: " + joined_in_order({actual.begin(), actual.end()}));
}

Done no_readers(Stage& stage, const Args& args) {
  return readers_are(stage, args);
}

constexpr std::array expectations{
    Verb{Sort::expectation, "expect packet <packet:name> state <state:name>",
         "collecting, held, eligible, awaiting_signature, authorised, released, merged or withdrawn.",
         state_is},
    Verb{Sort::expectation,
         "expect hold <packet:name> <code:code> [on <subject:pointer>] [about <other:name>] [since "
         "<time:duration>] "
         "[mode <mode:name>] [ended by <clears:name>]",
         "The hold is in the register, or an open item of the ledger is it: `mode visible` once it is "
         "accepted. `since` is its first opening, from the story's beginning; `ended by` auto, new_revision, "
         "person, new_manifest or merge.",
         hold_is},
    Verb{Sort::expectation,
         "expect no hold <packet:name> <code:code> [on <subject:pointer>] [about <other:name>]", "It is not.",
         no_hold},
    Verb{Sort::expectation, "expect only <codes:codes> to block <packet:name>", "These codes and no other.",
         only_holds},
    Verb{Sort::expectation, "expect nothing to block <packet:name>", "No blocking hold is open.", only_holds},
    Verb{Sort::expectation, "expect wait <packet:name> <code:code>", "The packet waits, and says for what.",
         wait_is},
    Verb{Sort::expectation, "expect no wait <packet:name> <code:code>", "It does not wait for that.",
         no_wait},
    Verb{Sort::expectation, "expect check <packet:name> <code:code> <outcome:name>",
         "A line of `packet explain`: pass, hold, visible or not_applicable.", check_is},
    Verb{Sort::expectation, "expect watch <watch:name> of <packet:name> satisfied",
         "One of the four watch states.", watch_satisfied},
    Verb{Sort::expectation, "expect watch <watch:name> of <packet:name> unsatisfied", "It is not.",
         watch_unsatisfied},
    Verb{Sort::expectation, "expect refused <code:code> [at <where:pointer>]",
         "The sentence before was refused for this reason, among others. A refusal that nobody expects ends "
         "the "
         "story.",
         refused_is},
    Verb{Sort::expectation,
         "expect entry <packet:name> [revision <number:number>] [caveats <caveats_count:number>] [parts "
         "<parts_count:number>] [holds <codes:codes>] [overridden <overrides:codes>] [also <others:names>] "
         "[remainder]",
         "It has crossed, as this, and the stored bytes are those that the log names. `also`: the packets "
         "that "
         "it was split from; `remainder`: it says that a part was held back.",
         entry_is},
    Verb{Sort::expectation, "expect no entry of <packet:name>", "It has not crossed.", no_entry_of},
    Verb{Sort::expectation, "expect no entry", "Nothing has crossed.", no_entry},
    Verb{Sort::expectation, "expect <count:number> entries", "So many have crossed.", entries},
    Verb{Sort::expectation, "expect manifest <packet:name> [number <manifest_number:number>] <status:code>",
         "The last one: none, draft, in_review, authorised, consumed or void(cause).", manifest_is},
    Verb{Sort::expectation, "expect <count:number> signatures on <packet:name>", "So many count now.",
         signatures_are},
    Verb{Sort::expectation, "expect record <kind:code> [count <number:number>]",
         "The sentence before, and time that passed with it, wrote such records.", record_is},
    Verb{Sort::expectation, "expect no record <kind:code>", "It did not.", no_record},
    Verb{Sort::expectation, "expect log <kind:code> [count <number:number>]",
         "The whole log has such records.", log_has},
    Verb{Sort::expectation, "expect drift <topic:code>",
         "The refused attempt before is counted under this topic.", drift_is},
    Verb{Sort::expectation, "expect readers <packet:name> <readers:names>",
         "Exactly these may read its entry now.", readers_are},
    Verb{Sort::expectation, "expect packet <packet:name> continues <other:name>",
         "It is the same case again, or the rest of it.", continues_it},
    Verb{Sort::expectation, "expect request of <packet:name> stands",
         "Somebody asked, and the packet waits for its slot.", request_stands},
    Verb{Sort::expectation, "expect no request of <packet:name>", "Nobody did, or it has lapsed.",
         no_request},
    Verb{Sort::expectation, "expect notice <packet:name> <code:code> to <role:name>",
         "These people are told that the hold, clock or wait is still there.", notice_is},
    Verb{Sort::expectation, "expect corrections <packet:name> <codes:codes>",
         "Exactly these stand beside its entry.", corrections_are},
    Verb{Sort::expectation, "expect no readers of <packet:name>", "Nobody may.", no_readers},
};

} // namespace

std::span<const Verb> expectation_verbs() {
  return expectations;
}

} // namespace sallyport::scenario
