// From method and path to a handler; deny by default.
//
// A route cannot be written without the access it demands, and its handler cannot be reached without
// the Principal that the one guard issued for that access.
#pragma once

#include "base/limits.h"
#include "http/message.h"
#include "http/server.h"

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::http {

// The values of a pattern's parameters: decoded, not empty, at most limits::path_parameter_bytes.
class Params {
public:
  void add(std::string name, std::string value) { values_.emplace_back(std::move(name), std::move(value)); }

  // Asking for a name that the pattern does not have is a programmer error.
  const std::string& at(std::string_view name) const;
  const std::string* find(std::string_view name) const; // null where the pattern does not have it

  std::size_t size() const { return values_.size(); }

private:
  std::vector<std::pair<std::string, std::string>> values_;
};

// Patterns without the types of the application: "/v1/packets/{packet}/revisions/{number}". A literal
// segment is preferred to a parameter, segment by segment from the left. Paths compare after decoding;
// an empty segment (so a trailing slash) matches nothing, and a parameter may hold a decoded '/'.
class PathTable {
public:
  struct Match {
    std::size_t route = 0;
    Params params;
  };

  // The new route's number, counted from 0. A pattern that is no pattern, and a method that is there
  // already for a pattern of the same shape, are programmer errors.
  std::size_t add(std::string_view method, std::string_view pattern);
  // Or the refusal: 404, 405 with Allow, 400. HEAD finds the GET route.
  std::expected<Match, Response> match(std::string_view method, std::string_view path) const;

private:
  struct Segment {
    std::string literal;
    bool parameter = false;
  };

  struct Entry {
    std::string method;
    std::size_t route = 0;
    std::vector<std::string> names; // of the parameters, from the left
  };

  struct Shape {
    std::vector<Segment> segments;
    std::vector<Entry> entries;
  };

  static bool before(const Shape& a, const Shape& b);
  static bool fits(const Shape& shape, const std::vector<std::string>& segments);
  static Response method_not_allowed(const Shape& shape);

  std::vector<Shape> shapes_; // sorted by before(), so the first that fits is the most literal
  std::size_t size_ = 0;
};

// `Access` is the application's enumeration of what a route demands (its "anyone" is one of them, and is
// written out); `Principal` is what the guard found. Filled before start(); then read-only and safe from
// every thread. It is itself an http::Handler.
template <class Access, class Principal> class Router {
public:
  using Guard = std::function<std::expected<Principal, Response>(const Access&, const Request&)>;
  using RouteHandler = std::function<void(Principal, Request, Params, Reply)>;

  struct Route {
    std::string method;
    std::string pattern;
    Access access;
    RouteHandler handler;
  };

  explicit Router(Guard guard) : guard_(std::move(guard)) {}

  void add(std::string method, std::string pattern, Access access, RouteHandler handler) {
    table_.add(method, pattern);
    routes_.push_back({std::move(method), std::move(pattern), std::move(access), std::move(handler)});
  }

  // Every route in the order added: for the tests and the documentation.
  const std::vector<Route>& routes() const { return routes_; }

  void operator()(Request request, Reply reply) const {
    auto found = table_.match(request.method, request.path);
    if (!found) {
      return reply(std::move(found).error());
    }
    const Route& route = routes_[found->route];
    auto principal = guard_(route.access, request);
    if (!principal) {
      return reply(std::move(principal).error());
    }
    route.handler(*std::move(principal), std::move(request), std::move(found->params), std::move(reply));
  }

private:
  Guard guard_;
  PathTable table_;
  std::vector<Route> routes_;
};

} // namespace sallyport::http
