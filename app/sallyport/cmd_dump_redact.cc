// dump: redact, verify, fragment. A copy is written only where nothing is against it, and what is said of it
// is made of the two files, not of what redaction did.
#include "canon/json.h"
#include "cmd_dump.h"
#include "dump/crew.h"
#include "dump/file.h"
#include "dump/redact.h"
#include "dump_page.h"
#include "dump_report.h"
#include "engine/files.h"
#include "print.h"
#include "walk/unwinder.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

// What a revision of a dump is called in a packet.
struct Naming {
  std::string dump; // empty: made of the original's bytes
  std::uint64_t rev = 1;
};

struct RedactOne {
  fs::path in;
  fs::path out;
  fs::path previous;
  fs::path html;
  fs::path token_key;
  std::string with = "mask";
  std::string keep = "code";
  std::vector<std::string> leave;
  std::vector<std::string> scrub;
  std::vector<std::string> drop;
  std::vector<std::string> drop_parts;
  std::vector<fs::path> symbols;
  Naming naming;
  Terms terms;
};

struct VerifyOne {
  fs::path in;
  fs::path out;
  fs::path previous;
  fs::path html;
  std::vector<fs::path> symbols;
  Naming naming;
  Terms terms;
  fs::path fragment;
  std::uint64_t index = 0;
  std::uint64_t size = 0;
  std::vector<std::string> path;
  std::string root;
};

struct FragmentOne {
  fs::path in;
  fs::path copy;
  fs::path out;
  std::string region;
  Naming naming;
};

// ---- words of the command line

template <class Enum, std::size_t N>
Enum enum_of(std::string_view word, const std::array<Enum, N>& all, Enum otherwise) {
  const auto found = std::ranges::find_if(all, [&](Enum one) { return dump::name_of(one) == word; });
  return found == all.end() ? otherwise : *found;
}

constexpr std::array redact_actions{dump::Action::mask, dump::Action::token, dump::Action::keyed,
                                    dump::Action::zero, dump::Action::deface};
constexpr std::array keeps{dump::Keep::code, dump::Keep::mapped, dump::Keep::walked};

template <class Enum, std::size_t N> CLI::IsMember words_of(const std::array<Enum, N>& all) {
  std::vector<std::string> words;
  for (const Enum one : all) {
    words.emplace_back(dump::name_of(one));
  }
  return CLI::IsMember(words);
}

CLI::IsMember class_words() {
  std::vector<std::string> words;
  for (const dump::ClassRule& rule : dump::region_classes()) {
    words.emplace_back(rule.name);
  }
  return CLI::IsMember(words);
}

std::vector<dump::RegionClass> read_classes(const std::vector<std::string>& words) {
  std::vector<dump::RegionClass> out;
  for (const dump::ClassRule& rule : dump::region_classes()) {
    if (std::ranges::find(words, rule.name) != words.end()) {
      out.push_back(rule.klass);
    }
  }
  return out;
}

Answer<dump::Policy> policy_of(const RedactOne& options) {
  dump::Policy out;
  out.action = enum_of(options.with, redact_actions, dump::Action::mask);
  out.keep = enum_of(options.keep, keeps, dump::Keep::code);
  const std::vector<dump::RegionClass> left = read_classes(options.leave);
  std::erase_if(out.masked,
                [&](dump::RegionClass klass) { return std::ranges::find(left, klass) != left.end(); });
  out.scrubbed = read_classes(options.scrub);
  out.dropped = read_classes(options.drop);
  out.dropped_parts = options.drop_parts;
  if (out.action == dump::Action::keyed) {
    if (options.token_key.empty()) {
      return give_up(Exit::usage, "keyed tokens need --token-key");
    }
    SP_TRY(const std::string key, read_key(options.token_key));
    out.token_key.assign(key.begin(), key.end());
  }
  return out;
}

dump::RevisionName name_of(const Naming& naming, ByteView original) {
  const Digest seed = dump::salt_seed(original);
  return {naming.dump.empty() ? dump::dump_id(seed) : naming.dump, naming.rev, seed};
}

// The revision before, which need not be there.
Answer<std::optional<dump::MappedFile>> previous_of(const fs::path& path) {
  if (path.empty()) {
    return std::nullopt;
  }
  SP_TRY(dump::MappedFile file, dump::MappedFile::open(path));
  return std::optional(std::move(file));
}

// ---- for people

std::string copy_text(const Context& context, const canon::Object& report) {
  const canon::Value* coverage = report.find("coverage");
  const canon::Value* unwind = report.find("unwind");
  const auto of = [](const canon::Value* value, std::string_view name) {
    return value == nullptr ? std::string() : shown(*value, name);
  };
  const std::string walked = of(unwind, "identical") + " identical, " + of(unwind, "widened") + " widened, " +
                             of(unwind, "lost") + " lost (" + of(unwind, "unwalked") + " not walked)";
  return fields({{"bytes", of(coverage, "bytes")},
                 {"written", of(coverage, "written")},
                 {"unaccounted", of(coverage, "unaccounted")},
                 {"threads", unwind == nullptr ? "" : walked}}) +
         held_text(context, report) + differs_text(context, report) +
         found_text(context, report, "left", "Found in the copy");
}

Answer<void> write_page(const fs::path& page, const canon::Object& report, const fs::path& of) {
  if (!page.empty()) {
    SP_CHECK(engine::write_new_file(page, page_of(report, of.filename().string())));
  }
  return {};
}

// ---- verbs

canon::Object redact_into(std::span<std::uint8_t> copy, ByteView original, const dump::Policy& policy,
                          const Rules& rules, const RedactOne& options,
                          const std::optional<dump::MappedFile>& previous, const dump::Progress& progress) {
  const dump::Walker walker = walk::unwinder({.folders = options.symbols});
  const Looked before = look(original, rules, progress);
  const dump::Original from{original, before.reading, rules.scanner, walker, progress, dump::crew_here()};
  dump::Redaction done = dump::redact(copy, from, policy);
  const Looked after{copy, std::move(done.reading), std::move(done.scan)};
  std::optional<Looked> earlier;
  if (previous) {
    earlier = look(previous->bytes(), rules, progress);
  }
  canon::Object report = report_of_copy(
      {before, after, name_of(options.naming, original), earlier ? &*earlier : nullptr}, rules, walker);
  report.set("passes", integer(done.passes));
  return report;
}

Answer<void> redact_one(const Context& context, const RedactOne& options) {
  SP_TRY(const Rules rules, rules_of(options.terms));
  SP_TRY(const dump::Policy policy, policy_of(options));
  SP_TRY(const dump::MappedFile original, dump::MappedFile::open(options.in));
  SP_TRY(const std::optional<dump::MappedFile> previous, previous_of(options.previous));
  SP_TRY(dump::NewFile copy, dump::NewFile::copy_of(original.bytes(), options.out));
  SP_TRY(canon::Object report, in_worker(
                                   context,
                                   [&](const dump::Progress& progress) {
                                     return redact_into(copy.writable(), original.bytes(), policy, rules,
                                                        options, previous, progress);
                                   },
                                   !options.symbols.empty()));
  if (is_clean(report)) {
    SP_CHECK(copy.publish());
  }
  report.set("written", is_clean(report));
  SP_CHECK(write_page(options.html, report, options.in));
  if (context.json) {
    print_json(report);
  } else {
    const canon::Value value = report;
    out(fields({{"out", is_clean(report) ? printable(options.out.string()) : "not written"},
                {"passes", shown(value, "passes")}}) +
        copy_text(context, report));
  }
  return exit_of(report);
}

Answer<void> verify_two(const Context& context, const VerifyOne& options) {
  SP_TRY(const Rules rules, rules_of(options.terms));
  SP_TRY(const dump::MappedFile original, dump::MappedFile::open(options.in));
  SP_TRY(const dump::MappedFile copy, dump::MappedFile::open(options.out));
  SP_TRY(const std::optional<dump::MappedFile> previous, previous_of(options.previous));
  SP_TRY(const canon::Object report,
         in_worker(
             context,
             [&](const dump::Progress& progress) {
               const Looked before = look(original.bytes(), rules, progress);
               const Looked after = look(copy.bytes(), rules, progress);
               std::optional<Looked> earlier;
               if (previous) {
                 earlier = look(previous->bytes(), rules, progress);
               }
               return report_of_copy(
                   {before, after, name_of(options.naming, original.bytes()), earlier ? &*earlier : nullptr},
                   rules, walk::unwinder({.folders = options.symbols}));
             },
             !options.symbols.empty()));
  SP_CHECK(write_page(options.html, report, options.out));
  if (context.json) {
    print_json(report);
  } else {
    out(copy_text(context, report));
  }
  return exit_of(report);
}

Answer<dump::FragmentPlace> place_of(const VerifyOne& options) {
  dump::FragmentPlace out{options.index, options.size, {}, {}};
  SP_TRY(out.root, Digest::from_hex(options.root));
  for (const std::string& hash : options.path) {
    SP_TRY(const Digest digest, Digest::from_hex(hash));
    out.path.push_back(digest);
  }
  return out;
}

Answer<void> verify_fragment(const Context& context, const VerifyOne& options) {
  SP_TRY(const dump::FragmentPlace place, place_of(options));
  SP_TRY(const dump::MappedFile file, dump::MappedFile::open(options.fragment));
  const Result<dump::FragmentHeader> header = dump::verify_fragment(file.bytes(), place);
  if (!header) {
    return give_up(Exit::fault, header.error().text());
  }
  const canon::Object report{{"dump", header->dump},
                             {"rev", integer(header->rev)},
                             {"class", header->region_class},
                             {"offset", integer(header->offset)},
                             {"bytes", integer(header->bytes)},
                             {"sha256", header->digest.hex()}};
  if (context.json) {
    print_json(report);
  } else {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& [name, value] : report) {
      rows.emplace_back(name, printable(inline_text(value)));
    }
    out(fields(rows));
  }
  return {};
}

Answer<void> verify_one(const Context& context, const VerifyOne& options) {
  if (!options.fragment.empty()) {
    return verify_fragment(context, options);
  }
  if (options.in.empty() || options.out.empty()) {
    return give_up(Exit::usage, "name the original and its copy, or a --fragment");
  }
  return verify_two(context, options);
}

// "rg4" as 4.
std::optional<std::uint32_t> region_of(std::string_view name) {
  std::uint32_t out = 0;
  if (!name.starts_with("rg")) {
    return std::nullopt;
  }
  const auto [end, error] = std::from_chars(name.data() + 2, name.data() + name.size(), out);
  return error == std::errc() && end == name.data() + name.size() && name.size() > 2 ? std::optional(out)
                                                                                     : std::nullopt;
}

// The place of one region in the tree of all; the envelope itself is made outside of the worker, of what the
// worker said of the map, and is what the tree says only where the map is the same.
canon::Object fragment_report(ByteView copy, const dump::RevisionName& name, std::uint32_t region) {
  const dump::Reading reading = dump::read(copy);
  canon::Object out{{"held", values_of_held(reading.held)}};
  if (!reading.clean() || region >= reading.regions.size()) {
    out.set("regions", integer(reading.regions.size()));
    return out;
  }
  const dump::FragmentTree tree = dump::fragments_of(name, copy, reading.regions);
  canon::Array path;
  for (const Digest& hash : tree.path(region)) {
    path.push_back(hash.hex());
  }
  const dump::Region& one = reading.regions[region];
  out.set("index", integer(region));
  out.set("size", integer(tree.envelopes.size()));
  out.set("path", std::move(path));
  out.set("root", tree.root.hex());
  out.set("sha256", tree.envelopes[region].hex());
  out.set("class", dump::rule_of(one.klass).name);
  out.set("offset", integer(one.range.from()));
  out.set("bytes", integer(one.range.size()));
  out.set("envelope", to_base64(as_bytes(dump::envelope(name, copy, reading.regions, region))));
  return out;
}

Answer<void> write_fragment(const Context& context, const FragmentOne& options) {
  const std::optional<std::uint32_t> region = region_of(options.region);
  if (!region) {
    return give_up(Exit::usage, "a region is named rg and its place in the map, as in rg4");
  }
  SP_TRY(const dump::MappedFile original, dump::MappedFile::open(options.in));
  SP_TRY(const dump::MappedFile copy, dump::MappedFile::open(options.copy));
  const dump::RevisionName name = name_of(options.naming, original.bytes());
  SP_TRY(canon::Object report, in_worker(context, [&](const dump::Progress&) {
           return fragment_report(copy.bytes(), name, *region);
         }));
  const canon::Value* envelope = report.find("envelope");
  if (is_clean(report) && (envelope == nullptr || envelope->string() == nullptr)) {
    return give_up(Exit::not_found, "the dump has no such region");
  }
  if (is_clean(report)) {
    SP_TRY(const Bytes bytes, from_base64(*envelope->string()));
    SP_CHECK(engine::write_new_file(options.out, as_text(bytes)));
  }
  report.erase("envelope");
  if (context.json) {
    print_json(report);
  } else {
    const canon::Value value = report;
    out(fields({{"class", shown(value, "class")},
                {"index", shown(value, "index")},
                {"size", shown(value, "size")},
                {"sha256", shown(value, "sha256")},
                {"root", shown(value, "root")}}) +
        held_text(context, report));
  }
  return exit_of(report);
}

// ---- options

void add_naming(CLI::App* verb, Naming& naming) {
  verb->add_option("--dump", naming.dump, "The dump's id in its packet; else one made of its bytes");
  verb->add_option("--rev", naming.rev, "The revision that the copy is")->check(CLI::Range(1, 1'000'000));
}

void add_symbols(CLI::App* verb, std::vector<fs::path>& folders) {
  verb->add_option("--symbols", folders, "A folder of symbol files that threads are walked with")
      ->check(CLI::ExistingDirectory);
}

void add_redact(CLI::App& group, Context& context) {
  auto redact = std::make_shared<RedactOne>();
  CLI::App* verb = add_verb(group, "redact", "Writes a copy without what is found, of the same length; local",
                            "sallyport dump redact crash.dmp --out crash.redacted.dmp --with token");
  verb->add_option("IN", redact->in, "A minidump or an ELF core")->required()->check(CLI::ExistingFile);
  verb->add_option("--out", redact->out, "The copy, which must not be there yet")->required();
  verb->add_option("--with", redact->with,
                   "What stands where a finding was: mask, token, keyed, zero or deface")
      ->check(words_of(redact_actions));
  verb->add_option("--token-key", redact->token_key, "Of keyed tokens: a file of 16 bytes or more")
      ->check(CLI::ExistingFile);
  verb->add_option("--keep", redact->keep, "Which words of stacks stay at first: code, mapped or walked")
      ->check(words_of(keeps));
  verb->add_option("--leave", redact->leave,
                   "A class that is not masked as a whole: thread_names, annotations")
      ->check(CLI::IsMember({"thread_names", "annotations"}));
  verb->add_option("--scrub", redact->scrub, "A class of which only pointers stay, as heap")
      ->check(class_words());
  verb->add_option("--drop", redact->drop, "A class of which nothing stays")->check(class_words());
  verb->add_option("--drop-part", redact->drop_parts, "A stream or note of which nothing stays, by its name");
  verb->add_option("--previous", redact->previous, "The revision before, of which nothing may be shown again")
      ->check(CLI::ExistingFile);
  verb->add_option("--html", redact->html, "A page with a picture of the dump, which must not be there yet");
  add_symbols(verb, redact->symbols);
  add_naming(verb, redact->naming);
  add_terms(verb, redact->terms);
  on(verb, context, redact, redact_one);
}

void add_verify(CLI::App& group, Context& context) {
  auto verify = std::make_shared<VerifyOne>();
  CLI::App* verb =
      add_verb(group, "verify", "Reads, scans and compares a redacted copy, or one fragment; local",
               "sallyport dump verify crash.dmp crash.redacted.dmp");
  verb->add_option("IN", verify->in, "The original")->check(CLI::ExistingFile);
  verb->add_option("OUT", verify->out, "Its redacted copy")->check(CLI::ExistingFile);
  verb->add_option("--previous", verify->previous, "The revision before, of which nothing may be shown again")
      ->check(CLI::ExistingFile);
  verb->add_option("--html", verify->html, "A page with a picture of the dump, which must not be there yet");
  add_symbols(verb, verify->symbols);
  add_naming(verb, verify->naming);
  add_terms(verb, verify->terms);
  CLI::Option* fragment =
      verb->add_option("--fragment", verify->fragment, "One fragment, alone")->check(CLI::ExistingFile);
  CLI::Option* index = verb->add_option("--index", verify->index, "Its place in the tree")->needs(fragment);
  CLI::Option* size = verb->add_option("--size", verify->size, "How many fragments the tree has");
  CLI::Option* root = verb->add_option("--root", verify->root, "The tree's root");
  verb->add_option("--path", verify->path, "The hashes from it to the root, the nearest first")
      ->delimiter(',')
      ->needs(fragment);
  fragment->needs(index)->needs(size)->needs(root);
  on(verb, context, verify, verify_one);
}

} // namespace

void add_dump_redact(CLI::App& group, Context& context) {
  add_redact(group, context);
  add_verify(group, context);
  auto fragment = std::make_shared<FragmentOne>();
  CLI::App* verb = add_verb(group, "fragment", "One region of a redacted copy, to be verified alone; local",
                            "sallyport dump fragment crash.dmp crash.r1.dmp --region rg4 --out f.part");
  verb->add_option("IN", fragment->in, "The original, which salts are made of")
      ->required()
      ->check(CLI::ExistingFile);
  verb->add_option("COPY", fragment->copy, "Its redacted copy")->required()->check(CLI::ExistingFile);
  verb->add_option("--region", fragment->region, "The region: rg and its place in the map")->required();
  verb->add_option("--out", fragment->out, "The fragment, which must not be there yet")->required();
  add_naming(verb, fragment->naming);
  on(verb, context, fragment, write_fragment);
}

} // namespace sallyport::cli
