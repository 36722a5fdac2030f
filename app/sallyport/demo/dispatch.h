// The acts of the packet that is dispatched, in order; each in a file of its own kind.
#pragma once

#include "demo/stage.h"

namespace sallyport::demo {

Result<void> found_the_log(Stage& stage);   // genesis signed by two owners
Result<void> bring_in_people(Stage& stage); // accounts, keys, roster, sources
Result<void> ratify_the_charter(Stage& stage);
Result<void> refuse_an_intake(Stage& stage);
Result<void> withhold_a_token(Stage& stage);  // and hold a stale citation
Result<void> merge_a_duplicate(Stage& stage); // under review, voiding a signature
Result<void> drift_of_the_roster(Stage& stage);
Result<void> refuse_an_agent(Stage& stage);
Result<void> sign_and_release(Stage& stage);
Result<void> read_the_entry(Stage& stage); // and deny an outsider
Result<void> verify_offline(Stage& stage);

} // namespace sallyport::demo
