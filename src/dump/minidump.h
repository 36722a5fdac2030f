// Minidumps: a header, a directory of streams, and offsets into the file. The format is that of
// minidumpapiset.h, with the streams that Breakpad, Crashpad and Mozilla add.
#pragma once

#include "dump/survey.h"

namespace sallyport::dump {

bool is_minidump(ByteView file);
void read_minidump(Survey& survey);

} // namespace sallyport::dump
