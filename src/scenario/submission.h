// A packet as triage would send it, from what a scenario says of it.
#pragma once

#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::scenario {

struct CitedRecord {
  std::string kind;
  std::string source;
  std::string key;
  std::uint32_t content = 1;
  std::map<std::string, std::string> pins;
  Instant seen; // observed_at and complete_through
};

struct Annex {
  std::string state = "redacted"; // held | redacted
  bool include = true;
  std::string content;
};

struct MergedCase {
  std::string case_name;
  PacketId packet;
  PersonId by;
};

struct Spec {
  std::string case_name;
  std::uint32_t upstream_revision = 1;
  std::string packet_class;
  std::string lane;
  std::string severity = "sev1";
  PersonId triager;
  std::vector<PersonId> authors;
  std::string session;
  std::string operator_;
  std::string narrative = "What happened.";
  std::optional<std::string> path = "svc/billing/node-17/root";
  bool coarse_path = true;
  std::map<std::string, std::string> tenants;
  std::map<std::string, std::map<std::string, std::string>> hidden; // other dimensions: element -> value
  std::map<std::string, std::string> bounds;                        // dimensions that stand in clear
  std::map<std::string, std::string> fields;                        // further ones, by name without a slash
  std::optional<std::uint32_t> caveats = 3; // nothing: the section is absent; 0: "none" is said
  std::map<std::string, CitedRecord> cites;
  std::map<std::string, Annex> annexes;
  std::vector<MergedCase> merges;
  bool stamped = true;  // triage has stamped it
  bool digested = true; // its digest is that of its content
};

// What a text says of a dimension in clear: "A/B" of two instants, an integer, "s1, s2" or a level.
std::vector<std::string> sections_of(const std::string& text); // more than one only where there are commas

using ContentOf = std::function<Digest(const std::string& key, std::uint32_t content)>;

std::string submission_of(const Spec& spec, Instant now, const ContentOf& content_of);

} // namespace sallyport::scenario
