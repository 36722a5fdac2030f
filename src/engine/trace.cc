#include "engine/trace.h"

#include "canon/json.h"
#include "packet/leaf.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

// A leaf holds no free text: the id stands in it where it is named, and nowhere else.
bool names(std::string_view leaf, const gate::Packet& packet, const PacketId& id) {
  return leaf.contains('"' + id.str() + '"') ||
         (packet.entry && leaf.contains('"' + packet.entry->str() + '"'));
}

bool moves(const packet::Record& record) {
  if (const auto* opened = std::get_if<packet::RecheckOpened>(&record)) {
    return opened->mode != "preview";
  }
  if (const auto* closed = std::get_if<packet::RecheckClosed>(&record)) {
    return !closed->result; // which a preview's has
  }
  return !std::holds_alternative<packet::AccessRecorded>(record) &&
         !std::holds_alternative<packet::AttemptRefused>(record);
}

} // namespace

Result<canon::Object> show_trace(const Core& core, const PacketId& id, std::uint64_t from,
                                 std::size_t count) {
  constexpr std::uint64_t chunk = 512;
  constexpr std::uint64_t read_max = 8 * chunk; // of one page; the engine's thread reads them
  const gate::Packet& packet = *core.state().find(id);
  if (packet.workspace) {
    from = std::max(from, packet.workspace->opened);
  }
  canon::Array leaves;
  std::uint64_t n = from;
  const std::uint64_t size = core.state().size;
  while (n < size && n - from < read_max && leaves.size() < count) {
    SP_TRY(const std::vector<Bytes> read, core.reader().leaves(n, chunk));
    for (const Bytes& bytes : read) {
      if (leaves.size() == count) {
        break;
      }
      ++n;
      if (names(as_text(bytes), packet, id)) {
        SP_TRY(canon::Value leaf, canon::parse(as_text(bytes)));
        leaves.push_back(std::move(leaf));
      }
    }
    if (read.empty()) {
      break; // what this batch wrote is not read before it is stored
    }
  }
  canon::Object out{
      {"packet", id.str()}, {"size", static_cast<std::int64_t>(size)}, {"leaves", std::move(leaves)}};
  if (n < size) {
    out.set("next", static_cast<std::int64_t>(n));
  }
  return out;
}

packet::LeafNumber last_move(const Core& core, const PacketId& id) {
  constexpr std::size_t leaves_max = 1024; // the engine's thread reads them, for each answer with a tag
  const packet::LeafNumber last = core.state().find(id)->last_leaf;
  std::optional<packet::LeafNumber> at = last;
  for (std::size_t read = 0; at && read < leaves_max; ++read) {
    const auto bytes = core.reader().leaf(*at);
    const auto leaf = bytes ? packet::decode(as_text(*bytes)) : std::unexpected(bytes.error());
    if (!leaf) {
      return last;
    }
    if (moves(leaf->record)) {
      return leaf->n;
    }
    at = leaf->prev;
  }
  return last;
}

} // namespace sallyport::engine
