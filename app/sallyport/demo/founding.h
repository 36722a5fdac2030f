// How any service comes to be, whatever the story: genesis, people, keys, roster, sources, a charter. The
// acts of both demonstrations are made of these.
#pragma once

#include "demo/stage.h"

#include <string>
#include <utility>
#include <vector>

namespace sallyport::demo {

// The roles in which Gail and Pavel own the log.
using Owners = std::pair<std::string, std::string>;

// Makes both owners' keys and the service's folder. Before the service runs.
Result<void> found_log(Stage& stage, const std::string& origin, const Owners& owners);
// Learns the owners' ids over the local socket, where the operating-system user acts as the first, and issues
// their tokens.
Result<void> meet_owners(Stage& stage);

// `operator_person` is empty for a person.
Result<void> add(const Stage& stage, Player& player, const std::string& kind,
                 const std::string& operator_person = "");
Result<void> issue(const Stage& stage, Player& player, canon::Array scopes);
// Signed by both owners.
Result<void> enrol_key(const Stage& stage, const Player& player);

canon::Object grant(const Player& player, const char* role);
// `audience`: by name, its members.
Result<void> activate_roster(const Stage& stage, const std::string& lane, canon::Array grants,
                             canon::Object audience);
// The example configuration, pointed at the stand-in; the file is called as the source.
Result<void> configure_source(const Stage& stage, const std::filesystem::path& file);

// What the demonstration's copy of a shipped charter says otherwise, since it signs with key files and waits
// for nobody: from, to.
using Edits = std::vector<std::pair<std::string, std::string>>;
Edits software_keys();

// Proposed, ratified by both owners and activated.
Result<void> ratify(Stage& stage, const std::string& file, const Edits& edits);

} // namespace sallyport::demo
