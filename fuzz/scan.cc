// Scanner::scan over any bytes: findings lie inside the input, in order; a scan that is not complete says so
// in a finding, and one that is does not. The same of the bytes as a part.
#include "scanning.h"

#include <algorithm>
#include <tuple>

using namespace sallyport;
using namespace sallyport::scan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = as_text({data, size});
  const ScanResult result = fuzz::scanner().scan(bytes);
  const auto is_unscanned = [](const Finding& f) { return f.detector == Detector::unscanned; };
  const auto scanned_end = std::ranges::find_if(result.findings, is_unscanned);
  SP_ASSERT(result.complete == (scanned_end == result.findings.end()));
  SP_ASSERT(std::ranges::all_of(scanned_end, result.findings.end(), is_unscanned));
  for (const Finding& finding : result.findings) {
    SP_ASSERT(fuzz::inside(finding, size));
  }
  const auto in_order = [](const Finding& a, const Finding& b) {
    return std::tie(a.from, a.until, a.rule) < std::tie(b.from, b.until, b.rule);
  };
  SP_ASSERT(std::is_sorted(result.findings.begin(), scanned_end, in_order));

  Spent spent;
  const DocumentResult part = scan_part(fuzz::scanner(), bytes, "application/json", "part.json", spent);
  for (const Located& located : part.findings) {
    SP_ASSERT(located.place != Place::part_bytes || fuzz::inside(located.finding, size));
  }
  return 0;
}
