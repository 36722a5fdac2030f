// Scanning JSON and parts, and taking secrets out before anything is stored.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"
#include "canon/value.h"
#include "scan/scanner.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::scan {

enum class Place {
  text,       // a string or an integer; offsets are into it
  name,       // the member name at the end of the pointer; offsets are into it
  split,      // what lies in the string at the pointer and in others, and in none alone; offsets are into it
  file_name,  // of a part; offsets are into it
  part_bytes, // of a part; offsets are into them
};

struct Located {
  std::string pointer; // RFC 6901; for a part, into its JSON, or empty
  Place place;
  Finding finding;
  bool operator==(const Located&) const = default;
};

struct DocumentResult {
  std::vector<Located> findings; // in the order of the walk
  bool complete = true;          // as ScanResult; the budgets hold for the document as a whole
  std::size_t bytes_scanned = 0;
};

// Reads every string, integer and member name, each string with a credential's name as its value, and
// the strings of each object or array, and of the whole document, as one text: a term or a token that is
// split across fields is found, at each of them.
DocumentResult scan_value(const Scanner& scanner, const canon::Value& value);

// A part's bytes and file name; where the bytes are JSON, also as scan_value(), for what the bytes alone
// do not show. A container that no decoder opens (zstd, xz, bzip2, 7z, rar) makes it incomplete.
// Out of the budget `spent`, which all parts of one submission share: many do not cost more than one may.
DocumentResult scan_part(const Scanner& scanner, std::string_view bytes, std::string_view media_type,
                         std::string_view file_name, Spent& spent);

inline constexpr std::string_view withheld_context = "sallyport withheld v1\n";

struct Withholding {
  std::string pointer;
  std::string klass;
  Digest digest; // HMAC-SHA-256 of withheld_context and the canonical JSON of what was there
  bool operator==(const Withholding&) const = default;
};

struct Withheld {
  canon::Value value;
  std::vector<Withholding> list; // by pointer; empty: nothing was taken out, `value` is the input
  bool complete = true;          // false: the scan was not complete, and `value` must not be stored
};

// Replaces every string that holds a finding of class `secret` or a piece of one, and every object that holds
// one in a member name, by {"withheld":true,"class":...,"digest":...}; then also every
// other string in which a value so found occurs, in any encoding that the scanner reads. The result
// holds no finding of that class. `key` has at least 16 bytes.
Result<Withheld> withhold(const Scanner& scanner, const canon::Value& value, ByteView key);

} // namespace sallyport::scan
