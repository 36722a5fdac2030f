// Where any of some words stand in a text, in any mix of cases: by Vectorscan where the processor can.
#pragma once

#include "scan/automaton.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct hs_database;

namespace sallyport::scan {

class Literals {
public:
  // Words are distinct, not empty, of ASCII and in lower case.
  explicit Literals(std::span<const std::string> words);

  // A word, by its index, and where it ends; false ends the search. In the order of their ends.
  using Hit = std::function<bool(std::size_t word, std::size_t until)>;
  void find(std::string_view text, const Hit& hit) const;

  // The same, a byte at a time: what find() must find where it is faster.
  void find_by_byte(std::string_view text, const Hit& hit) const;

private:
  Automaton automaton_;
  std::shared_ptr<const hs_database> database_; // null where this processor cannot
};

} // namespace sallyport::scan
