// dump send: what was found out about a redacted dump, to the server; and the regions that packets will cite.
#include "api_client.h"
#include "base/bytes.h"
#include "canon/json.h"
#include "cmd_dump.h"
#include "engine/files.h"
#include "print.h"
#include "words.h"

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Send {
  fs::path report;
  std::string source;
  std::string changed_at;
  std::vector<std::string> pins; // NAME=SOURCE/KEY/DIGEST
  std::vector<fs::path> fragments;
};

// "ruleset=redaction-policy:policy:9a41...": the key may hold colons itself.
Answer<std::pair<std::string, canon::Value>> pin_of(const std::string& text) {
  const auto name = text.find('=');
  const auto first = text.find(':', name == std::string::npos ? 0 : name);
  const auto last = text.rfind(':');
  if (name == std::string::npos || first == std::string::npos || first == last) {
    return give_up(Exit::usage, "--pin: write it like ruleset=redaction-policy:policy:9a41...");
  }
  return std::pair(text.substr(0, name),
                   canon::Value(canon::Object{{"source", text.substr(name + 1, first - name - 1)},
                                              {"key", text.substr(first + 1, last - first - 1)},
                                              {"content", text.substr(last + 1)}}));
}

Answer<void> send(const Context& context, const Send& options) {
  SP_TRY(canon::Value report, read_json(options.report));
  const canon::Value* facts = report.find("facts");
  const std::string dump = facts == nullptr ? "" : text_at(*facts, "dump");
  if (dump.empty()) {
    return give_up(Exit::usage, options.report.string() + ": not what 'sallyport dump redact --json' prints");
  }
  canon::Object body{{"source", options.source}, {"report", std::move(report)}};
  canon::Object pins;
  for (const std::string& text : options.pins) {
    SP_TRY(auto pin, pin_of(text));
    pins.set(pin.first, std::move(pin.second));
  }
  body.set("pins", std::move(pins));
  if (!options.changed_at.empty()) {
    body.set("changed_at", options.changed_at);
  }
  SP_TRY(const Reply reply, post(context, route({"dumps", dump, "scans"}), std::move(body)));
  for (const fs::path& file : options.fragments) {
    SP_TRY(const std::string envelope, engine::read_small_file(file));
    SP_TRY(const Reply kept, post(context, route({"dumps", dump, "fragments"}),
                                  canon::Object{{"envelope", to_base64(as_bytes(envelope))}}));
    (void)kept;
  }
  show(context, reply,
       fields({{"dump", dump},
               {"scan", text_at(reply.value, "leaf")},
               {"findings opened", text_at(reply.value, "findings")}}),
       options.fragments.empty() ? "" : "The fragments are in the vault; edits can cite their regions.\n");
  return {};
}

} // namespace

void add_dump_send(CLI::App& group, Context& context) {
  auto options = std::make_shared<Send>();
  CLI::App* verb = add_verb(group, "send", "Put what is known of a redacted dump on record at the server",
                            "sallyport dump send report.json --source forensics-tool \\\n"
                            "    --pin ruleset=redaction-policy:policy:9a41... --fragment rg4.fragment");
  verb->add_option("REPORT", options->report, "What 'dump redact --json' or 'dump verify --json' printed")
      ->required()
      ->check(CLI::ExistingFile);
  verb->add_option("--source", options->source, "The source that the dump engine is in the charter")
      ->required();
  verb->add_option("--pin", options->pins, "A source's record that was used, as it was then; repeatable")
      ->type_name("NAME=SOURCE:KEY:DIGEST")
      ->allow_extra_args(false);
  verb->add_option("--fragment", options->fragments, "An envelope that 'dump fragment' wrote; repeatable")
      ->check(CLI::ExistingFile)
      ->allow_extra_args(false);
  verb->add_option("--changed-at", options->changed_at, "When the dump became what it is, as an instant");
  on(writes(verb, context), context, options, send);
}

} // namespace sallyport::cli
