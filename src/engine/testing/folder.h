// A folder that is gone with its owner.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <stdlib.h>
#include <string>
#include <system_error>

namespace sallyport::engine::testing {

class Folder {
public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-engine-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }

  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path operator/(const std::string& below) const { return path_ / below; }

private:
  std::filesystem::path path_;
};

} // namespace sallyport::engine::testing
