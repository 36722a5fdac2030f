// One connection's life, and the loops that accept them. session.cc is the only file with coroutines.
// Private to this module.
#pragma once

#include "http/conn.h"
#include "http/core.h"
#include "http/reader.h"
#include "http/stream.h"

#include <chrono>
#include <memory>
#include <optional>

namespace sallyport::http {

class Session {
public:
  using Clock = std::chrono::steady_clock;

  enum class Phase {
    idle,      // between requests
    reading,   // a part of a request has come
    handling,  // the handler has it
    writing,   // the answer is on its way
    streaming, // its stream has nothing to say just now
    lingering, // answered and closed on our side; reading away what the peer still sends
  };

  Session(Core& core, std::unique_ptr<Conn> conn, Peer peer);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Starts a phase and its deadline.
  void enter(Phase phase);
  // Hands the complete request to the handler. The answer may be here on return.
  void dispatch();
  void deliver(Response response);
  void expire_if_late(Clock::time_point now);
  // The server ends: whoever asks for nothing, or listens, is let go.
  void drain();
  void cut();

  Core& core;
  const std::unique_ptr<Conn> conn;
  const Peer peer;
  const std::uint64_t id;
  Reader reader;
  Timer wake; // cancelled when the answer is here, or news of the stream; fires for a stream's pulse only
  Phase phase = Phase::idle;
  Clock::time_point deadline = Clock::time_point::max();
  bool expired = false;   // the phase's deadline passed
  bool abandoned = false; // no more I/O
  bool head_only = false;
  std::optional<Response> answer;
  std::shared_ptr<Stream> stream; // of the answer that has begun
};

Awaitable<void> accept_tcp(Core& core, Listener<Tcp>& listener);
Awaitable<void> accept_unix(Core& core, Listener<Unix>& listener);

} // namespace sallyport::http
