// The log of this machine, read beside a running server on connections that cannot write.
#pragma once

#include "cli.h"
#include "engine/core.h"
#include "store/reader.h"

namespace sallyport::cli {

// Where the log lies, or one sentence that says that there is none.
Answer<engine::CoreOptions> local_log(const Context& context);
Result<store::Reader> open_reader(const engine::CoreOptions& log);
// What cannot be read now is unavailable; every other error of reading a log is a fault of the log.
Failure log_failure(const Error& error);

} // namespace sallyport::cli
