#include "ledger/note.h"

#include "crypto/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sallyport::ledger {

namespace {

constexpr std::string_view signature_mark = "\xE2\x80\x94 "; // em dash, space
constexpr std::size_t key_id_bytes = 4;
constexpr std::size_t ed25519_bytes = 64;
constexpr std::size_t timestamp_bytes = 8;
constexpr std::uint64_t timestamp_max = 253'402'300'799; // 9999-12-31T23:59:59Z

// White space of Unicode beyond ASCII, in UTF-8 (property White_Space, as Go's unicode.IsSpace has it).
constexpr std::array<std::string_view, 19> wide_spaces = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

bool is_key_name(std::string_view name) {
  const auto unfit = [](char c) { return is_control(c) || c == ' ' || c == '+'; };
  const auto in_name = [name](std::string_view space) { return name.find(space) != std::string_view::npos; };
  return !name.empty() && name.size() <= key_name_bytes_max && is_utf8(name) &&
         std::ranges::none_of(name, unfit) && std::ranges::none_of(wide_spaces, in_name);
}

bool is_note_text(std::string_view text) {
  return text.ends_with('\n') && is_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\n'; });
}

void append_big_endian(Bytes& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i > 0; --i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
  }
}

std::uint64_t read_big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) {
    value = value << 8 | byte;
  }
  return value;
}

std::unexpected<Error> bad_note(const char* why) {
  return fail(ErrorCode::malformed, "note", why);
}

std::unexpected<Error> bad_vkey(const char* why) {
  return fail(ErrorCode::malformed, "vkey", why);
}

Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(signature_mark)) {
    return bad_note("a signature line does not begin with an em dash and a space");
  }
  line.remove_prefix(signature_mark.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) {
    return bad_note("a signature line has no proper key name");
  }
  const auto blob = from_base64(line.substr(space + 1));
  if (!blob || blob->size() <= key_id_bytes) {
    return bad_note("a signature is not a key id and a signature in base64");
  }
  const auto id = static_cast<std::uint32_t>(read_big_endian(ByteView(*blob).first(key_id_bytes)));
  return NoteSignature{std::string(line.substr(0, space)), id,
                       Bytes(blob->begin() + key_id_bytes, blob->end())};
}

// What a witness signs: C2SP tlog-cosignature, "Ed25519 signed message".
std::string cosigned_message(std::string_view text, std::uint64_t seconds) {
  return fmt::format("cosignature/v1\ntime {}\n{}", seconds, text);
}

NoteSignature signature_by(const VerifierKey& key, Bytes signature) {
  return {key.name, key.id(), std::move(signature)};
}

// The lines of exactly this key; not_found where there is none.
Result<std::vector<const NoteSignature*>> lines_of(const Note& note, const VerifierKey& key,
                                                   SignatureType type) {
  if (key.type != type) {
    return fail(ErrorCode::unsupported, "vkey", "the key is of the other kind: log and witness keys differ");
  }
  std::vector<const NoteSignature*> lines;
  for (const NoteSignature& line : note.signatures) {
    if (line.name == key.name && line.key_id == key.id()) {
      lines.push_back(&line);
    }
  }
  if (lines.empty()) {
    return fail(ErrorCode::not_found, "note", "the note has no signature by this key");
  }
  return lines;
}

std::unexpected<Error> wrong_signature() {
  return fail(ErrorCode::denied, "note", "a signature by a known key does not verify");
}

} // namespace

Result<VerifierKey> VerifierKey::make(std::string_view name, SignatureType type,
                                      const crypto::Ed25519Public& public_key) {
  if (!is_key_name(name)) {
    return fail(ErrorCode::malformed, "name", "a key name is UTF-8 without spaces, controls and '+'");
  }
  return VerifierKey{std::string(name), type, public_key};
}

Result<VerifierKey> VerifierKey::parse(std::string_view vkey) {
  const std::size_t first = vkey.find('+');
  const std::size_t second = first == std::string_view::npos ? first : vkey.find('+', first + 1);
  if (second == std::string_view::npos) {
    return bad_vkey("expected name, key id and key, joined by '+'");
  }
  const auto id = from_hex(vkey.substr(first + 1, second - first - 1));
  const auto blob = from_base64(vkey.substr(second + 1));
  if (!id || id->size() != key_id_bytes || !blob || blob->empty()) {
    return bad_vkey("expected a key id of eight hex digits and a key in base64");
  }
  const auto type = static_cast<SignatureType>(blob->front());
  if (type != SignatureType::ed25519 && type != SignatureType::cosignature_v1) {
    return fail(ErrorCode::unsupported, "vkey", "signatures of this type are not taken");
  }
  crypto::Ed25519Public public_key;
  if (blob->size() != 1 + public_key.size()) {
    return bad_vkey("an Ed25519 public key has 32 bytes");
  }
  std::copy(blob->begin() + 1, blob->end(), public_key.begin());
  SP_TRY(VerifierKey key, make(vkey.substr(0, first), type, public_key));
  if (key.id() != read_big_endian(*id)) {
    return bad_vkey("the key id is not that of this name and key");
  }
  return key;
}

std::uint32_t VerifierKey::id() const {
  const std::uint8_t separator_and_type[] = {'\n', static_cast<std::uint8_t>(type)};
  const Digest digest =
      crypto::Sha256().update(as_bytes(name)).update(separator_and_type).update(public_key).finish();
  return static_cast<std::uint32_t>(read_big_endian(digest.view().first(key_id_bytes)));
}

std::string VerifierKey::text() const {
  Bytes blob{static_cast<std::uint8_t>(type)};
  blob.insert(blob.end(), public_key.begin(), public_key.end());
  return fmt::format("{}+{:08x}+{}", name, id(), to_base64(blob));
}

Result<Note> parse_note(std::string_view note) {
  if (note.size() > note_bytes_max) {
    return fail(ErrorCode::too_large, "note", "the note is larger than allowed");
  }
  if (!is_note_text(note)) {
    return bad_note("a note is UTF-8 lines without control characters");
  }
  // Text may hold empty lines: the last one separates it from the signatures.
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) {
    return bad_note("no empty line separates text and signatures");
  }
  Note result{std::string(note.substr(0, blank + 1)), {}};
  std::string_view lines = note.substr(blank + 2);
  if (lines.empty()) {
    return bad_note("the note is not signed");
  }
  while (!lines.empty()) {
    if (result.signatures.size() == note_signatures_max) {
      return fail(ErrorCode::too_large, "note", "the note has more signatures than allowed");
    }
    const std::size_t end = lines.find('\n');
    SP_TRY(NoteSignature signature, parse_signature_line(lines.substr(0, end)));
    result.signatures.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  return result;
}

std::string write_note(const Note& note) {
  std::string text = note.text + "\n";
  for (const NoteSignature& line : note.signatures) {
    Bytes blob;
    append_big_endian(blob, line.key_id, key_id_bytes);
    blob.insert(blob.end(), line.signature.begin(), line.signature.end());
    text += fmt::format("{}{} {}\n", signature_mark, line.name, to_base64(blob));
  }
  return text;
}

Result<std::string> sign_note(std::string_view text, std::string_view name, const crypto::Ed25519Key& key) {
  if (!is_note_text(text)) {
    return bad_note("a note is UTF-8 lines without control characters");
  }
  SP_TRY(const VerifierKey public_key, VerifierKey::make(name, SignatureType::ed25519, key.public_key()));
  const crypto::Ed25519Signature signature = key.sign(as_bytes(text));
  return write_note({std::string(text), {signature_by(public_key, {signature.begin(), signature.end()})}});
}

Result<std::string> cosign_note(std::string_view note, std::string_view name, const crypto::Ed25519Key& key,
                                Instant at) {
  SP_TRY(Note parsed, parse_note(note));
  SP_TRY(const VerifierKey public_key,
         VerifierKey::make(name, SignatureType::cosignature_v1, key.public_key()));
  const auto seconds = static_cast<std::uint64_t>(at.ms / 1000);
  if (at.ms < 0 || seconds > timestamp_max) {
    return fail(ErrorCode::malformed, "at", "a cosignature has a time from 1970 to 9999");
  }
  if (parsed.signatures.size() == note_signatures_max) {
    return fail(ErrorCode::too_large, "note", "the note has as many signatures as allowed");
  }
  Bytes blob;
  append_big_endian(blob, seconds, timestamp_bytes);
  const crypto::Ed25519Signature signature = key.sign(as_bytes(cosigned_message(parsed.text, seconds)));
  blob.insert(blob.end(), signature.begin(), signature.end());
  parsed.signatures.push_back(signature_by(public_key, std::move(blob)));
  return write_note(parsed);
}

Result<void> verify_signature(const Note& note, const VerifierKey& log) {
  SP_TRY(const auto lines, lines_of(note, log, SignatureType::ed25519));
  for (const NoteSignature* line : lines) {
    if (line->signature.size() != ed25519_bytes ||
        !crypto::ed25519_verify(log.public_key, as_bytes(note.text), line->signature)) {
      return wrong_signature();
    }
  }
  return {};
}

Result<Instant> verify_cosignature(const Note& note, const VerifierKey& witness) {
  SP_TRY(const auto lines, lines_of(note, witness, SignatureType::cosignature_v1));
  std::uint64_t latest = 0;
  for (const NoteSignature* line : lines) {
    const ByteView blob = line->signature;
    if (blob.size() != timestamp_bytes + ed25519_bytes) {
      return wrong_signature();
    }
    const std::uint64_t seconds = read_big_endian(blob.first(timestamp_bytes));
    if (seconds > timestamp_max ||
        !crypto::ed25519_verify(witness.public_key, as_bytes(cosigned_message(note.text, seconds)),
                                blob.subspan(timestamp_bytes))) {
      return wrong_signature();
    }
    latest = std::max(latest, seconds);
  }
  return Instant{static_cast<std::int64_t>(latest) * 1000};
}

} // namespace sallyport::ledger
