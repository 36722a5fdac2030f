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

// The digests of the disclosures that cross, sorted: those that the bound charter's recipe opens, or, where
// a part of the revision crosses, those of the view that was kept with the manifest.
std::vector<std::string> crossing(const Core& core, const packet::Manifest& manifest,
                                  const gate::BoundManifest* bound,
                                  const std::vector<packet::Disclosure>& disclosures);

// The body of a sealed revision's leaf: refs, case tuples, findings, how upstream names it.
canon::Object sealed_body(const gate::Dossier& dossier, const UpstreamKey& upstream,
                          const Digest& upstream_digest);

// Its refs of hidden scope alone.
Result<decltype(gate::Dossier::scope)> read_scope(const canon::Value& body);

} // namespace sallyport::engine
