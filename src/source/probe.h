// Asking a source about objects that are cited already. It gathers nothing else.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "source/config.h"
#include "source/map.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::source {

using Clock = std::function<Instant()>;

inline constexpr std::size_t answer_bytes_max = 1024 * 1024; // one response body
inline constexpr std::size_t key_bytes_max = 200;

// Two of the three clocks of a citation; the third, occurred_at, is each object's.
struct Answer {
  std::string source;
  Instant observed_at;                // our clock, at the last response
  Instant complete_through;           // the source's watermark, asked first; judged by nobody here
  std::vector<ObjectAnswer> objects;  // one for each key, in the order of the keys
  std::optional<Directory> directory; // exactly for a directory
  // Nothing where none are configured, or they could not be read: the names known before go on counting
  // for as long as they are young enough.
  std::optional<std::vector<std::string>> terms;
};

// Blocks for at most the deadline of the configuration; any thread; keeps nothing between two calls.
// Without keys it is a heartbeat: the watermark alone. A directory is asked without keys.
//
// An error means that the source did not answer as a source: unavailable (no connection, time-out, no
// status 200 for the watermark or for the directory, status 429 for anything), malformed or too_large
// (one of these two cannot be read), denied or not_found (our own token file). Once the watermark is
// there, each key stands for itself, and what is wrong with one makes that one unknown; but a source
// that throttles us has said nothing of any object.
Result<Answer> probe(const Config& config, const std::vector<std::string>& keys, const Clock& clock);

} // namespace sallyport::source
