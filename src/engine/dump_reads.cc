#include "engine/dump_reads.h"

#include <algorithm>
#include <array>
#include <set>

namespace sallyport::engine {
namespace {

constexpr std::array classes{"customer_identifier", "session_payload", "stack_local"};

const packet::Coproduced* content_of(const Core& core, const PacketId& id) {
  const gate::Packet& packet = *core.state().find(id);
  const gate::Dossier* dossier = packet.head ? core.world().dossier(id) : nullptr;
  return dossier == nullptr ? nullptr : dossier->revision.co.get();
}

// Those of the head, and those that edits name which nobody rejected.
std::set<std::string> dumps_of(const Core& core, const PacketId& id) {
  constexpr std::string_view collection = "/dumps/";
  std::set<std::string> out;
  if (const packet::Coproduced* co = content_of(core, id)) {
    for (const auto& [dump, sealed] : co->dumps) {
      out.insert(dump);
    }
  }
  const auto& workspace = core.state().find(id)->workspace;
  if (!workspace) {
    return out;
  }
  for (const auto& [edit, state] : workspace->edits) {
    for (const std::string& touched : state.touches) {
      if (state.status != "rejected" && touched.starts_with(collection)) {
        const std::string rest = touched.substr(collection.size());
        out.insert(rest.substr(0, rest.find('/')));
      }
    }
  }
  return out;
}

std::span<const gate::ScanState> scans_of(const Core& core, const std::string& dump) {
  const auto at = core.state().scans.find(dump);
  return at == core.state().scans.end() ? std::span<const gate::ScanState>() : std::span(at->second);
}

// The last scan of the revision; where none is given, of the highest one below `before`.
const gate::ScanState* last_scan(std::span<const gate::ScanState> scans,
                                 std::optional<std::uint32_t> revision, std::uint32_t before = UINT32_MAX) {
  const gate::ScanState* out = nullptr;
  for (const gate::ScanState& scan : scans) {
    const bool meant = revision
                           ? scan.facts.rev == *revision
                           : scan.facts.rev < before && (out == nullptr || scan.facts.rev >= out->facts.rev);
    out = meant ? &scan : out;
  }
  return out;
}

std::uint32_t left(const gate::ScanState& scan, const std::string& klass) {
  const auto at = scan.facts.residual.find(klass);
  return at == scan.facts.residual.end() ? 0 : at->second;
}

canon::Object shown(const gate::ScanState& scan) {
  canon::Object pins;
  for (const auto& [name, ordinal] : scan.pins) {
    pins.set(name, std::int64_t{ordinal});
  }
  canon::Object residual;
  for (const auto& [klass, count] : scan.facts.residual) {
    residual.set(klass, std::int64_t{count});
  }
  return {{"rev", std::int64_t{scan.facts.rev}},
          {"leaf", static_cast<std::int64_t>(scan.leaf)},
          {"passes", std::int64_t{scan.facts.passes}},
          {"root", scan.facts.root.hex()},
          {"fragments", std::int64_t{scan.facts.size}},
          {"unaccounted", static_cast<std::int64_t>(scan.facts.unaccounted)},
          {"budgets_hit", std::int64_t{scan.facts.budgets_hit}},
          {"re_exposed", std::int64_t{scan.facts.re_exposed}},
          {"lost", std::int64_t{scan.facts.lost}},
          {"residual", std::move(residual)},
          {"pins", std::move(pins)}};
}

// What moved from the one to the other.
canon::Object moved(const gate::ScanState& from, const gate::ScanState& to) {
  canon::Object residual;
  for (const char* klass : classes) {
    residual.set(klass, std::int64_t{left(to, klass)} - std::int64_t{left(from, klass)});
  }
  std::set<std::string> pins;
  for (const gate::ScanState* one : {&from, &to}) {
    for (const auto& [name, ordinal] : one->pins) {
      const auto in = [&](const gate::ScanState& scan) {
        const auto at = scan.pins.find(name);
        return at == scan.pins.end() ? std::optional<std::uint32_t>() : at->second;
      };
      if (in(from) != in(to)) {
        pins.insert(name);
      }
    }
  }
  canon::Array names;
  for (const std::string& name : pins) {
    names.emplace_back(name);
  }
  return {{"residual", std::move(residual)},
          {"same_tree", from.facts.root == to.facts.root && from.facts.size == to.facts.size},
          {"pins", std::move(names)}};
}

// The dump of the fragment that the pointer is of; "" where it is of none.
std::string dump_of(const packet::Coproduced& co, std::string_view subject) {
  constexpr std::string_view collection = "/fragments/";
  if (!subject.starts_with(collection)) {
    return "";
  }
  const auto fragment = co.fragments.find(std::string(subject.substr(collection.size())));
  return fragment == co.fragments.end() ? "" : fragment->second.dump;
}

// Open findings in this class that the dump's scans are the cause of, or that are of its fragments.
std::vector<std::string> findings_of(const gate::Packet& packet, const packet::Coproduced* co,
                                     const std::string& dump, std::span<const gate::ScanState> scans,
                                     const std::string& klass) {
  std::vector<std::string> out;
  for (const auto& [id, item] : packet.workspace->ledger.items) {
    if (!item.open() || item.kind != "finding" || item.exposure != klass) {
      continue;
    }
    const bool caused = std::ranges::find(scans, item.cause, &gate::ScanState::leaf) != scans.end();
    if (caused || (co != nullptr && dump_of(*co, item.subject) == dump)) {
      out.push_back(id.str());
    }
  }
  return out;
}

// The states that the class has in the fragments of the dump, with their numbers.
std::map<std::string, std::int64_t> cells_of(const packet::Coproduced* co, const std::string& dump,
                                             const std::string& klass) {
  std::map<std::string, std::int64_t> out;
  if (co == nullptr) {
    return out;
  }
  for (const auto& [id, fragment] : co->fragments) {
    if (fragment.dump == dump) {
      const auto cell = fragment.exposure.find(klass);
      ++out[cell == fragment.exposure.end() ? "unscanned" : cell->second];
    }
  }
  return out;
}

canon::Object check_class(const gate::Packet& packet, const packet::Coproduced* co, const std::string& dump,
                          std::span<const gate::ScanState> scans, const std::string& klass) {
  const auto findings = findings_of(packet, co, dump, scans, klass);
  const auto cells = cells_of(co, dump, klass);
  const gate::ScanState* last = last_scan(scans, std::nullopt);
  const bool residual = last != nullptr && left(*last, klass) > 0;
  const bool uneasy = std::ranges::any_of(cells, [](const auto& cell) { return cell.first != "clean"; });
  canon::Object counted;
  for (const auto& [state, number] : cells) {
    counted.set(state, number);
  }
  canon::Array open;
  for (const std::string& id : findings) {
    open.emplace_back(id);
  }
  canon::Object out{{"class", klass}, {"cells", std::move(counted)}, {"findings", std::move(open)}};
  if (last != nullptr) {
    out.set("left", std::int64_t{left(*last, klass)});
  }
  out.set("agrees",
          last != nullptr && residual == !findings.empty() && (co == nullptr || uneasy == residual));
  return out;
}

} // namespace

Result<canon::Object> compare_scans(const Core& core, const PacketId& packet, const std::string& dump,
                                    const DumpRevisions& wanted) {
  const std::span<const gate::ScanState> scans = scans_of(core, dump);
  const gate::ScanState* to = dumps_of(core, packet).contains(dump) ? last_scan(scans, wanted.to) : nullptr;
  const gate::ScanState* from = to == nullptr ? nullptr : last_scan(scans, wanted.from, to->facts.rev);
  if (to == nullptr || (wanted.from && from == nullptr)) {
    return fail(ErrorCode::not_found, "", "no scan of the packet's dumps is of this revision");
  }
  canon::Object out{{"packet", packet.str()}, {"dump", dump}, {"to", shown(*to)}};
  if (from != nullptr) {
    out.set("from", shown(*from));
    out.set("moved", moved(*from, *to));
  }
  return out;
}

canon::Object cross_check(const Core& core, const PacketId& id) {
  const gate::Packet& packet = *core.state().find(id); // where it names a dump, it has a workspace
  const packet::Coproduced* co = content_of(core, id);
  canon::Array dumps;
  for (const std::string& dump : dumps_of(core, id)) {
    const std::span<const gate::ScanState> scans = scans_of(core, dump);
    const gate::ScanState* last = last_scan(scans, std::nullopt);
    canon::Array rows;
    for (const char* klass : classes) {
      rows.emplace_back(check_class(packet, co, dump, scans, klass));
    }
    canon::Object one{
        {"dump", dump}, {"scans", static_cast<std::int64_t>(scans.size())}, {"classes", std::move(rows)}};
    if (co != nullptr && co->dumps.contains(dump)) {
      one.set("cited_rev", std::int64_t{co->dumps.at(dump).rev});
    }
    if (last != nullptr) {
      one.set("last", shown(*last));
    }
    dumps.emplace_back(std::move(one));
  }
  return {{"packet", id.str()}, {"dumps", std::move(dumps)}};
}

} // namespace sallyport::engine
