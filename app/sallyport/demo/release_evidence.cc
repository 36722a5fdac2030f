// A crash, and what leaves it: the dump engine's own program does the work, as anybody would run it.
#include "demo/records.h"
#include "demo/release.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "engine/files.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sallyport::demo::release {
namespace {

namespace fs = std::filesystem;

constexpr const char* mail = "mara.holt@northwind.example";
constexpr const char* other_mail = "ines.krag@northwind.example";

Result<fs::path> core_in(const fs::path& folder) {
  for (const auto& file : fs::directory_iterator(folder)) {
    if (file.path().filename().string().starts_with("core")) {
      return file.path();
    }
  }
  return fail(
      ErrorCode::unavailable, "/proc/sys/kernel/core_pattern",
      "this machine hands the cores of crashed programs to another program; take one there and give it "
      "with --core");
}

// Runs the program, which crashes, where its core may be written; its environment and command line have
// addresses of invented people.
Result<fs::path> crash(const fs::path& program, const fs::path& folder) {
  const std::string path = fs::absolute(program).string();
  const std::string variable = fmt::format("CRASHER_MAIL={}", mail);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    std::array<char*, 3> arguments{const_cast<char*>(path.c_str()), const_cast<char*>(other_mail), nullptr};
    std::array<char*, 2> environment{const_cast<char*>(variable.c_str()), nullptr};
    if (::chdir(folder.c_str()) == 0 && ::setrlimit(RLIMIT_CORE, &all) == 0) {
      ::execve(path.c_str(), arguments.data(), environment.data());
    }
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) < 0 || !WIFSIGNALED(status)) {
    return fail(ErrorCode::unavailable, path, "did not crash");
  }
  return core_in(folder);
}

bool holds(const std::string& bytes, std::string_view text) {
  return bytes.find(text) != std::string::npos;
}

Result<std::string> whole(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return fail(ErrorCode::not_found, file.filename().string(), "cannot be read");
  }
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::int64_t number(const canon::Value& value, std::string_view name) {
  const canon::Value* at = value.find(name);
  return at == nullptr || at->integer() == nullptr ? 0 : *at->integer();
}

// One region of each class, as an envelope that can be verified alone.
Result<void> cut_out(const Stage& stage, const fs::path& folder, Evidence& evidence) {
  const canon::Array& envelopes = *evidence.report.find("envelopes")->array();
  for (const char* klass : {"registers", "stack", "exception"}) {
    const auto at = std::ranges::find_if(
        envelopes, [&](const canon::Value& one) { return *one.find("class")->string() == klass; });
    if (at == envelopes.end()) {
      return fail(ErrorCode::not_found, klass, "the core has no such region");
    }
    Evidence::Region region{fmt::format("rg{}", at - envelopes.begin()), klass,
                            folder / (std::string(klass) + ".fragment"), *at->find("sha256")->string()};
    SP_TRY(const std::string ignored,
           run_program({stage.options().program.string(), "dump", "fragment", evidence.original.string(),
                        evidence.copy.string(), "--region", region.name, "--out", region.envelope.string()}));
    (void)ignored;
    evidence.regions.push_back(std::move(region));
  }
  return {};
}

} // namespace

Result<Evidence> crash_and_redact(Stage& stage) {
  stage.act("A process crashes; its core is redacted, and the redaction is proved");
  const fs::path folder = fs::absolute(stage.options().dir / "dump");
  fs::create_directories(folder);
  Evidence out;
  if (stage.options().core.empty()) {
    SP_TRY(out.original, crash(stage.options().crasher, folder));
  } else {
    out.original = stage.options().core;
  }
  out.copy = folder / "redacted.core";
  const std::string program = stage.options().program.string();
  SP_TRY(const std::string before, whole(out.original));
  stage.say(fmt::format("{} bytes of a real core: registers, stacks, heap, environment, command line.",
                        before.size()));
  SP_TRY(const std::string said, run_program({program, "dump", "redact", out.original.string(), "--out",
                                              out.copy.string(), "--json"}));
  SP_TRY(out.report, canon::parse(said, {.bytes = limits::bundle_file_bytes}));
  const canon::Value& facts = *out.report.find("facts");
  out.dump = *facts.find("dump")->string();
  const canon::Value& coverage = *facts.find("coverage");
  const canon::Value& unwind = *facts.find("unwind");
  SP_CHECK(stage.expect(number(coverage, "accounted") == number(coverage, "bytes"),
                        fmt::format("sallyport dump redact: every byte belongs to one of {} regions, none is "
                                    "left over",
                                    out.report.find("envelopes")->array()->size())));
  SP_CHECK(stage.expect(number(unwind, "lost") == 0,
                        fmt::format("the stacks still walk: of {} threads {} as before, {} after keeping "
                                    "more, none lost",
                                    number(unwind, "threads"), number(unwind, "identical"),
                                    number(unwind, "widened"))));
  SP_TRY(const std::string after, whole(out.copy));
  SP_CHECK(stage.expect(after.size() == before.size() && !holds(after, mail) && !holds(after, other_mail),
                        "the copy has the same length; the people's addresses are nowhere in it"));
  SP_TRY(const std::string proved,
         run_program({program, "dump", "verify", out.original.string(), out.copy.string(), "--json"}));
  SP_TRY(const canon::Value proof, canon::parse(proved, {.bytes = limits::bundle_file_bytes}));
  SP_CHECK(stage.expect(proof.find("facts") != nullptr && *proof.find("facts") == facts,
                        "sallyport dump verify, from the two files alone, comes to the same facts"));
  SP_CHECK(cut_out(stage, folder, out));
  SP_TRY(const std::string shown, run_program({program, "dump", "show", out.copy.string(), "--json"}));
  SP_TRY(const canon::Value map, canon::parse(shown, {.bytes = limits::bundle_file_bytes}));
  out.build = *map.find("modules")->array()->front().find("code_id")->string();
  stage.say("Three regions are cut out as envelopes, each with a proof that it is of this copy.");
  return out;
}

namespace {

// The custodian's way, beside the running service: no route of it leads there.
Result<void> keep_the_core(Stage& stage, const Evidence& evidence) {
  const std::string program = stage.options().program.string();
  const std::string data = stage.data().string();
  SP_TRY(const std::string said, run_program({program, "vault", "keep", evidence.original.string(), "--dir",
                                              data, "--dump", evidence.dump, "--rev", "1", "--json"}));
  SP_TRY(const canon::Value kept, canon::parse(said, {.bytes = limits::bundle_file_bytes}));
  return stage.expect(
      *kept.find("id_of_bytes") == canon::Value(true) && number(kept, "regions") == number(kept, "left"),
      fmt::format("sallyport vault keep: the core itself lies encrypted in the vault, each of "
                  "{} regions under a key of its own",
                  number(kept, "regions")));
}

} // namespace

Result<void> send_the_evidence(Stage& stage, const Evidence& evidence) {
  stage.act("The dump engine's account puts its report on record; the dump itself goes into the vault");
  SP_CHECK(set_records(stage, evidence));
  canon::Object pins;
  for (const auto& [name, source, key] : {std::tuple{"ruleset", "redaction-policy", policy_key},
                                          std::tuple{"taxonomy", "classification", taxonomy_key}}) {
    SP_TRY(const source::ObjectAnswer record, read_record(stage, source, key));
    pins.set(name, canon::Object{{"source", source}, {"key", key}, {"content", record.content.hex()}});
  }
  SP_TRY(const Answer scan, stage.must(stage.forensics, "POST", "/v1/dumps/" + evidence.dump + "/scans",
                                       canon::Object{{"source", "forensics-tool"},
                                                     {"report", evidence.report},
                                                     {"pins", std::move(pins)}}));
  stage.say(fmt::format("Its closed facts are leaf {} of the log.", number(scan.body, "leaf")));
  for (const Evidence::Region& region : evidence.regions) {
    SP_TRY(const std::string envelope, whole(region.envelope));
    SP_TRY(const Answer kept, stage.must(stage.forensics, "POST", "/v1/dumps/" + evidence.dump + "/fragments",
                                         canon::Object{{"envelope", to_base64(as_bytes(envelope))}}));
    SP_CHECK(stage.expect(
        kept.text("sha256") == region.digest,
        fmt::format("the vault keeps {} ({}), the region that the report names", region.name, region.klass)));
  }
  return keep_the_core(stage, evidence);
}

} // namespace sallyport::demo::release
