// What upstream sends: an already triaged packet, in clear. docs/packet.md is the user's page.
//
//   {"v":1, "upstream":{"system","case","revision"}, "upstream_digest":"<sha256 of JCS(packet)>",
//    "packet":{
//      "packet_class","lane","severity",
//      "triage":{"stamp","at","by":"pe_..."}, "authors":["pe_..."],
//      "fields":{"/narrative":{"value":...}, "/operator":{"value":...,"pseudonym":...},
//                "/privileged_path":{"value":...,"coarse":...}, "/session":{...}},
//      "scope":{"tenant":{"t1":{"value":"...","pseudonym":"..."}}},
//      "bounds":{"period":{"from","until"},"depth":"module","cell":10,"section":["s1"]},
//      "claims":{"m1":{"text":"..."}}, "caveats":{"k1":{"code":"...","text":"..."}} or "none",
//      "citations":{"c1":{"kind","source","key","occurred_at","observed_at","complete_through",
//                         "content":"<sha256>","supports":["m1"],"pins":{"version":"v881"}}},
//      "merges":{"d1":{"case","packet","reason","code","by","at"}},
//      "parts":{"a1":{"kind":"annex","media_type","file_name","state":"held"|"redacted",
//                     "include":false,"content":"<base64>",
//                     "bounds":{"depth":"module"}}}}}
//
// `merges` and `parts` may be absent or {}; `caveats` may not: "none" is said. `bounds` holds the scope
// dimensions that stand in clear (bounds.h) and may be absent; with it `scope` may be {}.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "canon/value.h"
#include "packet/bounds.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::packet {

// One value in the forms that upstream sealed for it.
struct Forms {
  canon::Value value;
  std::optional<canon::Value> coarse;
  std::optional<canon::Value> pseudonym;
};

struct Claim {
  std::string text;
};

struct Caveat {
  std::string code;
  std::string text;
};

struct Citation {
  std::string kind;
  std::string source;
  std::string key; // the object's name at its source
  Instant occurred_at;
  Instant observed_at;
  Instant complete_through;
  Digest content;
  std::vector<std::string> supports;       // claims
  std::map<std::string, std::string> pins; // attribute -> value as cited
};

struct Merge {
  std::string case_name;
  std::optional<PacketId> packet;
  std::string reason;
  std::string code;
  PersonId by;
  Instant at;
};

struct Part {
  std::string kind; // annex
  std::string media_type;
  std::string file_name;
  std::string state;    // held | redacted, as upstream says
  bool include = false; // upstream asks that it cross: MIN.ANNEX until a person promotes it
  Bytes content;
  Bounds bounds = {}; // its own level or threshold, where the lane has such a dimension
};

struct Upstream {
  std::string system;
  std::string case_name;
  std::uint32_t revision = 1;
};

struct Triage {
  std::string stamp;
  Instant at;
  PersonId by;
};

struct Submission {
  Upstream upstream;
  Digest upstream_digest;
  std::string packet_class;
  std::string lane;
  std::string severity;
  Triage triage;
  std::vector<PersonId> authors;
  std::map<std::string, Forms> fields; // by JSON Pointer of one segment
  std::map<std::string, std::map<std::string, Forms>> scope;
  Bounds bounds;
  std::map<std::string, Claim> claims;
  std::map<std::string, Caveat> caveats; // empty: "none" was said
  std::map<std::string, Citation> citations;
  std::map<std::string, Merge> merges;
  std::map<std::string, Part> parts;
};

// The intake contract (A01, A02, A04): strict shape, every id well formed, every citation with source,
// key, clocks and digest, claims that citations support exist, at least one citation, the digest
// recomputes, at most limits::citations citations and limits::parts parts. A fault names its pointer
// and never the value.
Result<Submission> parse_submission(std::string_view text);
// The same of JSON that was parsed already (a name of its own: text converts to Value as well).
Result<Submission> read_submission(const canon::Value& document);

} // namespace sallyport::packet
