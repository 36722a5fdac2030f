// The dumps that lie beside the checkout. Those that are packed are unpacked by the tools of the system.
#pragma once

#include "base/testing/shared_data.h"

#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace sallyport::dump::testing {

// What `command` prints; empty where it fails.
inline std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string out;
  std::array<char, 65536> block{};
  while (const std::size_t n = std::fread(block.data(), 1, block.size(), pipe.get())) {
    out.append(block.data(), n);
  }
  return out;
}

inline std::string read_dump(const std::string& below) {
  const std::filesystem::path path = sallyport::testing::shared_data("dumps/" + below);
  const std::string quoted = "'" + path.string() + "'";
  if (path.extension() == ".bz2") {
    return output_of("bzip2 -dc " + quoted);
  }
  if (path.extension() == ".xz") {
    return output_of("xz -dc " + quoted);
  }
  if (path.extension() == ".gz") {
    return output_of("gzip -dc " + quoted);
  }
  return sallyport::testing::read_file(path);
}

} // namespace sallyport::dump::testing
