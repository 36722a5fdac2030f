// vault: raw dumps in the service's folder, kept and looked at beside a running server. No verb shows or
// writes a raw byte: what is decrypted goes into memory that nobody can write to any more, and from there to
// the dump worker alone.
#include "base/descriptor.h"
#include "canon/json.h"
#include "cmd_dump.h"
#include "dump/file.h"
#include "dump/fragments.h"
#include "dump_report.h"
#include "engine/engine.h"
#include "engine/raw_dumps.h"
#include "local_log.h"
#include "print.h"
#include "ticker.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct KeepOne {
  fs::path raw;
  std::string dump;
  std::uint32_t rev = 1;
};

struct ScanKept {
  std::string dump;
  Terms terms;
};

std::string region_name(std::size_t region) {
  return "rg" + std::to_string(region);
}

canon::Object value_of(const engine::KeptRaw& kept) {
  canon::Array erased;
  for (const std::size_t region : kept.erased) {
    erased.emplace_back(region_name(region));
  }
  return {{"dump", kept.index.dump},
          {"rev", std::int64_t{kept.index.rev}},
          {"bytes", integer(kept.bytes())},
          {"regions", integer(kept.index.regions.size())},
          {"left", integer(kept.index.regions.size() - kept.erased.size())},
          {"erased", std::move(erased)},
          {"erased_bytes", integer(kept.erased_bytes())}};
}

// "rg2, rg7 and 31 more"
std::string few_of(const std::vector<std::size_t>& regions) {
  constexpr std::size_t most = 8;
  std::string out;
  for (std::size_t i = 0; i < std::min(regions.size(), most); ++i) {
    out += (out.empty() ? "" : ", ") + region_name(regions[i]);
  }
  return regions.size() > most ? fmt::format("{} and {} more", out, regions.size() - most) : out;
}

// ---- keep

canon::Object map_of(ByteView bytes) {
  const dump::Reading reading = dump::read(bytes);
  canon::Array regions;
  for (const dump::Region& region : reading.regions) {
    regions.emplace_back(
        canon::Object{{"class", dump::rule_of(region.klass).name}, {"bytes", integer(region.range.size())}});
  }
  return {{"held", values_of_held(reading.held)}, {"regions", std::move(regions)}};
}

std::vector<engine::RawRegion> regions_in(const canon::Object& report) {
  std::vector<engine::RawRegion> out;
  for (const canon::Value& row : rows_of(report, "regions")) {
    const canon::Value* bytes = row.find("bytes");
    const bool number = bytes != nullptr && bytes->integer() != nullptr && *bytes->integer() > 0;
    out.push_back({text_at(row, "class"), number ? static_cast<std::uint64_t>(*bytes->integer()) : 0});
  }
  return out;
}

Answer<void> keep(const Context& context, const KeepOne& options) {
  SP_TRY(const engine::CoreOptions log, local_log(context));
  SP_TRY(const dump::MappedFile raw, dump::MappedFile::open(options.raw));
  SP_TRY(const canon::Object report,
         in_worker(context, [&](const dump::Progress&) { return map_of(raw.bytes()); }));
  if (!is_clean(report)) {
    if (context.json) {
      print_json(report);
    } else {
      out(held_text(context, report));
    }
    return exit_of(report);
  }
  bool named = false; // its id is made of these bytes, so that it can be of no other dump
  const auto kept = [&] {
    const Ticker ticker(context, "encrypting the raw dump");
    named = dump::dump_id(dump::salt_seed(raw.bytes())) == options.dump;
    return engine::keep_raw(log, options.dump, options.rev, regions_in(report), raw.bytes(),
                            engine::system_now());
  }();
  SP_CHECK(kept);
  if (context.json) {
    canon::Object said = value_of(*kept);
    said.set("id_of_bytes", named);
    print_json(said);
    return {};
  }
  out(fields({{"dump", printable(kept->index.dump) +
                           (named ? ", an id that is made of these bytes"
                                  : ", by its length and structure; the id is not made of its bytes")},
              {"regions", std::to_string(kept->index.regions.size()) + ", each under a key of its own"},
              {"bytes", std::to_string(kept->bytes())}}));
  if (!context.quiet) {
    out("The file that you gave is still where it is; the vault has a copy of its own. A copy of this folder "
        "has it too,\nunless you leave out vault/segments/.\n");
  }
  return {};
}

// ---- show

Answer<void> show_kept(const Context& context, const NoOptions&) {
  SP_TRY(const engine::CoreOptions log, local_log(context));
  SP_TRY(const std::vector<engine::KeptRaw> all, engine::kept_raw(log));
  if (context.json) {
    canon::Array rows;
    for (const engine::KeptRaw& kept : all) {
      rows.emplace_back(value_of(kept));
    }
    print_json({{"dumps", std::move(rows)}});
    return {};
  }
  Table table({{"DUMP"}, {"REV"}, {"BYTES"}, {"REGIONS"}, {"LEFT"}, {"ERASED", true}});
  for (const engine::KeptRaw& kept : all) {
    const std::size_t regions = kept.index.regions.size();
    table.row({printable(kept.index.dump), std::to_string(kept.index.rev), std::to_string(kept.bytes()),
               std::to_string(regions), std::to_string(regions - kept.erased.size()), few_of(kept.erased)});
  }
  if (!table.empty()) {
    out(table.text(context));
  } else if (!context.quiet) {
    out("The vault keeps no raw dump.\n");
  }
  return {};
}

// ---- scan

// A file in memory, without a name: what is written into it is on no disk (but in swap, where there is some).
// A core of this process would be one, so there is none.
class Memory {
public:
  static Answer<Memory> of_size(std::uint64_t bytes) {
    Memory out(Descriptor(::memfd_create("raw dump", MFD_CLOEXEC | MFD_ALLOW_SEALING)));
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || out.fd_.get() < 0 ||
        ::ftruncate(out.fd_.get(), static_cast<off_t>(bytes)) != 0) {
      return give_up(Exit::unavailable, "there is no memory that the raw dump could be read in");
    }
    return out;
  }

  Result<void> write(std::uint64_t at, ByteView bytes) {
    const bool written =
        ::lseek(fd_.get(), static_cast<off_t>(at), SEEK_SET) >= 0 && write_all(fd_.get(), bytes);
    return written ? Result<void>()
                   : fail(ErrorCode::unavailable, "raw dump", "there is not memory enough for it");
  }

  // Nobody writes to it from here on, this process neither.
  Result<dump::MappedFile> sealed() && {
    if (::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
      return fail(ErrorCode::unavailable, "raw dump", "its memory could not be sealed");
    }
    return dump::MappedFile::of(fd_, "raw dump");
  }

private:
  explicit Memory(Descriptor fd) : fd_(std::move(fd)) {}

  Descriptor fd_;
};

Answer<void> scan_kept(const Context& context, const ScanKept& options) {
  SP_TRY(const engine::CoreOptions log, local_log(context));
  SP_TRY(const Rules rules, rules_of(options.terms));
  SP_TRY(const std::vector<engine::KeptRaw> all, engine::kept_raw(log));
  const auto known =
      std::ranges::find(all, options.dump, [](const engine::KeptRaw& one) { return one.index.dump; });
  if (known == all.end()) {
    return give_up(Exit::not_found, "the vault keeps no raw dump of this name; see: sallyport vault show");
  }
  SP_TRY(Memory memory, Memory::of_size(known->bytes()));
  const auto kept = [&] {
    const Ticker ticker(context, "decrypting what is left of the raw dump");
    return engine::read_raw(log, options.dump,
                            [&](std::uint64_t at, ByteView bytes) { return memory.write(at, bytes); });
  }();
  SP_CHECK(kept);
  SP_TRY(const dump::MappedFile file, std::move(memory).sealed());
  const ByteView bytes = file.bytes();
  SP_TRY(canon::Object report, in_worker(context, [&](const dump::Progress& progress) {
           return report_of_scan(look(bytes, rules, progress), rules);
         }));
  report.set("kept", value_of(*kept));
  if (context.json) {
    print_json(report);
  } else {
    out(fields({{"dump", printable(options.dump)},
                {"bytes", std::to_string(bytes.size())},
                {"erased, read as zeros", few_of(kept->erased)}}) +
        held_text(context, report) + found_text(context, report, "found", "Found: --json has each"));
  }
  return exit_of(report);
}

} // namespace

void add_vault(CLI::App& app, Context& context) {
  CLI::App& group =
      *add_group(app, "vault", "Raw dumps, kept region by region under keys of their own; local",
                 "sallyport vault show --dir /var/lib/sallyport");
  auto kept = std::make_shared<KeepOne>();
  CLI::App* verb = add_verb(group, "keep", "Keep a raw dump whose scan is on record; local, beside a server",
                            "sallyport vault keep crash.dmp --dump du_abcdefghij --rev 1");
  verb->add_option("RAW", kept->raw, "The dump as it was redacted")->required()->check(CLI::ExistingFile);
  verb->add_option("--dump", kept->dump, "Its id, as its scan names it")->required();
  verb->add_option("--rev", kept->rev, "The revision whose scan says its regions")
      ->check(CLI::Range(1, 1'000'000));
  on(verb, context, kept, keep);

  on(add_verb(group, "show", "What is kept, what is left of it, what was erased; local, beside a server",
              "sallyport vault show --json | jq '.dumps[].erased'"),
     context, std::make_shared<NoOptions>(), show_kept);

  auto scanned = std::make_shared<ScanKept>();
  verb = add_verb(group, "scan", "What is exposed in a raw dump that is kept; local, beside a server",
                  "sallyport vault scan --dump du_abcdefghij --terms tenants.tsv");
  verb->add_option("--dump", scanned->dump, "As 'vault show' names it")->required();
  add_terms(verb, scanned->terms);
  on(verb, context, scanned, scan_kept);
}

} // namespace sallyport::cli
