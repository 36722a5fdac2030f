// The submissions of the demonstration, made from the example records: the same story of a break-glass
// support session token that is presented again after its session has closed.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "canon/value.h"

#include <filesystem>
#include <map>
#include <string>

namespace sallyport::demo {

struct PacketSpec {
  std::string system = "triage-desk";
  std::string case_name = "CASE-5512";
  std::int64_t revision = 1;
  std::string triager; // person ids
  std::string author;
  bool caveats = true;              // false: the section is left out, which intake refuses
  std::string annex;                // text of the annex; empty: none
  std::string annex_state = "held"; // held | redacted
  bool annex_include = false;
  std::map<std::string, Instant> complete_through; // source -> how old its citation is; else `now`
  std::string merged_case;                         // the duplicate that was folded in; empty: none
  std::string merged_packet;
  std::string merged_by;
};

// docs/packet.md; `now` is when upstream put it together.
Result<canon::Value> make_submission(const PacketSpec& spec, const std::filesystem::path& examples,
                                     Instant now);

} // namespace sallyport::demo
