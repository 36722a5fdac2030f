// scenario: stories about a lane as text, played through the real engine on a clock that is a value.
#include "canon/json.h"
#include "engine/files.h"
#include "print.h"
#include "scenario/run.h"

#include <cstdio>
#include <fstream>
#include <stdlib.h>
#include <system_error>
#include <unistd.h>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Run {
  std::vector<std::string> files;
  std::string mermaid;
  fs::path keep;
};

struct Language {};

// The log of one scenario; gone with it.
class Folder {
public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "sallyport-scenario-XXXXXX").string();
    made_ = ::mkdtemp(name.data()) != nullptr;
    path_ = name;
  }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  bool made() const { return made_; }

  const fs::path& path() const { return path_; }

private:
  fs::path path_;
  bool made_ = false;
};

Result<std::string> load_beside(const std::string& from, const std::string& name) {
  return engine::read_small_file(fs::path(from).parent_path() / name);
}

std::string mark(const Context& context, const scenario::Came& came) {
  using Kind = scenario::Came::Kind;
  const Tone tone = came.kind == Kind::opened || came.kind == Kind::refused    ? Tone::bad
                    : came.kind == Kind::cleared || came.kind == Kind::crossed ? Tone::good
                                                                               : Tone::plain;
  return paint(context, tone, printable((came.packet.empty() ? "" : came.packet + " ") + came.text));
}

void print_told(const Context& context, const scenario::Told& told) {
  if (told.sort == scenario::Sort::expectation && told.used) {
    return;
  }
  const bool met = told.sort == scenario::Sort::expectation;
  const std::string text = printable(told.text);
  std::string line = told.at + std::string(told.at.size() < 12 ? 12 - told.at.size() : 1, ' ');
  line += met         ? paint(context, Tone::faint, "  " + text)
          : told.used ? paint(context, Tone::faint, text)
                      : text;
  out(line + "\n");
  for (const scenario::Came& came : told.came) {
    out(std::string(14, ' ') + mark(context, came) + "\n");
  }
}

canon::Object value_of_outcome(const scenario::Script& script, const scenario::Outcome& outcome) {
  canon::Array told;
  for (const scenario::Told& one : outcome.told) {
    canon::Array came;
    for (const scenario::Came& part : one.came) {
      came.emplace_back(part.text);
    }
    told.push_back(canon::Object{{"at", one.at},
                                 {"file", one.file},
                                 {"line", one.line},
                                 {"says", one.text},
                                 {"came", std::move(came)}});
  }
  canon::Object out{{"file", script.file},
                    {"title", script.title},
                    {"tags", canon::Array(script.tags.begin(), script.tags.end())},
                    {"met", outcome.expectations},
                    {"passed", !outcome.failed.has_value()},
                    {"told", std::move(told)}};
  if (outcome.failed) {
    out.set("failed", canon::Object{{"where", outcome.failed->fault.say()},
                                    {"sentence", outcome.failed->sentence},
                                    {"details", canon::Array(outcome.failed->details.begin(),
                                                             outcome.failed->details.end())}});
  }
  return out;
}

void print_failed(const scenario::Failed& failed) {
  std::string text = printable(failed.fault.say()) + "\n  | " + printable(failed.sentence) + "\n";
  for (const std::string& detail : failed.details) {
    text += "    " + printable(detail) + "\n";
  }
  std::fputs(text.c_str(), stderr);
}

Exit exit_of_problem(scenario::Problem::Kind kind) {
  switch (kind) {
  case scenario::Problem::Kind::unusable:
    return Exit::usage;
  case scenario::Problem::Kind::unmet:
    return Exit::fault;
  case scenario::Problem::Kind::broken:
    break;
  }
  return Exit::internal;
}

// One word of what is being played, gone when it is done; for people at a terminal.
class Progress {
public:
  Progress(const Context& context, std::size_t of)
      : shown_(!context.quiet && !context.json && of > 1 && ::isatty(2) == 1), of_(of) {}

  void at(std::size_t n, const std::string& file) const {
    if (shown_) {
      std::fprintf(stderr, "\r\033[K%zu of %zu  %s", n, of_, printable(file).c_str());
      std::fflush(stderr);
    }
  }

  void clear() const {
    if (shown_) {
      std::fputs("\r\033[K", stderr);
    }
  }

private:
  bool shown_;
  std::size_t of_;
};

// A file for one scenario, a folder for several.
Answer<void> draw(const Run& options, const scenario::Script& script, const scenario::Outcome& outcome) {
  if (options.mermaid.empty()) {
    return {};
  }
  fs::path to = options.mermaid;
  if (options.files.size() > 1) {
    std::error_code error;
    fs::create_directories(to, error);
    to /= fs::path(script.file).stem().string() + ".mmd";
  }
  std::ofstream file(to, std::ios::binary);
  file << scenario::mermaid(script, outcome);
  return file.good() ? Answer<void>() : give_up(Exit::unavailable, to.string() + ": cannot be written");
}

Answer<void> run_scenarios(const Context& context, const Run& options) {
  std::error_code ignored;
  if (!options.keep.empty() && (options.files.size() != 1 || fs::exists(options.keep, ignored))) {
    return give_up(Exit::usage, "--keep takes one scenario, and a folder that is not there yet");
  }
  const bool alone = options.files.size() == 1;
  const Progress progress(context, options.files.size());
  canon::Array all;
  std::size_t failed = 0;
  Exit worst = Exit::ok;
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    const std::string& name = options.files[i];
    progress.at(i + 1, name);
    SP_TRY(const std::string text, engine::read_small_file(name));
    const auto script = scenario::read_script(name, text, load_beside);
    if (!script) {
      progress.clear();
      return give_up(Exit::usage, script.error().say());
    }
    const Folder folder;
    if (!folder.made()) {
      return give_up(Exit::unavailable, "no temporary folder can be made; see $TMPDIR");
    }
    std::function<void(const scenario::Told&)> tell;
    if (alone && !context.json && !context.quiet) {
      out(printable(script->title) + "\n\n");
      tell = [&context](const scenario::Told& told) { print_told(context, told); };
    }
    const fs::path& log = options.keep.empty() ? folder.path() : options.keep;
    const scenario::Outcome outcome = scenario::run_script(*script, log, load_beside, tell);
    progress.clear();
    if (outcome.failed) {
      ++failed;
      worst = worst == Exit::ok ? exit_of_problem(outcome.failed->kind) : worst;
    }
    if (context.json) {
      all.emplace_back(value_of_outcome(*script, outcome));
    } else if (!alone && !context.quiet) {
      out(paint(context, outcome.failed ? Tone::bad : Tone::good, outcome.failed ? "FAILED  " : "holds   ") +
          printable(fs::path(name).stem().string() + ": " + script->title) + "\n");
    }
    if (outcome.failed && !context.json) {
      std::fflush(stdout);
      print_failed(*outcome.failed);
    }
    SP_CHECK(draw(options, *script, outcome));
  }
  if (context.json) {
    out(canon::write(canon::Object{{"scenarios", std::move(all)}, {"failed", failed}}) + "\n");
  } else if (!context.quiet) {
    out("\n" + std::to_string(options.files.size() - failed) + " of " + std::to_string(options.files.size()) +
        (alone ? " scenario holds.\n" : " scenarios hold.\n"));
  }
  return failed == 0 ? Answer<void>() : give_up(worst, "");
}

Answer<void> language(const Context& context, const Language&) {
  const std::string text = scenario::reference();
  out(context.json ? canon::write(canon::Object{{"markdown", text}}) + "\n" : text);
  return {};
}

} // namespace

void add_scenario(CLI::App& app, Context& context) {
  CLI::App* group = add_group(app, "scenario", "What a lane promises, as stories that are played",
                              "sallyport scenario run scenarios/flow/crosses-once.scn");
  auto options = std::make_shared<Run>();
  CLI::App* verb = add_verb(*group, "run", "Play scenarios through the real engine, each on a log of its own",
                            "sallyport scenario run scenarios/flow/crosses-once.scn --mermaid story.mmd");
  verb->add_option("FILE", options->files, "Scenarios (docs/scenarios.md)")
      ->required()
      ->check(CLI::ExistingFile);
  verb->add_option("--mermaid", options->mermaid,
                   "Write a Mermaid sequence diagram: a file, or a folder for several scenarios")
      ->type_name("OUT");
  verb->add_option("--keep", options->keep, "Leave the scenario's log in this new folder, to be looked at")
      ->type_name("DIR");
  on(verb, context, options, run_scenarios);
  on(add_verb(*group, "language", "Every sentence that a scenario can say", "sallyport scenario language"),
     context, std::make_shared<Language>(), language);
}

} // namespace sallyport::cli
