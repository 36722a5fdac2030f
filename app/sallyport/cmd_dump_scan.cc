// dump: scan, redact, diff, verify. All local. What is found is shown by class, place and shape, never as it
// stands in the dump.
#include "canon/json.h"
#include "cmd_dump.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "dump/compare.h"
#include "dump/file.h"
#include "engine/files.h"
#include "print.h"

#include <chrono>
#include <fmt/format.h>
#include <map>
#include <unistd.h>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;
using dump::Exposure;
using dump::Reading;
using dump::ScanOfDump;

struct Terms {
  fs::path file;
  fs::path key;
};

struct ScanOne {
  fs::path file;
  Terms terms;
};

struct RedactOne {
  fs::path in;
  fs::path out;
  std::string with = "mask";
  Terms terms;
};

struct TwoDumps {
  fs::path older;
  fs::path newer;
  Terms terms;
};

constexpr Exposure exposures[] = {Exposure::customer_identifier, Exposure::session_payload,
                                  Exposure::stack_local};

// ---- names that must not be there

struct Rules {
  scan::Scanner scanner;
  bool comparable = true; // the pin of the dictionary is that of another run with the same names
};

const scan::Rule* rule_of_word(std::string_view word) {
  for (int i = 0; i < static_cast<int>(scan::Detector::unscanned); ++i) {
    const auto detector = static_cast<scan::Detector>(i);
    if (scan::to_string(detector) == word) {
      return scan::rule_of_terms(detector);
    }
  }
  return nullptr;
}

// A line is a detector, a tab and a name; "#" begins a remark. A fault is told by its line, never by its
// text.
Result<std::vector<scan::Dictionary>> read_terms(const fs::path& file, ByteView key) {
  SP_TRY(const std::string text, engine::read_small_file(file));
  std::map<scan::Detector, std::vector<std::string>> terms;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    const std::size_t tab = line.find('\t');
    const scan::Rule* rule = tab == line.npos ? nullptr : rule_of_word(line.substr(0, tab));
    const std::string name(rule == nullptr ? "" : line.substr(tab + 1));
    if (rule == nullptr || !scan::Dictionary::make(rule->detector, std::span(&name, 1), key)) {
      return fail(ErrorCode::malformed, fmt::format("{}:{}", file.string(), number),
                  "is not a detector of names, a tab and a name of three letters or more");
    }
    terms[rule->detector].push_back(name);
  }
  std::vector<scan::Dictionary> out;
  for (const auto& [detector, names] : terms) {
    SP_TRY(scan::Dictionary dictionary, scan::Dictionary::make(detector, names, key));
    out.push_back(std::move(dictionary));
  }
  return out;
}

Result<Rules> rules_of(const Terms& terms) {
  if (terms.file.empty()) {
    return Rules{scan::Scanner(scan::RuleSet::standard())};
  }
  std::string key(32, '\0');
  if (terms.key.empty()) {
    crypto::random_bytes({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
  } else {
    SP_TRY(key, engine::read_small_file(terms.key));
    if (key.size() < 16) {
      return fail(ErrorCode::malformed, terms.key.string(), "has less than 16 bytes");
    }
  }
  SP_TRY(std::vector<scan::Dictionary> dictionaries, read_terms(terms.file, as_bytes(key)));
  return Rules{scan::Scanner(scan::RuleSet::standard(), std::move(dictionaries)), !terms.key.empty()};
}

// ---- progress, on a terminal only

dump::Progress progress_of(const Context& context) {
  if (context.quiet || context.json || ::isatty(STDERR_FILENO) != 1) {
    return {};
  }
  using Clock = std::chrono::steady_clock;
  return [begun = Clock::now(), told = Clock::time_point(),
          last = std::uint64_t{0}](std::uint64_t done, std::uint64_t all) mutable {
    const auto now = Clock::now();
    if (done < last) { // another pass
      begun = now;
    }
    last = done;
    if (now - told < std::chrono::milliseconds(200) && done < all) {
      return;
    }
    told = now;
    const double seconds = std::max(std::chrono::duration<double>(now - begun).count(), 1e-3);
    const double rate = std::max(static_cast<double>(done) / seconds, 1.0);
    const std::string line = done >= all
                                 ? "\r\x1b[K"
                                 : fmt::format("\rscanning {:.0f} %, {:.1f} MB/s, {:.0f} s left\x1b[K",
                                               100.0 * static_cast<double>(done) / static_cast<double>(all),
                                               rate / 1e6, static_cast<double>(all - done) / rate);
    static_cast<void>(std::fputs(line.c_str(), stderr));
  };
}

struct Looked {
  dump::MappedFile file;
  Reading reading;
  ScanOfDump scan;

  dump::Revision revision() const { return {file.bytes(), reading, scan}; }
};

Result<Looked> look(const Context& context, const fs::path& path, const Rules& rules) {
  SP_TRY(dump::MappedFile file, dump::MappedFile::open(path));
  Reading reading = dump::read(file.bytes());
  ScanOfDump scan = dump::scan_dump(file.bytes(), reading, rules.scanner, progress_of(context));
  return Looked{std::move(file), std::move(reading), std::move(scan)};
}

// ---- values

std::int64_t integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

canon::Object value_of_pins(const Rules& rules, const dump::Pins& pins) {
  canon::Object out{
      {"tool", pins.tool.hex()}, {"ruleset", pins.ruleset.hex()}, {"taxonomy", pins.taxonomy.hex()}};
  if (rules.comparable) {
    out.set("dictionary", pins.dictionary.hex());
  }
  return out;
}

canon::Object value_of_counts(const ScanOfDump& scan) {
  canon::Object out;
  for (const Exposure exposure : exposures) {
    out.set(std::string(dump::name_of(exposure)), integer(scan.count(exposure)));
  }
  return out;
}

std::string_view class_of(const Reading& reading, std::uint32_t region) {
  return dump::rule_of(reading.regions[region].klass).name;
}

canon::Array values_of_findings(const Looked& looked) {
  canon::Array out;
  for (const dump::Finding& finding : looked.scan.findings) {
    canon::Array via;
    for (const scan::Encoding encoding : finding.via) {
      via.push_back(scan::to_string(encoding));
    }
    out.push_back(canon::Object{{"exposure", dump::name_of(finding.exposure)},
                                {"region", integer(finding.region)},
                                {"class", class_of(looked.reading, finding.region)},
                                {"offset", integer(finding.range.from())},
                                {"bytes", integer(finding.range.size())},
                                {"rule", finding.rule},
                                {"confidence", scan::to_string(finding.confidence)},
                                {"wide", finding.wide},
                                {"via", std::move(via)},
                                {"preview", finding.preview}});
  }
  return out;
}

canon::Array values_of_differences(const Reading& reading, const dump::Comparison& comparison) {
  canon::Array out;
  for (const dump::Difference& difference : comparison.differences) {
    canon::Object value{{"change", dump::name_of(difference.change)},
                        {"region", integer(difference.region)},
                        {"class", class_of(reading, difference.region)},
                        {"offset", integer(difference.range.from())},
                        {"bytes", integer(difference.range.size())}};
    if (difference.exposure) {
      value.set("exposure", dump::name_of(*difference.exposure));
    }
    out.push_back(std::move(value));
  }
  return out;
}

canon::Object value_of_changes(const dump::Comparison& comparison) {
  canon::Object out;
  for (std::size_t i = 0; i < dump::change_count; ++i) {
    const auto change = static_cast<dump::Change>(i);
    out.set(std::string(dump::name_of(change)), canon::Object{{"places", integer(comparison.count(change))},
                                                              {"bytes", integer(comparison.bytes[i])}});
  }
  return out;
}

canon::Object value_of_coverage(const dump::Coverage& coverage) {
  return {{"bytes", integer(coverage.bytes)},
          {"accounted", integer(coverage.bytes - coverage.unaccounted)},
          {"unaccounted", integer(coverage.unaccounted)},
          {"written", integer(coverage.written)},
          {"dropped", integer(coverage.dropped)},
          {"budgets_hit", integer(coverage.budgets_hit)}};
}

canon::Object value_of_verification(const Rules& rules, const dump::Revision& original,
                                    const dump::Revision& copy, const dump::Verification& verification) {
  return {{"original", crypto::sha256(original.file).hex()},      {"copy", crypto::sha256(copy.file).hex()},
          {"pins", value_of_pins(rules, copy.scan.pins)},         {"held", values_of_held(verification.held)},
          {"coverage", value_of_coverage(verification.coverage)}, {"residual", value_of_counts(copy.scan)},
          {"diff", value_of_changes(verification.comparison)}};
}

// ---- for people

// How many of each exposure, by class of region.
std::string findings_text(const Context& context, const Looked& looked) {
  std::map<std::tuple<Exposure, std::uint8_t, std::string>, std::pair<std::uint64_t, const dump::Finding*>>
      groups;
  for (const dump::Finding& finding : looked.scan.findings) {
    const auto klass = static_cast<std::uint8_t>(looked.reading.regions[finding.region].klass);
    auto& group = groups[{finding.exposure, klass, finding.rule}];
    ++group.first;
    group.second = group.second == nullptr ? &finding : group.second;
  }
  Table table({{"EXPOSURE"}, {"REGION"}, {"RULE"}, {"COUNT"}, {"FIRST AT"}, {"SHAPE", true}});
  for (const auto& [key, group] : groups) {
    const dump::Finding& first = *group.second;
    table.row({std::string(dump::name_of(first.exposure)),
               std::string(class_of(looked.reading, first.region)), first.rule, std::to_string(group.first),
               fmt::format("{:x}", first.range.from()), first.preview},
              first.exposure == Exposure::unscanned ? Tone::waiting : Tone::bad);
  }
  return section(context, "Found: --json has each", table);
}

std::string changes_text(const Context& context, const Reading& reading, const dump::Comparison& comparison) {
  std::map<std::tuple<dump::Change, std::uint8_t, std::string_view>, std::uint64_t> groups;
  for (const dump::Difference& difference : comparison.differences) {
    const auto klass = static_cast<std::uint8_t>(reading.regions[difference.region].klass);
    ++groups[{difference.change, klass, difference.exposure ? dump::name_of(*difference.exposure) : ""}];
  }
  Table table({{"CHANGE"}, {"REGION"}, {"EXPOSURE"}, {"PLACES"}});
  for (const auto& [key, places] : groups) {
    const auto& [change, klass, exposure] = key;
    table.row({std::string(dump::name_of(change)),
               std::string(dump::rule_of(static_cast<dump::RegionClass>(klass)).name), std::string(exposure),
               std::to_string(places)},
              change == dump::Change::re_exposed ? Tone::bad : Tone::plain);
  }
  return section(context, "What differs", table);
}

std::string verification_text(const Context& context, const dump::Revision& original,
                              const dump::Verification& verification) {
  const dump::Coverage& coverage = verification.coverage;
  return fields({{"bytes", std::to_string(coverage.bytes)},
                 {"written", std::to_string(coverage.written)},
                 {"dropped", std::to_string(coverage.dropped)},
                 {"unaccounted", std::to_string(coverage.unaccounted)}}) +
         held_text(context, verification.held) +
         changes_text(context, original.reading, verification.comparison);
}

Answer<void> exit_of(bool clean) {
  return clean ? Answer<void>() : give_up(Exit::held, "");
}

// ---- verbs

// What stands against taking a scan for clean, with the findings in it.
std::vector<dump::Held> held_of(const Looked& looked) {
  std::vector<dump::Held> out = looked.reading.held;
  for (const Exposure exposure : exposures) {
    if (looked.scan.count(exposure) > 0) {
      out.push_back({dump::Cause::exposed, "/findings/" + std::string(dump::name_of(exposure)), "is found"});
    }
  }
  if (looked.scan.count(Exposure::unscanned) > 0) {
    out.push_back({dump::Cause::budget, "/scan", "was not looked at to the end"});
  }
  return out;
}

Answer<void> scan_one(const Context& context, const ScanOne& options) {
  SP_TRY(const Rules rules, rules_of(options.terms));
  SP_TRY(const Looked looked, look(context, options.file, rules));
  const std::vector<dump::Held> held = held_of(looked);
  if (context.json) {
    out(canon::write(canon::Object{{"pins", value_of_pins(rules, looked.scan.pins)},
                                   {"held", values_of_held(held)},
                                   {"bytes", integer(looked.scan.bytes)},
                                   {"text_bytes", integer(looked.scan.text_bytes)},
                                   {"counts", value_of_counts(looked.scan)},
                                   {"findings", values_of_findings(looked)}}) +
        "\n");
  } else {
    out(fields({{"file", printable(options.file.string())},
                {"bytes", std::to_string(looked.scan.bytes)},
                {"ruleset", looked.scan.pins.ruleset.hex()}}) +
        held_text(context, held) + findings_text(context, looked));
  }
  return exit_of(held.empty());
}

dump::Action action_of(std::string_view word) {
  return word == "token" ? dump::Action::token : word == "zero" ? dump::Action::zero : dump::Action::mask;
}

// OUT is written only where nothing is against it.
Answer<void> redact_one(const Context& context, const RedactOne& options) {
  SP_TRY(const Rules rules, rules_of(options.terms));
  SP_TRY(const Looked original, look(context, options.in, rules));
  SP_TRY(dump::MappedFile copy, dump::MappedFile::open_copy(options.in));
  const dump::Redaction done = dump::redact(copy.writable(), original.reading, rules.scanner,
                                            action_of(options.with), progress_of(context));
  const dump::Revision redacted{copy.bytes(), done.reading, done.scan};
  const dump::Verification verification = dump::verify(original.revision(), redacted);
  if (verification.clean()) {
    SP_CHECK(engine::write_new_file(options.out, as_text(copy.bytes())));
  }
  if (context.json) {
    canon::Object value = value_of_verification(rules, original.revision(), redacted, verification);
    value.set("passes", integer(done.passes));
    value.set("written", verification.clean());
    out(canon::write(std::move(value)) + "\n");
  } else {
    out(fields({{"out", verification.clean() ? printable(options.out.string()) : "not written"},
                {"passes", std::to_string(done.passes)}}) +
        verification_text(context, original.revision(), verification));
  }
  return exit_of(verification.clean());
}

Answer<void> diff_two(const Context& context, const TwoDumps& options) {
  SP_TRY(const Rules rules, rules_of(options.terms));
  SP_TRY(const Looked older, look(context, options.older, rules));
  SP_TRY(const Looked newer, look(context, options.newer, rules));
  const dump::Comparison comparison = dump::compare(older.revision(), newer.revision());
  std::vector<dump::Held> held = comparison.held;
  if (comparison.count(dump::Change::re_exposed) > 0) {
    held.push_back({dump::Cause::exposed, "/differences", "expose bytes that were redacted or empty"});
  }
  if (context.json) {
    out(canon::write(canon::Object{{"older", crypto::sha256(older.file.bytes()).hex()},
                                   {"newer", crypto::sha256(newer.file.bytes()).hex()},
                                   {"held", values_of_held(held)},
                                   {"diff", value_of_changes(comparison)},
                                   {"differences", values_of_differences(older.reading, comparison)}}) +
        "\n");
  } else {
    out(held_text(context, held) + changes_text(context, older.reading, comparison));
  }
  return exit_of(held.empty());
}

Answer<void> verify_two(const Context& context, const TwoDumps& options) {
  SP_TRY(const Rules rules, rules_of(options.terms));
  SP_TRY(const Looked original, look(context, options.older, rules));
  SP_TRY(const Looked copy, look(context, options.newer, rules));
  const dump::Verification verification = dump::verify(original.revision(), copy.revision());
  if (context.json) {
    out(canon::write(value_of_verification(rules, original.revision(), copy.revision(), verification)) +
        "\n");
  } else {
    out(verification_text(context, original.revision(), verification));
  }
  return exit_of(verification.clean());
}

void add_terms(CLI::App* verb, Terms& terms) {
  CLI::Option* file = verb->add_option("--terms", terms.file,
                                       "Names that must not be there: a detector, a tab and "
                                       "a name on each line")
                          ->check(CLI::ExistingFile);
  verb->add_option("--key", terms.key, "Keys the dictionary's pin, which is left out without it")
      ->check(CLI::ExistingFile)
      ->needs(file);
}

} // namespace

void add_dump_scan(CLI::App& group, Context& context) {
  auto scan = std::make_shared<ScanOne>();
  CLI::App* verb = add_verb(group, "scan", "Identifiers, session data and stack text, by region; local",
                            "sallyport dump scan crash.dmp --terms tenants.tsv --json | jq .counts");
  verb->add_option("FILE", scan->file, "A minidump or an ELF core")->required()->check(CLI::ExistingFile);
  add_terms(verb, scan->terms);
  on(verb, context, scan, scan_one);

  auto redact = std::make_shared<RedactOne>();
  verb = add_verb(group, "redact", "Writes a copy without what is found, of the same length; local",
                  "sallyport dump redact crash.dmp --out crash.redacted.dmp --with token");
  verb->add_option("IN", redact->in, "A minidump or an ELF core")->required()->check(CLI::ExistingFile);
  verb->add_option("--out", redact->out, "The copy, which must not be there yet")->required();
  verb->add_option("--with", redact->with, "What stands where a finding was: mask, token or zero")
      ->check(CLI::IsMember({"mask", "token", "zero"}));
  add_terms(verb, redact->terms);
  on(verb, context, redact, redact_one);

  auto diff = std::make_shared<TwoDumps>();
  verb = add_verb(group, "diff", "Two revisions: redacted, changed, exposed again; local",
                  "sallyport dump diff crash.r1.dmp crash.r2.dmp");
  verb->add_option("OLD", diff->older, "The older revision")->required()->check(CLI::ExistingFile);
  verb->add_option("NEW", diff->newer, "The newer revision")->required()->check(CLI::ExistingFile);
  add_terms(verb, diff->terms);
  on(verb, context, diff, diff_two);

  auto verify = std::make_shared<TwoDumps>();
  verb = add_verb(group, "verify", "Reads, scans and compares a redacted copy; local",
                  "sallyport dump verify crash.dmp crash.redacted.dmp");
  verb->add_option("IN", verify->older, "The original")->required()->check(CLI::ExistingFile);
  verb->add_option("OUT", verify->newer, "Its redacted copy")->required()->check(CLI::ExistingFile);
  add_terms(verb, verify->terms);
  on(verb, context, verify, verify_two);
}

} // namespace sallyport::cli
