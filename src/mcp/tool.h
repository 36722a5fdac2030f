// What an agent may call, as data: a tool has one of the verbs that agents have, and names the one route of
// the API that it stands for, and where of that route each argument goes. Nothing here decides anything, and
// no verb of the type would.
#pragma once

#include "base/result.h"
#include "canon/value.h"

#include <span>
#include <string_view>

namespace sallyport::mcp {

enum class Where { path, query, body };
enum class Form {
  packet,
  manifest,
  digest,
  name,
  cursor,
  rows,
  leaves,
  number,
  pointer,
  text,
  ops,
  edits,
  signers
};

// All that an agent can ask for. What is not in here, no tool can stand for: there is no word for it. The
// first four look; what the others leave behind lies there until a person takes it up.
enum class Verb { read, compare, cross_check, trace, refresh, flag, propose, prepare_manifest };

std::string_view name_of(Verb verb);

constexpr bool leaves_something(Verb verb) {
  return verb >= Verb::refresh;
}

constexpr std::string_view method_of(Verb verb) {
  return leaves_something(verb) ? "POST" : "GET";
}

struct Argument {
  std::string_view name;
  Where where = Where::path;
  Form form = Form::name;
  bool required = true;
  std::string_view about;
};

struct Tool {
  std::string_view name;
  std::string_view title;
  std::string_view about;
  Verb verb = Verb::read;
  std::string_view route; // its pattern
  std::span<const Argument> arguments = {};
  bool evidence = false;   // what it answers has texts that came in with evidence
  std::string_view done{}; // said of a success whose answer is empty
};

// One row of tools/list: a closed JSON Schema of the arguments, and hints.
canon::Object described(const Tool& tool);

// Whether `arguments` are what the tool takes: no other names, nothing missing, each of its form. The error's
// `where` is the argument.
Result<void> check(const Tool& tool, const canon::Object& arguments);

} // namespace sallyport::mcp
