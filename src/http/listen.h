// Binding sockets. Private to this module.
#pragma once

#include "base/result.h"
#include "http/core.h"

#include <string>

namespace sallyport::http {

Result<void> listen_on(Listener<Tcp>& listener, const std::string& address, std::uint16_t port);
Result<void> listen_on(Listener<Unix>& listener, const std::string& path, unsigned mode);

// "127.0.0.1:8420", "[::1]:8420".
std::string host_and_port(const std::string& address, std::uint16_t port);

} // namespace sallyport::http
