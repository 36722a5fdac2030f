// The words of a closed list that an act may use, so that a refusal can name them: a charter's own where it
// chooses, ours elsewhere.
#pragma once

#include "charter/model.h"
#include "packet/record_packet.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::gate {

// What a reader of a packet with a ledger may have found, beside the lane's verdicts.
inline constexpr std::array<std::string_view, 7> found_in_release{
    "hidden_leakage",   "stale_symbolization", "retention_conflict", "audience_mistake",
    "hidden_objection", "stale_evidence",      "boundary_confusion"};

// What an edit is rejected for, beside the charter's topics of drift.
inline constexpr std::array<std::string_view, 4> rejections{"wrong", "out_of_scope", "conflict_not_chosen",
                                                            "superseded"};

// The dimension of the scope that says how deep debugging information goes; null where there is none.
const std::pair<const std::string, charter::Dimension>* level_dimension(const charter::Charter& charter);

// Empty where the reason is not about such a word. `charter` is the active one of the lane, or null.
std::vector<std::string> words_taken(const charter::Charter* charter, const packet::Reason& reason);

} // namespace sallyport::gate
