// retention: how long packets and fragments are kept, the legal holds that forbid to end it, and the order
// that ends it.
#include "api_client.h"
#include "print.h"

namespace sallyport::cli {
namespace {

struct OneHeld {
  std::string packet;
};

struct PlaceLegalHold {
  std::string packet;
  std::string fragment;
  std::string reason;
};

struct Erase {
  std::string packet;
  std::string fragment;
  bool itself = false;
};

struct Lift {
  std::string packet;
  std::string leaf;
  std::string reason;
};

Answer<void> show_retention(const Context& context, const OneHeld& options) {
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet, "retention"})));
  Table holds({{"LEGAL HOLD"}, {"OF"}, {"BY"}, {"REASON", true}});
  for (const canon::Value& hold : array_at(reply.value, "legal_holds")) {
    const std::string fragment = text_at(hold, "fragment");
    holds.row({text_at(hold, "leaf"), fragment.empty() ? "all of it" : fragment, text_at(hold, "person"),
               text_at(hold, "reason")},
              Tone::bad);
  }
  Table fragments(
      {{"FRAGMENT"}, {"STATE"}, {"KEPT UNTIL"}, {"THEN"}, {"RAW BYTES"}, {"LEGALLY HELD"}, {"NEEDED BY"}});
  std::string waiting;
  if (const canon::Value* all = reply.value.find("fragments"); all != nullptr && all->object() != nullptr) {
    for (const auto& [id, row] : *all->object()) {
      fragments.row({printable(id), text_at(row, "state"), brief_time(text_at(row, "deadline")),
                     text_at(row, "end_state"), text_at(row, "raw"), text_at(row, "legally_held"),
                     text_at(row, "needed_by")});
      if (const std::string why = text_at(row, "waits_for"); !why.empty()) {
        waiting += printable(id) + " is not confirmed: " + printable(why) + ".\n";
      }
    }
  }
  const canon::Value* own = reply.value.find("own");
  const canon::Value none = canon::Object{};
  const canon::Value& packet = own != nullptr ? *own : none;
  show(context, reply,
       fields({{"packet", text_at(reply.value, "packet")},
               {"state", text_at(packet, "state")},
               {"kept until", brief_time(text_at(packet, "deadline"))},
               {"legally held", text_at(packet, "legally_held")},
               {"needed by", text_at(packet, "needed_by")},
               {"lane's turn", text_at(packet, "pending_entry")},
               {"kept fragment", text_at(packet, "kept_fragment")}}) +
           section(context, "Legal holds", holds) + section(context, "Fragments", fragments) + waiting,
       holds.empty() ? "No legal hold stands on it.\n" : "");
  return {};
}

Answer<void> place_legal_hold(const Context& context, const PlaceLegalHold& options) {
  canon::Object body{{"reason", options.reason}};
  if (!options.fragment.empty()) {
    body.set("fragment", options.fragment);
  }
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "legal-holds"}), std::move(body)));
  show(context, reply, fields({{"legal hold", text_at(reply.value, "leaf")}}),
       "Nothing of it is erased until another person, who owns policy, lifts it. It stops no release.\n");
  return {};
}

Answer<void> lift(const Context& context, const Lift& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "legal-holds", options.leaf, "lift"}),
              canon::Object{{"reason", options.reason}}));
  show(context, reply, "", "Lifted, with your reason on record.\n");
  return {};
}

Answer<void> erase(const Context& context, const Erase& options) {
  if (options.fragment.empty() && !options.itself) {
    return give_up(Exit::usage, "name a fragment, or give up the packet --itself");
  }
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "erasures"}),
                                 options.itself ? canon::Object{{"packet", options.packet}}
                                                : canon::Object{{"fragment", options.fragment}}));
  show(context, reply, fields({{"order", text_at(reply.value, "leaf")}}),
       "The keys are destroyed next, for good; see: sallyport retention show " + options.packet + "\n");
  return {};
}

} // namespace

void add_retention(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "retention", "How long packets and fragments are kept, and legal holds",
                               "sallyport retention show pk_2345abcdef");
  auto shown = std::make_shared<OneHeld>();
  CLI::App* verb =
      add_verb(group, "show", "Deadlines of a packet and its fragments, and what forbids to end them",
               "sallyport retention show pk_2345abcdef");
  verb->add_option("PACKET", shown->packet)->required();
  on(verb, context, shown, show_retention);

  auto placed = std::make_shared<PlaceLegalHold>();
  verb = add_verb(group, "hold", "Place a legal hold: nothing of it is erased",
                  "sallyport retention hold pk_2345abcdef --fragment f2 --reason 'A court asked for it'");
  verb->add_option("PACKET", placed->packet)->required();
  verb->add_option("--fragment", placed->fragment, "Of this fragment only (else of all, in the whole case)");
  verb->add_option("--reason", placed->reason, "Why, in words; on record")->required();
  on(writes(verb, context), context, placed, place_legal_hold);

  auto lifted = std::make_shared<Lift>();
  verb = add_verb(group, "lift", "Lift a legal hold, as an owner of policy who did not place it",
                  "sallyport retention lift pk_2345abcdef 512 --reason 'The court has closed the case'");
  verb->add_option("PACKET", lifted->packet)->required();
  verb->add_option("LEGAL_HOLD", lifted->leaf, "Its leaf, as 'retention show' names it")->required();
  verb->add_option("--reason", lifted->reason, "Why, in words; on record")->required();
  on(writes(verb, context), context, lifted, lift);

  auto erased = std::make_shared<Erase>();
  verb = add_verb(group, "erase", "Order that a unit's keys are destroyed; there is no way back",
                  "sallyport retention erase pk_2345abcdef f2");
  verb->add_option("PACKET", erased->packet)->required();
  CLI::Option* fragment = verb->add_option("FRAGMENT", erased->fragment);
  CLI::Option* itself = verb->add_flag("--itself", erased->itself,
                                       "All of the packet that is no fragment; not before its fragments");
  itself->excludes(fragment);
  on(writes(verb, context), context, erased, erase);
}

} // namespace sallyport::cli
