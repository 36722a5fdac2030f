#include "gate/state.h"

#include "canon/json.h"
#include "crypto/digest.h"

#include <algorithm>

namespace sallyport::gate {

std::uint32_t Packet::last_number() const {
  if (head) {
    return head->number;
  }
  return spent.empty() ? 0 : spent.back().number;
}

const Hold* Packet::find_hold(std::string_view code, std::string_view subject) const {
  for (const auto& [id, hold] : holds) {
    if (hold.code == code && hold.subject == subject) {
      return &hold;
    }
  }
  return nullptr;
}

const ManifestState* Packet::reviewed(ManifestId* id) const {
  for (const auto& [key, manifest] : manifests) {
    if (manifest.in_review()) {
      if (id != nullptr) {
        *id = key;
      }
      return &manifest;
    }
  }
  return nullptr;
}

const ManifestState* Packet::by_digest(const Digest& digest, ManifestId* id) const {
  for (const auto& [key, manifest] : manifests) {
    if (manifest.status != "draft" && manifest.leaf != 0 && manifest.digest == digest) {
      if (id != nullptr) {
        *id = key;
      }
      return &manifest;
    }
  }
  return nullptr;
}

const Partial* Packet::split() const {
  return head && partial && partial->revision == head->digest ? &*partial : nullptr;
}

std::vector<const Partial*> Packet::splits() const {
  std::vector<const Partial*> out;
  for (const Partial& before : earlier) {
    out.push_back(&before);
  }
  if (partial) {
    out.push_back(&*partial);
  }
  return out;
}

const Packet* State::find(const PacketId& id) const {
  const auto at = packets.find(id);
  return at == packets.end() ? nullptr : &at->second;
}

const ScanState* State::last_scan(const std::string& dump, std::int64_t rev) const {
  const auto of = scans.find(dump);
  if (of == scans.end()) {
    return nullptr;
  }
  const auto last = std::ranges::find_if(of->second.rbegin(), of->second.rend(),
                                         [&](const ScanState& scan) { return scan.facts.rev == rev; });
  return last == of->second.rend() ? nullptr : &*last;
}

const Account* State::account(const AccountId& id) const {
  const auto at = accounts.find(id);
  return at == accounts.end() ? nullptr : &at->second;
}

Digest state_digest(const State& state) {
  return crypto::sha256(as_bytes(canon::write(packet::to_value(state))));
}

} // namespace sallyport::gate
