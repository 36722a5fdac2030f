// The acts of the packet that people and agents write together about a crash, in order.
#pragma once

#include "demo/stage.h"

#include <filesystem>
#include <string>
#include <vector>

namespace sallyport::demo::release {

inline constexpr const char* lane = "IN-PRIVENG";

// A core of a process that crashed, its redacted copy, and what the dump engine said of the two.
struct Evidence {
  struct Region {
    std::string name; // "rg4"
    std::string klass;
    std::filesystem::path envelope; // what `dump fragment` wrote
    std::string digest;
  };

  std::filesystem::path original, copy;
  std::string dump;            // its id
  canon::Value report;         // of `dump redact --json`
  std::string build;           // of the program that crashed
  std::vector<Region> regions; // cut out, to be cited
};

Result<void> found_the_log(Stage& stage);
Result<void> bring_in_people(Stage& stage);
Result<void> ratify_the_charter(Stage& stage);
// A process really crashes; its core is scanned, redacted and proved by the program itself.
Result<Evidence> crash_and_redact(Stage& stage);
Result<void> send_the_evidence(Stage& stage, const Evidence& evidence);
Result<void> write_together(Stage& stage, const Evidence& evidence);
Result<void> let_an_agent_help(Stage& stage, const Evidence& evidence); // over MCP
Result<void> disagree(Stage& stage);
Result<void> accept_what_is_left(Stage& stage);
Result<void> lose_what_was_signed(Stage& stage); // evidence of a covered session comes late
Result<void> press(Stage& stage);
Result<void> read_and_ask_for_less(Stage& stage); // and the successor, accepted
Result<void> verify_offline(Stage& stage);

} // namespace sallyport::demo::release
