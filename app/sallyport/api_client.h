// Talking to the server: docs/api.md, over its socket or an address. The credential comes from the
// environment or a file, never from the command line, where every user of the machine could read it.
#pragma once

#include "canon/value.h"
#include "cli.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace sallyport::cli {

struct Reply {
  int status = 0;
  std::string text;   // the body as it came
  canon::Value value; // of a JSON body; else null
};

// "/v1/packets/pk_.../holds": every segment percent-encoded.
std::string route(std::initializer_list<std::string_view> segments);

// A status of 2xx, or a Failure that says in one sentence what the server said, where, and what to do.
Answer<Reply> get(const Context& context, const std::string& target);
// A list with all its pages: the array `name` of the reply has every row, and no `next` is left.
Answer<Reply> get_all(const Context& context, const std::string& target, std::string_view name);
// A request that writes. It has an Idempotency-Key, the caller's or one drawn here, and is sent again with
// it, up to three times, where the connection ended before an answer: it happens once.
Answer<Reply> post(const Context& context, const std::string& target,
                   const canon::Value& body = canon::Object{});
Answer<Reply> put(const Context& context, const std::string& target, std::string body);
// The body as it was read from a file.
Answer<Reply> post_text(const Context& context, const std::string& target, std::string body);
// A POST without a key, sent once: it records nothing, or its answer is a secret that is not kept.
Answer<Reply> ask(const Context& context, const std::string& target,
                  const canon::Value& body = canon::Object{});
Answer<Reply> ask_text(const Context& context, const std::string& target, std::string body);

// With --json the server's text; else `data`, and `remark` unless --quiet.
void show(const Context& context, const Reply& reply, std::string_view data, std::string_view remark = "");

} // namespace sallyport::cli
