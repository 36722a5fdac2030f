// Many who write one packet at once. The full form is bench/crowd_bench.cc.
#include "engine/testing/folder.h"
#include "http/testing/crowd.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::http::testing;

TEST_CASE(
    "T02, T21, INV-34, INV-40: 50 editors and 5 agents on one packet: no acknowledged edit is lost, none is "
    "merged in silence, no item of the ledger vanishes, and the log folds to the same state again") {
  const engine::testing::Folder folder;
  const CrowdRun run = run_crowd({.folder = folder / "", .acts = 3, .pause = {}});
  for (const std::string& fault : run.faults) {
    FAIL_CHECK(fault);
  }
  for (const std::string& promise : broken_promises(folder / "", run)) {
    FAIL_CHECK(promise);
  }
  // They got into each other's way: else nothing of this was shown.
  const auto count = [&](const std::string& verb, const std::string& reason) {
    return std::ranges::count_if(run.acts,
                                 [&](const Act& act) { return act.verb == verb && act.reason == reason; });
  };
  CHECK(count("propose", "") >= 50);
  CHECK(count("accept", "") >= 10);
  CHECK(count("accept", "edit_overtaken") >= 10);
  CHECK(count("object", "") >= 5);
  CHECK(count("withdraw", "") >= 1);
  CHECK(count("instruct", "") >= 5);
  CHECK(count("flag", "") >= 1);

  // And what is looked for would be found.
  CrowdRun another = run;
  const auto proposed = std::ranges::find_if(
      another.acts, [](const Act& act) { return act.verb == "propose" && act.status == 201; });
  REQUIRE(proposed != another.acts.end());
  another.acts.erase(proposed);
  another.acts.push_back({"nobody", "propose", "ed_2345abcdef", "[]", 201, "", 0});
  another.ledgers.front().push_back("li_2345abcdef");
  another.narrative += " ";
  another.state = {};
  const std::vector<std::string> found = broken_promises(folder / "", another);
  for (const char* sentence : {"was acknowledged 1 times and stands there 0 times", "was never acknowledged",
                               "vanished", "not what the taken edits come to", "another state"}) {
    INFO(sentence);
    CHECK(std::ranges::any_of(found, [&](const std::string& one) { return one.contains(sentence); }));
  }
}
