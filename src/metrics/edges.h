// What a release rests on, followed link by link: from the entry to the manifest, from there to the revision
// and its sources, to each signature, its person and grant, to lane and charter, to the recheck, and to what
// came before. A link counts where its record is there and what it says verifies.
#pragma once

#include "gate/state.h"
#include "metrics/texts.h"
#include "packet/leaf.h"

#include <map>
#include <string>
#include <vector>

namespace sallyport::metrics {

struct Edges {
  std::int64_t required = 0;
  std::int64_t verified = 0;
  std::vector<std::string> missing; // "manifest->signature 2"

  void add(std::string name, bool holds);

  bool complete() const { return verified == required; }
};

// What people can read of the release without opening anything else, and whether what they signed is what
// crossed. Nothing where entry or manifest is not at hand.
struct Bound {
  bool readable = false;
  bool names_four = false; // revision, owner, residual disagreement and audience, none of them empty
  bool same = false;       // revision, accepted items, scope and lane: as signed, at commit, in the entry
};

// What the release leaf names by number and the state does not keep.
struct Named {
  std::map<packet::LeafNumber, packet::SourceObserved> answers; // of rechecks
  std::map<packet::LeafNumber, std::string> signatures;         // base64 of the SSHSIG blobs
};

// `state` is that before the release leaf.
Edges edges_of(const gate::State& state, const packet::ReleaseCommitted& release, Instant at,
               const Named& named, const Texts& texts);
Bound bound_of(const gate::State& state, const packet::ReleaseCommitted& release, const Texts& texts);

} // namespace sallyport::metrics
