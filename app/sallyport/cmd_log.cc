// log, trust: the record of everything. `verify` and `export` read the store beside a running server,
// on connections that cannot write; nobody's word is taken for what can be computed here.
#include "api_client.h"
#include "canon/json.h"
#include "engine/audit.h"
#include "engine/files.h"
#include "ledger/checkpoint.h"
#include "ledger/export.h"
#include "local_log.h"
#include "packet/leaf.h"
#include "print.h"
#include "store/reader.h"
#include "ticker.h"
#include "words.h"

#include <algorithm>
#include <system_error>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Show {
  std::uint64_t from = 0;
  std::uint64_t count = 100;
};

struct Export {
  fs::path dir;
};

struct Trust {
  fs::path out;
};

// What a leaf says, without its envelope and what only a verifier reads.
std::string rest_of(const canon::Value& leaf) {
  constexpr std::string_view left_out[] = {"n",    "at",   "log",  "kind",     "v",
                                           "prev", "body", "sigs", "statement"};
  canon::Object rest;
  for (const auto& [name, value] : *leaf.object()) {
    if (std::ranges::find(left_out, name) == std::end(left_out)) {
      rest.set(name, value);
    }
  }
  const std::string text = inline_text(rest);
  return text.size() > 160 ? printable(text.substr(0, 157)) + "..." : text; // a cut letter is no letter
}

Answer<void> show_log(const Context& context, const Show& options) {
  SP_TRY(const Reply reply, get(context, route({"log"}) + "?from=" + std::to_string(options.from) +
                                             "&count=" + std::to_string(options.count)));
  Table table({{"LEAF"}, {"AT"}, {"KIND"}, {"SAYS", true}});
  for (const canon::Value& leaf : array_at(reply.value, "leaves")) {
    if (leaf.object() != nullptr) {
      table.row({text_at(leaf, "n"), brief_time(text_at(leaf, "at")), text_at(leaf, "kind"), rest_of(leaf)});
    }
  }
  show(context, reply, table.text(context), "The log has " + text_at(reply.value, "size") + " leaves.\n");
  return {};
}

Answer<void> checkpoint(const Context& context, const NoOptions&) {
  SP_TRY(const Reply reply, get(context, route({"log", "checkpoint"})));
  out(context.json ? canon::write(canon::Object{{"checkpoint", reply.text}}) + "\n" : reply.text);
  return {};
}

// The last signed head, under the key that the genesis leaf names.
struct Head {
  ledger::Checkpoint checkpoint;
  std::string note;
  ledger::VerifierKey key;
};

Result<Head> signed_head(const store::Reader& reader) {
  SP_TRY(const Bytes bytes, reader.leaf(0));
  SP_TRY(const packet::Leaf leaf, packet::decode(as_text(bytes)));
  gate::Machine machine;
  machine.replay(leaf);
  SP_TRY(ledger::VerifierKey key, ledger::VerifierKey::parse(machine.state().log_vkey));
  SP_TRY(store::Checkpoint stored, reader.latest_checkpoint());
  SP_TRY(ledger::Checkpoint head, ledger::open_checkpoint(stored.note, key));
  SP_TRY(const Digest root, reader.root(head.size));
  if (root != head.root) {
    return fail(ErrorCode::corrupt, "checkpoint", "the last signed head is not the root of the leaves");
  }
  return Head{std::move(head), std::move(stored.note), std::move(key)};
}

Answer<void> verify(const Context& context, const NoOptions&) {
  SP_TRY(const engine::CoreOptions log, local_log(context));
  const Ticker ticker(context, "verifying every leaf and row");
  const auto audit = engine::audit_log(log);
  if (!audit) {
    return std::unexpected(log_failure(audit.error()));
  }
  const auto reader = open_reader(log);
  const auto head = reader ? signed_head(*reader) : std::unexpected(reader.error());
  if (!head) {
    return std::unexpected(log_failure(head.error()));
  }
  if (context.json) {
    out(canon::write(canon::Object{{"ok", true},
                                   {"leaves", static_cast<std::int64_t>(audit->leaves)},
                                   {"signed", static_cast<std::int64_t>(head->checkpoint.size)},
                                   {"state_digest", audit->state.hex()}}) +
        "\n");
    return {};
  }
  out(fields({{"log", printable(log.origin)},
              {"leaves", std::to_string(audit->leaves) + ", every one replayed"},
              {"signed head", "size " + std::to_string(head->checkpoint.size) + ", its signature verifies"},
              {"state digest", audit->state.hex()}}));
  return {};
}

// The size of an earlier export of this log, whose complete tiles are not written again; else 0.
std::uint64_t exported_before(const fs::path& directory, const ledger::VerifierKey& key) {
  const auto note = engine::read_small_file(directory / "checkpoint");
  const auto head = note ? ledger::open_checkpoint(*note, key) : std::unexpected(note.error());
  return head ? head->size : 0;
}

Answer<void> export_log(const Context& context, const Export& options) {
  SP_TRY(const engine::CoreOptions log, local_log(context));
  const auto reader = open_reader(log);
  const auto head = reader ? signed_head(*reader) : std::unexpected(reader.error());
  if (!head) {
    return std::unexpected(log_failure(head.error()));
  }
  std::error_code error;
  fs::create_directories(options.dir, error);
  const std::uint64_t before = exported_before(options.dir, head->key);
  const Ticker ticker(context, "writing tiles");
  const auto entry = [&](std::uint64_t n) { return reader->leaf(n); };
  const auto done =
      ledger::export_tiles(*reader, entry, head->checkpoint.size, head->note, options.dir, before);
  if (!done) {
    return std::unexpected(done.error().code == ErrorCode::corrupt ? log_failure(done.error())
                                                                   : Failure(done.error()));
  }
  const std::string folder = options.dir.string();
  out(context.json ? canon::write(canon::Object{{"size", static_cast<std::int64_t>(head->checkpoint.size)},
                                                {"vkey", head->key.text()}}) +
                         "\n"
                   : fields({{"leaves", std::to_string(head->checkpoint.size)},
                             {"written to", printable(folder)},
                             {"log key", head->key.text()}}));
  return {};
}

Answer<void> export_trust(const Context& context, const Trust& options) {
  SP_TRY(const Reply reply, get(context, route({"trust"})));
  if (options.out.empty()) {
    out(reply.text);
    return {};
  }
  SP_CHECK(write_file(options.out, reply.text));
  show(context, reply, "",
       "Hand " + printable(options.out.string()) +
           " to auditors by a way of its own, apart from any bundle.\n");
  return {};
}

} // namespace

void add_log(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "log", "The log: read, verify, export",
                               "sallyport log verify --dir /var/lib/sallyport");
  auto shown = std::make_shared<Show>();
  CLI::App* verb = add_verb(group, "show", "Leaves in order", "sallyport log show --from 0 --count 20");
  verb->add_option("--from", shown->from, "Number of the first leaf")->capture_default_str();
  verb->add_option("--count", shown->count, "At most 256")->check(CLI::Range(1, 256))->capture_default_str();
  on(verb, context, shown, show_log);

  on(add_verb(group, "checkpoint", "The last signed head, as auditors read it", "sallyport log checkpoint"),
     context, std::make_shared<NoOptions>(), checkpoint);
  on(add_verb(group, "verify", "Recompute and replay everything; local, beside a running server",
              "sallyport log verify --dir /var/lib/sallyport"),
     context, std::make_shared<NoOptions>(), verify);

  auto exported = std::make_shared<Export>();
  verb = add_verb(group, "export", "Write the log as C2SP tiles; local, beside a running server",
                  "sallyport log export /srv/log");
  verb->add_option("DIR", exported->dir, "New, or an earlier export that is continued")
      ->required()
      ->type_name("DIR");
  on(verb, context, exported, export_log);

  CLI::App& trust =
      *add_group(app, "trust", "What outsiders pin of this log", "sallyport trust export --out trust.json");
  auto pinned = std::make_shared<Trust>();
  verb = add_verb(trust, "export", "trust.json for sallyport-verify --trust",
                  "sallyport trust export --out trust.json");
  verb->add_option("--out", pinned->out, "A new file (else standard output)")->type_name("FILE");
  on(verb, context, pinned, export_trust);
}

} // namespace sallyport::cli
