// After the crossing: the lane reads, an outsider does not, and anyone verifies.
#include "demo/stage.h"

#include "canon/json.h"
#include "lane/bundle.h"

#include <fmt/format.h>

namespace sallyport::demo {
namespace {

Result<void> export_bundle(const Stage& stage, const Player& who, const std::string& kind,
                           const std::filesystem::path& to) {
  SP_TRY(const Answer answer, stage.must(who, "GET", "/v1/entries/" + stage.entry + "/bundle?kind=" + kind));
  lane::Files files;
  for (const auto& [path, content] : *answer.body.find("files")->object()) {
    SP_TRY(const Bytes bytes, from_base64(*content.string()));
    files[path] = std::string(as_text(bytes));
  }
  return lane::write_files(files, to);
}

// "2026-11-21T20:00:00.123Z" to ssh-keygen's "20261121200000Z".
std::string verify_time(const std::string& at) {
  std::string out;
  for (const char c : at.substr(0, 19)) {
    if (c >= '0' && c <= '9') {
      out += c;
    }
  }
  return out + "Z";
}

} // namespace

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
  const std::filesystem::path& dir = stage.options().dir;
  SP_CHECK(export_bundle(stage, stage.rhea, "lane", dir / "bundle"));
  SP_CHECK(export_bundle(stage, stage.gail, "proof", dir / "proof"));
  SP_TRY(const Answer trust, stage.must(stage.gail, "GET", "/v1/trust"));
  SP_CHECK(lane::write_files({{"trust.json", canon::write(trust.body)}}, dir / "trust"));
  std::error_code error;
  std::filesystem::rename(dir / "trust" / "trust.json", dir / "trust.json", error);
  std::filesystem::remove(dir / "trust", error);
  for (const char* bundle : {"bundle", "proof"}) {
    const auto verdict = run_program({stage.options().verifier.string(), "--trust",
                                      (dir / "trust.json").string(), (dir / bundle).string()});
    if (!verdict) {
      stage.say(verdict.error().text());
    }
    SP_CHECK(stage.expect(verdict.has_value(),
                          fmt::format("sallyport-verify --trust trust.json {}: every proof holds", bundle)));
    if (std::string_view(bundle) == "bundle") {
      stage.say("");
      for (std::size_t from = 0; from < verdict->size();) {
        const auto to = std::min(verdict->find('\n', from), verdict->size());
        stage.say("| " + verdict->substr(from, to - from));
        from = to + 1;
      }
      stage.say("");
    }
    SP_TRY(const Answer shown, stage.must(stage.gail, "GET", "/v1/packets/" + stage.packet));
    std::string at;
    for (const canon::Value& candidate : *shown.body.find("manifests")->array()) {
      if (*candidate.find("status")->string() == "consumed") {
        at = *candidate.find("signatures")->array()->front().find("at")->string();
      }
    }
    const auto checked =
        ssh_verify(dir / bundle / "signers", stage.anna.person.str(), "dispatch@sallyport",
                   dir / bundle / "signatures" / "1.sig", dir / bundle / "manifest.json", verify_time(at));
    SP_CHECK(stage.expect(
        checked.has_value(),
        fmt::format("ssh-keygen -Y verify accepts Anna's signature with the signers file of {}", bundle)));
  }
  return {};
}

} // namespace sallyport::demo
