// Reading a bundle from a folder, within limits. Nothing is believed yet but that these are its files.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <map>
#include <string>

namespace sallyport::verify {

// Relative path -> bytes.
using Files = std::map<std::string, std::string>;

// At most limits::bundle_files regular files of at most limits::bundle_file_bytes each, two levels deep.
// Symbolic links, empty folders and everything that is neither file nor folder are refused. The error's
// `where` is the file.
Result<Files> read_files(const std::filesystem::path& folder);

// One file, within limits::bundle_file_bytes.
Result<std::string> read_file(const std::filesystem::path& path, const std::string& name);

} // namespace sallyport::verify
