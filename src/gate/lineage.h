// How packets stand to each other: which may be one case, what a person decided of that, and what of a
// head crosses where its scope was split.
#pragma once

#include "gate/checks.h"
#include "gate/world.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sallyport::gate {

// ---- one case or two

struct Likeness {
  packet::CaseEquality equal;
  charter::OnEqual on_equal = charter::OnEqual::duplicate;
};

// The first row of lineage.case_keys on which both have a tuple; nothing where they are unrelated.
std::optional<Likeness> likeness(const charter::Charter& charter, const CaseTuples& a, const CaseTuples& b);
// Of two packets as they are known now.
std::optional<Likeness> likeness(const World& world, const PacketId& a, const PacketId& b);

// Whether one is the rest of the other by a signed split of its scope: of the revision that the whole still
// has, or on a row that does not look at the split dimension. Else they are compared like any other two.
bool told_apart(const World& world, const PacketId& a, const PacketId& b, const Likeness& like);

// Open, or released and without a verdict: what another packet is compared with (INV-26).
bool is_live(const State& state, const Packet& packet);

// Released, and the lane's final verdict is negative: the case may come again as another packet.
bool was_returned(const State& state, const Packet& packet);

// The packets that a person split this one from and that are in the gate or crossed; sorted.
std::vector<PacketId> split_from(const State& state, const Packet& packet);
// Whether the manifest under review names other such packets than there are now.
bool partners_moved(const World& world, const PacketId& id);

// ---- a part of a head

// The elements of a dimension that a pointer into the head names: by itself, or by what its citations
// touch. A claim names elements only where each of its citations does.
std::set<std::string> elements_named(const World& world, const PacketId& id, const std::string& dimension,
                                     std::string_view pointer);

// Whether what the pointer names stays behind: it names elements, and all of them are held elsewhere.
bool is_held_back(const World& world, const PacketId& id, std::string_view pointer);

// Whether a disclosure or part is of an item that names free elements and nothing else.
bool goes_on(const World& world, const PacketId& id, std::string_view name);

// Takes what stands against held elements alone out of the report: it stands against their own packet.
void leave_held_back(const World& world, const PacketId& id, Report& report);

// The packet of this lineage that a signed split gave the value to, while it may still cross: a rest that
// holds it, or the whole with which it goes on. Nothing where it is the packet's own, or nobody's. `ref` is
// the value's in the dimension; what an element is called says nothing.
std::optional<PacketId> held_elsewhere(const World& world, const PacketId& id, const std::string& dimension,
                                       const std::string& ref);
// SCOPE.PARTIAL: nothing is declared that is held in, or goes on with, another packet of this lineage.
void check_partial(const World& world, const PacketId& id, Report& report);

// LINE.DUP_SPLIT: what a person split is equal on nothing but what it was equal on then.
void check_splits(const World& world, const PacketId& id, const Packet& packet, Report& report);

} // namespace sallyport::gate
