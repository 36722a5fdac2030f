// dump: walk, symbolize. Local, but for the one server that --server names. Addresses, names of modules and
// builds and, within the bound, of functions and lines are shown; of what the process had in memory nothing.
#include "cmd_dump.h"
#include "dump/file.h"
#include "dump_report.h"
#include "engine/engine.h"
#include "print.h"
#include "source/fetch.h"
#include "walk/symbolize.h"

#include <fmt/format.h>
#include <map>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;
using canon::Array;
using canon::Object;
using walk::Depth;

struct WalkOne {
  fs::path file;
  std::vector<fs::path> symbols;
};

struct SymbolizeOne {
  WalkOne walk;
  std::string depth = "function";
  std::string bound = "line";
  std::vector<std::string> modules;
  std::string server;
};

std::string hex_number(std::uint64_t number) {
  return fmt::format("0x{:x}", number);
}

// ---- where the dump is read: members of the names of rust-minidump

struct Walked {
  Walked(ByteView bytes, const walk::Places& places)
      : file(bytes), reading(dump::read(bytes)), library(bytes, reading.dump, places),
        walk(walk::walk(bytes, reading.dump, library)) {}

  const walk::Image& image(std::size_t index) const { return library.images().all()[index]; }

  std::string module_name(std::size_t index) const {
    return printable(walk::file_name(file, reading.dump, image(index)));
  }

  ByteView file;
  dump::Reading reading;
  walk::Library library;
  walk::Walk walk;
};

Array values_of_all_held(const Walked& walked) {
  std::vector<dump::Held> all = walked.reading.held;
  all.insert(all.end(), walked.walk.held.begin(), walked.walk.held.end());
  return values_of_held(all);
}

Object value_of_frame(const Walked& walked, const walk::Frame& frame, std::size_t number) {
  Object value{{"frame", integer(number)},
               {"offset", hex_number(frame.instruction)},
               {"resume", hex_number(frame.resume)},
               {"trust", walk::name_of(frame.trust)}};
  if (frame.image) {
    value.set("module", walked.module_name(*frame.image));
    value.set("debug_id", walked.image(*frame.image).debug_id);
    value.set("module_offset", hex_number(frame.offset));
  }
  return value;
}

Object value_of_thread(std::uint64_t id, bool faulted, Array frames) {
  return {{"thread_id", integer(id)},
          {"faulted", faulted},
          {"frame_count", integer(frames.size())},
          {"frames", std::move(frames)}};
}

Object value_of_file(const walk::SymbolFile& file) {
  return {
      {"kind", walk::name_of(file.kind)}, {"source", printable(file.source)}, {"sha256", file.sha256.hex()}};
}

// The images that have frames, with the files that the walk went by.
Array values_of_walked(Walked& walked) {
  Array out;
  std::vector<bool> seen(walked.library.images().all().size());
  for (const walk::ThreadWalk& thread : walked.walk.threads) {
    for (const walk::Frame& frame : thread.frames) {
      if (!frame.image || seen[*frame.image]) {
        continue;
      }
      seen[*frame.image] = true;
      Array files;
      for (const walk::SymbolFile& file : walked.library.of(*frame.image).files) {
        files.push_back(value_of_file(file));
      }
      const bool missing = files.empty();
      out.push_back(Object{{"module", walked.module_name(*frame.image)},
                           {"debug_id", walked.image(*frame.image).debug_id},
                           {"code_id", walked.image(*frame.image).code_id},
                           {"missing_symbols", missing},
                           {"symbols", std::move(files)}});
    }
  }
  return out;
}

Array values_of_faults(const Walked& walked) {
  Array out;
  for (const Error& fault : walked.library.faults()) {
    out.push_back(Object{{"where", printable(fault.where)}, {"why", fault.message}});
  }
  return out;
}

Object report_of_walk(Walked& walked) {
  Array threads;
  for (const walk::ThreadWalk& thread : walked.walk.threads) {
    Array frames;
    for (const walk::Frame& frame : thread.frames) {
      frames.push_back(value_of_frame(walked, frame, frames.size()));
    }
    threads.push_back(value_of_thread(thread.id, thread.faulted, std::move(frames)));
  }
  std::uint64_t bytes = 0;
  for (const dump::Range& range : walked.walk.read) {
    bytes += range.size();
  }
  return {{"held", values_of_all_held(walked)},
          {"threads", std::move(threads)},
          {"modules", values_of_walked(walked)},
          {"faults", values_of_faults(walked)},
          {"read", Object{{"ranges", integer(walked.walk.read.size())}, {"bytes", integer(bytes)}}}};
}

Object value_of_named(const walk::NamedFrame& frame, std::size_t number) {
  Object value{{"frame", integer(number)}, {"trust", walk::name_of(frame.trust)}};
  if (frame.refused) {
    value.set("refused", true);
  }
  if (!frame.module.empty() || !frame.debug_id.empty()) {
    value.set("module", printable(frame.module));
    value.set("debug_id", frame.debug_id);
    value.set("module_offset", hex_number(frame.offset));
  }
  if (!frame.function.empty()) {
    value.set("function", printable(frame.function));
    value.set("function_offset", hex_number(frame.function_offset));
  }
  if (!frame.source.empty()) {
    value.set("file", printable(frame.source));
    value.set("line", integer(frame.line));
  }
  return value;
}

Array values_of_provenance(const walk::Symbolized& named) {
  Array out;
  for (const walk::Provenance& one : named.provenance) {
    Object value = value_of_file(one.file);
    value.set("module", printable(one.module));
    value.set("debug_id", one.debug_id);
    value.set("code_id", one.code_id);
    value.set("resolved_at", to_string(one.resolved_at));
    out.push_back(std::move(value));
  }
  return out;
}

Array values_of_refused(const walk::Symbolized& named) {
  Array out;
  for (const walk::Refusal& one : named.refused) {
    Object value{{"level", walk::name_of(one.asked)}, {"why", one.why}};
    if (one.of_module) {
      value.set("module", printable(one.module));
    } else {
      value.set("bound", walk::name_of(one.bound));
    }
    out.push_back(std::move(value));
  }
  return out;
}

Object report_of_names(const Walked& walked, const walk::Symbolized& named) {
  Array threads;
  for (const walk::NamedThread& thread : named.threads) {
    Array frames;
    for (const walk::NamedFrame& frame : thread.frames) {
      frames.push_back(value_of_named(frame, frames.size()));
    }
    threads.push_back(value_of_thread(thread.id, thread.faulted, std::move(frames)));
  }
  return {{"held", values_of_all_held(walked)},  {"level", walk::name_of(named.depth)},
          {"threads", std::move(threads)},       {"provenance", values_of_provenance(named)},
          {"refused", values_of_refused(named)}, {"faults", values_of_faults(walked)}};
}

// ---- for people

std::string joined_texts(const std::string& text, std::string_view between, const std::string& more) {
  return more.empty() ? text : text + std::string(between) + more;
}

std::string walked_text(const Context& context, const Object& report) {
  std::string text;
  for (const canon::Value& thread : rows_of(report, "threads")) {
    Table table({{"FRAME"}, {"GOES ON AT"}, {"MODULE"}, {"OFFSET"}, {"NAME", true}, {"TRUST"}});
    for (const canon::Value& frame : array_at(thread, "frames")) {
      const std::string name = joined_texts(shown(frame, "function"), " + ", shown(frame, "function_offset"));
      const std::string line = joined_texts(shown(frame, "file"), ":", shown(frame, "line"));
      table.row({shown(frame, "frame"), shown(frame, "resume"),
                 frame.find("refused") == nullptr ? shown(frame, "module") : "refused",
                 shown(frame, "module_offset"), joined_texts(name, " at ", line), shown(frame, "trust")});
    }
    const bool faulted = shown(thread, "faulted") == "true";
    text += section(context, "Thread " + shown(thread, "thread_id") + (faulted ? " (fault)" : ""), table);
  }
  return text;
}

std::string faults_text(const Context& context, const Object& report) {
  Table table({{"SYMBOL FILE", true}, {"WHY IT WAS NOT READ", true}});
  for (const canon::Value& fault : rows_of(report, "faults")) {
    table.row({shown(fault, "where"), shown(fault, "why")}, Tone::waiting);
  }
  return section(context, "Symbol files", table);
}

std::string names_text(const Context& context, const Object& report) {
  Table refused({{"REFUSED"}, {"LEVEL"}, {"WHY", true}});
  for (const canon::Value& one : rows_of(report, "refused")) {
    refused.row({one.find("module") == nullptr ? "everything" : shown(one, "module"), shown(one, "level"),
                 shown(one, "why")},
                Tone::waiting);
  }
  Table files({{"MODULE"}, {"FILE", true}, {"SHA-256"}});
  for (const canon::Value& one : rows_of(report, "provenance")) {
    files.row({shown(one, "module"), shown(one, "source"), brief(shown(one, "sha256"))});
  }
  return section(context, "Out of the bound: not looked up", refused) + walked_text(context, report) +
         section(context, "Named by", files);
}

// ---- walk

Answer<void> walk_dump(const Context& context, const WalkOne& options) {
  SP_TRY(const Opened opened, open_dump(options.file));
  const auto job = [&](const dump::Progress&) {
    Walked walked(opened.file.bytes(), {.folders = options.symbols});
    return report_of_walk(walked);
  };
  SP_TRY(Object report, in_worker(context, job, true));
  opened.tell(report);
  if (context.json) {
    print_json(report);
  } else {
    out(held_text(context, report) + faults_text(context, report) + walked_text(context, report));
  }
  return exit_of(report);
}

// ---- symbolize

constexpr std::size_t fetched_bytes_max = std::size_t{1} << 30;

using Builds = std::map<std::string, Bytes>; // ELF files by build id

// The debug file of a build, else its program, as a debuginfod serves them.
Result<Bytes> fetch_elf(const std::string& server, const std::string& build_id) {
  source::Config config;
  config.base_url = server;
  config.timeout = Duration{120'000};
  config.deadline = Duration{240'000};
  for (const std::string_view kind : {"debuginfo", "executable"}) {
    SP_TRY(source::Fetcher fetcher, source::Fetcher::open(config, fetched_bytes_max));
    SP_TRY(const source::Fetched fetched, fetcher.ask(fmt::format("/buildid/{}/{}", build_id, kind), ""));
    if (fetched.status == 200) {
      const ByteView body = as_bytes(fetched.body);
      return Bytes(body.begin(), body.end());
    }
  }
  return fail(ErrorCode::not_found, server, "has no file of this build");
}

class Symbolizing {
public:
  Symbolizing(const SymbolizeOne& options, ByteView file)
      : options_(options), file_(file), asked_(*walk::depth_of(options.depth)),
        bound_{*walk::depth_of(options.bound), options.modules}, at_(engine::system_now()) {}

  // In the worker, which has no network: `wanted` are the builds that a server could be asked for.
  Object run(const Builds& builds) const {
    Array wanted;
    const bool may_ask =
        !options_.server.empty() && asked_ >= Depth::function && asked_ <= walk::highest(bound_);
    walk::Places places{.folders = options_.walk.symbols, .server_name = options_.server};
    places.may_be_asked = [&](const std::string& module) { return walk::is_listed(module, bound_.modules); };
    if (may_ask) {
      places.server = [&](const std::string& id) -> Result<Bytes> {
        if (const auto found = builds.find(id); found != builds.end()) {
          return found->second;
        }
        wanted.push_back(id);
        return fail(ErrorCode::not_found, "", "was not fetched");
      };
    }
    Walked walked(file_, places);
    const walk::Symbolized named =
        walk::symbolize(file_, walked.reading.dump, walked.walk, walked.library, asked_, bound_, at_);
    Object report = report_of_names(walked, named);
    report.set("wanted", std::move(wanted));
    return report;
  }

private:
  const SymbolizeOne& options_;
  ByteView file_;
  Depth asked_;
  walk::Bound bound_;
  Instant at_;
};

// What the worker wants is asked for as long as it is the name of a build.
Answer<Builds> fetch_wanted(const std::string& server, const Object& report) {
  Builds out;
  for (const canon::Value& wanted : rows_of(report, "wanted")) {
    const std::string* id = wanted.string();
    if (id == nullptr || id->empty() || !from_hex(*id)) {
      continue;
    }
    Result<Bytes> file = fetch_elf(server, *id);
    if (file) {
      out.emplace(*id, std::move(*file));
    } else if (file.error().code != ErrorCode::not_found) {
      return std::unexpected(Failure(file.error()));
    }
  }
  return out;
}

Answer<void> symbolize_dump(const Context& context, const SymbolizeOne& options) {
  SP_TRY(const Opened opened, open_dump(options.walk.file));
  if (!options.server.empty()) {
    SP_CHECK(source::check_base_url(options.server));
  }
  const Symbolizing symbolizing(options, opened.file.bytes());
  const auto run = [&](const Builds& builds) {
    return in_worker(context, [&](const dump::Progress&) { return symbolizing.run(builds); }, true);
  };
  SP_TRY(Object report, run({}));
  if (!rows_of(report, "wanted").empty()) {
    SP_TRY(const Builds builds, fetch_wanted(options.server, report));
    if (!builds.empty()) {
      SP_TRY(report, run(builds));
    }
  }
  opened.tell(report);
  if (context.json) {
    print_json(report);
  } else {
    out(held_text(context, report) + faults_text(context, report) + names_text(context, report));
  }
  const bool all_refused = rows_of(report, "threads").empty() && !rows_of(report, "refused").empty();
  return all_refused ? give_up(Exit::refused, "") : exit_of(report);
}

void add_walk_options(CLI::App* verb, WalkOne& options) {
  verb->add_option("FILE", options.file, "A minidump or an ELF core")->required()->check(CLI::ExistingFile);
  verb->add_option("--symbols", options.symbols,
                   "Symbol files: a Breakpad store, a folder with .build-id, a system's root; again for more")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
}

} // namespace

void add_dump_walk(CLI::App& group, Context& context) {
  auto one = std::make_shared<WalkOne>();
  CLI::App* verb =
      add_verb(group, "walk", "The stack of each thread, frame by frame, and what each rests on; local",
               "sallyport dump walk crash.dmp --symbols symbols");
  add_walk_options(verb, *one);
  on(verb, context, one, walk_dump);

  auto named = std::make_shared<SymbolizeOne>();
  verb = add_verb(group, "symbolize", "Names of frames, of listed modules and as deep as is allowed; local",
                  "sallyport dump symbolize crash.dmp --symbols symbols --depth function --module 'lib*'");
  const CLI::IsMember levels({"none", "module", "function", "line", "locals"});
  add_walk_options(verb, named->walk);
  verb->add_option("--depth", named->depth, "What is asked for")->check(levels)->capture_default_str();
  verb->add_option("--bound", named->bound, "What may be told; never locals")
      ->check(levels)
      ->capture_default_str();
  verb->add_option("--module", named->modules, "A module that may be named, with * and ?; again for more")
      ->type_name("NAME");
  verb->add_option("--server", named->server, "A debuginfod to ask for these modules; else nobody is asked")
      ->type_name("URL");
  on(verb, context, named, symbolize_dump);
}

} // namespace sallyport::cli
