// Stored revisions and bodies, read back for the gate. Each reader has its writer beside it.
#pragma once

#include "engine/core.h"

#include <optional>
#include <utility>

namespace sallyport::engine {

struct OpenedRevision {
  std::string bytes; // revision.json, whole
  packet::Revision revision;
  std::vector<packet::Disclosure> disclosures;
};

// The stored row keeps the clear part without `_sd`; the disclosures give `_sd` back.
store::Revision stored_revision(const PacketId& packet, std::uint32_t number, const std::string& unit,
                                const packet::SealedRevision& sealed);
Result<OpenedRevision> open_revision(const store::Revision& row);

// The body of a sealed revision's leaf: refs, case tuples, findings, how upstream names it.
canon::Object sealed_body(const gate::Dossier& dossier, const UpstreamKey& upstream,
                          const Digest& upstream_digest);

} // namespace sallyport::engine
