#include "scenario/form.h"

#include "base/result.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sallyport::scenario {
namespace {

bool all_of(std::string_view text, std::string_view more) {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || more.contains(c);
  });
}

bool plain(const Word& word, std::string_view more) {
  return !word.quoted && !word.text.empty() && word.text.size() <= 63 && all_of(word.text, more);
}

struct Type {
  std::string_view name;
  std::string_view said; // in a message
  bool (*takes)(const Word&);
};

// The closed list of what a slot may take.
constexpr std::array word_types{
    Type{"name", "a name", [](const Word& w) { return plain(w, "-_"); }},
    Type{"names", "names with commas between them", [](const Word& w) { return plain(w, "-_"); }},
    Type{"code", "a code", [](const Word& w) { return plain(w, "._()-"); }},
    Type{"codes", "codes with commas between them", [](const Word& w) { return plain(w, "._()-"); }},
    Type{"key", "an object such as P/c1",
         [](const Word& w) { return plain(w, "-_/") && w.text.contains('/'); }},
    Type{"pointer", "a subject such as /citations/c1", [](const Word& w) { return plain(w, "-_/:.~*"); }},
    Type{"duration", "a duration such as 90s, 15m or 1h30m",
         [](const Word& w) { return !w.quoted && duration_of(w.text).has_value(); }},
    Type{"number", "a number",
         [](const Word& w) {
           return !w.quoted && !w.text.empty() && w.text.size() <= 6 &&
                  std::ranges::all_of(w.text, [](char c) { return c >= '0' && c <= '9'; });
         }},
    Type{"instant", "an instant such as 2026-11-20T09:00:00.000Z",
         [](const Word& w) { return !w.quoted && parse_instant(w.text).has_value(); }},
    Type{"file", "a file",
         [](const Word& w) { return w.quoted || (!w.text.empty() && all_of(w.text, "-_./")); }},
    Type{"text", "a text in quotation marks", [](const Word& w) { return w.quoted; }},
    Type{"rest", "some words", [](const Word&) { return true; }},
};

const Type& type_of(std::string_view name) {
  const auto* at = std::ranges::find(word_types, name, &Type::name);
  SP_ASSERT(at != word_types.end());
  return *at;
}

class FormReader {
public:
  explicit FormReader(std::string_view text) : left_(text) {}

  Form parts(bool inside) {
    Form form;
    for (;;) {
      left_.remove_prefix(std::min(left_.find_first_not_of(' '), left_.size()));
      if (left_.empty() || left_.front() == ']') {
        SP_ASSERT(inside == !left_.empty());
        return form;
      }
      form.push_back(part());
    }
  }

private:
  Part part() {
    if (left_.front() == '[') {
      left_.remove_prefix(1);
      Part group{Part::Kind::group, "", "", parts(true), false};
      SP_ASSERT(!group.inner.empty() && group.inner.front().kind == Part::Kind::literal);
      group.text = group.inner.front().text;
      left_.remove_prefix(1);
      if (left_.starts_with('*')) {
        group.repeated = true;
        left_.remove_prefix(1);
      }
      return group;
    }
    const std::size_t end = std::min(left_.find_first_of(" ]"), left_.size());
    const std::string_view word = left_.substr(0, end);
    left_.remove_prefix(end);
    if (!word.starts_with('<')) {
      return {Part::Kind::literal, std::string(word), "", {}, false};
    }
    const std::size_t colon = word.find(':');
    SP_ASSERT(colon != std::string_view::npos && word.ends_with('>'));
    Part slot{Part::Kind::slot,
              std::string(word.substr(1, colon - 1)),
              std::string(word.substr(colon + 1, word.size() - colon - 2)),
              {},
              false};
    (void)type_of(slot.type);
    return slot;
  }

  std::string_view left_;
};

} // namespace

Form form_of(std::string_view text) {
  return FormReader(text).parts(false);
}

// Walks one form along the words. Groups begin with a bare word, so nothing is ever taken back.
class Matcher {
public:
  Matcher(const std::vector<Word>& words, std::string_view line) : words_(words), line_(line) {}

  Attempt run(const Form& form) {
    Args args;
    const bool fits = sequence(form, args) && at_ == words_.size();
    if (fits) {
      out_.args = std::move(args);
    }
    out_.words = at_;
    return std::move(out_);
  }

private:
  bool sequence(const std::vector<Part>& parts, Args& args) {
    for (std::size_t i = 0; i < parts.size();) {
      if (parts[i].kind == Part::Kind::group) {
        const std::size_t from = i;
        while (i < parts.size() && parts[i].kind == Part::Kind::group) {
          ++i;
        }
        if (!groups(parts, from, i, args)) {
          return false;
        }
      } else if (!one(parts[i++], args)) {
        return false;
      }
    }
    return true;
  }

  bool groups(const std::vector<Part>& parts, std::size_t from, std::size_t to, Args& args) {
    std::vector<bool> used(to - from, false);
    for (;;) {
      std::size_t i = from;
      while (i < to && !(next_is(parts[i].text) && (parts[i].repeated || !used[i - from]))) {
        ++i;
      }
      if (i == to) {
        for (std::size_t j = from; j < to; ++j) {
          if (parts[j].repeated || !used[j - from]) {
            want(out_.wanted_words, parts[j].text);
          }
        }
        return true;
      }
      used[i - from] = true;
      Args inner;
      if (!sequence(parts[i].inner, inner)) {
        return false;
      }
      for (const auto& [slot, words] : inner.slots_) {
        args.slots_[slot] = words;
      }
      args.groups_[parts[i].text].push_back(std::move(inner));
    }
  }

  bool one(const Part& part, Args& args) {
    if (part.kind == Part::Kind::literal) {
      if (!next_is(part.text)) {
        want(out_.wanted_words, part.text);
        return false;
      }
      take();
      ++out_.literals;
      return true;
    }
    const Type& type = type_of(part.type);
    if (at_ == words_.size() || !type.takes(words_[at_])) {
      want(out_.wanted_types, std::string(type.said));
      return false;
    }
    if (part.type == "rest") {
      const auto from = static_cast<std::size_t>(words_[at_].column) - 1;
      args.slots_[part.text] = {{std::string(line_.substr(from)), words_[at_].column, true, false}};
      at_ = words_.size();
      return true;
    }
    const bool list = part.type == "names" || part.type == "codes";
    std::vector<Word>& taken = args.slots_[part.text];
    taken.clear();
    for (;;) {
      taken.push_back(words_[at_]);
      const bool more = words_[at_].listed;
      if (more && !list) {
        want(out_.wanted_types, "no comma");
        return false;
      }
      take();
      if (!more) {
        return true;
      }
      if (at_ == words_.size() || !type.takes(words_[at_])) {
        want(out_.wanted_types, std::string(type.said));
        return false;
      }
    }
  }

  bool next_is(const std::string& literal) const {
    return at_ < words_.size() && !words_[at_].quoted && !words_[at_].listed && words_[at_].text == literal;
  }

  // What was wanted before was met or left out.
  void take() {
    ++at_;
    out_.wanted_words.clear();
    out_.wanted_types.clear();
  }

  static void want(std::vector<std::string>& list, const std::string& what) {
    if (std::ranges::find(list, what) == list.end()) {
      list.push_back(what);
    }
  }

  const std::vector<Word>& words_;
  std::string_view line_;
  std::size_t at_ = 0;
  Attempt out_;
};

Attempt attempt(const Form& form, const std::vector<Word>& words, std::string_view line) {
  return Matcher(words, line).run(form);
}

const std::string& Args::at(const std::string& slot) const {
  const auto found = slots_.find(slot);
  SP_ASSERT(found != slots_.end());
  return found->second.front().text;
}

std::string Args::get(const std::string& slot, const std::string& otherwise) const {
  return slots_.contains(slot) ? at(slot) : otherwise;
}

std::vector<std::string> Args::list(const std::string& slot) const {
  std::vector<std::string> out;
  if (const auto found = slots_.find(slot); found != slots_.end()) {
    for (const Word& word : found->second) {
      out.push_back(word.text);
    }
  }
  return out;
}

std::vector<Args> Args::each(const std::string& group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? std::vector<Args>{} : found->second;
}

int Args::column(const std::string& slot) const {
  const auto found = slots_.find(slot);
  return found == slots_.end() ? 1 : found->second.front().column;
}

std::optional<Duration> duration_of(std::string_view text) {
  struct Unit {
    std::string_view word;
    std::int64_t ms;
  };

  static constexpr std::array units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"ms", 1},
                                    Unit{"m", 60'000}, Unit{"s", 1'000}};
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  Duration sum;
  do {
    std::int64_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc() || n < 0 || n > 1'000'000'000) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto* unit = std::ranges::find_if(units, [&](const Unit& u) { return text.starts_with(u.word); });
    if (unit == units.end()) {
      return std::nullopt;
    }
    text.remove_prefix(unit->word.size());
    sum.ms += n * unit->ms;
    if (sum.ms > 3650LL * 86'400'000) {
      return std::nullopt;
    }
  } while (!text.empty());
  return sum;
}

} // namespace sallyport::scenario
