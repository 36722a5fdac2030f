#include "packet/submission.h"

#include "base/limits.h"
#include "canon/fields.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "packet/names.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>

namespace sallyport::packet {
namespace {

constexpr std::size_t label_bytes = 200;        // names at other systems: cases, object keys, file names
constexpr std::size_t record_list_bytes = 3200; // what a leaf of 4 KiB leaves to its lists

using Where = std::string;

Where below(const Where& where, std::string_view segment) {
  return where + "/" + canon::pointer_escape(segment);
}

bool has_null(const canon::Value& value) {
  if (const canon::Array* items = value.array()) {
    return std::ranges::any_of(*items, has_null);
  }
  const canon::Object* members = value.object();
  return value.is_null() || (members != nullptr && std::ranges::any_of(*members, [](const canon::Member& m) {
                               return has_null(m.second);
                             }));
}

bool is_empty(const canon::Value& value) {
  return (value.string() != nullptr && value.string()->empty()) ||
         (value.array() != nullptr && value.array()->empty()) ||
         (value.object() != nullptr && value.object()->empty());
}

Result<void> check_value(const canon::Value& value, const Where& where) {
  if (is_empty(value)) {
    return fail(ErrorCode::malformed, where, "is empty");
  }
  if (has_null(value) || holds_control_character(value)) {
    return fail(ErrorCode::malformed, where,
                "holds null or a control character other than tab and line feed");
  }
  if (canon::write(value).size() > limits::value_bytes) {
    return fail(ErrorCode::too_large, where, fmt::format("longer than {} bytes", limits::value_bytes));
  }
  return {};
}

std::string text(canon::Fields& f, std::string_view name, std::size_t max) {
  std::string out = f.string(name, max);
  if (has_control_character(out)) {
    f.fault(name, "holds a control character other than tab and line feed");
  }
  return out;
}

// A member that stands in clear, in one of the closed spellings of names.h.
std::string spelled(canon::Fields& f, std::string_view name, bool (*is_spelled)(std::string_view),
                    std::string_view example) {
  std::string out = f.string(name);
  if (!is_spelled(out)) {
    f.fault(name, fmt::format("is not written like {}", example));
  }
  return out;
}

std::string name_of(canon::Fields& f, std::string_view name, std::string_view example) {
  return spelled(f, name, is_name, example);
}

// Objects keyed by id. `read` makes an item of (value, where).
template <class T, class Read>
Result<void> read_items(const canon::Value* value, const Where& where, std::size_t max, Read read,
                        std::map<std::string, T>& out) {
  if (value == nullptr) {
    return {};
  }
  const canon::Object* items = value->object();
  if (items == nullptr) {
    return fail(ErrorCode::malformed, where, "expected an object keyed by id");
  }
  if (items->size() > max) {
    return fail(ErrorCode::too_large, where, fmt::format("more than {} items", max));
  }
  for (const auto& [id, item] : *items) {
    if (!is_item_id(id)) {
      return fail(ErrorCode::malformed, where, "has an id that is not written like c1");
    }
    SP_TRY(out[id], read(item, below(where, id)));
  }
  return {};
}

template <class T> Result<void> at_least_one(const T& items, const Where& where) {
  if (items.empty()) {
    return fail(ErrorCode::malformed, where, "must have at least one item");
  }
  return {};
}

Result<Forms> read_forms(const canon::Value& value, const Where& where) {
  canon::Fields f(value, where);
  Forms forms;
  forms.value = f.any("value");
  const canon::Value* coarse = f.maybe("coarse");
  const canon::Value* pseudonym = f.maybe("pseudonym");
  SP_CHECK(f.done());
  SP_CHECK(check_value(forms.value, f.where("value")));
  if (coarse != nullptr) {
    SP_CHECK(check_value(*coarse, f.where("coarse")));
    forms.coarse = *coarse;
  }
  if (pseudonym != nullptr) {
    SP_CHECK(check_value(*pseudonym, f.where("pseudonym")));
    forms.pseudonym = *pseudonym;
  }
  return forms;
}

Result<void> read_fields(const canon::Object& items, const Where& where, std::map<std::string, Forms>& out) {
  if (items.size() > limits::collection_items) {
    return fail(ErrorCode::too_large, where, fmt::format("more than {} items", limits::collection_items));
  }
  for (const auto& [pointer, item] : items) {
    if (!is_field_pointer(pointer)) {
      return fail(ErrorCode::malformed, where,
                  "has a name that is not written like /operator, or that stands for something else");
    }
    SP_TRY(out[pointer], read_forms(item, below(where, pointer)));
  }
  return {};
}

Result<void> read_scope(const canon::Object& dimensions, const Where& where,
                        std::map<std::string, std::map<std::string, Forms>>& out) {
  std::size_t elements = 0;
  for (const auto& [dimension, value] : dimensions) {
    if (!is_name(dimension)) {
      return fail(ErrorCode::malformed, where, "has a dimension that is not written like tenant");
    }
    const Where inner = below(where, dimension);
    SP_CHECK(read_items(&value, inner, limits::collection_items - elements, read_forms, out[dimension]));
    SP_CHECK(at_least_one(out[dimension], inner));
    elements += out[dimension].size();
  }
  return {};
}

// A dimension's value is hidden or stands in clear, and a packet has a scope.
Result<void> check_dimensions(const Submission& s, const Where& where) {
  if (s.bounds.empty()) {
    return at_least_one(s.scope, where);
  }
  const bool both = std::ranges::any_of(s.bounds, [&](const auto& at) { return s.scope.contains(at.first); });
  return both ? fail(ErrorCode::malformed, where, "has a dimension that is among the bounds as well")
              : Result<void>();
}

Result<Claim> read_claim(const canon::Value& value, const Where& where) {
  canon::Fields f(value, where);
  Claim claim{text(f, "text", limits::value_bytes)};
  SP_CHECK(f.done());
  return claim;
}

Result<Caveat> read_caveat(const canon::Value& value, const Where& where) {
  canon::Fields f(value, where);
  Caveat caveat{name_of(f, "code", "uncorroborated"), text(f, "text", limits::value_bytes)};
  SP_CHECK(f.done());
  return caveat;
}

Result<void> read_caveats(const canon::Value* value, const Where& where, std::map<std::string, Caveat>& out) {
  if (value == nullptr || is_empty(*value)) {
    return fail(ErrorCode::malformed, where, "must be said: write \"none\" where this packet has no caveats");
  }
  if (const std::string* said = value->string()) {
    return *said == "none" ? Result<void>()
                           : fail(ErrorCode::malformed, where, "expected \"none\" or an object keyed by id");
  }
  return read_items(value, where, limits::collection_items, read_caveat, out);
}

// Texts of an array, none twice, sorted.
std::vector<std::string> read_set(canon::Fields& f, std::string_view name, std::size_t max) {
  std::vector<std::string> items = f.strings(name, max);
  std::ranges::sort(items);
  if (f.ok() && items.empty()) {
    f.fault(name, "must have at least one item");
  }
  if (std::ranges::adjacent_find(items) != items.end()) {
    f.fault(name, "has an item twice");
  }
  return items;
}

Result<void> read_pins(const canon::Value* value, const Where& where,
                       std::map<std::string, std::string>& out) {
  if (value == nullptr) {
    return {};
  }
  canon::Fields f(*value, where);
  if (const canon::Object* pins = value->object()) {
    if (pins->size() > limits::collection_items) {
      return fail(ErrorCode::too_large, where, fmt::format("more than {} items", limits::collection_items));
    }
    for (const auto& [attribute, pinned] : *pins) {
      if (!is_name(attribute)) {
        return fail(ErrorCode::malformed, where, "has an attribute that is not written like version");
      }
      out[attribute] = text(f, attribute, label_bytes);
    }
  }
  return f.done();
}

Result<Citation> read_citation(const canon::Value& value, const Where& where) {
  canon::Fields f(value, where);
  Citation c;
  c.kind = name_of(f, "kind", "session_broker_log");
  c.source = name_of(f, "source", "session-broker");
  c.key = text(f, "key", label_bytes);
  c.occurred_at = f.instant("occurred_at");
  c.observed_at = f.instant("observed_at");
  c.complete_through = f.instant("complete_through");
  c.content = f.digest("content");
  c.supports = read_set(f, "supports", limits::collection_items);
  const canon::Value* pins = f.maybe("pins");
  SP_CHECK(f.done());
  SP_CHECK(read_pins(pins, f.where("pins"), c.pins));
  return c;
}

Result<Merge> read_merge(const canon::Value& value, const Where& where) {
  canon::Fields f(value, where);
  Merge m;
  m.case_name = text(f, "case", label_bytes);
  if (const auto packet = f.maybe_string("packet")) {
    const auto id = PacketId::parse(*packet);
    if (id) {
      m.packet = *id;
    } else {
      f.fault("packet", id.error().message);
    }
  }
  m.reason = text(f, "reason", limits::value_bytes);
  m.code = name_of(f, "code", "same_session");
  m.by = f.id<PersonId>("by");
  m.at = f.instant("at");
  SP_CHECK(f.done());
  return m;
}

Result<Part> read_part(const canon::Value& value, const Where& where) {
  canon::Fields f(value, where);
  Part p;
  p.kind = f.string("kind");
  if (p.kind != "annex") {
    f.fault("kind", "only annex is taken here", ErrorCode::unsupported);
  }
  p.media_type = spelled(f, "media_type", is_media_type, "text/plain");
  p.file_name = text(f, "file_name", label_bytes);
  // Somebody saves it under this name one day: it names a file and no way to one.
  if (p.file_name.find_first_of("/\\") != std::string::npos || p.file_name == "." || p.file_name == "..") {
    f.fault("file_name", "a name without a path is asked for");
  }
  p.state = f.string("state");
  if (p.state != "held" && p.state != "redacted") {
    f.fault("state", "expected held or redacted");
  }
  p.include = f.boolean("include");
  const std::string content = f.string("content", (limits::part_bytes + 2) / 3 * 4);
  const canon::Value* bounds = f.maybe("bounds");
  SP_CHECK(f.done());
  if (bounds != nullptr) {
    SP_TRY(p.bounds, read_bounds(*bounds, f.where("bounds")));
  }
  auto bytes = from_base64(content);
  if (!bytes) {
    return fail(ErrorCode::malformed, f.where("content"), "is not padded base64");
  }
  if (bytes->size() > limits::part_bytes) {
    return fail(ErrorCode::too_large, f.where("content"),
                fmt::format("longer than {} bytes", limits::part_bytes));
  }
  p.content = *std::move(bytes);
  return p;
}

void read_authors(canon::Fields& f, std::vector<PersonId>& out) {
  for (const std::string& author : read_set(f, "authors", limits::collection_items)) {
    auto id = PersonId::parse(author);
    if (!id) {
      f.fault("authors", id.error().message);
      return;
    }
    out.push_back(*std::move(id));
  }
}

Result<void> check_supports(const Submission& s, const Where& where) {
  for (const auto& [id, citation] : s.citations) {
    for (const std::string& claim : citation.supports) {
      if (!s.claims.contains(claim)) {
        return fail(ErrorCode::malformed, below(below(where, id), "supports"),
                    "names a claim that is not there");
      }
    }
  }
  return {};
}

// Citations, parts and authors stand in one leaf: what they take there is counted before anything is
// sealed, so that no sealed revision is too large to be recorded.
Result<void> check_record_size(const Submission& s, const Where& where) {
  constexpr std::size_t cite = 90; // ids of ours, an ordinal, two instants, punctuation
  constexpr std::size_t part = 14;
  constexpr std::size_t author = 16;
  std::size_t bytes = s.authors.size() * author;
  for (const auto& [id, citation] : s.citations) {
    bytes += cite + id.size() + citation.source.size();
  }
  for (const auto& [id, unused] : s.parts) {
    bytes += part + id.size();
  }
  if (bytes > record_list_bytes) {
    return fail(
        ErrorCode::too_large, where,
        fmt::format("citations, parts and authors take more than the {} bytes that one record has for "
                    "them: cite fewer, or use shorter ids",
                    record_list_bytes));
  }
  return {};
}

Result<void> read_envelope(canon::Fields& f, Submission& s) {
  if (f.integer("v", 0, std::numeric_limits<std::uint32_t>::max()) != 1) {
    f.fault("v", "only version 1 is taken", ErrorCode::unsupported);
  }
  const canon::Value& upstream = f.any("upstream");
  s.upstream_digest = f.digest("upstream_digest");
  f.object("packet");
  SP_CHECK(f.done());
  canon::Fields u(upstream, "/upstream");
  s.upstream.system = name_of(u, "system", "triage-desk");
  s.upstream.case_name = text(u, "case", label_bytes);
  s.upstream.revision = static_cast<std::uint32_t>(u.integer("revision", 1, 1'000'000));
  return u.done();
}

Result<void> read_packet(const canon::Value& packet, Submission& s) {
  const Where at = "/packet";
  canon::Fields f(packet, at);
  s.packet_class = name_of(f, "packet_class", "break-glass-token-replay");
  s.lane = spelled(f, "lane", is_lane_id, "Q-PSR");
  s.severity = name_of(f, "severity", "sev1");
  const canon::Value& triage = f.any("triage");
  read_authors(f, s.authors);
  const canon::Object& fields = f.object("fields");
  const canon::Object& scope = f.object("scope");
  const canon::Value* bounds = f.maybe("bounds");
  const canon::Value& claims = f.any("claims");
  const canon::Value* caveats = f.maybe("caveats");
  const canon::Value& citations = f.any("citations");
  const canon::Value* merges = f.maybe("merges");
  const canon::Value* parts = f.maybe("parts");
  SP_CHECK(f.done());

  canon::Fields t(triage, f.where("triage"));
  s.triage = {spelled(t, "stamp", is_token, "ts_2291"), t.instant("at"), t.id<PersonId>("by")};
  SP_CHECK(t.done());
  SP_CHECK(read_fields(fields, f.where("fields"), s.fields));
  SP_CHECK(read_scope(scope, f.where("scope"), s.scope));
  if (bounds != nullptr) {
    SP_TRY(s.bounds, read_bounds(*bounds, f.where("bounds")));
  }
  SP_CHECK(check_dimensions(s, f.where("scope")));
  SP_CHECK(read_items(&claims, f.where("claims"), limits::collection_items, read_claim, s.claims));
  SP_CHECK(at_least_one(s.claims, f.where("claims")));
  SP_CHECK(read_caveats(caveats, f.where("caveats"), s.caveats));
  SP_CHECK(read_items(&citations, f.where("citations"), limits::citations, read_citation, s.citations));
  SP_CHECK(at_least_one(s.citations, f.where("citations")));
  SP_CHECK(check_supports(s, f.where("citations")));
  SP_CHECK(read_items(merges, f.where("merges"), limits::collection_items, read_merge, s.merges));
  SP_CHECK(read_items(parts, f.where("parts"), limits::parts, read_part, s.parts));
  return check_record_size(s, f.where("citations"));
}

constexpr std::array<std::string_view, 6> collections = {"claims", "caveats", "citations",
                                                         "merges", "parts",   "fields"};
constexpr std::array<std::string_view, 42> members = {"at",
                                                      "authors",
                                                      "by",
                                                      "bounds",
                                                      "case",
                                                      "caveats",
                                                      "citations",
                                                      "claims",
                                                      "coarse",
                                                      "code",
                                                      "content",
                                                      "fields",
                                                      "complete_through",
                                                      "file_name",
                                                      "include",
                                                      "key",
                                                      "kind",
                                                      "lane",
                                                      "media_type",
                                                      "merges",
                                                      "observed_at",
                                                      "occurred_at",
                                                      "packet",
                                                      "packet_class",
                                                      "parts",
                                                      "pins",
                                                      "pseudonym",
                                                      "reason",
                                                      "revision",
                                                      "scope",
                                                      "severity",
                                                      "source",
                                                      "stamp",
                                                      "state",
                                                      "supports",
                                                      "system",
                                                      "text",
                                                      "triage",
                                                      "upstream",
                                                      "upstream_digest",
                                                      "v",
                                                      "value"};

bool is_of_the_format(const std::vector<std::string>& segments, std::size_t i) {
  const auto is_in = [](const auto& list, const std::string& s) {
    return std::ranges::find(list, s) != list.end();
  };
  if (i > 0 && (segments[i - 1] == "scope" || segments[i - 1] == "bounds")) {
    return is_name(segments[i]);
  }
  if (i > 0 && is_in(collections, segments[i - 1])) {
    return is_item_id(segments[i]) || is_field_pointer(segments[i]);
  }
  if (i > 1 && segments[i - 2] == "scope") {
    return is_item_id(segments[i]);
  }
  return is_in(members, segments[i]);
}

// Names in a pointer come from the input as well, and a refusal is recorded for ever: the pointer is
// cut before the first segment that is neither a member of the format nor a well-formed id.
Error without_foreign_names(Error error) {
  std::vector<std::string> segments;
  canon::pointer_split(error.where, segments);
  Where where;
  for (std::size_t i = 0; i < segments.size() && is_of_the_format(segments, i); ++i) {
    where = below(where, segments[i]);
  }
  if (where.size() < error.where.size()) {
    error.message = "below this place: " + error.message;
  }
  error.where = std::move(where);
  return error;
}

Result<Submission> parse_document(const canon::Value& document) {
  Submission s;
  canon::Fields f(document, "");
  SP_CHECK(read_envelope(f, s));
  const canon::Value& packet = *document.find("packet");
  SP_CHECK(read_packet(packet, s));
  if (crypto::sha256(canon::write(packet)) != s.upstream_digest) {
    return fail(ErrorCode::malformed, "/upstream_digest",
                "is not the SHA-256 of the canonical form of /packet");
  }
  return s;
}

} // namespace

Result<Submission> parse_submission(std::string_view text) {
  const auto document = canon::parse(text, {.bytes = limits::request_bytes});
  if (!document) {
    return std::unexpected(without_foreign_names(document.error()));
  }
  return read_submission(*document);
}

Result<Submission> read_submission(const canon::Value& document) {
  auto parsed = parse_document(document);
  if (!parsed) {
    return std::unexpected(without_foreign_names(std::move(parsed).error()));
  }
  return parsed;
}

} // namespace sallyport::packet
