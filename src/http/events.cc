#include "http/events.h"

#include "canon/json.h"
#include "gate/agents.h"
#include "http/problem.h"
#include "packet/leaf.h"

#include <algorithm>

#include <fmt/format.h>

namespace sallyport::http {
namespace {

constexpr std::size_t page_leaves = 256; // also what one piece holds at most: 40 KiB

// The values are ids, kinds and codes: none holds a line break.
std::string event(std::string_view name, canon::Object data, std::optional<packet::LeafNumber> id = {}) {
  std::string out = id ? fmt::format("id: {}\n", *id) : std::string();
  out += fmt::format("event: {}\ndata: {}\n\n", name, canon::write(std::move(data)));
  return out;
}

std::string end_of(std::string_view reason) {
  return event("end", {{"reason", reason}});
}

} // namespace

Response Events::listen(Listener listener) {
  std::erase_if(ears_, [](const Ear& ear) { return ear.stream->is_over(); });
  const auto own =
      std::ranges::count_if(ears_, [&](const Ear& ear) { return ear.listener.account == listener.account; });
  if (ears_.size() >= options_.listeners || static_cast<std::size_t>(own) >= options_.of_one) {
    Response response = problem(503, "busy", "Too many listen already; nothing happened",
                                "close another stream, or ask for what has changed");
    response.headers.add("retry-after", "5");
    return response;
  }
  auto stream = std::make_shared<Stream>(
      Stream::Options{end_of("stopping"), ": still here\n\n", options_.pulse, taken_});
  // Where nothing is heard before the connection breaks, it is known all the same where to go on.
  const auto heard = listener.next == 0 ? std::nullopt : std::optional(listener.next - 1);
  stream->offer(event("listening", {{"next", static_cast<std::int64_t>(listener.next)}}, heard));
  ears_.push_back({std::move(listener), stream, Clock::now()});
  Response response{.status = 200, .headers = {}, .body = {}};
  response.headers.add("content-type", "text/event-stream");
  response.headers.add("cache-control", "no-store");
  response.stream = Stream::for_reader(std::move(stream));
  return response;
}

std::string Events::why_over(const engine::Core& core, const Ear& ear) const {
  const auto caller = ear.listener.known(core);
  if (!caller || caller->account != ear.listener.account || !caller->has(engine::Scope::read)) {
    return "unauthenticated";
  }
  const auto& packet = ear.listener.packet;
  const std::string code =
      packet ? gate::why_not_look(core.world(), *packet, caller->account, charter::AgentVerb::trace) : "";
  if (!code.empty()) {
    return code;
  }
  const auto slow = std::chrono::milliseconds(options_.slow_after.ms);
  return ear.stream->is_waiting() && Clock::now() - ear.offered > slow ? "slow" : "";
}

const std::vector<Events::Row>& Events::page(const engine::Core& core, packet::LeafNumber from,
                                             Pages& pages) const {
  const auto [at, is_new] = pages.try_emplace(from);
  if (!is_new) {
    return at->second;
  }
  const auto leaves = core.reader().leaves(from, page_leaves);
  for (std::size_t i = 0; leaves && i < leaves->size(); ++i) {
    const auto leaf = packet::decode(as_text((*leaves)[i]));
    SP_ASSERT(leaf.has_value());
    const PacketId* packet = packet::packet_of(leaf->record);
    at->second.push_back(
        {from + i, packet::kind_of(leaf->record), packet == nullptr ? std::nullopt : std::optional(*packet)});
  }
  return at->second;
}

// True where it would hear more at once.
bool Events::tell_one(const engine::Core& core, Ear& ear, Pages& pages) const {
  const std::vector<Row>& rows = page(core, ear.listener.next, pages);
  std::string piece;
  for (const Row& row : rows) {
    if (ear.listener.packet && row.packet != ear.listener.packet) {
      continue;
    }
    canon::Object data{{"leaf", static_cast<std::int64_t>(row.n)}, {"kind", row.kind}};
    if (row.packet) {
      data.set("packet", row.packet->str());
    }
    piece += event("leaf", std::move(data), row.n);
  }
  ear.listener.next += rows.size();
  if (!piece.empty()) {
    ear.offered = Clock::now();
    (void)ear.stream->offer(std::move(piece)); // it is not waiting; or it is over, which is seen next time
    return false;
  }
  return ear.listener.next < core.state().size && !rows.empty();
}

bool Events::tell(const engine::Core& core) {
  Pages pages;
  bool more = false;
  std::erase_if(ears_, [&](Ear& ear) {
    if (ear.stream->is_over()) {
      return true;
    }
    if (ear.listener.next >= core.state().size) {
      return false;
    }
    if (const std::string why = why_over(core, ear); !why.empty()) {
      ear.stream->end(end_of(why));
      return true;
    }
    if (!ear.stream->is_waiting()) {
      more = tell_one(core, ear, pages) || more;
    }
    return false;
  });
  return more;
}

} // namespace sallyport::http
