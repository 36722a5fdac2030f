// What the verbs of crash dumps share.
#pragma once

#include "canon/value.h"
#include "cli.h"
#include "dump/dump.h"

#include <string>
#include <vector>

namespace sallyport::cli {

canon::Array values_of_held(const std::vector<dump::Held>& held);
std::string held_text(const Context& context, const std::vector<dump::Held>& held);

// scan, redact, diff, verify (cmd_dump_scan.cc).
void add_dump_scan(CLI::App& group, Context& context);

} // namespace sallyport::cli
