// The head of an answer as bytes. Private to this module.
#pragma once

#include "http/message.h"

#include <ctime>
#include <string>

namespace sallyport::http {

// Whether the handler's fields can be sent: tokens for names, no control characters in values (a line
// break would let a value write further fields), a final status.
bool can_send(const Response& response);

// Needs can_send(). Content-Length counts the body, also where HEAD keeps it back; a stream
// has none.
std::string write_head(const Response& response, bool keep_alive, std::time_t now);

// RFC 9110 section 6.4.1: these never have content.
bool has_content(int status);

} // namespace sallyport::http
