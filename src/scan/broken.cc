#include "scan/broken.h"

#include "base/bytes.h"
#include "base/result.h"
#include "scan/credential.h"
#include "scan/fold.h"
#include "scan/signs.h"

#include <algorithm>
#include <array>
#include <vector>

namespace sallyport::scan {
namespace {

constexpr std::size_t gap_max = 96;         // bytes: a line break and an indentation
constexpr std::size_t read_max = 16 * 1024; // bytes from an anchor on
constexpr std::size_t header_max = 48;      // characters between BEGIN and the dashes
constexpr std::size_t continuation_min = 6; // characters that a second field must add
// Odds of prose, as exponents of e.
constexpr double prose_certain = 4;
constexpr double prose_doubtful = -2;
constexpr std::string_view end_of_armour = "-----END";

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_alnum(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z') || is_digit(c);
}

using Alphabet = bool (*)(char);

constexpr Alphabet base62 = is_alnum;
constexpr Alphabet base32 = [](char c) { return is_upper(c) || (c >= '2' && c <= '7'); };
constexpr Alphabet upper = [](char c) { return is_upper(c) || is_digit(c); };
constexpr Alphabet word = [](char c) { return is_alnum(c) || c == '_'; };
constexpr Alphabet dashed = [](char c) { return is_alnum(c) || c == '-'; };
constexpr Alphabet base64url = [](char c) { return is_alnum(c) || c == '-' || c == '_'; };
constexpr Alphabet base64 = [](char c) { return is_alnum(c) || c == '+' || c == '/'; };
constexpr Alphabet dotted = [](char c) { return base64url(c) || c == '.'; };
constexpr Alphabet header = [](char c) { return upper(c) || c == '-'; };

enum class Kind {
  token,  // `length` characters
  closed, // exactly so many
  jwt,
  armour, // up to the dashes: the header of a private key
};

struct Shape {
  std::string_view rule;
  std::string_view anchor;
  Kind kind;
  Alphabet alphabet;
  std::size_t length;
};

constexpr Shape shapes[] = {
    {"secret.aws_key_id", "AKIA", Kind::closed, base32, 16},
    {"secret.aws_key_id", "ASIA", Kind::closed, base32, 16},
    {"secret.github", "ghp_", Kind::token, base62, 36},
    {"secret.github", "gho_", Kind::token, base62, 36},
    {"secret.github", "ghu_", Kind::token, base62, 36},
    {"secret.github", "ghs_", Kind::token, base62, 36},
    {"secret.github", "ghr_", Kind::token, base62, 36},
    {"secret.github", "github_pat_", Kind::token, word, 36},
    {"secret.gitlab", "glpat-", Kind::token, base64url, 20},
    {"secret.gitlab", "gldt-", Kind::token, base64url, 20},
    {"secret.gitlab", "glrt-", Kind::token, base64url, 20},
    {"secret.gitlab", "glcbt-", Kind::token, base64url, 20},
    {"secret.gitlab", "glptt-", Kind::token, base64url, 20},
    {"secret.google", "AIza", Kind::closed, base64url, 35},
    {"secret.google", "ya29.", Kind::token, base64url, 20},
    {"secret.google", "GOCSPX-", Kind::token, base64url, 20},
    {"secret.jwt", "eyJ", Kind::jwt, dotted, 0},
    {"secret.npm", "npm_", Kind::closed, base62, 36},
    {"secret.private_key", "-----BEGIN", Kind::armour, header, 0},
    {"secret.private_key", "AGE-SECRET-KEY-1", Kind::token, upper, 20},
    {"secret.sallyport", "sp_", Kind::token, base64url, 54},
    {"secret.slack", "xoxa-", Kind::token, dashed, 24},
    {"secret.slack", "xoxb-", Kind::token, dashed, 24},
    {"secret.slack", "xoxe-", Kind::token, dashed, 24},
    {"secret.slack", "xoxo-", Kind::token, dashed, 24},
    {"secret.slack", "xoxp-", Kind::token, dashed, 24},
    {"secret.slack", "xoxr-", Kind::token, dashed, 24},
    {"secret.slack", "xoxs-", Kind::token, dashed, 24},
    {"secret.stripe", "sk_live_", Kind::token, base62, 24},
    {"secret.stripe", "sk_test_", Kind::token, base62, 24},
    {"secret.stripe", "rk_live_", Kind::token, base62, 24},
    {"secret.stripe", "rk_test_", Kind::token, base62, 24},
    {"secret.stripe", "whsec_", Kind::token, base64, 24},
};

const Rule& rule_of(const Shape& shape) {
  const auto found = std::ranges::find(pattern_rules(), shape.rule, &Rule::id);
  SP_ASSERT(found != pattern_rules().end());
  return *found;
}

// Shapes by the first character of their anchor.
const std::array<std::vector<const Shape*>, 128>& shapes_by_sign() {
  static const auto table = [] {
    std::array<std::vector<const Shape*>, 128> out;
    for (const Shape& shape : shapes) {
      out[static_cast<unsigned char>(shape.anchor.front())].push_back(&shape);
    }
    return out;
  }();
  return table;
}

// Takes characters one by one, over gaps. The marks of a gap are what is in it beside blanks ('"+"' in a
// string that code puts together): all gaps of one credential have the same ones, or none.
class Reader {
public:
  Reader(std::string_view text, std::size_t at)
      : text_(text.substr(0, at + read_max)), until_(at), cut_(text.size() > text_.size()) {}

  // The next character that `wanted` takes, or NUL.
  template <class F> char next(F&& wanted) {
    std::size_t at = until_;
    std::uint64_t marks = 0;
    while (at < text_.size() && at - until_ <= gap_max) {
      const char c = text_[at];
      if (wanted(c)) {
        if (marks != 0 && marks_ != 0 && marks != marks_) {
          return '\0';
        }
        broken_ |= at != until_;
        marks_ = marks != 0 ? marks : marks_;
        until_ = at + 1;
        return c;
      }
      const std::size_t size = skip(at, marks);
      if (size == 0) {
        return '\0';
      }
      at += size;
    }
    ended_ = at >= text_.size() && !cut_;
    return '\0';
  }

  bool anchor(std::string_view anchor) {
    return std::ranges::all_of(anchor,
                               [&](char sign) { return next([sign](char c) { return c == sign; }) != '\0'; });
  }

  // What of `alphabet` follows without a gap.
  std::string rest(Alphabet alphabet) {
    const std::size_t from = until_;
    while (until_ < text_.size() && alphabet(text_[until_])) {
      ++until_;
    }
    return std::string(text_.substr(from, until_ - from));
  }

  std::size_t until() const { return until_; }

  bool broken() const { return broken_; }

  bool ended() const { return ended_; } // with the text, inside a gap or right behind a character

private:
  // The size of the blank or mark at `at`; 0 where a gap cannot go on.
  std::size_t skip(std::size_t at, std::uint64_t& marks) const {
    const char c = text_[at];
    if (c == '\\' && at + 1 < text_.size() && std::string_view("nrt").contains(text_[at + 1])) {
      return 2;
    }
    const GapSign sign = gap_sign_at(text_, at);
    if (sign.kind != GapSign::mark) {
      return sign.kind == GapSign::blank ? sign.size : 0;
    }
    for (const char byte : text_.substr(at, sign.size)) {
      const auto value = static_cast<unsigned char>(byte);
      if ((marks >> 56) != 0) {
        return 0;
      }
      if ((marks & 0xFF) != value) {
        marks = marks << 8 | value;
      }
    }
    return sign.size;
  }

  std::string_view text_;
  std::size_t until_;
  std::uint64_t marks_ = 0;
  bool cut_; // the text goes on behind what is read of it
  bool broken_ = false;
  bool ended_ = false;
};

enum class State {
  none,
  unfinished, // the text ended first
  whole,
};

struct Reading {
  State state = State::none;
  std::size_t until = 0;
  bool broken = false;
  std::string anchored; // the anchor and what follows it
};

// Neither half may be prose for certain: behind a token that was cut off, a sentence goes on.
bool is_plausible(std::string_view value, double odds_max) {
  const std::size_t half = value.size() / 2;
  return is_opaque_token(value) && prose_odds(value) < odds_max &&
         prose_odds(value.substr(0, half)) < prose_certain && prose_odds(value.substr(half)) < prose_certain;
}

void read_dashes(Reader& reader) {
  for (int i = 0; i < 5 && reader.next([](char c) { return c == '-'; }) != '\0'; ++i) {
  }
}

bool read_token(Reader& reader, const Shape& shape, std::string& value) {
  for (std::size_t i = 0; i < shape.length; ++i) {
    const char c = reader.next(shape.alphabet);
    if (c == '\0') {
      return false;
    }
    value += c;
  }
  const bool closed = shape.kind == Kind::closed; // words hardly ever end there
  const bool plausible = is_plausible(value, closed ? prose_certain : prose_doubtful);
  const std::string rest = reader.rest(shape.alphabet);
  value += rest;
  return plausible && (!closed || rest.empty());
}

bool read_jwt(Reader& reader, std::string& value) {
  std::size_t dots = 0;
  std::size_t payload = 0;
  while (dots < 2) {
    const char c = reader.next(dotted);
    if (c == '\0') {
      return false;
    }
    if (c == '.' && ++dots == 1) {
      if (!is_whole_jwt_header("eyJ" + value)) {
        return false;
      }
      payload = value.size() + 1;
    }
    value += c;
  }
  if (!is_plausible(std::string_view(value).substr(payload, value.size() - 1 - payload), prose_doubtful)) {
    return false;
  }
  // The first piece of the signature is taken along, over a gap too.
  if (const char c = reader.next(base64url); c != '\0') {
    value += c;
    value += reader.rest(base64url);
  }
  return true;
}

bool read_armour(Reader& reader, std::string& value) {
  while (value.size() < header_max) {
    const char c = reader.next(header);
    if (c == '\0') {
      return false;
    }
    if (c == '-') {
      read_dashes(reader);
      return value.ends_with("PRIVATEKEY") || value.ends_with("PRIVATEKEYBLOCK");
    }
    value += c;
  }
  return false;
}

// To the dashes behind the sign of the end, however that is broken; `until` where it is missing.
std::size_t end_of_broken_armour(std::string_view text, std::size_t until) {
  const std::size_t last = std::min(text.size(), until + read_max);
  for (std::size_t at = text.find('-', until); at < last; at = text.find('-', at + 1)) {
    Reader reader(text, at);
    if (text[at - 1] != '-' && reader.anchor(end_of_armour)) {
      while (reader.next(upper) != '\0') {
      }
      read_dashes(reader);
      return reader.until();
    }
  }
  return until;
}

bool begins_at(std::string_view text, std::size_t at, const Shape& shape) {
  if (text[at] != shape.anchor.front()) {
    return false;
  }
  const char before = at == 0 ? '\0' : text[at - 1];
  return shape.kind == Kind::armour ? before != '-' : !is_alnum(before);
}

class Finder {
public:
  Finder(std::string_view text, const Budgets& budgets, Spent& spent)
      : text_(text), budgets_(budgets), spent_(spent) {}

  // Calls `take(shape, from, reading)` for all that is whole or unfinished.
  template <class F> void run_by_byte(F&& take) {
    for (std::size_t at = 0; at < text_.size() && may_go_on(); ++at) {
      look(at, take);
    }
  }

  // Likewise: an anchor begins with a letter that has no other before it, or with the first of some dashes;
  // and a letter behind it that is not its second one ends it.
  template <class F> void run(F&& take) {
    const Signs signs = signs_of(text_);
    for_places(
        signs.alnum.words(),
        [&](std::size_t w) {
          return (signs.alnum.at(w) & ~signs.alnum.before(w)) | (signs.dash.at(w) & ~signs.dash.before(w));
        },
        [&](std::size_t at) {
          look(at, take);
          return may_go_on();
        });
  }

  Reading read(std::size_t at, const Shape& shape) {
    Reader reader(text_, at);
    if (!reader.anchor(shape.anchor)) {
      return {};
    }
    std::string value;
    const bool whole = shape.kind == Kind::jwt      ? read_jwt(reader, value)
                       : shape.kind == Kind::armour ? read_armour(reader, value)
                                                    : read_token(reader, shape, value);
    Reading out{.until = reader.until(), .broken = reader.broken(), .anchored = std::string(shape.anchor)};
    out.anchored += value;
    charge(out.until - at);
    if (whole && shape.kind == Kind::armour) {
      out.until = end_of_broken_armour(text_, out.until);
      charge(std::min(read_max, text_.size() - at));
    }
    if (whole && !is_token_placeholder(out.anchored)) {
      out.state = State::whole;
    } else if (!whole && reader.ended()) {
      out.state = State::unfinished;
    }
    return out;
  }

private:
  bool may_go_on() const { return !spent_.matching_ended && !spent_.findings_ended; }

  template <class F> void look(std::size_t at, F& take) {
    const auto& table = shapes_by_sign();
    const auto sign = static_cast<unsigned char>(text_[at]);
    if (sign >= table.size()) {
      return;
    }
    const char second = at + 1 < text_.size() ? text_[at + 1] : '\0';
    for (const Shape* shape : table[sign]) {
      if ((is_alnum(second) && second != shape->anchor[1]) || !begins_at(text_, at, *shape)) {
        continue;
      }
      const Reading reading = read(at, *shape);
      if (reading.state != State::none) {
        take(*shape, at, reading);
        break;
      }
    }
  }

  void charge(std::size_t bytes) {
    spent_.matched_bytes += bytes;
    spent_.matching_ended |= spent_.matched_bytes > budgets_.matched_bytes;
  }

  std::string_view text_;
  const Budgets& budgets_;
  Spent& spent_;
};

// Takes what is whole and has a gap.
auto broken_only(const TakeMatch& take) {
  return [&take](const Shape& shape, std::size_t from, const Reading& reading) {
    if (reading.state == State::whole && (reading.broken || shape.kind == Kind::armour)) {
      take({.rule = &rule_of(shape),
            .from = from,
            .until = reading.until,
            .confidence = Confidence::medium,
            .value = reading.anchored});
    }
  };
}

} // namespace

void find_broken(std::string_view text, const Budgets& budgets, Spent& spent, const TakeMatch& take) {
  Finder(text, budgets, spent).run(broken_only(take));
}

void find_broken_by_byte(std::string_view text, const Budgets& budgets, Spent& spent, const TakeMatch& take) {
  Finder(text, budgets, spent).run_by_byte(broken_only(take));
}

std::vector<std::size_t> find_unfinished(std::string_view text, const Budgets& budgets, Spent& spent) {
  std::vector<std::size_t> found;
  Finder(text, budgets, spent).run([&](const Shape&, std::size_t from, const Reading& reading) {
    if (reading.state == State::unfinished) {
      found.push_back(from);
    }
  });
  return found;
}

std::optional<Continued> read_on(std::string_view tail, std::string_view head, const Budgets& budgets,
                                 Spent& spent) {
  const std::string joined = std::string(tail) + std::string(head);
  spent.matched_bytes += joined.size();
  if (spent.matched_bytes > budgets.matched_bytes) {
    spent.matching_ended = true;
    return std::nullopt;
  }
  for (const Shape& shape : shapes) {
    if (!begins_at(joined, 0, shape)) {
      continue;
    }
    const std::size_t known = Finder(tail, budgets, spent).read(0, shape).anchored.size();
    Reading reading = Finder(joined, budgets, spent).read(0, shape);
    if (reading.state != State::whole || reading.until <= tail.size()) {
      continue;
    }
    const std::string_view added = std::string_view(reading.anchored).substr(known);
    if (shape.kind == Kind::armour ||
        (added.size() >= continuation_min && prose_odds(added) < prose_doubtful)) {
      return Continued{&rule_of(shape), reading.until, std::move(reading.anchored)};
    }
  }
  return std::nullopt;
}

std::string describe_broken() {
  std::string out = std::to_string(gap_max) + " " + std::to_string(read_max) + " " +
                    std::to_string(header_max) + " " + std::to_string(continuation_min) + " " +
                    std::to_string(prose_certain) + " " + std::to_string(prose_doubtful) + "\n";
  for (const Shape& shape : shapes) {
    out += std::string(shape.rule) + " " + std::string(shape.anchor) + " " +
           std::to_string(static_cast<int>(shape.kind)) + " " + std::to_string(shape.length) + " ";
    for (int c = ' '; c < 0x7F; ++c) {
      out += shape.alphabet(static_cast<char>(c)) ? std::string(1, static_cast<char>(c)) : "";
    }
    out += "\n";
  }
  return out;
}

} // namespace sallyport::scan
