#include "crypto/random.h"

#include "base/result.h"

#include <openssl/rand.h>

#include <array>
#include <bit>

namespace sallyport::crypto {

void random_bytes(std::span<std::uint8_t> out) {
  SP_ASSERT(out.size() <= INT32_MAX && RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

std::uint64_t random_u64() {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
  random_bytes(bytes);
  return std::bit_cast<std::uint64_t>(bytes);
}

} // namespace sallyport::crypto
