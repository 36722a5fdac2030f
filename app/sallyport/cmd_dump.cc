// dump: what a crash dump holds, by region; local. Addresses, sizes and names of builds are shown, and of
// paths the last part; nothing of what the process had in memory, in its environment or on its command line
// is.
#include "cmd_dump.h"

#include "canon/json.h"
#include "dump/file.h"
#include "print.h"

#include <fmt/format.h>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;
using dump::Reading;

struct OneDump {
  fs::path file;
};

struct Share {
  std::uint64_t regions = 0;
  std::uint64_t bytes = 0;
};

// By class, in the order of region_classes().
std::vector<Share> shares(const Reading& reading) {
  std::vector<Share> out(dump::region_classes().size());
  for (const dump::Region& region : reading.regions) {
    Share& share = out[static_cast<std::size_t>(region.klass)];
    ++share.regions;
    share.bytes += region.range.size();
  }
  return out;
}

std::string hex(std::uint64_t number) {
  return fmt::format("{:x}", number);
}

std::int64_t integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

std::string file_name(ByteView file, const dump::Module& module) {
  const std::string path = dump::text_of(file, module.path);
  const auto last = path.find_last_of("/\\");
  return last == std::string::npos ? path : path.substr(last + 1);
}

// ---- for programs

canon::Array values_of_regions(const Reading& reading) {
  canon::Array out;
  for (const dump::Region& region : reading.regions) {
    canon::Object value{{"class", dump::rule_of(region.klass).name},
                        {"offset", integer(region.range.from())},
                        {"bytes", integer(region.range.size())}};
    if (region.owner != dump::nobody) {
      value.set("owner", integer(region.owner));
    }
    out.push_back(std::move(value));
  }
  return out;
}

canon::Object coverage_of(const Reading& reading, std::uint64_t bytes) {
  canon::Object classes;
  const std::vector<Share> all = shares(reading);
  for (const dump::ClassRule& rule : dump::region_classes()) {
    const Share& share = all[static_cast<std::size_t>(rule.klass)];
    classes.set(std::string(rule.name),
                canon::Object{{"regions", integer(share.regions)}, {"bytes", integer(share.bytes)}});
  }
  const std::uint64_t unaccounted = all[static_cast<std::size_t>(dump::RegionClass::unaccounted)].bytes;
  return {{"bytes", integer(bytes)},
          {"accounted", integer(bytes - unaccounted)},
          {"unaccounted", integer(unaccounted)},
          {"classes", std::move(classes)}};
}

canon::Array values_of_threads(const Reading& reading) {
  canon::Array out;
  for (const dump::Thread& thread : reading.dump.threads) {
    canon::Object value{{"id", integer(thread.id)}, {"named", thread.name.has_value()}};
    if (thread.registers) {
      value.set("pc", hex(thread.registers->pc));
      value.set("sp", hex(thread.registers->sp));
    }
    out.push_back(std::move(value));
  }
  return out;
}

canon::Array values_of_modules(ByteView file, const std::vector<dump::Module>& modules) {
  canon::Array out;
  for (const dump::Module& module : modules) {
    out.push_back(canon::Object{{"name", printable(file_name(file, module))},
                                {"address", hex(module.addresses.from())},
                                {"bytes", hex(module.addresses.size())},
                                {"code_id", module.code_id},
                                {"debug_id", module.debug_id}});
  }
  return out;
}

canon::Array values_of_parts(const Reading& reading) {
  canon::Array out;
  for (const dump::Part& part : reading.dump.parts) {
    out.push_back(canon::Object{{"type", hex(part.type)},
                                {"name", part.name},
                                {"offset", hex(part.range.from())},
                                {"bytes", integer(part.range.size())}});
  }
  return out;
}

std::string json_of(ByteView file, const Reading& reading) {
  return canon::write(canon::Object{{"format", dump::name_of(reading.dump.format)},
                                    {"machine", dump::name_of(reading.dump.machine)},
                                    {"held", values_of_held(reading.held)},
                                    {"coverage", coverage_of(reading, file.size())},
                                    {"regions", values_of_regions(reading)},
                                    {"threads", values_of_threads(reading)},
                                    {"modules", values_of_modules(file, reading.dump.modules)},
                                    {"unloaded", values_of_modules(file, reading.dump.unloaded)},
                                    {"parts", values_of_parts(reading)}}) +
         "\n";
}

// ---- for people

std::string share_of(std::uint64_t bytes, std::uint64_t of) {
  return of == 0 ? "" : fmt::format("{:.1f} %", 100.0 * static_cast<double>(bytes) / static_cast<double>(of));
}

std::string classes_text(const Context& context, const Reading& reading, std::uint64_t bytes) {
  Table table({{"CLASS"}, {"REGIONS"}, {"BYTES"}, {"SHARE"}, {"WHAT", true}});
  const std::vector<Share> all = shares(reading);
  for (const dump::ClassRule& rule : dump::region_classes()) {
    const Share& share = all[static_cast<std::size_t>(rule.klass)];
    if (share.bytes > 0) {
      table.row({std::string(rule.name), std::to_string(share.regions), std::to_string(share.bytes),
                 share_of(share.bytes, bytes), std::string(rule.what)},
                rule.klass == dump::RegionClass::unaccounted ? Tone::waiting : Tone::plain);
    }
  }
  return section(context, "Bytes by class: each is in one", table);
}

std::string threads_text(const Context& context, const Reading& reading) {
  Table table({{"THREAD"}, {"NAMED"}, {"PC"}, {"SP"}});
  for (const dump::Thread& thread : reading.dump.threads) {
    const bool faulted = reading.dump.exception && reading.dump.exception->thread == thread.id;
    table.row({std::to_string(thread.id) + (faulted ? " (fault)" : ""), thread.name ? "yes" : "",
               thread.registers ? hex(thread.registers->pc) : "?",
               thread.registers ? hex(thread.registers->sp) : "?"});
  }
  return section(context, "Threads", table);
}

std::string modules_text(const Context& context, ByteView file, const Reading& reading) {
  Table table({{"ADDRESS"}, {"BYTES"}, {"DEBUG ID"}, {"FILE", true}});
  for (const dump::Module& module : reading.dump.modules) {
    table.row({hex(module.addresses.from()), hex(module.addresses.size()), module.debug_id,
               printable(file_name(file, module))});
  }
  return section(context, "Modules", table);
}

Answer<void> show_dump(const Context& context, const OneDump& options) {
  SP_TRY(const dump::MappedFile file, dump::MappedFile::open(options.file));
  const ByteView bytes = file.bytes();
  const Reading reading = dump::read(bytes);
  if (context.json) {
    out(json_of(bytes, reading));
  } else {
    out(fields({{"file", printable(options.file.string())},
                {"format", std::string(dump::name_of(reading.dump.format))},
                {"machine", std::string(dump::name_of(reading.dump.machine))},
                {"bytes", std::to_string(bytes.size())},
                {"regions", std::to_string(reading.regions.size())}}) +
        held_text(context, reading.held) + classes_text(context, reading, bytes.size()) +
        threads_text(context, reading) + modules_text(context, bytes, reading));
  }
  return reading.clean() ? Answer<void>() : give_up(Exit::held, "");
}

} // namespace

canon::Array values_of_held(const std::vector<dump::Held>& held) {
  canon::Array out;
  for (const dump::Held& one : held) {
    out.push_back(canon::Object{{"cause", dump::name_of(one.cause)}, {"where", one.where}, {"why", one.why}});
  }
  return out;
}

std::string held_text(const Context& context, const std::vector<dump::Held>& held) {
  Table table({{"CAUSE"}, {"WHERE"}, {"WHY", true}});
  for (const dump::Held& one : held) {
    table.row({std::string(dump::name_of(one.cause)), one.where, one.why}, Tone::bad);
  }
  return section(context, "Held", table);
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
}

} // namespace sallyport::cli
