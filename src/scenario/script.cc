#include "scenario/script.h"

#include <algorithm>
#include <array>

namespace sallyport::scenario {
namespace {

struct Compiled {
  const Verb* verb;
  Form form;
};

const std::vector<Compiled>& forms() {
  static const std::vector<Compiled> table = [] {
    std::vector<Compiled> out;
    for (const Verb* verb : verbs()) {
      out.push_back({verb, form_of(verb->form)});
    }
    return out;
  }();
  return table;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  return out;
}

// One sentence about the place where no form goes on.
Fault misread(const std::vector<Word>& words, std::size_t at, std::vector<std::string> literals,
              std::vector<std::string> types) {
  Fault fault;
  const bool there = at < words.size();
  fault.column = there ? words[at].column : words.back().column + static_cast<int>(words.back().text.size());
  fault.text = there ? "this word is not understood here" : "the sentence is not complete";
  if (there) {
    if (const std::string near = closest(words[at].text, literals); !near.empty()) {
      fault.text += "; did you mean '" + near + "'?";
      return fault;
    }
  }
  std::ranges::sort(literals);
  constexpr std::size_t shown = 12;
  const bool more = literals.size() > shown;
  literals.resize(std::min(literals.size(), shown));
  for (std::string& literal : literals) {
    literal = "'" + literal + "'";
  }
  literals.insert(literals.begin(), types.begin(), types.end());
  if (more) {
    literals.emplace_back("another word of docs/scenarios.md");
  }
  if (!literals.empty()) {
    fault.text += "; expected " + joined(literals);
  }
  return fault;
}

class Reader {
public:
  explicit Reader(const Loader& load) : load_(load) {}

  std::optional<Fault> file(const std::string& name, std::string_view text, int depth) {
    if (text.size() > file_bytes_max) {
      return Fault{name, 1, 1, "a scenario has at most 64 KiB"};
    }
    for (int line = 1; !text.empty(); ++line) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view one = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (one.ends_with('\r')) {
        one.remove_suffix(1);
      }
      if (auto fault = sentence(name, line, one, depth)) {
        if (fault->line == 0) {
          fault->file = name;
          fault->line = line;
        }
        return fault;
      }
    }
    return std::nullopt;
  }

  Script script;

private:
  static Fault at(int column, std::string text) { return {"", 0, column, std::move(text)}; }

  std::optional<Fault> sentence(const std::string& file, int number, std::string_view line, int depth) {
    if (depth == 0 && line.starts_with("title ")) {
      return title(line.substr(6));
    }
    auto read = words_of(line);
    if (!read) {
      return read.error();
    }
    std::vector<Word>& words = *read;
    if (words.empty()) {
      return std::nullopt;
    }
    if (depth == 0 && script.title.empty()) {
      return at(1, "a scenario begins with its title");
    }
    if (words[0].text == "use" && !words[0].quoted) {
      return use(file, words, depth);
    }
    Sentence out;
    out.file = file;
    out.line = number;
    out.used = depth != 0;
    out.text = line.substr(static_cast<std::size_t>(words.front().column) - 1);
    if (auto fault = when(words, out)) {
      return fault;
    }
    if (!words.empty()) {
      if (auto fault = match(words, line, out)) {
        return fault;
      }
    }
    if (script.sentences.size() == sentences_max) {
      return at(1, "a scenario has at most 2000 sentences");
    }
    script.sentences.push_back(std::move(out));
    return std::nullopt;
  }

  // The words in square brackets are the tags.
  std::optional<Fault> title(std::string_view text) {
    if (!script.title.empty()) {
      return at(1, "a scenario has one title");
    }
    while (!text.empty()) {
      const std::size_t open = std::min(text.find('['), text.size());
      script.title += text.substr(0, open);
      text.remove_prefix(open);
      if (text.empty()) {
        break;
      }
      const std::size_t close = text.find(']');
      if (close == std::string_view::npos) {
        return at(7, "a tag of the title is not closed");
      }
      script.tags.emplace_back(text.substr(1, close - 1));
      text.remove_prefix(close + 1);
    }
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!script.title.empty() && blank(script.title.back())) {
      script.title.pop_back();
    }
    const bool printed = std::ranges::all_of(script.title, [](char c) { return c >= 0x20 && c != 0x7F; });
    if (script.title.empty() || script.title.size() > 200 || !printed) {
      return at(7, "a title is one line of printed ASCII, of at most 200 bytes beside its tags");
    }
    return std::nullopt;
  }

  std::optional<Fault> use(const std::string& file, const std::vector<Word>& words, int depth) {
    if (words.size() != 2) {
      return at(words[0].column, "'use' names one file");
    }
    if (depth == depth_max) {
      return at(words[0].column, "files use files at most four deep");
    }
    const auto text = load_(file, words[1].text);
    if (!text) {
      return at(words[1].column, "this file cannot be read");
    }
    const std::size_t slash = file.rfind('/');
    const std::string beside = slash == std::string::npos ? "" : file.substr(0, slash + 1);
    return this->file(beside + words[1].text, *text, depth + 1);
  }

  // "at +10m" and "after 5m", taken off the front.
  static std::optional<Fault> when(std::vector<Word>& words, Sentence& out) {
    if (words[0].quoted || (words[0].text != "at" && words[0].text != "after")) {
      return std::nullopt;
    }
    if (words.size() < 2 || words[1].listed || !duration_of(words[1].text)) {
      return at(words.size() < 2 ? words[0].column : words[1].column,
                "a duration such as 90s, 15m or 1h30m stands behind 'at' and 'after'");
    }
    out.when = {words[0].text == "at" ? When::Kind::at : When::Kind::after, *duration_of(words[1].text)};
    words.erase(words.begin(), words.begin() + 2);
    return std::nullopt;
  }

  static std::optional<Fault> match(const std::vector<Word>& words, std::string_view line, Sentence& out) {
    std::optional<Attempt> best;
    std::size_t farthest = 0;
    std::vector<std::string> literals;
    std::vector<std::string> types;
    for (const Compiled& compiled : forms()) {
      Attempt one = attempt(compiled.form, words, line);
      if (one.args && (!best || one.literals > best->literals)) {
        out.verb = compiled.verb;
        best = std::move(one);
        continue;
      }
      if (one.words > farthest) {
        farthest = one.words;
        literals.clear();
        types.clear();
      }
      if (one.words == farthest) {
        literals.insert(literals.end(), one.wanted_words.begin(), one.wanted_words.end());
        types.insert(types.end(), one.wanted_types.begin(), one.wanted_types.end());
      }
    }
    if (best) {
      out.args = *std::move(best->args);
      return std::nullopt;
    }
    for (auto* list : {&literals, &types}) {
      std::ranges::sort(*list);
      list->erase(std::ranges::unique(*list).begin(), list->end());
    }
    return misread(words, farthest, std::move(literals), std::move(types));
  }

  const Loader& load_;
};

} // namespace

std::span<const Verb* const> verbs() {
  static const std::vector<const Verb*> all = [] {
    std::vector<const Verb*> out;
    for (const auto part :
         {cast_verbs(), packet_verbs(), hold_verbs(), source_verbs(), manifest_verbs(), lane_verbs(),
          workspace_verbs(), ledger_verbs(), retention_verbs(), trust_verbs(), expectation_verbs()}) {
      for (const Verb& verb : part) {
        out.push_back(&verb);
      }
    }
    return out;
  }();
  return all;
}

Read<Script> read_script(const std::string& file, std::string_view text, const Loader& load) {
  Reader reader(load);
  reader.script.file = file;
  if (auto fault = reader.file(file, text, 0)) {
    return std::unexpected(*std::move(fault));
  }
  if (reader.script.title.empty()) {
    return std::unexpected(Fault{file, 1, 1, "a scenario begins with its title"});
  }
  return std::move(reader.script);
}

std::string reference() {
  struct Chapter {
    std::string_view heading;
    std::span<const Verb> rows;
  };

  const std::array chapters{Chapter{"The cast and the ground", cast_verbs()},
                            Chapter{"Packets", packet_verbs()},
                            Chapter{"What people decide", hold_verbs()},
                            Chapter{"Sources", source_verbs()},
                            Chapter{"Manifests and release", manifest_verbs()},
                            Chapter{"The lane", lane_verbs()},
                            Chapter{"Workspaces", workspace_verbs()},
                            Chapter{"The ledger", ledger_verbs()},
                            Chapter{"Preview, erasure, legal holds", retention_verbs()},
                            Chapter{"Charter, roster, keys", trust_verbs()},
                            Chapter{"Expectations", expectation_verbs()}};
  std::string out;
  for (const Chapter& chapter : chapters) {
    out += "### " + std::string(chapter.heading) + "\n\n";
    for (const Verb& verb : chapter.rows) {
      out += "`" + std::string(verb.form) + "`\n: " + std::string(verb.says) + "\n\n";
    }
  }
  return out;
}

} // namespace sallyport::scenario
