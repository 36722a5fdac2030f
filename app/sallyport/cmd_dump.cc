// dump: what a crash dump holds, by region; local. Addresses, sizes and names of builds are shown, and of
// paths the last part; nothing of what the process had in memory, in its environment or on its command line
// is.
#include "cmd_dump.h"

#include "canon/json.h"
#include "dump/expand.h"
#include "dump_report.h"
#include "print.h"

#include <chrono>
#include <fmt/format.h>
#include <unistd.h>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct OneDump {
  fs::path file;
};

std::int64_t integer_at(const canon::Value* value, std::string_view name) {
  const canon::Value* member = value == nullptr ? nullptr : value->find(name);
  return member == nullptr || member->integer() == nullptr ? 0 : *member->integer();
}

std::string classes_text(const Context& context, const canon::Object& report) {
  const canon::Value* coverage = report.find("coverage");
  const auto whole = static_cast<double>(integer_at(coverage, "bytes"));
  const canon::Value* classes = coverage == nullptr ? nullptr : coverage->find("classes");
  Table table({{"CLASS"}, {"REGIONS"}, {"BYTES"}, {"SHARE"}, {"WHAT", true}});
  for (const dump::ClassRule& rule : dump::region_classes()) {
    const canon::Value* share = classes == nullptr ? nullptr : classes->find(rule.name);
    const std::int64_t bytes = integer_at(share, "bytes");
    if (bytes > 0) {
      table.row({std::string(rule.name), std::to_string(integer_at(share, "regions")), std::to_string(bytes),
                 fmt::format("{:.1f} %", 100.0 * static_cast<double>(bytes) / whole), std::string(rule.what)},
                rule.klass == dump::RegionClass::unaccounted ? Tone::waiting : Tone::plain);
    }
  }
  return section(context, "Bytes by class: each is in one", table);
}

std::string threads_text(const Context& context, const canon::Value& report) {
  Table table({{"THREAD"}, {"NAMED"}, {"PC"}, {"SP"}});
  for (const canon::Value& thread : array_at(report, "threads")) {
    const canon::Value* named = thread.find("named");
    const canon::Value* faulted = thread.find("faulted");
    const auto is_true = [](const canon::Value* value) {
      return value != nullptr && value->boolean() != nullptr && *value->boolean();
    };
    const std::string pc = shown(thread, "pc");
    const std::string sp = shown(thread, "sp");
    table.row({shown(thread, "id") + (is_true(faulted) ? " (fault)" : ""), is_true(named) ? "yes" : "",
               pc.empty() ? "?" : pc, sp.empty() ? "?" : sp});
  }
  return section(context, "Threads", table);
}

std::string modules_text(const Context& context, const canon::Value& report) {
  Table table({{"ADDRESS"}, {"BYTES"}, {"DEBUG ID"}, {"FILE", true}});
  for (const canon::Value& module : array_at(report, "modules")) {
    table.row(
        {shown(module, "address"), shown(module, "bytes"), shown(module, "debug_id"), shown(module, "name")});
  }
  return section(context, "Modules", table);
}

Answer<void> show_dump(const Context& context, const OneDump& options) {
  SP_TRY(const Opened opened, open_dump(options.file));
  const ByteView bytes = opened.file.bytes();
  SP_TRY(canon::Object report, in_worker(context, [&](const dump::Progress&) {
           return report_of_reading(bytes, dump::read(bytes));
         }));
  opened.tell(report);
  if (context.json) {
    print_json(report);
  } else {
    const canon::Value value = report;
    out(fields({{"file", printable(options.file.string())},
                {"format", shown(value, "format")},
                {"machine", shown(value, "machine")},
                {"bytes", std::to_string(bytes.size())},
                {"regions", std::to_string(array_at(value, "regions").size())}}) +
        held_text(context, report) + classes_text(context, report) + threads_text(context, value) +
        modules_text(context, value));
  }
  return exit_of(report);
}

} // namespace

void Opened::tell(canon::Object& report) const {
  if (!expanded_from.empty()) {
    report.set("expanded_from", expanded_from);
  }
}

Answer<Opened> open_dump(const fs::path& path) {
  SP_TRY(dump::MappedFile file, dump::MappedFile::open(path));
  const dump::Packing packing = dump::packing_of(file.bytes());
  if (!dump::can_expand(packing)) {
    return Opened{std::move(file)};
  }
  SP_TRY(dump::MappedFile expanded, dump::expand(file));
  return Opened{std::move(expanded), dump::name_of(packing)};
}

dump::Progress progress_of(const Context& context) {
  if (context.quiet || ::isatty(STDERR_FILENO) != 1) {
    return {};
  }
  using Clock = std::chrono::steady_clock;
  return [begun = Clock::now(), told = Clock::time_point(), last = std::uint64_t{0},
          shown = false](std::uint64_t done, std::uint64_t all) mutable {
    constexpr auto patience = std::chrono::seconds(2);
    const auto now = Clock::now();
    if (done < last) { // another pass
      begun = now;
    }
    last = done;
    const bool is_end = done >= all;
    if (is_end ? !shown : now - begun < patience || now - told < std::chrono::milliseconds(200)) {
      return;
    }
    told = now;
    shown = !is_end;
    const double seconds = std::max(std::chrono::duration<double>(now - begun).count(), 1e-3);
    const double rate = std::max(static_cast<double>(done) / seconds, 1.0);
    const std::string line = is_end
                                 ? "\r\x1b[K"
                                 : fmt::format("\rscanning {:.0f} %, {:.1f} MB/s, {:.0f} s left\x1b[K",
                                               100.0 * static_cast<double>(done) / static_cast<double>(all),
                                               rate / 1e6, static_cast<double>(all - done) / rate);
    static_cast<void>(std::fputs(line.c_str(), stderr));
  };
}

Answer<canon::Object> in_worker(const Context& context,
                                const std::function<canon::Object(const dump::Progress&)>& job,
                                bool opens_files) {
  const dump::WorkerLimits limits{.opens_files = opens_files};
  const Result<std::string> said =
      dump::in_worker([&](const dump::Progress& progress) { return canon::write(job(progress)); }, limits,
                      progress_of(context));
  const auto held = [](const Error& error) {
    return canon::Object{{"held", values_of_held({{dump::Cause::unsupported, error.where, error.message}})}};
  };
  if (!said) {
    if (said.error().code != ErrorCode::internal) {
      return std::unexpected(Failure(said.error()));
    }
    return held(said.error());
  }
  Result<canon::Value> value = canon::parse(*said, {.bytes = limits.answer_bytes});
  if (!value || value->object() == nullptr || value->find("held") == nullptr) {
    return held({ErrorCode::internal, "/worker", "did not answer with a report"});
  }
  return std::move(*value->object());
}

bool is_clean(const canon::Object& report) {
  const canon::Value* held = report.find("held");
  return held != nullptr && held->array() != nullptr && held->array()->empty();
}

Answer<void> exit_of(const canon::Object& report) {
  return is_clean(report) ? Answer<void>() : give_up(Exit::held, "");
}

std::string shown(const canon::Value& value, std::string_view name) {
  return printable(text_at(value, name));
}

std::string held_text(const Context& context, const canon::Object& report) {
  Table table({{"CAUSE"}, {"WHERE"}, {"WHY", true}});
  for (const canon::Value& one : rows_of(report, "held")) {
    table.row({shown(one, "cause"), shown(one, "where"), shown(one, "why")}, Tone::bad);
  }
  return section(context, "Held", table);
}

std::string held_text(const Context& context, const std::vector<dump::Held>& held) {
  return held_text(context, canon::Object{{"held", values_of_held(held)}});
}

std::string found_text(const Context& context, const canon::Object& report, std::string_view member,
                       std::string_view title) {
  Table table({{"EXPOSURE"}, {"REGION"}, {"RULE"}, {"COUNT"}, {"FIRST AT"}, {"SHAPE", true}});
  for (const canon::Value& group : rows_of(report, member)) {
    table.row({shown(group, "exposure"), shown(group, "class"), shown(group, "rule"), shown(group, "count"),
               fmt::format("{:x}", integer_at(&group, "offset")), shown(group, "preview")},
              shown(group, "exposure") == "unscanned" ? Tone::waiting : Tone::bad);
  }
  return section(context, title, table);
}

std::string differs_text(const Context& context, const canon::Object& report) {
  Table table({{"CHANGE"}, {"REGION"}, {"EXPOSURE"}, {"PLACES"}});
  for (const canon::Value& group : rows_of(report, "differs")) {
    table.row(
        {shown(group, "change"), shown(group, "class"), shown(group, "exposure"), shown(group, "places")},
        shown(group, "change") == "re_exposed" ? Tone::bad : Tone::plain);
  }
  return section(context, "What differs", table);
}

void print_json(const canon::Object& report) {
  out(canon::write(report) + "\n");
}

void add_dump(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "dump", "Crash dumps: what is in them, and copies without it; local",
                               "sallyport dump show crash.dmp");
  auto options = std::make_shared<OneDump>();
  CLI::App* verb =
      add_verb(group, "show", "Regions by class, threads, modules, and what holds the dump; local",
               "sallyport dump show crash.dmp --json | jq .coverage");
  verb->add_option("FILE", options->file, "A minidump or an ELF core")->required()->check(CLI::ExistingFile);
  on(verb, context, options, show_dump);
  add_dump_scan(group, context);
  add_dump_redact(group, context);
  add_dump_walk(group, context);
  add_dump_send(group, context);
}

} // namespace sallyport::cli
