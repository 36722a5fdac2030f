// How the names and values of a charter are written (charter.md section 1).
#pragma once

#include "base/instant.h"
#include "charter/model.h"

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::charter {

inline constexpr std::size_t name_bytes_max = 63;
inline constexpr std::size_t text_bytes_max = 1000;
inline constexpr Duration duration_max{36'600 * 86'400'000LL};

bool is_name(std::string_view text);    // "session-broker"
bool is_lane_id(std::string_view text); // "Q-PSR"
bool is_zone(std::string_view text);    // the spelling of an IANA zone; whether it exists is not asked
// NFC, no control characters. `text` is UTF-8.
bool is_plain_text(std::string_view text);

// "15m": one unit, no leading zero; "0s" is the one way to write nothing.
std::optional<Duration> parse_duration(std::string_view text);
std::optional<TimeOfDay> parse_time(std::string_view text);
std::optional<View> parse_view(std::string_view text);

// Paths of faults: `a.b[0]."c/d"`.
std::string path_of(std::string_view parent, std::string_view key);
std::string path_of(std::string_view parent, std::size_t index);

// A value from the input as a message shows it: control characters replaced, cut after 80 bytes.
std::string shown(std::string_view text);

} // namespace sallyport::charter
