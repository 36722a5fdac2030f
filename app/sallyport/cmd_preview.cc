// release preview: what would come of a press. It asks every source as a press does, and lets nothing cross.
#include "api_client.h"
#include "base/id.h"
#include "print.h"
#include "ticker.h"

#include <chrono>
#include <thread>

namespace sallyport::cli {
namespace {

using namespace std::chrono_literals;

struct Preview {
  std::string packet;
  std::string manifest;
};

Answer<std::string> digest_of(const Context& context, const Preview& options) {
  if (!ManifestId::parse(options.manifest)) {
    return options.manifest;
  }
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet, "manifests", options.manifest})));
  const std::string digest = text_at(reply.value, "digest");
  if (digest.empty()) {
    return give_up(Exit::conflict, "the manifest is a draft; run 'sallyport manifest submit' first");
  }
  return digest;
}

// The server closes every recheck, at the latest when its sources have had their time.
Answer<Reply> outcome_of(const Context& context, const std::string& packet, const std::string& recheck) {
  const Ticker ticker(context, "the sources are being asked");
  for (auto pause = 50ms;; pause = std::min(2 * pause, 1'000ms)) {
    SP_TRY(Reply reply, get(context, route({"packets", packet, "rechecks", recheck})));
    const canon::Value* open = reply.value.find("open");
    if (open == nullptr || open->boolean() == nullptr) {
      return give_up(Exit::fault, "the server's answer does not say whether the preview is over");
    }
    if (!*open->boolean()) {
      return reply;
    }
    std::this_thread::sleep_for(pause);
  }
}

std::string in_words(std::string_view result) {
  return result == "would_cross" ? "it would cross"
         : result == "blocked"   ? "it would be held"
         : result == "cancelled" ? "cancelled: somebody pressed meanwhile"
                                 : std::string(result);
}

Answer<void> preview(const Context& context, const Preview& options) {
  SP_TRY(const std::string digest, digest_of(context, options));
  SP_TRY(const Reply asked, post(context, route({"packets", options.packet, "release", "preview"}),
                                 canon::Object{{"manifest", digest}}));
  SP_TRY(const Reply reply, outcome_of(context, options.packet, text_at(asked.value, "preview")));
  if (text_at(reply.value, "mode") != "preview") {
    return give_up(Exit::fault, "the server's answer is of no preview");
  }
  const std::string result = text_at(reply.value, "result");
  Table reasons({{"AGAINST IT"}, {"WHERE", true}, {"MEANS", true}});
  for (const canon::Value& reason : array_at(reply.value, "reasons")) {
    reasons.row({text_at(reason, "code"), text_at(reason, "where"), text_at(reason, "text")}, Tone::bad);
  }
  const std::string more = text_at(reply.value, "more");
  show(context, reply,
       "A preview: nothing crossed, and nothing is freed by it.\n" +
           fields({{"preview", text_at(reply.value, "recheck")},
                   {"if pressed",
                    paint(context, result == "would_cross" ? Tone::good : Tone::bad, in_words(result))},
                   {"no answer from", text_at(reply.value, "unanswered")},
                   {"and more", more == "0" ? "" : more + " reasons"}}) +
           section(context, "Reasons", reasons),
       "A press asks every source again: sallyport release request " + options.packet + " ...\n");
  return result == "would_cross" ? Answer<void>() : give_up(Exit::held, "");
}

} // namespace

void add_preview(CLI::App& group, Context& context) {
  auto options = std::make_shared<Preview>();
  CLI::App* verb =
      add_verb(group, "preview", "See what would come of a press; lets nothing cross, whatever it says",
               "sallyport release preview pk_2345abcdef --manifest mf_2345abcdef");
  verb->add_option("PACKET", options->packet)->required();
  verb->add_option("--manifest", options->manifest, "The manifest's id or digest")->required();
  on(writes(verb, context), context, options, preview);
}

} // namespace sallyport::cli
