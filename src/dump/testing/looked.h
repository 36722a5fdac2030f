// Dumps in memory, read and scanned, and copies of them.
#pragma once

#include "dump/redact.h"
#include "dump/verify.h"

#include <span>
#include <string>
#include <utility>

namespace sallyport::dump::testing {

inline scan::Scanner plain_scanner() {
  return scan::Scanner(scan::RuleSet::standard());
}

inline std::span<std::uint8_t> writable(std::string& bytes) {
  return {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

struct Looked {
  std::string file;
  Reading reading;
  ScanOfDump scan;

  Revision revision() const { return {as_bytes(file), reading, scan}; }
};

inline Looked look(std::string file, const scan::Scanner& scanner = plain_scanner()) {
  Reading reading = read(as_bytes(file));
  ScanOfDump scan = scan_dump(as_bytes(file), reading, scanner);
  return {std::move(file), std::move(reading), std::move(scan)};
}

inline Looked redacted(const Looked& original, const Policy& policy,
                       const scan::Scanner& scanner = plain_scanner()) {
  std::string copy = original.file;
  redact(writable(copy), {as_bytes(original.file), original.reading, scanner}, policy);
  return look(std::move(copy), scanner);
}

inline Looked redacted(const Looked& original, Action action = Action::mask,
                       const scan::Scanner& scanner = plain_scanner()) {
  Policy policy;
  policy.action = action;
  return redacted(original, policy, scanner);
}

} // namespace sallyport::dump::testing
