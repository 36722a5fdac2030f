// What is mapped in the process and may hold code: the modules that the dump lists, and those that only its
// memory shows, such as the system's own page or the program of a core that lists no files.
#pragma once

#include "dump/dump.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::walk {

struct Image {
  std::uint64_t base = 0; // where its file begins in memory
  dump::Range addresses;
  std::uint32_t module = dump::nobody; // an index into Dump::modules
  std::string code_id;                 // as of dump::Module
  std::string debug_id;
};

// The last part of the module's path; empty for an image that has none.
std::string file_name(ByteView file, const dump::Dump& dump, const Image& image);

class Images {
public:
  Images(ByteView file, const dump::Dump& dump);

  const std::vector<Image>& all() const { return images_; } // by address, apart

  // An index into all().
  std::optional<std::size_t> at(std::uint64_t address) const;

  // Every bit that an address of code can have set; what is above are the signatures of arm64's pointers.
  std::uint64_t address_mask() const { return mask_; }

private:
  std::vector<Image> images_;
  std::uint64_t mask_ = ~std::uint64_t{0};
};

} // namespace sallyport::walk
