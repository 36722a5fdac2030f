#include "source/config.h"

#include "base/limits.h"
#include "canon/fields.h"
#include "canon/json.h"
#include "canon/pointer.h"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <memory>
#include <utility>

namespace sallyport::source {
namespace {

using canon::Fields;
using canon::Value;

constexpr std::string_view placeholder = "{key}";

// Secrets stand in the file of `auth`; the rest is the transport's, and is not for a configuration.
constexpr std::array<std::string_view, 10> reserved_headers{
    "accept", "accept-encoding", "authorization", "connection",          "content-length",
    "cookie", "expect",          "host",          "proxy-authorization", "transfer-encoding"};
constexpr std::size_t post_bytes_max = 16 * 1024;

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 63 && letter(text.front()) && letter(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || c == '-' || c == '_'; });
}

// What may stand in a request target and in a header field without changing either.
bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    ++n;
  }
  return n;
}

std::string read_name(Fields& in, std::string_view member) {
  std::string name = in.string(member);
  if (in.ok() && !is_name(name)) {
    in.fault(member, "expected a name of a-z, 0-9, - and _, at most 63 bytes");
  }
  return name;
}

// "" is a pointer too (the whole), so Fields::string() does not fit.
std::string read_pointer(Fields& in, std::string_view member) {
  const std::string* text = in.any(member).string();
  if (text == nullptr || text->size() > 1000 || !canon::is_pointer(*text)) {
    in.fault(member, "expected a JSON Pointer");
    return {};
  }
  return *text;
}

std::vector<std::string> read_pointers(Fields& in, std::string_view member) {
  std::vector<std::string> out = in.strings(member);
  if (in.ok() && (out.empty() || !std::ranges::all_of(out, canon::is_pointer))) {
    in.fault(member, "expected at least one JSON Pointer");
  }
  std::vector<std::string> sorted = out;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) {
    in.fault(member, "names a pointer twice");
  }
  return out;
}

std::string read_path(Fields& in, std::string_view member) {
  std::string path = in.string(member);
  if (in.ok() && (path.front() != '/' || !is_visible_ascii(path) || path.find('#') != std::string::npos)) {
    in.fault(member, "expected a path that begins with / and is percent-encoded already");
  }
  return path;
}

// As text, because that is what is sent; a key is put into one of its strings (probe.cc).
std::string read_post(Fields& in, const Value& value) {
  const Value* post = value.find("post") == nullptr ? nullptr : &in.any("post");
  std::string text = post == nullptr ? "" : canon::write(*post);
  if (post != nullptr && (post->object() == nullptr || text.size() > post_bytes_max)) {
    in.fault("post", "expected an object of at most 16 KiB");
  }
  return text;
}

void check_placeholders(Fields& in, const std::string& path, const std::string& post, std::size_t expected) {
  if (in.ok() && count(path, placeholder) + count(post, placeholder) != expected) {
    in.fault("path",
             expected == 0 ? "{key} has no meaning here" : "together with post holds {key} not exactly once");
  }
}

bool is_header_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return out;
}

TimeFormat read_format(Fields& in) {
  const std::string word = in.string("as");
  const auto found = std::ranges::find(time_format_words, std::string_view(word));
  if (found == time_format_words.end()) {
    in.fault("as", "expected rfc3339, epoch_seconds, epoch_milliseconds or utc");
    return TimeFormat::rfc3339;
  }
  return static_cast<TimeFormat>(found - time_format_words.begin());
}

Result<TimeField> read_time_field(const Value& value, std::string where) {
  Fields in(value, std::move(where));
  TimeField out;
  out.pointer = read_pointer(in, "pointer");
  out.as = read_format(in);
  SP_CHECK(in.done());
  return out;
}

Result<Auth> read_auth(const Value& value) {
  Fields in(value, "/auth");
  Auth out;
  const Value* sigv4 = in.maybe("sigv4");
  if (sigv4 == nullptr) {
    out.header = in.string("header", 100);
    if (in.ok() && !is_header_name(out.header)) {
      in.fault("header", "expected the name of a header field");
    }
  }
  out.file = in.string("file");
  if (in.ok() && out.file.front() != '/') {
    in.fault("file", "expected an absolute path");
  }
  SP_CHECK(in.done());
  if (sigv4 != nullptr) {
    Fields scope(*sigv4, "/auth/sigv4");
    out.sigv4 = SigV4{read_name(scope, "region"), read_name(scope, "service")};
    SP_CHECK(scope.done());
  }
  return out;
}

Result<std::map<std::string, std::string>> read_headers(const Value& value) {
  Fields in(value, "/headers");
  std::map<std::string, std::string> out;
  if (const canon::Object* fields = value.object()) {
    for (const auto& [name, text] : *fields) {
      const std::string field = in.string(name);
      const bool clean = std::ranges::all_of(field, [](char c) { return c >= ' ' && c < 0x7f; });
      if (!is_header_name(name) ||
          std::ranges::find(reserved_headers, lower(name)) != reserved_headers.end()) {
        in.fault(name, "is no header field that may be set here");
      } else if (in.ok() && (!clean || field.front() == ' ' || field.back() == ' ')) {
        in.fault(name, "expected visible ASCII");
      }
      out.emplace(name, field);
    }
  }
  SP_CHECK(in.done());
  return out;
}

Result<Watermark> read_watermark(const Value& value) {
  Fields in(value, "/watermark");
  Watermark out;
  out.path = read_path(in, "path");
  out.post = read_post(in, value);
  check_placeholders(in, out.path, out.post, 0);
  if (const std::optional<std::string> from = in.maybe_string("from")) {
    if (*from != "response_date") {
      in.fault("from", "expected response_date, or pointer and as instead");
    }
  } else {
    out.field = TimeField{read_pointer(in, "pointer"), read_format(in)};
  }
  if (value.find("lag_ms") != nullptr) {
    out.lag = {in.integer("lag_ms", 0, std::int64_t{7} * 86'400'000)};
  }
  SP_CHECK(in.done());
  return out;
}

Result<Gone> read_gone(const Value& value, std::string where) {
  Fields in(value, std::move(where));
  Gone out;
  if (value.find("status") != nullptr) {
    for (const Value& item : in.array("status")) {
      const std::int64_t* status = item.integer();
      // 401, 403 and 429 speak of us, not of the object.
      if (status == nullptr || (*status != 404 && *status != 410)) {
        in.fault("status", "expected 404 or 410");
        break;
      }
      out.status.push_back(static_cast<int>(*status));
    }
  }
  if (value.find("empty") != nullptr) {
    out.empty = read_pointer(in, "empty");
  }
  if (in.ok() && out.status.empty() && !out.empty) {
    in.fault("", "expected status or empty");
  }
  SP_CHECK(in.done());
  return out;
}

Result<std::map<std::string, AttrField>> read_attrs(const canon::Object& object, const std::string& where) {
  std::map<std::string, AttrField> out;
  for (const auto& [name, value] : object) {
    const std::string at = where + "/" + canon::pointer_escape(name);
    if (!is_name(name)) {
      return fail(ErrorCode::malformed, at, "expected a name of a-z, 0-9, - and _, at most 63 bytes");
    }
    if (const std::string* pointer = value.string()) {
      if (!canon::is_pointer(*pointer)) {
        return fail(ErrorCode::malformed, at, "expected a JSON Pointer");
      }
      out.emplace(name, *pointer);
    } else {
      SP_TRY(TimeField field, read_time_field(value, at));
      out.emplace(name, std::move(field));
    }
  }
  return out;
}

Result<std::map<std::string, std::vector<std::string>>> read_touches(const Value& value, std::string where) {
  Fields in(value, std::move(where));
  std::map<std::string, std::vector<std::string>> out;
  if (const canon::Object* dimensions = value.object()) {
    for (const auto& [name, pointers] : *dimensions) {
      if (!is_name(name)) {
        in.fault(name, "expected a name of a-z, 0-9, - and _, at most 63 bytes");
      }
      out.emplace(name, read_pointers(in, name));
    }
  }
  SP_CHECK(in.done());
  return out;
}

Result<Map> read_map(const Value& value, const std::string& where) {
  Fields in(value, where);
  Map out;
  out.key = read_pointer(in, "key");
  const Value& occurred_at = in.any("occurred_at");
  out.content = read_pointers(in, "content");
  const canon::Object* attrs = value.find("attrs") == nullptr ? nullptr : &in.object("attrs");
  const Value* touches = in.maybe("touches");
  SP_CHECK(in.done());
  SP_TRY(out.occurred_at, read_time_field(occurred_at, where + "/occurred_at"));
  if (attrs != nullptr) {
    SP_TRY(out.attrs, read_attrs(*attrs, where + "/attrs"));
  }
  if (touches != nullptr) {
    SP_TRY(out.touches, read_touches(*touches, where + "/touches"));
  }
  return out;
}

Result<Shape> read_shape(const Value& value, const std::string& where) {
  Fields in(value, where);
  Shape out;
  const std::string* prefix = in.any("prefix").string();
  if (prefix == nullptr || prefix->size() > 100) {
    in.fault("prefix", "expected text, empty for every key");
  } else {
    out.prefix = *prefix;
  }
  out.path = read_path(in, "path");
  out.post = read_post(in, value);
  check_placeholders(in, out.path, out.post, 1);
  out.record = read_pointer(in, "record");
  if (const std::optional<std::string> as = in.maybe_string("record_as")) {
    out.record_is_text = *as == "json_text";
    if (!out.record_is_text) {
      in.fault("record_as", "expected json_text, or nothing");
    }
  }
  const Value* gone = in.maybe("gone");
  const Value& map = in.any("map");
  SP_CHECK(in.done());
  if (gone != nullptr) {
    SP_TRY(out.gone, read_gone(*gone, where + "/gone"));
  }
  SP_TRY(out.map, read_map(map, where + "/map"));
  return out;
}

Result<std::vector<Shape>> read_shapes(const canon::Array& items) {
  if (items.empty() || items.size() > limits::collection_items) {
    return fail(ErrorCode::malformed, "/shapes", "expected from 1 to 256 shapes");
  }
  std::vector<Shape> out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string where = "/shapes/" + std::to_string(i);
    SP_TRY(Shape shape, read_shape(items[i], where));
    if (std::ranges::find(out, shape.prefix, &Shape::prefix) != out.end()) {
      return fail(ErrorCode::malformed, where + "/prefix", "another shape has this prefix");
    }
    out.push_back(std::move(shape));
  }
  return out;
}

Result<TermsShape> read_terms(const Value& value) {
  Fields in(value, "/terms");
  TermsShape out;
  out.path = read_path(in, "path");
  check_placeholders(in, out.path, "", 0);
  out.items = read_pointer(in, "items");
  out.names = read_pointers(in, "names");
  SP_CHECK(in.done());
  return out;
}

Result<DirectoryShape> read_directory(const Value& value) {
  Fields in(value, "/directory");
  DirectoryShape out;
  out.path = read_path(in, "path");
  check_placeholders(in, out.path, "", 0);
  out.version = read_pointer(in, "version");
  out.members = read_pointer(in, "members");
  out.id = read_pointer(in, "id");
  SP_CHECK(in.done());
  return out;
}

// What is posted is JSON, unless the configuration knows a name of its own for it.
void name_content_type(Config& config) {
  const auto* shapes = std::get_if<std::vector<Shape>>(&config.shape);
  const bool posts =
      !config.watermark.post.empty() ||
      (shapes != nullptr && std::ranges::any_of(*shapes, [](const Shape& s) { return !s.post.empty(); }));
  const bool named = std::ranges::any_of(
      config.headers, [](const auto& field) { return lower(field.first) == "content-type"; });
  if (posts && !named) {
    config.headers.emplace("Content-Type", "application/json");
  }
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host == "127.0.0.1";
}

} // namespace

Result<void> check_base_url(const std::string& text) {
  const auto bad = [](const char* message) { return fail(ErrorCode::malformed, "/base_url", message); };
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  const auto part = [&](CURLUPart which) {
    char* value = nullptr;
    const bool there = curl_url_get(url.get(), which, &value, 0) == CURLUE_OK;
    std::string out = there ? value : "";
    curl_free(value);
    return out;
  };
  if (url == nullptr || !is_visible_ascii(text) ||
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return bad("expected a URL");
  }
  if (text.ends_with('/') || text.find_first_of("?#@") != std::string::npos) {
    return bad("expected a URL without user, query, fragment or trailing slash");
  }
  const std::string scheme = part(CURLUPART_SCHEME);
  const std::string host_at = std::string_view(text).substr(std::min(text.size(), scheme.size()), 3) == "://"
                                  ? text.substr(scheme.size() + 3, 1)
                                  : "";
  if (host_at.empty() || host_at == "/") { // libcurl is content with any number of slashes
    return bad("expected a URL with a scheme, // and a host");
  }
  if (scheme != "https" && !(scheme == "http" && is_loopback(part(CURLUPART_HOST)))) {
    return bad("expected https, or http to this machine");
  }
  return {};
}

Result<Config> parse_config(std::string_view json, std::optional<std::string_view> base_url) {
  SP_TRY(const Value document, canon::parse(json));
  Fields in(document, "");
  Config out;
  in.integer("v", 1, 1);
  out.source = read_name(in, "source");
  const std::string kind = in.string("kind");
  out.base_url = in.string("base_url");
  out.timeout = {in.integer("timeout_ms", 1, 60'000)};
  out.deadline = {in.integer("deadline_ms", 1, 600'000)};
  if (document.find("pause_ms") != nullptr) {
    out.pause = {in.integer("pause_ms", 0, 60'000)};
  }
  const Value* auth = in.maybe("auth");
  const Value* headers = in.maybe("headers");
  const Value& watermark = in.any("watermark");
  const bool records = kind == "records";
  if (!records && kind != "directory") {
    in.fault("kind", "expected records or directory");
  }
  static const canon::Array no_shapes;
  const canon::Array& shapes = records ? in.array("shapes") : no_shapes;
  const Value* terms = records ? in.maybe("terms") : nullptr;
  const Value& directory = records ? document : in.any("directory");
  SP_CHECK(in.done());

  if (base_url) {
    out.base_url = *base_url;
  }
  SP_CHECK(check_base_url(out.base_url));
  if (auth != nullptr) {
    SP_TRY(out.auth, read_auth(*auth));
  }
  if (headers != nullptr) {
    SP_TRY(out.headers, read_headers(*headers));
  }
  SP_TRY(out.watermark, read_watermark(watermark));
  if (terms != nullptr) {
    SP_TRY(out.terms, read_terms(*terms));
  }
  if (records) {
    SP_TRY(out.shape, read_shapes(shapes));
  } else {
    SP_TRY(out.shape, read_directory(directory));
  }
  name_content_type(out);
  return out;
}

const Shape* find_shape(const Config& config, std::string_view key) {
  const auto* shapes = std::get_if<std::vector<Shape>>(&config.shape);
  if (shapes == nullptr) {
    return nullptr;
  }
  const Shape* best = nullptr;
  for (const Shape& shape : *shapes) {
    if (key.starts_with(shape.prefix) && (best == nullptr || shape.prefix.size() > best->prefix.size())) {
      best = &shape;
    }
  }
  return best;
}

} // namespace sallyport::source
