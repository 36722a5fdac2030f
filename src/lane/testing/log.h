// A log as it grows, for tests of bundles.
#pragma once

#include "crypto/ed25519.h"
#include "lane/bundle.h"
#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "ledger/tiles.h"
#include "packet/leaf.h"
#include "packet/manifest.h"

#include <functional>
#include <string>
#include <vector>

namespace sallyport::lane::testing {

inline Instant at(std::string_view text) {
  return parse_instant(text).value();
}

// One second passes before each leaf.
class Log {
public:
  Log(std::string origin, std::function<void(packet::Record&)> edit)
      : origin_(std::move(origin)), edit_(std::move(edit)) {}

  packet::LeafNumber add(packet::Record record) {
    edit_(record);
    packet::Leaf leaf{leaves_.size(), now(), origin_, {}, {}, std::move(record)};
    now_ = now_ + Duration{1000};
    leaves_.push_back(packet::encode(leaf).value());
    tiles_.append(ledger::leaf_hash(as_bytes(leaves_.back())));
    return leaf.n;
  }

  // When the next leaf will be added.
  Instant now() const { return now_; }

  void wait(Duration duration) { now_ = now_ + duration; }

  packet::BoundLog head() const {
    return {origin_, tiles_.size(), ledger::root(tiles_, tiles_.size()).value()};
  }

  void sign(const crypto::Ed25519Key& key, const crypto::Ed25519Key& witness) {
    const packet::BoundLog last = head();
    const std::string note = ledger::sign_checkpoint({origin_, last.size, last.root}, key).value();
    checkpoint_ = ledger::cosign_note(note, "witness.example/w1", witness, now_).value();
  }

  ProvenLeaf proven(packet::LeafNumber n) const {
    const auto hashes = ledger::inclusion_proof(tiles_, n, tiles_.size()).value();
    return {leaves_.at(n), ledger::write_proof({n, hashes, checkpoint_})};
  }

  std::vector<ProvenLeaf> proven(const std::vector<packet::LeafNumber>& numbers) const {
    std::vector<ProvenLeaf> out;
    for (const packet::LeafNumber n : numbers) {
      out.push_back(proven(n));
    }
    return out;
  }

  std::string consistency_from(std::uint64_t size) const {
    return ledger::write_consistency(ledger::consistency_proof(tiles_, size, tiles_.size()).value());
  }

private:
  std::string origin_;
  std::function<void(packet::Record&)> edit_;
  Instant now_ = at("2026-11-20T12:00:00.000Z");
  ledger::MemoryTiles tiles_;
  std::vector<std::string> leaves_;
  std::string checkpoint_;
};

} // namespace sallyport::lane::testing
