#include "crypto/ssh_key.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/p256.h"
#include "crypto/ssh_wire.h"

#include <array>
#include <optional>

namespace sallyport::crypto {
namespace {

constexpr std::array all_types{KeyType::ed25519, KeyType::ecdsa_p256, KeyType::sk_ed25519,
                               KeyType::sk_ecdsa_p256};
constexpr std::string_view curve_name = "nistp256";

std::optional<KeyType> type_named(std::string_view name) {
  for (const KeyType type : all_types) {
    if (to_string(type) == name) {
      return type;
    }
  }
  return std::nullopt;
}

std::unexpected<Error> unsupported_type() {
  return fail(ErrorCode::unsupported, "",
              "the key is of a type that is not taken; taken are ssh-ed25519, ecdsa-sha2-nistp256, "
              "sk-ssh-ed25519@openssh.com and sk-ecdsa-sha2-nistp256@openssh.com");
}

constexpr bool is_p256(KeyType type) {
  return type == KeyType::ecdsa_p256 || type == KeyType::sk_ecdsa_p256;
}

constexpr bool is_sk(KeyType type) {
  return type == KeyType::sk_ed25519 || type == KeyType::sk_ecdsa_p256;
}

// `application` is what a person sees when asked to touch, and what the gate compares: plain and short.
bool is_application(std::string_view text) {
  constexpr std::size_t longest = 255;
  if (text.empty() || text.size() > longest) {
    return false;
  }
  for (const char c : text) {
    if (c <= ' ' || c > '~') {
      return false;
    }
  }
  return true;
}

Bytes encode(KeyType type, ByteView point, std::string_view application) {
  WireWriter out;
  out.string(to_string(type));
  if (is_p256(type)) {
    out.string(curve_name);
  }
  out.string(point);
  if (is_sk(type)) {
    out.string(application);
  }
  return std::move(out).out();
}

} // namespace

std::string_view to_string(KeyType type) {
  switch (type) {
  case KeyType::ed25519:
    return "ssh-ed25519";
  case KeyType::ecdsa_p256:
    return "ecdsa-sha2-nistp256";
  case KeyType::sk_ed25519:
    return "sk-ssh-ed25519@openssh.com";
  case KeyType::sk_ecdsa_p256:
    return "sk-ecdsa-sha2-nistp256@openssh.com";
  }
  SP_ASSERT(false);
}

std::string PublicKey::line() const {
  return std::string(to_string(type)) + ' ' + to_base64(blob);
}

Digest PublicKey::fingerprint() const {
  return sha256(blob);
}

Result<PublicKey> parse_public_key(ByteView blob) {
  if (blob.size() > limits::signature_bytes) {
    return fail(ErrorCode::too_large, "", "too long for a public key");
  }
  WireReader in(blob);
  const std::string_view name = in.text();
  if (!in.ok()) {
    return fail(ErrorCode::malformed, "", "expected a public key in SSH wire format");
  }
  const std::optional<KeyType> type = type_named(name);
  if (!type) {
    return unsupported_type();
  }
  if (is_p256(*type) && in.text() != curve_name) {
    return fail(ErrorCode::malformed, "", "the curve does not fit the type of the key");
  }
  const ByteView point = in.string();
  const std::string_view application = is_sk(*type) ? in.text() : std::string_view();
  if (!in.done() || (!is_p256(*type) && point.size() != 32) || (is_p256(*type) && !p256_is_point(point))) {
    return fail(ErrorCode::malformed, "", "the public key is not one of its type");
  }
  if (is_sk(*type) && !is_application(application)) {
    return fail(ErrorCode::malformed, "",
                "the application of the key must be 1 to 255 visible ASCII characters");
  }
  return PublicKey{.type = *type,
                   .blob = Bytes(blob.begin(), blob.end()),
                   .point = Bytes(point.begin(), point.end()),
                   .application = std::string(application)};
}

Result<PublicKey> parse_public_key_line(std::string_view line) {
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
  }
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.find_first_of("\r\n") != std::string_view::npos) {
    return fail(ErrorCode::malformed, "", "expected one line with a key's type and its base64");
  }
  const std::string_view name = line.substr(0, space);
  if (!type_named(name)) {
    return unsupported_type();
  }
  const std::string_view rest = line.substr(space + 1);
  SP_TRY(const Bytes blob, from_base64(rest.substr(0, rest.find(' '))));
  SP_TRY(PublicKey key, parse_public_key(blob));
  if (to_string(key.type) != name) {
    return fail(ErrorCode::malformed, "", "the type in front is not that of the key");
  }
  return key;
}

PublicKey make_ed25519_key(ByteView public_key) {
  SP_ASSERT(public_key.size() == 32);
  return PublicKey{.type = KeyType::ed25519,
                   .blob = encode(KeyType::ed25519, public_key, {}),
                   .point = Bytes(public_key.begin(), public_key.end()),
                   .application = {}};
}

Result<PublicKey> make_sk_ecdsa_key(ByteView point, std::string_view application) {
  return parse_public_key(encode(KeyType::sk_ecdsa_p256, point, application));
}

} // namespace sallyport::crypto
