// DWARF expressions as frame rules use them: a stack machine over registers and memory.
#pragma once

#include "base/bytes.h"
#include "dump/cursor.h"
#include "walk/cpu.h"
#include "walk/memory.h"

#include <optional>

namespace sallyport::walk {

std::uint64_t unsigned_leb(dump::Cursor& in);
std::int64_t signed_leb(dump::Cursor& in);

// The value that is left on top; none where the expression is malformed, uses what frames do not have, or
// reads what is not there. `first` lies on the stack at the beginning.
std::optional<std::uint64_t> evaluate(ByteView expression, const Registers& registers,
                                      std::optional<std::uint64_t> first, Memory& memory);

} // namespace sallyport::walk
