// What people write together, as a scenario says it: values of the content, citations of records that stand
// behind them, scans of dumps that nobody ever crashed.
#pragma once

#include "engine/dumps.h"
#include "scenario/stage.h"

#include <string>

namespace sallyport::scenario {

// A text that begins with { or [ is JSON; any other is itself.
Tried<canon::Value> value_of(const std::string& text, const std::string& slot);

// The groups "citing", "put" and "remove" of a sentence as the ops of an edit. Records that are cited for the
// first time begin to be so at their source.
Tried<canon::Value> ops_of(Stage& stage, const std::string& packet, const Args& args);

// Envelopes of a dump's revision, by region.
std::string envelope(const std::string& dump, std::uint32_t rev, std::size_t region);

// What the groups of a sentence say that a scan of `regions` regions found.
Tried<engine::ScanReport> report_of(Stage& stage, const Args& args);

// Work of the engine in one batch. Input that it cannot read is a mistake of the scenario.
Done in_batch(Stage& stage, const std::function<Result<void>()>& work);

} // namespace sallyport::scenario
