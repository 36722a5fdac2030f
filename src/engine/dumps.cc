#include "engine/dumps.h"

#include "base/limits.h"
#include "canon/json.h"
#include "engine/dossier.h"
#include "packet/names.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

constexpr std::size_t regions_max = 6000; // they stand in one body

Result<void> check(const ScanReport& report) {
  if (!packet::is_token(report.facts.dump) || report.facts.rev == 0) {
    return fail(ErrorCode::malformed, "/facts/dump", "expected the name of a dump and its revision");
  }
  if (report.regions.empty() || report.regions.size() > regions_max) {
    return fail(ErrorCode::malformed, "/regions", "expected 1 to 6000 regions");
  }
  if (report.facts.size != report.regions.size() || report.facts.root != root_of(report.regions)) {
    return fail(ErrorCode::malformed, "/facts/root", "is not the root over the regions' envelopes");
  }
  const auto named = [](const auto& pin) { return packet::is_token(pin.first); };
  if (!std::ranges::all_of(report.pins, named) || !std::ranges::all_of(report.tools, named)) {
    return fail(ErrorCode::malformed, "/pins", "expected a name for each of what the scan used");
  }
  std::map<std::string, std::uint64_t> left;
  for (const ScannedRegion& region : report.regions) {
    if (!packet::is_token(region.klass)) {
      return fail(ErrorCode::malformed, "/regions", "expected a name as each region's class");
    }
    for (const auto& [klass, hits] : region.exposed) {
      if (!packet::is_name(klass)) {
        return fail(ErrorCode::malformed, "/regions", "expected names as the classes that are left");
      }
      left[klass] += hits;
    }
  }
  for (const auto& [klass, hits] : report.facts.residual) {
    if (!packet::is_name(klass) || left[klass] != hits) {
      return fail(ErrorCode::malformed, "/facts/residual", "is not what the regions have left");
    }
    left.erase(klass);
  }
  const bool all_said = std::ranges::all_of(left, [](const auto& one) { return one.second == 0; });
  return all_said ? Result<void>{}
                  : fail(ErrorCode::malformed, "/facts/residual",
                         "does not name every class that the regions have left");
}

bool scans_dumps(const Core& core, const std::string& source) {
  return std::ranges::any_of(core.state().lanes, [&](const auto& lane) {
    const charter::Charter* charter = core.world().active_charter(lane.first);
    const auto at = charter == nullptr ? std::map<std::string, charter::Source>::const_iterator{}
                                       : charter->sources.find(source);
    return charter != nullptr && at != charter->sources.end() &&
           at->second.supplies.contains("redaction_diff");
  });
}

// Open workspaces that cite the revision get what is left in their fragments.
Result<std::uint32_t> open_findings(Core& core, const AccountId& by, const ScanReport& report) {
  std::uint32_t opened = 0;
  std::vector<PacketId> packets;
  for (const auto& [id, packet] : core.state().packets) {
    if (packet.open() && packet.workspace) {
      packets.push_back(id);
    }
  }
  for (const PacketId& id : packets) {
    const auto work = core.work(id);
    if (!work) {
      continue; // its content was destroyed
    }
    const canon::Value* fragments = (*work)->content.find("fragments");
    if (fragments == nullptr) {
      continue;
    }
    for (gate::NewFinding& finding : findings_of(core, (*work)->content, {})) {
      const canon::Value* fragment =
          fragments->find(finding.subject.substr(std::string_view("/fragments/").size()));
      const canon::Value* dump = fragment == nullptr ? nullptr : fragment->find("dump");
      if (dump == nullptr || *dump != canon::Value(report.facts.dump)) {
        continue;
      }
      SP_TRY(const gate::Step step, core.apply(gate::OpenFinding{by, id, std::move(finding)}));
      opened += static_cast<std::uint32_t>(std::ranges::count_if(step.leaves, [](const gate::LeafOut& leaf) {
        return std::holds_alternative<packet::FindingOpened>(leaf.leaf.record);
      }));
    }
  }
  return opened;
}

} // namespace

Result<RecordedScan> record_scan(Core& core, const AccountId& by, ScanReport report) {
  SP_CHECK(check(report));
  RecordedScan out;
  if (!core.state().sources.contains(report.source)) {
    return fail(ErrorCode::not_found, "/source", "there is no such source");
  }
  if (!scans_dumps(core, report.source)) {
    return fail(ErrorCode::malformed, "/source",
                "is not what supplies redaction diffs in any active charter");
  }
  gate::Observe event;
  event.brought_by = by;
  event.source = report.source;
  event.observed_at = core.now();
  event.complete_through = core.now();
  event.changed_at = report.changed_at;
  event.pins.emplace();
  for (const auto& [name, pinned] : report.pins) {
    if (!core.state().sources.contains(pinned.source)) {
      return fail(ErrorCode::malformed, "/pins/" + name + "/source", "there is no such source");
    }
    const ObjectId object = core.objects().obtain(pinned.source, pinned.key, core.random());
    (*event.pins)[name] = core.objects().ordinal(object, pinned.content);
  }
  for (const auto& [name, digest] : report.tools) {
    // By a name of its own: what the tool says of its rules is not what their source says.
    const ObjectId object = core.objects().obtain(report.source, "pin/" + name, core.random());
    (*event.pins)[name == "tool" ? name : "tool_" + name] = core.objects().ordinal(object, digest);
  }
  event.scan = report.facts;
  event.body = observation_body({});
  event.body.set("scan", packet::to_value(ScanBody{report.regions, report.report}));
  constexpr std::size_t beside = 1024; // what the machine adds to a body
  if (canon::write(event.body).size() > limits::body_bytes - beside) {
    return fail(ErrorCode::too_large, "/report", "regions and report have at most 1 MiB together");
  }
  SP_TRY(const gate::Step step, core.apply(event));
  out.refused = step.refused;
  for (const gate::LeafOut& leaf : step.leaves) {
    if (std::holds_alternative<packet::SourceObserved>(leaf.leaf.record)) {
      out.leaf = leaf.leaf.n;
    }
  }
  if (step.ok()) {
    SP_TRY(out.findings, open_findings(core, by, report));
  }
  return out;
}

} // namespace sallyport::engine
