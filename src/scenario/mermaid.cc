#include "scenario/run.h"

#include <algorithm>

namespace sallyport::scenario {
namespace {

// What Mermaid reads as syntax in a message.
std::string clean(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == ';' || c == '#' || c == '<' || c == '>' || c == '"' || c == '%' ? ' ' : c;
  }
  return out;
}

std::string word(const std::string& text) {
  return text.substr(0, text.find(' '));
}

// "anna signs P" behind "after 5m".
std::string without_time(const std::string& text) {
  if (!text.starts_with("at ") && !text.starts_with("after ")) {
    return text;
  }
  std::string_view rest = text;
  for (int words = 0; words < 2; ++words) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    rest.remove_prefix(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  return std::string(rest);
}

// Mermaid takes letters, digits and underscores in the name of a participant.
std::string id_of(std::string name) {
  std::ranges::replace_if(
      name,
      [](char c) { return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')); },
      '_');
  return "p_" + name;
}

} // namespace

std::string mermaid(const Script& script, const Outcome& outcome) {
  std::vector<std::string> people;
  std::string body;
  for (const Told& told : outcome.told) {
    const std::string text = without_time(told.text);
    if (told.sort == Sort::expectation) {
      if (!told.used) {
        body += "  Note over gate: " + clean(text) + "\n";
      }
      continue;
    }
    if (!told.sort) {
      body += "  Note over gate: " + clean(told.text) + ", it is " + told.at + "\n";
    } else {
      const std::string who = word(text);
      if (std::ranges::find(people, who) == people.end()) {
        people.push_back(who);
      }
      body += "  " + id_of(who) + "->>gate: " + told.at + " " +
              clean(text.substr(std::min(text.size(), who.size() + 1))) + "\n";
      for (const Came& came : told.came) {
        if (came.kind == Came::Kind::refused) {
          body += "  gate--x" + id_of(who) + ": " + clean(came.text) + "\n";
        }
      }
    }
    for (const Came& came : told.came) {
      const std::string about = (came.packet.empty() ? "" : came.packet + " ") + came.text;
      if (came.kind == Came::Kind::crossed) {
        body += "  gate->>lane: " + clean(about) + "\n";
      } else if (came.kind != Came::Kind::refused) {
        body += "  Note right of gate: " + clean(about) + "\n";
      }
    }
  }
  std::string out = "---\ntitle: " + clean(script.title) + "\n---\nsequenceDiagram\n";
  for (const std::string& name : people) {
    out += "  participant " + id_of(name) + " as " + name + "\n";
  }
  return out + "  participant gate\n  participant lane\n" + body;
}

} // namespace sallyport::scenario
