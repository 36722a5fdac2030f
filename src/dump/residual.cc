#include "dump/residual.h"

#include "base/result.h"
#include "dump/crew.h"
#include "dump/cursor.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

namespace sallyport::dump {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;
constexpr std::size_t overlap_bytes =
    4 * 1024; // on both sides of a block, so that what lies on its ends is whole
constexpr std::ptrdiff_t term_letters_inside = 6; // a shorter term counts as a whole word only,
constexpr std::ptrdiff_t text_characters_min = 4; // and one that is no text only with text beside it
constexpr char no_latin = '\1';                   // of UTF-16 that is made narrow: no text, and no end of one

bool always(std::string_view) {
  return true;
}

// ISO/IEC 7812-1: from the right, every second digit doubled.
bool is_luhn(std::string_view value) {
  unsigned sum = 0;
  unsigned position = 0;
  for (std::size_t i = value.size(); i-- > 0;) {
    if (value[i] >= '0' && value[i] <= '9') {
      const auto digit = static_cast<unsigned>(value[i] - '0');
      const unsigned twice = digit * 2;
      sum += position++ % 2 == 0 ? digit : twice / 10 + twice % 10;
    }
  }
  return position >= 13 && position <= 19 && sum % 10 == 0;
}

// ISO 13616: country and check digits moved to the end, letters as numbers from 10, remainder 1 of 97.
bool is_iban(std::string_view value) {
  std::string compact;
  std::ranges::copy_if(value, std::back_inserter(compact), [](char c) { return c != ' '; });
  std::ranges::rotate(compact, compact.begin() + 4);
  unsigned remainder = 0;
  for (const char c : compact) {
    const bool letter = c >= 'A' && c <= 'Z';
    const unsigned number = letter ? static_cast<unsigned>(c - 'A') + 10 : static_cast<unsigned>(c - '0');
    remainder = (remainder * (letter ? 100 : 10) + number) % 97;
  }
  return compact.size() >= 15 && compact.size() <= 34 && remainder == 1;
}

bool is_routed_ipv4(std::string_view value) {
  std::array<unsigned, 4> octets{};
  std::size_t at = 0;
  for (const char c : value) {
    if (c == '.') {
      ++at;
    } else {
      octets[at] = octets[at] * 10 + static_cast<unsigned>(c - '0');
    }
  }
  return octets[0] != 0 && octets[0] != 127 && octets[0] < 224 &&
         std::ranges::all_of(octets, [](unsigned octet) { return octet < 256; });
}

bool is_no_placeholder(std::string_view value) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const std::size_t kinds =
      std::set<char>(value.begin(), value.end()).size(); // "xxxxxxx1" is what redaction leaves
  return std::ranges::any_of(value, is_digit) && std::ranges::any_of(value, is_letter) && kinds >= 5 &&
         !value.contains("EXAMPLE") && !value.contains("example");
}

bool is_mail(std::string_view value) {
  return !value.starts_with("git@");
}

constexpr ResidualRule rules[] = {
    {"residual.card", scan::Detector::customer_identifier, "financial",
     R"((?:^|[^0-9A-Za-z.\-_])((?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6011|65\d\d)(?: \d{4}){3}|(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6011|65\d\d)(?:-\d{4}){3}|(?:4|5[1-5]|6011|65)\d{11,15}|3[47]\d{13}|3[47]\d\d[ -]\d{6}[ -]\d{5})(?:[^0-9A-Za-z_.\-]|$))",
     is_luhn},
    {"residual.iban", scan::Detector::customer_identifier, "financial",
     R"((?:^|[^0-9A-Za-z])([A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?))(?:[^0-9A-Za-z]|$))",
     is_iban},
    {"residual.mail", scan::Detector::person_identifier, "person_identity",
     R"(([A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24})(?:[^A-Za-z0-9_@\-]|$))",
     is_mail},
    {"residual.phone", scan::Detector::person_identifier, "person_identity",
     R"((?:^|[^0-9A-Za-z+])(\+[1-9]\d{0,2}[ \-.]\(?\d{2,4}\)?(?:[ \-.]\d{2,4}){1,4})(?:[^0-9A-Za-z.\-]|$))",
     always},
    {"residual.home", scan::Detector::privileged_path, "person_identity",
     R"((?:^|[^A-Za-z0-9._~\-])(/home/[a-z][a-z0-9_.\-]{1,31})/)", always},
    {"residual.ipv4", scan::Detector::network_address, "technical",
     R"((?:^|[^0-9A-Za-z._\-])((?:[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3})(?:[^0-9A-Za-z._\-]|$))",
     is_routed_ipv4},
    {"residual.mac", scan::Detector::network_address, "technical",
     R"((?:^|[^0-9A-Za-z:\-])([0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9A-F]{2}(?::[0-9A-F]{2}){5})(?:[^0-9A-Za-z:\-]|$))",
     is_no_placeholder},
    {"residual.jwt", scan::Detector::secret_or_token, "secret",
     R"((?:^|[^A-Za-z0-9])(eyJhbGci[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{4,}\.[A-Za-z0-9_\-]{8,}))",
     is_no_placeholder},
    {"residual.key", scan::Detector::secret_or_token, "secret",
     R"((-----BEGIN (?:RSA |EC |OPENSSH |DSA |ENCRYPTED )?PRIVATE KEY-----))", always},
    {"residual.token", scan::Detector::secret_or_token, "secret",
     R"((?:^|[^A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_\-]{20}|xox[abps]-[A-Za-z0-9\-]{20,}|(?:AKIA|ASIA)[A-Z2-7]{16}|AIza[0-9A-Za-z_\-]{35}|[sr]k_live_[A-Za-z0-9]{24}|npm_[A-Za-z0-9]{36}))",
     is_no_placeholder},
    {"residual.userinfo", scan::Detector::secret_or_token, "secret",
     R"([a-z]://[A-Za-z0-9._\-]{1,64}:([^\s/@"'<>\\*]{4,64})@[A-Za-z0-9])", is_no_placeholder},
    {"residual.password", scan::Detector::secret_or_token, "secret",
     R"((?i)(?:^|[^A-Za-z])(?:password|passwd|passphrase)["']?[:=] {0,2}["']?([^\s"'<>,;&*\x00-\x1f\x7f-\xff]{8,64}))",
     is_no_placeholder},
    {"residual.cookie", scan::Detector::secret_or_token, "secret",
     R"((?i)cookie: {0,2}[^\r\n\x00]{0,80}?(?:session|sid|token)[a-z_\-]{0,16}=([A-Za-z0-9%._\-]{16,}))",
     is_no_placeholder},
    {"residual.bearer", scan::Detector::secret_or_token, "secret",
     R"((?i)(?:^|[^A-Za-z])bearer ([A-Za-z0-9._~+/\-]{20,}))", is_no_placeholder},
};

constexpr ResidualRule rule_of_terms{"residual.term", scan::Detector::tenant_identifier, "tenant_identity",
                                     "", always};

// ---- terms, in any case

// As RE2 reads it: letters in either case, every other byte as itself.
std::string in_any_case(std::string_view term) {
  std::string out;
  for (const char c : term) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    out += is_letter ? fmt::format("[{}{}]", static_cast<char>(c & ~0x20), static_cast<char>(c | 0x20))
                     : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

bool is_letter_of_term(char c) {
  const bool is_ascii = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_ascii || static_cast<unsigned char>(c) >= 0xc0; // the first byte of any other character
}

// What stands on either side of a term.
struct Around {
  std::string before;
  std::string behind;
};

// A word of text, as the scanner sees one: up to four characters of text beside it, or where that ends a NUL.
struct Words {
  const std::string text = R"([\t\n\r -~])";
  const std::string edge = R"([\t\n\r -/:-@\[-`{-~])"; // no letter and no digit
  const std::string begin = R"((?:^|\x00))";
  const std::string end = R"((?:\x00|$))";
  const std::string text_before = fmt::format("(?:{}{}{{0,2}}|{}{{3}}){}", begin, text, text, edge);
  const std::string text_behind = fmt::format("{}(?:{}{{3}}|{}{{0,2}}{})", edge, text, text, end);

  Around on_both_sides() const {
    return {fmt::format("(?:{}|{})", begin, text_before), fmt::format("(?:{}|{})", end, text_behind)};
  }

  Around behind_text() const { return {text_before, on_both_sides().behind}; }

  Around before_text() const { return {begin, text_behind}; }
};

std::string one_of(std::span<const std::string> terms, const Around& around) {
  std::string out;
  for (const std::string& term : terms) {
    out += (out.empty() ? "" : "|") + in_any_case(term);
  }
  return fmt::format("{}({}){}", around.before, out, around.behind);
}

re2::RE2::Options options() {
  re2::RE2::Options out;
  out.set_encoding(re2::RE2::Options::EncodingLatin1);
  out.set_log_errors(false);
  out.set_max_mem(64 << 20);
  return out;
}

// ---- everything that is looked for

struct Hit {
  const ResidualRule* rule;
  Range range; // of the file
};

// All expressions, and behind them those of the terms.
class Expressions {
public:
  explicit Expressions(std::span<const std::string> terms) : any_(options(), re2::RE2::UNANCHORED) {
    for (const ResidualRule& rule : rules) {
      each_.push_back(std::make_unique<const re2::RE2>(rule.expression, options()));
      SP_ASSERT(each_.back()->ok() && any_.Add(rule.expression, nullptr) >= 0);
    }
    SP_ASSERT(any_.Compile());
    std::vector<std::string> inside;
    std::vector<std::string> words;
    std::vector<std::string> brief; // no text by themselves
    for (const std::string& term : terms) {
      const bool is_brief = std::ranges::count_if(term, begins_character) < text_characters_min;
      const bool is_word = std::ranges::count_if(term, is_letter_of_term) < term_letters_inside;
      (is_brief ? brief : is_word ? words : inside).push_back(term);
    }
    const Words as_words;
    add_terms(inside, {});
    add_terms(words, as_words.on_both_sides());
    add_terms(brief, as_words.behind_text());
    add_terms(brief, as_words.before_text());
  }

  template <class Found> void find(std::string_view text, Found&& found) const {
    const re2::StringPiece all(text.data(), text.size());
    std::vector<int> which;
    re2::RE2::Set::ErrorInfo error{};
    if (!any_.Match(all, &which, &error) && error.kind != re2::RE2::Set::kNoError) {
      which.resize(std::size(rules)); // it ran out of memory: every one is tried
      std::iota(which.begin(), which.end(), 0);
    }
    for (std::size_t i = std::size(rules); i < each_.size(); ++i) {
      which.push_back(static_cast<int>(i));
    }
    for (const int index : which) {
      const auto i = static_cast<std::size_t>(index);
      re2::StringPiece rest = all;
      re2::StringPiece value;
      while (re2::RE2::FindAndConsume(&rest, *each_[i], &value)) {
        found(i < std::size(rules) ? rules[i] : rule_of_terms,
              static_cast<std::size_t>(value.data() - text.data()),
              std::string_view(value.data(), value.size()));
        // On from the value's end: what closes it may open the next.
        const char* behind = value.data() + value.size();
        rest = re2::StringPiece(behind, static_cast<std::size_t>(text.data() + text.size() - behind));
      }
    }
  }

private:
  // In as few expressions as RE2 takes.
  void add_terms(std::span<const std::string> terms, const Around& around) {
    if (terms.empty()) {
      return;
    }
    auto expression = std::make_unique<const re2::RE2>(one_of(terms, around), options());
    if (expression->ok()) {
      each_.push_back(std::move(expression));
      return;
    }
    SP_ASSERT(terms.size() > 1);
    add_terms(terms.first(terms.size() / 2), around);
    add_terms(terms.subspan(terms.size() / 2), around);
  }

  std::vector<std::unique_ptr<const re2::RE2>> each_;
  re2::RE2::Set any_;
};

void find_in(const Expressions& expressions, std::string_view bytes, std::size_t width, std::uint64_t at,
             Range own, std::vector<Hit>& out) {
  expressions.find(bytes, [&](const ResidualRule& rule, std::size_t from, std::string_view value) {
    const Range range(at + from * width, value.size() * width);
    if (own.contains(range.from()) && rule.holds(value)) {
      out.push_back({&rule, range});
    }
  });
}

// What begins in `own`, seen with what is around it.
std::vector<Hit> hits_in(const Expressions& expressions, ByteView file, Range own) {
  std::vector<Hit> out;
  const Range seen = common(
      between(own.from() - std::min<std::uint64_t>(own.from(), overlap_bytes), own.until() + overlap_bytes),
      Range(0, file.size()));
  const ByteView bytes = slice(file, seen);
  if (std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })) {
    return out;
  }
  find_in(expressions, as_text(bytes), 1, seen.from(), own, out);
  std::string narrow;
  for (std::size_t phase = 0; phase < 2; ++phase) {
    narrow.clear();
    for (std::size_t i = phase; i + 1 < bytes.size(); i += 2) {
      narrow += bytes[i + 1] == 0 ? static_cast<char>(bytes[i]) : no_latin;
    }
    find_in(expressions, narrow, 2, seen.from() + phase, own, out);
  }
  return out;
}

} // namespace

std::span<const ResidualRule> residual_rules() {
  return rules;
}

std::uint64_t Residual::total() const {
  std::uint64_t sum = 0;
  for (const auto& [klass, count] : counts) {
    sum += count;
  }
  return sum;
}

void find_residual(ByteView file, std::span<const std::string> terms, std::size_t workers,
                   const TakeResidual& take) {
  const Expressions expressions(terms);
  in_order((file.size() + block_bytes - 1) / block_bytes, workers,
           [&](std::size_t i) {
             return hits_in(expressions, file,
                            common(Range(i * block_bytes, block_bytes), Range(0, file.size())));
           },
           [&](std::size_t, const std::vector<Hit>& hits) {
             for (const Hit& hit : hits) {
               take(*hit.rule, hit.range);
             }
           });
}

Residual residual_of(ByteView file, std::span<const std::string> terms, std::size_t workers) {
  Residual out;
  find_residual(file, terms, workers,
                [&](const ResidualRule& rule, Range) { ++out.counts[std::string(rule.klass)]; });
  return out;
}

} // namespace sallyport::dump
