#include "sim/coverage.h"

#include <algorithm>

namespace sallyport::sim {
namespace {

template <class T> constexpr std::string_view type_name() {
  const std::string_view text = __PRETTY_FUNCTION__; // "... [with T = sallyport::gate::Found; ...]"
  const std::size_t from = text.find("gate::") + 6;
  return text.substr(from, text.find_first_of(";]", from) - from);
}

template <std::size_t... index> constexpr auto names(std::index_sequence<index...>) {
  return std::array{type_name<std::variant_alternative_t<index, gate::AnyEvent>>()...};
}

constexpr auto event_names = names(std::make_index_sequence<std::variant_size_v<gate::AnyEvent>>());

} // namespace

std::string_view name_of(const gate::Event& event) {
  return event_names[event.index()];
}

Coverage::Coverage() : pairs(conflicts().size()) {
  for (const std::string_view name : event_names) {
    events[std::string(name)];
  }
}

void Coverage::count(const Played& played) {
  const std::string event(name_of(played.event));
  EventCount& counted = events[event];
  ++(played.step.ok() ? counted.taken : counted.refused);
  if (!played.step.ok()) {
    ++refused[{event, played.step.refused.front().code}];
  }
  for (const gate::LeafOut& out : played.step.leaves) {
    if (const auto* hold = std::get_if<packet::HoldOpened>(&out.leaf.record)) {
      ++opened[{event, hold->code}];
    } else if (const auto* clear = std::get_if<packet::HoldCleared>(&out.leaf.record)) {
      ++cleared[{event, clear->rule}];
    }
  }
}

void Coverage::add(const Coverage& other) {
  for (const auto& [name, counted] : other.events) {
    events[name].taken += counted.taken;
    events[name].refused += counted.refused;
  }
  for (auto [mine, theirs] : {std::pair{&opened, &other.opened}, std::pair{&cleared, &other.cleared},
                              std::pair{&refused, &other.refused}}) {
    for (const auto& [key, n] : *theirs) {
      (*mine)[key] += n;
    }
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t order = 0; order < 2; ++order) {
      pairs[i][order].played += other.pairs[i][order].played;
      for (const auto& [what, n] : other.pairs[i][order].came) {
        pairs[i][order].came[what] += n;
      }
    }
  }
  for (const auto& [name, n] : other.rows) {
    rows[name] += n;
  }
}

std::vector<std::string> Coverage::unseen() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Conflict& c = conflicts()[i];
    for (std::size_t order = 0; order < (c.first == c.second ? 1U : 2U); ++order) {
      if (pairs[i][order].played == 0) {
        out.push_back(std::string(order == 0 ? c.first : c.second) + ", then " +
                      std::string(order == 0 ? c.second : c.first) + " (" + std::string(c.stage) + ")");
      }
    }
  }
  return out;
}

} // namespace sallyport::sim
