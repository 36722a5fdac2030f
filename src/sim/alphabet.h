// What can happen in a town, as a table: a new action is one row. Each draws what it needs from the present
// state, so that a list of actions can be shortened and still be played.
#pragma once

#include "sim/town.h"

#include <span>
#include <string_view>

namespace sallyport::sim {

struct Row {
  std::string_view name;
  unsigned weight; // 0: only in pairs and on the way to them
  bool harmful;    // it only takes away, so nothing may come closer to release by it (INV-23)
  void (*act)(Town&, std::size_t slot, Draw&);
  bool untold = false;  // it changes what is so, and may tell the gate nothing
  bool written = false; // only where people write packets together, in a lane with a ledger
};

std::span<const Row> alphabet();
const Row* find_row(std::string_view name);

// Two actions that meet on one packet: played in both orders, at the stage where it matters.
struct Conflict {
  std::string_view first;
  std::string_view second;
  std::string_view stage; // the row that brings the packet there
};

std::span<const Conflict> conflicts();
// Whether a lane of that charter can come to the stage at all, and no other can.
enum class Fit { never, usual, only_such };
Fit fits(const Conflict& conflict, const charter::Charter& charter);

} // namespace sallyport::sim
