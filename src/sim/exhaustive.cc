#include "sim/exhaustive.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "gate/standing.h"
#include "sim/charters.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <unordered_set>

namespace sallyport::sim {
namespace {

constexpr std::size_t slot = 0;
constexpr Duration an_hour{61 * minute.ms}; // evidence is stale, a signature has run out, sources are silent

// One state of the small town, with everything that it takes to go on from it.
struct Node {
  MachineHost host;
  Truth truth;
  Oracle oracle{truth};
  std::optional<Town> town;
  std::size_t disturbed = 0;

  Node() = default;

  Node(const Node& other)
      : host(other.host), truth(other.truth), oracle(other.oracle), town(other.town),
        disturbed(other.disturbed) {
    bind();
  }

  Node& operator=(const Node&) = delete;

  void bind() {
    oracle.follow(truth);
    town->move_to(host, truth, watcher());
    town->history.clear(); // nothing is sent again here
  }

  Watcher watcher() {
    return [this](const Played& played) {
      if (!oracle.broken()) {
        oracle.judge(played, host.machine().world());
      }
    };
  }
};

// What the flow needs may happen as often as there is room for it; what disturbs it counts (Bounds).
enum class Kind { flow, disturbs, takes_away };

struct Act {
  std::string name;
  Kind kind;
  std::function<bool(Town&)> enabled;
  std::function<void(Town&)> play;
};

const gate::Packet& packet_of(Town& town) {
  return *town.find(slot);
}

Draw plain() {
  return Draw(7); // whatever is drawn with it is the same in every state
}

const gate::ManifestState* draft_of(Town& town, ManifestId* id) {
  for (const auto& [each, manifest] : packet_of(town).manifests) {
    if (manifest.status == "draft") {
      *id = each;
      return &manifest;
    }
  }
  return nullptr;
}

bool is_head(Town& town) {
  return packet_of(town).head.has_value();
}

bool reviewed(Town& town) {
  return town.reviewed(slot) != nullptr;
}

bool asking(Town& town) {
  return packet_of(town).recheck.has_value();
}

void sign(Town& town, std::size_t who, const AccountId& account) {
  const Digest digest = town.reviewed(slot)->digest;
  const Person& person = *town.signers[who];
  town.play(gate::SignManifest{account, town.packet_at(slot), digest,
                               town.sign(person, packet::act::dispatch, *town.manifest_bytes(digest))});
}

void draft(Town& town, const AccountId& by) {
  town.play(gate::DraftManifest{by, town.packet_at(slot), ManifestId::from_random(town.random()),
                                packet_of(town).head->digest});
}

void adopt(Town& town) {
  charter::Charter next = town.charter();
  ++next.version;
  const Digest digest = charter::digest(next);
  town.truth().charters.emplace(digest, std::make_shared<const charter::Charter>(next));
  const canon::Value statement = packet::statement(
      packet::RatifyStatement{town.state().origin, next.id, static_cast<std::uint32_t>(next.version), digest,
                              town.state().lanes.at(town.lane()).charter});
  town.play(gate::ProposeCharter{town.owners[0]->accounts[0], std::move(next)});
  for (const Person* owner : town.owners) {
    const Bytes sig = town.sign(*owner, packet::act::charter, canon::write(statement));
    town.play(gate::RatifyCharter{owner->accounts[0],
                                  {statement, {{owner->id, owner->fingerprint, to_base64(sig)}}}});
  }
  town.play(gate::ActivateCharter{town.owners[0]->accounts[0], digest});
}

void observe_all(Town& town) {
  for (const auto& [name, source] : town.charter().sources) {
    town.now = town.now + Duration{1};
    town.observe(name);
  }
}

// The source of what changes answers by itself, the others together: that is enough to leave one out.
void answer(Town& town, bool first) {
  for (const auto& [name, source] : town.charter().sources) {
    if (asking(town) && (name == "identity") == first) {
      town.now = town.now + Duration{1};
      town.observe(name, RecheckId(packet_of(town).recheck->id));
    }
  }
}

void add_sources(std::vector<Act>& acts) {
  acts.push_back({"every source is observed", Kind::flow, [](Town&) { return true; }, observe_all});
  acts.push_back({"identity answers", Kind::flow, asking, [](Town& town) { answer(town, true); }});
  acts.push_back({"the others answer", Kind::flow, asking, [](Town& town) { answer(town, false); }});
}

void add_people(std::vector<Act>& acts) {
  for (std::size_t who = 0; who < 3; ++who) {
    acts.push_back({"sign " + std::to_string(who), Kind::flow, reviewed,
                    [who](Town& town) { sign(town, who, town.signers[who]->accounts[0]); }});
  }
  acts.push_back({"sign 0 by another account", Kind::flow, reviewed,
                  [](Town& town) { sign(town, 0, town.signers[0]->accounts[1]); }});
  acts.push_back({"sign by the agent", Kind::flow, reviewed, [](Town& town) { sign(town, 2, town.agent); }});
  acts.push_back({"withdraw the signature of 0", Kind::takes_away, reviewed, [](Town& town) {
                    town.play(gate::WithdrawSignature{town.signers[0]->accounts[0], town.packet_at(slot),
                                                      Digest(town.reviewed(slot)->digest),
                                                      town.signers[0]->id});
                  }});
  acts.push_back({"refuse", Kind::takes_away, reviewed, [](Town& town) {
                    town.play(gate::RefuseManifest{town.signers[0]->accounts[0],
                                                   town.packet_at(slot),
                                                   Digest(town.reviewed(slot)->digest),
                                                   "not_so",
                                                   {}});
                  }});
  for (const std::size_t who : {std::size_t{1}, std::size_t{2}}) {
    acts.push_back({"roster: " + std::to_string(who) + " leaves", Kind::takes_away,
                    [](Town& town) { return town.state().lanes.at(town.lane()).roster_version < 2; },
                    [who](Town& town) {
                      std::erase_if(town.grants,
                                    [&](const auto& g) { return g.person == town.signers[who]->id; });
                      town.activate_roster();
                    }});
  }
  acts.push_back({"the directory says another", Kind::disturbs, [](Town&) { return true; },
                  [](Town& town) {
                    if (town.directory.erase(town.outsider->id) == 0) {
                      town.directory.insert(town.outsider->id);
                    }
                    town.now = town.now + Duration{1};
                    town.observe(charter::roster_source(town.charter()));
                  }});
  acts.push_back(
      {"charter changes", Kind::takes_away, [](Town& town) { return town.charter().version < 2; }, adopt});
  acts.push_back(
      {"a lead clears", Kind::flow, [](Town& town) { return !packet_of(town).holds.empty(); },
       [](Town& town) {
         for (const auto& [id, hold] : packet_of(town).holds) {
           if (hold.clears == "person") {
             town.play(gate::ClearHold{
                 town.leads[0]->accounts[0], town.packet_at(slot), HoldId(id), {{"evidence", "looked"}}});
             return;
           }
         }
       }});
}

void add_packet(std::vector<Act>& acts, const Bounds& bounds) {
  acts.push_back({"evidence changes, and nobody has said so", Kind::disturbs,
                  [](Town& town) {
                    return std::ranges::any_of(town.cited(slot), [](const Thing* t) {
                      return t->kind == "sign_in" && t->ordinal < 2;
                    });
                  },
                  [](Town& town) {
                    for (Thing* thing : town.cited(slot)) {
                      thing->ordinal += thing->kind == "sign_in" ? 1U : 0U;
                    }
                  }});
  acts.push_back({"revise", Kind::flow,
                  [bounds](Town& town) { return packet_of(town).last_number() < bounds.revisions; },
                  [](Town& town) {
                    Draw draw = plain();
                    town.revise(slot, draw, true);
                  }});
  const auto undrafted = [](Town& town) {
    ManifestId id;
    return is_head(town) && draft_of(town, &id) == nullptr;
  };
  acts.push_back(
      {"a lead drafts", Kind::flow, undrafted, [](Town& town) { draft(town, town.leads[0]->accounts[0]); }});
  for (const std::size_t who : {std::size_t{1}, std::size_t{2}}) { // and may not sign it
    acts.push_back({std::to_string(who) + " drafts", Kind::disturbs, undrafted,
                    [who](Town& town) { draft(town, town.signers[who]->accounts[0]); }});
  }
  acts.push_back(
      {"a lead submits", Kind::flow,
       [](Town& town) {
         ManifestId id;
         return draft_of(town, &id) != nullptr;
       },
       [](Town& town) {
         ManifestId id;
         draft_of(town, &id);
         town.play(gate::SubmitManifest{town.leads[0]->accounts[0],
                                        town.packet_at(slot),
                                        id,
                                        town.salt(),
                                        {town.state().origin, town.state().size, crypto::sha256("root")}});
       }});
  acts.push_back({"request", Kind::flow, reviewed, [](Town& town) {
                    const gate::Packet& p = packet_of(town);
                    town.play(gate::RequestRelease{town.signers[0]->accounts[0], town.packet_at(slot),
                                                   p.head ? p.head->digest : Digest{},
                                                   town.reviewed(slot)->digest, town.lane()});
                  }});
  acts.push_back({"commit", Kind::flow, asking, [](Town& town) {
                    town.play(
                        gate::CommitRelease{town.packet_at(slot), RecheckId(packet_of(town).recheck->id)});
                  }});
  acts.push_back({"the recheck runs out", Kind::takes_away, asking, [](Town& town) {
                    town.now = town.now + Duration{31'000};
                    town.play(gate::ExpireRecheck{town.packet_at(slot),
                                                  RecheckId(packet_of(town).recheck->id), "timeout"});
                  }});
  acts.push_back({"half a minute", Kind::takes_away, asking, [](Town& town) {
                    town.now = town.now + Duration{31'000};
                    town.play(gate::Reevaluate{town.packet_at(slot)});
                  }});
  acts.push_back({"an hour", Kind::takes_away, [](Town&) { return true; },
                  [](Town& town) {
                    town.now = town.now + an_hour;
                    town.play(gate::Reevaluate{town.packet_at(slot)});
                  }});
}

// ---- which states are one

class Sketch {
public:
  void word(std::string_view text) {
    out_ += text;
    out_ += '|';
  }

  void number(std::uint64_t n) { word(std::to_string(n)); }

  void age(Instant now, Instant then) {
    number(static_cast<std::uint64_t>(std::clamp<std::int64_t>((now - then).ms / an_hour.ms, 0, 1)));
  }

  const std::string& text() const { return out_; }

private:
  std::string out_;
};

// The second and the third signer may do the same and have the same done to them: who of them did it is told
// in the order that makes the smaller text.
std::size_t index_of(Town& town, const PersonId& person, bool swapped) {
  for (std::size_t i = 0; i < town.signers.size(); ++i) {
    if (town.signers[i]->id == person) {
      return swapped && (i == 1 || i == 2) ? 3 - i : i;
    }
  }
  return 99;
}

void sketch_manifest(Sketch& s, Town& town, const gate::Packet& p, const gate::ManifestState& m, Instant now,
                     bool swapped) {
  const gate::LaneState& lane = town.state().lanes.at(town.lane());
  s.word(m.status);
  s.number(p.head && m.revision == p.head->digest ? 1 : 0);
  if (m.drafter_person) {
    s.number(index_of(town, *m.drafter_person, swapped));
  }
  if (m.status == "draft") {
    return;
  }
  s.number(m.charter == lane.charter ? 1 : 0);
  s.number(m.roster == lane.roster ? 1 : 0);
  std::set<std::string> signatures;
  for (const gate::Signature& signature : m.signatures) {
    Sketch one;
    one.number(index_of(town, signature.person, swapped));
    one.number(signature.withdrawn ? 1 : 0);
    one.number(signature.leaf > p.last_resign ? 1 : 0);
    one.age(now, signature.at);
    signatures.insert(one.text());
  }
  for (const std::string& one : signatures) {
    s.word(one);
  }
}

std::string sketch_text(Town& town, bool swapped) {
  const gate::Packet& p = packet_of(town);
  const Instant now = std::max(town.now, town.state().last_at);
  std::set<std::size_t> people;
  Sketch s;
  s.word(p.status);
  s.number(p.last_number());
  s.number(p.head ? 1 : 0);
  s.number(static_cast<std::uint64_t>(town.charter().version));
  s.number(town.state().lanes.at(town.lane()).roster_version);
  for (const packet::Grant& g : town.grants) { // who is left of those who may sign
    if (town.signer_roles().contains(g.role)) {
      people.insert(index_of(town, g.person, swapped));
    }
  }
  for (const std::size_t person : people) {
    s.number(person);
  }
  s.number(town.directory.size());
  std::multiset<std::string> holds;
  ManifestId reviewed_id;
  const gate::ManifestState* manifest = p.reviewed(&reviewed_id);
  for (const auto& [id, hold] : p.holds) {
    Sketch one;
    one.word(hold.code);
    const auto person = PersonId::parse(hold.subject);
    one.word(person ? std::to_string(index_of(town, *person, swapped)) : hold.subject);
    one.word(hold.mode);
    one.number(hold.latched ? 1 : 0);
    one.number(p.head && p.head->leaf > hold.leaf ? 1 : 0);
    one.number(manifest != nullptr && manifest->leaf > hold.leaf ? 1 : 0);
    holds.insert(one.text());
  }
  for (const std::string& one : holds) {
    s.word(one);
  }
  std::set<std::string> manifests;
  bool refused = false;
  for (const auto& [id, m] : p.manifests) {
    refused = refused || (m.void_cause == "refused" && p.head && m.revision == p.head->digest);
    if (m.open()) {
      Sketch one;
      sketch_manifest(one, town, p, m, now, swapped);
      manifests.insert(one.text());
    }
  }
  s.number(refused ? 1 : 0);
  for (const std::string& one : manifests) {
    s.word(one);
  }
  if (p.recheck) {
    s.word("recheck");
    s.number(manifest != nullptr && p.recheck->manifest == manifest->digest ? 1 : 0);
    s.number(now >= p.recheck->opened_at + p.recheck->within ? 1 : 0);
    for (const auto& [source, leaf] : p.recheck->answers) {
      s.word(source);
    }
    for (const std::string& source : p.recheck->failed) {
      s.word("failed " + source);
    }
  }
  if (p.blocked) {
    for (const std::string& source : p.blocked->unanswered) {
      const auto& contact = town.state().sources.at(source).last_contact;
      s.word("blocked " + source);
      s.number(contact && *contact > p.blocked->at ? 1 : 0);
    }
  }
  for (const auto& [name, source] : town.state().sources) {
    s.word(source.last_contact ? "contact" : "never");
    if (source.last_contact) {
      s.number(now - *source.last_contact >= Duration{15 * minute.ms} ? 1 : 0);
    }
  }
  const auto directory = town.world().facts.directories.find(town.lane());
  s.number(directory == town.world().facts.directories.end() ? 0 : directory->second.members.size());
  std::set<std::string> things; // those of older heads no longer matter
  for (const Thing* thing : town.cited(slot)) {
    Sketch one;
    one.word(thing->kind);
    one.number(thing->ordinal);
    const gate::ObjectState& seen = town.state().objects.at(thing->id);
    one.number(seen.observed ? 1 : 0);
    one.number(seen.ordinal);
    one.number(p.recheck && seen.leaf > p.recheck->leaf ? 1 : 0);
    one.age(now, seen.complete_through);
    for (const packet::Cite& cite : p.head->cites) {
      if (cite.object == thing->id) {
        one.number(cite.ordinal);
        one.age(now, cite.complete_through);
        one.number(seen.observed_at < cite.observed_at ? 1 : 0);
      }
    }
    things.insert(one.text());
  }
  for (const std::string& one : things) {
    s.word(one);
  }
  return s.text();
}

Digest sketch(Town& town, std::size_t disturbed) {
  return crypto::sha256(std::to_string(disturbed) + " " +
                        std::min(sketch_text(town, false), sketch_text(town, true)));
}

struct Short {
  std::size_t operator()(const Digest& digest) const {
    std::size_t out = 0;
    for (std::size_t i = 0; i < sizeof(out); ++i) {
      out = out << 8U | digest.bytes[i];
    }
    return out;
  }
};

struct Waiting {
  std::unique_ptr<Node> node;
  std::uint32_t trail; // index into the trails
  std::uint32_t depth;
};

struct Trail {
  std::uint32_t parent;
  std::uint16_t act;
};

} // namespace

std::string to_text(const Explored& explored) {
  std::string out = fmt::format("revisions       up to {}\n"
                                "disturbances    up to {}\n"
                                "states          {}\n"
                                "transitions     {}\n"
                                "depth           {}\n"
                                "release states  {}\n"
                                "complete        {}\n"
                                "seconds         {:.1f}\n",
                                explored.bounds.revisions, explored.bounds.disturbances, explored.states,
                                explored.transitions, explored.depth, explored.release_states,
                                explored.complete ? "yes" : "no", explored.seconds);
  if (explored.broken) {
    out += fmt::format("\nBROKEN {}: {}\n", explored.broken->invariant, explored.broken->says);
    for (const std::string& act : explored.path) {
      out += "  " + act + "\n";
    }
  } else {
    out += "\nNothing is broken.\n";
  }
  return out;
}

Explored explore(const Bounds& bounds, const std::function<void(const Explored&)>& progress) {
  Explored out;
  out.bounds = bounds;
  const auto begun = std::chrono::steady_clock::now();
  std::vector<Act> acts;
  add_packet(acts, bounds);
  add_people(acts);
  add_sources(acts);

  std::vector<Trail> trails{{0, 0}};
  std::unordered_set<Digest, Short> known;
  std::deque<Waiting> waiting;
  auto first = std::make_unique<Node>();
  first->town.emplace(small_charter(), 1, first->host, first->truth, first->watcher());
  Draw draw = plain();
  first->town->submit(slot, draw);
  SP_ASSERT(first->town->find(slot) != nullptr);
  observe_all(*first->town);
  known.insert(sketch(*first->town, 0));
  waiting.push_back({std::move(first), 0, 0});
  out.complete = true;

  while (!waiting.empty() && !out.broken) {
    const Waiting here = std::move(waiting.front());
    waiting.pop_front();
    ++out.states;
    out.depth = std::max<std::size_t>(out.depth, here.depth);
    if (here.node->town->find(slot)->status != "open") {
      ++out.release_states;
      continue; // released is an end
    }
    if (here.depth == bounds.depth_max || out.states >= bounds.states_max) {
      out.complete = false;
      continue;
    }
    for (std::size_t i = 0; i < acts.size(); ++i) {
      const bool counts = acts[i].kind != Kind::flow;
      if ((counts && here.node->disturbed == bounds.disturbances) || !acts[i].enabled(*here.node->town)) {
        continue;
      }
      auto next = std::make_unique<Node>(*here.node);
      next->disturbed += counts ? 1U : 0U;
      next->town->harmful = acts[i].kind == Kind::takes_away;
      acts[i].play(*next->town);
      next->town->harmful = false;
      ++out.transitions;
      const bool fresh = known.insert(sketch(*next->town, next->disturbed)).second;
      if (!fresh && !next->oracle.broken()) {
        continue;
      }
      trails.push_back({here.trail, static_cast<std::uint16_t>(i)});
      const auto trail = static_cast<std::uint32_t>(trails.size() - 1);
      if (next->oracle.broken()) {
        out.broken = next->oracle.broken();
        for (std::uint32_t at = trail; at != 0; at = trails[at].parent) {
          out.path.insert(out.path.begin(), acts[trails[at].act].name);
        }
        break;
      }
      waiting.push_back({std::move(next), trail, here.depth + 1});
    }
    if (progress && out.states % 64 == 0) {
      out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
      out.waiting = waiting.size();
      progress(out);
    }
  }
  out.complete = out.complete && !out.broken;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return out;
}

} // namespace sallyport::sim
