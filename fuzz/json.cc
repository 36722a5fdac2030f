// canon::parse: what it takes has one spelling, no longer than the input (escapes and white space only go),
// which parses to the same value. parse_foreign() takes all of that as the same value, and what it takes
// besides is writable as well.
#include "canon/json.h"

#include "base/bytes.h"

using namespace sallyport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto value = canon::parse(text);
  const auto foreign = canon::parse_foreign(text);
  if (value) {
    const std::string written = canon::write(*value);
    SP_ASSERT(written.size() <= text.size());
    const auto again = canon::parse(written);
    SP_ASSERT(again && *again == *value);
    SP_ASSERT(canon::write(*again) == written);
    SP_ASSERT(foreign && *foreign == *value);
  }
  if (foreign) {
    const auto again = canon::parse(canon::write(*foreign));
    SP_ASSERT(again && *again == *foreign);
  }
  return 0;
}
