// Where a fragment's raw bytes lie in their dump, whether this vault has them, and their end. No raw byte is
// read here: that is raw_dumps.h, which no network face includes (tools/tidy.sh).
//
// Raw bytes are one retention unit for each place of a dump, "raw/<dump>/<from>+<bytes>". A newer redaction
// of the dump is another envelope of the same raw bytes, so the unit is not that of an envelope: which
// fragment was made of which place is written down when its envelope is kept.
#pragma once

#include "engine/core.h"
#include "vault/segments.h"

#include <compare>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::engine {

struct RawPlace {
  std::string dump;
  std::uint64_t from = 0;
  std::uint64_t bytes = 0;
  auto operator<=>(const RawPlace&) const = default;
};

std::string unit_of_raw(const RawPlace& place);

struct RawRegion {
  std::string klass;
  std::uint64_t bytes = 0;

  template <class A> void fields(A& a) {
    a("class", klass);
    a("bytes", bytes);
  }
};

// What the vault has of a raw dump: regions in the order of the file, as the scan of that revision has them
// ("rg0", "rg1" ...).
struct RawIndex {
  std::string dump;
  std::uint32_t rev = 0;
  std::vector<RawRegion> regions;

  template <class A> void fields(A& a) {
    a("dump", dump);
    a("rev", rev);
    a("regions", regions);
  }

  std::vector<RawPlace> places() const;
  std::vector<vault::Segment> segments() const;
};

// The raw dumps of the vault in this folder. The index of one is sealed under a unit of its own.
vault::Segments raw_segments(const std::filesystem::path& dir);
std::string unit_of_raw_index(std::string_view dump);

struct OpenedIndex {
  vault::SegmentIndex stored;
  RawIndex index;
};

// not_found: the vault has no such dump.
Result<OpenedIndex> open_raw_index(const vault::Segments& segments, const store::Reader& reader,
                                   std::string_view dump);

// Inside a batch: that the envelope with this digest was made of that place.
Result<void> remember_place(Core& core, const Digest& envelope, const RawPlace& place);

// The raw bytes of a fragment.
struct RawPiece {
  RawPlace place;
  std::set<std::string> fragments; // units of every envelope that was made of it, in any revision
  bool kept = false;               // this vault has the dump, with this place as a region
  bool has_key = false;            // so has one that is being put just now
  bool destroyed = false;
};

struct RawPieces {
  std::vector<RawPiece> all;
  bool complete = true; // it is written down where each of them lies
};

// Of the fragments with these units.
Result<RawPieces> raw_pieces(const Core& core, const std::set<std::string>& units);

struct RawEnd {
  bool ended = true; // there is no key of any of it any more
  bool kept = true;  // and all of it was in this vault
};

// Outside a batch: destroys the keys of the raw bytes of the fragments with these units, and where there is
// none forbids that there ever be one. Raw bytes that this vault has stay while `may_end` is false of a
// fragment that was made of them.
Result<RawEnd> end_raw(Core& core, Instant wall, const std::set<std::string>& units,
                       const std::function<Result<bool>(const std::string& unit)>& may_end);

} // namespace sallyport::engine
