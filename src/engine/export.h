// What leaves: bundles of a release, and the log as tiles. An export is a read that is on record.
#pragma once

#include "engine/core.h"
#include "lane/bundle.h"

namespace sallyport::engine {

// The files of an entry's bundle. Reads only; the caller records the access first, and checks who
// may have which kind. not_found: no such entry, or its content was destroyed. unavailable: no
// receipt yet.
Result<lane::Files> bundle_of(const Core& core, const EntryId& entry, lane::BundleKind kind);

// What an outsider pins of this log.
Result<std::string> trust_of(const Core& core);

// The whole log as C2SP tiles with its last signed head.
Result<void> export_log(const Core& core, const std::filesystem::path& directory);

} // namespace sallyport::engine
