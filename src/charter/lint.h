// What makes a readable charter unfit (charter.md section 4). The faults that its own text shows come
// with charter/parse.h; here are those that need the active version (E30), the roster (E31, E32) or
// the limits of this program (H01).
#pragma once

#include "charter/parse.h"

#include <compare>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sallyport::charter {

struct Holder {
  std::string person;
  bool is_machine = false; // an agent or a service
  auto operator<=>(const Holder&) const = default;
};

// What a linter needs to know of a roster.
struct RosterFacts {
  std::map<std::string, std::set<Holder>> roles;
  Names audiences;
  Names tags;
};

// E31, E32: whether there are people for what the charter asks of people.
std::vector<Fault> lint_roster(const Charter& charter, const RosterFacts& roster);

// E30: whether `next` is the next version of `active`; of nothing, where the lane has no charter yet.
std::vector<Fault> succession(const Charter& next, const Charter* active);

// H01: what this version of the gate would have to pass over in silence, by name. A charter with such
// a fault is sound, and is not accepted here.
std::vector<Fault> honourable(const Charter& charter);

// The faults above carry no place; this gives them the one of their path, or of what holds it.
void place(std::vector<Fault>& faults, const Positions& positions);

} // namespace sallyport::charter
