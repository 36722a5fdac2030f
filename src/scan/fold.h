// The folded form in which names are compared (dictionary.h says what is equal in it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sallyport::scan {

enum class FoldKind : std::uint8_t {
  letters,   // one or more folded letters or digits, as UTF-8
  nothing,   // default-ignorable, or a combining diacritic
  separator, // any other character
  end,       // NUL, a control character or a byte that is no UTF-8: text ends here
};

struct Folded {
  FoldKind kind;
  std::uint8_t consumed; // bytes of input, at least 1
  std::uint8_t size;     // bytes in `bytes`
  char bytes[72];        // the longest decomposition is 18 characters
};

// The character at `text[at]`.
void fold_at(std::string_view text, std::size_t at, Folded& out);

} // namespace sallyport::scan
