// The whole story of one packet on real input, told while it happens: real keys of ssh-keygen, the real
// server, the real verifier. Only the systems that are cited are stood in for (standin.h).
#pragma once

#include "base/result.h"

#include <filesystem>

namespace sallyport::demo {

struct DemoOptions {
  std::filesystem::path dir;      // made; must not exist or be empty
  std::filesystem::path examples; // the folder with charters, sources, records
  std::filesystem::path verifier; // the sallyport-verify to run
  bool json = false;              // one JSON object a step instead of prose
};

// Leaves dir/data (the service's folder), dir/keys (the example people's keys), dir/bundle (lane bundle),
// dir/proof (proof bundle), dir/trust.json. 0 when every step ended as it must.
int run_dispatch(const DemoOptions& options);

} // namespace sallyport::demo
