// packet compare, coverage, trace: a packet's dumps as their scans have them, and its leaves.
#include "api_client.h"
#include "print.h"

#include <cstdint>
#include <optional>

namespace sallyport::cli {
namespace {

struct Compare {
  std::string packet;
  std::string dump;
  std::optional<std::uint32_t> from;
  std::optional<std::uint32_t> to;
};

struct OneLook {
  std::string packet;
};

struct Trace {
  std::string packet;
  std::uint64_t from = 0;
  unsigned count = 100;
};

const canon::Value& member_at(const canon::Value& value, std::string_view name) {
  static const canon::Value none;
  const canon::Value* found = value.find(name);
  return found == nullptr ? none : *found;
}

Answer<void> compare(const Context& context, const Compare& options) {
  std::string query;
  for (const auto& [name, revision] : {std::pair{"from", options.from}, std::pair{"to", options.to}}) {
    if (revision) {
      query += (query.empty() ? "?" : "&") + std::string(name) + "=" + std::to_string(*revision);
    }
  }
  SP_TRY(const Reply reply,
         get(context, route({"packets", options.packet, "dumps", options.dump, "comparison"}) + query));
  Table table({{"", false}, {"FROM", true}, {"TO", true}});
  for (const auto* name :
       {"rev", "leaf", "passes", "residual", "re_exposed", "lost", "unaccounted", "budgets_hit", "pins"}) {
    table.row(
        {name, text_at(member_at(reply.value, "from"), name), text_at(member_at(reply.value, "to"), name)});
  }
  show(context, reply, table.text(context) + "\n" + fields({{"moved", text_at(reply.value, "moved")}}));
  return {};
}

Answer<void> coverage(const Context& context, const OneLook& options) {
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet, "coverage"})));
  Table table({{"AGREES"}, {"DUMP"}, {"CLASS"}, {"LEFT"}, {"CELLS", true}, {"FINDINGS", true}});
  for (const canon::Value& dump : array_at(reply.value, "dumps")) {
    for (const canon::Value& row : array_at(dump, "classes")) {
      const bool agrees = text_at(row, "agrees") == "yes";
      table.row({agrees ? "yes" : "no", text_at(dump, "dump"), text_at(row, "class"), text_at(row, "left"),
                 text_at(row, "cells"), text_at(row, "findings")},
                agrees ? Tone::good : Tone::bad);
    }
  }
  show(context, reply, table.text(context), table.empty() ? "The packet names no dump.\n" : "");
  return {};
}

Answer<void> trace(const Context& context, const Trace& options) {
  SP_TRY(const Reply reply,
         get(context, route({"packets", options.packet, "trace"}) + "?from=" + std::to_string(options.from) +
                          "&count=" + std::to_string(options.count)));
  Table table({{"LEAF"}, {"AT"}, {"KIND"}});
  for (const canon::Value& leaf : array_at(reply.value, "leaves")) {
    table.row({text_at(leaf, "n"), brief_time(text_at(leaf, "at")), text_at(leaf, "kind")});
  }
  const std::string next = text_at(reply.value, "next");
  show(context, reply, table.text(context), next.empty() ? "" : "It goes on: --from " + next + "\n");
  return {};
}

} // namespace

void add_looks(CLI::App& group, Context& context) {
  auto compared = std::make_shared<Compare>();
  CLI::App* verb = add_verb(group, "compare", "Two revisions of a dump, as their scans have them",
                            "sallyport packet compare pk_2345abcdef du_1 --from 1 --to 2");
  verb->add_option("PACKET", compared->packet)->required();
  verb->add_option("DUMP", compared->dump)->required();
  verb->add_option("--from", compared->from, "A revision of it (else the highest before the other)");
  verb->add_option("--to", compared->to, "A revision of it (else the highest)");
  on(verb, context, compared, compare);

  auto covered = std::make_shared<OneLook>();
  verb = add_verb(group, "coverage", "What scans left in a packet's dumps, beside its cells and findings",
                  "sallyport packet coverage pk_2345abcdef");
  verb->add_option("PACKET", covered->packet)->required();
  on(verb, context, covered, coverage);

  auto traced = std::make_shared<Trace>();
  verb = add_verb(group, "trace", "The leaves that name the packet or its entry",
                  "sallyport packet trace pk_2345abcdef");
  verb->add_option("PACKET", traced->packet)->required();
  verb->add_option("--from", traced->from, "Number of the first leaf")->capture_default_str();
  verb->add_option("--count", traced->count, "At most 256")->check(CLI::Range(1, 256))->capture_default_str();
  on(verb, context, traced, trace);
}

} // namespace sallyport::cli
