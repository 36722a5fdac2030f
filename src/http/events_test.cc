// GET /v1/events over a real service: what is heard of the log as it grows, by whom, and when no more.
#include "engine/people.h"
#include "engine/testing/crash_office.h"
#include "http/testing/service.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <sstream>
#include <thread>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;
using engine::testing::CrashOffice;

namespace {

using namespace std::chrono_literals;

struct Event {
  std::string name;
  std::int64_t id = -1;
  canon::Value data;

  std::string text(std::string_view member) const {
    const canon::Value* found = data.find(member);
    return found == nullptr || found->string() == nullptr ? "" : *found->string();
  }
};

// Blocks of lines as the specification of server-sent events has them; without the last, which may have come
// in part.
std::vector<Event> read_events(const std::string& text) {
  std::vector<Event> out;
  const auto whole = text.rfind("\n\n");
  std::istringstream lines(whole == std::string::npos ? "" : text.substr(0, whole + 2));
  Event event;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() && !event.name.empty()) {
      out.push_back(std::exchange(event, {}));
    } else if (line.starts_with("id: ")) {
      event.id = std::stoll(line.substr(4));
    } else if (line.starts_with("event: ")) {
      event.name = line.substr(7);
    } else if (line.starts_with("data: ")) {
      event.data = canon::parse(line.substr(6)).value();
    }
  }
  return out;
}

// Follows the stream on a thread of its own.
class Ear {
public:
  Ear(const Server& server, const std::string& token, const std::string& query = "",
      std::optional<std::int64_t> last = {}) {
    ClientOptions options;
    options.origin = "http://127.0.0.1:" + std::to_string(server.port());
    Request request;
    request.method = "GET";
    request.target = "/v1/events" + query;
    request.headers.add("authorization", "Bearer " + token);
    if (last) {
      request.headers.add("last-event-id", std::to_string(*last));
    }
    thread_ = std::thread([this, options, request] {
      auto answer = follow(options, request, [this](std::string_view piece) {
        const std::lock_guard lock(mutex_);
        text_ += piece;
        news_.notify_all();
        return !enough_;
      });
      const std::lock_guard lock(mutex_);
      over_ = true;
      status_ = answer ? answer->status : 0;
      body_ = answer ? answer->body : "";
      news_.notify_all();
    });
  }

  ~Ear() {
    {
      const std::lock_guard lock(mutex_);
      enough_ = true;
    }
    thread_.join();
  }

  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;

  // What was heard by the time `so` is true of it; FAILs where that takes too long.
  template <class So> std::vector<Event> until(So so) {
    std::unique_lock lock(mutex_);
    std::vector<Event> heard;
    const bool came = news_.wait_for(lock, 20s, [&] {
      heard = read_events(text_);
      return so(heard);
    });
    INFO(text_);
    REQUIRE(came);
    return heard;
  }

  std::vector<Event> listening() {
    return until([](const auto& heard) { return !heard.empty(); });
  }

  std::string reason_of_end() {
    std::unique_lock lock(mutex_);
    REQUIRE(news_.wait_for(lock, 20s, [&] { return over_; }));
    const std::vector<Event> heard = read_events(text_);
    return heard.empty() || heard.back().name != "end" ? "" : heard.back().text("reason");
  }

  int status() {
    std::unique_lock lock(mutex_);
    REQUIRE(news_.wait_for(lock, 20s, [&] { return over_; }));
    return status_;
  }

  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::string text_, body_;
  bool over_ = false;
  bool enough_ = false;
  int status_ = 0;
  std::thread thread_;
};

struct House {
  std::filesystem::path dir;
  std::map<std::string, std::string> tokens;
  std::map<std::string, AccountId> accounts;
  AccountId gail;
  std::string sections_owner;
  std::unique_ptr<Service> service;

  explicit House(EventsOptions events = {.pulse = Duration{300}}) {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-events-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    dir = std::filesystem::path(name) / "data";
    const Instant past = engine::system_now() - Duration{25 * hour_ms};
    CrashOffice::found(dir, Instant{past.ms - past.ms % 1'000});
    {
      CrashOffice office(dir);
      using engine::Scope;
      gail = office.gail.account;
      sections_owner = office.mara.person.str();
      accounts = {{"mara", office.mara.account},
                  {"lin", office.lin.account},
                  {"agent", office.agent},
                  {"forensics", office.forensics}};
      for (const auto& [who, account] : accounts) {
        std::set<Scope> scopes{Scope::read, Scope::prepare};
        if (who == "mara") {
          scopes.insert(Scope::decide);
        } else if (who == "forensics") {
          scopes = {Scope::source};
        }
        office.batch([&]() -> Result<void> {
          SP_TRY(const engine::IssuedToken issued,
                 engine::issue_token(*office.core, gail, account, scopes, Duration{100 * hour_ms}));
          REQUIRE(issued.refused.empty());
          tokens[who] = issued.secret.expose();
          return {};
        });
      }
    }
    ApiOptions options;
    options.people = options.agents = {100'000, 100'000};
    options.events = events;
    service = std::make_unique<Service>(dir, options);
  }

  ~House() {
    service.reset();
    std::filesystem::remove_all(dir.parent_path());
  }

  std::string open(const std::string& group) const {
    const Got made = service->remote(
        post("/v1/workspaces", canon::Object{{"lane", engine::testing::crash_lane},
                                             {"title", "A secret title"},
                                             {"sections", canon::Object{{"dumps", sections_owner}}},
                                             {"case", canon::Object{{"crash_group", canon::Array{group}}}}}),
        tokens.at("mara"));
    REQUIRE(made.status == 201);
    return made.text_at("packet");
  }

  void propose(const std::string& packet) const {
    const std::string at = "/v1/packets/" + packet;
    const Got section = service->remote({.target = at + "/sections/dumps"}, tokens.at("mara"));
    const canon::Object op{{"op", "put"},
                           {"at", "/narrative/b1"},
                           {"value", canon::Object{{"section", "dumps"}, {"text", "A secret sentence."}}}};
    const Got made = service->remote(
        post(at + "/edits",
             canon::Object{{"section", "dumps"}, {"base", section.at("version")}, {"ops", canon::Array{op}}}),
        tokens.at("mara"));
    REQUIRE(made.status == 201);
  }

  // So many leaves, in one batch.
  void refuse(std::size_t times) const {
    const auto done = service->engine->wait<int>([&](engine::Core& core) -> Result<int> {
      for (std::size_t i = 0; i < times; ++i) {
        SP_TRY(const gate::Step step,
               core.apply(gate::RefuseAttempt{gail, "publish", std::nullopt, {{"out_of_bounds", ""}}}));
        (void)step;
      }
      return 0;
    });
    REQUIRE(done);
  }
};

auto heard_leaf(std::int64_t n) {
  return [n](const std::vector<Event>& heard) {
    return std::ranges::any_of(heard, [&](const Event& event) { return event.id >= n; });
  };
}

} // namespace

TEST_CASE("who listens hears each leaf once and in order, by number, kind and packet and by nothing else") {
  const House h;
  Ear ear(*h.service->server, h.tokens.at("lin"));
  const std::vector<Event> first = ear.listening();
  REQUIRE(first.front().name == "listening");
  const std::int64_t next = *first.front().data.find("next")->integer();
  CHECK(first.front().id == next - 1);

  const std::string packet = h.open("G-1");
  h.propose(packet);
  h.refuse(1'000);
  const std::int64_t last = h.service->leaves() - 1;
  const std::vector<Event> heard = ear.until(heard_leaf(last));
  REQUIRE(heard.size() >= static_cast<std::size_t>(last - next + 2)); // the service has leaves of its own
  for (std::size_t i = 1; i < heard.size(); ++i) {
    const std::int64_t n = next + static_cast<std::int64_t>(i) - 1;
    CHECK(heard[i].name == "leaf");
    CHECK(heard[i].id == n);
    CHECK(*heard[i].data.find("leaf")->integer() == n);
    CHECK(heard[i].data.object()->size() == (heard[i].data.find("packet") == nullptr ? 2 : 3));
  }
  CHECK(std::ranges::count_if(heard, [&](const Event& event) {
          return event.text("kind") == "workspace.opened" && event.text("packet") == packet;
        }) == 1);
  CHECK(ear.text().find("secret") == std::string::npos);
}

TEST_CASE(
    "who lost the stream goes on after the leaf that was heard last, and follows one packet where asked") {
  const House h;
  const std::int64_t before = h.service->leaves();
  const std::string packet = h.open("G-1");
  const std::string other = h.open("G-2");
  h.refuse(700); // more than a piece
  const std::int64_t last = h.service->leaves() - 1;

  Ear ear(*h.service->server, h.tokens.at("lin"), "", before - 1);
  const std::vector<Event> heard = ear.until(heard_leaf(last));
  REQUIRE(heard.size() >= static_cast<std::size_t>(last - before + 2));
  for (std::size_t i = 1; i < heard.size(); ++i) {
    CHECK(heard[i].id == before + static_cast<std::int64_t>(i) - 1);
  }

  Ear one(*h.service->server, h.tokens.at("lin"), "?packet=" + other, 0);
  (void)one.listening();
  const std::string again = h.open("G-1"); // a twin: the first is held for it
  const std::int64_t twin = h.service->leaves() - 1;
  (void)ear.until(heard_leaf(twin));
  h.propose(other);
  for (const Event& event : one.until([&](const auto& all) { return all.size() >= 2; })) {
    CHECK((event.name == "listening" || event.text("packet") == other));
  }

  for (const char* wrong : {"-1", "x", "999999999", ""}) {
    Ask ask{.target = "/v1/events"};
    ask.headers.add("last-event-id", wrong);
    CHECK(h.service->remote(ask, h.tokens.at("lin")).status == 400);
  }
  CHECK(h.service->remote({.target = "/v1/events?packet=pk_2345abcdef"}, h.tokens.at("lin")).status == 404);
}

TEST_CASE(
    "A29: an agent follows a packet whose charter lets it trace, on record, and nothing else; who may not "
    "read hears nothing") {
  const House h;
  const std::string packet = h.open("G-1");
  CHECK(h.service->remote({.target = "/v1/events"}, h.tokens.at("agent")).status == 400);
  CHECK(h.service->remote({.target = "/v1/events"}, h.tokens.at("forensics")).status == 403);
  CHECK(h.service->remote({.target = "/v1/events"}, std::nullopt).status == 401);
  const std::int64_t own = h.service->leaves();
  Ear ear(*h.service->server, h.tokens.at("agent"), "?packet=" + packet);
  (void)ear.listening();
  const Got log = h.service->remote({.target = "/v1/log?from=" + std::to_string(own)}, h.tokens.at("mara"));
  CHECK(std::ranges::any_of(*log.at("leaves").array(), [&](const canon::Value& leaf) {
    return member(leaf, "kind") == "access.recorded" && member(leaf, "what") == "events";
  }));
  const std::string other = h.open("G-2");
  h.refuse(3);
  h.propose(packet);
  for (const Event& event : ear.until([](const auto& heard) { return heard.size() >= 2; })) {
    CHECK((event.name == "listening" || event.text("packet") == packet));
  }
  CHECK(ear.text().find(other) == std::string::npos);
}

TEST_CASE("a revoked token hears nothing more, not even that it was revoked") {
  const House h;
  Ear ear(*h.service->server, h.tokens.at("lin"));
  (void)ear.listening();
  const auto revoked = h.service->engine->wait<int>([&](engine::Core& core) -> Result<int> {
    SP_TRY(const std::vector<store::Token> rows, core.reader().tokens(h.accounts.at("lin")));
    SP_TRY(const auto refused, engine::revoke_token(core, h.gail, rows.front().id));
    REQUIRE(refused.empty());
    return 0;
  });
  REQUIRE(revoked);
  CHECK(ear.reason_of_end() == "unauthenticated");
  CHECK(ear.text().find("token.revoked") == std::string::npos);
}

TEST_CASE("where nothing happens a pulse says that the stream is still there") {
  const House h({.pulse = Duration{30}});
  Ear ear(*h.service->server, h.tokens.at("lin"));
  (void)ear.listening();
  for (int tries = 0; tries < 400 && ear.text().find(": still here\n\n") == std::string::npos; ++tries) {
    std::this_thread::sleep_for(25ms);
  }
  CHECK(ear.text().find(": still here\n\n") != std::string::npos);
}

TEST_CASE("no more listen than the service has room for, and none of them holds it up") {
  const House h({.listeners = 3, .of_one = 2, .pulse = Duration{30}});
  for (int i = 0; i < 4; ++i) { // whoever asks only what it would be holds no place
    const Got head = h.service->remote({.method = "HEAD", .target = "/v1/events"}, h.tokens.at("lin"));
    CHECK(head.status == 200);
    CHECK(head.type == "text/event-stream");
    CHECK(head.text.empty());
  }
  std::vector<std::unique_ptr<Ear>> ears;
  for (int i = 0; i < 2; ++i) {
    ears.push_back(std::make_unique<Ear>(*h.service->server, h.tokens.at("lin")));
    (void)ears.back()->listening();
  }
  CHECK(h.service->remote({.target = "/v1/events"}, h.tokens.at("lin")).status == 503);
  ears.push_back(std::make_unique<Ear>(*h.service->server, h.tokens.at("mara")));
  (void)ears.back()->listening();
  CHECK(h.service->remote({.target = "/v1/events"}, h.tokens.at("mara")).status == 503);
  ears.clear(); // who has gone makes room
  int status = 503;
  for (int tries = 0; tries < 100 && status == 503; ++tries) {
    Ear again(*h.service->server, h.tokens.at("mara"));
    std::this_thread::sleep_for(50ms);
    status = again.text().empty() ? 503 : 200;
  }
  CHECK(status == 200);
}

TEST_CASE("who does not read is let go with a reason, and the service goes on meanwhile") {
  const House h({.pulse = Duration{5'000}, .slow_after = Duration{200}});
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  const int little = 4096;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(h.service->server->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const std::string request =
      "GET /v1/events HTTP/1.1\r\nhost: x\r\nlast-event-id: 0\r\nauthorization: Bearer " +
      h.tokens.at("lin") + "\r\n\r\n";
  REQUIRE(::send(fd, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
  for (int i = 0; i < 12; ++i) { // it reads none of it
    h.refuse(400);
    std::this_thread::sleep_for(50ms);
  }
  const auto begin = std::chrono::steady_clock::now();
  CHECK(h.service->remote({.target = "/healthz"}, std::nullopt).status == 200);
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  std::string text; // now it does
  char buffer[4096];
  for (ssize_t got = 0; (got = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(fd);
  CHECK(text.find(R"(data: {"reason":"slow"})") != std::string::npos);
  CHECK(text.find("id: " + std::to_string(h.service->leaves() - 1) + "\n") == std::string::npos);
}

TEST_CASE("when the service stops, who listens is told, and the stop does not wait for them") {
  House h;
  auto ear = std::make_unique<Ear>(*h.service->server, h.tokens.at("lin"));
  (void)ear->listening();
  const auto begin = std::chrono::steady_clock::now();
  h.service->server->stop(Duration{10'000});
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK(ear->reason_of_end() == "stopping");
  CHECK(ear->status() == 200);
}
