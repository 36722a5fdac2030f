// What a release rests on, as a bundle brings it along: genesis, keys, and the lane's rosters and charters.
#pragma once

#include "engine/core.h"
#include "lane/bundle.h"
#include "packet/manifest.h"

namespace sallyport::engine {

Result<lane::ProvenLeaf> proven_leaf(const Core& core, packet::LeafNumber n, const store::Checkpoint& head);

// Fills in what lies under trust/, and `signers`, for the release and the signatures that are in `input`
// already. Every proof ends in `head`.
Result<void> gather_trust(const Core& core, const store::Checkpoint& head, const packet::Manifest& bound,
                          lane::BundleInput& input);

} // namespace sallyport::engine
