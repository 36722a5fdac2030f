#include "engine/raw_dumps.h"

#include "base/limits.h"
#include "canon/json.h"
#include "engine/fragments.h"
#include "packet/archive.h"
#include "packet/leaf.h"
#include "packet/names.h"
#include "vault/vault.h"

#include <algorithm>
#include <optional>

namespace sallyport::engine {
namespace {

constexpr Duration put_at_most{86'400'000}; // what an interrupted put left is older than any put takes

Result<store::Reader> open_log(const CoreOptions& options) {
  return store::Reader::open(options.dir,
                             {options.origin, wrapping_key_file(options.dir), false, options.vfs});
}

// A name that comes from a command line, before it names a file.
Result<void> check_name(const std::string& dump) {
  return packet::is_token(dump) ? Result<void>()
                                : fail(ErrorCode::malformed, "dump", "expected the name of a dump");
}

// What a copy shows of the map: in a copy nothing that is not referred to is left, and it is padding there.
std::vector<RawRegion> settled_regions(const std::vector<RawRegion>& regions) {
  std::vector<RawRegion> out;
  for (const RawRegion& region : regions) {
    const bool loose = region.klass == "unaccounted" || region.klass == "padding";
    if (loose && !out.empty() && out.back().klass == "padding") {
      out.back().bytes += region.bytes;
    } else {
      out.push_back({loose ? "padding" : region.klass, region.bytes});
    }
  }
  return out;
}

bool add_up_to(const std::vector<RawRegion>& regions, std::uint64_t size) {
  for (const RawRegion& region : regions) {
    if (region.bytes > size) {
      return false;
    }
    size -= region.bytes;
  }
  return size == 0;
}

// A key for the index and for every region, or none at all.
Result<void> draw_keys(store::Keys& keys, const RawIndex& index, Instant now) {
  keys.batch();
  const auto drawn = [&]() -> Result<void> {
    SP_TRY(const store::DataKey own, keys.obtain(unit_of_raw_index(index.dump), now));
    for (const RawPlace& place : index.places()) {
      SP_TRY(const auto destroyed, keys.destroyed_at(unit_of_raw(place)));
      if (destroyed) {
        return fail(ErrorCode::conflict, "dump",
                    "the erasure of a region of it was ordered: nothing of it is kept again");
      }
      SP_TRY(const store::DataKey key, keys.obtain(unit_of_raw(place), now));
    }
    return keys.commit();
  }();
  if (!drawn) {
    keys.roll_back();
  }
  return drawn;
}

Result<KeptRaw> state_of(RawIndex index, const store::Reader& reader) {
  KeptRaw out{std::move(index), {}};
  const std::vector<RawPlace> places = out.index.places();
  for (std::size_t i = 0; i < places.size(); ++i) {
    SP_TRY(const bool destroyed, reader.is_destroyed(unit_of_raw(places[i])));
    if (destroyed) {
      out.erased.push_back(i);
    }
  }
  return out;
}

} // namespace

std::uint64_t KeptRaw::bytes() const {
  std::uint64_t out = 0;
  for (const RawRegion& region : index.regions) {
    out += region.bytes;
  }
  return out;
}

std::uint64_t KeptRaw::erased_bytes() const {
  std::uint64_t out = 0;
  for (const std::size_t region : erased) {
    out += index.regions[region].bytes;
  }
  return out;
}

Result<std::vector<RawRegion>> scanned_regions(const store::Reader& reader, const std::string& dump,
                                               std::uint32_t rev) {
  constexpr std::size_t chunk = 1024;
  const std::string quoted = "\"" + dump + "\""; // a leaf without it is not read further
  std::optional<std::uint64_t> last;
  SP_TRY(const std::uint64_t size, reader.size());
  for (std::uint64_t n = 0; n < size;) {
    SP_TRY(const std::vector<Bytes> leaves, reader.leaves(n, std::min<std::uint64_t>(chunk, size - n)));
    if (leaves.empty()) {
      return fail(ErrorCode::corrupt, "log", "a leaf is missing");
    }
    for (const Bytes& bytes : leaves) {
      if (as_text(bytes).find(quoted) != std::string_view::npos) {
        SP_TRY(const packet::Leaf leaf, packet::decode(as_text(bytes)));
        const auto* observed = std::get_if<packet::SourceObserved>(&leaf.record);
        if (observed != nullptr && observed->facts && observed->facts->dump == dump &&
            observed->facts->rev == rev) {
          last = n;
        }
      }
      ++n;
    }
  }
  if (!last) {
    return fail(ErrorCode::not_found, "dump", "no scan of this revision of the dump is on record");
  }
  SP_TRY(const store::Body row, reader.body(*last));
  SP_TRY(const canon::Value body, canon::parse(as_text(row.bytes), {.bytes = limits::body_bytes}));
  const canon::Value* scan = body.find("scan");
  if (scan == nullptr) {
    return fail(ErrorCode::corrupt, "scan", "its body has no regions");
  }
  SP_TRY(const ScanBody said, packet::read<ScanBody>(*scan));
  std::vector<RawRegion> out;
  for (const ScannedRegion& region : said.regions) {
    out.push_back({region.klass, region.bytes});
  }
  return out;
}

bool same_structure(const std::vector<RawRegion>& found, const std::vector<RawRegion>& scanned) {
  return std::ranges::equal(
      settled_regions(found), settled_regions(scanned),
      [](const RawRegion& a, const RawRegion& b) { return a.klass == b.klass && a.bytes == b.bytes; });
}

Result<KeptRaw> keep_raw(const CoreOptions& options, const std::string& dump, std::uint32_t rev,
                         const std::vector<RawRegion>& found, ByteView raw, Instant now) {
  SP_CHECK(check_name(dump));
  SP_TRY(const store::Reader reader, open_log(options));
  SP_TRY(std::vector<RawRegion> scanned, scanned_regions(reader, dump, rev));
  if (!add_up_to(scanned, raw.size()) || !same_structure(found, scanned)) {
    return fail(ErrorCode::conflict, "dump",
                "the file has not the regions that the scan of this revision has on record");
  }
  const vault::Segments segments = raw_segments(options.dir);
  if (segments.contains(dump)) {
    return fail(ErrorCode::conflict, "dump", "the vault keeps its raw bytes already");
  }
  SP_TRY(const vault::Vault vault, vault::Vault::open(options.dir / "vault"));
  SP_TRY(const std::size_t unfinished, vault.sweep_unfinished(now - put_at_most));
  SP_TRY(const std::size_t unnamed, segments.sweep_unnamed(now - put_at_most));
  (void)(unfinished + unnamed);

  const RawIndex index{dump, rev, std::move(scanned)};
  SP_TRY(store::DataKey wrapping, store::read_wrapping_key(wrapping_key_file(options.dir)));
  SP_TRY(store::Keys keys, store::Keys::open(options.dir / store::keys_file, std::move(wrapping),
                                             store::Keys::Mode::write, options.vfs));
  SP_CHECK(draw_keys(keys, index, now));
  const std::string about = canon::write(packet::to_value(index));
  SP_CHECK(segments.put(dump, unit_of_raw_index(dump), as_bytes(about), index.segments(), raw,
                        [&](std::string_view unit) { return keys.find(unit); }));
  return state_of(index, reader);
}

Result<std::vector<KeptRaw>> kept_raw(const CoreOptions& options) {
  SP_TRY(const store::Reader reader, open_log(options));
  const vault::Segments segments = raw_segments(options.dir);
  SP_TRY(const std::vector<std::string> names, segments.names());
  std::vector<KeptRaw> out;
  for (const std::string& name : names) {
    SP_TRY(OpenedIndex opened, open_raw_index(segments, reader, name));
    SP_TRY(KeptRaw kept, state_of(std::move(opened.index), reader));
    out.push_back(std::move(kept));
  }
  return out;
}

Result<KeptRaw> read_raw(const CoreOptions& options, const std::string& dump,
                         const std::function<Result<void>(std::uint64_t at, ByteView)>& take) {
  SP_CHECK(check_name(dump));
  SP_TRY(const store::Reader reader, open_log(options));
  const vault::Segments segments = raw_segments(options.dir);
  if (!segments.contains(dump)) {
    return fail(ErrorCode::not_found, "dump", "the vault keeps no raw bytes of it");
  }
  SP_TRY(OpenedIndex opened, open_raw_index(segments, reader, dump));
  const std::vector<vault::Segment> pieces = opened.index.segments();
  KeptRaw out{opened.index, {}};
  std::uint64_t from = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    // One look at a time: an erasure may be carried out meanwhile.
    const auto key = reader.unit_key(pieces[i].unit);
    if (!key && key.error().code != ErrorCode::not_found) {
      return std::unexpected(key.error());
    }
    if (!key) {
      out.erased.push_back(i);
    } else {
      std::uint64_t at = from;
      SP_CHECK(segments.get(opened.stored, pieces, i, key->expose(), [&](ByteView bytes) {
        const std::uint64_t here = at;
        at += bytes.size();
        return take(here, bytes);
      }));
    }
    from += pieces[i].bytes;
  }
  return out;
}

Result<void> raw_is_there(const CoreOptions& options, const store::Reader& reader) {
  const vault::Segments segments = raw_segments(options.dir);
  SP_TRY(const std::vector<std::string> names, segments.names());
  for (const std::string& name : names) {
    const auto opened = open_raw_index(segments, reader, name);
    if (!opened) {
      return fail(ErrorCode::corrupt, "raw dump " + name, "its index is not the one that was put");
    }
    SP_TRY(const KeptRaw kept, state_of(opened->index, reader));
    const bool anything_left = kept.erased.size() < kept.index.regions.size();
    if (anything_left && !segments.check(opened->stored, kept.index.segments())) {
      return fail(ErrorCode::corrupt, "raw dump " + name,
                  "its file is missing or has another length than its index says");
    }
  }
  return {};
}

} // namespace sallyport::engine
