#include "http/rate.h"

#include <algorithm>
#include <cmath>

namespace sallyport::http {

std::optional<std::int64_t> Buckets::take(const std::string& principal, const Rate& rate, Instant now) {
  const auto [at, fresh] = buckets_.try_emplace(principal, Bucket{rate.burst, now});
  Bucket& bucket = at->second;
  const double passed = static_cast<double>(std::max<std::int64_t>(0, (now - bucket.at).ms)) / 1000;
  bucket.left = std::min(rate.burst, bucket.left + passed * rate.per_second);
  bucket.at = now;
  if (bucket.left >= 1) {
    bucket.left -= 1;
    return std::nullopt;
  }
  return static_cast<std::int64_t>(std::ceil((1 - bucket.left) / rate.per_second));
}

} // namespace sallyport::http
