// Every decoder over any bytes, and over what they decode to: runs lie inside their layer, in what is known
// of the origin of each byte too, and budgets are kept.
#include "base/bytes.h"
#include "base/result.h"
#include "scan/decode.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::scan;

namespace {

constexpr Budgets budgets{.depth = 2, .decoded_bytes = 1 << 16, .runs = 1 << 10, .inflate_starts = 64};

void check(std::string_view layer, const Run& run) {
  SP_ASSERT(run.from < run.until && run.until <= layer.size());
  if (run.origin != nullptr) {
    SP_ASSERT(run.origin->size() == run.bytes.size() + 1);
    SP_ASSERT(std::ranges::is_sorted(*run.origin));
    SP_ASSERT(run.origin->front() >= run.from && run.origin->back() <= run.until);
  }
}

void decode(std::string_view layer, Spent& spent, std::size_t depth) {
  decode_runs(layer, budgets, spent, [&](const Run& run) {
    check(layer, run);
    if (depth < budgets.depth) {
      decode(run.bytes, spent, depth + 1);
    }
  });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Spent spent;
  decode(as_text({data, size}), spent, 0);
  SP_ASSERT(spent.decoded_bytes <= budgets.decoded_bytes && spent.runs <= budgets.runs &&
            spent.inflate_starts <= budgets.inflate_starts);
  return 0;
}
