#include "crypto/sshsig.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/ssh_wire.h"

#include <algorithm>
#include <array>

namespace sallyport::crypto {
namespace {

constexpr std::string_view preamble = "SSHSIG";
constexpr std::uint32_t version = 1;
constexpr std::string_view first_line = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view last_line = "-----END SSH SIGNATURE-----";
constexpr std::size_t columns = 70;

std::string_view to_string(SignatureType type) {
  switch (type) {
  case SignatureType::ed25519:
    return "ssh-ed25519";
  case SignatureType::ecdsa_p256:
    return "ecdsa-sha2-nistp256";
  case SignatureType::sk_ed25519:
    return "sk-ssh-ed25519@openssh.com";
  case SignatureType::sk_ecdsa_p256:
    return "sk-ecdsa-sha2-nistp256@openssh.com";
  case SignatureType::webauthn_sk_ecdsa_p256:
    return "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";
  }
  SP_ASSERT(false);
}

// The signature types that a key of `key` makes; the second is its browser form.
std::vector<SignatureType> made_by(KeyType key) {
  switch (key) {
  case KeyType::ed25519:
    return {SignatureType::ed25519};
  case KeyType::ecdsa_p256:
    return {SignatureType::ecdsa_p256};
  case KeyType::sk_ed25519:
    return {SignatureType::sk_ed25519};
  case KeyType::sk_ecdsa_p256:
    return {SignatureType::sk_ecdsa_p256, SignatureType::webauthn_sk_ecdsa_p256};
  }
  SP_ASSERT(false);
}

constexpr bool is_ed25519(SignatureType type) {
  return type == SignatureType::ed25519 || type == SignatureType::sk_ed25519;
}

constexpr bool has_flags(SignatureType type) {
  return type != SignatureType::ed25519 && type != SignatureType::ecdsa_p256;
}

std::unexpected<Error> malformed(std::string message) {
  return fail(ErrorCode::malformed, "", std::move(message));
}

// The raw signature as 64 bytes.
Bytes read_numbers(WireReader& in, SignatureType type) {
  if (is_ed25519(type)) {
    const ByteView raw = in.string();
    return {raw.begin(), raw.end()};
  }
  WireReader inner(in.string());
  const Scalar256 r = inner.mpint();
  const Scalar256 s = inner.mpint();
  if (!inner.done()) {
    return {};
  }
  Bytes out(r.begin(), r.end());
  out.insert(out.end(), s.begin(), s.end());
  return out;
}

// The inner signature string into `sig`, whose key is set.
Result<void> read_signature(ByteView bytes, SshSig& sig) {
  WireReader in(bytes);
  const std::string_view name = in.text();
  const std::vector<SignatureType> types = made_by(sig.key.type);
  const auto type = std::ranges::find_if(types, [&](SignatureType t) { return to_string(t) == name; });
  if (type == types.end()) {
    return malformed("the kind of signature is not one that the key makes");
  }
  sig.type = *type;
  sig.signature = read_numbers(in, sig.type);
  if (has_flags(sig.type)) {
    sig.flags = in.byte();
    sig.counter = in.u32();
  }
  if (sig.type == SignatureType::webauthn_sk_ecdsa_p256) {
    sig.origin = in.text();
    sig.client_data = in.text();
    const ByteView extensions = in.string();
    sig.extensions.assign(extensions.begin(), extensions.end());
  }
  if (!in.done() || sig.signature.size() != 64) {
    return malformed("the signature inside is not one of its kind");
  }
  return {};
}

Bytes write_signature(const SshSig& sig) {
  SP_ASSERT(sig.signature.size() == 64);
  WireWriter out;
  out.string(to_string(sig.type));
  if (is_ed25519(sig.type)) {
    out.string(sig.signature);
  } else {
    Scalar256 r;
    Scalar256 s;
    std::ranges::copy_n(sig.signature.begin(), 32, r.begin());
    std::ranges::copy_n(sig.signature.begin() + 32, 32, s.begin());
    out.string(WireWriter().mpint(r).mpint(s).out());
  }
  if (has_flags(sig.type)) {
    out.byte(sig.flags).u32(sig.counter);
  }
  if (sig.type == SignatureType::webauthn_sk_ecdsa_p256) {
    out.string(sig.origin).string(sig.client_data).string(sig.extensions);
  }
  return std::move(out).out();
}

} // namespace

std::string_view to_string(HashName hash) {
  switch (hash) {
  case HashName::sha256:
    return "sha256";
  case HashName::sha512:
    return "sha512";
  }
  SP_ASSERT(false);
}

Result<SshSig> decode_sshsig(ByteView blob) {
  if (blob.size() > limits::signature_bytes) {
    return fail(ErrorCode::too_large, "", "a signature is longer than the limit for one signature");
  }
  WireReader in(blob);
  if (as_text(in.bytes(preamble.size())) != preamble) {
    return malformed("expected an SSH signature");
  }
  if (in.u32() != version) {
    return fail(ErrorCode::unsupported, "", "expected an SSH signature of version 1");
  }
  SshSig sig;
  SP_TRY(sig.key, parse_public_key(in.string()));
  sig.name_space = in.text();
  const ByteView reserved = in.string();
  const std::string_view hash = in.text();
  const ByteView signature = in.string();
  if (!in.done()) {
    return malformed("the SSH signature is cut short, or something follows it");
  }
  if (sig.name_space.empty() || !is_utf8(sig.name_space)) {
    return malformed("the namespace of the SSH signature is empty or no text");
  }
  if (!reserved.empty()) {
    return malformed("the reserved field of the SSH signature must be empty");
  }
  if (hash == to_string(HashName::sha256)) {
    sig.hash = HashName::sha256;
  } else if (hash == to_string(HashName::sha512)) {
    sig.hash = HashName::sha512;
  } else {
    return fail(ErrorCode::unsupported, "", "the hash of an SSH signature must be sha256 or sha512");
  }
  SP_CHECK(read_signature(signature, sig));
  return sig;
}

Bytes encode_sshsig(const SshSig& sig) {
  return WireWriter()
      .bytes(as_bytes(preamble))
      .u32(version)
      .string(sig.key.blob)
      .string(sig.name_space)
      .string(std::string_view())
      .string(to_string(sig.hash))
      .string(write_signature(sig))
      .out();
}

Digest use_of_key(SshSig sig) {
  sig.signature.assign(sig.signature.size(), {});
  return sha256(encode_sshsig(sig));
}

Result<Bytes> dearmor(std::string_view text) {
  if (text.size() > limits::signature_bytes) {
    return fail(ErrorCode::too_large, "", "a signature is longer than the limit for one signature");
  }
  std::string base64;
  bool started = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (!started) {
      if (line != first_line) {
        return malformed("expected an armored SSH signature with nothing in front of it");
      }
      started = true;
    } else if (line == last_line) {
      if (!text.empty()) {
        return malformed("something follows the armored SSH signature");
      }
      return from_base64(base64);
    } else {
      base64 += line;
    }
  }
  return malformed("the armored SSH signature has no end");
}

std::string armor(ByteView blob) {
  const std::string base64 = to_base64(blob);
  std::string out(first_line);
  for (std::size_t at = 0; at < base64.size(); at += columns) {
    out += '\n';
    out.append(base64, at, columns);
  }
  return out.append("\n").append(last_line).append("\n");
}

Bytes to_be_signed(std::string_view name_space, HashName hash, ByteView message) {
  WireWriter out;
  out.bytes(as_bytes(preamble)).string(name_space).string(std::string_view()).string(to_string(hash));
  switch (hash) {
  case HashName::sha256:
    out.string(sha256(message).view());
    break;
  case HashName::sha512:
    out.string(sha512(message));
    break;
  }
  return std::move(out).out();
}

} // namespace sallyport::crypto
