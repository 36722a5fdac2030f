// How the names are written that stand in clear in a revision. Each spelling is closed and short, so
// that no free text can hide in a part of the packet that every view shows.
#pragma once

#include "canon/value.h"

#include <string_view>

namespace sallyport::packet {

// [a-z][a-z0-9]*([-_][a-z0-9]+)*, at most 63 bytes: "session-broker", "idp_sign_in".
bool is_name(std::string_view text);
// A name of at most 16 bytes: what claims, citations, parts ... are called within a packet ("c1").
bool is_item_id(std::string_view text);
// [A-Z][A-Z0-9]*(-[A-Z0-9]+)*, at most 63 bytes: "Q-PSR".
bool is_lane_id(std::string_view text);
// Letters, digits and . _ -, at most 63 bytes: names that another system gave.
bool is_token(std::string_view text);
// "text/plain": two words of letters, digits and . + -, at most 100 bytes, no parameters.
bool is_media_type(std::string_view text);
// "/operator": one segment that is a name and stands for nothing that a revision has in clear.
bool is_field_pointer(std::string_view text);

// Any of U+0000-001F except tab and line feed, U+007F, U+0080-009F; and what people do not see but others
// read: the overrides of direction and the tag characters. `text` is UTF-8.
bool has_control_character(std::string_view text);
// Of a text at any depth, or of a member's name.
bool holds_control_character(const canon::Value& value);

} // namespace sallyport::packet
