#include "demo/standin.h"

#include "canon/json.h"
#include "canon/pointer.h"

#include <array>
#include <fmt/format.h>
#include <fstream>
#include <iterator>

namespace sallyport::demo {
namespace {

using canon::Value;
using http::Response;

Response json(std::string body, int status = 200) {
  Response out;
  out.status = status;
  out.headers.add("content-type", "application/json");
  out.body = std::move(body);
  return out;
}

Response json(canon::Object object) {
  return json(canon::write(Value(std::move(object))));
}

// A System Log filter as the example configuration writes it: uuid eq "KEY".
std::string filtered_uuid(const std::string& filter) {
  constexpr std::string_view begin = "uuid eq \"";
  if (!filter.starts_with(begin) || !filter.ends_with('"') || filter.size() <= begin.size()) {
    return {};
  }
  return filter.substr(begin.size(), filter.size() - begin.size() - 1);
}

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return fail(ErrorCode::not_found, path.filename().string(), "cannot be read");
  }
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string scim_group(const Vendors& vendors, const std::vector<std::string>& persons, int version) {
  canon::Array members;
  for (const std::string& person : persons) {
    members.push_back(canon::Object{{"value", person}, {"type", "User"}});
  }
  return canon::write(canon::Object{
      {"schemas", canon::Array{"urn:ietf:params:scim:schemas:core:2.0:Group"}},
      {"id", vendors.group},
      {"displayName", vendors.group_title},
      {"members", std::move(members)},
      {"meta", canon::Object{{"resourceType", "Group"}, {"version", fmt::format("W/\"{}\"", version)}}}});
}

} // namespace

Standin::Standin(std::function<Instant()> clock, Vendors vendors)
    : clock_(std::move(clock)), vendors_(std::move(vendors)),
      group_(scim_group(vendors_, {}, group_version_)),
      server_([this](const http::Request& request, http::Reply reply) { reply(answer(request)); }) {
  for (const Route& route : vendors_.routes) {
    paths_.add("GET", fmt::format("/{}{}", route.source, route.path));
  }
}

Result<void> Standin::load(const std::filesystem::path& folder) {
  for (const RecordFile& file : vendors_.files) {
    SP_TRY(std::string text, read_file(folder / file.file));
    SP_TRY(const Value record, canon::parse_foreign(text));
    const Value* key = canon::pointer_find(record, file.key);
    if (key == nullptr || key->string() == nullptr) {
      return fail(ErrorCode::malformed, file.file, "has no key");
    }
    SP_CHECK(set_record(file.source, *key->string(), std::move(text)));
  }
  SP_TRY(std::string group, read_file(folder / "reviewer_group.json"));
  const std::lock_guard lock(mutex_);
  group_ = std::move(group);
  return {};
}

Result<void> Standin::start(std::uint16_t port) {
  SP_CHECK(server_.listen_tcp("127.0.0.1", port));
  return server_.start();
}

void Standin::stop() {
  server_.stop();
}

std::string Standin::base_url(std::string_view source) const {
  return fmt::format("http://127.0.0.1:{}/{}", server_.port(), source);
}

void Standin::set_lag(const std::string& source, Duration lag) {
  const std::lock_guard lock(mutex_);
  lag_[source] = lag;
}

Result<void> Standin::set_record(const std::string& source, const std::string& key, std::string json) {
  if (auto parsed = canon::parse_foreign(json); !parsed) {
    return std::unexpected(std::move(parsed).error());
  }
  const std::lock_guard lock(mutex_);
  removed_.erase({source, key});
  records_[{source, key}] = std::move(json);
  return {};
}

bool Standin::remove(const std::string& source, const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (records_.erase({source, key}) == 0) {
    return false;
  }
  removed_.emplace(source, key);
  return true;
}

void Standin::set_down(const std::string& source, bool down) {
  const std::lock_guard lock(mutex_);
  if (down) {
    down_.insert(source);
  } else {
    down_.erase(source);
  }
}

void Standin::set_directory_members(const std::vector<std::string>& persons) {
  const std::lock_guard lock(mutex_);
  group_ = scim_group(vendors_, persons, ++group_version_);
}

Response Standin::answer(const http::Request& request) {
  Response out;
  if (const auto match = paths_.match(request.method, request.path)) {
    const std::lock_guard lock(mutex_);
    out = down_.contains(vendors_.routes[match->route].source)
              ? json("{}", 503)
              : answer_route(match->route, match->params, request);
  } else {
    out = match.error();
  }
  out.headers.add("x-stand-in", "this is not the vendor's system");
  return out;
}

Response Standin::answer_route(std::size_t number, const http::Params& params, const http::Request& request) {
  const Route& route = vendors_.routes[number];
  const Instant through = watermark(route.source);
  switch (route.endpoint) {
  case Endpoint::object: {
    const std::string* record = find_record(route.source, params.at("key"));
    if (record == nullptr) {
      return json("{}", removed_.contains({route.source, params.at("key")}) ? 410 : 404);
    }
    return json(route.member.empty() ? *record : fmt::format(R"({{"{}":{}}})", route.member, *record));
  }
  case Endpoint::watermark_text:
    return json({{route.member, to_string(through)}});
  case Endpoint::watermark_s:
    return json({{route.member, through.ms / 1000}});
  case Endpoint::watermark_ms:
    return json({{route.member, through.ms}});
  case Endpoint::teleport_events: {
    if (const std::string* search = request.query_value("search")) {
      const std::string* record = find_record(route.source, *search);
      return json(fmt::format(R"({{"events":[{}],"startKey":""}})", record == nullptr ? "" : *record));
    }
    return json(
        fmt::format(R"({{"events":[{{"event":"cert.create","code":"TC000I","time":"{}"}}],"startKey":""}})",
                    to_string(through)));
  }
  case Endpoint::okta_logs: {
    if (const std::string* filter = request.query_value("filter")) {
      const std::string* record = find_record(route.source, filtered_uuid(*filter));
      return json(fmt::format("[{}]", record == nullptr ? "" : *record));
    }
    return json(
        fmt::format(R"([{{"eventType":"user.session.start","published":"{}"}}])", to_string(through)));
  }
  case Endpoint::names:
    return names(route.source, route.member);
  case Endpoint::scim_config:
    return json({{"schemas", canon::Array{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"}}});
  case Endpoint::scim_group:
    return params.at("key") == vendors_.group ? json(group_) : json("{}", 404);
  }
  SP_ASSERT(false);
}

Response Standin::names(std::string_view source, std::string_view member) const {
  canon::Array items;
  for (const auto& [at, text] : records_) {
    const auto record = canon::parse_foreign(text);
    const Value* name = at.first == source && record ? record->find("name") : nullptr;
    if (name != nullptr) {
      items.push_back(canon::Object{{"name", *name}});
    }
  }
  return json({{std::string(member), std::move(items)}});
}

const std::string* Standin::find_record(std::string_view source, const std::string& key) const {
  const auto found = records_.find({std::string(source), key});
  return found == records_.end() ? nullptr : &found->second;
}

Instant Standin::watermark(std::string_view source) const {
  const auto lag = lag_.find(source);
  return clock_() - (lag == lag_.end() ? Duration{} : lag->second);
}

} // namespace sallyport::demo
