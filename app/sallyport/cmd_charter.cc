// charter: lint, diff and digest are local; the rest goes through the server.
#include "api_client.h"
#include "base/limits.h"
#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/diff.h"
#include "charter/faults.h"
#include "charter/lint.h"
#include "charter/parse.h"
#include "charter/reference.h"
#include "engine/files.h"
#include "packet/statement.h"
#include "print.h"
#include "sign.h"
#include "statement.h"
#include "words.h"

#include <algorithm>
#include <set>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct OneFile {
  fs::path file;
};

struct TwoFiles {
  fs::path before;
  fs::path after;
};

struct OneDigest {
  std::string digest;
};

struct RatifyCharter {
  std::string digest;
  SignOptions sign;
};

struct Reference {
  bool schema = false;
  bool holds = false;
};

std::string line_of(const fs::path& file, const charter::Fault& fault) {
  return printable(file.string()) + ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column) +
         ": " + fault.id + (fault.error ? " " : " warning: ") + printable(fault.message) + "\n";
}

std::string remedy_of(std::string_view id) {
  const charter::FaultRule* rule = charter::find_fault_rule(id);
  return rule == nullptr ? "" : std::string(rule->remedy);
}

canon::Value value_of(const charter::Fault& fault) {
  return canon::Object{{"id", fault.id},      {"line", fault.line},       {"column", fault.column},
                       {"path", fault.path},  {"message", fault.message}, {"remedy", remedy_of(fault.id)},
                       {"error", fault.error}};
}

// What to write instead, once for each fault that was told.
std::string remedies(const std::vector<charter::Fault>& faults) {
  std::set<std::string> ids;
  for (const charter::Fault& fault : faults) {
    ids.insert(fault.id);
  }
  std::string text;
  for (const std::string& id : ids) {
    text += "  " + id + ": " + remedy_of(id) + ".\n";
  }
  return text.empty() ? text : "What to write instead:\n" + text;
}

// A charter as people write it, or its canonical form.
Answer<charter::Parsed> parse_charter_file(const fs::path& file) {
  SP_TRY(const std::string text, engine::read_small_file(file));
  charter::Parsed parsed =
      file.extension() == ".json" ? charter::parse_json(text) : charter::parse_toml(text);
  if (parsed.charter) {
    std::vector<charter::Fault> beyond = charter::honourable(*parsed.charter);
    charter::place(beyond, parsed.positions);
    parsed.faults.insert(parsed.faults.end(), beyond.begin(), beyond.end());
  }
  return parsed;
}

Answer<charter::Charter> read_sound_charter(const fs::path& file) {
  SP_TRY(charter::Parsed parsed, parse_charter_file(file));
  if (!parsed.charter) {
    return give_up(Exit::refused, file.string() + " is not a sound charter; see 'sallyport charter lint'");
  }
  return *std::move(parsed.charter);
}

Answer<void> lint(const Context& context, const OneFile& options) {
  SP_TRY(const charter::Parsed parsed, parse_charter_file(options.file));
  const bool sound = std::ranges::none_of(parsed.faults, &charter::Fault::error);
  if (context.json) {
    canon::Array faults;
    for (const charter::Fault& fault : parsed.faults) {
      faults.push_back(value_of(fault));
    }
    out(canon::write(canon::Object{{"ok", sound}, {"faults", std::move(faults)}}) + "\n");
  } else {
    for (const charter::Fault& fault : parsed.faults) {
      out(line_of(options.file, fault));
    }
    out(remedies(parsed.faults));
    if (sound) {
      out(printable(options.file.string()) + ": sound, digest " + charter::digest(*parsed.charter).hex() +
          "\n");
    }
  }
  return sound ? Answer<void>() : give_up(Exit::refused, "");
}

std::string_view word_of(charter::Direction direction) {
  switch (direction) {
  case charter::Direction::undecided:
    return "undecided";
  case charter::Direction::tighter:
    return "tighter";
  case charter::Direction::looser:
    return "looser";
  }
  return {};
}

canon::Value value_of(const charter::SectionChanges& section) {
  canon::Array changes;
  for (const charter::Change& change : section.changes) {
    changes.push_back(canon::Object{
        {"path", change.path}, {"sentence", change.sentence}, {"direction", word_of(change.direction)}});
  }
  return canon::Object{{"section", section.section},
                       {"protected", section.is_protected},
                       {"needs", section.needs},
                       {"changes", std::move(changes)}};
}

Answer<void> diff(const Context& context, const TwoFiles& options) {
  SP_TRY(const charter::Charter before, read_sound_charter(options.before));
  SP_TRY(const charter::Charter after, read_sound_charter(options.after));
  const std::vector<charter::SectionChanges> sections = charter::differences(before, after);
  if (context.json) {
    canon::Array values;
    for (const charter::SectionChanges& section : sections) {
      values.push_back(value_of(section));
    }
    out(canon::write(canon::Object{{"sections", std::move(values)}}) + "\n");
    return {};
  }
  for (const charter::SectionChanges& section : sections) {
    out(section.section + " (" + section.needs + ")\n");
    for (const charter::Change& change : section.changes) {
      out("  " + printable(change.sentence) + "\n");
    }
  }
  if (sections.empty()) {
    out("The two charters say the same.\n");
  }
  return {};
}

Answer<void> reference(const Context& context, const Reference& options) {
  if (options.schema) {
    out(charter::json_schema_text());
    return {};
  }
  const std::string text = options.holds ? charter::holds_markdown() : charter::reference_markdown();
  out(context.json ? canon::write(canon::Object{{"markdown", text}}) + "\n" : text);
  return {};
}

Answer<void> digest_charter(const Context& context, const OneFile& options) {
  SP_TRY(const charter::Charter charter, read_sound_charter(options.file));
  const std::string hex = charter::digest(charter).hex();
  out(context.json ? canon::write(canon::Object{{"digest", hex}}) + "\n" : hex + "\n");
  return {};
}

Answer<void> canonical(const Context&, const OneFile& options) {
  SP_TRY(const charter::Charter charter, read_sound_charter(options.file));
  out(canon::write(charter::canonical(charter)));
  return {};
}

Answer<void> submit_charter(const Context& context, const OneFile& options) {
  SP_TRY(const std::string toml, engine::read_small_file(options.file));
  // What cannot be proposed is said here, with places, before anybody is asked.
  const charter::Parsed parsed = charter::parse_toml(toml);
  if (!parsed.charter) {
    return lint(context, options);
  }
  SP_TRY(const Reply reply, post(context, route({"charters"}), canon::Object{{"toml", toml}}));
  std::string warnings;
  for (const canon::Value& warning : array_at(reply.value, "warnings")) {
    warnings += text_at(warning, "id") + " warning: " + text_at(warning, "message") + "\n";
  }
  show(context, reply,
       fields({{"charter", text_at(reply.value, "charter")},
               {"version", text_at(reply.value, "version")},
               {"digest", text_at(reply.value, "digest")}}) +
           warnings,
       "Proposed. Every owner now runs: sallyport charter ratify " + text_at(reply.value, "digest") +
           " --key KEY\n");
  return {};
}

Answer<void> list_charters(const Context& context, const NoOptions&) {
  SP_TRY(const Reply reply, get_all(context, route({"charters"}), "charters"));
  Table table({{"STATE"}, {"CHARTER"}, {"VERSION"}, {"LANE"}, {"DIGEST"}});
  for (const canon::Value& row : array_at(reply.value, "charters")) {
    table.row({text_at(row, "status"), text_at(row, "charter"), text_at(row, "version"), text_at(row, "lane"),
               text_at(row, "digest")});
  }
  show(context, reply, table.text(context), table.empty() ? "No charter is proposed.\n" : "");
  return {};
}

Answer<void> ratify(const Context& context, const RatifyCharter& options) {
  SP_TRY(const Reply asked, ask(context, route({"charters", options.digest, "statement"})));
  SP_TRY(const Statement statement, statement_of(asked.value));
  SP_TRY(const packet::RatifyStatement act, packet::read_ratify(statement.value));
  if (act.digest.hex() != options.digest) {
    return give_up(Exit::fault, "the server's statement names another charter; nothing is signed");
  }
  const std::string what = fields({{"you ratify", act.charter + " version " + std::to_string(act.version)},
                                   {"digest", act.digest.hex()},
                                   {"replaces", act.replaces ? act.replaces->hex() : "nothing"},
                                   {"log", act.origin}});
  SP_TRY(const auto signatures, obtain_signatures(context, options.sign, packet::act::charter,
                                                  statement.bytes, printable(what, true)));
  if (!signatures) {
    return {};
  }
  if (signatures->size() > 1 && !context.idempotency_key.empty()) {
    return give_up(Exit::usage,
                   "--idempotency-key: one key stands for one request; ratify with one signature");
  }
  Reply last; // it names everybody who has ratified so far
  for (const std::string& signature : *signatures) {
    SP_TRY(last, post(context, route({"charters", options.digest, "ratify"}),
                      canon::Object{{"signature", signature}}));
  }
  show(context, last, fields({{"ratified by", text_at(last.value, "ratified")}}));
  return {};
}

Answer<void> activate_charter(const Context& context, const OneDigest& options) {
  SP_TRY(const Reply reply, post(context, route({"charters", options.digest, "activate"})));
  show(context, reply, "", "Active. Manifests that were open under another version are void.\n");
  return {};
}

CLI::App* charter_file_verb(CLI::App& group, Context& context, const char* name, const char* what,
                            const char* example, Answer<void> (*act)(const Context&, const OneFile&)) {
  auto options = std::make_shared<OneFile>();
  CLI::App* verb = add_verb(group, name, what, example);
  verb->add_option("FILE", options->file, "A charter in TOML, or its canonical form in .json")
      ->required()
      ->check(CLI::ExistingFile);
  on(verb, context, options, act);
  return verb;
}

} // namespace

void add_charter(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "charter", "The lane's rules: lint, compare, propose, ratify, activate",
                               "sallyport charter lint psr.toml");
  charter_file_verb(group, context, "lint", "Every fault with its line and column; local",
                    "sallyport charter lint psr.toml", lint);
  charter_file_verb(group, context, "digest", "SHA-256 of the canonical form; local",
                    "sallyport charter digest psr.toml", digest_charter);
  charter_file_verb(group, context, "canonical", "The canonical form itself, the bytes of the digest; local",
                    "sallyport charter canonical psr.toml", canonical);
  writes(charter_file_verb(group, context, "submit", "Propose a charter", "sallyport charter submit psr.toml",
                           submit_charter),
         context);

  auto two = std::make_shared<TwoFiles>();
  CLI::App* verb =
      add_verb(group, "diff", "What changes, in words; local", "sallyport charter diff v3.toml v4.toml");
  verb->add_option("BEFORE", two->before)->required()->check(CLI::ExistingFile);
  verb->add_option("AFTER", two->after)->required()->check(CLI::ExistingFile);
  on(verb, context, two, diff);

  auto which = std::make_shared<Reference>();
  verb = add_verb(group, "reference", "Every section and key of the language, as Markdown; local",
                  "sallyport charter reference --schema");
  CLI::Option* schema = verb->add_flag("--schema", which->schema, "The JSON Schema of a charter instead");
  verb->add_flag("--holds", which->holds, "Every hold code and wait reason instead")->excludes(schema);
  on(verb, context, which, reference);

  on(add_verb(group, "list", "Charters, proposed and active", "sallyport charter list"), context,
     std::make_shared<NoOptions>(), list_charters);

  auto sign = std::make_shared<RatifyCharter>();
  verb = add_verb(group, "ratify", "Sign a proposed charter as a governance owner",
                  "sallyport charter ratify 3f0c... --key ~/.ssh/id_ed25519_sk");
  verb->add_option("DIGEST", sign->digest, "The whole digest; nothing is signed as \"the latest\"")
      ->required();
  add_sign_options(*verb, sign->sign, true);
  on(writes(verb, context), context, sign, ratify);

  auto one = std::make_shared<OneDigest>();
  verb = add_verb(group, "activate", "Make a ratified charter the lane's own",
                  "sallyport charter activate 3f0c...");
  verb->add_option("DIGEST", one->digest)->required();
  on(writes(verb, context), context, one, activate_charter);
}

} // namespace sallyport::cli
