// The charters that a simulation runs under when it is given none. Between them they use what the language
// offers and this version of the gate honours.
#pragma once

#include "charter/model.h"
#include "gate/zones.h"
#include "sim/draw.h"

#include <cstdint>

namespace sallyport::sim {

inline constexpr std::uint64_t charter_kinds = 7;

const charter::Charter& shipped_charter(std::uint64_t kind); // modulo charter_kinds
// The smallest one that still has two places to sign, for the exhaustive model.
const charter::Charter& small_charter();

// The rules of the time zone in which the towns live; the clocks change twice within two days.
const gate::Zones& zones();

// A next version of it that changes something, as owners might.
charter::Charter amended(const charter::Charter& active, Draw& draw);

} // namespace sallyport::sim
