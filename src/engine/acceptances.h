// What a person signs to let items of a ledger cross unresolved: the statement as bytes, and the words of
// each item, under digests that others can sign too.
#pragma once

#include "engine/core.h"
#include "packet/statement.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::engine {

struct AcceptInput {
  std::string role; // empty: the one that lets this person accept items of the lane
  // The words of each item; nothing: those that are on offer, the last ones signed before the last ones
  // offered.
  std::map<ItemId, std::optional<std::string>> items;
};

struct AcceptDraft {
  canon::Value statement;
  std::vector<std::string> wordings;   // encoded disclosures of all its items, to be sent with the signature
  std::map<ItemId, std::string> words; // what they say
};

// The same words of an item are the same disclosure, whoever offered or signed them first.
Result<AcceptDraft> draft_acceptance(Core& core, const AccountId& by, const PacketId& packet,
                                     const AcceptInput& input);

} // namespace sallyport::engine
