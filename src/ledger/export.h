// The log as a directory that any static web server or memory stick can carry (C2SP tlog-tiles). The
// one place of this module that writes files.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/tiles.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace sallyport::ledger {

using EntrySource = std::function<Result<Bytes>(std::uint64_t index)>;

// Writes hash tiles, then entry bundles, then `checkpoint` (a signed note, verbatim), each file durable
// before the next kind, the checkpoint by rename: whoever reads a checkpoint finds every tile below it.
//
// `exported` is the size of an earlier export into this directory: what was complete then is not
// written again. Refuses (corrupt) tiles whose root is not the checkpoint's, a checkpoint of another
// size, and an entry that does not hash to its leaf; then no new checkpoint appears.
Result<void> export_tiles(const TileReader& reader, const EntrySource& entries, std::uint64_t size,
                          std::string_view checkpoint, const std::filesystem::path& directory,
                          std::uint64_t exported = 0);

} // namespace sallyport::ledger
