// What the leaves of a packet that people write together say beside the state that the gate keeps: the
// content that accepted edits come to, who said what of an item and when, and the words in which items may be
// accepted. A fold of the packet's own leaves and their bodies, read again after a start and never stored.
#pragma once

#include "base/instant.h"
#include "canon/value.h"
#include "gate/state.h"
#include "store/reader.h"

#include <map>
#include <string>
#include <vector>

namespace sallyport::engine {

// What a person said of an item: the objection itself first, then the answers to it.
struct Said {
  PersonId by;
  packet::LeafNumber leaf = 0;
  Instant at;
  std::string text;
};

// Words in which an item may be accepted, as somebody offered or signed them.
struct Offered {
  ItemId item;
  std::string digest;
  std::string encoded; // the disclosure
  std::string text;
  packet::LeafNumber leaf = 0;
};

struct Work {
  canon::Object content; // what packet::apply_ops() answers
  std::map<ItemId, std::vector<Said>> statements;
  std::vector<Offered> wordings;     // each once, in the order in which they came
  std::map<EditId, Instant> decided; // when an edit was taken or rejected
  packet::LeafNumber edits_at = 0;   // the last edit that the content has
  packet::LeafNumber seen = 0;       // the last leaf that was read
};

class Workbook {
public:
  // Of a packet with a workspace, as of its last leaf. not_found where a body that it needs was destroyed:
  // then nobody knows any more what the content is.
  Result<const Work*> of(const gate::State& state, const store::Reader& reader, const PacketId& packet);

  void clear() {
    by_packet_.clear();
    closed_ = {};
  }

private:
  // Open packets; what is closed is read when it is asked for, and nothing of it stays in memory.
  std::map<PacketId, Work> by_packet_;
  Work closed_;
};

} // namespace sallyport::engine
