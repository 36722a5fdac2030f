// What the log says of a crowd, read as an outsider would: leaves and bodies as JSON, and rules of its own
// about them. It uses nothing of the gate but the fold that it holds against the service's.
#include "http/testing/crowd.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "engine/audit.h"
#include "engine/files.h"
#include "engine/founding.h"
#include "ledger/merkle.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace sallyport::http::testing {
namespace {

std::string text(const canon::Value& leaf, std::string_view name) {
  const canon::Value* found = leaf.find(name);
  return found == nullptr || found->string() == nullptr ? "" : *found->string();
}

std::int64_t number(const canon::Value& leaf, std::string_view name) {
  const canon::Value* found = leaf.find(name);
  return found == nullptr || found->integer() == nullptr ? -1 : *found->integer();
}

std::vector<std::string> texts(const canon::Value& leaf, std::string_view name) {
  std::vector<std::string> out;
  const canon::Value* found = leaf.find(name);
  if (found != nullptr && found->array() != nullptr) {
    for (const canon::Value& one : *found->array()) {
      out.push_back(*one.string());
    }
  }
  return out;
}

// One is the other, or above it.
bool meet(const std::string& a, const std::string& b) {
  return a == b || (a + "/").starts_with(b + "/") || (b + "/").starts_with(a + "/");
}

struct Proposed {
  std::string section;
  std::int64_t base = 0;
  std::vector<std::string> touches;
  canon::Value ops;
  bool decided = false;
};

struct Taken {
  std::int64_t leaf = 0;
  std::string edit;
};

struct Story {
  bool ended = false;
  std::string raiser;
};

class Reading {
public:
  explicit Reading(const CrowdRun& run) : run_(run) {}

  void leaf(const canon::Value& leaf, const std::optional<canon::Value>& body) {
    if (text(leaf, "packet") != run_.packet) {
      return;
    }
    const std::string kind = text(leaf, "kind");
    n_ = number(leaf, "n");
    if (kind == "workspace.opened") {
      for (const auto& [section, owner] : *leaf.find("sections")->object()) {
        versions_[section] = n_;
      }
      items_[text(leaf, "boundary")];
    } else if (kind == "edit.proposed") {
      proposed(leaf, body);
    } else if (kind == "edit.accepted") {
      accepted(leaf);
    } else if (kind == "edit.rejected") {
      decided(text(leaf, "edit"));
      ++seen_[{"reject", text(leaf, "edit")}];
    } else {
      ledger(kind, leaf);
    }
  }

  std::vector<std::string> end() {
    acknowledged();
    vanished();
    for (const auto& [ids, content] : content_) {
      (void)ids;
      canon::Object narrative;
      for (const auto& [id, item] : content) {
        narrative.set(id, item);
      }
      expect(canon::write(canon::Value(std::move(narrative))) == run_.narrative,
             "the content is not what the taken edits come to");
    }
    expect(!content_.empty(), "no edit was taken");
    return std::move(broken_);
  }

private:
  void expect(bool so, const std::string& otherwise) {
    if (!so) {
      broken_.push_back(fmt::format("leaf {}: {}", n_, otherwise));
    }
  }

  void proposed(const canon::Value& leaf, const std::optional<canon::Value>& body) {
    const std::string id = text(leaf, "edit");
    expect(!edits_.contains(id), "an edit is proposed twice");
    Proposed edit{text(leaf, "section"), number(leaf, "base"), texts(leaf, "touches"), {}, false};
    const canon::Value* ops = body ? body->find("ops") : nullptr;
    expect(ops != nullptr, "an edit has lost its ops");
    if (ops != nullptr) {
      edit.ops = *ops;
    }
    edits_[id] = std::move(edit);
    ++seen_[{"propose", id}];
  }

  bool decided(const std::string& id) {
    const auto edit = edits_.find(id);
    expect(edit != edits_.end(), "what was never proposed is decided");
    if (edit == edits_.end()) {
      return false;
    }
    expect(!edit->second.decided, "an edit is decided twice");
    edit->second.decided = true;
    return true;
  }

  void accepted(const canon::Value& leaf) {
    const std::string id = text(leaf, "edit");
    ++seen_[{"accept", id}];
    if (!decided(id)) {
      return;
    }
    const Proposed& edit = edits_.at(id);
    for (const Taken& other : taken_) {
      for (const std::string& theirs : edits_.at(other.edit).touches) {
        for (const std::string& mine : edit.touches) {
          expect(other.leaf <= edit.base || !meet(mine, theirs), "merged in silence with " + other.edit);
        }
      }
    }
    expect(number(leaf, "onto") == versions_[edit.section], "an edit is taken onto another version");
    versions_[edit.section] = n_;
    taken_.push_back({n_, id});
    put(edit.ops);
  }

  // The crowd only puts: items, and members of items.
  void put(const canon::Value& ops) {
    for (const canon::Value& op : *ops.array()) {
      std::vector<std::string> segments;
      canon::pointer_split(text(op, "at"), segments);
      canon::Object& item = content_[segments.at(0)][segments.at(1)];
      if (segments.size() == 2) {
        item = *op.find("value")->object();
      } else {
        item.set(segments[2], *op.find("value"));
      }
    }
  }

  Story* open_story(const std::string& item) {
    const auto story = items_.find(item);
    expect(story != items_.end(), "an item moves that was never raised");
    expect(story == items_.end() || !story->second.ended, "an item moves after its end");
    return story == items_.end() ? nullptr : &story->second;
  }

  void ledger(const std::string& kind, const canon::Value& leaf) {
    const std::string item = text(leaf, "item");
    if (kind == "objection.raised") {
      expect(!items_.contains(item), "an item is raised twice");
      items_[item].raiser = text(leaf, "person");
      ++seen_[{"object", item}];
    } else if (kind == "objection.answered") {
      (void)open_story(item);
      ++seen_[{"answer", item}];
    } else if (kind == "objection.withdrawn") {
      if (Story* story = open_story(item)) {
        expect(story->raiser == text(leaf, "person"), "an objection is withdrawn by somebody else");
        story->ended = true;
      }
      ++seen_[{"withdraw", item}];
    } else if (kind == "conflict.opened") { // again where somebody joins it
      items_.try_emplace(item);
      (void)open_story(item);
    } else if (kind == "instruction.given") {
      ++seen_[{"instruct", ""}];
    } else if (kind == "flag.raised") {
      ++seen_[{"flag", ""}];
    }
  }

  void acknowledged() {
    std::map<std::pair<std::string, std::string>, int> told;
    for (const Act& act : run_.acts) {
      if (act.status >= 400 || act.verb == "read") {
        continue;
      }
      ++told[{act.verb, act.id}];
      const auto edit = edits_.find(act.id);
      expect(act.verb != "propose" || (edit != edits_.end() && canon::write(edit->second.ops) == act.sent),
             "an edit is not what was sent");
    }
    for (const auto& [act, times] : told) {
      expect(seen_[act] == times, fmt::format("{} {} was acknowledged {} times and stands there {} times",
                                              act.first, act.second, times, seen_[act]));
    }
    for (const auto& [act, times] : seen_) {
      expect(told[act] == times, fmt::format("{} {} was never acknowledged", act.first, act.second));
    }
  }

  void vanished() {
    std::set<std::string> before;
    for (const std::vector<std::string>& one : run_.ledgers) {
      const std::set<std::string> now(one.begin(), one.end());
      expect(std::ranges::includes(now, before), "an item vanished from a reader");
      before = now;
    }
    std::set<std::string> all;
    for (const auto& [item, story] : items_) {
      all.insert(item);
    }
    expect(before == all, "the ledger that readers see has other items than the log");
  }

  const CrowdRun& run_;
  std::int64_t n_ = 0;
  std::map<std::string, std::int64_t> versions_;
  std::map<std::string, Proposed> edits_;
  std::vector<Taken> taken_;
  std::map<std::string, Story> items_;
  std::map<std::string, std::map<std::string, canon::Object>> content_;
  std::map<std::pair<std::string, std::string>, int> seen_;
  std::vector<std::string> broken_;
};

} // namespace

std::vector<std::string> broken_promises(const std::filesystem::path& folder, const CrowdRun& run) {
  const std::filesystem::path dir = folder / "data";
  const auto origin = engine::origin_of(dir);
  SP_ASSERT(origin);
  const engine::CoreOptions options{.dir = dir, .origin = *origin};
  const auto audit = engine::audit_log(options); // leaves up to the signed head, and a fold of its own
  if (!audit) {
    return {"the log does not verify: " + audit.error().text()};
  }
  auto core = engine::Core::open(options);
  SP_ASSERT(core);
  const store::Reader& reader = (*core)->reader();
  Reading reading(run);
  ledger::Frontier tree;
  for (std::uint64_t n = 0; n < audit->leaves; ++n) {
    const auto bytes = reader.leaf(n);
    SP_ASSERT(bytes);
    tree.append(ledger::leaf_hash(*bytes));
    const auto leaf = canon::parse(as_text(*bytes));
    SP_ASSERT(leaf);
    std::optional<canon::Value> body;
    if (const auto stored = reader.body(n)) {
      const bool right = crypto::sha256(stored->bytes).hex() == text(*leaf, "body");
      auto value = right ? canon::parse(as_text(stored->bytes)) : fail(ErrorCode::corrupt, "", "");
      SP_ASSERT(value);
      body = *std::move(value);
    }
    reading.leaf(*leaf, body);
  }
  std::vector<std::string> out = reading.end();
  if (audit->state != run.state || gate::state_digest((*core)->state()) != run.state) {
    out.push_back("a second fold comes to another state");
  }
  const auto root = reader.root(audit->leaves);
  const auto head = reader.latest_checkpoint();
  if (!root || *root != tree.root() || !head || head->size != audit->leaves ||
      !head->note.contains(to_base64(tree.root().bytes))) {
    out.push_back("the tree over the leaves is not the one whose head is signed");
  }
  return out;
}

} // namespace sallyport::http::testing
