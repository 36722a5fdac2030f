#include "statement.h"

#include "canon/json.h"

namespace sallyport::cli {

Answer<Statement> statement_of(const canon::Value& reply) {
  const canon::Value* member = reply.find("statement");
  if (member == nullptr || member->string() == nullptr) {
    return give_up(Exit::fault, "the server's answer holds no statement; nothing is signed");
  }
  Statement statement;
  statement.bytes = *member->string();
  SP_TRY(statement.value, canon::parse(statement.bytes));
  return statement;
}

} // namespace sallyport::cli
