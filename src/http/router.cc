#include "http/router.h"

#include "http/percent.h"
#include "http/problem.h"

#include <algorithm>

namespace sallyport::http {
namespace {

// The text between slashes: "/a/b" is {a, b}, "/" is {""}.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    segments.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

Response not_found() {
  return problem(404, "not-found", "There is nothing at this path");
}

} // namespace

const std::string* Params::find(std::string_view name) const {
  const auto it = std::ranges::find(values_, name, &std::pair<std::string, std::string>::first);
  return it == values_.end() ? nullptr : &it->second;
}

const std::string& Params::at(std::string_view name) const {
  const std::string* value = find(name);
  SP_ASSERT(value != nullptr);
  return *value;
}

// Literals before parameters, segment by segment; equal means the same shape, whatever the names.
bool PathTable::before(const Shape& a, const Shape& b) {
  return std::ranges::lexicographical_compare(a.segments, b.segments, [](const Segment& x, const Segment& y) {
    return x.parameter != y.parameter ? y.parameter : !x.parameter && x.literal < y.literal;
  });
}

std::size_t PathTable::add(std::string_view method, std::string_view pattern) {
  SP_ASSERT(!method.empty() && pattern.starts_with('/'));
  Shape shape;
  Entry entry{std::string(method), size_, {}};
  for (const std::string_view segment : split(pattern)) {
    SP_ASSERT(!segment.empty() || pattern == "/");
    if (segment.starts_with('{')) {
      SP_ASSERT(segment.size() > 2 && segment.find('}') == segment.size() - 1);
      const std::string_view name = segment.substr(1, segment.size() - 2);
      SP_ASSERT(std::ranges::find(entry.names, name) == entry.names.end());
      entry.names.emplace_back(name);
      shape.segments.push_back({.literal = "", .parameter = true});
    } else {
      SP_ASSERT(segment.find_first_of("{}%") == std::string_view::npos);
      shape.segments.push_back({.literal = std::string(segment), .parameter = false});
    }
  }
  auto at = std::ranges::lower_bound(shapes_, shape, before);
  if (at == shapes_.end() || before(shape, *at)) {
    at = shapes_.insert(at, std::move(shape));
  }
  SP_ASSERT(std::ranges::find(at->entries, method, &Entry::method) == at->entries.end());
  at->entries.push_back(std::move(entry));
  return size_++;
}

bool PathTable::fits(const Shape& shape, const std::vector<std::string>& segments) {
  return std::ranges::equal(shape.segments, segments, [](const Segment& want, const std::string& have) {
    return want.parameter ? !have.empty() && have.size() <= limits::path_parameter_bytes
                          : want.literal == have;
  });
}

std::expected<PathTable::Match, Response> PathTable::match(std::string_view method,
                                                           std::string_view path) const {
  if (!path.starts_with('/')) {
    return std::unexpected(not_found());
  }
  std::vector<std::string> segments;
  for (const std::string_view raw : split(path)) {
    auto decoded = percent_decode(raw);
    if (!decoded) {
      return std::unexpected(
          problem(400, "malformed", "The request is malformed", "the path is no percent-encoded UTF-8"));
    }
    segments.push_back(*std::move(decoded));
  }
  const auto shape = std::ranges::find_if(shapes_, [&](const Shape& s) { return fits(s, segments); });
  if (shape == shapes_.end()) {
    return std::unexpected(not_found());
  }
  auto entry = std::ranges::find(shape->entries, method, &Entry::method);
  if (entry == shape->entries.end() && method == "HEAD") {
    entry = std::ranges::find(shape->entries, "GET", &Entry::method);
  }
  if (entry == shape->entries.end()) {
    return std::unexpected(method_not_allowed(*shape));
  }
  Match match{.route = entry->route, .params = {}};
  auto name = entry->names.begin();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (shape->segments[i].parameter) {
      match.params.add(*name++, std::move(segments[i]));
    }
  }
  return match;
}

// RFC 9110 section 15.5.6: the answer names what the path does take.
Response PathTable::method_not_allowed(const Shape& shape) {
  std::string allow;
  for (const Entry& entry : shape.entries) {
    allow += (allow.empty() ? "" : ", ") + entry.method;
    if (entry.method == "GET" &&
        std::ranges::find(shape.entries, "HEAD", &Entry::method) == shape.entries.end()) {
      allow += ", HEAD";
    }
  }
  Response response = problem(405, "method-not-allowed", "This path does not take that method");
  response.headers.add("allow", std::move(allow));
  return response;
}

} // namespace sallyport::http
