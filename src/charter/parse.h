// Text in, a charter and the list of everything that is wrong with it out (charter.md sections 1-4).
// Reading goes on after a fault, so that all of them are listed; the charter is there iff none of them
// is an error. What needs a roster or the active version is asked of charter/lint.h afterwards.
#pragma once

#include "charter/model.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::charter {

// In TOML, counted from 1 (columns in code points). 0:0 where the text was JSON, or there is no place.
struct Position {
  int line = 0;
  int column = 0;
  auto operator<=>(const Position&) const = default;
};

struct Fault {
  std::string id; // "E05": charter.md section 4
  int line = 0;
  int column = 0;
  std::string path;    // "sources.session-broker.checks[0].limit"; a key that is no bare TOML key is quoted
  std::string message; // the whole sentence, path included
  bool error = true;   // false: a warning, shown to the ratifiers and recorded

  // "12:5: E05 scope is missing; ...", for people.
  std::string text() const;
  bool operator==(const Fault&) const = default;
};

// Where each value of a charter stands, by path.
using Positions = std::map<std::string, Position>;

struct Parsed {
  std::optional<Charter> charter;
  std::vector<Fault> faults; // by line, column, id
  Positions positions;       // for place() of charter/lint.h
};

// What people write. At most limits::charter_bytes.
Parsed parse_toml(std::string_view text);
// The canonical form, or any other JSON spelling of it: integers where TOML has duration strings, text
// where it has dates; nothing else differs.
Parsed parse_json(std::string_view text);

} // namespace sallyport::charter
