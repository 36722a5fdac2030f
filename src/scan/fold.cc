#include "scan/fold.h"

#include "scan/dictionary.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>

namespace sallyport::scan {
namespace {

struct LookAlike {
  utf8proc_int32_t letter;
  char latin;
};

// Letters that print like a Latin one in common typefaces, after Unicode's confusables.txt (UTS 39);
// capitals stand apart where only the capital does (Cyrillic and Greek H, B, P). Sorted by code point.
constexpr LookAlike look_alikes[] = {
    {0x00D8, 'o'}, {0x00F8, 'o'}, {0x0110, 'd'}, {0x0111, 'd'}, {0x0126, 'h'}, {0x0127, 'h'}, {0x0131, 'i'},
    {0x0141, 'l'}, {0x0142, 'l'}, {0x0251, 'a'}, {0x0261, 'g'}, {0x0391, 'a'}, {0x0392, 'b'}, {0x0395, 'e'},
    {0x0396, 'z'}, {0x0397, 'h'}, {0x0399, 'i'}, {0x039A, 'k'}, {0x039C, 'm'}, {0x039D, 'n'}, {0x039F, 'o'},
    {0x03A1, 'p'}, {0x03A4, 't'}, {0x03A5, 'y'}, {0x03A7, 'x'}, {0x03B1, 'a'}, {0x03B2, 'b'}, {0x03B3, 'y'},
    {0x03B5, 'e'}, {0x03B7, 'n'}, {0x03B9, 'i'}, {0x03BA, 'k'}, {0x03BD, 'v'}, {0x03BF, 'o'}, {0x03C1, 'p'},
    {0x03C3, 'o'}, {0x03C4, 't'}, {0x03C5, 'u'}, {0x03C7, 'x'}, {0x03C9, 'w'}, {0x03F2, 'c'}, {0x03F3, 'j'},
    {0x0405, 's'}, {0x0406, 'i'}, {0x0408, 'j'}, {0x0410, 'a'}, {0x0412, 'b'}, {0x0415, 'e'}, {0x041A, 'k'},
    {0x041C, 'm'}, {0x041D, 'h'}, {0x041E, 'o'}, {0x0420, 'p'}, {0x0421, 'c'}, {0x0422, 't'}, {0x0423, 'y'},
    {0x0425, 'x'}, {0x042C, 'b'}, {0x0430, 'a'}, {0x0432, 'b'}, {0x0433, 'r'}, {0x0435, 'e'}, {0x043A, 'k'},
    {0x043C, 'm'}, {0x043D, 'h'}, {0x043E, 'o'}, {0x043F, 'n'}, {0x0440, 'p'}, {0x0441, 'c'}, {0x0442, 't'},
    {0x0443, 'y'}, {0x0445, 'x'}, {0x044C, 'b'}, {0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'}, {0x04BA, 'h'},
    {0x04BB, 'h'}, {0x04C0, 'l'}, {0x04CF, 'l'}, {0x0501, 'd'}, {0x050C, 'g'}, {0x051A, 'q'}, {0x051B, 'q'},
    {0x051C, 'w'}, {0x051D, 'w'}, {0x0570, 'h'}, {0x0578, 'n'}, {0x057D, 'u'}, {0x0581, 'g'}, {0x0585, 'o'},
};
static_assert(std::ranges::is_sorted(look_alikes, {}, &LookAlike::letter));

utf8proc_int32_t latin_of(utf8proc_int32_t letter) {
  const auto* found = std::ranges::lower_bound(look_alikes, letter, {}, &LookAlike::letter);
  return found != std::end(look_alikes) && found->letter == letter ? found->latin : letter;
}

bool is_letter(utf8proc_int32_t c) {
  const utf8proc_category_t category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO; // letters, marks, numbers
}

void fold_character(utf8proc_int32_t c, Folded& out) {
  constexpr auto options = static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                                          UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  utf8proc_int32_t parts[18];
  int boundary = 0;
  const auto count = utf8proc_decompose_char(latin_of(c), parts, 18, options, &boundary);
  out.kind = FoldKind::nothing;
  for (utf8proc_ssize_t i = 0; i < std::min<utf8proc_ssize_t>(count, 18); ++i) {
    const utf8proc_int32_t part = latin_of(parts[i]);
    if (part >= 0x300 && part <= 0x36F) {
      continue;
    }
    if (!is_letter(part)) {
      out.kind = out.size == 0 ? FoldKind::separator : out.kind;
      continue;
    }
    out.kind = FoldKind::letters;
    out.size = static_cast<std::uint8_t>(
        out.size + utf8proc_encode_char(part, reinterpret_cast<utf8proc_uint8_t*>(out.bytes + out.size)));
  }
}

} // namespace

void fold_at(std::string_view text, std::size_t at, Folded& out) {
  const auto byte = static_cast<unsigned char>(text[at]);
  out.consumed = 1;
  out.size = 0;
  if (byte < 0x80) {
    const bool upper = byte >= 'A' && byte <= 'Z';
    if (upper || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
      out.kind = FoldKind::letters;
      out.size = 1;
      out.bytes[0] = static_cast<char>(upper ? byte + ('a' - 'A') : byte);
      return;
    }
    const bool text_byte = byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r' || byte == field_seam;
    out.kind = text_byte && byte != 0x7F ? FoldKind::separator : FoldKind::end;
    return;
  }
  utf8proc_int32_t c = -1;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                     static_cast<utf8proc_ssize_t>(text.size() - at), &c);
  if (size <= 0) {
    out.kind = FoldKind::end;
    return;
  }
  out.consumed = static_cast<std::uint8_t>(size);
  fold_character(c, out);
}

std::size_t ignorable_at(std::string_view text, std::size_t at) {
  utf8proc_int32_t c = -1;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                     static_cast<utf8proc_ssize_t>(text.size() - at), &c);
  return size > 0 && utf8proc_get_property(c)->ignorable ? static_cast<std::size_t>(size) : 0;
}

GapSign gap_sign_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte != 0 && byte < 0x80) {
    const auto letter = static_cast<unsigned char>(byte | 0x20);
    const bool alnum = (letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9');
    return {alnum ? GapSign::none : byte <= ' ' || byte == 0x7F ? GapSign::blank : GapSign::mark, 1};
  }
  utf8proc_int32_t c = -1;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                     static_cast<utf8proc_ssize_t>(text.size() - at), &c);
  if (size <= 0 || c == 0) {
    return {GapSign::none, 1};
  }
  const utf8proc_category_t category = utf8proc_category(c);
  const bool blank = utf8proc_get_property(c)->ignorable || category == UTF8PROC_CATEGORY_MN ||
                     category == UTF8PROC_CATEGORY_ME || category >= UTF8PROC_CATEGORY_ZS;
  const GapSign::Kind kind = blank ? GapSign::blank : is_letter(c) ? GapSign::none : GapSign::mark;
  return {kind, static_cast<std::uint8_t>(size)};
}

} // namespace sallyport::scan
