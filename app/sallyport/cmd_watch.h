// The verb that listens to the log, and what it needs of the client.
#pragma once

#include "cli.h"
#include "http/message.h"

#include <functional>
#include <string>
#include <string_view>

namespace sallyport::cli {

void add_watch(CLI::App& app, Context& context);

// The body of an answer without an end, handed over as it comes, until it ends or `take` answers false.
// `more` are header fields.
Answer<void> follow(const Context& context, const std::string& target, const http::Headers& more,
                    const std::function<bool(std::string_view)>& take);

} // namespace sallyport::cli
