// Who may read an entry: the bound audience that is still in the roster, asked at every read (INV-04);
// and what was said of it since.
#pragma once

#include "gate/world.h"

#include <array>

namespace sallyport::gate {

// False before the entry is delivered: its receipt comes first.
bool may_read(const World& world, const EntryId& entry, const PersonId& person);

inline constexpr std::array<std::string_view, 4> correction_kinds{"wrong_version", "wrong_audience",
                                                                  "over_broad_scope", "other"};

// The kinds of correction that stand beside the entry: recorded, or said with the lane's verdict.
std::set<std::string> corrections_of(const EntryState& entry);

} // namespace sallyport::gate
