// Strict JSON in, canonical JSON (RFC 8785) out. The only file that sees the JSON library is json.cc.
#pragma once

#include "base/limits.h"
#include "base/result.h"
#include "canon/value.h"

#include <string>
#include <string_view>

namespace sallyport::canon {

struct ParseLimits {
  std::size_t bytes = limits::body_bytes;
  std::size_t depth = limits::json_depth;
};

// I-JSON as design section 4 has it: UTF-8 without BOM, integers with |n| <= 2^53-1 only, no duplicate
// names, no lone surrogates. The error's `where` is the JSON Pointer of the fault where there is one.
Result<Value> parse(std::string_view text, ParseLimits limits = {});

// For records of other systems, which are never signed: as parse(), but a number that is no such
// integer becomes a string with its shortest decimal form.
Result<Value> parse_foreign(std::string_view text, ParseLimits limits = {});

// RFC 8785 bytes. Writing what parse() took gives the same value back.
std::string write(const Value& value);

} // namespace sallyport::canon
