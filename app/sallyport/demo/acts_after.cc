// After the crossing: the lane reads, an outsider does not, and anyone verifies.
#include "demo/dispatch.h"
#include "demo/proof.h"

#include "canon/json.h"

#include <fmt/format.h>

namespace sallyport::demo {
Result<void> read_the_entry(Stage& stage) {
  stage.act("The lane reads its entry; an outsider does not");
  SP_TRY(const Answer entries,
         stage.until(
             stage.rhea, "/v1/lanes/Q-PSR/entries",
             [](const Answer& a) { return !a.body.find("entries")->array()->empty(); }, "delivery"));
  (void)entries;
  SP_TRY(const Answer entry, stage.must(stage.rhea, "GET", "/v1/entries/" + stage.entry));
  const canon::Value& core = *entry.body.find("entry");
  stage.say(fmt::format("Rhea reads: revision {}, owner {}, {} caveats, {} visible hold(s), audience {}.",
                        *core.find("revision")->find("number")->integer(),
                        *core.find("owner")->find("persons")->array()->front().string(),
                        core.find("caveats")->array()->size(), core.find("holds")->array()->size(),
                        *core.find("audience")->find("name")->string()));
  const std::string everything = canon::write(entry.body);
  SP_CHECK(stage.expect(everything.find("tenant-4471") == std::string::npos &&
                            everything.find("tenant-KEA") != std::string::npos,
                        "she sees tenant-KEA; the tenant's own id is nowhere in what she got"));
  SP_TRY(const Answer acknowledged,
         stage.must(stage.rhea, "POST", "/v1/entries/" + stage.entry + "/ack", canon::Object{}));
  (void)acknowledged;
  const Answer outsider = stage.call(stage.mira, "GET", "/v1/entries/" + stage.entry);
  return stage.expect(outsider.status == 403 || outsider.status == 404,
                      "Mira, who is not in the bound audience, is denied, and that is on record");
}

Result<void> verify_offline(Stage& stage) {
  stage.act("Anyone verifies it offline, with a tool of its own and with ssh-keygen");
  return verify_bundles(stage, stage.rhea, stage.anna, "dispatch@sallyport");
}

} // namespace sallyport::demo
