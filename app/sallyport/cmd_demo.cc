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

// The examples of this source tree or installation, from whatever folder the demonstration is started:
// in the working directory, else in a folder above the program, else installed beside it.
Answer<fs::path> find_examples() {
  const auto whole = [](const fs::path& folder) {
    std::error_code error;
    return fs::is_directory(folder / "charters", error) && fs::is_directory(folder / "records", error);
  };
  if (whole("examples")) {
    return "examples";
  }
  for (fs::path at = beside("").parent_path(); at.has_relative_path(); at = at.parent_path()) {
    if (whole(at / "examples")) {
      return at / "examples";
    }
  }
  const fs::path installed = beside("../share/sallyport/examples").lexically_normal();
  if (whole(installed)) {
    return installed;
  }
  return give_up(Exit::usage,
                 "the examples are neither here nor beside this program; give the folder 'examples' "
                 "of the sources with --examples");
}

Answer<void> run(const Context& context, const Options& options) {
  demo::DemoOptions demo;
  demo.dir = context.dir;
  demo.examples = options.examples;
  if (demo.examples.empty()) {
    SP_TRY(demo.examples, find_examples());
  }
  demo.verifier = options.verifier.empty() ? beside("sallyport-verify") : options.verifier;
  demo.json = context.json;
  const int status = demo::run_dispatch(demo);
  return status == 0 ? Answer<void>() : give_up(static_cast<Exit>(status), "");
}

} // namespace

void add_demo(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* group = add_group(app, "demo", "Stories told while they happen, with invented people",
                              "sallyport demo dispatch --dir demo");
  CLI::App* verb = add_verb(*group, "dispatch", "One packet of flow A, from its intake to an offline proof",
                            "sallyport demo dispatch --dir demo");
  verb->add_option("--examples", options->examples, "Charters, sources and records")
      ->check(CLI::ExistingDirectory);
  verb->add_option("--verifier", options->verifier, "The sallyport-verify to run")->check(CLI::ExistingFile);
  on(verb, context, options, run);
}

} // namespace sallyport::cli
