// Small files of the service's own folder.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace sallyport::engine {

// At most 8 MiB; not_found names the file.
Result<std::string> read_small_file(const std::filesystem::path& path);
// Mode 0600, synced; an existing file is a conflict.
Result<void> write_new_file(const std::filesystem::path& path, std::string_view bytes);

} // namespace sallyport::engine
