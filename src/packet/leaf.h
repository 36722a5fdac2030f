// A leaf is a record with its place in the log: canonical JSON, at most 4 KiB (16 KiB where it holds
// a signed statement). The engine adds n, at, log, prev and body; the record's own members stand
// beside them.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "packet/record.h"

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::packet {

struct Leaf {
  LeafNumber n = 0;
  Instant at;                     // never decreases; order is n
  std::string log;                // origin
  std::optional<LeafNumber> prev; // the packet's previous leaf
  std::optional<Digest> body;     // SHA-256 of the body's bytes
  Record record;
};

std::string_view kind_of(const Record& record);
// The packet that a record concerns; null where it concerns none.
const PacketId* packet_of(const Record& record);

// Canonical bytes. Too large is the caller's fault to avoid, and refused: nothing is cut.
Result<std::string> encode(const Leaf& leaf);
Result<Leaf> decode(std::string_view bytes);

} // namespace sallyport::packet
