// Raw dumps in the vault, region by region under keys of their own. Whoever may open the folder keeps them,
// beside a running service; the dump worker alone is given what comes out. Nothing here is for a network
// face: http/ and mcp/ do not include this header (tools/tidy.sh).
#pragma once

#include "base/bytes.h"
#include "engine/raw_places.h"

#include <functional>
#include <string>
#include <vector>

namespace sallyport::engine {

struct KeptRaw {
  RawIndex index;
  std::vector<std::size_t> erased; // regions whose key is gone

  std::uint64_t bytes() const;
  std::uint64_t erased_bytes() const;
};

// The regions that the last scan of that revision has, as it is on record. not_found: there is none.
Result<std::vector<RawRegion>> scanned_regions(const store::Reader& reader, const std::string& dump,
                                               std::uint32_t rev);

// Whether a raw dump with the regions `found` is what was redacted to a copy with the regions `scanned`:
// bytes that nothing refers to are padding in a copy.
bool same_structure(const std::vector<RawRegion>& found, const std::vector<RawRegion>& scanned);

// Keeps `raw`, which a reading in the dump worker found to have the regions `found`, under the regions of
// that revision's scan. Refused, and nothing kept: no scan on record, another length or structure, a dump
// that is kept already, a region whose erasure was ordered.
Result<KeptRaw> keep_raw(const CoreOptions& options, const std::string& dump, std::uint32_t rev,
                         const std::vector<RawRegion>& found, ByteView raw, Instant now);

// Every raw dump that the vault has.
Result<std::vector<KeptRaw>> kept_raw(const CoreOptions& options);

// For the dump worker: gives `take` what is left of the dump, in order, each piece with its place in the
// file. Erased regions are left out, and named in the answer. What was given counts only where this succeeds.
Result<KeptRaw> read_raw(const CoreOptions& options, const std::string& dump,
                         const std::function<Result<void>(std::uint64_t at, ByteView)>& take);

// That what the indexes name is there, as long as anything of it can be read; the first that is not is an
// error. Nothing is decrypted.
Result<void> raw_is_there(const CoreOptions& options, const store::Reader& reader);

} // namespace sallyport::engine
