// The tree of verbs against what is written about it: its own help, the examples, the documents.
#include "cli.h"
#include "completion.h"
#include "scopes.h"
#include "usage.h"
#include "words.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace sallyport;
using namespace sallyport::cli;

namespace {

struct Tree {
  Context context;
  CLI::App app{"", "sallyport"};

  Tree() {
    app.footer("Example:\n  sallyport help packet submit");
    app.set_version_flag("--version", "sallyport 0");
    add_globals(app, context);
#ifdef SALLYPORT_DEMO
    add_demo(app, context);
#endif
    add_verbs(app, context);
  }

  // The sentence about a command line that is wrong.
  std::string wrong(std::vector<std::string> words) {
    std::ranges::reverse(words);
    try {
      app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
      const auto failure = wrong_usage(app, error);
      CHECK((!failure || failure->exit == Exit::usage));
      return failure ? failure->text : "";
    }
    return "";
  }
};

void every(const CLI::App& at, const std::function<void(const CLI::App&)>& visit) {
  visit(at);
  for (const CLI::App* below : at.get_subcommands({})) {
    every(*below, visit);
  }
}

// The words of the command that `text` begins with, as a shell takes them, up to the command's end.
std::vector<std::string> shell_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool within = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      quote = c == quote ? 0 : quote;
      word += quote == 0 ? "" : std::string(1, c);
    } else if (c == '\'' || c == '"') {
      quote = c;
      within = true;
    } else if (c == '\\' && i + 1 < text.size() && text[i + 1] == '\n') {
      ++i;
    } else if (c == ' ' || c == '\n' || std::string_view("|>;&)`#").contains(c)) {
      if (within && !(c == '>' && word == "2")) { // the stream that is sent elsewhere
        words.push_back(std::exchange(word, ""));
      }
      within = false;
      if (c != ' ') {
        break;
      }
    } else {
      word += c;
      within = true;
    }
  }
  if (within) {
    words.push_back(word);
  }
  return words;
}

// Every command of this program in `text`: at the start of a line, after $( or ` or an assignment.
std::vector<std::vector<std::string>> commands_in(std::string_view text) {
  constexpr std::string_view name = "sallyport ";
  std::vector<std::vector<std::string>> commands;
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const auto line = text.rfind('\n', at) + 1; // npos + 1 is 0
    const std::string_view before = text.substr(line, at - line);
    const bool assigned =
        before.starts_with("SALLYPORT_") && !before.substr(0, before.size() - 1).contains(' ');
    if (before.find_first_not_of(' ') == std::string_view::npos || before.ends_with("$(") ||
        before.ends_with('`') || assigned) {
      commands.push_back(shell_words(text.substr(at)));
    }
  }
  return commands;
}

const CLI::Option* find_option(const CLI::App& verb, const std::string& name) {
  for (const CLI::App* at = &verb; at != nullptr; at = at->get_parent()) {
    if (const CLI::Option* option = at->get_option_no_throw(name)) {
      return option;
    }
  }
  return nullptr;
}

// What is wrong with an example; "" where nothing is. Ids and files are anything.
std::string fault_of(const CLI::App& root, const std::vector<std::string>& words) {
  const CLI::App* at = &root;
  std::size_t positionals = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.starts_with('[')) {
      return ""; // a synopsis
    }
    if (word.starts_with('-')) {
      const CLI::Option* option = find_option(*at, word.substr(0, word.find('=')));
      if (option == nullptr) {
        return "no option " + word;
      }
      i += option->get_expected_max() != 0 && !word.contains('=') ? 1U : 0U;
      continue;
    }
    const auto below = at->get_subcommands([&](const CLI::App* verb) { return verb->get_name() == word; });
    if (!below.empty()) {
      at = below.front();
    } else if (!names_below(*at).empty()) {
      return "no verb " + word;
    } else {
      ++positionals;
    }
  }
  const auto options = at->get_options([](const CLI::Option* option) { return option->get_positional(); });
  const bool open =
      std::ranges::any_of(options, [](const CLI::Option* option) { return option->get_expected_max() > 1; });
  return positionals <= options.size() || open ? "" : "too many words";
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

} // namespace

TEST_CASE("every help ends with an example, and every example is of verbs and options that there are") {
  const Tree tree;
  int helps = 0;
  every(tree.app, [&](const CLI::App& verb) {
    CAPTURE(spelled(verb));
    const auto commands = commands_in(verb.get_footer());
    CHECK_FALSE(commands.empty());
    for (const auto& command : commands) {
      CHECK(fault_of(tree.app, command) == "");
    }
    const std::string name = spelled(verb);
    CHECK(std::ranges::any_of(commands, [&](const std::vector<std::string>& command) {
      std::string text;
      for (const std::string& word : command) {
        text += word + " ";
      }
      return text.starts_with(name + " ");
    }));
    ++helps;
  });
  CHECK(helps > 60);
}

TEST_CASE("an example that names what is not there is found") {
  const Tree tree;
  CHECK(fault_of(tree.app, shell_words("sallyport packet shwo pk_1")) == "no verb shwo");
  CHECK(fault_of(tree.app, shell_words("sallyport packet show pk_1 --lane Q")) == "no option --lane");
  CHECK(fault_of(tree.app, shell_words("sallyport packet show pk_1 pk_2")) == "too many words");
  CHECK(fault_of(tree.app, shell_words("sallyport lane bundle en_1 --kind proof --json | jq .x")) == "");
}

TEST_CASE("every option says what it is") {
  const Tree tree;
  every(tree.app, [&](const CLI::App& verb) {
    for (const CLI::Option* option : verb.get_options()) {
      CAPTURE(spelled(verb));
      CAPTURE(option->get_name());
      CHECK((option->get_positional() || !option->get_description().empty()));
    }
  });
}

TEST_CASE("the documents name verbs and options that there are, and docs/cli.md names every verb") {
  const Tree tree;
  const std::filesystem::path source = SALLYPORT_SOURCE_DIR;
  std::size_t commands = 0;
  for (const char* name :
       {"README.md", "docs/agents.md", "docs/cli.md", "docs/start.md", "docs/api.md", "docs/charter.md",
        "docs/holds.md", "docs/metrics.md", "docs/packet.md", "docs/sources.md", "docs/verify.md"}) {
    for (const auto& command : commands_in(read(source / name))) {
      CAPTURE(name);
      std::string text;
      for (const std::string& word : command) {
        text += word + " ";
      }
      CAPTURE(text);
      CHECK(fault_of(tree.app, command) == "");
      ++commands;
    }
  }
  CHECK(commands > 60);
  const std::string page = read(source / "docs/cli.md");
  every(tree.app, [&](const CLI::App& verb) {
    const std::string name = spelled(verb);
    CAPTURE(name);
    if (names_below(verb).empty()) {
      CHECK(page.contains("| `" + name.substr(10) + "`"));
    }
    for (const CLI::Option* option :
         verb.get_parent() == nullptr ? verb.get_options() : std::vector<const CLI::Option*>{}) {
      CHECK(page.contains("`--" + option->get_lnames().front()));
    }
  });
}

TEST_CASE(
    "the help of a verb that asks the server names the scope that its token needs, as docs/cli.md does") {
  const Tree tree;
  const std::string page = read(std::filesystem::path(SALLYPORT_SOURCE_DIR) / "docs/cli.md");
  std::size_t asking = 0;
  every(tree.app, [&](const CLI::App& verb) {
    if (!names_below(verb).empty()) {
      return;
    }
    const std::string name = spelled(verb).substr(10);
    CAPTURE(name);
    const std::string scopes(scopes_of(name));
    if (scopes.empty()) {
      CHECK((page.contains("| `" + name + "` (local) |") || name == "serve"));
      return;
    }
    CHECK(verb.get_footer().contains("Scope of the token: " + scopes + "\n"));
    CHECK(page.contains("| `" + name + "` | " + scopes + " |"));
    ++asking;
  });
  CHECK(asking > 50);
}

TEST_CASE("a word that is no name brings the one that is near, and the names that there are") {
  CHECK(closest("shwo", {"submit", "show"}) == "show");
  CHECK(closest("lis", {"list", "lint"}) == "list");
  CHECK(closest("xyz", {"list", "lint"}) == "");
  CHECK(closest("lisst", {"list", "lint"}) == "list");
  CHECK(closest("lit", {"list", "lint"}) == ""); // two are as near
  CHECK(Tree().wrong({"pakcet", "show", "pk_1"}).contains("did you mean 'packet'? There are: "));
  CHECK(Tree().wrong({"packets"}).contains("whoami, principal"));
  CHECK(Tree().wrong({"packet", "shwo", "pk_1"}).contains("did you mean 'show'?"));
  CHECK(Tree().wrong({"explode"}).contains("there are: "));
  CHECK(Tree().wrong({"whoami", "x"}).contains("one word too many"));
  CHECK(Tree().wrong({"bundle"}).contains("did you mean 'lane bundle'?"));
}

TEST_CASE("an option that there is not brings the one that is near") {
  CHECK(Tree().wrong({"lane", "bundle", "en_1", "--kin", "proof"}).contains("did you mean '--kind'?"));
  CHECK(Tree().wrong({"--jsno", "whoami"}).contains("did you mean '--json'?"));
  CHECK(Tree().wrong({"packet", "revise", "pk_1", "--predecesor", "x"}).contains("'--predecessor'"));
  CHECK(Tree().wrong({"packet", "list", "--zzzzz"}).contains("sallyport packet list --help"));
  CHECK(Tree().wrong({"packet", "show"}).contains("PACKET is required; see 'sallyport packet show --help'"));
  CHECK(Tree().wrong({"packet", "show", "--help"}).empty());
}

TEST_CASE("an Idempotency-Key is what the server takes, and reading verbs take none") {
  const auto with = [](std::string key) {
    return Tree().wrong({"lane", "ack", "en_1", "--idempotency-key", std::move(key)});
  };
  CHECK(with("case-4471").empty());
  CHECK(with("a b").contains("128 visible"));
  CHECK(with(std::string(129, 'x')).contains("128 visible"));
  CHECK(Tree().wrong({"lane", "show", "en_1", "--idempotency-key", "k"}).contains("no option"));
  CHECK(Tree()
            .wrong({"token", "issue", "ac_1", "--scope", "read", "--idempotency-key", "k"})
            .contains("no option"));
}

TEST_CASE("completion scripts are of this tree: every verb, every option, every word of a choice") {
  const Tree tree;
  for (const Shell shell : {Shell::bash, Shell::zsh, Shell::fish}) {
    const std::string script = completion_script(tree.app, shell);
    every(tree.app, [&](const CLI::App& verb) {
      CHECK(script.contains(verb.get_parent() == nullptr ? "sallyport" : verb.get_name()));
      for (const CLI::Option* option : verb.get_options()) {
        for (const std::string& name : option->get_lnames()) {
          CHECK(script.contains((shell == Shell::fish ? "-l " : "--") + name));
        }
      }
    });
    CHECK(script.contains("webauthn-uv"));
    CHECK_FALSE(script.contains('@' + std::string("PATHS")));
  }
}
