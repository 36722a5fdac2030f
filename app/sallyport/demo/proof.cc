#include "demo/proof.h"

#include "canon/json.h"
#include "lane/bundle.h"

#include <algorithm>
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

Result<void> verify_bundles(Stage& stage, const Player& reader, const Player& signer,
                            std::string_view name_space) {
  const std::filesystem::path& dir = stage.options().dir;
  SP_CHECK(export_bundle(stage, reader, "lane", dir / "bundle"));
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
        ssh_verify(dir / bundle / "signers", signer.person.str(), name_space,
                   dir / bundle / "signatures" / "1.sig", dir / bundle / "manifest.json", verify_time(at));
    SP_CHECK(
        stage.expect(checked.has_value(),
                     fmt::format("ssh-keygen -Y verify accepts {}'s signature with the signers file of {}",
                                 signer.name.substr(0, signer.name.find(' ')), bundle)));
  }
  return {};
}

} // namespace sallyport::demo
