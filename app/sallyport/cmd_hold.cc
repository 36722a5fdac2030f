// hold: the register of what keeps packets waiting.
#include "api_client.h"
#include "http/percent.h"
#include "print.h"

namespace sallyport::cli {
namespace {

struct List {
  std::string packet;
};

struct Clear {
  std::string packet;
  std::string hold;
  std::string evidence;
};

Answer<void> list(const Context& context, const List& options) {
  const std::string query = options.packet.empty() ? "" : "?packet=" + http::percent_encode(options.packet);
  SP_TRY(const Reply reply, get_all(context, route({"holds"}) + query, "holds"));
  Table table({{"CODE"}, {"MODE"}, {"PACKET"}, {"HOLD"}, {"SINCE"}, {"MEANS", true}});
  for (const canon::Value& hold : array_at(reply.value, "holds")) {
    const std::string subject = text_at(hold, "subject");
    table.row({text_at(hold, "code"), text_at(hold, "mode"), text_at(hold, "packet"), text_at(hold, "hold"),
               brief_time(text_at(hold, "first_opened")),
               (subject.empty() ? "" : subject + ": ") + text_at(hold, "means")},
              Tone::bad);
  }
  show(context, reply, table.empty() ? "Nothing is held.\n" : table.text(context));
  return {};
}

Answer<void> clear(const Context& context, const Clear& options) {
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "holds", options.hold, "clear"}),
                                 canon::Object{{"evidence", options.evidence}}));
  show(context, reply, "Cleared, with your evidence on record.\n");
  return {};
}

} // namespace

void add_hold(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "hold", "What keeps packets waiting, and clearing it");
  auto listed = std::make_shared<List>();
  CLI::App* verb = add_verb(group, "list", "The hold register", "sallyport hold list --packet pk_2345abcdef");
  verb->add_option("--packet", listed->packet, "Of this packet only");
  on(verb, context, listed, list);

  auto cleared = std::make_shared<Clear>();
  verb =
      add_verb(group, "clear", "End a hold that a person may end",
               "sallyport hold clear pk_2345abcdef ho_2345abcdef --evidence 'Clock of the source was set'");
  verb->add_option("PACKET", cleared->packet)->required();
  verb->add_option("HOLD", cleared->hold)->required();
  verb->add_option("--evidence", cleared->evidence, "What you saw, in words")->required();
  on(verb, context, cleared, clear);
}

} // namespace sallyport::cli
