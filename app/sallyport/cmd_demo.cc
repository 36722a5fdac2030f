// demo: the story of one packet, on this machine, with invented people (demo/demo.h).
#include "demo/demo.h"

#include "cli.h"

#include <system_error>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path examples;
  fs::path verifier;
};

// Beside this program: in a build and installed alike.
fs::path beside(std::string_view name) {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path() / name;
}

fs::path default_examples() {
  std::error_code error;
  return fs::is_directory("examples", error) ? fs::path("examples")
                                             : beside("../share/sallyport/examples").lexically_normal();
}

Answer<void> run(const Context& context, const Options& options) {
  demo::DemoOptions demo;
  demo.dir = context.dir;
  demo.examples = options.examples.empty() ? default_examples() : options.examples;
  demo.verifier = options.verifier.empty() ? beside("sallyport-verify") : options.verifier;
  demo.json = context.json;
  return demo::run_dispatch(demo) == 0 ? Answer<void>() : give_up(Exit::fault, "");
}

} // namespace

void add_demo(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* group = add_group(app, "demo", "Stories told while they happen, with invented people");
  CLI::App* verb = add_verb(*group, "dispatch", "One packet of flow A, from its intake to an offline proof",
                            "sallyport demo dispatch --dir demo");
  verb->add_option("--examples", options->examples, "Charters, sources and records")
      ->check(CLI::ExistingDirectory);
  verb->add_option("--verifier", options->verifier, "The sallyport-verify to run")->check(CLI::ExistingFile);
  on(verb, context, options, run);
}

} // namespace sallyport::cli
