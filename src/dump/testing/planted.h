// What was planted in one process, whose core and minidump lie beside the checkout.
#pragma once

#include "dump/dump.h"
#include "dump/testing/corpus.h"

#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace sallyport::dump::testing {

// The line of truth.tsv: what was planted where, in how many bytes.
struct Planted {
  std::string region, encoding, category, text, address;
  std::uint64_t bytes = 0;
};

inline std::vector<Planted> planted() {
  std::istringstream lines(read_dump("planted/truth.tsv.gz"));
  std::vector<Planted> out;
  std::string line;
  std::getline(lines, line); // the names of the columns
  while (std::getline(lines, line)) {
    std::istringstream row(line);
    Planted p;
    std::string bytes;
    for (std::string* cell : {&p.region, &p.encoding, &p.category, &p.text, &p.address, &bytes}) {
      std::getline(row, *cell, '\t');
    }
    p.bytes = std::stoull(bytes);
    out.push_back(std::move(p));
  }
  return out;
}

// The offset in the file of what the process had at `address`; none where it is not in the dump.
inline std::optional<std::uint64_t> offset_of(const Dump& dump, std::uint64_t address) {
  for (const Memory& memory : dump.memory) {
    if (Range(memory.address, memory.range.size()).contains(address)) {
      return memory.range.from() + (address - memory.address);
    }
  }
  return std::nullopt;
}

} // namespace sallyport::dump::testing
