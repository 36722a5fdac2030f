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
