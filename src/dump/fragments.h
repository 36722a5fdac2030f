// Fragments: each region of a redacted dump as an envelope of its own, and a tree over all of them, so that
// one can be shown and checked without the others. The salt in an envelope keeps its digest from being
// guessed.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "dump/regions.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sallyport::dump {

// What salts are made of: all of the original's bytes, which nobody has who has only fragments. So the same
// original gives the same salts, and nothing has to be kept beside it.
Digest salt_seed(ByteView original);

struct RevisionName {
  std::string dump; // "du_..."
  std::uint64_t rev = 1;
  Digest seed;
};

// "du_" and ten letters, of the seed.
std::string dump_id(const Digest& seed);

// One line of canonical JSON, a line feed, and the region's bytes as they are in the copy.
std::string envelope(const RevisionName& name, ByteView copy, const std::vector<Region>& regions,
                     std::uint32_t region);

// RFC 6962 over the SHA-256 of each envelope, in the order of the regions.
struct FragmentTree {
  std::vector<Digest> envelopes;
  Digest root;

  std::vector<Digest> path(std::uint64_t index) const; // sibling first
};

FragmentTree fragments_of(const RevisionName& name, ByteView copy, const std::vector<Region>& regions);

struct FragmentPlace {
  std::uint64_t index = 0;
  std::uint64_t size = 0;
  std::vector<Digest> path;
  Digest root;
};

struct FragmentHeader {
  std::string dump;
  std::uint64_t rev = 0;
  std::string region_class;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  Digest digest; // of the file
};

// That `file` is an envelope, and the one at this place of the tree with this root. Nothing else is needed.
Result<FragmentHeader> verify_fragment(ByteView file, const FragmentPlace& place);

} // namespace sallyport::dump
