// help, completion: what this program says about itself. Both are local and always text.
#include "completion.h"
#include "print.h"
#include "usage.h"

namespace sallyport::cli {
namespace {

struct About {
  const CLI::App* root = nullptr;
  std::vector<std::string> verb;
};

struct Script {
  const CLI::App* root = nullptr;
  std::string shell;
};

Answer<void> help(const Context&, const About& options) {
  const CLI::App* at = options.root;
  for (const std::string& word : options.verb) {
    const auto below = at->get_subcommands([&](const CLI::App* verb) { return verb->get_name() == word; });
    if (below.empty()) {
      return give_up(Exit::usage, names_below(*at).empty() ? "'" + spelled(*at) + "' has nothing below it"
                                                           : no_such_name(*at, word));
    }
    at = below.front();
  }
  // The root would explain the verb that is running: this one.
  out(at->get_formatter()->make_help(at, spelled(*at), CLI::AppFormatMode::Normal));
  return {};
}

Answer<void> completion(const Context&, const Script& options) {
  const Shell shell = options.shell == "bash"  ? Shell::bash
                      : options.shell == "zsh" ? Shell::zsh
                                               : Shell::fish;
  out(completion_script(*options.root, shell));
  return {};
}

} // namespace

void add_help(CLI::App& app, Context& context) {
  auto about = std::make_shared<About>();
  about->root = &app;
  CLI::App* verb = add_verb(app, "help", "Explain a group or a verb; local", "sallyport help packet submit");
  verb->add_option("VERB", about->verb, "As it is typed: packet submit");
  on(verb, context, about, help);

  auto script = std::make_shared<Script>();
  script->root = &app;
  verb = add_verb(app, "completion", "The completion script of a shell; local",
                  "eval \"$(sallyport completion bash)\"\n"
                  "  sallyport completion zsh > ~/.zfunc/_sallyport\n"
                  "  sallyport completion fish > ~/.config/fish/completions/sallyport.fish");
  verb->add_option("SHELL", script->shell)->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  on(verb, context, script, completion);
}

} // namespace sallyport::cli
