#include "engine/raw_places.h"

#include "canon/json.h"
#include "packet/archive.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace sallyport::engine {
namespace {

constexpr const char* place_kind = "fragment_place"; // rows "<dump>/<from>+<bytes>/<digest of the envelope>"
constexpr std::string_view fragment_unit = "fragment/";

std::string spelled(const RawPlace& place) {
  return fmt::format("{}/{}+{}", place.dump, place.from, place.bytes);
}

bool read_number(std::string_view text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

struct PlaceRow {
  RawPlace place;
  std::string unit; // of the envelope
};

std::optional<PlaceRow> row_of(std::string_view id) {
  const std::size_t first = id.find('/');
  const std::size_t plus = id.find('+', first == std::string_view::npos ? id.size() : first);
  const std::size_t last = id.find('/', plus == std::string_view::npos ? id.size() : plus);
  if (last == std::string_view::npos) {
    return std::nullopt;
  }
  PlaceRow out;
  out.place.dump = id.substr(0, first);
  out.unit = std::string(fragment_unit) + std::string(id.substr(last + 1));
  return read_number(id.substr(first + 1, plus - first - 1), out.place.from) &&
                 read_number(id.substr(plus + 1, last - plus - 1), out.place.bytes)
             ? std::optional(std::move(out))
             : std::nullopt;
}

// Whether the vault has the dump, with this place as one of its regions.
Result<bool> is_kept(const Core& core, const vault::Segments& segments, const RawPlace& place) {
  if (!segments.contains(place.dump)) {
    return false;
  }
  SP_TRY(const OpenedIndex opened, open_raw_index(segments, core.reader(), place.dump));
  const std::vector<RawPlace> places = opened.index.places();
  return std::ranges::find(places, place) != places.end();
}

Result<bool> may_all_end(const RawPiece& piece,
                         const std::function<Result<bool>(const std::string& unit)>& may_end) {
  for (const std::string& unit : piece.fragments) {
    SP_TRY(const bool may, may_end(unit));
    if (!may) {
      return false;
    }
  }
  return true;
}

} // namespace

std::string unit_of_raw(const RawPlace& place) {
  return "raw/" + spelled(place);
}

std::string unit_of_raw_index(std::string_view dump) {
  return "raw/" + std::string(dump);
}

std::vector<RawPlace> RawIndex::places() const {
  std::vector<RawPlace> out;
  std::uint64_t from = 0;
  for (const RawRegion& region : regions) {
    out.push_back({dump, from, region.bytes});
    from += region.bytes;
  }
  return out;
}

std::vector<vault::Segment> RawIndex::segments() const {
  std::vector<vault::Segment> out;
  for (const RawPlace& place : places()) {
    out.push_back({unit_of_raw(place), place.bytes});
  }
  return out;
}

vault::Segments raw_segments(const std::filesystem::path& dir) {
  return vault::Segments(dir / "vault");
}

Result<OpenedIndex> open_raw_index(const vault::Segments& segments, const store::Reader& reader,
                                   std::string_view dump) {
  const std::string unit = unit_of_raw_index(dump);
  SP_TRY(const store::DataKey key, reader.unit_key(unit));
  SP_TRY(vault::SegmentIndex stored, segments.index(dump, unit, key.expose()));
  SP_TRY(const canon::Value value, canon::parse(as_text(stored.about), {.bytes = stored.about.size()}));
  SP_TRY(RawIndex index, packet::read<RawIndex>(value));
  if (index.dump != dump) {
    return fail(ErrorCode::corrupt, "vault", "an index of raw bytes names another dump");
  }
  return OpenedIndex{std::move(stored), std::move(index)};
}

Result<void> remember_place(Core& core, const Digest& envelope, const RawPlace& place) {
  return core.tx().replace_document({place_kind, spelled(place) + "/" + envelope.hex(), 1, "", {}});
}

Result<RawPieces> raw_pieces(const Core& core, const std::set<std::string>& units) {
  SP_TRY(const std::vector<std::string> ids, core.reader().document_ids(place_kind));
  std::vector<PlaceRow> rows;
  for (const std::string& id : ids) {
    if (auto row = row_of(id)) {
      rows.push_back(*std::move(row));
    }
  }
  std::set<RawPlace> places;
  std::set<std::string> unknown = units;
  for (const PlaceRow& row : rows) {
    if (units.contains(row.unit)) {
      places.insert(row.place);
      unknown.erase(row.unit);
    }
  }
  const vault::Segments segments = raw_segments(core.options().dir);
  RawPieces out{{}, unknown.empty()};
  for (const RawPlace& place : places) {
    RawPiece piece;
    piece.place = place;
    for (const PlaceRow& row : rows) {
      if (row.place == place) {
        piece.fragments.insert(row.unit);
      }
    }
    const std::string unit = unit_of_raw(place);
    SP_TRY(piece.kept, is_kept(core, segments, place));
    SP_TRY(piece.destroyed, core.reader().is_destroyed(unit));
    piece.has_key = core.reader().unit_key(unit).has_value();
    out.all.push_back(std::move(piece));
  }
  return out;
}

Result<RawEnd> end_raw(Core& core, Instant wall, const std::set<std::string>& units,
                       const std::function<Result<bool>(const std::string& unit)>& may_end) {
  SP_TRY(const RawPieces pieces, raw_pieces(core, units));
  RawEnd out{pieces.complete, pieces.complete && !pieces.all.empty()};
  for (const RawPiece& piece : pieces.all) {
    out.kept = out.kept && piece.kept;
    if (piece.destroyed) {
      continue;
    }
    SP_TRY(const bool may, may_all_end(piece, may_end));
    if (may) {
      SP_CHECK(core.destroy(unit_of_raw(piece.place), wall));
    } else if (piece.has_key) {
      out.ended = false;
    }
  }
  return out;
}

} // namespace sallyport::engine
