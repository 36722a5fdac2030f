// principal, token, whoami: who may call. Keys and rosters, which owners sign: cmd_keys.cc.
#include "api_client.h"
#include "print.h"
#include "words.h"

#include <cstdint>
#include <optional>

namespace sallyport::cli {
namespace {

struct Add {
  std::string kind = "person";
  std::string name;
  std::string person;
  std::string operated_by;
  std::optional<std::uint32_t> uid;
  std::string model;
};

struct Account {
  std::string account;
};

struct Issue {
  std::string account;
  std::vector<std::string> scopes;
  std::string valid_for = "90d";
};

struct Revoke {
  std::string token;
};

Answer<void> whoami(const Context& context, const NoOptions&) {
  SP_TRY(const Reply reply, get(context, route({"whoami"})));
  show(context, reply,
       fields({{"account", text_at(reply.value, "account")},
               {"kind", text_at(reply.value, "kind")},
               {"name", text_at(reply.value, "name")},
               {"person", text_at(reply.value, "person")},
               {"scopes", text_at(reply.value, "scopes")}}));
  return {};
}

Answer<void> list_accounts(const Context& context, const NoOptions&) {
  SP_TRY(const Reply reply, get_all(context, route({"principals"}), "principals"));
  Table table({{"ACCOUNT"}, {"KIND"}, {"PERSON"}, {"OPERATED BY"}, {"STATE"}, {"NAME", true}});
  for (const canon::Value& row : array_at(reply.value, "principals")) {
    const bool disabled = text_at(row, "disabled") == "yes";
    table.row({text_at(row, "account"), text_at(row, "kind"), text_at(row, "person"),
               text_at(row, "operator"), disabled ? "disabled" : "active", text_at(row, "name")},
              disabled ? Tone::faint : Tone::plain);
  }
  show(context, reply, table.text(context));
  return {};
}

Answer<void> add(const Context& context, const Add& options) {
  canon::Object body{{"kind", options.kind}, {"name", options.name}};
  if (!options.person.empty()) {
    body.set("person", options.person);
  }
  if (!options.operated_by.empty()) {
    body.set("operator", options.operated_by);
  }
  if (options.uid) {
    body.set("uid", std::int64_t{*options.uid});
  }
  if (!options.model.empty()) {
    body.set("model", options.model);
  }
  SP_TRY(const Reply reply, post(context, route({"principals"}), std::move(body)));
  show(context, reply,
       fields({{"account", text_at(reply.value, "account")}, {"person", text_at(reply.value, "person")}}));
  return {};
}

Answer<void> disable(const Context& context, const Account& options) {
  SP_TRY(const Reply reply, post(context, route({"principals", options.account, "disable"})));
  show(context, reply, "", "Disabled; its tokens count no more.\n");
  return {};
}

Answer<void> issue(const Context& context, const Issue& options) {
  SP_TRY(const Duration valid_for, read_duration(options.valid_for, "--for"));
  canon::Array scopes;
  for (const std::string& scope : options.scopes) {
    scopes.emplace_back(scope);
  }
  SP_TRY(const Reply reply,
         ask(context, route({"principals", options.account, "tokens"}),
             canon::Object{{"scopes", std::move(scopes)}, {"valid_for_ms", valid_for.ms}}));
  show(context, reply,
       fields({{"id", text_at(reply.value, "token_id")}, {"token", text_at(reply.value, "token")}}),
       "It is shown only now. Keep it in a file of mode 0600 and use --token-file.\n");
  return {};
}

Answer<void> revoke_credential(const Context& context, const Revoke& options) {
  SP_TRY(const Reply reply, post(context, route({"tokens", options.token, "revoke"})));
  show(context, reply, "", "Revoked.\n");
  return {};
}

void add_token(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "token", "Credentials for the API",
                               "sallyport token issue ac_2345abcdef --scope read --for 30d");
  auto issued = std::make_shared<Issue>();
  CLI::App* verb = add_verb(group, "issue", "Issue a token; it is shown once",
                            "sallyport token issue ac_2345abcdef --scope read --scope intake --for 30d");
  verb->add_option("ACCOUNT", issued->account)->required();
  verb->add_option("--scope", issued->scopes, "What it may be used for; repeatable")
      ->required()
      ->check(CLI::IsMember({"read", "intake", "source", "prepare", "decide", "govern", "lane"}))
      ->allow_extra_args(false);
  verb->add_option("--for", issued->valid_for, "How long it counts")->capture_default_str();
  on(verb, context, issued, issue);

  auto revoked = std::make_shared<Revoke>();
  verb = add_verb(group, "revoke", "End a token at once", "sallyport token revoke tk_2345abcdef");
  verb->add_option("TOKEN", revoked->token, "Its id, never the token itself")->required();
  on(writes(verb, context), context, revoked, revoke_credential);
}

} // namespace

void add_trust(CLI::App& app, Context& context) {
  on(add_verb(app, "whoami", "Who you are to the server, and your scopes", "sallyport whoami"), context,
     std::make_shared<NoOptions>(), whoami);

  CLI::App& group = *add_group(app, "principal", "People, agents and services", "sallyport principal list");
  on(add_verb(group, "list", "All accounts", "sallyport principal list"), context,
     std::make_shared<NoOptions>(), list_accounts);

  auto added = std::make_shared<Add>();
  CLI::App* verb = add_verb(
      group, "add", "Make an account",
      "sallyport principal add --name 'R. Example'\n"
      "  sallyport principal add --kind agent --name comparer --operator pe_2345abcdef --model 'Model 4'");
  verb->add_option("--kind", added->kind, "Who acts by it")
      ->check(CLI::IsMember({"person", "agent", "service"}))
      ->capture_default_str();
  verb->add_option("--name", added->name, "As people read it")->required();
  verb->add_option("--person", added->person, "A further account of somebody who is known");
  verb->add_option("--operator", added->operated_by, "The person who answers for an agent or a service");
  verb->add_option("--model", added->model, "Which model an agent is; its edits are marked with it");
  verb->add_option("--uid", added->uid, "The system's user who acts for it on the local socket");
  on(writes(verb, context), context, added, add);

  auto disabled = std::make_shared<Account>();
  verb = add_verb(group, "disable", "End an account at once", "sallyport principal disable ac_2345abcdef");
  verb->add_option("ACCOUNT", disabled->account)->required();
  on(writes(verb, context), context, disabled, disable);

  add_token(app, context);
  add_keys(app, context);
}

} // namespace sallyport::cli
