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

// One order of a pair that conflicts: how often both were played, and what came of the second.
struct OrderCount {
  std::uint64_t played = 0;
  std::map<std::string, std::uint64_t> came; // "taken", "untold", or the first reason of a refusal
};

struct Coverage {
  std::map<std::string, EventCount> events;                             // every kind, also those never played
  std::map<std::pair<std::string, std::string>, std::uint64_t> opened;  // event, hold code
  std::map<std::pair<std::string, std::string>, std::uint64_t> cleared; // event, rule
  std::map<std::pair<std::string, std::string>, std::uint64_t> refused; // event, reason
  std::vector<std::array<OrderCount, 2>> pairs;                         // by conflicts(): AB, BA
  std::map<std::string, std::uint64_t> rows;                            // events that each row made

  Coverage();
  void count(const Played& played);
  void add(const Coverage& other);
  // Pairs that were not played in both orders; two of one kind have one order.
  std::vector<std::string> unseen() const;
};

// "SignManifest": the name of the event's type.
std::string_view name_of(const gate::Event& event);

} // namespace sallyport::sim
