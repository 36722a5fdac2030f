// demo: the stories of two packets, on this machine, with invented people (demo/demo.h).
#include "demo/demo.h"

#include "cli.h"

#include <system_error>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct DemoPlace {
  fs::path examples;
  fs::path verifier;
  fs::path crasher;
  fs::path core;
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

Answer<demo::DemoOptions> read_options(const Context& context, const DemoPlace& options) {
  demo::DemoOptions demo;
  demo.dir = context.dir;
  demo.examples = options.examples;
  if (demo.examples.empty()) {
    SP_TRY(demo.examples, find_examples());
  }
  demo.verifier = options.verifier.empty() ? beside("sallyport-verify") : options.verifier;
  demo.json = context.json;
  std::error_code error;
  demo.program = fs::read_symlink("/proc/self/exe", error);
  demo.crasher = options.crasher.empty() ? beside("dump_crasher") : options.crasher;
  demo.core = options.core;
  return demo;
}

Answer<void> ended(int status) {
  return status == 0 ? Answer<void>() : give_up(static_cast<Exit>(status), "");
}

Answer<void> dispatch(const Context& context, const DemoPlace& options) {
  SP_TRY(const demo::DemoOptions demo, read_options(context, options));
  return ended(demo::run_dispatch(demo));
}

Answer<void> tell_release(const Context& context, const DemoPlace& options) {
  SP_TRY(const demo::DemoOptions demo, read_options(context, options));
  return ended(demo::run_release(demo));
}

CLI::App* add_story(CLI::App& group, const char* name, const char* about, const char* example,
                    DemoPlace& options) {
  CLI::App* verb = add_verb(group, name, about, example);
  verb->add_option("--examples", options.examples, "Charters, sources and records")
      ->check(CLI::ExistingDirectory);
  verb->add_option("--verifier", options.verifier, "The sallyport-verify to run")->check(CLI::ExistingFile);
  return verb;
}

} // namespace

void add_demo(CLI::App& app, Context& context) {
  auto options = std::make_shared<DemoPlace>();
  CLI::App* group = add_group(app, "demo", "Stories told while they happen, with invented people",
                              "sallyport demo dispatch --dir demo");
  on(add_story(*group, "dispatch", "One packet of flow A, from its intake to an offline proof",
               "sallyport demo dispatch --dir demo", *options),
     context, options, dispatch);
  CLI::App* crash =
      add_story(*group, "release", "One packet of flow B, from a real crash to an offline proof",
                "sallyport demo release --dir demo-release", *options);
  crash->add_option("--crasher", options->crasher, "The program that crashes")->check(CLI::ExistingFile);
  crash->add_option("--core", options->core, "A core of that program, where this machine writes none")
      ->check(CLI::ExistingFile);
  on(crash, context, options, tell_release);
}

} // namespace sallyport::cli
