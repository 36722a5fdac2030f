// Salted disclosures, RFC 9901 section 4.2: base64url of the UTF-8 of [salt, name, value]; the digest
// is SHA-256 over the ASCII of that encoding, in base64url. Here the array is written as JCS, `name` is
// a JSON Pointer into the revision, with ":coarse" or ":pseudonym" for a lesser form, and the salt has
// 16 random bytes.
#pragma once

#include "base/result.h"
#include "canon/value.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::packet {

using Salt = std::array<std::uint8_t, 16>;

struct Disclosure {
  std::string name;
  canon::Value value;
  std::string encoded; // what is handed over
  std::string digest;  // what `_sd` and views list
};

Disclosure make_disclosure(const Salt& salt, std::string name, canon::Value value);
// Strict: one spelling, three items, a salt of 16 bytes, a name that is a pointer with a known form.
Result<Disclosure> open_disclosure(std::string_view encoded);

enum class Form { plain, coarse, pseudonym };

// "/operator:pseudonym" -> {"/operator", pseudonym}.
struct NamedForm {
  std::string pointer;
  Form form = Form::plain;
};

NamedForm split_form(std::string_view name);
std::string with_form(std::string_view pointer, Form form);

// The digests, sorted, as they stand in `_sd` and in views.
std::vector<std::string> sorted_digests(const std::vector<Disclosure>& disclosures);

} // namespace sallyport::packet
