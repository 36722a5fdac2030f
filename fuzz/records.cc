// packet::decode: a leaf that is read writes to the bytes that it was read from.
#include "base/bytes.h"
#include "packet/leaf.h"

using namespace sallyport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = as_text({data, size});
  if (const auto leaf = packet::decode(bytes)) {
    SP_ASSERT(packet::encode(*leaf) == bytes);
    static_cast<void>(packet::packet_of(leaf->record));
  }
  return 0;
}
