// What is exported after a crossing, and verified without the service.
#pragma once

#include "demo/stage.h"

namespace sallyport::demo {

// The entry's two bundles and what auditors trust, into dir/bundle, dir/proof and dir/trust.json; each
// verified by the verifier, and `signer`'s signature over the manifest by ssh-keygen. `reader` reads the
// lane.
Result<void> verify_bundles(Stage& stage, const Player& reader, const Player& signer,
                            std::string_view name_space);

} // namespace sallyport::demo
