#include "source/probe.h"

#include "base/bytes.h"
#include "canon/json.h"
#include "source/fetch.h"
#include "source/select.h"

#include <algorithm>
#include <utility>

namespace sallyport::source {
namespace {

using canon::Value;

constexpr int ok = 200;
constexpr int too_many_requests = 429;
constexpr std::string_view placeholder = "{key}";

// Keeps the time of the last response beside the fetcher, so that no path forgets it.
struct Session {
  Fetcher fetcher;
  const Clock& clock;
  Instant answered_at;
  bool throttled = false;

  Result<Fetched> ask(std::string_view target, std::string_view post) {
    auto fetched = fetcher.ask(target, post);
    if (!fetched) {
      return fetched;
    }
    answered_at = clock();
    if (fetched->status == too_many_requests) {
      throttled = true;
      return fail(ErrorCode::unavailable, "", "asks us to come back later");
    }
    return fetched;
  }
};

std::unexpected<Error> at(std::string where, const Error& error) {
  return fail(error.code, std::move(where), error.message);
}

Result<Fetched> ask_ok(Session& session, const std::string& path, const std::string& post,
                       const char* where) {
  auto fetched = session.ask(path, post);
  if (!fetched) {
    return at(where, fetched.error());
  }
  if (fetched->status != ok) {
    return fail(ErrorCode::unavailable, where, "answered with status " + std::to_string(fetched->status));
  }
  return fetched;
}

Result<Value> parse_at(std::string_view body, const std::string& where) {
  auto value = canon::parse_foreign(body, {.bytes = answer_bytes_max});
  if (!value) {
    return at(where, value.error());
  }
  return value;
}

Result<Instant> read_watermark(Session& session, const Watermark& watermark) {
  SP_TRY(const Fetched fetched, ask_ok(session, watermark.path, watermark.post, "/watermark"));
  if (!watermark.field) {
    if (!fetched.date) {
      return fail(ErrorCode::malformed, "/watermark", "the response has no Date");
    }
    return *fetched.date - watermark.lag;
  }
  SP_TRY(const Value answer, parse_at(fetched.body, "/watermark"));
  const Value* value = select(answer, watermark.field->pointer).value_or(nullptr);
  if (value == nullptr) {
    return fail(ErrorCode::malformed, "/watermark", "the answer has nothing at the pointer");
  }
  auto time = parse_time(*value, watermark.field->as);
  if (!time) {
    return at("/watermark", time.error());
  }
  return *time - watermark.lag;
}

// A key comes from whoever submitted the packet. It must not be able to leave its place in the path, in
// a filter expression or in a string of what is posted: no quotes, no backslash, no control character,
// no dot segment.
bool may_be_asked(std::string_view key) {
  const auto harmless = [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 0x7f && c != '"' && c != '\'' && c != '\\';
  };
  return !key.empty() && key.size() <= key_bytes_max && key != "." && key != ".." && is_utf8(key) &&
         std::ranges::all_of(key, harmless);
}

bool says_gone(const Gone& gone, const Value& answer) {
  const Value* value = gone.empty ? select(answer, *gone.empty).value_or(nullptr) : nullptr;
  const canon::Array* items = value == nullptr ? nullptr : value->array();
  return items != nullptr && items->empty();
}

void put_key(std::string& text, std::string_view key) {
  if (const std::size_t at = text.find(placeholder); at != std::string::npos) {
    text.replace(at, placeholder.size(), key);
  }
}

Result<ObjectAnswer> read_record(const Shape& shape, const std::string& key, const Value& answer) {
  SP_TRY(const Value* record, select(answer, shape.record));
  if (record == nullptr) {
    return fail(ErrorCode::malformed, shape.record, "the answer has no record here");
  }
  if (!shape.record_is_text) {
    return map_record(shape.map, key, *record);
  }
  const std::string* text = record->string();
  if (text == nullptr) {
    return fail(ErrorCode::malformed, shape.record, "expected text that is JSON");
  }
  SP_TRY(const Value inner, parse_at(*text, shape.record));
  return map_record(shape.map, key, inner);
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
  std::string post = shape->post;
  put_key(path, percent_encode(key));
  put_key(post, key);
  SP_TRY(const Fetched fetched, session.ask(path, post));

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
  return read_record(*shape, key, answer);
}

std::optional<std::vector<std::string>> ask_terms(Session& session, const TermsShape& shape) {
  const auto fetched = ask_ok(session, shape.path, "", "/terms");
  const auto answer = fetched ? parse_at(fetched->body, "/terms") : std::unexpected(fetched.error());
  const auto terms = answer ? map_terms(shape, *answer) : std::unexpected(answer.error());
  return terms ? std::optional(*terms) : std::nullopt;
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
    SP_TRY(const Fetched fetched, ask_ok(session, directory->path, "", "/directory"));
    SP_TRY(const Value answer, parse_at(fetched.body, "/directory"));
    SP_TRY(out.directory, map_directory(*directory, answer));
  }
  for (const std::string& key : keys) {
    auto object = ask(session, config, key);
    if (session.throttled) {
      return std::unexpected(std::move(object).error()); // says nothing of this object, nor of the next
    }
    if (!object) {
      ObjectAnswer unknown;
      unknown.key = key;
      unknown.fault = std::move(object).error();
      object = std::move(unknown);
    }
    out.objects.push_back(*std::move(object));
  }
  if (config.terms) {
    out.terms = ask_terms(session, *config.terms);
  }
  out.observed_at = session.answered_at;
  return out;
}

} // namespace sallyport::source
