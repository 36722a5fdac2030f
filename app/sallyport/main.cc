// sallyport: the server and its command line.
#include "cli.h"
#include "print.h"
#include "usage.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>

namespace {

using namespace sallyport::cli;

constexpr const char* about =
    "Sallyport: exactly one approved revision crosses into exactly one restricted lane.\n"
    "Verbs that change something are answered after they are durable. Exit status: 0 ok, 2 usage,\n"
    "3 not found, 4 refused, 5 held, 6 conflict or superseded, 7 authentication, 8 unavailable,\n"
    "9 verification failed.";

constexpr const char* examples = "Examples:\n"
#ifdef SALLYPORT_DEMO
                                 "  sallyport demo dispatch --dir demo\n"
#endif
                                 "  sallyport packet explain pk_2345abcdef\n"
                                 "  sallyport packet list --json | jq -r '.packets[].packet'\n"
                                 "  sallyport help packet submit";

int run(int argc, char** argv) {
  CLI::App app{about, "sallyport"};
  Context context;
  app.footer(examples);
  app.set_version_flag("--version", "sallyport " SALLYPORT_VERSION);
  add_globals(app, context);
#ifdef SALLYPORT_DEMO
  add_demo(app, context);
#endif
  add_verbs(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const std::optional<Failure> wrong = wrong_usage(app, error);
    if (!wrong) {
      return app.exit(error); // --help, --version
    }
    say_failure(*wrong);
    return static_cast<int>(wrong->exit);
  }
  const Answer<void> done = context.run();
  const bool written = std::fflush(stdout) == 0;
  if (!done) {
    say_failure(done.error());
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
