// What happened, in words and with the names of the scenario: no id and no digest, so that an account is the
// same each time it is told.
#pragma once

#include "scenario/stage.h"

#include <string>
#include <vector>

namespace sallyport::scenario {

// "+1h30m" from the story's beginning.
std::string offset(const Stage& stage, Instant at);

// A record of the log as something that came of a sentence.
struct Came {
  enum class Kind { note, opened, cleared, crossed, refused };
  Kind kind = Kind::note;
  std::string text;
  std::string packet = {}; // its name; empty where it concerns none
  std::string rest = {};   // of a hold: its subject, while Teller puts the places of one code together
};

struct HoldName {
  std::string code;
  std::string subject;
};

// Of every leaf since the sentence began that says more than the sentence itself.
class Teller {
public:
  std::vector<Came> tell(const Stage& stage);

private:
  std::map<HoldId, HoldName> holds_; // as they opened
};

// The checks of the packet as `packet explain` has them: what does not pass, then a count of what does.
std::vector<std::string> explain(const Stage& stage, const PacketId& packet);

} // namespace sallyport::scenario
