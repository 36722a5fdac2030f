// What an agent may call, as data: a tool names the one route of the API that it stands for, and where of
// that route each argument goes. Nothing here decides anything.
#pragma once

#include "base/result.h"
#include "canon/value.h"

#include <span>
#include <string_view>

namespace sallyport::mcp {

enum class Where { path, query, body };
enum class Form { packet, manifest, digest, name, cursor, rows, leaves, number };

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
  std::string_view method; // of the route
  std::string_view route;  // its pattern
  std::span<const Argument> arguments = {};
  bool changes = false;    // leaves something behind but the record of a read
  bool evidence = false;   // what it answers has texts that came in with evidence
  std::string_view done{}; // said of a success whose answer is empty
};

// One row of tools/list: a closed JSON Schema of the arguments, and hints.
canon::Object described(const Tool& tool);

// Whether `arguments` are what the tool takes: no other names, nothing missing, each of its form. The error's
// `where` is the argument.
Result<void> check(const Tool& tool, const canon::Object& arguments);

} // namespace sallyport::mcp
