#include "ledger/proof.h"

#include "base/limits.h"
#include "ledger/merkle.h"
#include "ledger/text.h"

#include <fmt/format.h>

namespace sallyport::ledger {

namespace {

constexpr std::string_view header = "c2sp.org/tlog-proof@v1";
constexpr std::string_view extra_prefix = "extra ";
constexpr std::string_view index_prefix = "index ";

std::unexpected<Error> bad_proof(const char* why) {
  return fail(ErrorCode::malformed, "tlog-proof", why);
}

Result<void> take_hash(std::vector<Digest>& hashes, std::string_view line) {
  if (hashes.size() == limits::proof_hashes) {
    return fail(ErrorCode::too_large, "proof", "the proof has more hashes than any tree needs");
  }
  SP_TRY(const Digest hash, parse_hash(line, "proof"));
  hashes.push_back(hash);
  return {};
}

std::string hash_lines(std::span<const Digest> hashes) {
  std::string text;
  for (const Digest& hash : hashes) {
    text += to_base64(hash.view()) + "\n";
  }
  return text;
}

Result<void> check_included(const TlogProof& proof, ByteView entry, const Checkpoint& head) {
  return verify_inclusion(leaf_hash(entry), proof.index, head.size, proof.hashes, head.root);
}

} // namespace

std::string write_proof(const TlogProof& proof) {
  return fmt::format("{}\n{}{}\n{}\n{}", header, index_prefix, proof.index, hash_lines(proof.hashes),
                     proof.checkpoint);
}

Result<TlogProof> parse_proof(std::string_view text) {
  if (text.size() > note_bytes_max) {
    return fail(ErrorCode::too_large, "tlog-proof", "the proof is larger than allowed");
  }
  Lines lines(text);
  if (lines.next() != header) {
    return bad_proof("the first line is not that of a tlog-proof");
  }
  const std::string_view index = lines.next().value_or("");
  if (index.starts_with(extra_prefix)) {
    return fail(ErrorCode::unsupported, "tlog-proof", "extra data is not taken: nothing authenticates it");
  }
  if (!index.starts_with(index_prefix)) {
    return bad_proof("the index line is missing");
  }
  TlogProof proof;
  SP_TRY(proof.index, parse_decimal(index.substr(index_prefix.size()), "tlog-proof/index"));
  auto line = lines.next();
  for (; line && !line->empty(); line = lines.next()) {
    SP_CHECK(take_hash(proof.hashes, *line));
  }
  if (!line) {
    return bad_proof("no empty line separates hashes and checkpoint");
  }
  SP_TRY(const Note note, parse_note(lines.rest()));
  SP_CHECK(parse_checkpoint(note.text));
  proof.checkpoint = lines.rest();
  return proof;
}

Result<TrustedHead> verify_proof(const TlogProof& proof, ByteView entry, const Policy& policy) {
  SP_TRY(TrustedHead head, open_checkpoint(proof.checkpoint, policy));
  SP_CHECK(check_included(proof, entry, head.checkpoint));
  return head;
}

Result<Checkpoint> verify_proof(const TlogProof& proof, ByteView entry, const VerifierKey& log) {
  SP_TRY(Checkpoint head, open_checkpoint(proof.checkpoint, log));
  SP_CHECK(check_included(proof, entry, head));
  return head;
}

std::string write_consistency(std::span<const Digest> proof) {
  return hash_lines(proof);
}

Result<std::vector<Digest>> parse_consistency(std::string_view text) {
  std::vector<Digest> proof;
  Lines lines(text);
  while (const auto line = lines.next()) {
    SP_CHECK(take_hash(proof, *line));
  }
  if (!lines.rest().empty()) {
    return fail(ErrorCode::malformed, "proof", "the last line is not terminated");
  }
  return proof;
}

} // namespace sallyport::ledger
