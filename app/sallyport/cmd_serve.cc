// serve: the service itself, until it is told to stop.
#include "serve.h"

#include "canon/json.h"
#include "cli.h"
#include "print.h"

#include <cstdio>

namespace sallyport::cli {
namespace {

struct ServeOptions {
  std::string listen = "127.0.0.1:8420";
  bool socket_only = false;
  std::optional<double> people, agents, strangers;
};

Answer<void> run_server(const Context& context, const ServeOptions& options) {
  app::ServeOptions serve;
  serve.dir = context.dir;
  serve.socket = context.socket;
  serve.people = options.people;
  serve.agents = options.agents;
  serve.strangers = options.strangers;
  if (options.socket_only) {
    serve.address.clear();
  } else {
    SP_CHECK(app::parse_listen(options.listen, serve));
  }
  serve.on_ready = [&](std::uint16_t port) {
    const std::string at = options.socket_only ? "" : serve.address + ":" + std::to_string(port);
    const std::string socket = context.socket_path().string();
    out(context.json
            ? canon::write(canon::Object{{"listen", at}, {"socket", socket}}) + "\n"
            : fields({{"listening on", at.empty() ? "" : "http://" + at}, {"socket", printable(socket)}}));
    std::fflush(stdout);
  };
  SP_TRY(const int status, app::serve(serve));
  return status == 0 ? Answer<void>() : give_up(Exit::unavailable, "the service did not end in good order");
}

} // namespace

void add_serve(CLI::App& app, Context& context) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* verb = add_verb(app, "serve", "Run the service until SIGTERM",
                            "sallyport serve --dir /var/lib/sallyport --listen 127.0.0.1:8420");
  auto* listen =
      verb->add_option("--listen", options->listen, "A numeric address and a port; port 0 takes any")
          ->capture_default_str();
  verb->add_flag("--socket-only", options->socket_only, "No TCP address")->excludes(listen);
  const auto rate = [&](const char* name, std::optional<double>& of, const char* help) {
    verb->add_option(name, of, help)->check(CLI::Range(1.0, 100'000.0));
  };
  rate("--people-rate", options->people, "Requests a second of one person or service (200)");
  rate("--agent-rate", options->agents, "Requests a second of one agent (20)");
  rate("--stranger-rate", options->strangers, "Requests a second of all who are not known, together (50)");
  on(verb, context, options, run_server);
}

} // namespace sallyport::cli
