// demo: the stories of two packets, on this machine, with invented people (demo/demo.h).
#include "canon/json.h"
#include "cli.h"
#include "demo/demo.h"
#include "demo/packets.h"
#include "engine/engine.h"
#include "print.h"

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

Answer<fs::path> examples_of(const fs::path& given) {
  return given.empty() ? find_examples() : Answer<fs::path>(given);
}

Answer<demo::DemoOptions> read_options(const Context& context, const DemoPlace& options) {
  demo::DemoOptions demo;
  demo.dir = context.dir;
  SP_TRY(demo.examples, examples_of(options.examples));
  demo.verifier = options.verifier.empty() ? beside("sallyport-verify") : options.verifier;
  demo.json = context.json;
  std::error_code error;
  demo.program = fs::read_symlink("/proc/self/exe", error);
  demo.crasher = options.crasher.empty() ? beside("dump_crasher") : options.crasher;
  demo.core = options.core;
  return demo;
}

struct Sources {
  fs::path examples;
  std::uint16_t port = 9701;
  std::vector<std::string> readers;
};

struct Submission {
  fs::path examples;
  std::string triager;
  std::string case_name = "CASE-5512";
  std::int64_t revision = 1;
};

Answer<void> sources(const Context&, const Sources& options) {
  SP_TRY(const fs::path examples, examples_of(options.examples));
  const auto served = demo::serve_sources(examples, options.port, options.readers);
  return served ? Answer<void>() : give_up(Exit::unavailable, served.error().text());
}

Answer<void> submission(const Context&, const Submission& options) {
  SP_TRY(const fs::path examples, examples_of(options.examples));
  demo::PacketSpec spec;
  spec.case_name = options.case_name;
  spec.revision = options.revision;
  spec.triager = options.triager;
  spec.author = options.triager;
  const auto made = demo::make_submission(spec, examples, engine::system_now());
  if (!made) {
    return give_up(Exit::usage, made.error().text());
  }
  out(canon::write(*made) + "\n");
  return {};
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

// What a log of one's own can be tried with.
void add_parts(CLI::App& group, Context& context) {
  auto asked = std::make_shared<Sources>();
  CLI::App* verb = add_verb(group, "sources", "A stand-in for the systems that examples/sources name",
                            "sallyport demo sources --reader pe_2345abcdef");
  verb->add_option("--port", asked->port, "Where examples/sources expect it")->capture_default_str();
  verb->add_option("--reader", asked->readers, "A person of its directory's group; repeatable");
  verb->add_option("--examples", asked->examples, "Charters, sources and records")
      ->check(CLI::ExistingDirectory);
  on(verb, context, asked, sources);

  auto told = std::make_shared<Submission>();
  verb = add_verb(group, "submission", "A submission that cites what the stand-in has, as of now",
                  "sallyport demo submission --triager pe_2345abcdef > submission.json");
  verb->add_option("--triager", told->triager, "The person who triaged and wrote it, and cannot sign it")
      ->required();
  verb->add_option("--case", told->case_name, "Upstream's name of the case")->capture_default_str();
  verb->add_option("--revision", told->revision, "Upstream's number of it")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--examples", told->examples, "Charters, sources and records")
      ->check(CLI::ExistingDirectory);
  on(verb, context, told, submission);
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
  add_parts(*group, context);
}

} // namespace sallyport::cli
