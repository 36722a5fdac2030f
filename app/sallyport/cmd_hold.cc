// hold: the register of what keeps packets waiting.
#include "api_client.h"
#include "canon/json.h"
#include "charter/reference.h"
#include "http/percent.h"
#include "print.h"
#include "usage.h"
#include "words.h"

#include <algorithm>

namespace sallyport::cli {
namespace {

struct ListHolds {
  std::string packet;
};

struct Explain {
  std::string code;
};

struct PlaceHold {
  std::string packet;
  std::string code = "GOV.MANUAL";
  std::string step;
  std::string reason;
};

struct Clear {
  std::string packet;
  std::string hold;
  std::string evidence;
};

struct DismissHold {
  std::string packet;
  std::string hold;
  std::string rationale;
};

Answer<void> list_holds(const Context& context, const ListHolds& options) {
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
  show(context, reply, table.text(context), table.empty() ? "Nothing is held.\n" : "");
  return {};
}

Answer<void> place_hold(const Context& context, const PlaceHold& options) {
  canon::Object body{{"code", options.code}, {"reason", options.reason}};
  if (!options.step.empty()) {
    body.set("step", options.step);
  }
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "holds"}), std::move(body)));
  show(context, reply, fields({{"hold", text_at(reply.value, "hold")}}),
       "The packet is held until another person clears it.\n");
  return {};
}

Answer<void> clear(const Context& context, const Clear& options) {
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "holds", options.hold, "clear"}),
                                 canon::Object{{"evidence", options.evidence}}));
  show(context, reply, "", "Cleared, with your evidence on record.\n");
  return {};
}

Answer<void> dismiss_hold(const Context& context, const DismissHold& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "holds", options.hold, "dismiss"}),
              canon::Object{{"rationale", options.rationale}}));
  show(context, reply, "", "Dismissed on both packets, with your rationale on record.\n");
  return {};
}

// The code's section of docs/holds.md: from its heading to the next one.
Answer<void> explain_hold(const Context& context, const Explain& options) {
  const std::string all = "\n" + charter::holds_markdown() + "\n#";
  const std::string heading = "\n### " + options.code + "\n";
  const auto from = all.find(heading);
  SP_ASSERT(from != std::string::npos); // explained_codes() are the headings
  const auto to = all.find("\n#", from + heading.size());
  const std::string text = all.substr(from + 5, to - from - 5);
  out(context.json ? canon::write(canon::Object{{"code", options.code}, {"markdown", text}}) + "\n" : text);
  return {};
}

// A code in any case; its choices are there for completion.
CLI::Validator a_code() {
  std::string choices;
  for (const std::string& code : explained_codes()) {
    choices += (choices.empty() ? "" : ",") + code;
  }
  return {[](std::string& text) -> std::string {
            std::ranges::transform(text, text.begin(), [](char c) {
              return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
            });
            const std::vector<std::string> codes = explained_codes();
            if (std::ranges::find(codes, text) != codes.end()) {
              return "";
            }
            const std::string nearest = closest(text, codes);
            return nearest.empty() ? "there is no such code; see docs/holds.md"
                                   : "there is no such code; did you mean '" + nearest + "'?";
          },
          "{" + choices + "}"};
}

} // namespace

void add_hold(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "hold", "What keeps packets waiting: placing it, clearing it",
                               "sallyport hold list --packet pk_2345abcdef");
  auto listed = std::make_shared<ListHolds>();
  CLI::App* verb = add_verb(group, "list", "The hold register", "sallyport hold list --packet pk_2345abcdef");
  verb->add_option("--packet", listed->packet, "Of this packet only");
  on(verb, context, listed, list_holds);

  auto explained = std::make_shared<Explain>();
  verb = add_verb(group, "explain", "What a code means and what ends it, as in docs/holds.md; local",
                  "sallyport hold explain FRESH.STALE");
  verb->add_option("CODE", explained->code)->required()->transform(a_code());
  on(verb, context, explained, explain_hold);

  auto placed = std::make_shared<PlaceHold>();
  verb = add_verb(group, "place", "Stop a packet by hand",
                  "sallyport hold place pk_2345abcdef --reason 'The narrative names another case'");
  verb->add_option("PACKET", placed->packet)->required();
  verb->add_option("--reason", placed->reason, "Why, in words; on record")->required();
  verb->add_option("--code", placed->code, "What for")
      ->check(CLI::IsMember({"GOV.MANUAL", "GOV.OUT_OF_BOUNDS", "GOV.OWNER_AMBIGUOUS", "SYS.AUDIT"}))
      ->capture_default_str();
  verb->add_option("--step", placed->step,
                   "With GOV.OUT_OF_BOUNDS: the act of lane.stop_before that was asked for");
  on(writes(verb, context), context, placed, place_hold);

  auto cleared = std::make_shared<Clear>();
  verb =
      add_verb(group, "clear", "End a hold that a person may end",
               "sallyport hold clear pk_2345abcdef ho_2345abcdef --evidence 'Clock of the source was set'");
  verb->add_option("PACKET", cleared->packet)->required();
  verb->add_option("HOLD", cleared->hold)->required();
  verb->add_option("--evidence", cleared->evidence, "What you saw, in words")->required();
  on(writes(verb, context), context, cleared, clear);

  auto dismissed = std::make_shared<DismissHold>();
  verb = add_verb(
      group, "dismiss", "Say that a suspected duplicate is none",
      "sallyport hold dismiss pk_2345abcdef ho_2345abcdef --rationale 'Two grants of two operators'");
  verb->add_option("PACKET", dismissed->packet)->required();
  verb->add_option("HOLD", dismissed->hold)->required();
  verb->add_option("--rationale", dismissed->rationale, "Why, in words")->required();
  on(writes(verb, context), context, dismissed, dismiss_hold);
}

} // namespace sallyport::cli
