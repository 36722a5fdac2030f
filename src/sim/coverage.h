// What a simulation has been through: which events met with what, and which pairs in which order.
#pragma once

#include "sim/alphabet.h"

#include <array>
#include <string>
#include <utility>

namespace sallyport::sim {

struct EventCount {
  std::uint64_t taken = 0;
  std::uint64_t refused = 0;
};

struct Coverage {
  std::map<std::string, EventCount> events;                             // every kind, also those never played
  std::map<std::pair<std::string, std::string>, std::uint64_t> opened;  // event, hold code
  std::map<std::pair<std::string, std::string>, std::uint64_t> cleared; // event, rule
  std::map<std::pair<std::string, std::string>, std::uint64_t> refused; // event, reason
  std::vector<std::array<std::uint64_t, 2>> pairs;                      // by conflicts(): AB, BA
  std::map<std::string, std::uint64_t> rows;                            // events that each row made

  Coverage();
  void count(const Played& played);
  void add(const Coverage& other);
};

// "SignManifest": the name of the event's type.
std::string_view name_of(const gate::Event& event);

} // namespace sallyport::sim
