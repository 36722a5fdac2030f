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

// The bytes of the default-ignorable character at `text[at]` (zero-width, soft hyphen, variation selector,
// direction); 0 where there is none.
std::size_t ignorable_at(std::string_view text, std::size_t at);

// What can stand between two characters of something that belongs together.
struct GapSign {
  enum Kind : std::uint8_t {
    none,  // a letter, a digit, NUL, or no UTF-8
    blank, // white space, a control character, an ignorable or combining one
    mark,  // any other sign
  };

  Kind kind;
  std::uint8_t size; // bytes, at least 1
};

GapSign gap_sign_at(std::string_view text, std::size_t at);

} // namespace sallyport::scan
