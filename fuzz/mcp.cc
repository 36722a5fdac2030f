// mcp::read, over "header fields, a line, the message": whatever comes in, an answer is a message that a
// client reads; a call has arguments that its tool takes and no others; nothing without an id is a call; who
// passes the message on says fields that it is not refused for.
#include "base/bytes.h"
#include "canon/json.h"
#include "mcp/message.h"

#include <array>

using namespace sallyport;

namespace {

constexpr std::array arguments{mcp::Argument{"packet", mcp::Where::path, mcp::Form::packet, true, "a packet"},
                               mcp::Argument{"limit", mcp::Where::query, mcp::Form::rows, false, "rows"}};
constexpr mcp::Tool show{"show_packet",          "Show",   "Shows one.", mcp::Verb::read,
                         "/v1/packets/{packet}", arguments};
constexpr mcp::Tool list{"list_packets", "List", "Lists all.", mcp::Verb::read, "/v1/packets"};
constexpr std::array<const mcp::Tool*, 2> tools{&show, &list};
constexpr mcp::Server server{"sallyport", "1", "Prepare."};

void check(const std::variant<mcp::Answer, mcp::Call>& got, std::string_view message) {
  if (const auto* answer = std::get_if<mcp::Answer>(&got)) {
    SP_ASSERT(answer->message.has_value() == (answer->status != 202));
    if (answer->message) {
      const auto again = canon::parse(canon::write(*answer->message), {.bytes = 4 * mcp::message_bytes});
      SP_ASSERT(again && (again->find("result") != nullptr) != (again->find("error") != nullptr));
    }
    return;
  }
  const auto& call = std::get<mcp::Call>(got);
  SP_ASSERT(!call.id.is_null() && message.contains("tools/call"));
  SP_ASSERT(call.tool == nullptr ? call.arguments.empty()
                                 : mcp::check(*call.tool, call.arguments).has_value());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = as_text({data, size});
  const auto line = text.find('\n');
  if (line == std::string_view::npos) {
    return 0;
  }
  const std::string field(text.substr(0, line));
  text.remove_prefix(line + 1);
  check(mcp::read(text, {field, field, field}, tools, server), text);
  const auto passed = mcp::read(text, mcp::headers_of(text), tools, server);
  check(passed, text);
  const auto* answer = std::get_if<mcp::Answer>(&passed);
  const canon::Value* error =
      answer == nullptr || !answer->message ? nullptr : answer->message->find("error");
  SP_ASSERT(error == nullptr || *error->find("code") != canon::Value(mcp::header_mismatch));
  (void)mcp::undelivered(text, "nobody is there");
  return 0;
}
