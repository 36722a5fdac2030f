// Test vectors that lie beside the checkout (../shared/data). A clone without them skips, and says so.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sallyport::testing {

inline std::filesystem::path shared_data(const std::string& below) {
  return std::filesystem::path(SALLYPORT_SHARED_DATA) / below;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), "cannot read ", path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace sallyport::testing

// Leaves the test case, visibly, where the shared vectors are absent.
#define SP_SKIP_WITHOUT_SHARED_DATA(below)                                                                   \
  if (!std::filesystem::exists(sallyport::testing::shared_data(below))) {                                    \
    std::printf("SKIPPED: %s needs %s\n", doctest::getContextOptions()->currentTest->m_name,                 \
                sallyport::testing::shared_data(below).c_str());                                             \
    return;                                                                                                  \
  }
