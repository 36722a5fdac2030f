#include "engine/workbook.h"

#include "canon/json.h"
#include "packet/coproduced.h"
#include "packet/leaf.h"
#include "packet/statement.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace sallyport::engine {
namespace {

using packet::LeafNumber;

Result<canon::Value> body_at(const store::Reader& reader, LeafNumber n) {
  SP_TRY(const store::Body row, reader.body(n));
  return canon::parse(as_text(row.bytes));
}

std::string text_in(const canon::Value& body) {
  const canon::Value* text = body.find("text");
  return text != nullptr && text->string() != nullptr ? *text->string() : "";
}

// The packet's leaves after `seen`, oldest first.
Result<std::vector<packet::Leaf>> leaves_since(const store::Reader& reader, const gate::Packet& packet,
                                               LeafNumber seen) {
  std::vector<packet::Leaf> out;
  for (std::optional<LeafNumber> n = packet.last_leaf; n && *n > seen;) {
    SP_TRY(const Bytes bytes, reader.leaf(*n));
    SP_TRY(packet::Leaf leaf, packet::decode(as_text(bytes)));
    n = leaf.prev;
    out.push_back(std::move(leaf));
  }
  std::ranges::reverse(out);
  return out;
}

class Reading {
public:
  Reading(const store::Reader& reader, const gate::Workspace& workspace, LeafNumber edits_until, Work& work)
      : reader_(reader), workspace_(workspace), edits_until_(edits_until), work_(work) {}

  Result<void> take(const packet::Leaf& leaf) {
    if (const auto* accepted = std::get_if<packet::EditAccepted>(&leaf.record)) {
      work_.decided[accepted->edit] = leaf.at;
      return leaf.n < edits_until_ ? apply(accepted->edit, leaf.n) : Result<void>{};
    }
    if (const auto* rejected = std::get_if<packet::EditRejected>(&leaf.record)) {
      work_.decided[rejected->edit] = leaf.at;
    } else if (const auto* raised = std::get_if<packet::ObjectionRaised>(&leaf.record)) {
      return say(raised->item, raised->person, leaf);
    } else if (const auto* answered = std::get_if<packet::ObjectionAnswered>(&leaf.record)) {
      return say(answered->item, answered->person, leaf);
    } else if (std::holds_alternative<packet::WordingProposed>(leaf.record) ||
               std::holds_alternative<packet::ItemsAccepted>(leaf.record)) {
      return words(leaf.n);
    }
    return {};
  }

private:
  Result<void> apply(const EditId& edit, LeafNumber accepted) {
    SP_TRY(const canon::Value body, body_at(reader_, workspace_.edits.at(edit).leaf));
    const canon::Value* said = body.find("ops");
    SP_TRY(const std::vector<packet::Op> ops, packet::read_ops(said == nullptr ? canon::Value() : *said));
    SP_TRY(work_.content, packet::apply_ops(work_.content, ops));
    work_.edits_at = accepted;
    return {};
  }

  Result<void> say(const ItemId& item, const PersonId& by, const packet::Leaf& leaf) {
    SP_TRY(const canon::Value body, body_at(reader_, leaf.n));
    work_.statements[item].push_back({by, leaf.n, leaf.at, text_in(body)});
    return {};
  }

  Result<void> words(LeafNumber n) {
    SP_TRY(const canon::Value body, body_at(reader_, n));
    const canon::Value* list = body.find("wordings");
    if (list == nullptr || list->array() == nullptr) {
      return {};
    }
    for (const canon::Value& encoded : *list->array()) {
      if (encoded.string() != nullptr) {
        SP_TRY(const packet::Disclosure disclosure, packet::open_disclosure(*encoded.string()));
        SP_TRY(const ItemId item, packet::read_wording(disclosure));
        if (std::ranges::find(work_.wordings, disclosure.digest, &Offered::digest) == work_.wordings.end()) {
          work_.wordings.push_back(
              {item, disclosure.digest, disclosure.encoded, *disclosure.value.string(), n});
        }
      }
    }
    return {};
  }

  const store::Reader& reader_;
  const gate::Workspace& workspace_;
  LeafNumber edits_until_;
  Work& work_;
};

constexpr LeafNumber all_edits = std::numeric_limits<LeafNumber>::max();

// The leaf that sealed the revision.
LeafNumber leaf_of(const gate::Packet& packet, std::uint32_t revision) {
  if (packet.head && packet.head->number == revision) {
    return packet.head->leaf;
  }
  const auto at = std::ranges::find(packet.spent, revision, &gate::SpentRevision::number);
  return at == packet.spent.end() ? all_edits : at->leaf;
}

Result<void> catch_up(const gate::State& state, const store::Reader& reader, const PacketId& id,
                      LeafNumber edits_until, Work& work) {
  const gate::Packet& packet = *state.find(id);
  SP_TRY(const std::vector<packet::Leaf> leaves, leaves_since(reader, packet, work.seen));
  Reading reading(reader, *packet.workspace, edits_until, work);
  for (const packet::Leaf& leaf : leaves) {
    SP_CHECK(reading.take(leaf));
  }
  work.seen = packet.last_leaf;
  return {};
}

// For whoever asks what people wrote.
Error in_words(Error error, const PacketId& id) {
  if (error.code == ErrorCode::not_found) {
    error = {
        ErrorCode::not_found, id.str(),
        "what people wrote in this packet, or in one that it continues, was erased; what the log says of it "
        "stays"};
  }
  return error;
}

// From the beginning: what the packet continues first, as it crossed, then its own.
Result<Work> read_work(const gate::State& state, const store::Reader& reader, const PacketId& id,
                       LeafNumber edits_until) {
  const gate::Packet& packet = *state.find(id);
  Work work;
  if (const auto& from = packet.workspace->continues) {
    SP_TRY(work, read_work(state, reader, from->packet, leaf_of(*state.find(from->packet), from->revision)));
    work.wordings.clear(); // whatever people let cross is open again, and asked in new words
    work.decided.clear();
    work.seen = 0;
  }
  SP_CHECK(catch_up(state, reader, id, edits_until, work));
  return work;
}

} // namespace

Result<const Work*> Workbook::of(const gate::State& state, const store::Reader& reader, const PacketId& id) {
  const gate::Packet& packet = *state.find(id);
  SP_ASSERT(packet.workspace.has_value());
  if (packet.merged_into) {
    return fail(ErrorCode::not_found, "", "the packet was merged into another one, which has its content");
  }
  const auto known = by_packet_.find(id);
  if (!packet.open()) {
    if (known != by_packet_.end()) {
      by_packet_.erase(known);
    }
    auto work = read_work(state, reader, id, all_edits);
    if (!work) {
      return std::unexpected(in_words(std::move(work.error()), id));
    }
    closed_ = *std::move(work);
    return &closed_;
  }
  if (known == by_packet_.end()) {
    SP_TRY(Work work, read_work(state, reader, id, all_edits));
    return &by_packet_.emplace(id, std::move(work)).first->second;
  }
  if (known->second.seen != packet.last_leaf) {
    if (auto done = catch_up(state, reader, id, all_edits, known->second); !done) {
      by_packet_.erase(known); // half read
      return std::unexpected(done.error());
    }
  }
  return &known->second;
}

} // namespace sallyport::engine
