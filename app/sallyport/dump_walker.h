// The walk of a dump's threads, as redaction and its proof ask for it.
#pragma once

#include "dump/unwind.h"

#include <filesystem>
#include <vector>

namespace sallyport::cli {

// By frame rules in the dump's own memory, by frame pointers and by what stands on the stack; and by symbol
// files in these folders.
dump::Walker walker_of(std::vector<std::filesystem::path> symbols);

} // namespace sallyport::cli
