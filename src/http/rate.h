// How often a principal may ask: a token bucket each, filled at a steady rate up to a burst. Time is an
// argument. One thread.
#pragma once

#include "base/instant.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sallyport::http {

struct Rate {
  double per_second = 0;
  double burst = 0;
};

class Buckets {
public:
  // Nothing where one more request may be; otherwise the whole seconds until there is one again.
  std::optional<std::int64_t> take(const std::string& principal, const Rate& rate, Instant now);

private:
  struct Bucket {
    double left = 0;
    Instant at;
  };

  std::map<std::string, Bucket> buckets_; // principals are accounts, so there are not many
};

} // namespace sallyport::http
