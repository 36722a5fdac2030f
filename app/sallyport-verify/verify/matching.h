// Filling places with different persons (Kuhn's augmenting paths): for quorums and ratifications, where
// one person may hold several roles and counts once.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace sallyport::verify {

// How many of `places` can be filled at once, each by another of `persons`, where may(place, person) says
// who fits where. Both are small: dozens.
inline std::size_t places_filled(std::size_t places, std::size_t persons,
                                 const std::function<bool(std::size_t, std::size_t)>& may) {
  constexpr auto nobody = static_cast<std::size_t>(-1);
  std::vector<std::size_t> place_of(persons, nobody);
  std::vector<bool> tried;
  const std::function<bool(std::size_t)> assign = [&](std::size_t place) {
    for (std::size_t person = 0; person < persons; ++person) {
      if (tried[person] || !may(place, person)) {
        continue;
      }
      tried[person] = true;
      if (place_of[person] == nobody || assign(place_of[person])) {
        place_of[person] = place;
        return true;
      }
    }
    return false;
  };
  std::size_t filled = 0;
  for (std::size_t place = 0; place < places; ++place) {
    tried.assign(persons, false);
    filled += assign(place) ? 1U : 0U;
  }
  return filled;
}

} // namespace sallyport::verify
