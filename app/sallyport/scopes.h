// Which scopes of a token each verb needs.
#pragma once

#include "usage.h"

#include <string>
#include <string_view>

namespace sallyport::cli {

// "decide, read", by the verb's words behind the program's name; "" where the verb asks no server.
std::string_view scopes_of(std::string_view verb);

// Says them in the help of each verb that asks a server.
void say_scopes(CLI::App& root);

} // namespace sallyport::cli
