#include "dump_report.h"

#include "crypto/digest.h"
#include "crypto/random.h"
#include "dump/crew.h"
#include "dump/cursor.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <tuple>

namespace sallyport::cli {
namespace {

using dump::Exposure;
using dump::Reading;
using dump::ScanOfDump;

constexpr Exposure exposures[] = {Exposure::customer_identifier, Exposure::session_payload,
                                  Exposure::stack_local};

std::string hex(std::uint64_t number) {
  return fmt::format("{:x}", number);
}

std::string_view class_of(const Reading& reading, std::uint32_t region) {
  return dump::rule_of(reading.regions[region].klass).name;
}

// ---- a reading

canon::Object share_of_classes(const Reading& reading) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> shares(dump::region_classes().size());
  for (const dump::Region& region : reading.regions) {
    auto& share = shares[static_cast<std::size_t>(region.klass)];
    ++share.first;
    share.second += region.range.size();
  }
  canon::Object out;
  for (const dump::ClassRule& rule : dump::region_classes()) {
    const auto& share = shares[static_cast<std::size_t>(rule.klass)];
    out.set(std::string(rule.name),
            canon::Object{{"regions", integer(share.first)}, {"bytes", integer(share.second)}});
  }
  return out;
}

std::uint64_t unaccounted_in(const Reading& reading) {
  std::uint64_t sum = 0;
  for (const dump::Region& region : reading.regions) {
    sum += region.klass == dump::RegionClass::unaccounted ? region.range.size() : 0;
  }
  return sum;
}

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

canon::Array values_of_threads(const Reading& reading) {
  canon::Array out;
  for (const dump::Thread& thread : reading.dump.threads) {
    const bool faulted = reading.dump.exception && reading.dump.exception->thread == thread.id;
    canon::Object value{{"id", integer(thread.id)}, {"named", thread.name.has_value()}, {"faulted", faulted}};
    if (thread.registers) {
      value.set("pc", hex(thread.registers->pc));
      value.set("sp", hex(thread.registers->sp));
    }
    out.push_back(std::move(value));
  }
  return out;
}

std::string file_name(ByteView file, const dump::Module& module) {
  const std::string path = dump::text_of(file, module.path);
  const auto last = path.find_last_of("/\\");
  std::string name = last == std::string::npos ? path : path.substr(last + 1);
  return is_utf8(name) ? name : "?";
}

canon::Array values_of_modules(ByteView file, const std::vector<dump::Module>& modules) {
  canon::Array out;
  for (const dump::Module& module : modules) {
    out.push_back(canon::Object{{"name", file_name(file, module)},
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

// ---- a scan

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

// The salt is nobody's when this process has ended: it tells which findings of one report are the same.
canon::Array values_of_findings(const Looked& looked) {
  constexpr std::size_t digest_bytes = 8;
  Bytes salt(32);
  crypto::random_bytes(salt);
  canon::Array out;
  for (const dump::Finding& finding : looked.scan.findings) {
    canon::Array via;
    for (const scan::Encoding encoding : finding.via) {
      via.push_back(scan::to_string(encoding));
    }
    const Digest digest = crypto::hmac_sha256(salt, dump::slice(looked.file, finding.range));
    out.push_back(canon::Object{{"exposure", dump::name_of(finding.exposure)},
                                {"region", integer(finding.region)},
                                {"class", class_of(looked.reading, finding.region)},
                                {"offset", integer(finding.range.from())},
                                {"bytes", integer(finding.range.size())},
                                {"rule", finding.rule},
                                {"confidence", scan::to_string(finding.confidence)},
                                {"wide", finding.wide},
                                {"via", std::move(via)},
                                {"digest", to_hex(digest.view().first(digest_bytes))},
                                {"preview", finding.preview}});
  }
  return out;
}

// How many of each exposure, class and rule.
canon::Array values_of_groups(const Looked& looked) {
  struct Group {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    const dump::Finding* first = nullptr;
  };

  std::map<std::tuple<Exposure, std::uint8_t, std::string>, Group> groups;
  for (const dump::Finding& finding : looked.scan.findings) {
    const auto klass = static_cast<std::uint8_t>(looked.reading.regions[finding.region].klass);
    Group& group = groups[{finding.exposure, klass, finding.rule}];
    ++group.count;
    group.bytes += finding.range.size();
    group.first = group.first == nullptr ? &finding : group.first;
  }
  canon::Array out;
  for (const auto& [key, group] : groups) {
    out.push_back(canon::Object{{"exposure", dump::name_of(group.first->exposure)},
                                {"class", class_of(looked.reading, group.first->region)},
                                {"rule", group.first->rule},
                                {"count", integer(group.count)},
                                {"bytes", integer(group.bytes)},
                                {"offset", integer(group.first->range.from())},
                                {"preview", group.first->preview}});
  }
  return out;
}

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

// ---- two revisions

canon::Object value_of_changes(const dump::Comparison& comparison) {
  canon::Object out;
  for (std::size_t i = 0; i < dump::change_count; ++i) {
    const auto change = static_cast<dump::Change>(i);
    out.set(std::string(dump::name_of(change)), canon::Object{{"places", integer(comparison.count(change))},
                                                              {"bytes", integer(comparison.bytes[i])}});
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

canon::Array groups_of_differences(const Reading& reading, const dump::Comparison& comparison) {
  std::map<std::tuple<dump::Change, std::uint8_t, std::string_view>, std::pair<std::uint64_t, std::uint64_t>>
      groups;
  for (const dump::Difference& difference : comparison.differences) {
    const auto klass = static_cast<std::uint8_t>(reading.regions[difference.region].klass);
    auto& group =
        groups[{difference.change, klass, difference.exposure ? dump::name_of(*difference.exposure) : ""}];
    ++group.first;
    group.second += difference.range.size();
  }
  canon::Array out;
  for (const auto& [key, group] : groups) {
    const auto& [change, klass, exposure] = key;
    out.push_back(canon::Object{{"change", dump::name_of(change)},
                                {"class", dump::rule_of(static_cast<dump::RegionClass>(klass)).name},
                                {"exposure", exposure},
                                {"places", integer(group.first)},
                                {"bytes", integer(group.second)}});
  }
  return out;
}

// ---- a copy

canon::Object value_of_fates(const dump::Fates& fates) {
  canon::Object out;
  for (std::size_t i = 0; i < dump::fate_count; ++i) {
    out.set(std::string(dump::name_of(static_cast<dump::Fate>(i))), integer(fates[i]));
  }
  return out;
}

void add_to(dump::Fates& sum, const dump::Fates& more) {
  for (std::size_t i = 0; i < dump::fate_count; ++i) {
    sum[i] += more[i];
  }
}

canon::Object fates_by_class(const Reading& reading, const dump::Coverage& coverage) {
  std::vector<dump::Fates> sums(dump::region_classes().size());
  for (const dump::RegionCoverage& row : coverage.map.regions) {
    add_to(sums[static_cast<std::size_t>(reading.regions[row.region].klass)], row.bytes);
  }
  canon::Object out;
  for (const dump::ClassRule& rule : dump::region_classes()) {
    const dump::Fates& sum = sums[static_cast<std::size_t>(rule.klass)];
    if (std::ranges::any_of(sum, [](std::uint64_t bytes) { return bytes > 0; })) {
      out.set(std::string(rule.name), value_of_fates(sum));
    }
  }
  return out;
}

canon::Array covered_regions(const Looked& original, const dump::Coverage& coverage) {
  struct Seen {
    std::uint64_t findings = 0;
    std::uint64_t depth = 0;
    std::uint64_t budgets = 0;
  };

  std::vector<Seen> seen(original.reading.regions.size());
  for (const dump::Finding& finding : original.scan.findings) {
    Seen& one = seen[finding.region];
    ++(finding.exposure == Exposure::unscanned ? one.budgets : one.findings);
    one.depth = std::max<std::uint64_t>(one.depth, finding.via.size());
  }
  canon::Array out;
  for (const dump::RegionCoverage& row : coverage.map.regions) {
    const dump::Region& region = original.reading.regions[row.region];
    out.push_back(canon::Object{{"class", dump::rule_of(region.klass).name},
                                {"offset", integer(region.range.from())},
                                {"bytes", integer(region.range.size())},
                                {"rule", dump::name_of(dump::least_of(region.klass))},
                                {"found", integer(seen[row.region].findings)},
                                {"decoded", integer(seen[row.region].depth)},
                                {"budgets_hit", integer(seen[row.region].budgets)},
                                {"fates", value_of_fates(row.bytes)}});
  }
  return out;
}

// The class that most of a cell's bytes are of, what became of them, and how much was found there.
canon::Object value_of_picture(const Looked& original, const dump::Coverage& coverage) {
  const dump::CoverageMap& map = coverage.map;
  std::vector<std::pair<std::uint64_t, dump::RegionClass>> most(map.cells.size());
  std::vector<std::uint64_t> found(map.cells.size());
  if (most.empty()) { // the two are not of one size
    return {{"cell_bytes", 0}, {"cells", canon::Array()}};
  }
  for (const dump::Finding& finding : original.scan.findings) {
    ++found[finding.range.from() / map.cell_bytes];
  }
  for (const dump::Region& region : original.reading.regions) {
    for (std::uint64_t at = region.range.from(); at < region.range.until();) {
      const std::uint64_t cell = at / map.cell_bytes;
      const std::uint64_t until = std::min(region.range.until(), (cell + 1) * map.cell_bytes);
      if (until - at > most[cell].first) {
        most[cell] = {until - at, region.klass};
      }
      at = until;
    }
  }
  canon::Array cells;
  for (std::size_t i = 0; i < map.cells.size(); ++i) {
    canon::Array cell{dump::rule_of(most[i].second).name};
    for (const std::uint64_t bytes : map.cells[i]) {
      cell.push_back(integer(bytes));
    }
    cell.push_back(integer(found[i]));
    cells.push_back(std::move(cell));
  }
  return {{"cell_bytes", integer(map.cell_bytes)}, {"cells", std::move(cells)}};
}

canon::Object value_of_unwound(const dump::Unwound& unwound, bool all) {
  canon::Object out{{"threads", integer(unwound.threads)},
                    {"identical", integer(unwound.identical)},
                    {"widened", integer(unwound.widened)},
                    {"lost", integer(unwound.lost)}};
  if (all) {
    out.set("frames", integer(unwound.frames));
    out.set("frames_lost", integer(unwound.frames_lost));
    out.set("unwalked", integer(unwound.unwalked));
  }
  return out;
}

// By either path.
canon::Object value_of_residual(const dump::Verification& proof) {
  canon::Object out;
  for (const Exposure exposure : exposures) {
    out.set(std::string(dump::name_of(exposure)),
            integer(proof.residual[static_cast<std::size_t>(exposure)]));
  }
  return out;
}

canon::Array values_of_left(const Looked& copy, const dump::Verification& proof) {
  canon::Array out = values_of_groups(copy);
  for (const dump::SecondFound& group : proof.second) {
    out.push_back(canon::Object{{"exposure", dump::name_of(group.exposure)},
                                {"class", dump::rule_of(group.klass).name},
                                {"rule", group.rule},
                                {"count", integer(group.count)},
                                {"bytes", integer(group.bytes)},
                                {"offset", integer(group.first)},
                                {"preview", ""}});
  }
  return out;
}

canon::Object value_of_sums(const dump::Coverage& coverage) {
  return {{"bytes", integer(coverage.bytes)},
          {"accounted", integer(coverage.bytes - coverage.unaccounted)},
          {"unaccounted", integer(coverage.unaccounted)},
          {"budgets_hit", integer(coverage.budgets_hit)}};
}

canon::Value value_of_diff(const Copy& copy, const std::optional<dump::Comparison>& comparison) {
  if (!comparison) {
    return nullptr;
  }
  const std::uint64_t changed =
      comparison->count(dump::Change::changed) + comparison->count(dump::Change::remarked);
  return canon::Object{{"from", integer(copy.name.rev - 1)},
                       {"newly", integer(comparison->count(dump::Change::newly_redacted))},
                       {"changed", integer(changed)},
                       {"re_exposed", integer(comparison->count(dump::Change::re_exposed))}};
}

// What each region of the copy is as a fragment, in the order of the tree, with the findings that are left in
// it.
canon::Array values_of_envelopes(const Looked& copy, const dump::FragmentTree& tree) {
  std::vector<std::map<Exposure, std::uint64_t>> left(tree.envelopes.size());
  for (const dump::Finding& finding : copy.scan.findings) {
    ++left[finding.region][finding.exposure];
  }
  canon::Array out;
  for (std::size_t i = 0; i < tree.envelopes.size(); ++i) {
    canon::Object exposed;
    for (const Exposure exposure : exposures) {
      if (const auto hits = left[i].find(exposure); hits != left[i].end()) {
        exposed.set(std::string(dump::name_of(exposure)), integer(hits->second));
      }
    }
    const dump::Region& region = copy.reading.regions[i];
    out.push_back(canon::Object{{"class", dump::rule_of(region.klass).name},
                                {"bytes", integer(region.range.size())},
                                {"sha256", tree.envelopes[i].hex()},
                                {"exposed", std::move(exposed)}});
  }
  return out;
}

} // namespace

std::int64_t integer(std::uint64_t number) {
  constexpr std::uint64_t most = (std::uint64_t{1} << 53) - 1;
  return static_cast<std::int64_t>(std::min(number, most));
}

const canon::Array& rows_of(const canon::Object& report, std::string_view name) {
  static const canon::Array none;
  const canon::Value* value = report.find(name);
  return value == nullptr || value->array() == nullptr ? none : *value->array();
}

canon::Array values_of_held(const std::vector<dump::Held>& held) {
  canon::Array out;
  for (const dump::Held& one : held) {
    out.push_back(canon::Object{{"cause", dump::name_of(one.cause)}, {"where", one.where}, {"why", one.why}});
  }
  return out;
}

Looked look(ByteView file, const Rules& rules, const dump::Progress& progress) {
  Reading reading = dump::read(file);
  ScanOfDump scan = dump::scan_dump(file, reading, rules.scanner, progress, dump::crew_here());
  return {file, std::move(reading), std::move(scan)};
}

canon::Object report_of_reading(ByteView file, const Reading& reading) {
  const std::uint64_t unaccounted = unaccounted_in(reading);
  return {{"format", dump::name_of(reading.dump.format)},
          {"machine", dump::name_of(reading.dump.machine)},
          {"held", values_of_held(reading.held)},
          {"coverage", canon::Object{{"bytes", integer(file.size())},
                                     {"accounted", integer(file.size() - unaccounted)},
                                     {"unaccounted", integer(unaccounted)},
                                     {"classes", share_of_classes(reading)}}},
          {"regions", values_of_regions(reading)},
          {"threads", values_of_threads(reading)},
          {"modules", values_of_modules(file, reading.dump.modules)},
          {"unloaded", values_of_modules(file, reading.dump.unloaded)},
          {"parts", values_of_parts(reading)}};
}

canon::Object report_of_scan(const Looked& looked, const Rules& rules) {
  return {{"pins", value_of_pins(rules, looked.scan.pins)},
          {"held", values_of_held(held_of(looked))},
          {"bytes", integer(looked.scan.bytes)},
          {"text_bytes", integer(looked.scan.text_bytes)},
          {"counts", value_of_counts(looked.scan)},
          {"found", values_of_groups(looked)},
          {"findings", values_of_findings(looked)}};
}

canon::Object report_of_comparison(const Looked& older, const Looked& newer) {
  const dump::Comparison comparison = dump::compare(older.revision(), newer.revision());
  std::vector<dump::Held> held = comparison.held;
  if (comparison.count(dump::Change::re_exposed) > 0) {
    held.push_back({dump::Cause::exposed, "/differences", "expose bytes that were redacted or empty"});
  }
  return {{"older", crypto::sha256(older.file).hex()},
          {"newer", crypto::sha256(newer.file).hex()},
          {"held", values_of_held(held)},
          {"diff", value_of_changes(comparison)},
          {"differs", groups_of_differences(older.reading, comparison)},
          {"differences", values_of_differences(older.reading, comparison)},
          {"listed", comparison.listed()}};
}

canon::Object report_of_copy(const Copy& copy, const Rules& rules, const dump::Walker& walker) {
  const dump::Revision original = copy.original.revision();
  const dump::Revision redacted = copy.copy.revision();
  dump::Verification proof =
      dump::verify(original, redacted, walker, {.terms = rules.terms, .workers = dump::crew_here()});
  std::optional<dump::Comparison> since;
  if (copy.previous != nullptr) {
    since = dump::compare(copy.previous->revision(), redacted);
    for (const dump::Held& held : since->held) {
      proof.held.push_back({held.cause, "/previous" + held.where, held.why});
    }
    if (since->count(dump::Change::re_exposed) > 0) {
      proof.held.push_back(
          {dump::Cause::exposed, "/previous/differences", "expose bytes that were redacted before"});
    }
  }
  const dump::FragmentTree tree = dump::fragments_of(copy.name, copy.copy.file, copy.copy.reading.regions);
  canon::Object coverage = value_of_sums(proof.coverage);
  coverage.set("written", integer(proof.coverage.of(dump::Fate::redacted)));
  coverage.set("classes", fates_by_class(copy.original.reading, proof.coverage));
  const canon::Object facts{
      {"dump", copy.name.dump},
      {"rev", integer(copy.name.rev)},
      {"passes", integer(copy.name.rev)}, // of redaction over this dump: one for each revision
      {"fragments", canon::Object{{"size", integer(tree.envelopes.size())}, {"root", tree.root.hex()}}},
      {"coverage", value_of_sums(proof.coverage)},
      {"unwind", value_of_unwound(proof.unwound, false)},
      {"residual", value_of_residual(proof)},
      {"diff", value_of_diff(copy, since)}};
  return {{"facts", facts},
          {"original", crypto::sha256(copy.original.file).hex()},
          {"copy", crypto::sha256(copy.copy.file).hex()},
          {"format", dump::name_of(copy.original.reading.dump.format)},
          {"machine", dump::name_of(copy.original.reading.dump.machine)},
          {"pins", value_of_pins(rules, copy.copy.scan.pins)},
          {"held", values_of_held(proof.held)},
          {"coverage", std::move(coverage)},
          {"found", values_of_groups(copy.original)},
          {"left", values_of_left(copy.copy, proof)},
          {"residual", value_of_residual(proof)},
          {"unwind", value_of_unwound(proof.unwound, true)},
          {"diff", value_of_changes(proof.comparison)},
          {"differs", groups_of_differences(copy.original.reading, proof.comparison)},
          {"envelopes", values_of_envelopes(copy.copy, tree)},
          {"regions", covered_regions(copy.original, proof.coverage)},
          {"picture", value_of_picture(copy.original, proof.coverage)}};
}

} // namespace sallyport::cli
