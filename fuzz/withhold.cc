// Documents: each finding points to a value that is there, and lies inside it. withhold() leaves no finding
// of class secret behind, says where it took one out, in order, and finds nothing more the second time.
#include "scanning.h"

#include "canon/json.h"
#include "canon/pointer.h"

#include <algorithm>
#include <optional>

using namespace sallyport;
using namespace sallyport::scan;

namespace {

// Length of the text that a finding's offsets are into; none where there is no such text.
std::optional<std::size_t> length_at(const canon::Value& value, const Located& located) {
  const canon::Value* at = canon::pointer_find(value, located.pointer);
  std::vector<std::string> segments;
  if (at == nullptr || !canon::pointer_split(located.pointer, segments)) {
    return std::nullopt;
  }
  if (located.place == Place::name) {
    return segments.empty() ? std::nullopt : std::optional(segments.back().size());
  }
  if (at->integer() != nullptr) {
    return std::to_string(*at->integer()).size();
  }
  return at->string() != nullptr ? std::optional(at->string()->size()) : std::nullopt;
}

void check_findings(const canon::Value& value) {
  for (const Located& located : scan_value(fuzz::scanner(), value).findings) {
    if (located.finding.detector != Detector::unscanned) {
      const auto length = length_at(value, located);
      SP_ASSERT(length && fuzz::inside(located.finding, *length));
    }
  }
}

void check_withheld(const canon::Value& value) {
  const Bytes key(32, 9);
  const auto out = withhold(fuzz::scanner(), value, key);
  if (!out || !out->complete) {
    return;
  }
  SP_ASSERT(std::ranges::is_sorted(out->list, {}, &Withholding::pointer));
  SP_ASSERT(!out->list.empty() || out->value == value);
  for (const Withholding& withholding : out->list) {
    const canon::Value* left = canon::pointer_find(out->value, withholding.pointer);
    SP_ASSERT(left != nullptr && left->find("withheld") != nullptr && left->find("digest") != nullptr);
  }
  for (const Located& located : scan_value(fuzz::scanner(), out->value).findings) {
    SP_ASSERT(located.finding.klass != secret_class);
  }
  const auto again = withhold(fuzz::scanner(), out->value, key);
  SP_ASSERT(!again || !again->complete || again->list.empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto value = canon::parse(as_text({data, size}))) {
    check_findings(*value);
    check_withheld(*value);
  }
  return 0;
}
