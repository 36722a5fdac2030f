// What we must know of a system to ask it about records that are cited already: where it answers, and
// which members of its records mean what. All of it is data; no line of code knows a vendor.
// docs/sources.md explains every member for people.
//
//   {"v":1, "source":"identity-provider", "kind":"records", "base_url":"https://idp.example",
//    "timeout_ms":5000, "deadline_ms":20000, "pause_ms":500,                           the last optional
//    "auth":{"header":"Authorization", "file":"/etc/sallyport/tokens/idp"},                    optional
//       or {"sigv4":{"region":"eu-north-1", "service":"cloudtrail"}, "file":"/etc/sallyport/tokens/aws"},
//    "headers":{"X-Amz-Target":"..."},                                                          optional
//    "watermark":{"path":"/api/v1/logs?limit=1", "pointer":"/0/published", "as":"rfc3339", "lag_ms":0}
//             or {"path":"/health", "from":"response_date", "lag_ms":300000},     lag_ms is optional
//                                                                      "post":{...} is, too
//    "shapes":[{"prefix":"", "path":"/api/v1/logs?filter=uuid%20eq%20%22{key}%22", "record":"/0",
//               "post":{"query":"{key}"}, "record_as":"json_text",                    optional
//               "gone":{"status":[404,410], "empty":""},                              optional
//               "map":{"key":"/uuid", "occurred_at":{"pointer":"/published", "as":"rfc3339"},
//                      "content":["/eventType", "/outcome/result"],
//                      "attrs":{"version":"/version", "ends":{"pointer":"/exp", "as":"epoch_seconds"}},
//                      "touches":{"tenant":["/labels/tenant"]}}}]}
//
// and, where the source knows names that must not be told (a charter's `terms_from`),
//   "terms":{"path":"/v1/tenants", "items":"/tenants", "names":["/name","/aliases"]}
//
// kind "directory" has, instead of shapes,
//   "directory":{"path":"/scim/v2/Groups/psr", "version":"/meta/version", "members":"/members",
//   "id":"/value"}
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "source/time.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sallyport::source {

struct TimeField {
  std::string pointer;
  TimeFormat as = TimeFormat::rfc3339;
  bool operator==(const TimeField&) const = default;
};

// The scope of AWS Signature Version 4.
struct SigV4 {
  std::string region;
  std::string service;
  bool operator==(const SigV4&) const = default;
};

// What the first line of a file allows, read anew for every probe, so that a token can be rotated by
// replacing the file. The secret itself is never in a configuration. The line is the whole value of a
// request header, or "key id:secret" or "key id:secret:session token" to sign each request with.
struct Auth {
  std::string header; // empty exactly where requests are signed
  std::string file;   // absolute
  std::optional<SigV4> sigv4 = {};
  bool operator==(const Auth&) const = default;
};

// Up to when the source says that its answers are complete. It is asked before the objects, so what
// is read afterwards is at least as new.
struct Watermark {
  std::string path;
  std::optional<TimeField> field; // nothing: the Date field of the response
  Duration lag;                   // subtracted: how long the source's own pipeline may be behind
  std::string post = {};          // JSON text to POST; empty: GET
  bool operator==(const Watermark&) const = default;
};

// How the source says that an object is no more. Nothing set: an absent object is unknown, not gone.
struct Gone {
  std::vector<int> status;          // 4xx
  std::optional<std::string> empty; // pointer to an array of the answer that is there and empty
  bool operator==(const Gone&) const = default;
};

// An attribute is the value at a pointer, or the instant there.
using AttrField = std::variant<std::string, TimeField>;

// Pointers are into the record. As in every pointer of a configuration, a segment "[name=value]"
// selects an item of an array (select.h).
struct Map {
  std::string key;
  TimeField occurred_at;
  std::vector<std::string> content; // at least one; the order does not matter
  std::map<std::string, AttrField> attrs;
  std::map<std::string, std::vector<std::string>> touches; // dimension -> pointers
  bool operator==(const Map&) const = default;
};

// One kind of record of a source: keys that begin with `prefix` are asked and read this way.
struct Shape {
  std::string prefix;          // "" takes every key
  std::string path;            // path and post hold "{key}" once; it is percent-encoded into the path
  std::string post;            // JSON text to POST; empty: GET
  std::string record;          // pointer from the answer to the record; "" is the whole answer
  bool record_is_text = false; // the record is text that is JSON itself
  Gone gone;
  Map map;
  bool operator==(const Shape&) const = default;
};

// Names that the source knows and a lane must not see, read with every heartbeat.
struct TermsShape {
  std::string path;
  std::string items;              // pointer to an array; "" is the whole answer
  std::vector<std::string> names; // pointers from an item to a text or an array of texts
  bool operator==(const TermsShape&) const = default;
};

// A group of people (SCIM 2.0, RFC 7643 section 4.2, is the usual one).
struct DirectoryShape {
  std::string path;
  std::string version; // pointer to a text or an integer
  std::string members; // pointer to an array
  std::string id;      // pointer from a member to its id
  bool operator==(const DirectoryShape&) const = default;
};

struct Config {
  std::string source;
  std::string base_url; // https, or http to this very machine; no user, query or trailing slash
  Duration timeout;     // one request
  Duration deadline;    // one probe
  Duration pause;       // between two requests of a probe, for a source that counts them
  std::optional<Auth> auth;
  std::map<std::string, std::string> headers; // fields of every request; none of them is a secret
  Watermark watermark;
  std::optional<TermsShape> terms = {};
  std::variant<std::vector<Shape>, DirectoryShape> shape; // at least one Shape, prefixes distinct
  bool operator==(const Config&) const = default;
};

// Evidence read over plain HTTP could be answered by anybody on the way, so that is for this machine: what a
// base_url must be.
Result<void> check_base_url(const std::string& text);

// Strict: a member that is not named above is a fault. `base_url`, where given, takes the place of the
// file's, and must pass the same checks.
Result<Config> parse_config(std::string_view json, std::optional<std::string_view> base_url = {});

// The shape with the longest prefix of `key`; null where none fits, and for a directory.
const Shape* find_shape(const Config& config, std::string_view key);

} // namespace sallyport::source
