// What the verbs of crash dumps share: a dump is read in a worker, and what it says is JSON that is shown
// here.
#pragma once

#include "canon/value.h"
#include "cli.h"
#include "dump/file.h"
#include "dump/worker.h"
#include "dump_report.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace sallyport::cli {

// A dump to be looked at. One that is compressed is expanded first, and places are then those of what it was
// expanded to; what proves something of a file reads it as it is.
struct Opened {
  dump::MappedFile file;
  std::string_view expanded_from = {}; // empty: it is as it was

  void tell(canon::Object& report) const; // the member `expanded_from`
};

Answer<Opened> open_dump(const std::filesystem::path& path);

// On a terminal, for what takes more than two seconds: how far it is, how fast, and how long it will take.
dump::Progress progress_of(const Context& context);

// The report that `job` makes. Where the worker ended before it had one, a report that says so and nothing
// else; what it says is not taken for more than text.
Answer<canon::Object> in_worker(const Context& context,
                                const std::function<canon::Object(const dump::Progress&)>& job,
                                bool opens_files = false);

bool is_clean(const canon::Object& report); // nothing holds it

// Held where anything holds it.
Answer<void> exit_of(const canon::Object& report);

// The member's text, for people.
std::string shown(const canon::Value& value, std::string_view name);
std::string held_text(const Context& context, const canon::Object& report);
std::string held_text(const Context& context, const std::vector<dump::Held>& held);
std::string found_text(const Context& context, const canon::Object& report, std::string_view member,
                       std::string_view title);
std::string differs_text(const Context& context, const canon::Object& report);

void print_json(const canon::Object& report);

// One function for each file of verbs.
void add_dump_scan(CLI::App& group, Context& context);   // scan, diff
void add_dump_redact(CLI::App& group, Context& context); // redact, verify, fragment
void add_dump_send(CLI::App& group, Context& context);   // send
void add_dump_walk(CLI::App& group, Context& context);   // walk, symbolize

} // namespace sallyport::cli
