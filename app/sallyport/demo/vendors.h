// Which systems a demonstration cites, and how the API of each is asked. What is known here of an API is what
// the examples of sources ask of it, no more.
#pragma once

#include <string>
#include <vector>

namespace sallyport::demo {

// What an API answers at a path.
enum class Endpoint {
  object,          // the record of {key}, bare or as `member` of an object; else 404, or 410 once removed
  watermark_text,  // {member: RFC 3339}
  watermark_s,     // {member: seconds}
  watermark_ms,    // {member: milliseconds}
  teleport_events, // {"events": [...]}: those that ?search= finds, or the newest
  okta_logs,       // [...]: those that ?filter=uuid eq "..." finds, or the newest
  names,           // {member: [{"name": ...}]}: of every record that has one
  scim_config,
  scim_group,
};

struct Route {
  std::string source;
  std::string path; // below /<source>
  Endpoint endpoint;
  std::string member = {};
};

struct RecordFile {
  const char* file; // of examples/records
  const char* source;
  const char* key; // where the record holds it
};

struct Vendors {
  std::vector<Route> routes;
  std::vector<RecordFile> files;
  std::string group;       // of the directory
  std::string group_title; // "Product security reviewers (example people)"
};

// An Okta System Log, a Teleport audit log, a break-glass ledger, a remote-support console, a tenant
// registry, an intake desk and a SCIM directory.
Vendors dispatch_vendors();
// A dump vault, a symbol server, the dump engine's own record, a redaction policy, a taxonomy, a retention
// registry, an inventory of environments and a SCIM directory; their records are what the demonstration
// makes.
Vendors release_vendors();

} // namespace sallyport::demo
