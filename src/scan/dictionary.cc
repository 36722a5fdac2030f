#include "scan/dictionary.h"

#include "crypto/digest.h"
#include "scan/automaton.h"
#include "scan/fold.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <set>
#include <vector>

namespace sallyport::scan {
namespace {

constexpr std::size_t key_bytes_min = 16;
constexpr std::size_t gap_max = 8;     // separators in a row inside a term
constexpr std::size_t text_around = 4; // characters of text on each side of a short term

struct Term {
  std::size_t letters = 0;
  std::set<std::size_t> breaks; // where separators stand, as offsets into the folded bytes
};

// A folded byte of the text that was read last.
struct Trace {
  std::size_t from = 0;      // its character in the text
  std::size_t text_from = 0; // where the text around it begins
  bool starts = false;       // first byte of a character
  bool after_separator = false;
  bool after_seam = false; // that separator was a seam between fields
};

// The characters of a folded word from last to first.
std::string reversed(std::string_view word) {
  std::string out;
  for (std::size_t until = word.size(); until > 0;) {
    std::size_t from = until - 1;
    while ((static_cast<unsigned char>(word[from]) & 0xC0) == 0x80) {
      --from;
    }
    out.append(word, from, until - from);
    until = from;
  }
  return out;
}

Term reversed(const Term& term, std::size_t size) {
  Term out{.letters = term.letters, .breaks = {}};
  for (const std::size_t at : term.breaks) {
    out.breaks.insert(size - at);
  }
  return out;
}

bool is_text_after(std::string_view text, std::size_t at) {
  Folded c;
  for (std::size_t i = 0; i < text_around && at < text.size() && text[at] != '\0'; ++i, at += c.consumed) {
    fold_at(text, at, c);
    if (c.kind == FoldKind::end) {
      return false;
    }
  }
  return true;
}

bool is_text_before(std::string_view text, std::size_t at, std::size_t text_from) {
  return at - text_from >= text_around || text_from == 0 || text[text_from - 1] == '\0';
}

} // namespace

struct Dictionary::Impl {
  Detector detector;
  Digest digest;
  std::size_t size = 0;
  std::vector<Term> terms; // those of the caller, then reversed ones
  std::vector<std::string> folded;
  std::size_t longest = 1;
  Automaton automaton;
};

Detector Dictionary::detector() const {
  return impl_->detector;
}

std::size_t Dictionary::size() const {
  return impl_->size;
}

const Digest& Dictionary::digest() const {
  return impl_->digest;
}

Result<Dictionary> Dictionary::make(Detector detector, std::span<const std::string> terms, ByteView key) {
  const Rule* rule = rule_of_terms(detector);
  if (rule == nullptr) {
    return fail(ErrorCode::unsupported, "", "this detector takes no dictionary");
  }
  if (key.size() < key_bytes_min) {
    return fail(ErrorCode::malformed, "", "the key of a dictionary has at least 16 bytes");
  }
  if (terms.empty() || terms.size() > terms_max) {
    return fail(ErrorCode::too_large, "", "a dictionary has 1 to 100000 terms");
  }
  std::map<std::string, Term> distinct;
  std::size_t bytes = 0;
  for (std::size_t t = 0; t < terms.size(); ++t) {
    std::string folded;
    Term term;
    Folded c;
    bool separated = false;
    for (std::size_t at = 0; at < terms[t].size(); at += c.consumed) {
      fold_at(terms[t], at, c);
      if (c.kind == FoldKind::end) {
        return fail(ErrorCode::malformed, std::to_string(t), "a term is UTF-8 without control characters");
      }
      separated |= c.kind == FoldKind::separator;
      if (c.kind == FoldKind::letters) {
        if (separated && !folded.empty()) {
          term.breaks.insert(folded.size());
        }
        separated = false;
        ++term.letters;
        folded.append(c.bytes, c.size);
      }
    }
    if (term.letters < letters_min) {
      return fail(ErrorCode::malformed, std::to_string(t), "a term has at least three letters or digits");
    }
    bytes += folded.size();
    if (bytes > letters_max) {
      return fail(ErrorCode::too_large, std::to_string(t),
                  "the terms of a dictionary have at most 250000 letters");
    }
    auto [at, fresh] = distinct.try_emplace(std::move(folded), term);
    if (!fresh) {
      at->second.breaks.merge(term.breaks);
    }
  }

  std::string description = "sallyport dictionary v1\n" + std::string(rule->id) + "\n";
  std::vector<std::string> folded;
  std::vector<Term> kept;
  std::size_t longest = 1;
  for (auto& [word, term] : distinct) {
    description += word;
    for (const std::size_t at : term.breaks) {
      description += " " + std::to_string(at);
    }
    description += "\n";
    longest = std::max(longest, word.size());
    folded.push_back(word);
    kept.push_back(std::move(term));
  }
  const std::size_t size = kept.size();
  for (std::size_t t = 0; t < size; ++t) {
    std::string backwards = reversed(folded[t]);
    if (kept[t].letters >= free_letters && !distinct.contains(backwards)) {
      kept.push_back(reversed(kept[t], backwards.size()));
      folded.push_back(std::move(backwards));
    }
  }
  Automaton automaton(folded);
  return Dictionary(
      std::make_shared<const Impl>(Impl{.detector = detector,
                                        .digest = crypto::hmac_sha256(key, as_bytes(description)),
                                        .size = size,
                                        .terms = std::move(kept),
                                        .folded = std::move(folded),
                                        .longest = longest,
                                        .automaton = std::move(automaton)}));
}

namespace {

// Reads a text character by character; remembers as much of it as the longest term needs.
class Reader {
public:
  using Hit = std::function<void(std::size_t, std::size_t)>;

  Reader(std::span<const Term> terms, std::span<const std::string> folded, std::size_t longest,
         const Automaton& automaton, std::string_view text, const Hit& hit)
      : terms_(terms), folded_(folded), automaton_(automaton), text_(text), hit_(hit),
        trace_(std::bit_ceil(longest)), mask_(trace_.size() - 1) {}

  void run() {
    Folded c;
    for (std::size_t at = 0; at < text_.size(); at += c.consumed) {
      fold_at(text_, at, c);
      switch (c.kind) {
      case FoldKind::letters:
        letters(at, c);
        break;
      case FoldKind::nothing:
        break;
      case FoldKind::separator:
        separator(text_[at] == field_seam);
        break;
      case FoldKind::end:
        settle(true);
        state_ = Automaton::start;
        gap_ = 1;
        seam_ = false;
        text_from_ = at + 1;
        break;
      }
    }
    settle(true);
  }

private:
  struct Waiting {
    std::size_t from;
    std::size_t until;
  };

  void letters(std::size_t at, const Folded& c) {
    settle(false);
    for (std::size_t i = 0; i < c.size; ++i) {
      trace_[read_++ & mask_] = {.from = at,
                                 .text_from = text_from_,
                                 .starts = i == 0,
                                 .after_separator = i == 0 && gap_ != 0,
                                 .after_seam = i == 0 && seam_};
      state_ = automaton_.step(state_, static_cast<unsigned char>(c.bytes[i]));
      if (Automaton::accepts(state_)) {
        automaton_.words(state_, [&](std::size_t word) { found(word, at + c.consumed); });
      }
    }
    gap_ = 0;
    seam_ = false;
  }

  void separator(bool seam) {
    settle(true);
    seam_ |= seam;
    if (++gap_ > gap_max) {
      state_ = Automaton::start;
    }
  }

  const Trace& trace(std::size_t index) const { return trace_[index & mask_]; }

  void found(std::size_t word, std::size_t until) {
    const std::size_t begin = read_ - folded_[word].size();
    if (!trace(begin).starts) {
      return;
    }
    const Term& term = terms_[word];
    bool foreign_break = false; // a separator, no seam, where the term has none
    for (std::size_t i = begin + 1; i < read_; ++i) {
      if (trace(i).after_separator && !trace(i).after_seam && !term.breaks.contains(i - begin)) {
        foreign_break = true;
      }
    }
    const Trace& first = trace(begin);
    const bool at_edge = first.after_separator;
    if (term.letters >= Dictionary::free_letters) {
      if (!foreign_break) {
        hit_(first.from, until);
      } else if (at_edge) {
        waiting_.push_back({first.from, until});
      }
    } else if (!foreign_break && at_edge && is_text_before(text_, first.from, first.text_from) &&
               is_text_after(text_, until)) {
      waiting_.push_back({first.from, until});
    }
  }

  // What waits for a word's edge: the next character decides.
  void settle(bool edge) {
    if (edge) {
      for (const Waiting& waiting : waiting_) {
        hit_(waiting.from, waiting.until);
      }
    }
    waiting_.clear();
  }

  std::span<const Term> terms_;
  std::span<const std::string> folded_;
  const Automaton& automaton_;
  std::string_view text_;
  const Hit& hit_;
  std::vector<Trace> trace_;
  std::size_t mask_;
  std::size_t read_ = 0;
  std::size_t text_from_ = 0;
  std::size_t gap_ = 1; // separators since the last letter; the beginning of the text is an edge
  bool seam_ = false;
  Automaton::State state_ = Automaton::start;
  std::vector<Waiting> waiting_;
};

// What fold_at() makes of ASCII: the folded letter or digit, or a mark.
constexpr char ascii_separator = '\1';
constexpr char ascii_end = '\0';
constexpr auto ascii_folds = [] {
  std::array<char, 128> table{};
  for (int c = 0; c < 128; ++c) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool separator = (c >= 0x20 && c < 0x7F) || c == '\t' || c == '\n' || c == '\r' || c == field_seam;
    table[static_cast<std::size_t>(c)] = upper       ? static_cast<char>(c + ('a' - 'A'))
                                         : kept      ? static_cast<char>(c)
                                         : separator ? ascii_separator
                                                     : ascii_end;
  }
  return table;
}();

// Whether the letters of any term follow one another in `text`, whatever stands between them: nearly all
// texts have none, and need no closer look.
bool may_occur(const Automaton& automaton, std::string_view text) {
  Automaton::State state = Automaton::start;
  Folded c;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < ascii_folds.size()) {
      const char folded = ascii_folds[byte];
      if (folded > ascii_separator) {
        state = automaton.step(state, static_cast<unsigned char>(folded));
        if (Automaton::accepts(state)) [[unlikely]] {
          return true;
        }
      } else if (folded == ascii_end) {
        state = Automaton::start;
      }
      ++at;
      continue;
    }
    fold_at(text, at, c);
    at += c.consumed;
    for (std::size_t i = 0; i < c.size && c.kind == FoldKind::letters; ++i) {
      state = automaton.step(state, static_cast<unsigned char>(c.bytes[i]));
      if (Automaton::accepts(state)) {
        return true;
      }
    }
    if (c.kind == FoldKind::end) {
      state = Automaton::start;
    }
  }
  return false;
}

} // namespace

void Dictionary::find(std::string_view text, const std::function<void(std::size_t, std::size_t)>& hit) const {
  if (!may_occur(impl_->automaton, text)) {
    return;
  }
  Reader(impl_->terms, impl_->folded, impl_->longest, impl_->automaton, text, hit).run();
}

} // namespace sallyport::scan
