// Random numbers from the operating system by way of OpenSSL's generator. Aborts where there are none:
// no caller could go on.
#pragma once

#include <cstdint>
#include <span>

namespace sallyport::crypto {

void random_bytes(std::span<std::uint8_t> out);
std::uint64_t random_u64();

} // namespace sallyport::crypto
