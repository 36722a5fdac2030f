// The expressions of Breakpad's symbol files: tokens in postfix order, as in "$rsp 8 + ^".
#pragma once

#include "walk/memory.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::walk {

// Names are not copied.
class Variables {
public:
  std::optional<std::uint64_t> get(std::string_view name) const;
  void set(std::string_view name, std::uint64_t value);

private:
  std::vector<std::pair<std::string_view, std::uint64_t>> values_; // a few dozen
};

// The one value that an expression leaves; none where it is malformed, names what is not known, reads what is
// not there.
std::optional<std::uint64_t> value_of(std::string_view expression, const Variables& variables,
                                      Memory& memory);

// A program that only assigns, as in "$eip $ebp 4 + ^ =". What it assigned is in `variables` and, by name, in
// the result.
std::optional<std::vector<std::string_view>> run(std::string_view program, Variables& variables,
                                                 Memory& memory);

} // namespace sallyport::walk
