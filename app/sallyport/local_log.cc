#include "local_log.h"

#include "engine/founding.h"

namespace sallyport::cli {

Answer<engine::CoreOptions> local_log(const Context& context) {
  auto origin = engine::origin_of(context.dir);
  if (!origin) {
    return give_up(Exit::not_found, "there is no log in " + context.dir.string() +
                                        "; give its folder with --dir, or begin one with 'sallyport init'");
  }
  return engine::CoreOptions{context.dir, *std::move(origin), ""};
}

Result<store::Reader> open_reader(const engine::CoreOptions& log) {
  return store::Reader::open(log.dir, {log.origin, engine::wrapping_key_file(log.dir), false, ""});
}

Failure log_failure(const Error& error) {
  return error.code == ErrorCode::unavailable
             ? Failure(error)
             : Failure(Exit::fault, "the log does not verify: " + error.text());
}

} // namespace sallyport::cli
