// packet::read_submission: a fault's place is a JSON Pointer; what is taken can be sealed, or is refused;
// what is sealed reads back as a revision without free text in clear, which lists exactly its disclosures,
// and each of these opens to what was closed.
//
// Input: a submission as JSON. Its digest is made right first, as any sender would.
#include "packet/submission.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "packet/seal.h"
#include "packet/testing/sample.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::packet;

namespace {

// Everybody sees what stands in clear: names, ids, digests and times, where no free text can hide
// (packet/names.h).
void check_clear(const canon::Value& value) {
  const auto is_visible = [](char c) { return c > ' ' && c <= '~'; };
  if (const std::string* text = value.string()) {
    SP_ASSERT(text->size() <= 100 && std::ranges::all_of(*text, is_visible));
  } else if (const canon::Array* items = value.array()) {
    std::ranges::for_each(*items, check_clear);
  } else if (const canon::Object* members = value.object()) {
    for (const auto& [name, member] : *members) {
      check_clear(name);
      check_clear(member);
    }
  }
}

void seal_it(const Submission& submission) {
  const SealInput input{
      .packet = PacketId::from_random(1), .predecessors = {}, .withheld = {}, .ruleset = {}};
  const auto sealed = seal(submission, input, testing::seeded_salts(1));
  if (!sealed) {
    return;
  }
  const auto revision = read_revision(sealed->bytes);
  SP_ASSERT(revision && revision->digest == sealed->digest);
  check_clear(canon::parse(sealed->bytes).value());
  SP_ASSERT(revision->sd == sorted_digests(sealed->disclosures));
  SP_ASSERT(revision->parts.size() == submission.parts.size());
  for (const Disclosure& disclosure : sealed->disclosures) {
    const auto opened = open_disclosure(disclosure.encoded);
    SP_ASSERT(opened && opened->name == disclosure.name && opened->value == disclosure.value &&
              opened->digest == disclosure.digest);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto document = canon::parse(as_text({data, size}), {.bytes = limits::request_bytes});
  if (!document) {
    return 0;
  }
  if (canon::Value* packet = document->object() == nullptr ? nullptr : document->object()->find("packet")) {
    document->object()->set("upstream_digest", crypto::sha256(canon::write(*packet)).hex());
  }
  const auto submission = read_submission(*document);
  if (submission) {
    seal_it(*submission);
  } else {
    SP_ASSERT(canon::is_pointer(submission.error().where));
  }
  return 0;
}
