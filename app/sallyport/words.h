// How people write values on a command line.
#pragma once

#include "base/instant.h"
#include "canon/value.h"
#include "cli.h"

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::cli {

std::vector<std::string> split(std::string_view text, char separator);
// "90d"; `where` names the option.
Answer<Duration> read_duration(std::string_view text, const std::string& where);
// An instant of our spelling; empty is now.
Answer<Instant> read_instant(std::string_view text, const std::string& where);
// The key of an OpenSSH .pub file as rosters hold it: "type base64".
Answer<std::string> read_key_line(const std::filesystem::path& file);
// A JSON file, as strictly as the server reads it.
Answer<canon::Value> read_json(const std::filesystem::path& file);
// A file that must not be there yet; mode 0600.
Answer<void> write_file(const std::filesystem::path& file, std::string_view bytes);
// The hold codes and wait reasons that have a section in docs/holds.md.
std::vector<std::string> explained_codes();
// For a command that is shown: quoted for a POSIX shell where it must be.
std::string shell_quoted(std::string_view text);

} // namespace sallyport::cli
