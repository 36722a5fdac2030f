// Pieces of redacted dumps in a packet's content. What a fragment is (its place, its digest, its path to the
// dump's root) comes from the scan of that revision of the dump, never from an edit; an edit says which
// region it cites, and what people say of it. The bytes lie in the vault, each under a data key of its own.
#pragma once

#include "engine/core.h"
#include "packet/coproduced.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::engine {

// One region of a redacted dump, as its scan reported it.
struct ScannedRegion {
  std::string klass;
  std::uint64_t bytes = 0;
  Digest sha256;                                // of its envelope
  std::map<std::string, std::uint32_t> exposed; // exposure class -> hits that are left

  template <class A> void fields(A& a) {
    a("class", klass);
    a("bytes", bytes);
    a("sha256", sha256);
    a("exposed", exposed);
  }
};

// What the body of a scan's leaf says: the regions in the order of the tree's leaves ("rg0", "rg1" ...), and
// the report, which nothing here reads.
struct ScanBody {
  std::vector<ScannedRegion> regions;
  canon::Value report;

  template <class A> void fields(A& a) {
    a("regions", regions);
    a("report", report);
  }
};

// Of the last scan of that revision; nothing where there is none, or its body was destroyed.
Result<std::optional<ScanBody>> scan_body(const Core& core, const std::string& dump, std::int64_t rev);

// "rg4" is 4; nothing where the text is no name of a region.
std::optional<std::size_t> region_number(std::string_view region);

// The tree over the regions' envelopes: its root, and the path of one of them.
Digest root_of(const std::vector<ScannedRegion>& regions);
std::vector<Digest> path_of(const std::vector<ScannedRegion>& regions, std::size_t index);

// Dumps and fragments that the ops put, with what the scan says of them. Refuses ops that say it themselves.
Result<void> fill_fragments(const Core& core, std::vector<packet::Op>& ops);
canon::Value ops_value(const std::vector<packet::Op>& ops);

// What the scans have left in the fragments that the ops touch, or in all of the content's where there are
// none.
std::vector<gate::NewFinding> findings_of(const Core& core, const canon::Object& content,
                                          const std::vector<packet::Op>& ops);

// An envelope, known by its digest: into the vault, once. It is one of a scan that is on record.
Result<Digest> keep_fragment(Core& core, ByteView envelope);
// Whether the vault has it, and may still open it.
bool has_fragment(const Core& core, const Digest& sha256);
// Rows of the revision's fragments, so that its parts are found like any other's.
Result<void> store_fragments(Core& core, const PacketId& packet, const packet::Revision& revision);

} // namespace sallyport::engine
