#include "dump/residual.h"

#include "base/result.h"
#include "dump/cursor.h"
#include "dump/range.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

namespace sallyport::dump {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;
constexpr std::size_t overlap_bytes =
    4 * 1024; // on both sides of a block, so that what lies on its ends is whole
constexpr std::size_t term_letters_inside = 6; // a shorter term counts as a whole word only
constexpr std::string_view class_of_terms = "tenant_identity";

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
    {"residual.card", "financial",
     R"((?:^|[^0-9A-Za-z.\-_])((?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6011|65\d\d)(?: \d{4}){3}|(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6011|65\d\d)(?:-\d{4}){3}|(?:4|5[1-5]|6011|65)\d{11,15}|3[47]\d{13}|3[47]\d\d[ -]\d{6}[ -]\d{5})(?:[^0-9A-Za-z_.\-]|$))",
     is_luhn},
    {"residual.iban", "financial",
     R"((?:^|[^0-9A-Za-z])([A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?))(?:[^0-9A-Za-z]|$))",
     is_iban},
    {"residual.mail", "person_identity",
     R"(([A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24})(?:[^A-Za-z0-9_@\-]|$))",
     is_mail},
    {"residual.phone", "person_identity",
     R"((?:^|[^0-9A-Za-z+])(\+[1-9]\d{0,2}[ \-.]\(?\d{2,4}\)?(?:[ \-.]\d{2,4}){1,4})(?:[^0-9A-Za-z.\-]|$))",
     always},
    {"residual.home", "person_identity", R"((?:^|[^A-Za-z0-9._~\-])(/home/[a-z][a-z0-9_.\-]{1,31})/)",
     always},
    {"residual.ipv4", "technical",
     R"((?:^|[^0-9A-Za-z._\-])((?:[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3})(?:[^0-9A-Za-z._\-]|$))",
     is_routed_ipv4},
    {"residual.mac", "technical",
     R"((?:^|[^0-9A-Za-z:\-])([0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9A-F]{2}(?::[0-9A-F]{2}){5})(?:[^0-9A-Za-z:\-]|$))",
     is_no_placeholder},
    {"residual.jwt", "secret",
     R"((?:^|[^A-Za-z0-9])(eyJhbGci[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{4,}\.[A-Za-z0-9_\-]{8,}))",
     is_no_placeholder},
    {"residual.key", "secret", R"((-----BEGIN (?:RSA |EC |OPENSSH |DSA |ENCRYPTED )?PRIVATE KEY-----))",
     always},
    {"residual.token", "secret",
     R"((?:^|[^A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_\-]{20}|xox[abps]-[A-Za-z0-9\-]{20,}|(?:AKIA|ASIA)[A-Z2-7]{16}|AIza[0-9A-Za-z_\-]{35}|[sr]k_live_[A-Za-z0-9]{24}|npm_[A-Za-z0-9]{36}))",
     is_no_placeholder},
    {"residual.userinfo", "secret", R"([a-z]://[A-Za-z0-9._\-]{1,64}:([^\s/@"'<>\\*]{4,64})@[A-Za-z0-9])",
     is_no_placeholder},
    {"residual.password", "secret",
     R"((?i)(?:^|[^A-Za-z])(?:password|passwd|passphrase)["']?[:=] {0,2}["']?([^\s"'<>,;&*\x00-\x1f\x7f-\xff]{8,64}))",
     is_no_placeholder},
    {"residual.cookie", "secret",
     R"((?i)cookie: {0,2}[^\r\n\x00]{0,80}?(?:session|sid|token)[a-z_\-]{0,16}=([A-Za-z0-9%._\-]{16,}))",
     is_no_placeholder},
    {"residual.bearer", "secret", R"((?i)(?:^|[^A-Za-z])bearer ([A-Za-z0-9._~+/\-]{20,}))",
     is_no_placeholder},
};

re2::RE2::Options options() {
  re2::RE2::Options out;
  out.set_encoding(re2::RE2::Options::EncodingLatin1);
  out.set_log_errors(false);
  out.set_max_mem(64 << 20);
  return out;
}

// All expressions; the last is that of the terms, where there are any.
class Expressions {
public:
  explicit Expressions(std::span<const std::string> terms) : any_(options(), re2::RE2::UNANCHORED) {
    for (const ResidualRule& rule : rules) {
      add(rule.expression);
    }
    if (!terms.empty()) {
      add(one_of(terms));
    }
    SP_ASSERT(any_.Compile());
  }

  template <class Found> void find(std::string_view text, Found&& found) const {
    const re2::StringPiece all(text.data(), text.size());
    std::vector<int> which;
    re2::RE2::Set::ErrorInfo error{};
    if (!any_.Match(all, &which, &error)) {
      if (error.kind == re2::RE2::Set::kNoError) {
        return;
      }
      which.resize(each_.size()); // it ran out of memory: every one is tried
      std::iota(which.begin(), which.end(), 0);
    }
    for (const int index : which) {
      const auto i = static_cast<std::size_t>(index);
      re2::StringPiece rest = all;
      re2::StringPiece value;
      while (re2::RE2::FindAndConsume(&rest, *each_[i], &value)) {
        found(i, static_cast<std::size_t>(value.data() - text.data()),
              std::string_view(value.data(), value.size()));
        // On from the value's end: what closes it may open the next.
        const char* behind = std::max(value.data() + value.size(), rest.data() - 1);
        rest = re2::StringPiece(behind, static_cast<std::size_t>(text.data() + text.size() - behind));
      }
    }
  }

private:
  void add(const std::string& expression) {
    each_.push_back(std::make_unique<const re2::RE2>(expression, options()));
    SP_ASSERT(each_.back()->ok() && any_.Add(expression, nullptr) >= 0);
  }

  static std::string one_of(std::span<const std::string> terms) {
    std::string out;
    for (const std::string& term : terms) {
      const std::string quoted = re2::RE2::QuoteMeta(term);
      out += (out.empty() ? "" : "|") + (term.size() < term_letters_inside ? "\\b" + quoted + "\\b" : quoted);
    }
    return "(?i)(" + out + ")";
  }

  std::vector<std::unique_ptr<const re2::RE2>> each_;
  re2::RE2::Set any_;
};

class Count {
public:
  explicit Count(std::span<const std::string> terms) : expressions_(terms) {}

  // What begins in `own`, seen with what is around it.
  void block(ByteView file, Range own) {
    const Range seen = common(
        between(own.from() - std::min<std::uint64_t>(own.from(), overlap_bytes), own.until() + overlap_bytes),
        Range(0, file.size()));
    const ByteView bytes = slice(file, seen);
    if (std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })) {
      return;
    }
    text(as_text(bytes), 1, seen.from(), own);
    for (std::size_t phase = 0; phase < 2; ++phase) {
      narrow_.clear();
      for (std::size_t i = phase; i + 1 < bytes.size(); i += 2) {
        narrow_ += bytes[i + 1] == 0 ? static_cast<char>(bytes[i]) : '\0';
      }
      text(narrow_, 2, seen.from() + phase, own);
    }
  }

  Residual out;

private:
  void text(std::string_view bytes, std::size_t width, std::uint64_t at, Range own) {
    expressions_.find(bytes, [&](std::size_t rule, std::size_t from, std::string_view value) {
      if (own.contains(at + from * width) && (rule >= std::size(rules) || rules[rule].holds(value))) {
        ++out.counts[std::string(rule < std::size(rules) ? rules[rule].klass : class_of_terms)];
      }
    });
  }

  Expressions expressions_;
  std::string narrow_;
};

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

Residual residual_of(ByteView file, std::span<const std::string> terms) {
  Count count(terms);
  for (std::size_t at = 0; at < file.size(); at += block_bytes) {
    count.block(file, common(Range(at, block_bytes), Range(0, file.size())));
  }
  return std::move(count.out);
}

} // namespace sallyport::dump
