#include "charter/model.h"

#include <fmt/format.h>

namespace sallyport::charter {

std::string View::str() const {
  return kind == ViewKind::coarsen ? fmt::format("coarsen({})", grain) : std::string(to_word(kind));
}

std::string TimeOfDay::str() const {
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

std::string roster_source(const Charter& charter) {
  for (const auto& [id, source] : charter.sources) {
    if (source.supplies.contains(std::string(kind_roster))) {
      return id;
    }
  }
  return {};
}

} // namespace sallyport::charter
