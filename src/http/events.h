// Who listens to the log, and how far each has heard. The log is everybody's queue: a listener is a number in
// it, and of a slow one nothing grows. All of it on the engine's thread. Private to this module.
#pragma once

#include "engine/people.h"
#include "http/api.h"
#include "http/message.h"
#include "http/stream.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::http {

class Events {
public:
  // Who listens, as far as their credential still counts: asked again for each piece.
  using Known = std::function<std::optional<engine::Caller>(const engine::Core&)>;

  struct Listener {
    Known known;
    AccountId account;
    std::optional<PacketId> packet; // only its leaves
    packet::LeafNumber next = 0;    // the first leaf that it has not been offered
  };

  explicit Events(const EventsOptions& options) : options_(options) {}

  // Called, from any thread, when somebody has taken a piece and may be told more. Before the first listens.
  void on_taken(std::function<void()> taken) { taken_ = std::move(taken); }

  // The stream, or why there is none.
  Response listen(Listener listener);
  // Offers each what it has not heard. True: there is more for somebody who is ready; ask again, after others
  // have had their turn.
  bool tell(const engine::Core& core);

private:
  using Clock = std::chrono::steady_clock;

  struct Ear {
    Listener listener;
    std::shared_ptr<Stream> stream;
    Clock::time_point offered; // its last piece
  };

  struct Row {
    packet::LeafNumber n = 0;
    std::string_view kind;
    std::optional<PacketId> packet;
  };

  using Pages = std::map<packet::LeafNumber, std::vector<Row>>; // by their first leaf

  // Why it hears no more; "" where it does.
  std::string why_over(const engine::Core& core, const Ear& ear) const;
  const std::vector<Row>& page(const engine::Core& core, packet::LeafNumber from, Pages& pages) const;
  bool tell_one(const engine::Core& core, Ear& ear, Pages& pages) const;

  const EventsOptions options_;
  std::function<void()> taken_;
  std::vector<Ear> ears_;
};

} // namespace sallyport::http
