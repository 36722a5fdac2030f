// packet: what upstream submits, and why it waits.
#include "api_client.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "engine/files.h"
#include "http/percent.h"
#include "packet/disclosure.h"
#include "packet/statement.h"
#include "packet/submission.h"
#include "print.h"
#include "sign.h"
#include "statement.h"
#include "words.h"

#include <algorithm>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct SubmitPacket {
  fs::path file;
};

struct Revise {
  std::string packet;
  fs::path file;
  std::string predecessor;
};

struct OnePacketId {
  std::string packet;
};

struct ListPackets {
  std::string lane;
};

struct WithdrawPacket {
  std::string packet;
  std::string code;
};

struct Split {
  std::string packet;
  std::string other;
  std::string rationale;
  SignOptions sign;
};

struct Hold {
  std::string packet;
  std::vector<std::string> held;
  SignOptions sign;
};

struct Merge {
  std::string packet;
  std::string loser;
  std::string person;
  std::string code;
  std::string reason;
};

std::string sealed(const canon::Value& reply) {
  return fields({{"packet", text_at(reply, "packet")},
                 {"revision", text_at(reply, "revision")},
                 {"digest", text_at(reply, "digest")},
                 {"withheld", text_at(reply, "withheld")},
                 {"known", text_at(reply, "known") == "yes" ? "yes: the same was submitted before" : ""}});
}

Answer<void> submit_packet(const Context& context, const SubmitPacket& options) {
  SP_TRY(std::string text, engine::read_small_file(options.file));
  SP_TRY(const Reply reply, post_text(context, route({"packets"}), std::move(text)));
  show(context, reply, sealed(reply.value));
  return {};
}

Answer<void> revise(const Context& context, const Revise& options) {
  SP_TRY(canon::Value submission, read_json(options.file));
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "revisions"}),
              canon::Object{{"predecessor", options.predecessor}, {"submission", std::move(submission)}}));
  show(context, reply, sealed(reply.value));
  return {};
}

Table holds_table(const canon::Value& reply) {
  Table table({{"HOLD"}, {"CODE"}, {"MODE"}, {"SUBJECT", true}, {"SINCE"}, {"ENDED BY", true}});
  for (const canon::Value& hold : array_at(reply, "holds")) {
    table.row({text_at(hold, "hold"), text_at(hold, "code"), text_at(hold, "mode"), text_at(hold, "subject"),
               brief_time(text_at(hold, "first_opened")), text_at(hold, "clears")},
              Tone::bad);
  }
  return table;
}

Answer<void> show_packet(const Context& context, const OnePacketId& options) {
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet})));
  const canon::Value& packet = reply.value;
  std::vector<std::pair<std::string, std::string>> rows{
      {"packet", text_at(packet, "packet")},
      {"lane", text_at(packet, "lane")},
      {"gate", paint(context, tone_of(text_at(packet, "gate")), text_at(packet, "gate"))},
      {"opened", brief_time(text_at(packet, "opened_at"))}};
  if (const canon::Value* head = packet.find("head")) {
    rows.emplace_back("head", "revision " + text_at(*head, "revision") + ", " + text_at(*head, "severity") +
                                  ", " + text_at(*head, "citations") + " citations, sealed " +
                                  brief_time(text_at(*head, "sealed_at")));
    rows.emplace_back("digest", text_at(*head, "digest"));
  }
  rows.emplace_back("merged into", text_at(packet, "merged_into"));
  rows.emplace_back("entry", text_at(packet, "entry"));
  if (const canon::Value* recheck = packet.find("recheck")) {
    const bool preview = text_at(*recheck, "mode") == "preview"; // which lets nothing cross
    rows.emplace_back(preview ? "preview" : "recheck", text_at(*recheck, "recheck") + ", " +
                                                           text_at(*recheck, "answered") + " of " +
                                                           text_at(*recheck, "needed") + " answered");
  }
  for (const canon::Value& hold : array_at(packet, "legal_holds")) {
    const std::string fragment = text_at(hold, "fragment");
    rows.emplace_back("legal hold", text_at(hold, "leaf") + ", by " + text_at(hold, "person") +
                                        (fragment.empty() ? "" : ", of fragment " + fragment));
  }
  Table watches({{"WATCH"}, {"SATISFIED"}, {"AGAINST IT"}, {"EVALUATED"}});
  if (const canon::Value* watch = packet.find("watch"); watch != nullptr && watch->object() != nullptr) {
    for (const auto& [name, state] : *watch->object()) {
      const std::string satisfied = text_at(state, "satisfied");
      watches.row(
          {printable(name), satisfied, text_at(state, "against"), brief_time(text_at(state, "evaluated_at"))},
          satisfied == "yes" ? Tone::good : Tone::bad);
    }
  }
  Table waits({{"WAITS FOR"}, {"SUBJECT", true}, {"SAW", true}});
  for (const canon::Value& wait : array_at(packet, "waits")) {
    waits.row({text_at(wait, "code"), text_at(wait, "subject"), text_at(wait, "saw")}, Tone::waiting);
  }
  Table manifests({{"MANIFEST"}, {"STATE"}, {"SIGNED BY", true}, {"REVISION"}});
  for (const canon::Value& manifest : array_at(packet, "manifests")) {
    std::string signers;
    for (const canon::Value& signature : array_at(manifest, "signatures")) {
      const std::string fallen = text_at(signature, "fallen");
      signers += (signers.empty() ? "" : ", ") + text_at(signature, "role") +
                 (text_at(signature, "withdrawn") == "yes" ? " (withdrawn)"
                  : fallen.empty()                         ? ""
                                                           : " (fallen: " + fallen + ")");
    }
    const std::string cause = text_at(manifest, "void_cause");
    manifests.row({text_at(manifest, "manifest"),
                   text_at(manifest, "status") + (cause.empty() ? "" : " (" + cause + ")"), signers,
                   brief(text_at(manifest, "revision"))});
  }
  Table spent({{"EARLIER"}, {"ENDED BY"}, {"DIGEST"}});
  for (const canon::Value& revision : array_at(packet, "spent")) {
    spent.row(
        {text_at(revision, "revision"), text_at(revision, "cause"), brief(text_at(revision, "digest"))});
  }
  show(context, reply,
       fields(rows) + section(context, "Watched", watches) + section(context, "Holds", holds_table(packet)) +
           section(context, "Waits", waits) + section(context, "Manifests", manifests) +
           section(context, "Revisions before the head", spent));
  return {};
}

// Holds first, then waits, then what crosses visibly, then what passed.
int rank(const canon::Value& line) {
  constexpr std::string_view order[] = {"hold", "wait", "visible", "pass", "not_applicable"};
  const std::string result = text_at(line, "result");
  const auto* found = std::ranges::find(order, result);
  return found == std::end(order) ? -1 : static_cast<int>(found - std::begin(order));
}

// "docs/holds.md#freshstale"
std::string section_of(std::string_view code) {
  std::string anchor = "docs/holds.md#";
  for (const char c : code) {
    if (c != '.') {
      anchor += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return anchor;
}

// The sections of docs/holds.md about what stands against the packet.
std::string where_to_read(const canon::Array& checks) {
  const std::vector<std::string> explained = explained_codes();
  std::vector<std::string> against;
  for (const canon::Value& check : checks) {
    const std::string result = text_at(check, "result");
    const std::string code = text_at(check, "code");
    if ((result == "hold" || result == "wait") && std::ranges::find(explained, code) != explained.end() &&
        std::ranges::find(against, code) == against.end()) {
      against.push_back(code);
    }
  }
  std::string text;
  for (const std::string& code : against) {
    text += "  " + section_of(code) + "\n";
  }
  return text.empty() ? ""
                      : "\nWhat the codes mean (or: sallyport hold explain " + against[0] + "):\n" + text;
}

Answer<void> explain_packet(const Context& context, const OnePacketId& options) {
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet, "explain"})));
  canon::Array checks = array_at(reply.value, "checks");
  std::ranges::stable_sort(checks, {}, rank);
  Table table({{"RESULT"}, {"CHECK"}, {"SUBJECT", true}, {"SAW", true}, {"CLEARED BY", true}});
  for (const canon::Value& check : checks) {
    const std::string result = text_at(check, "result");
    table.row({result == "not_applicable" ? "n/a" : result, text_at(check, "code"), text_at(check, "subject"),
               text_at(check, "saw"), text_at(check, "clears")},
              tone_of(result));
  }
  const std::string gate = text_at(reply.value, "gate");
  const std::string evaluated = brief_time(text_at(reply.value, "evaluated_at"));
  show(context, reply,
       fields({{"packet", options.packet},
               {"gate", paint(context, tone_of(gate), gate)},
               {"evaluated", evaluated}}) +
           "\n" + table.text(context),
       where_to_read(checks));
  return {};
}

Answer<void> list_packets(const Context& context, const ListPackets& options) {
  const std::string query = options.lane.empty() ? "" : "?lane=" + http::percent_encode(options.lane);
  SP_TRY(const Reply reply, get_all(context, route({"packets"}) + query, "packets"));
  Table table({{"GATE"}, {"PACKET"}, {"LANE"}, {"REV"}, {"OPENED"}, {"HOLDS", true}});
  for (const canon::Value& packet : array_at(reply.value, "packets")) {
    const std::string gate = text_at(packet, "gate");
    table.row({gate, text_at(packet, "packet"), text_at(packet, "lane"), text_at(packet, "revision"),
               brief_time(text_at(packet, "opened_at")), text_at(packet, "holds")},
              tone_of(gate));
  }
  show(context, reply, table.text(context), table.empty() ? "No packet is here.\n" : "");
  return {};
}

Answer<void> withdraw_packet(const Context& context, const WithdrawPacket& options) {
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "withdraw"}),
                                 canon::Object{{"code", options.code}}));
  show(context, reply, "", "Withdrawn. The packet is closed.\n");
  return {};
}

Answer<void> merge(const Context& context, const Merge& options) {
  canon::Object body{{"loser", options.loser}, {"code", options.code}, {"reason", options.reason}};
  if (!options.person.empty()) {
    body.set("person", options.person);
  }
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "merge"}), std::move(body)));
  show(context, reply, "",
       options.loser + " is now a duplicate of " + options.packet +
           "; the packet waits for a revision that says so.\n");
  return {};
}

Answer<void> split_packet(const Context& context, const Split& options) {
  const std::string at = route({"packets", options.packet, "split"});
  SP_TRY(const Reply asked, ask(context, at + "/statement",
                                canon::Object{{"other", options.other}, {"rationale", options.rationale}}));
  SP_TRY(const Statement statement, statement_of(asked.value));
  SP_TRY(const packet::SplitStatement act, packet::read_split(statement.value));
  const auto rationale = packet::open_disclosure(text_at(asked.value, "rationale"));
  if (!rationale || crypto::sha256(rationale->encoded) != act.rationale ||
      rationale->value != canon::Value(options.rationale)) {
    return give_up(Exit::fault, "the server's statement names other words; nothing is signed");
  }
  const bool same = (act.first.str() == options.packet && act.second.str() == options.other) ||
                    (act.first.str() == options.other && act.second.str() == options.packet);
  if (!same) {
    return give_up(Exit::fault, "the server's statement names other packets; nothing is signed");
  }
  const std::string what = fields({{"you split", act.first.str() + " and " + act.second.str()},
                                   {"because", options.rationale},
                                   {"its digest", act.rationale.hex()},
                                   {"log", act.origin}});
  SP_TRY(const auto signatures, obtain_signatures(context, options.sign, packet::act::split, statement.bytes,
                                                  printable(what, true)));
  if (!signatures) {
    return {};
  }
  SP_TRY(const Reply reply, post(context, at,
                                 canon::Object{{"other", options.other},
                                               {"rationale", rationale->encoded},
                                               {"signature", signatures->front()}}));
  show(context, reply, "", "Split. Each will name the other; draft the next manifest of each.\n");
  return {};
}

Answer<void> leave_behind(const Context& context, const Hold& options) {
  canon::Array held(options.held.begin(), options.held.end());
  const std::string at = route({"packets", options.packet, "partial"});
  SP_TRY(const Reply asked, post(context, at + "/statement", canon::Object{{"held", held}}));
  SP_TRY(const Statement statement, statement_of(asked.value));
  SP_TRY(const packet::PartialStatement act, packet::read_partial(statement.value));
  std::vector<std::string> sorted = options.held;
  std::ranges::sort(sorted);
  if (act.packet.str() != options.packet || act.held != sorted) {
    return give_up(Exit::fault, "the server's statement names another packet or scope; nothing is signed");
  }
  const auto list = [](const std::vector<std::string>& ids) { return inline_text(packet::to_value(ids)); };
  const std::string what =
      fields({{"packet", act.packet.str()},
              {"revision", std::to_string(act.revision) + ", " + act.revision_digest.hex()},
              {"goes on", act.dimension + " " + list(act.free)},
              {"stays behind", act.dimension + " " + list(act.held)},
              {"log", act.origin}});
  SP_TRY(const auto signatures, obtain_signatures(context, options.sign, packet::act::split, statement.bytes,
                                                  printable(what, true)));
  if (!signatures) {
    return {};
  }
  SP_TRY(const Reply reply,
         post(context, at, canon::Object{{"held", std::move(held)}, {"signature", signatures->front()}}));
  show(context, reply, fields({{"remainder", text_at(reply.value, "remainder")}}),
       "The rest waits there for its own revision; draft the next manifest of this packet.\n");
  return {};
}

Answer<void> view(const Context& context, const OnePacketId& options) {
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet, "signer-view"})));
  Table opened({{"NAME"}, {"VALUE", true}});
  if (const canon::Value* values = reply.value.find("opened");
      values != nullptr && values->object() != nullptr) {
    for (const auto& [name, value] : *values->object()) {
      opened.row({printable(name), inline_text(value)});
    }
  }
  Table kept_back({{"NAME"}});
  for (const canon::Value& name : array_at(reply.value, "kept_back")) {
    kept_back.row({printable(name.string() == nullptr ? "" : *name.string())}, Tone::waiting);
  }
  show(context, reply,
       opened.text(context) + section(context, "Does not cross: the lane will not read it", kept_back),
       "The first table crosses, opened. That you read it is on record.\n");
  return {};
}

Answer<void> digest_packet(const Context& context, const SubmitPacket& options) {
  SP_TRY(const canon::Value submission, read_json(options.file));
  const canon::Value* packet = submission.find("packet");
  if (packet == nullptr) {
    return give_up(Exit::usage, options.file.string() + ": there is no member \"packet\"");
  }
  const std::string hex = crypto::sha256(as_bytes(canon::write(*packet))).hex();
  out(context.json ? canon::write(canon::Object{{"upstream_digest", hex}}) + "\n" : hex + "\n");
  return {};
}

CLI::App* one_verb(CLI::App& group, Context& context, const char* name, const char* what, const char* example,
                   Answer<void> (*act)(const Context&, const OnePacketId&)) {
  auto options = std::make_shared<OnePacketId>();
  CLI::App* verb = add_verb(group, name, what, example);
  verb->add_option("PACKET", options->packet)->required();
  on(verb, context, options, act);
  return verb;
}

CLI::App* packet_file_verb(CLI::App& group, Context& context, const char* name, const char* what,
                           const char* example, Answer<void> (*act)(const Context&, const SubmitPacket&)) {
  auto options = std::make_shared<SubmitPacket>();
  CLI::App* verb = add_verb(group, name, what, example);
  verb->add_option("FILE", options->file, "A submission (docs/packet.md)")
      ->required()
      ->check(CLI::ExistingFile);
  on(verb, context, options, act);
  return verb;
}

} // namespace

void add_packet(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "packet", "Packets: submit, read, explain, withdraw, merge, split",
                               "sallyport packet explain pk_2345abcdef");
  writes(packet_file_verb(group, context, "submit", "Submit an already triaged packet",
                          "sallyport packet submit submission.json", submit_packet),
         context);
  auto revised = std::make_shared<Revise>();
  CLI::App* verb = add_verb(group, "revise", "Submit the packet's next revision",
                            "sallyport packet revise pk_2345abcdef next.json --predecessor 9a41...");
  verb->add_option("PACKET", revised->packet)->required();
  verb->add_option("FILE", revised->file, "A submission")->required()->check(CLI::ExistingFile);
  verb->add_option("--predecessor", revised->predecessor,
                   "Digest of the revision that it follows, so that nothing newer is\n"
                   "replaced unseen; 'sallyport packet show' has it as head")
      ->required();
  on(writes(verb, context), context, revised, revise);

  one_verb(group, context, "show", "The broad view, with holds, waits and manifests",
           "sallyport packet show pk_2345abcdef", show_packet);
  one_verb(group, context, "explain", "Every check: what it saw, and what would clear it",
           "sallyport packet explain pk_2345abcdef", explain_packet);
  one_verb(group, context, "view", "What a signer sees: the values that would cross; on record",
           "sallyport packet view pk_2345abcdef", view);

  auto listed = std::make_shared<ListPackets>();
  verb = add_verb(group, "list", "Packets, open and closed", "sallyport packet list --lane Q-PSR");
  verb->add_option("--lane", listed->lane, "Of this lane only");
  on(verb, context, listed, list_packets);

  auto withdrawn = std::make_shared<WithdrawPacket>();
  verb = add_verb(group, "withdraw", "Close a packet that shall not cross",
                  "sallyport packet withdraw pk_2345abcdef --code raised_in_error");
  verb->add_option("PACKET", withdrawn->packet)->required();
  verb->add_option("--code", withdrawn->code, "Why, as a short lower-case name")->required();
  on(writes(verb, context), context, withdrawn, withdraw_packet);

  auto merged = std::make_shared<Merge>();
  verb = add_verb(group, "merge", "Fold a duplicate into the packet that stays",
                  "sallyport packet merge pk_2345abcdef --loser pk_6789abcdef --person pe_2345abcdef \\\n"
                  "    --code same_grant --reason 'Both cite grant 4471'");
  verb->add_option("PACKET", merged->packet, "The packet that stays")->required();
  verb->add_option("--loser", merged->loser, "The duplicate")->required();
  verb->add_option("--person", merged->person, "Who decided it upstream, where not you");
  verb->add_option("--code", merged->code, "Why, as a short lower-case name")->required();
  verb->add_option("--reason", merged->reason, "Why, in words; on record")->required();
  on(writes(verb, context), context, merged, merge);

  auto apart = std::make_shared<Split>();
  verb = add_verb(group, "split", "Sign that two packets are not one case",
                  "sallyport packet split pk_2345abcdef --other pk_6789abcdef \\\n"
                  "    --rationale 'Two grants of two operators' --key ~/.ssh/id_ed25519_sk");
  verb->add_option("PACKET", apart->packet)->required();
  verb->add_option("--other", apart->other, "The packet that it is held against")->required();
  verb->add_option("--rationale", apart->rationale, "Why, in words; reviewers read it")->required();
  add_sign_options(*verb, apart->sign, false);
  on(writes(verb, context), context, apart, split_packet);

  auto partly = std::make_shared<Hold>();
  verb = add_verb(group, "partial", "Sign that held elements stay behind and the rest goes on",
                  "sallyport packet partial pk_2345abcdef --held t2 --key ~/.ssh/id_ed25519_sk");
  verb->add_option("PACKET", partly->packet)->required();
  verb->add_option("--held", partly->held, "Id of an element that stays behind; repeatable")
      ->required()
      ->allow_extra_args(false);
  add_sign_options(*verb, partly->sign, false);
  on(writes(verb, context), context, partly, leave_behind);

  packet_file_verb(group, context, "digest", "The upstream_digest of a submission; local",
                   "sallyport packet digest submission.json", digest_packet);
  add_looks(group, context);
}

} // namespace sallyport::cli
