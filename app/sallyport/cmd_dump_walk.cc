// dump: walk, symbolize. Local, but for the one server that --server names. Addresses, names of modules and
// builds and, within the bound, of functions and lines are shown; of what the process had in memory nothing.
#include "canon/json.h"
#include "cmd_dump.h"
#include "dump/file.h"
#include "engine/engine.h"
#include "print.h"
#include "source/fetch.h"
#include "walk/symbolize.h"

#include <fmt/format.h>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;
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

std::string hex(std::uint64_t number) {
  return fmt::format("0x{:x}", number);
}

std::int64_t integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

// A dump, its walk, and what was known of its code.
struct Walked {
  dump::MappedFile file;
  dump::Reading reading;
  std::unique_ptr<walk::Library> library;
  walk::Walk walk;

  ByteView bytes() const { return file.bytes(); }

  bool whole() const { return reading.clean() && walk.whole(); }

  std::vector<dump::Held> held() const {
    std::vector<dump::Held> out = reading.held;
    out.insert(out.end(), walk.held.begin(), walk.held.end());
    return out;
  }
};

Result<std::unique_ptr<Walked>> walk_file(const fs::path& path, const walk::Places& places) {
  SP_TRY(dump::MappedFile file, dump::MappedFile::open(path));
  auto out = std::make_unique<Walked>(std::move(file), dump::Reading(), nullptr, walk::Walk());
  out->reading = dump::read(out->bytes());
  out->library = std::make_unique<walk::Library>(out->bytes(), out->reading.dump, places);
  out->walk = walk::walk(out->bytes(), out->reading.dump, *out->library);
  return out;
}

std::string module_name(const Walked& walked, const walk::Frame& frame) {
  return frame.image ? walk::file_name(walked.bytes(), walked.reading.dump,
                                       walked.library->images().all()[*frame.image])
                     : "";
}

// ---- for programs: members of the names of rust-minidump

canon::Array values_of_threads(const Walked& walked) {
  canon::Array out;
  for (const walk::ThreadWalk& thread : walked.walk.threads) {
    canon::Array frames;
    for (const walk::Frame& frame : thread.frames) {
      canon::Object value{{"frame", integer(frames.size())},
                          {"offset", hex(frame.instruction)},
                          {"resume", hex(frame.resume)},
                          {"trust", walk::name_of(frame.trust)}};
      if (frame.image) {
        value.set("module", printable(module_name(walked, frame)));
        value.set("debug_id", walked.library->images().all()[*frame.image].debug_id);
        value.set("module_offset", hex(frame.offset));
      }
      frames.push_back(std::move(value));
    }
    out.push_back(canon::Object{{"thread_id", integer(thread.id)},
                                {"faulted", thread.faulted},
                                {"frame_count", integer(thread.frames.size())},
                                {"frames", std::move(frames)}});
  }
  return out;
}

canon::Object value_of_file(const walk::SymbolFile& file) {
  return {{"kind", walk::name_of(file.kind)}, {"source", file.source}, {"sha256", file.sha256.hex()}};
}

// Which files the walk went by.
canon::Array values_of_symbols(const Walked& walked) {
  canon::Array out;
  std::vector<bool> seen(walked.library->images().all().size());
  for (const walk::ThreadWalk& thread : walked.walk.threads) {
    for (const walk::Frame& frame : thread.frames) {
      if (!frame.image || seen[*frame.image]) {
        continue;
      }
      seen[*frame.image] = true;
      canon::Array files;
      for (const walk::SymbolFile& file : walked.library->of(*frame.image).files) {
        files.push_back(value_of_file(file));
      }
      const walk::Image& image = walked.library->images().all()[*frame.image];
      out.push_back(canon::Object{{"module", printable(module_name(walked, frame))},
                                  {"debug_id", image.debug_id},
                                  {"code_id", image.code_id},
                                  {"missing_symbols", files.empty()},
                                  {"symbols", std::move(files)}});
    }
  }
  return out;
}

canon::Array values_of_faults(const Walked& walked) {
  canon::Array out;
  for (const Error& fault : walked.library->faults()) {
    out.push_back(canon::Object{{"where", fault.where}, {"why", fault.message}});
  }
  return out;
}

canon::Object value_of_read(const Walked& walked) {
  std::uint64_t bytes = 0;
  for (const dump::Range& range : walked.walk.read) {
    bytes += range.size();
  }
  return {{"ranges", integer(walked.walk.read.size())}, {"bytes", integer(bytes)}};
}

// ---- walk

std::string frames_text(const Context& context, const Walked& walked) {
  std::string text;
  for (const walk::ThreadWalk& thread : walked.walk.threads) {
    Table table({{"FRAME"}, {"GOES ON AT"}, {"MODULE", true}, {"OFFSET"}, {"TRUST"}});
    for (std::size_t i = 0; i < thread.frames.size(); ++i) {
      const walk::Frame& frame = thread.frames[i];
      table.row({std::to_string(i), hex(frame.resume), printable(module_name(walked, frame)),
                 frame.image ? hex(frame.offset) : "", std::string(walk::name_of(frame.trust))});
    }
    text += section(context, fmt::format("Thread {}{}", thread.id, thread.faulted ? " (fault)" : ""), table);
  }
  return text;
}

std::string faults_text(const Context& context, const Walked& walked) {
  Table table({{"SYMBOL FILE", true}, {"WHY IT WAS NOT READ", true}});
  for (const Error& fault : walked.library->faults()) {
    table.row({printable(fault.where), fault.message}, Tone::waiting);
  }
  return section(context, "Symbol files", table);
}

Answer<void> end_of(const Walked& walked) {
  return walked.whole() ? Answer<void>() : give_up(Exit::held, "");
}

Answer<void> walk_dump(const Context& context, const WalkOne& options) {
  SP_TRY(const std::unique_ptr<Walked> walked, walk_file(options.file, {options.symbols}));
  if (context.json) {
    out(canon::write(canon::Object{{"held", values_of_held(walked->held())},
                                   {"threads", values_of_threads(*walked)},
                                   {"modules", values_of_symbols(*walked)},
                                   {"faults", values_of_faults(*walked)},
                                   {"read", value_of_read(*walked)}}) +
        "\n");
  } else {
    out(held_text(context, walked->held()) + faults_text(context, *walked) + frames_text(context, *walked));
  }
  return end_of(*walked);
}

// ---- symbolize

constexpr std::size_t fetched_bytes_max = std::size_t{1} << 30;

// The debug file of a build, else its program, as debuginfod serves them.
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

canon::Array values_of_named(const walk::Symbolized& named) {
  canon::Array out;
  for (const walk::NamedThread& thread : named.threads) {
    canon::Array frames;
    for (const walk::NamedFrame& frame : thread.frames) {
      canon::Object value{{"frame", integer(frames.size())}, {"trust", walk::name_of(frame.trust)}};
      if (frame.refused) {
        value.set("refused", true);
      } else if (named.depth >= Depth::module && !frame.debug_id.empty()) {
        value.set("module", printable(frame.module));
        value.set("debug_id", frame.debug_id);
        value.set("module_offset", hex(frame.offset));
      }
      if (!frame.function.empty()) {
        value.set("function", printable(frame.function));
        value.set("function_offset", hex(frame.function_offset));
      }
      if (!frame.source.empty()) {
        value.set("file", printable(frame.source));
        value.set("line", integer(frame.line));
      }
      frames.push_back(std::move(value));
    }
    out.push_back(canon::Object{{"thread_id", integer(thread.id)},
                                {"faulted", thread.faulted},
                                {"frame_count", integer(thread.frames.size())},
                                {"frames", std::move(frames)}});
  }
  return out;
}

canon::Array values_of_provenance(const walk::Symbolized& named) {
  canon::Array out;
  for (const walk::Provenance& one : named.provenance) {
    canon::Object value = value_of_file(one.file);
    value.set("module", printable(one.module));
    value.set("debug_id", one.debug_id);
    value.set("code_id", one.code_id);
    value.set("resolved_at", to_string(one.resolved_at));
    out.push_back(std::move(value));
  }
  return out;
}

canon::Array values_of_refused(const walk::Symbolized& named) {
  canon::Array out;
  for (const walk::Refusal& one : named.refused) {
    canon::Object value{{"level", walk::name_of(one.asked)}, {"why", one.why}};
    if (one.module.empty()) {
      value.set("bound", walk::name_of(one.bound));
    } else {
      value.set("module", printable(one.module));
    }
    out.push_back(std::move(value));
  }
  return out;
}

std::string named_text(const Context& context, const walk::Symbolized& named) {
  Table refused({{"REFUSED", true}, {"WHY", true}});
  for (const walk::Refusal& one : named.refused) {
    refused.row({one.module.empty() ? "everything" : printable(one.module), one.why}, Tone::waiting);
  }
  std::string text = section(context, "Out of the bound: not looked up", refused);
  for (const walk::NamedThread& thread : named.threads) {
    Table table({{"FRAME"}, {"MODULE"}, {"FUNCTION", true}, {"LINE", true}, {"TRUST"}});
    for (std::size_t i = 0; i < thread.frames.size(); ++i) {
      const walk::NamedFrame& frame = thread.frames[i];
      table.row({std::to_string(i), frame.refused ? "refused" : printable(frame.module),
                 frame.function.empty()
                     ? ""
                     : fmt::format("{} + {:#x}", printable(frame.function), frame.function_offset),
                 frame.source.empty() ? "" : fmt::format("{}:{}", printable(frame.source), frame.line),
                 std::string(walk::name_of(frame.trust))});
    }
    text += section(context, fmt::format("Thread {}{}", thread.id, thread.faulted ? " (fault)" : ""), table);
  }
  Table files({{"MODULE"}, {"FILE", true}, {"SHA-256"}});
  for (const walk::Provenance& one : named.provenance) {
    files.row({printable(one.module), printable(one.file.source), brief(one.file.sha256.hex())});
  }
  return text + section(context, "Symbol files", files);
}

Answer<void> symbolize_dump(const Context& context, const SymbolizeOne& options) {
  const walk::Bound bound{*walk::depth_of(options.bound), options.modules};
  const Depth asked = *walk::depth_of(options.depth);
  walk::Places places{options.walk.symbols};
  if (!options.server.empty()) {
    SP_CHECK(source::check_base_url(options.server));
    places.server_name = options.server;
    // A server hears of no build but those that may be named.
    if (asked >= Depth::function && asked <= std::min(bound.depth, Depth::line)) {
      places.server = [server = options.server](const std::string& id) { return fetch_elf(server, id); };
    }
    places.may_be_asked = [&](const std::string& module) { return walk::is_listed(module, bound.modules); };
  }
  SP_TRY(const std::unique_ptr<Walked> walked, walk_file(options.walk.file, places));
  const walk::Symbolized named = walk::symbolize(walked->bytes(), walked->reading.dump, walked->walk,
                                                 *walked->library, asked, bound, engine::system_now());
  if (context.json) {
    out(canon::write(canon::Object{{"held", values_of_held(walked->held())},
                                   {"level", walk::name_of(named.depth)},
                                   {"threads", values_of_named(named)},
                                   {"provenance", values_of_provenance(named)},
                                   {"refused", values_of_refused(named)},
                                   {"faults", values_of_faults(*walked)}}) +
        "\n");
  } else {
    out(held_text(context, walked->held()) + faults_text(context, *walked) + named_text(context, named));
  }
  const bool all_refused = named.threads.empty() && !named.refused.empty();
  return all_refused ? give_up(Exit::refused, "") : end_of(*walked);
}

CLI::App* add_walk_options(CLI::App* verb, WalkOne& options) {
  verb->add_option("FILE", options.file, "A minidump or an ELF core")->required()->check(CLI::ExistingFile);
  verb->add_option(
          "--symbols", options.symbols,
          "Symbol files: a Breakpad store, a folder with .build-id, or a system's root; can be given again")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
  return verb;
}

} // namespace

void add_dump_walk(CLI::App& group, Context& context) {
  auto one = std::make_shared<WalkOne>();
  CLI::App* verb =
      add_verb(group, "walk", "The stack of each thread, frame by frame, and what each rests on; local",
               "sallyport dump walk crash.dmp --symbols symbols");
  on(add_walk_options(verb, *one), context, one, walk_dump);

  auto named = std::make_shared<SymbolizeOne>();
  verb = add_verb(group, "symbolize",
                  "Names of frames, of the modules that are listed and as deep as is allowed; local",
                  "sallyport dump symbolize crash.dmp --symbols symbols --depth function --module 'lib*'");
  const CLI::IsMember levels({"none", "module", "function", "line", "locals"});
  add_walk_options(verb, named->walk);
  verb->add_option("--depth", named->depth, "What is asked for")->check(levels)->capture_default_str();
  verb->add_option("--bound", named->bound, "What may be told; never locals")
      ->check(levels)
      ->capture_default_str();
  verb->add_option("--module", named->modules, "A module that may be named, with * and ?; can be given again")
      ->type_name("NAME");
  verb->add_option("--server", named->server, "A debuginfod to ask for these modules; else nobody is asked")
      ->type_name("URL");
  on(verb, context, named, symbolize_dump);
}

} // namespace sallyport::cli
