// Where a pointer of a configuration leads. It is a JSON Pointer (RFC 6901) with one step more: in an
// array, whose items RFC 6901 knows by their place alone, the segment "[name=value]" is the one item
// whose member `name` is the text or the integer `value`. In an object it is a member name like others.
#pragma once

#include "base/result.h"
#include "canon/value.h"

#include <string>

namespace sallyport::source {

// Null where nothing is there. Two items that fit are an error: which of them was meant, nobody said.
Result<const canon::Value*> select(const canon::Value& root, const std::string& pointer);

} // namespace sallyport::source
