#include "completion.h"

#include "words.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

namespace sallyport::cli {
namespace {

enum class Takes { nothing, text, file, folder, choice };

struct Value {
  Takes takes = Takes::nothing;
  std::vector<std::string> choices;
};

struct Named {
  std::string name; // "--kind", "show"
  std::string about;
  Value value;
};

// A place in the tree: "" is the root, "/packet/show" a verb. Every script walks the words before the
// cursor to such a path and to the number of positionals that were given there.
struct CommandPlace {
  std::string path;
  std::vector<Named> names;
  std::vector<Named> options;
  std::vector<Value> positionals;
};

Value value_of_option(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto open = type.find('{');
  if (option.get_expected_max() == 0) {
    return {};
  }
  if (open != std::string::npos) {
    return {Takes::choice, split(type.substr(open + 1, type.find('}') - open - 1), ',')};
  }
  return {type.ends_with("FILE") ? Takes::file : type.ends_with("DIR") ? Takes::folder : Takes::text, {}};
}

void collect(const CLI::App& at, const std::string& path, std::vector<CommandPlace>& places) {
  CommandPlace place{path, {}, {}, {}};
  for (const CLI::Option* option : at.get_options()) {
    if (option->get_positional()) {
      place.positionals.push_back(value_of_option(*option));
    }
    for (const std::string& name : option->get_lnames()) {
      place.options.push_back({"--" + name, option->get_description(), value_of_option(*option)});
    }
  }
  for (const CLI::App* below : at.get_subcommands({})) {
    place.names.push_back({below->get_name(), below->get_description(), {}});
  }
  places.push_back(std::move(place));
  for (const CLI::App* below : at.get_subcommands({})) {
    collect(*below, path + "/" + below->get_name(), places);
  }
}

std::string joined_by(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : std::string(between)) + word;
  }
  return text;
}

// The root's options work behind every verb; --help is every verb's own.
std::vector<Named> options_at(const CommandPlace& place, const CommandPlace& root) {
  std::vector<Named> all = place.options;
  for (const Named& option : root.options) {
    if (place.path != root.path && option.name != "--help" && option.name != "--version") {
      all.push_back(option);
    }
  }
  return all;
}

// Every option that takes a word: that word is no name and no positional.
std::vector<std::string> with_value(const std::vector<CommandPlace>& places) {
  std::set<std::string> names;
  for (const CommandPlace& place : places) {
    for (const Named& option : place.options) {
      if (option.value.takes != Takes::nothing) {
        names.insert(option.name);
      }
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> paths_of(const std::vector<CommandPlace>& places) {
  std::vector<std::string> paths;
  for (const CommandPlace& place : places) {
    if (!place.path.empty()) {
      paths.push_back(place.path);
    }
  }
  return paths;
}

std::vector<std::string> names_of(const std::vector<Named>& rows) {
  std::vector<std::string> names;
  for (const Named& row : rows) {
    names.push_back(row.name);
  }
  return names;
}

// The script's head, with the names that only the tree knows.
std::string filled(std::string_view head, const std::vector<CommandPlace>& places, std::string_view between) {
  std::string text(head);
  const auto fill = [&](std::string_view mark, const std::string& with) {
    text.replace(text.find(mark), mark.size(), with);
  };
  fill("@VALUED@", joined_by(with_value(places), between));
  fill("@PATHS@", joined_by(paths_of(places), between));
  return text;
}

constexpr std::string_view bash_head =
    R"script(# sallyport completion for bash: eval "$(sallyport completion bash)"
_sallyport() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} node= n=0 i
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      @VALUED@)
        if [[ ${COMP_WORDS[i + 1]} == = ]]; then i=$((i + 2)); else i=$((i + 1)); fi ;;
      -*) ;;
      *)
        case $node/${COMP_WORDS[i]} in
          @PATHS@) node=$node/${COMP_WORDS[i]} n=0 ;;
          *) n=$((n + 1)) ;;
        esac ;;
    esac
  done
)script";

std::string bash_value(const Value& value) {
  switch (value.takes) {
  case Takes::nothing:
  case Takes::text:
    return "return";
  case Takes::file:
    return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return";
  case Takes::folder:
    return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); return";
  case Takes::choice:
    return "mapfile -t COMPREPLY < <(compgen -W " + shell_quoted(joined_by(value.choices, " ")) +
           " -- \"$cur\"); return";
  }
  return "return";
}

constexpr std::string_view zsh_head = R"script(#compdef sallyport
# sallyport completion for zsh: source <(sallyport completion zsh), or a file _sallyport in $fpath
_sallyport() {
  local node= prev=${words[CURRENT - 1]} n=0 i
  local -a found
  if [[ $PREFIX == --*=* ]]; then
    prev=${PREFIX%%=*}
    compset -P '*='
  fi
  for ((i = 2; i < CURRENT; i++)); do
    case ${words[i]} in
      (@VALUED@) i=$((i + 1)) ;;
      (-*) ;;
      (*)
        case $node/${words[i]} in
          (@PATHS@) node=$node/${words[i]} n=0 ;;
          (*) n=$((n + 1)) ;;
        esac ;;
    esac
  done
)script";

std::string zsh_value(const Value& value) {
  switch (value.takes) {
  case Takes::nothing:
  case Takes::text:
    return "return";
  case Takes::file:
    return "_files; return";
  case Takes::folder:
    return "_files -/; return";
  case Takes::choice:
    return "compadd -- " + joined_by(value.choices, " ") + "; return";
  }
  return "return";
}

// 'name:what it is' words of _describe.
std::string zsh_rows(const std::vector<Named>& rows) {
  std::string text;
  for (const Named& row : rows) {
    text += " " + shell_quoted(row.name + (row.about.empty() ? "" : ":" + row.about));
  }
  return "found=(" + text + " )";
}

// Both shells say `case`: what an option takes, the options of a place, its names and positionals.
struct Dialect {
  std::string_view head;
  std::string_view opens; // before a pattern
  std::string (*value)(const Value&);
  std::string (*options)(const std::vector<Named>&);
  std::string (*names)(const std::vector<Named>&);
  std::string_view is_option;
  std::string_view tail;
};

std::string posix_script(const std::vector<CommandPlace>& places, const Dialect& say) {
  std::string values;
  std::string options;
  std::string words;
  const std::string opens = "    " + std::string(say.opens);
  for (const CommandPlace& place : places) {
    for (const Named& option : place.options) {
      if (option.value.takes != Takes::nothing) {
        values += opens + (place.path.empty() ? "*" : "") + "'" + place.path + " " + option.name + "') " +
                  say.value(option.value) + " ;;\n";
      }
    }
    options += opens + "'" + place.path + "') " + say.options(options_at(place, places.front())) + " ;;\n";
    if (!place.names.empty()) {
      words += opens + "'" + place.path + " 0') " + say.names(place.names) + " ;;\n";
    }
    for (std::size_t n = 0; n < place.positionals.size(); ++n) {
      words += opens + "'" + place.path + " " + std::to_string(n) + "') " + say.value(place.positionals[n]) +
               " ;;\n";
    }
  }
  return filled(say.head, places, " | ") + "  case \"$node $prev\" in\n" + values + "  esac\n  if [[ " +
         std::string(say.is_option) + " ]]; then\n  case $node in\n" + options +
         "  esac\n  fi\n  case \"$node $n\" in\n" + words + "  esac\n}\n" + std::string(say.tail);
}

std::string bash_words(const std::vector<Named>& rows) {
  return bash_value({Takes::choice, names_of(rows)});
}

std::string bash_script(const std::vector<CommandPlace>& places) {
  return posix_script(places, {bash_head, "", bash_value, bash_words, bash_words, "$cur == -*",
                               "complete -F _sallyport sallyport\n"});
}

std::string zsh_script(const std::vector<CommandPlace>& places) {
  const auto options = [](const std::vector<Named>& rows) {
    return zsh_rows(rows) + "; _describe -o option found; return";
  };
  const auto names = [](const std::vector<Named>& rows) {
    return zsh_rows(rows) + "; _describe verb found; return";
  };
  return posix_script(places, {zsh_head, "(", zsh_value, options, names, "$PREFIX == -*",
                               "if [[ ${funcstack[1]} == _sallyport ]]; then\n  _sallyport \"$@\"\nelse\n"
                               "  compdef _sallyport sallyport\nfi\n"});
}

constexpr std::string_view fish_head =
    R"script(# sallyport completion for fish: sallyport completion fish | source
function __sallyport_at --description 'Whether the cursor is at this path and, if given, positional'
    set -l node ''
    set -l n 0
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case @VALUED@
                set skip 1
            case '-*'
            case '*'
                if contains -- "$node/$word" @PATHS@
                    set node "$node/$word"
                    set n 0
                else
                    set n (math $n + 1)
                end
        end
    end
    test "$node" = "$argv[1]"; and test -z "$argv[2]" -o "$n" = "$argv[2]"
end
complete -c sallyport -f
)script";

std::string fish_value(const Value& value) {
  switch (value.takes) {
  case Takes::nothing:
    return "";
  case Takes::text:
    return " -x";
  case Takes::file:
    return " -r -F";
  case Takes::folder:
    return " -x -a '(__fish_complete_directories)'";
  case Takes::choice:
    return " -x -a " + shell_quoted(joined_by(value.choices, " "));
  }
  return "";
}

std::string fish_script(const std::vector<CommandPlace>& places) {
  std::string text = filled(fish_head, places, " ");
  for (const CommandPlace& place : places) {
    const std::string at = "complete -c sallyport -n \"__sallyport_at '" + place.path + "'";
    for (const Named& name : place.names) {
      text += at + " 0\" -a " + name.name + " -d " + shell_quoted(name.about) + "\n";
    }
    for (const Named& option : place.options) {
      const bool of_all = place.path.empty() && option.name != "--help" && option.name != "--version";
      text += (of_all ? "complete -c sallyport" : at + "\"") + " -l " + option.name.substr(2) +
              (option.about.empty() ? "" : " -d " + shell_quoted(option.about)) + fish_value(option.value) +
              "\n";
    }
    for (std::size_t n = 0; n < place.positionals.size(); ++n) {
      const Value& value = place.positionals[n];
      const std::string words = value.takes == Takes::text ? "" : fish_value(value);
      if (!words.empty()) {
        text += at + " " + std::to_string(n) + "\"" + words + "\n";
      }
    }
  }
  return text;
}

} // namespace

std::string completion_script(const CLI::App& root, Shell shell) {
  std::vector<CommandPlace> places;
  collect(root, "", places);
  switch (shell) {
  case Shell::bash:
    return bash_script(places);
  case Shell::zsh:
    return zsh_script(places);
  case Shell::fish:
    return fish_script(places);
  }
  return {};
}

} // namespace sallyport::cli
