// The whole story of one packet on real input, told while it happens: real keys of ssh-keygen, the real
// server, the real verifier. Only the systems that are cited are stood in for (standin.h).
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sallyport::demo {

struct DemoOptions {
  std::filesystem::path dir;      // made; must not exist or be empty
  std::filesystem::path examples; // the folder with charters, sources, records
  std::filesystem::path verifier; // the sallyport-verify to run
  std::filesystem::path program;  // the sallyport to run, of a packet about a crash; the next two likewise
  std::filesystem::path crasher;  // the program that crashes
  std::filesystem::path core;     // a core to take in place of a crash
  bool json = false;              // one JSON object a step instead of prose
};

// Leaves dir/data (the service's folder), dir/keys (the example people's keys), dir/bundle (lane bundle),
// dir/proof (proof bundle), dir/trust.json. 0 when every step ended as it must.
int run_dispatch(const DemoOptions& options);
// The same for a packet that people and agents write together about a process that really crashes here.
// Leaves dir/dump too: its core, the redacted copy and what was cut out of it.
int run_release(const DemoOptions& options);

// To try a log of one's own: the stand-in for the systems that examples/sources name, on 127.0.0.1, until a
// signal comes. `readers` are the people of its directory's group.
Result<void> serve_sources(const std::filesystem::path& examples, std::uint16_t port,
                           const std::vector<std::string>& readers);

} // namespace sallyport::demo
