#include "dump/regions.h"

#include "base/result.h"
#include "dump/cursor.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <tuple>

namespace sallyport::dump {
namespace {

using enum RegionClass;

constexpr std::array rules{
    ClassRule{structure, "structure", "headers, directories, lists: what other bytes are found by"},
    ClassRule{registers, "registers", "general registers of a thread"},
    ClassRule{vector_state, "vector_state", "floating point and vector registers, extended state"},
    ClassRule{exception, "exception", "the fault: its code, address and parameters"},
    ClassRule{handles, "handles", "open handles, their types and object names"},
    ClassRule{thread_names, "thread_names", "names that the program gave to threads"},
    ClassRule{paths, "paths", "files of modules, of debug information and of mappings"},
    ClassRule{annotations, "annotations", "what the program or its reporter wrote down"},
    ClassRule{comments, "comments", "remarks of whoever wrote the dump"},
    ClassRule{environment, "environment", "environment variables"},
    ClassRule{arguments, "arguments", "the command line"},
    ClassRule{auxiliary_vector, "auxiliary_vector", "what the kernel told the program at its start"},
    ClassRule{process_text, "process_text", "text about the process and its system"},
    ClassRule{process_parameters, "process_parameters", "memory of a process environment block"},
    ClassRule{thread_local_storage, "thread_local_storage", "memory of a thread environment block"},
    ClassRule{stack, "stack", "stack of a thread"},
    ClassRule{below_stack, "below_stack", "stack that a thread has left: below its stack pointer"},
    ClassRule{module_constant, "module_constant", "read-only memory of a module whose build has a name"},
    ClassRule{module_data, "module_data",
              "memory of a module or another file that is writable, or not known as constant"},
    ClassRule{heap, "heap", "memory that is known for nothing else"},
    ClassRule{opaque, "opaque", "a part of a kind that is not read"},
    ClassRule{padding, "padding", "zero bytes that nothing refers to"},
    ClassRule{unaccounted, "unaccounted", "bytes that nothing refers to"},
};
static_assert(std::ranges::is_sorted(rules, {}, &ClassRule::klass));
static_assert(rules.size() == static_cast<std::size_t>(unaccounted) + 1);

// One end of a claim. At one place ends come before beginnings.
struct Edge {
  std::uint64_t at;
  bool begins;
  std::uint32_t claim;
};

std::vector<Edge> edges_of(std::span<const Claim> claims) {
  std::vector<Edge> edges;
  edges.reserve(2 * claims.size());
  for (std::uint32_t i = 0; i < claims.size(); ++i) {
    edges.push_back({claims[i].range.from(), true, i});
    edges.push_back({claims[i].range.until(), false, i});
  }
  std::ranges::sort(edges, {}, [](const Edge& e) { return std::tuple(e.at, e.begins, e.claim); });
  return edges;
}

// The claims that hold at the place of the sweep; the first is the one that wins.
class Active {
public:
  explicit Active(std::span<const Claim> claims) : claims_(claims) {}

  void turn(const Edge& edge) {
    const Claim& claim = claims_[edge.claim];
    std::uint32_t& of_class = counts_[static_cast<std::size_t>(claim.klass)];
    if (edge.begins) {
      order_.emplace(claim.klass, edge.claim);
      ++of_class;
      by_file_ += claim.origin == Origin::file ? 1U : 0U;
    } else {
      order_.erase({claim.klass, edge.claim});
      --of_class;
      by_file_ -= claim.origin == Origin::file ? 1U : 0U;
    }
  }

  const Claim* first() const { return order_.empty() ? nullptr : &claims_[order_.begin()->second]; }

  bool contested() const {
    return by_file_ > 0 && counts_[static_cast<std::size_t>(order_.begin()->first)] != order_.size();
  }

private:
  std::span<const Claim> claims_;
  std::set<std::pair<RegionClass, std::uint32_t>> order_;
  std::array<std::uint32_t, rules.size()> counts_{};
  std::uint32_t by_file_ = 0;
};

void append(std::vector<Region>& regions, const Region& next) {
  if (next.range.empty()) {
    return;
  }
  if (!regions.empty()) {
    Region& last = regions.back();
    if (last.range.until() == next.range.from() && last.klass == next.klass && last.owner == next.owner) {
      last.range = between(last.range.from(), next.range.until());
      return;
    }
  }
  regions.push_back(next);
}

// Padding is the zero bytes that a gap begins with, mostly all of it: zeros behind other bytes belong to
// those.
void append_gap(std::vector<Region>& regions, Range gap, ByteView file) {
  const ByteView bytes = slice(file, gap);
  const auto is_set = [](std::uint8_t byte) { return byte != 0; };
  const auto first = std::ranges::find_if(bytes, is_set);
  const auto zeros = static_cast<std::uint64_t>(first - bytes.begin());
  append(regions, {gap.part(0, zeros), padding, nobody});
  append(regions, {gap.part(zeros), unaccounted, nobody});
}

// Visits what lies between each two edges that follow each other: its range, its winner or null, contested or
// not.
template <class Visit> void sweep(std::span<const Claim> claims, Visit visit) {
  Active active(claims);
  std::uint64_t at = 0;
  for (const Edge& edge : edges_of(claims)) {
    visit(between(at, edge.at), active);
    at = edge.at;
    active.turn(edge);
  }
}

} // namespace

std::span<const ClassRule> region_classes() {
  return rules;
}

const ClassRule& rule_of(RegionClass klass) {
  return rules[static_cast<std::size_t>(klass)];
}

Partition partition(std::vector<Claim> claims, ByteView file) {
  const Range whole(0, file.size());
  for (Claim& claim : claims) {
    claim.range = common(claim.range, whole);
  }
  std::erase_if(claims, [](const Claim& claim) { return claim.range.empty(); });
  Partition out;
  std::uint64_t done = 0;
  sweep(claims, [&](Range range, const Active& active) {
    const Claim* winner = active.first();
    if (winner == nullptr || range.empty()) {
      return;
    }
    append_gap(out.regions, between(done, range.from()), file);
    append(out.regions, {range, winner->klass, winner->owner});
    done = range.until();
    if (!out.contested && active.contested()) {
      out.contested = range;
    }
  });
  append_gap(out.regions, between(done, whole.until()), file);
  SP_ASSERT(covers(out.regions, file.size()));
  return out;
}

std::vector<Region> partition_addresses(std::vector<Claim> labels) {
  std::erase_if(labels, [](const Claim& label) { return label.range.empty(); });
  std::vector<Region> regions;
  sweep(labels, [&](Range range, const Active& active) {
    if (const Claim* winner = active.first()) {
      append(regions, {range, winner->klass, winner->owner});
    }
  });
  return regions;
}

bool covers(std::span<const Region> regions, std::uint64_t size) {
  std::uint64_t at = 0;
  for (const Region& region : regions) {
    if (region.range.from() != at || region.range.empty()) {
      return false;
    }
    at = region.range.until();
  }
  return at == size;
}

} // namespace sallyport::dump
