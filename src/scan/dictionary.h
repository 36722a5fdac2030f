// The names and ids that must not appear: tenants, operators, customers, persons.
//
// Matching is over a folded form, in which these are equal: upper and lower case; compatibility
// forms (NFKC) and letters with or without diacritics; Cyrillic, Greek and Armenian letters that look
// like Latin ones; text with and without default-ignorable characters (zero-width, soft hyphen,
// variation selectors); and separators (white space, dashes, '_', '.', '+') of any kind or number.
//
// A term of at least `free_letters` letters is found inside words too. A shorter one is found only as
// a whole word, with separators where the term has them. One that long is also found written from its last
// letter to its first. A term that is broken by separators where it
// has none of its own must begin and end at a word's edge.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "scan/taxonomy.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sallyport::scan {

// Stands between two fields that are read as one text: a word's edge, and no obstacle inside a term.
inline constexpr char field_seam = '\x1f';

class Dictionary {
public:
  static constexpr std::size_t letters_min = 3; // folded letters of a term
  static constexpr std::size_t free_letters = 6;
  static constexpr std::size_t terms_max = 100'000;
  static constexpr std::size_t letters_max = 250'000; // bytes of all folded terms together

  // `key` (at least 16 bytes) keys digest(): a name must not be guessable from a pin. A term with
  // fewer than letters_min letters or digits, and a detector without a class of terms, is refused; the
  // error's `where` is the index of the term, never its text.
  static Result<Dictionary> make(Detector detector, std::span<const std::string> terms, ByteView key);

  Detector detector() const;
  std::size_t size() const; // distinct terms after folding
  // HMAC-SHA-256 over detector and folded terms, independent of their order: a pin.
  const Digest& digest() const;

  // Calls `hit(from, until)` for every occurrence in `text` (UTF-8; other bytes are edges of words).
  // Copies nothing and allocates nothing that grows with `text`.
  void find(std::string_view text, const std::function<void(std::size_t, std::size_t)>& hit) const;

private:
  struct Impl;

  explicit Dictionary(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_; // immutable: copies share it
};

} // namespace sallyport::scan
