// The files that a core's process had mapped: modules, and the build id of those whose first page is in the
// core.
#pragma once

#include "dump/survey.h"

#include <vector>

namespace sallyport::dump {

struct FileMapping {
  Range addresses;
  Text path;
};

// Marks the mappings as backed by a file, and adds a module for each run of mappings of one file. The
// segments have been read.
void add_mapped_files(Survey& survey, const std::vector<FileMapping>& files);

} // namespace sallyport::dump
