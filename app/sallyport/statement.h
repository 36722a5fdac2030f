// The server's answer to a statement route: exactly the bytes that are to be signed, and what they say.
#pragma once

#include "canon/value.h"
#include "cli.h"

#include <string>

namespace sallyport::cli {

struct Statement {
  std::string bytes;
  canon::Value value; // read from these bytes: what is shown is what is signed
};

// The member "statement": the bytes as text.
Answer<Statement> statement_of(const canon::Value& reply);

} // namespace sallyport::cli
