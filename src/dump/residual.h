// What a redacted dump still shows, looked for by another way than the one that found what was redacted:
// other expressions, another engine (RE2 over the bytes themselves, UTF-16 made narrow), other checks. It
// shares no matching code with scan or with findings, so that no mistake there is made twice. It opens no
// encoding.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace sallyport::dump {

struct ResidualRule {
  std::string_view id;
  std::string_view klass;          // a class of the charter language
  const char* expression;          // RE2, over bytes; the value is its only group
  bool (*holds)(std::string_view); // what must also be so of the value
};

std::span<const ResidualRule> residual_rules();

// How often something of a class is left; a class of which nothing is left is not in it.
struct Residual {
  std::map<std::string, std::uint64_t, std::less<>> counts;

  std::uint64_t total() const;
  bool operator==(const Residual&) const = default;
};

// `terms` are names and ids that must not occur, in any case. Never slower for what is found, but several
// times slower than scan_dump(). Cost: memory for two blocks.
Residual residual_of(ByteView file, std::span<const std::string> terms = {});

} // namespace sallyport::dump
