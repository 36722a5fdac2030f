#include "cli.h"

namespace sallyport::cli {
namespace {

Exit exit_of(ErrorCode code) {
  switch (code) {
  case ErrorCode::malformed:
  case ErrorCode::too_large:
  case ErrorCode::unsupported:
    return Exit::usage;
  case ErrorCode::not_found:
    return Exit::not_found;
  case ErrorCode::conflict:
    return Exit::conflict;
  case ErrorCode::denied:
    return Exit::refused;
  case ErrorCode::corrupt:
    return Exit::fault;
  case ErrorCode::unavailable:
    return Exit::unavailable;
  case ErrorCode::internal:
    return Exit::internal;
  }
  SP_ASSERT(false);
  return Exit::internal;
}

} // namespace

Failure::Failure(const Error& error) : exit(exit_of(error.code)), text(error.text()) {
}

CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& what,
                   const std::string& example) {
  CLI::App* verb = parent.add_subcommand(name, what);
  verb->footer("Example:\n  " + example);
  return verb;
}

CLI::App* add_group(CLI::App& app, const std::string& name, const std::string& what) {
  CLI::App* group = app.add_subcommand(name, what);
  group->require_subcommand(1);
  return group;
}

} // namespace sallyport::cli
