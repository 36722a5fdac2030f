#include "engine/fragments.h"

#include "canon/fields.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "engine/raw_places.h"
#include "ledger/merkle.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sallyport::engine {
namespace {

constexpr const char* fragment_kind = "fragment";

// What only a scan says of a fragment, and of a dump.
constexpr std::array of_fragments{"class", "bytes",  "sha256",   "index", "size",  "path",
                                  "dump",  "region", "exposure", "rev",   "passes"};
constexpr std::array of_dumps{"rev", "root", "size"};

std::string unit_of_fragment(const Digest& sha256) {
  return "fragment/" + sha256.hex();
}

// The root of the tree over leaves [from, until), as RFC 6962 splits it.
Digest subtree(const std::vector<ScannedRegion>& regions, std::size_t from, std::size_t until) {
  if (until - from == 1) {
    return ledger::leaf_hash(regions[from].sha256.view());
  }
  std::size_t half = 1;
  while (half * 2 < until - from) {
    half *= 2;
  }
  return ledger::node_hash(subtree(regions, from, from + half), subtree(regions, from + half, until));
}

void add_path(const std::vector<ScannedRegion>& regions, std::size_t index, std::size_t from,
              std::size_t until, std::vector<Digest>& out) {
  if (until - from == 1) {
    return;
  }
  std::size_t half = 1;
  while (half * 2 < until - from) {
    half *= 2;
  }
  const bool left = index < from + half;
  add_path(regions, index, left ? from : from + half, left ? from + half : until, out);
  out.push_back(left ? subtree(regions, from + half, until) : subtree(regions, from, from + half));
}

struct Named {
  std::string dump;
  std::int64_t rev = 0;
};

// The scan that an op's value names.
Result<ScanBody> named_scan(const Core& core, const Named& named, const std::string& where) {
  SP_TRY(auto body, scan_body(core, named.dump, named.rev));
  if (!body) {
    return fail(ErrorCode::malformed, where, "no scan of this revision of the dump is on record");
  }
  return *std::move(body);
}

Result<void> fill_fragment(const Core& core, const std::string& where, canon::Object& value) {
  canon::Object kept = value;
  for (const char* name : of_fragments) {
    kept.erase(name);
  }
  canon::Object said;
  for (const char* name : {"dump", "rev", "region"}) {
    if (const canon::Value* member = value.find(name)) {
      said.set(name, *member);
    }
  }
  const canon::Value asked(said);
  canon::Fields fields(asked, where);
  const Named named{fields.string("dump", 63), fields.integer("rev", 1, UINT32_MAX)};
  const std::string region = fields.string("region", 63);
  SP_CHECK(fields.done());
  SP_TRY(const ScanBody scan, named_scan(core, named, where));
  const auto index = region_number(region);
  if (!index || *index >= scan.regions.size()) {
    return fail(ErrorCode::malformed, where + "/region", "the dump has no such region");
  }
  const ScannedRegion& found = scan.regions[*index];
  canon::Array path;
  for (const Digest& sibling : path_of(scan.regions, *index)) {
    path.emplace_back(sibling.hex());
  }
  kept.set("dump", named.dump);
  kept.set("rev", named.rev);
  kept.set("region", region);
  kept.set("class", found.klass);
  kept.set("bytes", static_cast<std::int64_t>(found.bytes));
  kept.set("sha256", found.sha256.hex());
  kept.set("index", *index);
  kept.set("size", scan.regions.size());
  kept.set("path", std::move(path));
  value = std::move(kept);
  return {};
}

Result<void> fill_dump(const Core& core, const std::string& where, const std::string& dump,
                       canon::Object& value) {
  const canon::Value* rev = value.find("rev");
  if (rev == nullptr || rev->integer() == nullptr) {
    return fail(ErrorCode::malformed, where + "/rev", "expected the number of a revision");
  }
  SP_TRY(const ScanBody scan, named_scan(core, {dump, *rev->integer()}, where));
  value.set("root", root_of(scan.regions).hex());
  value.set("size", scan.regions.size());
  return {};
}

std::vector<std::string> segments_of(const std::string& pointer) {
  std::vector<std::string> out;
  canon::pointer_split(pointer, out);
  return out;
}

} // namespace

Result<std::optional<ScanBody>> scan_body(const Core& core, const std::string& dump, std::int64_t rev) {
  const gate::ScanState* last = core.state().last_scan(dump, rev);
  if (last == nullptr) {
    return std::nullopt;
  }
  const auto row = core.reader().body(last->leaf);
  if (!row) {
    return row.error().code == ErrorCode::not_found ? Result<std::optional<ScanBody>>(std::nullopt)
                                                    : std::unexpected(row.error());
  }
  SP_TRY(const canon::Value body, canon::parse(as_text(row->bytes), {.bytes = limits::body_bytes}));
  const canon::Value* scan = body.find("scan");
  if (scan == nullptr) {
    return std::nullopt;
  }
  SP_TRY(ScanBody out, packet::read<ScanBody>(*scan));
  return out;
}

std::optional<std::size_t> region_number(std::string_view region) {
  std::size_t number = 0;
  if (!region.starts_with("rg") || region.size() == 2 || (region[2] == '0' && region.size() > 3)) {
    return std::nullopt;
  }
  const auto [end, error] = std::from_chars(region.data() + 2, region.data() + region.size(), number);
  return error == std::errc{} && end == region.data() + region.size() ? std::optional(number) : std::nullopt;
}

Digest root_of(const std::vector<ScannedRegion>& regions) {
  return regions.empty() ? ledger::empty_root() : subtree(regions, 0, regions.size());
}

std::vector<Digest> path_of(const std::vector<ScannedRegion>& regions, std::size_t index) {
  std::vector<Digest> out;
  add_path(regions, index, 0, regions.size(), out);
  return out;
}

Result<void> fill_fragments(const Core& core, std::vector<packet::Op>& ops) {
  for (std::size_t i = 0; i < ops.size(); ++i) {
    packet::Op& op = ops[i];
    const std::vector<std::string> at = segments_of(op.at);
    const std::string where = "/ops/" + std::to_string(i);
    const bool fragment = at[0] == "fragments";
    if ((!fragment && at[0] != "dumps") || (!op.put && at.size() == 2)) {
      continue;
    }
    if (at.size() == 3) {
      const auto is = [&](const auto& names) { return std::ranges::find(names, at[2]) != names.end(); };
      if (fragment ? is(of_fragments) : is(of_dumps)) {
        return fail(ErrorCode::malformed, where + "/at", "a scan says this; put the item with its revision");
      }
      continue;
    }
    canon::Object value = *op.value.object();
    SP_CHECK(fragment ? fill_fragment(core, where + "/value", value)
                      : fill_dump(core, where + "/value", at[1], value));
    op.value = std::move(value);
  }
  return {};
}

canon::Value ops_value(const std::vector<packet::Op>& ops) {
  canon::Array out;
  for (const packet::Op& op : ops) {
    canon::Object one{{"op", op.put ? "put" : "remove"}, {"at", op.at}};
    if (op.put) {
      one.set("value", op.value);
    }
    out.emplace_back(std::move(one));
  }
  return out;
}

namespace {

void add_fragment_findings(const Core& core, const std::string& id, const canon::Value& fragment,
                           std::vector<gate::NewFinding>& out) {
  const canon::Value* dump = fragment.find("dump");
  const canon::Value* rev = fragment.find("rev");
  const canon::Value* region = fragment.find("region");
  if (dump == nullptr || dump->string() == nullptr || rev == nullptr || rev->integer() == nullptr ||
      region == nullptr || region->string() == nullptr) {
    return;
  }
  const gate::ScanState* last = core.state().last_scan(*dump->string(), *rev->integer());
  if (last == nullptr) {
    return; // MIN.UNSCANNED
  }
  // Where nobody can say any more which region it was, it may be any.
  std::map<std::string, std::uint32_t> exposed = last->facts.residual;
  const auto body = scan_body(core, *dump->string(), *rev->integer());
  const auto index = region_number(*region->string());
  if (body && *body && index && *index < (**body).regions.size()) {
    exposed = (**body).regions[*index].exposed;
  }
  for (const auto& [klass, hits] : exposed) {
    if (hits > 0) {
      out.push_back({"/fragments/" + id, klass, "suspected", last->leaf,
                     canon::Object{{"region", *region->string()}, {"hits", std::int64_t{hits}}}});
    }
  }
}

} // namespace

std::vector<gate::NewFinding> findings_of(const Core& core, const canon::Object& content,
                                          const std::vector<packet::Op>& ops) {
  std::vector<gate::NewFinding> out;
  const canon::Value* fragments = content.find("fragments");
  if (fragments == nullptr || fragments->object() == nullptr) {
    return out;
  }
  for (const auto& [id, fragment] : *fragments->object()) {
    const bool touched = ops.empty() || std::ranges::any_of(ops, [&](const packet::Op& op) {
                           return packet::overlap(op.at, "/fragments/" + id);
                         });
    if (touched) {
      add_fragment_findings(core, id, fragment, out);
    }
  }
  return out;
}

// ---- bytes

Result<Digest> keep_fragment(Core& core, ByteView envelope) {
  const Digest sha256 = crypto::sha256(envelope);
  const std::string_view text = as_text(envelope);
  const auto header = canon::parse(text.substr(0, text.find('\n')));
  if (!header || header->object() == nullptr) {
    return fail(ErrorCode::malformed, "/envelope", "does not begin with the line of an envelope");
  }
  const canon::Value* dump = header->find("dump");
  const canon::Value* rev = header->find("rev");
  if (dump == nullptr || dump->string() == nullptr || rev == nullptr || rev->integer() == nullptr) {
    return fail(ErrorCode::malformed, "/envelope", "names no revision of a dump");
  }
  SP_TRY(const auto scan, scan_body(core, *dump->string(), *rev->integer()));
  std::optional<RawPlace> place;
  std::uint64_t from = 0;
  for (const ScannedRegion& region : scan ? scan->regions : std::vector<ScannedRegion>{}) {
    if (region.sha256 == sha256) {
      place = {*dump->string(), from, region.bytes};
    }
    from += region.bytes;
  }
  if (!place) {
    return fail(ErrorCode::not_found, "/envelope", "no scan on record has a fragment of this digest");
  }
  SP_CHECK(remember_place(core, sha256, *place));
  if (has_fragment(core, sha256)) {
    return sha256;
  }
  const std::string unit = unit_of_fragment(sha256);
  SP_TRY(const store::DataKey key, core.unit_key(unit));
  SP_TRY(const Digest address, core.vault().put(unit, key.expose(), envelope));
  const std::string row = canon::write(
      canon::Object{{"address", address.hex()}, {"bytes", static_cast<std::int64_t>(envelope.size())}});
  const ByteView bytes = as_bytes(row);
  SP_CHECK(
      core.tx().replace_document({fragment_kind, sha256.hex(), 1, unit, Bytes(bytes.begin(), bytes.end())}));
  return sha256;
}

namespace {

struct Kept {
  Digest address;
  std::uint64_t bytes = 0;
};

Result<Kept> kept_at(const Core& core, const Digest& sha256) {
  SP_TRY(const store::Document row, core.reader().document(fragment_kind, sha256.hex(), 1));
  SP_TRY(const canon::Value value, canon::parse(as_text(row.bytes)));
  canon::Fields fields(value, fragment_kind);
  const Kept out{fields.digest("address"), static_cast<std::uint64_t>(fields.integer("bytes", 0, INT64_MAX))};
  SP_CHECK(fields.done());
  return out;
}

} // namespace

bool has_fragment(const Core& core, const Digest& sha256) {
  const auto kept = kept_at(core, sha256);
  return kept && core.vault().contains(kept->address);
}

Result<void> store_fragments(Core& core, const PacketId& id, const packet::Revision& revision) {
  for (const auto& [fragment, clear] : revision.co->fragments) {
    const auto kept = kept_at(core, clear.sha256);
    if (!kept) {
      return fail(ErrorCode::conflict, "/fragments/" + fragment,
                  "the vault does not have the fragment's bytes");
    }
    SP_CHECK(core.tx().put_part({id, std::to_string(revision.number) + "/" + fragment, revision.number,
                                 unit_of_fragment(clear.sha256), kept->address, kept->bytes,
                                 "application/octet-stream"}));
  }
  return {};
}

} // namespace sallyport::engine
