// sallyport: the server and its command line.
#include "cli.h"
#include "print.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

using namespace sallyport::cli;

constexpr const char* about =
    "Sallyport: exactly one approved revision crosses into exactly one restricted lane.\n"
    "Verbs that change something are answered after they are durable. Exit status: 0 ok, 2 usage,\n"
    "3 not found, 4 refused, 5 held, 6 conflict or superseded, 7 authentication, 8 unavailable,\n"
    "9 verification failed.";

void add_global_options(CLI::App& app, Context& context) {
  const char* dir = std::getenv("SALLYPORT_DIR");
  context.dir = dir != nullptr && *dir != '\0' ? dir : "./sallyport-data";
  app.add_option("--dir", context.dir, "The service's folder (else $SALLYPORT_DIR, else ./sallyport-data)");
  auto* socket = app.add_option("--socket", context.socket, "The server's socket (else DIR/sallyport.sock)");
  app.add_option("--server", context.server, "The server's address, as in http://127.0.0.1:8420")
      ->excludes(socket);
  app.add_option("--token-file", context.token_file,
                 "A file whose first line is the token (else $SALLYPORT_TOKEN)");
  app.add_flag("--json", context.json, "The server's JSON as it is");
  app.add_flag("--no-color", context.no_color,
               "No colour (also: NO_COLOR; never where output is no terminal)");
}

int run(int argc, char** argv) {
  CLI::App app{about, "sallyport"};
  Context context;
  app.fallthrough();
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.set_version_flag("--version", "sallyport " SALLYPORT_VERSION);
  add_global_options(app, context);
  add_init(app, context);
  add_serve(app, context);
#ifdef SALLYPORT_DEMO
  add_demo(app, context);
#endif
  add_packet(app, context);
  add_manifest(app, context);
  add_hold(app, context);
  add_lane(app, context);
  add_charter(app, context);
  add_source(app, context);
  add_trust(app, context);
  add_log(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  const Answer<void> done = context.run();
  const bool written = std::fflush(stdout) == 0;
  if (!done) {
    say_failure(context, done.error());
    return static_cast<int>(done.error().exit);
  }
  return static_cast<int>(written ? Exit::ok : Exit::unavailable);
}

} // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN); // a reader that goes away is an error of writing, not a death
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sallyport: %s\n", error.what());
    return static_cast<int>(Exit::internal);
  }
}
