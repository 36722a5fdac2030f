// The only file with coroutines. GCC 12.2 destroys some temporaries of a co_await expression twice, so
// here: every argument of a call inside co_await is a named object or a scalar; a co_await stands alone
// on the right of an initialiser or as a statement; no lambda is a coroutine; co_spawn gets the result
// of a named function; SP_TRY is not used.
#include "http/session.h"

#pragma GCC diagnostic ignored "-Wmismatched-new-delete" // GCC 12 on every coroutine of Asio, wrongly

#include "http/listen.h"
#include "http/problem.h"
#include "http/wire.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <type_traits>

#include <algorithm>
#include <ctime>

#include <sys/socket.h>

namespace sallyport::http {
namespace {

// A client that does not read its refusal and the end of the stream gets no longer than this.
constexpr Duration linger_max{1'000};
// Beyond connections_max this many more are told so; the rest are dropped.
constexpr std::size_t refusals_max = 64;
constexpr Duration accept_pause{100};

Response busy() {
  Response response = problem(503, "busy", "The server is busy", "it has as many connections as it takes");
  response.headers.add("retry-after", "1");
  return response;
}

Response failed() {
  return problem(500, "internal", "The server failed to answer this request");
}

// The one that a Reply wraps. Moving leaves the mailbox pointer empty, so exactly one answers.
class Answer {
public:
  Answer(std::shared_ptr<Mailbox> mailbox, std::uint64_t session)
      : mailbox_(std::move(mailbox)), session_(session) {}

  Answer(Answer&&) noexcept = default;
  Answer& operator=(Answer&&) = delete;

  ~Answer() {
    if (mailbox_ != nullptr) {
      mailbox_->deliver(session_, failed());
    }
  }

  void operator()(Response response) {
    if (const auto mailbox = std::move(mailbox_); mailbox != nullptr) {
      mailbox->deliver(session_, std::move(response));
    }
  }

private:
  std::shared_ptr<Mailbox> mailbox_;
  std::uint64_t session_;
};

Awaitable<void> send_continue(Session& session) {
  static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  const Conn::Buffers buffers{asio::buffer(text), asio::const_buffer()};
  IoError error;
  co_await session.conn->write(buffers, error);
}

// True: a whole request is there. False: close, after session.answer where there is one.
Awaitable<bool> read_request(Session& session) {
  Reader& reader = session.reader;
  Reader::State state = reader.next();
  IoError error;
  session.enter(reader.started() ? Session::Phase::reading : Session::Phase::idle);
  while (state == Reader::State::more) {
    if (session.core.draining && session.phase == Session::Phase::idle) {
      co_return false;
    }
    if (reader.take_expectation()) {
      co_await send_continue(session);
    }
    const std::span<char> room = reader.room();
    const asio::mutable_buffer buffer(room.data(), room.size());
    const std::size_t bytes = co_await session.conn->read(buffer, error);
    if (session.expired && session.phase == Session::Phase::reading && !session.abandoned) {
      session.answer = problem(408, "too-slow", "The request did not come in time");
    }
    if (error || session.expired || session.abandoned) {
      co_return false;
    }
    if (session.phase == Session::Phase::idle) {
      session.enter(Session::Phase::reading);
    }
    state = reader.received(bytes);
  }
  if (state == Reader::State::failed) {
    session.answer = reader.refusal();
    co_return false;
  }
  co_return true;
}

Awaitable<void> wait_for_answer(Session& session) {
  IoError cancelled;
  auto token = asio::redirect_error(use_awaitable, cancelled);
  while (!session.answer && !session.abandoned) {
    co_await session.wake.async_wait(token);
  }
}

// False where the peer did not take it.
Awaitable<bool> write_answer(Session& session, bool keep_alive) {
  Response response = std::move(*session.answer);
  session.answer.reset();
  if (!can_send(response)) {
    response = failed();
  }
  session.enter(Session::Phase::writing);
  const std::string head = write_head(response, keep_alive, std::time(nullptr));
  const bool with_body = has_content(response.status) && !session.head_only;
  if (with_body && response.stream != nullptr) {
    session.stream = std::move(response.stream);
    session.conn->keep_little();
    session.stream->attach([mailbox = session.core.mailbox, id = session.id] { mailbox->tell(id); });
  }
  const Conn::Buffers buffers{asio::buffer(head),
                              asio::buffer(response.body.data(), with_body ? response.body.size() : 0)};
  IoError error;
  co_await session.conn->write(buffers, error);
  co_return !error && !session.expired && !session.abandoned;
}

// Until its producer ends it, its reader goes or the server stops. False where the peer did not take it.
Awaitable<bool> write_stream(Session& session) {
  Stream& stream = *session.stream;
  IoError error;
  auto token = asio::redirect_error(use_awaitable, error);
  for (bool last = false; !last;) {
    Stream::Piece piece = stream.take();
    last = piece.last;
    if (session.core.draining && !last) {
      piece.text += stream.options().farewell;
      last = true;
    }
    if (piece.text.empty() && !last) {
      session.enter(Session::Phase::streaming);
      session.wake.expires_after(std::chrono::milliseconds(stream.options().every.ms));
      co_await session.wake.async_wait(token);
      if (session.abandoned) {
        co_return false;
      }
      if (error) {
        continue; // news
      }
      piece.text = stream.options().pulse;
    }
    session.enter(Session::Phase::writing);
    const Conn::Buffers buffers{asio::buffer(piece.text), asio::const_buffer()};
    co_await session.conn->write(buffers, error);
    if (error || session.expired || session.abandoned) {
      co_return false;
    }
    stream.sent();
  }
  co_return true;
}

// Closing a socket with unread bytes resets the connection, which would take the answer from a client
// that is still sending. So the end is announced and what comes is read away for a while.
Awaitable<void> linger(Session& session) {
  session.enter(Session::Phase::lingering);
  session.conn->end_writing();
  std::array<char, 4096> waste;
  const asio::mutable_buffer buffer(waste.data(), waste.size());
  IoError error;
  while (!error && !session.expired && !session.abandoned) {
    co_await session.conn->read(buffer, error);
  }
}

Awaitable<void> serve(std::unique_ptr<Session> owned) {
  Session& session = *owned;
  bool keep_alive = !session.answer; // a refused connection has its answer already
  while (keep_alive) {
    const bool whole = co_await read_request(session);
    if (!whole) {
      break;
    }
    keep_alive = session.reader.keep_alive();
    session.dispatch();
    co_await wait_for_answer(session);
    if (session.abandoned) {
      co_return;
    }
    keep_alive = keep_alive && !session.core.draining && session.answer->stream == nullptr;
    const bool written = co_await write_answer(session, keep_alive);
    if (!written) {
      co_return;
    }
    if (session.stream != nullptr) {
      const bool told = co_await write_stream(session);
      if (!told) {
        co_return;
      }
    }
  }
  if (session.answer && !session.abandoned) {
    session.head_only = false;
    const bool written = co_await write_answer(session, false);
    if (written) {
      co_await linger(session);
    }
  } else if (!keep_alive && session.reader.has_rest()) {
    co_await linger(session);
  }
}

Peer peer_of(const Socket<Tcp>& socket, const Listener<Tcp>&) {
  Peer peer{.kind = PeerKind::tcp, .uid = {}, .gid = {}, .pid = {}, .address = ""};
  IoError error;
  if (const auto endpoint = socket.remote_endpoint(error); !error) {
    peer.address = host_and_port(endpoint.address().to_string(), endpoint.port());
  }
  return peer;
}

Peer peer_of(Socket<Unix>& socket, const Listener<Unix>& listener) {
  Peer peer{.kind = PeerKind::unix_socket, .uid = {}, .gid = {}, .pid = {}, .address = listener.path};
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
    peer.uid = credentials.uid;
    peer.gid = credentials.gid;
    peer.pid = credentials.pid;
  }
  return peer;
}

void tune(Socket<Tcp>& socket) {
  IoError ignored; // without it answers wait for the peer's delayed acknowledgement
  socket.set_option(Tcp::no_delay(true), ignored);
}

void tune(Socket<Unix>&) {
}

template <class Protocol>
void admit(Core& core, Socket<Protocol> socket, const Listener<Protocol>& listener) {
  // The operators' own socket stays open when strangers hold every other connection.
  constexpr std::size_t reserve = std::is_same_v<Protocol, Unix> ? refusals_max + 64 : 0;
  const std::size_t most = core.options.connections_max + reserve;
  const std::size_t present = core.sessions.size();
  if (present >= most + refusals_max) {
    return;
  }
  tune(socket);
  Peer peer = peer_of(socket, listener);
  auto session = std::make_unique<Session>(core, std::make_unique<SocketConn<Protocol>>(std::move(socket)),
                                           std::move(peer));
  if (present >= most) {
    session->answer = busy();
  }
  auto life = serve(std::move(session));
  asio::co_spawn(core.io, std::move(life), asio::detached);
}

template <class Protocol> Awaitable<void> accept_loop(Core& core, Listener<Protocol>& listener) {
  IoError error;
  auto token = asio::redirect_error(use_awaitable, error);
  Timer pause(core.io);
  while (!core.draining) {
    Socket<Protocol> socket = co_await listener.acceptor.async_accept(token);
    if (core.draining) {
      co_return;
    }
    if (!error) {
      admit(core, std::move(socket), listener);
    } else if (error != asio::error::connection_aborted) {
      // Out of descriptors or memory: the backlog keeps the connections until some are free again.
      pause.expires_after(std::chrono::milliseconds(accept_pause.ms));
      co_await pause.async_wait(token);
    }
  }
}

} // namespace

Awaitable<void> accept_tcp(Core& core, Listener<Tcp>& listener) {
  return accept_loop(core, listener);
}

Awaitable<void> accept_unix(Core& core, Listener<Unix>& listener) {
  return accept_loop(core, listener);
}

Session::Session(Core& c, std::unique_ptr<Conn> connection, Peer p)
    : core(c), conn(std::move(connection)), peer(std::move(p)), id(++c.last_session), reader(c.options),
      wake(c.io, Clock::time_point::max()) {
  core.sessions.emplace(id, this);
}

Session::~Session() {
  core.sessions.erase(id);
  core.session_ended();
}

void Session::enter(Phase next) {
  phase = next;
  expired = false;
  const auto after = [](Duration limit) { return Clock::now() + std::chrono::milliseconds(limit.ms); };
  switch (phase) {
  case Phase::idle:
    deadline = after(core.options.idle_timeout);
    break;
  case Phase::reading:
  case Phase::writing:
    deadline = after(core.options.read_deadline);
    break;
  case Phase::handling:
  case Phase::streaming:
    deadline = Clock::time_point::max();
    break;
  case Phase::lingering:
    deadline = after(linger_max);
    break;
  }
}

void Session::dispatch() {
  enter(Phase::handling);
  Request request = reader.take();
  request.peer = peer;
  head_only = request.method == "HEAD";
  try {
    core.handler(std::move(request), Answer(core.mailbox, id));
  } catch (...) {
    // Unwinding destroyed the Reply, which answers 500; or the handler gave it away, and it answers yet.
    return;
  }
}

void Session::deliver(Response response) {
  answer = std::move(response);
  wake.cancel();
}

void Session::expire_if_late(Clock::time_point now) {
  if (now > deadline) {
    expired = true;
    conn->cancel();
  }
}

void Session::drain() {
  if (phase == Phase::idle) {
    conn->cancel();
  } else if (phase == Phase::streaming) {
    wake.cancel();
  }
}

void Session::cut() {
  abandoned = true;
  conn->cancel();
  wake.cancel();
}

} // namespace sallyport::http
