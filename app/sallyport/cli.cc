#include "cli.h"

#include "cmd_mcp.h"
#include "cmd_watch.h"
#include "scopes.h"

#include <algorithm>
#include <cstdlib>

namespace sallyport::cli {
namespace {

Exit exit_of_error(ErrorCode code) {
  switch (code) {
  case ErrorCode::malformed:
  case ErrorCode::too_large:
  case ErrorCode::unsupported:
    return Exit::usage;
  case ErrorCode::not_found:
    return Exit::not_found;
  case ErrorCode::conflict:
    return Exit::conflict;
  case ErrorCode::denied:
    return Exit::refused;
  case ErrorCode::corrupt:
    return Exit::fault;
  case ErrorCode::unavailable:
    return Exit::unavailable;
  case ErrorCode::internal:
    return Exit::internal;
  }
  SP_ASSERT(false);
  return Exit::internal;
}

// "FILE" and "{lane,proof}" say all; that such a value is text goes without saying.
class Formatter : public CLI::Formatter {
public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    if (!text.starts_with(" TEXT:")) {
      return text;
    }
    const auto end = text.find('}');
    const bool many = end != std::string::npos && end > 80; // a set that no line holds
    return " " + (many ? "WORD" + text.substr(end + 1) : text.substr(6));
  }
};

} // namespace

Failure::Failure(const Error& error) : exit(exit_of_error(error.code)), text(error.text()) {
}

CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& what,
                   const std::string& example) {
  CLI::App* verb = parent.add_subcommand(name, what);
  verb->footer("Example:\n  " + example + "\n\nOptions of every verb: sallyport --help");
  return verb;
}

CLI::App* add_group(CLI::App& app, const std::string& name, const std::string& what,
                    const std::string& example) {
  CLI::App* group = add_verb(app, name, what, example);
  group->require_subcommand(1);
  return group;
}

CLI::App* writes(CLI::App* verb, Context& context) {
  verb->add_option("--idempotency-key", context.idempotency_key,
                   "The same request with the same key happens once (docs/api.md)")
      ->type_name("KEY")
      ->check([](const std::string& key) {
        const bool visible = std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
        return !key.empty() && key.size() <= 128 && visible ? "" : "write 1 to 128 visible ASCII characters";
      });
  return verb;
}

void add_globals(CLI::App& app, Context& context) {
  app.fallthrough();
  app.require_subcommand(1);
  app.formatter(std::make_shared<Formatter>());
  app.get_formatter()->column_width(34);
  const char* dir = std::getenv("SALLYPORT_DIR");
  context.dir = dir != nullptr && *dir != '\0' ? dir : "./sallyport-data";
  app.add_option("--dir", context.dir, "The service's folder (else $SALLYPORT_DIR, else ./sallyport-data)")
      ->type_name("DIR");
  auto* socket = app.add_option("--socket", context.socket, "The server's socket (else DIR/sallyport.sock)")
                     ->type_name("FILE");
  app.add_option("--server", context.server, "The server's address, as in http://127.0.0.1:8420")
      ->type_name("URL")
      ->excludes(socket);
  app.add_option("--token-file", context.token_file,
                 "A file whose first line is the token (else $SALLYPORT_TOKEN)")
      ->type_name("FILE");
  app.add_flag("--json", context.json, "One JSON document on standard output: the server's as it is");
  app.add_flag("-q,--quiet", context.quiet, "Data and errors only: no remarks, no progress");
  app.add_flag("--no-input", context.no_input, "Never ask; fail and say what was missing");
  app.add_option_function<std::string>(
         "--color",
         [&context](const std::string& when) {
           context.colour = when == "always"  ? Colour::always
                            : when == "never" ? Colour::never
                                              : Colour::automatic;
         },
         "Colour: auto is on a terminal only, and not with NO_COLOR")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->default_str("auto");
  app.add_flag_callback("--no-color", [&context] { context.colour = Colour::never; }, "As --color never");
}

void add_verbs(CLI::App& app, Context& context) {
  add_init(app, context);
  add_serve(app, context);
  add_packet(app, context);
  add_manifest(app, context);
  add_hold(app, context);
  add_retention(app, context);
  add_workspace(app, context);
  add_ledger(app, context);
  add_lane(app, context);
  add_charter(app, context);
  add_source(app, context);
  add_trust(app, context);
  add_log(app, context);
  add_watch(app, context);
  add_mcp(app, context);
  add_metrics(app, context);
  add_scenario(app, context);
  add_simulate(app, context);
  add_dump(app, context);
  add_vault(app, context);
  add_help(app, context);
  say_scopes(app);
}

} // namespace sallyport::cli
