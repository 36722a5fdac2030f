// What a redacted dump still shows, looked for by another way than the one that found what was redacted:
// other expressions, another engine (RE2 over the bytes themselves, UTF-16 made narrow), other checks; of a
// dictionary the names as they are written, in any case. It shares no matching code with scan or with
// findings, so that no mistake there is made twice. It opens no encoding.
#pragma once

#include "base/bytes.h"
#include "dump/range.h"
#include "scan/taxonomy.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace sallyport::dump {

struct ResidualRule {
  std::string_view id;
  scan::Detector detector;         // of what kind it is, which says what it exposes
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

// Where a value of a rule is.
using TakeResidual = std::function<void(const ResidualRule& rule, Range value)>;

// `terms` are names and ids that must not occur. One of less than six letters counts as a whole word only,
// with text or nothing around it: bytes of a program are read as three letters somewhere in every dump.
// Several times slower than scan_dump(); `workers` as there. In order of blocks of the file, those of one
// block rule by rule. Cost: memory for two blocks of each worker, and for the terms.
void find_residual(ByteView file, std::span<const std::string> terms, std::size_t workers,
                   const TakeResidual& take);

Residual residual_of(ByteView file, std::span<const std::string> terms = {}, std::size_t workers = 1);

} // namespace sallyport::dump
