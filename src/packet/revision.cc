// The reading half of seal.h.
#include "canon/fields.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "packet/archive.h"
#include "packet/coproduced.h"
#include "packet/exact.h"
#include "packet/names.h"
#include "packet/seal.h"

#include <algorithm>
#include <limits>

namespace sallyport::packet {
namespace {

constexpr std::int64_t count_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t bytes_max = (std::int64_t{1} << 53) - 1;

std::uint32_t count(canon::Fields& f, std::string_view name, std::int64_t min) {
  return static_cast<std::uint32_t>(f.integer(name, min, count_max));
}

// Stored bounds: absent where there are none.
void read_bounds_of(canon::Fields& f, Bounds& out) {
  const canon::Value* bounds = f.maybe("bounds");
  if (bounds == nullptr) {
    return;
  }
  const bool named = from_value(*bounds, out) && !out.empty() &&
                     std::ranges::all_of(out, [](const auto& at) { return is_name(at.first); });
  if (!named) {
    f.fault("bounds", "expected dimensions with one value each");
  }
}

// Objects keyed by id; `read` takes the fields of an item.
template <class Read> Result<void> each(const canon::Value& items, const std::string& where, Read read) {
  if (items.object() == nullptr) {
    return fail(ErrorCode::malformed, where, "expected an object keyed by id");
  }
  for (const auto& [id, item] : *items.object()) {
    if (!is_item_id(id)) {
      return fail(ErrorCode::malformed, where, "has an id that is not written like c1");
    }
    canon::Fields f(item, where + "/" + id);
    read(id, f);
    SP_CHECK(f.done());
  }
  return {};
}

Result<void> read_caveats(const canon::Value& value, Revision& out) {
  if (value.string() != nullptr && *value.string() == "none") {
    return {};
  }
  SP_CHECK(each(value, "/caveats", [&](const std::string& id, canon::Fields& f) {
    f.string("code");
    out.caveats.push_back(id);
  }));
  return out.caveats.empty() ? fail(ErrorCode::malformed, "/caveats", "none must be said") : Result<void>();
}

Result<void> read_predecessors(const canon::Array& items, Revision& out) {
  for (const canon::Value& item : items) {
    canon::Fields f(item, "/predecessors");
    out.predecessors.push_back({f.id<PacketId>("packet"), count(f, "revision", 1), f.digest("digest")});
    SP_CHECK(f.done());
  }
  return {};
}

Result<void> read_scope(const canon::Value& dimensions, Revision& out) {
  if (dimensions.object() == nullptr) {
    return fail(ErrorCode::malformed, "/scope", "expected dimensions with sorted lists of ids");
  }
  canon::Fields f(dimensions, "/scope");
  for (const auto& [dimension, unused] : *dimensions.object()) {
    std::vector<std::string> ids = f.strings(dimension);
    if (!is_name(dimension) || ids.empty() || !is_set(ids) || !std::ranges::all_of(ids, is_item_id)) {
      return fail(ErrorCode::malformed, "/scope", "expected dimensions with sorted lists of ids");
    }
    out.scope.emplace(dimension, std::move(ids));
  }
  return f.done();
}

Result<void> read_citations(const canon::Value& value, const canon::Value& claims, Revision& out) {
  return each(value, "/citations", [&](const std::string& id, canon::Fields& f) {
    RevisionCitation& c = out.citations[id];
    c.kind = f.string("kind");
    c.source = f.string("source");
    c.supports = f.strings("supports");
    c.observed_at = f.instant("observed_at");
    c.complete_through = f.instant("complete_through");
    const bool known =
        std::ranges::all_of(c.supports, [&](const auto& m) { return claims.find(m) != nullptr; });
    if (c.supports.empty() || !is_set(c.supports) || !known) {
      f.fault("supports", "expected a sorted list of claims that are there");
    }
  });
}

Result<void> read_parts(const canon::Value& value, Revision& out) {
  return each(value, "/parts", [&](const std::string& id, canon::Fields& f) {
    RevisionPart& p = out.parts[id];
    p.kind = f.string("kind");
    p.media_type = f.string("media_type");
    p.bytes = static_cast<std::uint64_t>(f.integer("bytes", 1, bytes_max));
    p.sha256 = f.digest("sha256");
    p.include = f.boolean("include");
    read_bounds_of(f, p.bounds);
  });
}

Result<void> read_merges(const canon::Value& value) {
  return each(value, "/merges", [](const std::string&, canon::Fields& f) {
    f.id<PersonId>("by");
    f.instant("at");
    f.string("code");
    if (const auto packet = f.maybe_string("packet"); packet && !PacketId::parse(*packet)) {
      f.fault("packet", "expected the id of a packet");
    }
  });
}

Result<void> read_sd(canon::Fields& f, Revision& out) {
  for (const canon::Value& item : f.array("_sd")) {
    const std::string* digest = item.string();
    if (digest == nullptr || from_base64url(*digest).value_or(Bytes{}).size() != Digest{}.bytes.size()) {
      return fail(ErrorCode::malformed, "/_sd", "expected SHA-256 digests in base64url");
    }
    out.sd.push_back(*digest);
  }
  return is_set(out.sd) ? Result<void>() : fail(ErrorCode::malformed, "/_sd", "is not sorted and unique");
}

} // namespace

Result<Revision> read_revision(std::string_view bytes) {
  SP_TRY(const canon::Value value, canon::parse(bytes));
  if (value.find("sections") != nullptr) {
    return read_coproduced(bytes);
  }
  Revision out;
  canon::Fields f(value, "");
  if (f.integer("v", 0, count_max) != 1) {
    f.fault("v", "not a revision of version 1", ErrorCode::unsupported);
  }
  out.packet = f.id<PacketId>("packet");
  out.number = count(f, "revision", 1);
  out.digest = crypto::sha256(bytes);
  out.packet_class = f.string("packet_class");
  out.lane = f.string("lane");
  out.severity = f.string("severity");
  const canon::Value& triage = f.any("triage");
  const canon::Array& predecessors = f.array("predecessors");
  const canon::Value& merges = f.any("merges");
  const canon::Value& claims = f.any("claims");
  const canon::Value& caveats = f.any("caveats");
  const canon::Value& citations = f.any("citations");
  const canon::Value& scope = f.any("scope");
  const canon::Value& parts = f.any("parts");
  const canon::Value& withheld = f.any("withheld");
  const canon::Value& scan = f.any("scan");
  read_bounds_of(f, out.bounds);
  SP_CHECK(read_sd(f, out));
  if (f.string("_sd_alg") != "sha-256") {
    f.fault("_sd_alg", "only sha-256 is known", ErrorCode::unsupported);
  }
  SP_CHECK(f.done());

  canon::Fields t(triage, "/triage");
  out.triage_stamp = t.string("stamp");
  out.triaged_at = t.instant("at");
  SP_CHECK(t.done());
  SP_CHECK(read_predecessors(predecessors, out));
  SP_CHECK(read_merges(merges));
  SP_CHECK(each(claims, "/claims", [](const std::string&, canon::Fields&) {}));
  SP_CHECK(read_caveats(caveats, out));
  SP_CHECK(read_citations(citations, claims, out));
  SP_CHECK(read_scope(scope, out));
  SP_CHECK(read_parts(parts, out));
  SP_CHECK(each(withheld, "/withheld", [&](const std::string& id, canon::Fields& item) {
    out.withheld[id] = {item.string("class"), item.string("at")};
  }));
  canon::Fields s(scan, "/scan");
  out.ruleset = s.digest("ruleset");
  out.findings = count(s, "findings", 0);
  SP_CHECK(s.done());
  if (canon::write(value) != bytes) {
    return fail(ErrorCode::malformed, "", not_exact);
  }
  return out;
}

} // namespace sallyport::packet
