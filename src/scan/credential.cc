#include "scan/credential.h"

#include "base/bytes.h"
#include "base/id.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>

namespace sallyport::scan {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

struct Kinds {
  bool lower = false;
  bool upper = false;
  bool digit = false;
  bool other = false;

  int count() const { return lower + upper + digit + other; }
};

Kinds kinds_of(std::string_view text) {
  Kinds kinds;
  for (const char c : text) {
    kinds.lower |= c >= 'a' && c <= 'z';
    kinds.upper |= c >= 'A' && c <= 'Z';
    kinds.digit |= c >= '0' && c <= '9';
  }
  kinds.other = std::ranges::any_of(text, [](char c) {
    const char letter = static_cast<char>(c | 0x20);
    return !(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9');
  });
  return kinds;
}

bool has_run(std::string_view text, std::string_view of, std::size_t length) {
  std::size_t run = 0;
  char last = '\0';
  for (const char c : text) {
    run = c == last ? run + 1 : 1;
    last = c;
    if (run >= length && of.find(c) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

bool one_character(std::string_view text) {
  return text.empty() || text.find_first_not_of(text.front()) == std::string_view::npos;
}

// Two letters, '_' and ten characters: an id of this project, which opens nothing.
bool is_own_id(std::string_view text) {
  return text.size() == 13 && is_id(text, text.substr(0, 2));
}

} // namespace

double entropy(std::string_view text) {
  std::array<std::size_t, 256> counts{};
  for (const char c : text) {
    ++counts[static_cast<unsigned char>(c)];
  }
  double bits = 0;
  for (const std::size_t count : counts) {
    if (count != 0) {
      const double share = static_cast<double>(count) / static_cast<double>(text.size());
      bits -= share * std::log2(share);
    }
  }
  return bits;
}

bool is_token_placeholder(std::string_view token) {
  const std::string_view tail = token.substr(token.size() - std::min<std::size_t>(token.size(), 16));
  return has_run(token, "xX*.0", 6) || has_run(token, "xX*", 4) || one_character(tail) ||
         token.find("EXAMPLE") != std::string_view::npos || token.find("REDACTED") != std::string_view::npos;
}

bool is_placeholder(std::string_view value) {
  if (one_character(value) || has_run(value, "xX*.", 3) || value.starts_with('<') || value.starts_with('[') ||
      value.starts_with("${") || value.starts_with("$(") || value.starts_with("{{") ||
      value.starts_with('%') || is_own_id(value)) {
    return true;
  }
  const std::string text = lower(value);
  for (const std::string_view part :
       {"redacted", "withheld", "placeholder", "example", "your-", "your_", "yourpass", "dummy", "masked",
        "removed", "changeme", "change-me", "insert-"}) {
    if (text.find(part) != std::string::npos) {
      return true;
    }
  }
  for (const std::string_view whole :
       {"password", "passwd", "pass",    "pwd",     "secret",  "token",     "user",
        "username", "null",   "none",    "true",    "false",   "undefined", "required",
        "optional", "string", "unknown", "invalid", "expired", "missing"}) {
    if (text == whole) {
      return true;
    }
  }
  return false;
}

bool is_about_credential(std::string_view key_tail) {
  std::string tail = lower(key_tail);
  std::erase_if(tail, [](char c) { return c == '_' || c == '-' || c == '.'; });
  if (tail == "s") {
    return false;
  }
  for (const std::string_view end :
       {"digest",  "hash",   "sha256",   "fingerprint", "algorithm", "alg",       "type",       "count",
        "url",     "uri",    "endpoint", "expires",     "expiry",    "expiresin", "expiration", "ttl",
        "id",      "ids",    "name",     "kind",        "ref",       "limit",     "length",     "len",
        "version", "class",  "at",       "state",       "issuer",    "audience",  "policy",     "status",
        "scope",   "scopes", "used",     "path",        "file",      "format",    "required",   "age",
        "source",  "store",  "manager",  "broker",      "provider",  "usage"}) {
    if (tail.ends_with(end)) {
      return true;
    }
  }
  return false;
}

bool is_password(std::string_view value, bool strong_context) {
  if (value.size() < 6 || is_placeholder(value) || entropy(value) < 2.0) {
    return false;
  }
  return strong_context || (kinds_of(value).count() >= 2 && kinds_of(value).digit);
}

bool is_opaque_token(std::string_view value) {
  const Kinds kinds = kinds_of(value);
  const bool mixed = kinds.digit || (kinds.lower && kinds.upper);
  return value.size() >= 12 && mixed && entropy(value) >= 3.0 && !is_placeholder(value);
}

bool is_loose_token(std::string_view value) {
  const Kinds kinds = kinds_of(value);
  return value.size() >= 24 && kinds.digit && kinds.lower && kinds.upper && entropy(value) >= 4.0 &&
         std::ranges::count(value, '/') < 3 && !is_placeholder(value);
}

bool is_jwt(std::string_view token) {
  const auto header = from_base64url(token.substr(0, token.find('.')));
  if (!header) {
    return false;
  }
  const std::string_view text = as_text(*header);
  return text.starts_with('{') && text.find("\"alg\"") != std::string_view::npos;
}

bool is_whole_jwt_header(std::string_view part) {
  const auto header = from_base64url(part);
  return header && is_jwt(part) && as_text(*header).ends_with('}');
}

double prose_odds(std::string_view value) {
  // In percent of the letters, a to z: nearest to English, and near to its neighbours.
  static constexpr double share[] = {8.2, 1.5, 2.8, 4.3, 12.7, 2.2, 2.0, 6.1, 7.0, 0.2, 0.8, 4.0, 2.4,
                                     6.7, 7.5, 1.9, 0.1, 6.0,  6.3, 9.1, 2.8, 1.0, 2.4, 0.2, 2.0, 0.1};

  enum Class { small, capital, digit, sign };

  // From one class to the next: in prose, capitals begin words or stand together, and so do digits.
  static constexpr double step[3][3] = {{0.93, 0.05, 0.02}, {0.60, 0.37, 0.03}, {0.20, 0.05, 0.75}};
  const Kinds kinds = kinds_of(value);
  const bool one_case = !kinds.lower || !kinds.upper;
  const double letters = one_case ? 0.8 : 0.42; // of what is drawn, in each case
  const auto class_of = [&](char c) {
    const char letter = static_cast<char>(c | 0x20);
    return c >= '0' && c <= '9'           ? digit
           : letter < 'a' || letter > 'z' ? sign
           : c == letter || one_case      ? small
                                          : capital;
  };
  constexpr std::size_t number_max = 3;
  std::size_t digits = 0;
  double odds = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Class here = class_of(value[i]);
    const Class before = i == 0 ? sign : class_of(value[i - 1]);
    if (here == small || here == capital) {
      odds += std::log(share[(value[i] | 0x20) - 'a'] / 100 * 26);
    }
    digits = here == digit ? digits + 1 : 0;
    // A sign stands between words as it does in a token, and a long number in neither more than in the other.
    if (here != sign && before != sign && digits <= number_max) {
      odds += std::log(step[before][here] / (here == digit ? 0.16 : letters));
    }
  }
  return odds;
}

bool is_aws_secret(std::string_view value) {
  const Kinds kinds = kinds_of(value);
  return kinds.lower && kinds.upper && entropy(value) >= 3.5 && !is_token_placeholder(value);
}

bool is_session_name(std::string_view cookie) {
  const std::string name = lower(cookie);
  if (name.find("csrf") != std::string::npos) {
    return false;
  }
  for (const std::string_view part :
       {"sess", "sid", "auth", "token", "jwt", "__host-", "__secure-", "remember"}) {
    if (name.find(part) != std::string::npos) {
      return true;
    }
  }
  return false;
}

} // namespace sallyport::scan
