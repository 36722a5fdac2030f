// Taking out of a copy what was found in it, and what nobody needs. The copy keeps its length and every byte
// of structure, so that it is still a dump, of the same threads, modules and memory.
#pragma once

#include "dump/findings.h"
#include "dump/policy.h"
#include "dump/unwind.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::dump {

// Bytes of the copy that were written, in one region.
struct Edit {
  Range range;
  std::uint32_t region = 0; // of the map of what was copied
  Action action = Action::zero;
  bool operator==(const Edit&) const = default;
};

// What the policy says of regions and parts, whatever was found in them: zeros, and '*' of what is masked.
std::vector<Edit> drop_regions(std::span<std::uint8_t> copy, const Reading& reading, const Policy& policy);

// Takes findings out. One that lies in structure stays, and so does one that says only that a budget ended.
class Redactor {
public:
  explicit Redactor(const Policy& policy) : policy_(policy) {}

  std::vector<Edit> take_out(std::span<std::uint8_t> copy, const Reading& reading,
                             std::span<const Finding> findings);

private:
  Edit take_out_one(std::span<std::uint8_t> copy, const Finding& finding, RegionClass klass);
  bool write_token(std::span<std::uint8_t> bytes, const Finding& finding);

  const Policy& policy_;
  std::map<std::pair<Exposure, std::string>, std::size_t> numbers_; // of tokens, by value
};

// What a copy is made of and by. `walker` may be empty: then nothing is known of the walk.
struct Original {
  ByteView file;
  const Reading& reading;
  const scan::Scanner& scanner;
  Walker walker = {};
  Progress progress = {};
  std::size_t workers = 1; // that scan
};

struct Redaction {
  Reading reading; // of the copy as it is now
  ScanOfDump scan;
  std::vector<Edit> edits;
  std::vector<Keep> keep;   // by thread: how far its keep set had to go
  std::uint32_t passes = 0; // of looking and taking out; what one takes away may show something else
};

inline constexpr std::uint32_t passes_max = 4;

// `copy` holds the bytes of the original, and is the redacted dump afterwards, as far as it could be
// redacted: verify() (verify.h) says how far that is.
Redaction redact(std::span<std::uint8_t> copy, const Original& original, const Policy& policy);

} // namespace sallyport::dump
