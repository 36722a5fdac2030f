// The documentation that is made from the tables, so that it cannot say another thing than the parser:
// docs/charter.md and docs/holds.md hold these texts between markers, docs/charter.schema.json is one.
#pragma once

#include "canon/value.h"

#include <string>

namespace sallyport::charter {

// Every section and key, then every fault.
std::string reference_markdown();

// Every hold code, then every wait reason.
std::string holds_markdown();

// JSON Schema 2020-12 of a charter as JSON. It says what one key and a word of a sibling or the flow
// show (E02-E09 without what only bytes show); the canonical form of every sound charter is valid.
canon::Value json_schema();

// The same, indented, as it is committed.
std::string json_schema_text();

} // namespace sallyport::charter
