// One pass over the leaves, in order, that makes the stories. State at each leaf is the gate's own fold
// (gate/apply.h); nothing here decides anything, reads a clock or a file.
#pragma once

#include "metrics/stories.h"
#include "metrics/texts.h"
#include "packet/leaf.h"

#include <map>

namespace sallyport::metrics {

class Fold {
public:
  // `texts` outlives the fold. Where a text is not there, what rests on it cannot be verified or measured.
  explicit Fold(const Texts& texts) : texts_(texts) {}

  // Leaf number 0 first, none left out.
  void take(const packet::Leaf& leaf);
  // `now` is not before the last leaf.
  Stories finish(Instant now);

private:
  void tell(const packet::Leaf& leaf);
  void seal(const packet::Leaf& leaf, const PacketId& packet, const packet::SealedFacts& facts);
  void end_revision(const PacketId& packet, Instant at, const std::string& cause);
  void close(const PacketId& packet, Instant at, const std::string& cause);
  void open_hold(Instant at, const packet::HoldOpened& record);
  void clear_hold(Instant at, const packet::HoldCleared& record);
  void told_apart(const PacketId& packet, const std::optional<PacketId>& other);
  void merge(Instant at, const packet::DuplicateMerged& record);
  void release(const packet::Leaf& leaf, const packet::ReleaseCommitted& record);
  void judge(Instant at, const packet::LaneVerdict& record);
  void refuse(Instant at, const packet::AttemptRefused& record);
  void block(Instant at, const PacketId& packet, const std::vector<packet::Reason>& reasons);
  void look_at(const EditId& edit, const std::string& code);
  void change(const packet::Leaf& leaf, const packet::SourceObserved& record);
  void reflect(const PacketId& packet, Instant at);
  void activate(const packet::CharterActivated& record);
  ManifestStory* manifest(const PacketId& packet, const Digest& digest);
  ReleaseStory* release_of(const EntryId& entry);
  // Of the packet's lane, as it is now; all zero where there is none.
  Digest active_charter(const PacketId& packet) const;

  const Texts& texts_;
  gate::State state_;
  Watch watch_;
  Named named_;
  Stories out_;
  // Where the stories that still go on stand in `out_`.
  std::map<PacketId, std::size_t> heads_;
  std::map<PacketId, std::vector<HoldId>> open_holds_;
  std::map<HoldId, std::size_t> holds_;
  std::map<Digest, std::size_t> manifests_;
  std::map<EntryId, std::size_t> releases_;
  std::map<PacketId, std::size_t> packets_;
  std::map<PacketId, std::vector<std::size_t>> changes_; // not reflected yet
};

} // namespace sallyport::metrics
