// ELF cores of 32 and 64 bits: program headers, segments of memory, notes.
#pragma once

#include "dump/survey.h"

namespace sallyport::dump {

bool is_elf(ByteView file);
void read_elf_core(Survey& survey);

} // namespace sallyport::dump
