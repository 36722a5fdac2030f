// Sources as people set them up: configured by an owner, and tried out without a trace.
#pragma once

#include "engine/core.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::engine {

struct ConfiguredSource {
  std::uint32_t epoch = 0;
  std::vector<packet::Reason> refused;
};

// Inside a batch. `config` is what docs/sources.md describes, and names `source` itself. The log keeps
// its digest, the store the text; the source is asked as soon as the batch is durable.
Result<ConfiguredSource> configure_source(Core& core, const AccountId& by, const std::string& source,
                                          const canon::Value& config);

// What asking the source for one key would give: {status, fault?, content, occurred_at, attrs,
// touches_count}; without a key, or of a directory, whether it answers. Nothing where there is no such
// source. The trial blocks until the source's deadline, may run on any thread, and records nothing.
using Trial = std::move_only_function<Result<canon::Object>()>;
std::optional<Trial> trial_of(const Core& core, const std::string& source, std::optional<std::string> key,
                              std::function<Instant()> clock);

} // namespace sallyport::engine
