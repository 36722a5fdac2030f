#include "source/probe.h"

#include "base/bytes.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "source/fetch.h"

#include <algorithm>
#include <utility>

namespace sallyport::source {
namespace {

using canon::Value;

constexpr int ok = 200;
constexpr std::string_view placeholder = "{key}";

// Keeps the time of the last response beside the fetcher, so that no path forgets it.
struct Session {
  Fetcher fetcher;
  const Clock& clock;
  Instant answered_at;

  Result<Fetched> get(std::string_view target) {
    auto fetched = fetcher.get(target);
    if (fetched) {
      answered_at = clock();
    }
    return fetched;
  }
};

std::unexpected<Error> at(std::string where, const Error& error) {
  return fail(error.code, std::move(where), error.message);
}

Result<Fetched> get_ok(Session& session, const std::string& path, const char* where) {
  auto fetched = session.get(path);
  if (!fetched) {
    return at(where, fetched.error());
  }
  if (fetched->status != ok) {
    return fail(ErrorCode::unavailable, where, "answered with status " + std::to_string(fetched->status));
  }
  return fetched;
}

Result<Value> parse_at(std::string_view body, const char* where) {
  auto value = canon::parse_foreign(body, {.bytes = answer_bytes_max});
  if (!value) {
    return at(where, value.error());
  }
  return value;
}

Result<Instant> read_watermark(Session& session, const Watermark& watermark) {
  SP_TRY(const Fetched fetched, get_ok(session, watermark.path, "/watermark"));
  if (!watermark.field) {
    if (!fetched.date) {
      return fail(ErrorCode::malformed, "/watermark", "the response has no Date");
    }
    return *fetched.date - watermark.lag;
  }
  SP_TRY(const Value answer, parse_at(fetched.body, "/watermark"));
  const Value* value = canon::pointer_find(answer, watermark.field->pointer);
  if (value == nullptr) {
    return fail(ErrorCode::malformed, "/watermark", "the answer has nothing at the pointer");
  }
  auto time = parse_time(*value, watermark.field->as);
  if (!time) {
    return at("/watermark", time.error());
  }
  return *time - watermark.lag;
}

// A key comes from whoever submitted the packet. It must not be able to leave its place in the path or
// in a filter expression: no quotes, no backslash, no control character, no dot segment.
bool may_be_asked(std::string_view key) {
  const auto harmless = [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 0x7f && c != '"' && c != '\'' && c != '\\';
  };
  return !key.empty() && key.size() <= key_bytes_max && key != "." && key != ".." && is_utf8(key) &&
         std::ranges::all_of(key, harmless);
}

bool says_gone(const Gone& gone, const Value& answer) {
  const Value* value = gone.empty ? canon::pointer_find(answer, *gone.empty) : nullptr;
  const canon::Array* items = value == nullptr ? nullptr : value->array();
  return items != nullptr && items->empty();
}

Result<ObjectAnswer> ask(Session& session, const Config& config, const std::string& key) {
  const Shape* shape = find_shape(config, key);
  if (shape == nullptr) {
    return fail(ErrorCode::unsupported, "/shapes", "no shape takes a key with this prefix");
  }
  if (!may_be_asked(key)) {
    return fail(ErrorCode::malformed, "/key",
                "is empty, too long or holds a character that keys do not have");
  }
  std::string path = shape->path;
  path.replace(path.find(placeholder), placeholder.size(), percent_encode(key));
  SP_TRY(const Fetched fetched, session.get(path));

  ObjectAnswer gone;
  gone.key = key;
  gone.status = ObjectStatus::gone;
  if (std::ranges::find(shape->gone.status, fetched.status) != shape->gone.status.end()) {
    return gone;
  }
  if (fetched.status != ok) {
    return fail(ErrorCode::unavailable, "", "answered with status " + std::to_string(fetched.status));
  }
  SP_TRY(const Value answer, parse_at(fetched.body, ""));
  if (says_gone(shape->gone, answer)) {
    return gone;
  }
  const Value* record = canon::pointer_find(answer, shape->record);
  if (record == nullptr) {
    return fail(ErrorCode::malformed, shape->record, "the answer has no record here");
  }
  return map_record(shape->map, key, *record);
}

} // namespace

Result<Answer> probe(const Config& config, const std::vector<std::string>& keys, const Clock& clock) {
  const auto* directory = std::get_if<DirectoryShape>(&config.shape);
  SP_ASSERT(directory == nullptr || keys.empty());
  SP_TRY(Fetcher fetcher, Fetcher::open(config));
  Session session{std::move(fetcher), clock, {}};
  Answer out;
  out.source = config.source;
  SP_TRY(out.complete_through, read_watermark(session, config.watermark));
  if (directory != nullptr) {
    SP_TRY(const Fetched fetched, get_ok(session, directory->path, "/directory"));
    SP_TRY(const Value answer, parse_at(fetched.body, "/directory"));
    SP_TRY(out.directory, map_directory(*directory, answer));
  }
  for (const std::string& key : keys) {
    auto object = ask(session, config, key);
    if (!object) {
      ObjectAnswer unknown;
      unknown.key = key;
      unknown.fault = std::move(object).error();
      object = std::move(unknown);
    }
    out.objects.push_back(*std::move(object));
  }
  out.observed_at = session.answered_at;
  return out;
}

} // namespace sallyport::source
