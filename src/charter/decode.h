// From what reader.h has read to the typed charter. Lenient: what is absent or faulty keeps the state
// of a new value, so that the linter can judge the rest.
#pragma once

#include "canon/value.h"
#include "charter/model.h"

namespace sallyport::charter {

Charter decode(const canon::Value& read);

} // namespace sallyport::charter
