// The fold. Total over leaves that decide() made: it refuses nothing, reads no body, no clock, no
// charter. A leaf that does not continue the state (another n) is a broken promise of the caller.
#pragma once

#include "gate/state.h"
#include "packet/leaf.h"

namespace sallyport::gate {

void apply(State& state, const packet::Leaf& leaf);

} // namespace sallyport::gate
