// charter::parse_json: no fault claims a place; what it reads, the verifier's own reader of charters reads as
// well, to the same digest, where the gate would honour it; the rest is in charter_checks.h.
#include "charter_checks.h"

#include "base/bytes.h"
#include "verify/charter.h"

using namespace sallyport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const charter::Parsed parsed = charter::parse_json(as_text({data, size}));
  for (const charter::Fault& fault : parsed.faults) {
    SP_ASSERT(fault.line == 0 && fault.column == 0);
  }
  fuzz::check_reading(parsed);
  if (parsed.charter && charter::honourable(*parsed.charter).empty()) {
    const auto facts = verify::read_charter(canon::write(charter::canonical(*parsed.charter)));
    SP_ASSERT(facts && facts->digest == charter::digest(*parsed.charter));
  }
  return 0;
}
