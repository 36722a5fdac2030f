// What people write in words (reasons, notes, rationales, names), looked at before anything of it is stored.
#pragma once

#include "gate/event.h"

#include <optional>
#include <string>

namespace sallyport::engine {

// The refused attempt that the event becomes where a text in it may not be kept: it holds a control
// character, a secret, or what cannot be looked through. Nothing where it may. An attempt holds no text.
std::optional<gate::RefuseAttempt> unfit_text(const gate::Event& event);

// Why the text may not be kept: a refusal's code, or nothing.
std::string why_unfit(const canon::Value& text);

} // namespace sallyport::engine
