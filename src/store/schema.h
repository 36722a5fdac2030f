// The tables of log.db, as numbered migrations, and what the database says of itself. Internal.
#pragma once

#include "base/result.h"
#include "store/sqlite.h"

#include <string_view>

namespace sallyport::store {

// Brings the database to the newest schema, each step in a transaction of its own, and writes the
// origin into a new one.
Result<void> migrate(Connection& log, std::string_view origin);
// unsupported: another schema than this program's. denied: another log's origin.
Result<void> check_identity(Connection& log, std::string_view origin);

} // namespace sallyport::store
