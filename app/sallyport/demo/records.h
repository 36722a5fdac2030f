// What the systems that a crash's packet cites would say of it: made from the dump engine's report, and
// served by the stand-in.
#pragma once

#include "demo/release.h"
#include "source/probe.h"

#include <map>
#include <string>

namespace sallyport::demo::release {

inline constexpr const char* policy_key = "policy";
inline constexpr const char* taxonomy_key = "taxonomy";

// Puts all records into the stand-in.
Result<void> set_records(const Stage& stage, const Evidence& evidence);
// The record as the service would read it, by the example configuration of its source.
Result<source::ObjectAnswer> read_record(const Stage& stage, const std::string& source,
                                         const std::string& key);
// Of every record, as an edit puts it: by the citation's id.
Result<std::map<std::string, canon::Value>> citations(const Stage& stage);

} // namespace sallyport::demo::release
