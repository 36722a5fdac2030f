// SSHSIG (OpenSSH PROTOCOL.sshsig, PROTOCOL.u2f): how a person signs, with a key file, a token or a
// browser passkey. Decoding is strict, so a decoded signature has one encoding.
//
// A signature's bytes are still not its identity: with P-256, s and n-s both verify. Who signed which
// message is; never key a record by signature bytes.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"
#include "crypto/ssh_key.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::crypto {

enum class HashName { sha256, sha512 };
std::string_view to_string(HashName hash);

enum class SignatureType { ed25519, ecdsa_p256, sk_ed25519, sk_ecdsa_p256, webauthn_sk_ecdsa_p256 };

struct SshSig {
  PublicKey key; // as the signature states it; counts for nothing until compared with the roster's
  std::string name_space;
  HashName hash = HashName::sha512;
  SignatureType type = SignatureType::ed25519;
  Bytes signature;           // 64 bytes: R||S (Ed25519) or r||s (P-256)
  std::uint8_t flags = 0;    // sk and webauthn only
  std::uint32_t counter = 0; // sk and webauthn only; a synced passkey may stay at 0
  std::string origin;        // webauthn only
  std::string client_data;   // webauthn only: clientDataJSON, verbatim
  Bytes extensions;          // webauthn only: authenticatorData from byte 37
};

// The binary blob ("SSHSIG" ...): version 1, reserved empty, sha256 or sha512, a signature of the key's
// type, shortest integers, nothing behind; at most limits::signature_bytes.
Result<SshSig> decode_sshsig(ByteView blob);
// decode_sshsig(encode_sshsig(s)) is s, and the other way round.
Bytes encode_sshsig(const SshSig& sig);

// Of all that the key signed beside the message. Two signatures of one message that agree in it are one
// use of the key, whatever their bytes: a key file signs the same in the same way for ever, and of P-256
// there are always two.
Digest use_of_key(SshSig sig);

// The armored text. Lines may have any length and end in LF or CRLF; nothing stands before the first
// marker, at most one line end after the last.
Result<Bytes> dearmor(std::string_view text);
// As ssh-keygen writes it: 70 columns. What is stored is always this form.
std::string armor(ByteView blob);

// "SSHSIG" || namespace || reserved || hash name || H(message): what a key signs and, raw, the WebAuthn
// challenge.
Bytes to_be_signed(std::string_view name_space, HashName hash, ByteView message);

// How much a signature says about the person at the key; ordered, weakest first.
enum class KeyClass {
  software,    // a key file: whoever holds the file
  sk,          // a token was touched
  sk_uv,       // and the person was verified by it
  webauthn_uv, // and the browser named the page
};
std::string_view to_string(KeyClass key_class); // "software" "sk" "sk-uv" "webauthn-uv"
Result<KeyClass> parse_key_class(std::string_view text);

struct VerifyPolicy {
  std::string name_space;
  std::string rp_id;                // for passkeys: as enrolled
  std::vector<std::string> origins; // for passkeys: compared exactly
  bool allow_backup_eligible = false;
};

// What was true of a signature that counts; to be recorded.
struct Verified {
  KeyClass key_class = KeyClass::software;
  std::optional<std::uint8_t> flags;    // sk and webauthn
  std::optional<std::uint32_t> counter; // sk and webauthn; decides nothing
  std::string origin;                   // webauthn
  bool backup_eligible = false;
};

// Whether `sig` is a signature of `message` by `expected` under `policy`. Checks in this order: namespace;
// key and application; clientData; flags; the policy's knobs; the signature itself. The first that fails
// is the answer, ErrorCode::denied.
Result<Verified> verify_sshsig(const SshSig& sig, const PublicKey& expected, ByteView message,
                               const VerifyPolicy& policy);

} // namespace sallyport::crypto
