// The ledger's text formats: what is parsed is written back byte for byte (a policy, which has comments: to
// an equal one), and no note opens under a key that did not sign it.
#include "ledger/proof.h"

#include "small_log.h"

using namespace sallyport;
using namespace sallyport::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  if (const auto note = parse_note(text)) {
    SP_ASSERT(write_note(*note) == text);
  }
  if (const auto head = parse_checkpoint(text)) {
    SP_ASSERT(head->text() == text);
  }
  if (const auto proof = parse_proof(text)) {
    SP_ASSERT(write_proof(*proof) == text);
  }
  if (const auto proof = parse_consistency(text)) {
    SP_ASSERT(write_consistency(*proof) == text);
  }
  if (const auto key = VerifierKey::parse(text)) {
    SP_ASSERT(key->text() == text);
  }
  if (const auto policy = parse_policy(text)) {
    SP_ASSERT(parse_policy(write_policy(*policy)) == *policy);
  }
  // The key has signed one head; fuzz/seeds.cc hands it out.
  static const VerifierKey log =
      VerifierKey::make(fuzz::SmallLog::origin, SignatureType::ed25519, fuzz::SmallLog::key().public_key())
          .value();
  static const Policy policy{.logs = {{log, ""}}, .witnesses = {}, .groups = {}};
  if (const auto head = open_checkpoint(text, log)) {
    SP_ASSERT(*head == fuzz::small_log().head());
  }
  if (const auto head = open_checkpoint(text, policy)) {
    SP_ASSERT(head->checkpoint == fuzz::small_log().head());
  }
  return 0;
}
