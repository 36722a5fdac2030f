// ledger, accept: what people do not agree about, and what they let cross all the same. What is shown before
// a signature is read from the very bytes that are signed.
#include "api_client.h"
#include "canon/json.h"
#include "packet/disclosure.h"
#include "packet/statement.h"
#include "print.h"
#include "sign.h"
#include "statement.h"

#include <algorithm>

namespace sallyport::cli {
namespace {

struct OneItem {
  std::string packet;
};

struct Item {
  std::string packet;
  std::string item;
};

struct Said {
  std::string packet;
  std::string item;
  std::string text;
};

struct Objection {
  std::string packet;
  std::string category;
  std::string subject;
  std::string text;
  std::string stub;
  std::int64_t flag = -1;
};

struct Resolve {
  std::string packet;
  std::vector<std::string> items;
  std::string code;
  std::string of;
  std::string reason;
};

struct Instruct {
  std::string packet;
  std::string subject;
  std::string stance;
  std::string category;
  std::string text;
};

struct Leaf {
  std::string packet;
  std::string leaf;
  std::vector<std::string> items;
};

struct Finding {
  std::string packet;
  std::string subject;
  std::string exposure;
  std::string status = "suspected";
  std::int64_t scan = -1;
  std::string text;
};

struct Judge {
  std::string packet;
  std::string item;
  std::string status;
  std::string reason;
};

struct Fix {
  std::string packet;
  std::string item;
  std::int64_t scan = 0;
};

struct Words {
  std::string packet;
  std::vector<std::string> items; // ITEM=WORDS
};

struct SignAcceptance {
  std::string packet;
  std::string role;
  std::vector<std::string> items; // ITEM or ITEM=WORDS
  SignOptions sign;
};

Answer<void> show_ledger(const Context& context, const OneItem& options) {
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet, "ledger"})));
  Table items({{"ITEM"}, {"STATE"}, {"CATEGORY"}, {"KIND"}, {"SUBJECT", true}, {"SAID", true}});
  if (const canon::Value* all = reply.value.find("items"); all != nullptr && all->object() != nullptr) {
    for (const auto& [id, item] : *all->object()) {
      const bool accepted = item.find("accepted") != nullptr;
      const std::string status = text_at(item, "status");
      std::string said;
      for (const canon::Value& one : array_at(item, "said")) {
        said += (said.empty() ? "" : " / ") + text_at(one, "text");
      }
      items.row({printable(id),
                 (accepted ? "accepted" : text_at(item, "state")) + (status.empty() ? "" : ", " + status),
                 text_at(item, "category"), text_at(item, "kind"), text_at(item, "subject"), said},
                text_at(item, "state") != "open" ? Tone::faint
                : accepted                       ? Tone::good
                                                 : Tone::bad);
    }
  }
  Table instructions({{"LEAF"}, {"STANCE"}, {"SUBJECT", true}, {"BY"}, {"WITHDRAWN"}});
  for (const canon::Value& one : array_at(reply.value, "instructions")) {
    instructions.row({text_at(one, "leaf"), text_at(one, "stance"), text_at(one, "subject"),
                      text_at(one, "person"), text_at(one, "withdrawn")});
  }
  Table acceptances({{"LEAF"}, {"BY"}, {"ROLE"}, {"ITEMS", true}});
  for (const canon::Value& one : array_at(reply.value, "acceptances")) {
    std::string names;
    if (const canon::Value* of = one.find("items"); of != nullptr && of->object() != nullptr) {
      for (const auto& [id, wording] : *of->object()) {
        names += (names.empty() ? "" : ", ") + printable(id);
      }
    }
    acceptances.row({text_at(one, "leaf"), text_at(one, "person"), text_at(one, "role"), names});
  }
  Table wordings({{"ITEM"}, {"WORDING"}, {"WORDS", true}});
  for (const canon::Value& one : array_at(reply.value, "wordings")) {
    wordings.row({text_at(one, "item"), brief(text_at(one, "wording")), text_at(one, "text")});
  }
  show(context, reply,
       items.text(context) + section(context, "Instructions", instructions) +
           section(context, "Words on offer", wordings) + section(context, "Acceptances", acceptances),
       items.empty() ? "Nobody disputes anything.\n" : "");
  return {};
}

Answer<void> object(const Context& context, const Objection& options) {
  canon::Object body{{"category", options.category}, {"subject", options.subject}, {"text", options.text}};
  if (!options.stub.empty()) {
    body.set("stub", options.stub);
  }
  if (options.flag >= 0) {
    body.set("flag", options.flag);
  }
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "objections"}), std::move(body)));
  show(context, reply, fields({{"item", text_at(reply.value, "item")}}),
       "It holds the packet until it is settled or accepted.\n");
  return {};
}

Answer<void> answer_item(const Context& context, const Said& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "objections", options.item, "answer"}),
              canon::Object{{"text", options.text}}));
  show(context, reply, "", "On record.\n");
  return {};
}

Answer<void> agree(const Context& context, const Item& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "items", options.item, "agree"})));
  show(context, reply, "", "On record; another person resolves it.\n");
  return {};
}

Answer<void> withdraw_item(const Context& context, const Item& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "objections", options.item, "withdraw"})));
  show(context, reply, "", "Withdrawn; it stays on record.\n");
  return {};
}

Answer<void> resolve(const Context& context, const Resolve& options) {
  canon::Object body{{"items", canon::Array(options.items.begin(), options.items.end())},
                     {"code", options.code},
                     {"reason", options.reason}};
  if (!options.of.empty()) {
    body.set("of", options.of);
  }
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "items", "resolve"}), std::move(body)));
  show(context, reply, "", "Resolved, on record.\n");
  return {};
}

Answer<void> instruct(const Context& context, const Instruct& options) {
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "instructions"}),
                                 canon::Object{{"subject", options.subject},
                                               {"stance", options.stance},
                                               {"category", options.category},
                                               {"text", options.text}}));
  const std::string conflict = text_at(reply.value, "conflict");
  show(context, reply, fields({{"instruction", text_at(reply.value, "leaf")}, {"conflict", conflict}}),
       conflict.empty() ? "" : "Somebody instructed the contrary; it holds the packet until people agree.\n");
  return {};
}

Answer<void> withdraw_instruction(const Context& context, const Leaf& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "instructions", options.leaf, "withdraw"})));
  show(context, reply, "", "Withdrawn.\n");
  return {};
}

Answer<void> find(const Context& context, const Finding& options) {
  canon::Object body{{"subject", options.subject},
                     {"exposure", options.exposure},
                     {"status", options.status},
                     {"text", options.text}};
  if (options.scan >= 0) {
    body.set("scan", options.scan);
  }
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "findings"}), std::move(body)));
  show(context, reply, fields({{"item", text_at(reply.value, "item")}}));
  return {};
}

Answer<void> judge(const Context& context, const Judge& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "findings", options.item, "judge"}),
              canon::Object{{"status", options.status}, {"reason", options.reason}}));
  show(context, reply, "", "On record.\n");
  return {};
}

Answer<void> fix(const Context& context, const Fix& options) {
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "findings", options.item, "fix"}),
                                 canon::Object{{"scan", options.scan}}));
  show(context, reply, "", "Fixed by that scan.\n");
  return {};
}

// ---- accept

// "li_2345abcdef=words"; without words null.
std::pair<std::string, canon::Value> item_of(const std::string& text) {
  const auto at = text.find('=');
  return at == std::string::npos ? std::pair(text, canon::Value())
                                 : std::pair(text.substr(0, at), canon::Value(text.substr(at + 1)));
}

Answer<void> offer(const Context& context, const Words& options) {
  canon::Object items;
  for (const std::string& text : options.items) {
    auto [item, words] = item_of(text);
    items.set(item, std::move(words));
  }
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "wordings"}),
                                 canon::Object{{"items", std::move(items)}}));
  show(context, reply, "", "On offer; who accepts signs these words or others.\n");
  return {};
}

// The words that the statement's digests open to, by item; nothing where one of them opens to nothing.
Answer<std::string> words_to_sign(const canon::Value& reply, const packet::AcceptStatement& act) {
  std::map<std::string, std::string> opened; // digest -> words
  for (const canon::Value& encoded : array_at(reply, "wordings")) {
    const auto disclosure = encoded.string() == nullptr ? fail(ErrorCode::malformed, "", "")
                                                        : packet::open_disclosure(*encoded.string());
    const auto item = disclosure ? packet::read_wording(*disclosure) : std::unexpected(disclosure.error());
    if (item) {
      opened[disclosure->digest + item->str()] = *disclosure->value.string();
    }
  }
  std::string text;
  for (const packet::AcceptedItem& item : act.items) {
    const auto words = opened.find(item.wording + item.item.str());
    if (words == opened.end()) {
      return give_up(Exit::fault,
                     "the server's statement names words that it does not show; nothing is signed");
    }
    text += "  " + item.item.str() + " (" + item.category + "): " + words->second + "\n";
  }
  return text;
}

Answer<void> sign_acceptance(const Context& context, const SignAcceptance& options) {
  canon::Object items;
  for (const std::string& text : options.items) {
    auto [item, words] = item_of(text);
    items.set(item, std::move(words));
  }
  canon::Object body{{"items", std::move(items)}};
  if (!options.role.empty()) {
    body.set("role", options.role);
  }
  const std::string at = route({"packets", options.packet, "acceptances"});
  SP_TRY(const Reply asked, ask(context, at + "/statement", std::move(body)));
  SP_TRY(const Statement statement, statement_of(asked.value));
  const auto act = packet::read_accept(statement.value);
  if (!act || act->packet.str() != options.packet || act->items.size() != options.items.size()) {
    return give_up(Exit::fault,
                   "the server's statement is of another packet or other items; nothing is signed");
  }
  SP_TRY(const std::string words, words_to_sign(asked.value, *act));
  const std::string what =
      fields({{"you accept for", act->packet.str()},
              {"revision", std::to_string(act->revision) + ", " + act->revision_digest.hex()},
              {"lane", act->lane},
              {"as", act->role},
              {"symbolization", act->symbolization.value_or("")},
              {"log", act->origin}}) +
      "that these cross as they are worded\n" + words;
  SP_TRY(const auto signatures, obtain_signatures(context, options.sign, packet::act::accept, statement.bytes,
                                                  printable(what, true)));
  if (!signatures) {
    return {};
  }
  SP_TRY(const Reply reply, post(context, at,
                                 canon::Object{{"statement", statement.bytes},
                                               {"wordings", array_at(asked.value, "wordings")},
                                               {"signatures", canon::Array{signatures->front()}}}));
  show(context, reply, fields({{"acceptance", text_at(reply.value, "leaf")}}),
       "It stands until you withdraw it or a new revision is sealed.\n");
  return {};
}

Answer<void> withdraw_acceptance(const Context& context, const Leaf& options) {
  const std::string at = route({"packets", options.packet, "acceptances", options.leaf, "withdraw"});
  const canon::Object body{{"items", canon::Array(options.items.begin(), options.items.end())}};
  SP_TRY(const Reply reply, options.items.empty() ? post(context, at) : post(context, at, body));
  show(context, reply, "", "Withdrawn; a manifest that was in review is void.\n");
  return {};
}

// ---- the tree

CLI::App* of_item(CLI::App& group, const char* name, const char* what, const char* example,
                  std::string& packet, std::string& item) {
  CLI::App* verb = add_verb(group, name, what, example);
  verb->add_option("PACKET", packet)->required();
  verb->add_option("ITEM", item)->required();
  return verb;
}

void add_objections(CLI::App& group, Context& context) {
  auto raised = std::make_shared<Objection>();
  CLI::App* verb =
      add_verb(group, "object", "Object to something in the packet",
               "sallyport ledger object pk_2345abcdef --category memory_region --subject /fragments/f2 \\\n"
               "    --text 'Is the whole region needed?'");
  verb->add_option("PACKET", raised->packet)->required();
  verb->add_option("--category", raised->category, "One of the charter's ledger")->required();
  verb->add_option("--subject", raised->subject, "A pointer into the packet")->required();
  verb->add_option("--text", raised->text, "What, in words")->required();
  verb->add_option("--stub", raised->stub,
                   "Why the lane does not read the words, as a short lower-case name");
  verb->add_option("--flag", raised->flag, "The leaf of an agent's flag that it takes up");
  on(writes(verb, context), context, raised, object);

  auto said = std::make_shared<Said>();
  verb = of_item(group, "answer", "Say something to an open item",
                 "sallyport ledger answer pk_2345abcdef li_2345abcdef --text 'The frame is in it'",
                 said->packet, said->item);
  verb->add_option("--text", said->text, "What, in words")->required();
  on(writes(verb, context), context, said, answer_item);

  auto agreed = std::make_shared<Item>();
  verb = of_item(group, "agree", "Say that what you raised is settled",
                 "sallyport ledger agree pk_2345abcdef li_2345abcdef", agreed->packet, agreed->item);
  on(writes(verb, context), context, agreed, agree);

  auto withdrawn = std::make_shared<Item>();
  verb = of_item(group, "withdraw", "Take your objection back",
                 "sallyport ledger withdraw pk_2345abcdef li_2345abcdef", withdrawn->packet, withdrawn->item);
  on(writes(verb, context), context, withdrawn, withdraw_item);

  auto resolved = std::make_shared<Resolve>();
  verb = add_verb(group, "resolve", "End items that are settled, whose subject left, or that are duplicates",
                  "sallyport ledger resolve pk_2345abcdef --item li_2345abcdef --code agreed --reason 'The "
                  "note says so'");
  verb->add_option("PACKET", resolved->packet)->required();
  verb->add_option("--item", resolved->items, "Repeatable")->required()->allow_extra_args(false);
  verb->add_option("--code", resolved->code, "How")
      ->required()
      ->check(CLI::IsMember({"agreed", "subject_removed", "duplicate_of"}));
  verb->add_option("--of", resolved->of, "With duplicate_of: the other objection");
  verb->add_option("--reason", resolved->reason, "Why, in words; on record")->required();
  on(writes(verb, context), context, resolved, resolve);
}

void add_instructions(CLI::App& group, Context& context) {
  auto given = std::make_shared<Instruct>();
  CLI::App* verb = add_verb(
      group, "instruct", "Say that something is to be included or excluded",
      "sallyport ledger instruct pk_2345abcdef --subject /symbolization/frames/t1 --stance include \\\n"
      "    --category stack_frame_necessity --text 'It shows the caller'");
  verb->add_option("PACKET", given->packet)->required();
  verb->add_option("--subject", given->subject, "A pointer into the packet")->required();
  verb->add_option("--stance", given->stance, "What is to be")
      ->required()
      ->check(CLI::IsMember({"include", "exclude"}));
  verb->add_option("--category", given->category, "Of the conflict, where somebody says the contrary")
      ->required();
  verb->add_option("--text", given->text, "Why, in words")->required();
  on(writes(verb, context), context, given, instruct);

  auto taken = std::make_shared<Leaf>();
  verb = add_verb(group, "withdraw-instruction", "Take your instruction back",
                  "sallyport ledger withdraw-instruction pk_2345abcdef 418");
  verb->add_option("PACKET", taken->packet)->required();
  verb->add_option("INSTRUCTION", taken->leaf, "Its leaf")->required();
  on(writes(verb, context), context, taken, withdraw_instruction);
}

void add_findings(CLI::App& group, Context& context) {
  const CLI::IsMember statuses({"suspected", "confirmed", "disputed"});
  auto found = std::make_shared<Finding>();
  CLI::App* verb =
      add_verb(group, "find", "Open a finding: what may identify somebody is left",
               "sallyport ledger find pk_2345abcdef --subject /fragments/f2 --exposure session_payload \\\n"
               "    --scan 402 --text 'Readable bytes at its end'");
  verb->add_option("PACKET", found->packet)->required();
  verb->add_option("--subject", found->subject, "A pointer into the packet")->required();
  verb->add_option("--exposure", found->exposure, "A class of exposure")->required();
  verb->add_option("--status", found->status, "What is believed of it")
      ->check(statuses)
      ->capture_default_str();
  verb->add_option("--scan", found->scan, "The leaf of the scan that has it");
  verb->add_option("--text", found->text, "What, in words")->required();
  on(writes(verb, context), context, found, find);

  auto judged = std::make_shared<Judge>();
  verb = of_item(
      group, "judge", "Say what you believe of a finding",
      "sallyport ledger judge pk_2345abcdef fi_2345abcdef --status disputed --reason 'It is a build id'",
      judged->packet, judged->item);
  verb->add_option("--status", judged->status, "What is believed of it")->required()->check(statuses);
  verb->add_option("--reason", judged->reason, "Why, in words; on record")->required();
  on(writes(verb, context), context, judged, judge);

  auto fixed = std::make_shared<Fix>();
  verb = of_item(group, "fix", "End a finding by a newer scan that is without it",
                 "sallyport ledger fix pk_2345abcdef fi_2345abcdef --scan 431", fixed->packet, fixed->item);
  verb->add_option("--scan", fixed->scan, "The leaf of the newer scan")->required();
  on(writes(verb, context), context, fixed, fix);
}

} // namespace

void add_ledger(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "ledger", "What people do not agree about, and what scans found",
                               "sallyport ledger show pk_2345abcdef");
  auto shown = std::make_shared<OneItem>();
  CLI::App* verb =
      add_verb(group, "show", "Every item that was ever raised", "sallyport ledger show pk_2345abcdef");
  verb->add_option("PACKET", shown->packet)->required();
  on(verb, context, shown, show_ledger);
  add_objections(group, context);
  add_instructions(group, context);
  add_findings(group, context);

  CLI::App& accepting =
      *add_group(app, "accept", "Items that cross unresolved, in words that people sign",
                 "sallyport accept sign pk_2345abcdef --item li_2345abcdef --key ~/.ssh/id_ed25519_sk");
  auto words = std::make_shared<Words>();
  verb = add_verb(accepting, "word", "Offer words in which items may be accepted",
                  "sallyport accept word pk_2345abcdef --item 'li_2345abcdef=The frame is needed'");
  verb->add_option("PACKET", words->packet)->required();
  verb->add_option("--item", words->items, "Repeatable")
      ->required()
      ->type_name("ITEM=WORDS")
      ->allow_extra_args(false);
  on(writes(verb, context), context, words, offer);

  auto signing = std::make_shared<SignAcceptance>();
  verb = add_verb(accepting, "sign", "Sign that items may cross as they are worded",
                  "sallyport accept sign pk_2345abcdef --item li_2345abcdef --key ~/.ssh/id_ed25519_sk");
  verb->add_option("PACKET", signing->packet)->required();
  verb->add_option("--item", signing->items, "Without words: those on offer; repeatable")
      ->required()
      ->type_name("ITEM[=WORDS]")
      ->allow_extra_args(false);
  verb->add_option("--role", signing->role, "In which role, where you hold several that accept");
  add_sign_options(*verb, signing->sign, false);
  on(writes(verb, context), context, signing, sign_acceptance);

  auto taken = std::make_shared<Leaf>();
  verb = add_verb(accepting, "withdraw", "Take back what you accepted",
                  "sallyport accept withdraw pk_2345abcdef 440");
  verb->add_option("PACKET", taken->packet)->required();
  verb->add_option("ACCEPTANCE", taken->leaf, "Its leaf")->required();
  verb->add_option("--item", taken->items, "Of these alone; repeatable")->allow_extra_args(false);
  on(writes(verb, context), context, taken, withdraw_acceptance);
}

} // namespace sallyport::cli
