#include "sim/acts.h"

namespace sallyport::sim::acts {

Thing* some_thing(Town& town, Slot slot, Draw& draw) {
  std::vector<Thing*> some = town.cited(slot);
  if (some.empty()) { // of a packet that relies on nothing any more, whatever there is
    for (auto& [id, thing] : town.things) {
      some.push_back(&thing);
    }
  }
  return some.empty() ? nullptr : some[draw.below(some.size())];
}

std::string some_source(Town& town, Draw& draw) {
  const auto& sources = town.charter().sources;
  auto at = sources.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(draw.below(sources.size())));
  return at->first;
}

Digest some_manifest(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr) {
    return {};
  }
  const gate::ManifestState* reviewed = packet->reviewed();
  if ((reviewed == nullptr || draw.one_in(8)) && !packet->manifests.empty()) {
    auto at = packet->manifests.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(draw.below(packet->manifests.size())));
    return at->second.digest;
  }
  return reviewed == nullptr ? Digest{} : reviewed->digest;
}

} // namespace sallyport::sim::acts
