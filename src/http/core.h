// What the server and its sessions share. Everything but the Mailbox belongs to the I/O thread once
// start() was called. Private to this module.
#pragma once

#include "http/asio.h"
#include "http/server.h"

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include <sys/stat.h>

namespace sallyport::http {

class Session;
struct Core;

// The way back from a Reply to its session. A session is named by number and looked up on the I/O thread,
// so no other thread ever owns a connection, and a Reply may outlive server and session.
class Mailbox {
public:
  explicit Mailbox(Core& core) : core_(&core) {}

  void deliver(std::uint64_t session, Response response);
  void tell(std::uint64_t session); // its stream has news
  void close();

private:
  std::mutex mutex_;
  Core* core_;
};

template <class Protocol> struct Listener {
  explicit Listener(asio::io_context& io) : acceptor(io) {}

  Acceptor<Protocol> acceptor;
  std::string path;      // unix: the file to remove,
  struct stat file = {}; // if it is still this one
};

struct Core {
  Core(Handler h, const ServerOptions& o) : handler(std::move(h)), options(o) {}

  void deliver(std::uint64_t session, Response response);
  void tell(std::uint64_t session);
  void session_ended();
  void watch_deadlines();
  void drain(Duration grace);
  void close_listeners();

  Handler handler;
  const ServerOptions options;
  std::unordered_map<std::uint64_t, Session*> sessions; // each owned by its coroutine
  std::uint64_t last_session = 0;
  bool draining = false;
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>(*this);
  asio::io_context io{1}; // owns the coroutines, so it goes before what they refer to
  std::list<Listener<Tcp>> tcp;
  std::list<Listener<Unix>> local;
  Timer deadlines{io};
  Timer grace{io};
};

} // namespace sallyport::http
