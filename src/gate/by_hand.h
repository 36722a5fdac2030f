// Holds that only a person opens, since only a person sees what they are about. SYS.AUDIT: the act that could
// not be written is not in the log, and whoever made it knows.
#pragma once

#include <string_view>

namespace sallyport::gate {

inline bool is_placed_by_hand(std::string_view code) {
  return code == "GOV.MANUAL" || code == "GOV.OUT_OF_BOUNDS" || code == "GOV.OWNER_AMBIGUOUS" ||
         code == "SYS.AUDIT";
}

} // namespace sallyport::gate
