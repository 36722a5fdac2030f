// The notes of a core: threads with their registers, the process, its mappings.
#pragma once

#include "dump/survey.h"

namespace sallyport::dump {

// The notes of one PT_NOTE segment. Registers belong to the thread whose NT_PRSTATUS stands before them.
void read_notes(Survey& survey, Range segment);

} // namespace sallyport::dump
