#include "engine/rechecks.h"

#include "engine/present.h"
#include "packet/leaf.h"

#include <optional>

namespace sallyport::engine {
namespace {

constexpr std::size_t leaves_max = 2048;

// Back along the packet's own leaves to the one that opened it; on the way the one that ended it, if any did.
struct Found {
  packet::Leaf opened;
  std::optional<packet::Leaf> ended;
};

Result<Found> find_recheck(const Core& core, const PacketId& id, const RecheckId& recheck) {
  std::optional<packet::Leaf> ended;
  std::optional<packet::LeafNumber> at = core.state().find(id)->last_leaf;
  for (std::size_t read = 0; at && read < leaves_max; ++read) {
    SP_TRY(const Bytes bytes, core.reader().leaf(*at));
    SP_TRY(packet::Leaf leaf, packet::decode(as_text(bytes)));
    at = leaf.prev;
    const auto* opened = std::get_if<packet::RecheckOpened>(&leaf.record);
    const auto* closed = std::get_if<packet::RecheckClosed>(&leaf.record);
    const auto* committed = std::get_if<packet::ReleaseCommitted>(&leaf.record);
    if (opened != nullptr && opened->recheck == recheck) {
      return Found{std::move(leaf), std::move(ended)};
    }
    if ((closed != nullptr && closed->recheck == recheck) ||
        (committed != nullptr && committed->recheck == recheck)) {
      ended = std::move(leaf);
    }
  }
  return fail(ErrorCode::not_found, "", "the packet has had no such recheck lately");
}

} // namespace

Result<canon::Object> show_recheck(const Core& core, const PacketId& id, const RecheckId& recheck) {
  SP_TRY(const Found found, find_recheck(core, id, recheck));
  const auto& opened = std::get<packet::RecheckOpened>(found.opened.record);
  canon::Object out{{"packet", id.str()},
                    {"recheck", recheck.str()},
                    {"mode", opened.mode.value_or("release")},
                    {"manifest", opened.manifest.hex()},
                    {"opened_at", to_string(found.opened.at)},
                    {"needed", opened.needed.size()},
                    {"open", !found.ended}};
  if (opened.by) {
    out.set("person", opened.by->str());
  }
  if (!found.ended) {
    const auto& present = core.state().find(id)->recheck;
    out.set("answered", present && present->id == recheck ? present->answers.size() : std::size_t{0});
    return out;
  }
  out.set("closed_at", to_string(found.ended->at));
  out.set("leaf", static_cast<std::int64_t>(found.ended->n));
  if (const auto* committed = std::get_if<packet::ReleaseCommitted>(&found.ended->record)) {
    out.set("result", "crossed");
    out.set("entry", committed->entry.str());
    return out;
  }
  const auto& closed = std::get<packet::RecheckClosed>(found.ended->record);
  out.set("result", closed.result.value_or("blocked"));
  out.set("reasons", reasons_in_words(closed.reasons));
  out.set("more", std::int64_t{closed.more});
  out.set("unanswered", canon::Array(closed.unanswered.begin(), closed.unanswered.end()));
  return out;
}

} // namespace sallyport::engine
