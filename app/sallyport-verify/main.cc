// sallyport-verify: judges a bundle without its maker. Exit status 0 only where every proof holds under
// pinned keys; 9 otherwise; 2 for a wrong call.
#include "verify/folder.h"
#include "verify/report.h"
#include "verify/trust.h"
#include "verify/verify.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <optional>
#include <string>

namespace {

using namespace sallyport;

constexpr int exit_usage = 2;
constexpr int exit_fault = 9;

Result<std::optional<verify::Trust>> load_trust(const std::string& path) {
  if (path.empty()) {
    return std::nullopt;
  }
  SP_TRY(const std::string text, verify::read_file(path, ""));
  SP_TRY(verify::Trust trust, verify::read_trust(text));
  return trust;
}

verify::Report report_on(const std::string& folder, const std::string& trust_path) {
  verify::Report report;
  report.pinned = !trust_path.empty();
  const auto trust = load_trust(trust_path);
  if (!trust) {
    report.faults.push_back({"--trust", trust.error().text()});
    return report;
  }
  const auto files = verify::read_files(folder);
  if (!files) {
    report.faults.push_back({files.error().where, files.error().message});
    return report;
  }
  return verify::verify(*files, *trust ? &**trust : nullptr);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Verifies a Sallyport lane or proof bundle offline.\n"
               "Exit status: 0 every proof holds under the pinned keys, 9 anything else, 2 a wrong call."};
  std::string trust;
  std::string bundle;
  bool json = false;
  app.add_option("--trust", trust, "What you pin (trust.json), obtained apart from the bundle");
  app.add_flag("--json", json, "The verdict as JSON");
  app.add_option("BUNDLE", bundle, "The bundle's folder")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  const verify::Report report = report_on(bundle, trust);
  const std::string text = json ? verify::to_json(report) : verify::to_text(report);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return report.authentic() && written ? 0 : exit_fault;
}
