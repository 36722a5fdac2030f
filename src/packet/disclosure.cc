#include "packet/disclosure.h"

#include "base/bytes.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"

#include <algorithm>

namespace sallyport::packet {
namespace {

constexpr std::string_view coarse_suffix = ":coarse";
constexpr std::string_view pseudonym_suffix = ":pseudonym";

std::string digest_of(std::string_view encoded) {
  return crypto::sha256(encoded).base64url();
}

bool is_disclosure_name(const std::string& name) {
  const std::string pointer = split_form(name).pointer;
  return pointer.size() > 1 && canon::is_pointer(pointer) && pointer.find(':') == std::string::npos;
}

} // namespace

Disclosure make_disclosure(const Salt& salt, std::string name, canon::Value value) {
  SP_ASSERT(is_disclosure_name(name));
  std::string encoded = to_base64url(as_bytes(canon::write(canon::Array{to_base64url(salt), name, value})));
  std::string digest = digest_of(encoded);
  return {std::move(name), std::move(value), std::move(encoded), std::move(digest)};
}

Result<Disclosure> open_disclosure(std::string_view encoded) {
  SP_TRY(const Bytes decoded, from_base64url(encoded));
  SP_TRY(const canon::Value value, canon::parse(as_text(decoded)));
  const canon::Array* items = value.array();
  if (items == nullptr || items->size() != 3 || canon::write(value) != as_text(decoded)) {
    return fail(ErrorCode::malformed, "", "not the canonical form of [salt, name, value]");
  }
  const std::string* salt = (*items)[0].string();
  const std::string* name = (*items)[1].string();
  if (salt == nullptr || from_base64url(*salt).value_or(Bytes{}).size() != Salt{}.size()) {
    return fail(ErrorCode::malformed, "", "a disclosure's salt has 16 bytes in base64url");
  }
  if (name == nullptr || !is_disclosure_name(*name)) {
    return fail(ErrorCode::malformed, "", "a disclosure's name is a JSON Pointer with a known form");
  }
  return Disclosure{*name, (*items)[2], std::string(encoded), digest_of(encoded)};
}

NamedForm split_form(std::string_view name) {
  const auto without = [&](std::string_view suffix) {
    return std::string(name.substr(0, name.size() - suffix.size()));
  };
  if (name.ends_with(coarse_suffix)) {
    return {without(coarse_suffix), Form::coarse};
  }
  if (name.ends_with(pseudonym_suffix)) {
    return {without(pseudonym_suffix), Form::pseudonym};
  }
  return {std::string(name), Form::plain};
}

std::string with_form(std::string_view pointer, Form form) {
  std::string name(pointer);
  switch (form) {
  case Form::plain:
    break;
  case Form::coarse:
    name += coarse_suffix;
    break;
  case Form::pseudonym:
    name += pseudonym_suffix;
    break;
  }
  return name;
}

std::vector<std::string> sorted_digests(const std::vector<Disclosure>& disclosures) {
  std::vector<std::string> digests;
  digests.reserve(disclosures.size());
  for (const Disclosure& disclosure : disclosures) {
    digests.push_back(disclosure.digest);
  }
  std::ranges::sort(digests);
  return digests;
}

} // namespace sallyport::packet
