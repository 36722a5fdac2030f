// What the people of the story do with their packet, one call each.
#pragma once

#include "demo/release.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::demo::release {

// "/v1/packets/pk_..." and what stands below it.
std::string at(const Stage& stage, const std::string& below = "");

canon::Value put(const std::string& where, canon::Value value);
canon::Value remove(const std::string& where);

// The codes that hold the packet.
std::set<std::string> holds_of(const Answer& packet);
// Waits until `code` no longer holds it.
Result<Answer> until_free_of(const Stage& stage, const std::string& code);

Result<std::int64_t> version(const Stage& stage, const std::string& section);
// The proposed edit's id.
Result<std::string> propose(const Stage& stage, const Player& who, const std::string& section,
                            canon::Array ops);
// Proposed and taken by the section's owner.
Result<void> edit(const Stage& stage, const Player& owner, const std::string& section, canon::Array ops);

struct Item {
  std::string id, kind, category, subject;
};

// Open items of the ledger.
Result<std::vector<Item>> open_items(const Stage& stage);

// One person's acceptance of items in words; null for those that are on offer. Signed with ssh-keygen.
Result<void> accept(const Stage& stage, const Player& who, const std::vector<Item>& items,
                    const std::optional<std::string>& words);
// Those that the charter has both leaders accept.
std::vector<Item> of_both_leaders(const std::vector<Item>& items);
// Everything that is open, by whoever must, in one wording.
Result<void> accept_all(const Stage& stage, const std::string& words);

Result<void> seal(Stage& stage);

struct Reviewed {
  std::string digest;
  std::string bytes;
};

// Drafted and submitted by the release owner.
Result<Reviewed> put_in_review(Stage& stage);
Result<void> sign(const Stage& stage, const Reviewed& reviewed);
// The owner's press; waits until it has crossed.
Result<void> release(Stage& stage, const Reviewed& reviewed);

// A tool of the agent's door (docs/agents.md).
struct Called {
  bool failed = false;
  canon::Value content;

  std::string text(std::string_view name) const;
  // Of a refusal.
  std::string why() const;
};

Called call_tool(const Stage& stage, const std::string& name, canon::Object arguments);

} // namespace sallyport::demo::release
