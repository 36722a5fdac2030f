#include "crypto/webauthn.h"

#include "base/limits.h"
#include "canon/json.h"

#include <algorithm>

namespace sallyport::crypto {
namespace {

std::unexpected<Error> denied(std::string message) {
  return fail(ErrorCode::denied, "", std::move(message));
}

Result<std::string> text_member(const canon::Value& data, std::string_view name) {
  const canon::Value* const member = data.find(name);
  if (member == nullptr || member->string() == nullptr) {
    return denied("the client data must have a text member " + std::string(name));
  }
  return *member->string();
}

} // namespace

Result<ClientData> parse_client_data(std::string_view json) {
  const auto parsed = canon::parse(json, {.bytes = limits::signature_bytes, .depth = limits::json_depth});
  if (!parsed || parsed->object() == nullptr) {
    return denied("the client data is not one strict JSON object");
  }
  ClientData data;
  SP_TRY(data.type, text_member(*parsed, "type"));
  SP_TRY(data.challenge, text_member(*parsed, "challenge"));
  SP_TRY(data.origin, text_member(*parsed, "origin"));
  if (const canon::Value* const cross = parsed->find("crossOrigin"); cross != nullptr) {
    if (cross->boolean() == nullptr) {
      return denied("crossOrigin in the client data must be true or false");
    }
    data.cross_origin = *cross->boolean();
  }
  data.cross_origin = data.cross_origin || parsed->find("topOrigin") != nullptr;
  return data;
}

Result<void> check_ceremony(const ClientData& data, std::string_view type, ByteView challenge) {
  if (data.type != type) {
    return denied("the client data is of another ceremony");
  }
  if (data.challenge != to_base64url(challenge)) {
    return denied("the challenge in the client data is not the one for this message and namespace");
  }
  return {};
}

Result<void> check_page(const ClientData& data, const std::vector<std::string>& origins) {
  if (std::ranges::find(origins, data.origin) == origins.end()) {
    return denied("the page's origin is not on the list of the key");
  }
  if (data.cross_origin) {
    return denied("the ceremony was run inside a frame of another origin");
  }
  return {};
}

Result<void> check_flags(std::uint8_t flags) {
  using namespace authenticator_flag;
  if ((flags & user_present) == 0) {
    return denied("the authenticator does not say that a person was present");
  }
  if ((flags & reserved) != 0) {
    return denied("the authenticator set a reserved flag");
  }
  if ((flags & backed_up) != 0 && (flags & backup_eligible) == 0) {
    return denied("the credential says it is backed up and cannot be");
  }
  return {};
}

Result<void> check_backup_eligible(std::uint8_t flags, bool allowed) {
  if ((flags & authenticator_flag::backup_eligible) != 0 && !allowed) {
    return denied("policy: the credential can be copied to other devices, which is not allowed here");
  }
  return {};
}

} // namespace sallyport::crypto
