// What every verb shares: the global options, the exit status, and how a failure is said.
#pragma once

#include "base/result.h"

#include <CLI/CLI.hpp>

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::cli {

// The exit status is an interface: docs/cli.md.
enum class Exit {
  ok = 0,
  internal = 1, // a promise of this program was broken
  usage = 2,
  not_found = 3,
  refused = 4,
  held = 5,
  conflict = 6, // or superseded
  auth = 7,
  unavailable = 8,
  fault = 9, // verification failed
};

// `text` is one sentence for standard error; empty where the verb has said it already.
struct Failure {
  Exit exit = Exit::internal;
  std::string text;
  std::vector<std::string> codes = {}; // of the server's reasons

  Failure(Exit status, std::string sentence) : exit(status), text(std::move(sentence)) {}

  // Implicit, so that SP_TRY carries an operating error of a module out of a verb.
  Failure(const Error& error);
};

template <class T> using Answer = std::expected<T, Failure>;

inline std::unexpected<Failure> give_up(Exit exit, std::string text) {
  return std::unexpected(Failure(exit, std::move(text)));
}

enum class Colour { automatic, always, never };

struct Context {
  std::filesystem::path dir;
  std::filesystem::path socket; // empty: dir/sallyport.sock
  std::string server;           // "http://host:port"; empty: the socket
  std::filesystem::path token_file;
  bool json = false;
  bool quiet = false;    // data only: no remarks, no progress
  bool no_input = false; // nobody is ever asked
  Colour colour = Colour::automatic;
  std::string idempotency_key;       // of the one request that writes; empty: drawn where it is needed
  std::function<Answer<void>()> run; // the verb that the command line names

  std::filesystem::path socket_path() const { return socket.empty() ? dir / "sallyport.sock" : socket; }
};

// "group verb": a verb under `parent`, whose help ends with the example.
CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& what,
                   const std::string& example);
// A name with verbs below it.
CLI::App* add_group(CLI::App& app, const std::string& name, const std::string& what,
                    const std::string& example);
// The verb changes something at the server: it takes --idempotency-key.
CLI::App* writes(CLI::App* verb, Context& context);

// Of a verb that takes none.
struct NoOptions {};

// What the verb does once the whole command line is read. `options` were bound to it before.
template <class Options>
void on(CLI::App* verb, Context& context, std::shared_ptr<Options> options,
        Answer<void> (*act)(const Context&, const Options&)) {
  verb->callback([&context, options = std::move(options), act] {
    context.run = [&context, options, act] { return act(context, *options); };
  });
}

// One function for each file of verbs.
void add_init(CLI::App& app, Context& context);
void add_trust(CLI::App& app, Context& context); // whoami, principal, token
void add_keys(CLI::App& app, Context& context);  // key, roster
void add_charter(CLI::App& app, Context& context);
void add_source(CLI::App& app, Context& context);
void add_packet(CLI::App& app, Context& context);
void add_looks(CLI::App& group, Context& context);   // packet compare, coverage, trace
void add_manifest(CLI::App& app, Context& context);  // manifest, release, annex
void add_preview(CLI::App& group, Context& context); // release preview
void add_hold(CLI::App& app, Context& context);
void add_retention(CLI::App& app, Context& context);
void add_workspace(CLI::App& app, Context& context);
void add_ledger(CLI::App& app, Context& context); // ledger, accept
void add_lane(CLI::App& app, Context& context);
void add_log(CLI::App& app, Context& context); // log, trust
void add_metrics(CLI::App& app, Context& context);
void add_simulate(CLI::App& app, Context& context);
void add_dump(CLI::App& app, Context& context);
void add_vault(CLI::App& app, Context& context);
void add_serve(CLI::App& app, Context& context);
void add_scenario(CLI::App& app, Context& context);
void add_demo(CLI::App& app, Context& context);
void add_help(CLI::App& app, Context& context); // help, completion

// What all verbs share; first of all, because verbs inherit it.
void add_globals(CLI::App& app, Context& context);
// Every verb that is not of the demonstration.
void add_verbs(CLI::App& app, Context& context);

} // namespace sallyport::cli
