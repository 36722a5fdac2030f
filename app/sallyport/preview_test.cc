// What somebody reads of a preview, and of a packet while one is open, from a server that is stood in for.
#include "canon/json.h"
#include "cli.h"
#include "http/server.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace sallyport;
using namespace sallyport::cli;

namespace {

// A service with one preview, which is over at the third look at it.
class StandIn {
public:
  explicit StandIn(canon::Object outcome) : outcome_(std::move(outcome)) {
    std::string name = (std::filesystem::temp_directory_path() / "stand-in-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    server_ = std::make_unique<http::Server>(
        [this](const http::Request& request, http::Reply reply) { reply(answer(request)); });
    REQUIRE(server_->listen_unix(folder_ / "s"));
    REQUIRE(server_->start());
  }

  ~StandIn() {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  // Runs the words; what they print is in `printed`.
  Answer<void> run(std::vector<std::string> words) {
    words.insert(words.end(), {"--socket", (folder_ / "s").string(), "--color", "never"});
    std::ranges::reverse(words);
    Context context;
    CLI::App app{"", "sallyport"};
    add_globals(app, context);
    add_verbs(app, context);
    app.parse(std::move(words));
    const std::filesystem::path file = folder_ / "out";
    std::fflush(stdout);
    const int kept = ::dup(STDOUT_FILENO);
    REQUIRE(std::freopen(file.c_str(), "w", stdout) != nullptr);
    const Answer<void> done = context.run();
    std::fflush(stdout);
    ::dup2(kept, STDOUT_FILENO);
    ::close(kept);
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    printed = text.str();
    return done;
  }

  std::string printed;
  std::atomic<int> looks{0};

private:
  static http::Response json(int status, canon::Object value) {
    http::Response out{.status = status, .headers = {}, .body = canon::write(std::move(value))};
    out.headers.add("content-type", "application/json");
    return out;
  }

  http::Response answer(const http::Request& request) {
    if (request.path.ends_with("/manifests/mf_2345abcdef")) {
      return json(200, {{"digest", std::string(64, 'a')}});
    }
    if (request.path.ends_with("/release/preview")) {
      CHECK(request.body == "{\"manifest\":\"" + std::string(64, 'a') + "\"}");
      return json(202, {{"preview", "rc_2345abcdef"}});
    }
    CHECK(request.path == "/v1/packets/pk_2345abcdef/rechecks/rc_2345abcdef");
    canon::Object out = outcome_;
    out.set("recheck", "rc_2345abcdef");
    out.set("open", ++looks < 3);
    return json(200, std::move(out));
  }

  canon::Object outcome_;
  std::filesystem::path folder_;
  std::unique_ptr<http::Server> server_;
};

const std::vector<std::string> words{"release", "preview", "pk_2345abcdef", "--manifest", "mf_2345abcdef"};

} // namespace

TEST_CASE("B09: release preview waits for the outcome, and says that nothing crossed, whatever it is") {
  StandIn would_cross(
      {{"mode", "preview"}, {"result", "would_cross"}, {"reasons", canon::Array{}}, {"more", 0}});
  CHECK(would_cross.run(words));
  CHECK(would_cross.looks == 3);
  CHECK(would_cross.printed.starts_with("A preview: nothing crossed, and nothing is freed by it.\n"));
  CHECK(would_cross.printed.contains("it would cross"));

  const canon::Object reason{{"code", "SYS.RECHECK"}, {"text", "no answer in time"}};
  const canon::Object held{
      {"mode", "preview"}, {"result", "blocked"}, {"reasons", canon::Array{reason}}, {"more", 0}};
  StandIn would_hold(held);
  const auto done = would_hold.run(words);
  REQUIRE_FALSE(done);
  CHECK(done.error().exit == Exit::held);
  CHECK(would_hold.printed.contains("nothing crossed"));
  CHECK(would_hold.printed.contains("SYS.RECHECK"));

  StandIn in_json(held);
  std::vector<std::string> with = words;
  with.emplace_back("--json");
  CHECK_FALSE(in_json.run(with));
  const auto document = canon::parse(in_json.printed);
  REQUIRE(document);
  CHECK(*document->find("result") == canon::Value("blocked"));
}

TEST_CASE("what is no preview is not shown as one") {
  StandIn release({{"mode", "release"}, {"result", "crossed"}});
  const auto done = release.run(words);
  REQUIRE_FALSE(done);
  CHECK(done.error().exit == Exit::fault);
  CHECK(release.printed.empty());
}
