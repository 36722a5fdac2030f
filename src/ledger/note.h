// Signed notes (C2SP signed-note): text, a blank line, signature lines. Two kinds of signature: Ed25519
// by a log (0x01) and timestamped Ed25519 by a witness (0x04, C2SP tlog-cosignature v1). Lines of keys
// that nobody asked about are kept and ignored, as the format demands.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"
#include "crypto/ed25519.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::ledger {

inline constexpr std::size_t note_bytes_max = 64 * 1024;
inline constexpr std::size_t note_signatures_max = 16;
inline constexpr std::size_t key_name_bytes_max = 255;

enum class SignatureType : std::uint8_t {
  ed25519 = 0x01,
  cosignature_v1 = 0x04,
};

// A public key with the name under which it signs. Obtain one from make() or parse(), so that the name
// is one that a signature line can hold.
struct VerifierKey {
  std::string name;
  SignatureType type = SignatureType::ed25519;
  crypto::Ed25519Public public_key{};

  // Refuses an empty name and one with a space (of any script), a control character or '+'.
  static Result<VerifierKey> make(std::string_view name, SignatureType type,
                                  const crypto::Ed25519Public& public_key);
  // "name+hex8+base64(type ‖ key)", split at the first two '+' only; the id must be the computed one.
  static Result<VerifierKey> parse(std::string_view vkey);

  // First four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key), big-endian.
  std::uint32_t id() const;
  std::string text() const; // the vkey
  bool operator==(const VerifierKey&) const = default;
};

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  Bytes signature; // without the key id
  bool operator==(const NoteSignature&) const = default;
};

struct Note {
  std::string text; // ends in a newline
  std::vector<NoteSignature> signatures;
  bool operator==(const Note&) const = default;
};

// Strict: UTF-8 without control characters but newline, at least one signature line, canonical base64,
// at most note_signatures_max lines. write_note(parse_note(x)) == x.
Result<Note> parse_note(std::string_view note);
std::string write_note(const Note& note);

// The whole signed note. `text` must end in a newline.
Result<std::string> sign_note(std::string_view text, std::string_view name, const crypto::Ed25519Key& key);
// One more line: what a witness adds to a note whose consistency it has checked. Whole seconds count.
Result<std::string> cosign_note(std::string_view note, std::string_view name, const crypto::Ed25519Key& key,
                                Instant at);

// not_found where the note has no line of this key; denied where one does not verify.
Result<void> verify_signature(const Note& note, const VerifierKey& log);
// As above for a witness's key; the time that the witness claims (the latest, if it signed twice).
Result<Instant> verify_cosignature(const Note& note, const VerifierKey& witness);

} // namespace sallyport::ledger
