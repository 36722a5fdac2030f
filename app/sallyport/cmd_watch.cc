// watch: the log as it grows, a line for each leaf.
#include "cmd_watch.h"

#include "api_client.h"
#include "canon/json.h"
#include "http/percent.h"
#include "print.h"

#include <cstdio>
#include <optional>

namespace sallyport::cli {
namespace {

struct Watch {
  std::string packet;
  std::optional<std::uint64_t> after;
};

// What stands in the blocks of a text/event-stream, block by block as they come.
class Blocks {
public:
  explicit Blocks(const Context& context) : context_(context) {}

  bool take(std::string_view piece) {
    rest_ += piece;
    for (std::size_t end = 0; (end = rest_.find("\n\n")) != std::string::npos; rest_.erase(0, end + 2)) {
      block(std::string_view(rest_).substr(0, end));
    }
    std::fflush(stdout);
    return true;
  }

  std::string reason;    // why the server ended it
  std::string last = {}; // the last leaf that was heard

private:
  void block(std::string_view text) {
    std::string name;
    canon::Value data;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = text.substr(begin, end - begin);
      begin = end + 1;
      if (line.starts_with("id: ")) {
        last = line.substr(4);
      } else if (line.starts_with("event: ")) {
        name = line.substr(7);
      } else if (line.starts_with("data: ")) {
        data = canon::parse(line.substr(6)).value_or(canon::Value());
      }
    }
    if (name == "end") {
      reason = text_at(data, "reason");
    } else if (name == "leaf") {
      out(context_.json ? canon::write(data) + "\n"
                        : printable(text_at(data, "leaf") + "  " + text_at(data, "kind") + "  " +
                                    text_at(data, "packet")) +
                              "\n");
    }
  }

  const Context& context_;
  std::string rest_;
};

Answer<void> watch(const Context& context, const Watch& options) {
  const std::string target =
      route({"events"}) + (options.packet.empty() ? "" : "?packet=" + http::percent_encode(options.packet));
  http::Headers headers;
  if (options.after) {
    headers.add("last-event-id", std::to_string(*options.after));
  }
  Blocks blocks(context);
  SP_CHECK(follow(context, target, headers, [&](std::string_view piece) { return blocks.take(piece); }));
  const std::string why = blocks.reason.empty() ? "the connection broke" : printable(blocks.reason);
  return give_up(Exit::unavailable, "the stream ended (" + why + "); go on with --after " +
                                        (blocks.last.empty() ? "0" : printable(blocks.last)));
}

} // namespace

void add_watch(CLI::App& app, Context& context) {
  auto options = std::make_shared<Watch>();
  CLI::App* verb =
      add_verb(app, "watch", "The log as it grows, a line for each leaf, until it is interrupted",
               "sallyport watch pk_2345abcdef");
  verb->add_option("PACKET", options->packet, "Only the leaves of this packet")->type_name("PACKET");
  verb->add_option("--after", options->after, "The number of the last leaf that was heard; else from now on");
  on(verb, context, options, watch);
}

} // namespace sallyport::cli
