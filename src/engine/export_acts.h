// What people signed beside a manifest that crossed: overrides, substitutions, splits, promotions. They are
// leaves of the packet, found by walking its own chain back from the release.
#pragma once

#include "engine/core.h"
#include "lane/bundle.h"
#include "packet/leaf.h"
#include "packet/manifest.h"

#include <vector>

namespace sallyport::engine {

// The packet's leaves before its release, the newest first.
Result<std::vector<packet::Leaf>> leaves_before(const Core& core, const packet::Leaf& release);

// Fills in the acts that the release rests on, with every proof ending in `head`. `before` is
// leaves_before() of the release.
Result<void> gather_acts(const Core& core, const store::Checkpoint& head, const packet::Manifest& bound,
                         const packet::Leaf& release, const std::vector<packet::Leaf>& before,
                         lane::BundleInput& input);

} // namespace sallyport::engine
