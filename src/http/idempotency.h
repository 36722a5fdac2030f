// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a write that succeeded is answered from the
// store when its key comes again from the same principal, after a restart too. What was refused changed
// nothing and is judged anew. Private to this module; inside a batch.
#pragma once

#include "engine/core.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::http {

inline constexpr Duration answers_kept{24 * 3'600'000};

// The header's value, 1 to 128 visible ASCII letters; nothing where there is no such header.
Result<std::optional<std::string>> idempotency_key(const Request& request);

// The answer that this key was given before; a refusal where it came with another request.
Result<std::optional<Response>> answered_before(engine::Core& core, std::string_view principal,
                                                const std::string& key, const Request& request);

// Keeps a success, durable with what it did; drops what is older than answers_kept.
Result<void> keep_answer(engine::Core& core, std::string_view principal, const std::string& key,
                         const Request& request, const Response& response);

} // namespace sallyport::http
