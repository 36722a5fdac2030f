// dump: scan, diff. What is found is shown by class, place and shape, never as it stands in the dump.
#include "cmd_dump.h"
#include "dump/file.h"
#include "dump_report.h"
#include "print.h"

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct ScanOne {
  fs::path file;
  Terms terms;
};

struct TwoDumps {
  fs::path older;
  fs::path newer;
  Terms terms;
};

Answer<void> scan_one(const Context& context, const ScanOne& options) {
  SP_TRY(const Rules rules, rules_of(options.terms));
  SP_TRY(const Opened opened, open_dump(options.file));
  const ByteView bytes = opened.file.bytes();
  SP_TRY(canon::Object report, in_worker(context, [&](const dump::Progress& progress) {
           return report_of_scan(look(bytes, rules, progress), rules);
         }));
  opened.tell(report);
  if (context.json) {
    print_json(report);
  } else {
    const canon::Value* pins = report.find("pins");
    out(fields({{"file", printable(options.file.string())},
                {"bytes", std::to_string(bytes.size())},
                {"ruleset", pins == nullptr ? "" : shown(*pins, "ruleset")}}) +
        held_text(context, report) + found_text(context, report, "found", "Found: --json has each"));
  }
  return exit_of(report);
}

Answer<void> diff_two(const Context& context, const TwoDumps& options) {
  SP_TRY(const Rules rules, rules_of(options.terms));
  SP_TRY(const dump::MappedFile older, dump::MappedFile::open(options.older));
  SP_TRY(const dump::MappedFile newer, dump::MappedFile::open(options.newer));
  SP_TRY(const canon::Object report, in_worker(context, [&](const dump::Progress& progress) {
           return report_of_comparison(look(older.bytes(), rules, progress),
                                       look(newer.bytes(), rules, progress));
         }));
  if (context.json) {
    print_json(report);
  } else {
    out(held_text(context, report) + differs_text(context, report));
  }
  return exit_of(report);
}

} // namespace

void add_dump_scan(CLI::App& group, Context& context) {
  auto scan = std::make_shared<ScanOne>();
  CLI::App* verb = add_verb(group, "scan", "Identifiers, session data and stack text, by region; local",
                            "sallyport dump scan crash.dmp --terms tenants.tsv --json | jq .counts");
  verb->add_option("FILE", scan->file, "A minidump or an ELF core")->required()->check(CLI::ExistingFile);
  add_terms(verb, scan->terms);
  on(verb, context, scan, scan_one);

  auto diff = std::make_shared<TwoDumps>();
  verb = add_verb(group, "diff", "Two revisions: redacted, changed, exposed again; local",
                  "sallyport dump diff crash.r1.dmp crash.r2.dmp");
  verb->add_option("OLD", diff->older, "The older revision")->required()->check(CLI::ExistingFile);
  verb->add_option("NEW", diff->newer, "The newer revision")->required()->check(CLI::ExistingFile);
  add_terms(verb, diff->terms);
  on(verb, context, diff, diff_two);
}

} // namespace sallyport::cli
