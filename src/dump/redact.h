// Taking out of a copy what was found in it. The copy keeps its length and every byte of structure, so that
// it is still a dump, of the same threads, modules and memory.
#pragma once

#include "dump/findings.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::dump {

// What stands where a finding was.
enum class Action : std::uint8_t {
  // '*' for each character.
  mask,
  // "<SESSION-3>" and then '*': in one copy the same value has the same token; a mask where it has no room.
  token,
  // Zero bytes; a mask where another text would begin behind them.
  zero,
};

// What becomes of a region before anything is looked for in it.
enum class Keeping : std::uint8_t {
  untouched, // never written to: structure, and what is zero already
  findings,  // what is found in it is taken out, the rest stays
  dropped,   // all of it is zero
};

struct KeepingRule {
  RegionClass klass;
  Keeping keeping;
};

// A rule for each class, in the order of region_classes().
std::span<const KeepingRule> keeping_rules();
Keeping keeping_of(RegionClass klass);

std::string_view name_of(Action action);
std::string_view name_of(Keeping keeping);

// Bytes of the copy that were written, in one region.
struct Edit {
  Range range;
  std::uint32_t region = 0; // of the map of what was copied
  Action action = Action::zero;
  bool operator==(const Edit&) const = default;
};

// What the policy says of regions, whatever was found: zeros.
std::vector<Edit> drop_regions(std::span<std::uint8_t> copy, const Reading& reading);

// Takes findings out. One that lies in structure stays, and so does one that says only that a budget ended.
class Redactor {
public:
  explicit Redactor(Action action) : action_(action) {}

  std::vector<Edit> take_out(std::span<std::uint8_t> copy, const Reading& reading,
                             std::span<const Finding> findings);

private:
  Edit take_out_one(std::span<std::uint8_t> copy, const Finding& finding, RegionClass klass);
  bool write_token(std::span<std::uint8_t> bytes, const Finding& finding);

  Action action_;
  std::map<std::pair<Exposure, std::string>, std::size_t> numbers_; // of tokens, by value
};

struct Redaction {
  Reading reading; // of the copy as it is now
  ScanOfDump scan;
  std::vector<Edit> edits;
  std::uint32_t passes = 0; // of looking and taking out; what one takes away may show something else
};

inline constexpr std::uint32_t passes_max = 4;

// `copy` holds the bytes that `reading` was made of, and is the redacted dump afterwards, as far as it could
// be redacted: verify() (verify.h) says how far that is.
Redaction redact(std::span<std::uint8_t> copy, const Reading& reading, const scan::Scanner& scanner,
                 Action action, const Progress& progress = {});

} // namespace sallyport::dump
