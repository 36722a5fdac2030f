// Settings: who and what is there before the log begins.
#include "scenario/stage.h"

#include <array>

namespace sallyport::scenario {
namespace {

// "\n" as a line feed, so that one line of a scenario can write two of a charter.
std::string with_breaks(std::string text) {
  for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at)) {
    text.replace(at, 2, "\n");
  }
  return text;
}

Done starts(Stage& stage, const Args& args) {
  stage.cast.start = parse_instant(args.at("start")).value();
  return {};
}

Done owner(Stage& stage, const Args& args) {
  stage.cast.owners.push_back({args.at("who"), args.list("role")});
  return {};
}

Done person(Stage& stage, const Args& args) {
  stage.cast.people.push_back({args.at("who"), args.list("roles")});
  return {};
}

Done holds(Stage& stage, const Args& args) {
  for (auto* people : {&stage.cast.owners, &stage.cast.people}) {
    for (Cast::Person& person : *people) {
      if (person.name == args.at("who")) {
        for (const std::string& role : args.list("roles")) {
          person.roles.push_back(role);
        }
        return {};
      }
    }
  }
  return unusable("there is no such person in the cast yet", "who");
}

Done account(Stage& stage, const Args& args) {
  stage.cast.accounts.emplace_back(args.at("name"), args.at("who"));
  return {};
}

Done agent(Stage& stage, const Args& args) {
  stage.cast.machines.push_back({args.at("name"), "agent", args.at("who")});
  return {};
}

Done service(Stage& stage, const Args& args) {
  stage.cast.machines.push_back({args.at("name"), "service", args.at("who")});
  return {};
}

Done reader(Stage& stage, const Args& args) {
  stage.cast.readers[args.at("who")] = args.list("clearances");
  return {};
}

Done source(Stage& stage, const Args& args) {
  const auto text = stage.load(args.at("file"));
  if (!text) {
    return unusable("this file cannot be read", "file");
  }
  stage.cast.sources.emplace_back(args.at("source"), *text);
  return {};
}

Done cites(Stage& stage, const Args& args) {
  Cast::Citation citation{
      args.at("citation"), args.at("kind"), args.at("source"), args.list("dimensions"), {}, {}};
  for (const Args& one : args.each("stating")) {
    citation.stating[one.at("attr")] = one.at("value");
  }
  for (const std::string& attr : args.list("pinned")) {
    citation.pinning.insert(attr);
  }
  std::erase_if(stage.cast.citations, [&](const auto& known) { return known.id == citation.id; });
  stage.cast.citations.push_back(std::move(citation));
  return {};
}

Done triaged(Stage& stage, const Args& args) {
  stage.cast.triager = args.at("triager");
  stage.cast.authors = args.list("authors");
  return {};
}

Done touch(Stage& stage, const Args& args) {
  const std::string& dimension = args.at("dimension");
  if (dimension == "tenant") {
    stage.cast.usual.tenants[args.at("element")] = args.at("value");
  } else {
    stage.cast.usual.hidden[dimension][args.at("element")] = args.at("value");
  }
  return {};
}

Done bounded(Stage& stage, const Args& args) {
  stage.cast.usual.bounds[args.at("dimension")] = args.at("bound");
  return {};
}

Done field(Stage& stage, const Args& args) {
  stage.cast.usual.fields[args.at("field")] = args.at("value");
  return {};
}

Done charter(Stage& stage, const Args& args) {
  const auto text = stage.load(args.at("file"));
  if (!text) {
    return unusable("this file cannot be read", "file");
  }
  stage.cast.charter = *text;
  return {};
}

Done line(Stage& stage, const Args& args) {
  stage.cast.charter += args.at("text") + "\n";
  return {};
}

Done change(Stage& stage, const Args& args) {
  const std::string& from = args.at("from");
  const std::string to = with_breaks(args.at("to"));
  std::string& charter = stage.cast.charter;
  std::size_t at = from.empty() ? std::string::npos : charter.find(from);
  if (at == std::string::npos) {
    return unusable("the charter does not have this text", "from");
  }
  do {
    charter.replace(at, from.size(), to);
    at = charter.find(from, at + to.size());
  } while (args.has("everywhere") && at != std::string::npos);
  return {};
}

Done open_charter(Stage& stage, const Args&) {
  stage.cast.open_charter = true;
  return {};
}

constexpr std::array cast_table{
    Verb{Sort::setting, "starts <start:instant>", "When the story begins; else 2026-11-20T09:00:00.000Z.",
         starts},
    Verb{Sort::setting, "owner <who:name> of <role:name>",
         "A governance owner: signs the genesis, keys, rosters and charters.", owner},
    Verb{Sort::setting, "person <who:name> [holds <roles:names>]",
         "A person with an account and a software key that the owners enrolled.", person},
    Verb{Sort::setting, "role <roles:names> for <who:name>", "Further roles for somebody of the cast.",
         holds},
    Verb{Sort::setting, "account <name:name> of <who:name>",
         "A second account of the same person, with the same key.", account},
    Verb{Sort::setting, "agent <name:name> of <who:name>", "An agent and who operates it.", agent},
    Verb{Sort::setting, "service <name:name> of <who:name>", "A service account and who operates it.",
         service},
    Verb{Sort::setting, "reader <who:name> cleared <clearances:names>",
         "A member of the lane's audience in the first roster, and of the directory.", reader},
    Verb{Sort::setting, "source <source:name> from <file:file>",
         "A source by its configuration. Behind it answers a stand-in, in process.", source},
    Verb{Sort::setting,
         "citation <citation:name> <kind:name> at <source:name> [touching <dimensions:names>] [stating "
         "<attr:name> "
         "<value:text>]* [pinning <pinned:names>]",
         "What every packet cites: an object of its own, P/c1, that touches the packet's own scope and "
         "states these "
         "attributes.",
         cites},
    Verb{Sort::setting, "packets are triaged by <triager:name> and written by <authors:names>",
         "Who stands in every packet, unless its sentence says otherwise.", triaged},
    Verb{Sort::setting, "packets touch <dimension:name> <element:name> <value:text>",
         "The scope of every packet: an element of a dimension, such as tenant, whose values are hidden.",
         touch},
    Verb{
        Sort::setting, "packets are bound in <dimension:name> by <bound:text>",
        "The scope of every packet in a dimension that stands in clear: two instants as \"A/B\", an integer, "
        "sections as \"s1, s2\" (a single one as \"s1,\"), or a level.",
        bounded},
    Verb{Sort::setting, "packets say <field:name> <value:text>", "A further field of every packet.", field},
    Verb{Sort::setting, "charter <file:file>", "The lane's charter as a file.", charter},
    Verb{Sort::setting, "charter line <text:text>",
         "A line more of it: with an empty file, the charter inline.", line},
    Verb{Sort::setting, "change <from:text> to <to:text> [everywhere]",
         "Replaces the first such text of the charter, or each; \\n begins a line.", change},
    Verb{Sort::setting, "the charter is not ratified", "The log begins without an active charter.",
         open_charter},
};

} // namespace

std::span<const Verb> cast_verbs() {
  return cast_table;
}

} // namespace sallyport::scenario
