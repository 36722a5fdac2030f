// key, roster: acts of the governance owners. What is shown is read from the bytes that are signed.
#include "api_client.h"
#include "base/bytes.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "engine/files.h"
#include "packet/disclosure.h"
#include "packet/roster.h"
#include "packet/statement.h"
#include "print.h"
#include "sign.h"
#include "statement.h"
#include "words.h"

#include <algorithm>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Enrol {
  std::string person;
  fs::path pub;
  std::string key_class = "software";
  std::string from;
  std::string valid_for = "365d";
  std::string rp_id;
  std::vector<std::string> origins;
  fs::path statement;
  SignOptions sign;
};

struct Fingerprint {
  std::string fingerprint;
};

struct Lane {
  std::string lane;
};

struct DraftRoster {
  fs::path file;
  fs::path out;
};

struct Activate {
  fs::path draft;
  SignOptions sign;
};

Answer<void> list_keys(const Context& context, const NoOptions&) {
  SP_TRY(const Reply reply, get_all(context, route({"keys"}), "keys"));
  Table table({{"PERSON"}, {"CLASS"}, {"STATE"}, {"UNTIL"}, {"FINGERPRINT"}});
  for (const canon::Value& key : array_at(reply.value, "keys")) {
    const bool revoked = text_at(key, "revoked") == "yes";
    table.row({text_at(key, "person"), text_at(key, "class"), revoked ? "revoked" : "enrolled",
               text_at(key, "until").substr(0, 10), text_at(key, "fingerprint")},
              revoked ? Tone::faint : Tone::plain);
  }
  show(context, reply, table.text(context), table.empty() ? "No key is enrolled.\n" : "");
  return {};
}

// The statement: made before and read from a file, or asked of the server now.
Answer<Statement> key_statement(const Context& context, const Enrol& options) {
  if (!options.statement.empty()) {
    SP_TRY(const std::string bytes, engine::read_small_file(options.statement));
    return statement_of(canon::Object{{"statement", bytes}});
  }
  if (options.person.empty() || options.pub.empty()) {
    return give_up(Exit::usage, "key enrol needs --person and --pub, or --statement");
  }
  SP_TRY(const std::string line, read_key_line(options.pub));
  SP_TRY(const Instant from, read_instant(options.from, "--from"));
  SP_TRY(const Duration valid_for, read_duration(options.valid_for, "--for"));
  canon::Object body{{"person", options.person},
                     {"key", line},
                     {"class", options.key_class},
                     {"valid_from", to_string(from)},
                     {"valid_until", to_string(from + valid_for)}};
  if (!options.rp_id.empty()) {
    body.set("rp_id", options.rp_id);
  }
  if (!options.origins.empty()) {
    canon::Array origins;
    for (const std::string& origin : options.origins) {
      origins.emplace_back(origin);
    }
    body.set("origins", std::move(origins));
  }
  SP_TRY(const Reply reply, ask(context, route({"keys", "statement"}), std::move(body)));
  SP_TRY(const Statement statement, statement_of(reply.value));
  const auto act = packet::read_key(statement.value);
  if (!act || act->key != line || act->person.str() != options.person) {
    return give_up(Exit::fault, "the server's statement names another key or person; nothing is signed");
  }
  return statement;
}

canon::Array as_array(const std::vector<std::string>& texts) {
  canon::Array array;
  for (const std::string& text : texts) {
    array.emplace_back(text);
  }
  return array;
}

Answer<void> enrol(const Context& context, const Enrol& options) {
  SP_TRY(const Statement statement, key_statement(context, options));
  SP_TRY(const packet::KeyStatement act, packet::read_key(statement.value));
  const std::string what = fields({{"you enrol", act.key},
                                   {"for person", act.person.str()},
                                   {"class", act.key_class},
                                   {"from", to_string(act.valid_from)},
                                   {"until", to_string(act.valid_until)},
                                   {"passkey of", act.rp_id.value_or("")},
                                   {"log", act.origin}});
  SP_TRY(const auto signatures,
         obtain_signatures(context, options.sign, packet::act::key, statement.bytes, printable(what, true)));
  if (!signatures) {
    return {};
  }
  SP_TRY(const Reply reply,
         post(context, route({"keys"}),
              canon::Object{{"statement", statement.bytes}, {"signatures", as_array(*signatures)}}));
  show(context, reply, fields({{"enrolled", text_at(reply.value, "fingerprint")}}));
  return {};
}

Answer<void> revoke_key(const Context& context, const Fingerprint& options) {
  SP_TRY(const Reply reply, post(context, route({"keys", options.fingerprint, "revoke"})));
  show(context, reply, "", "Revoked; signatures of this key count no more.\n");
  return {};
}

Answer<void> show_roster(const Context& context, const Lane& options) {
  SP_TRY(const Reply reply, get(context, route({"lanes", options.lane})));
  std::vector<std::pair<std::string, std::string>> rows{{"lane", text_at(reply.value, "lane")}};
  if (const canon::Value* charter = reply.value.find("charter")) {
    rows.emplace_back("charter", text_at(*charter, "id") + " version " + text_at(*charter, "version"));
  }
  Table grants({{"PERSON"}, {"ROLE"}, {"VALID"}, {"FROM"}, {"UNTIL"}});
  Table audience({{"AUDIENCE"}, {"PERSON"}, {"CLEARANCES", true}});
  if (const canon::Value* roster = reply.value.find("roster")) {
    rows.emplace_back("roster", "version " + text_at(*roster, "version"));
    rows.emplace_back("digest", text_at(*roster, "digest"));
    for (const canon::Value& grant : array_at(*roster, "grants")) {
      const std::string valid = text_at(grant, "valid");
      grants.row({text_at(grant, "person"), text_at(grant, "role"), valid, brief_time(text_at(grant, "from")),
                  brief_time(text_at(grant, "until"))},
                 valid == "yes" ? Tone::plain : Tone::faint);
    }
    const canon::Value* groups = roster->find("audience");
    if (groups != nullptr && groups->object() != nullptr) {
      for (const auto& [name, members] : *groups->object()) {
        for (const canon::Value& member : members.array() == nullptr ? canon::Array{} : *members.array()) {
          audience.row({printable(name), text_at(member, "person"), text_at(member, "clearances")});
        }
      }
    }
  }
  show(context, reply,
       fields(rows) + section(context, "Grants", grants) + section(context, "Readers", audience));
  return {};
}

Answer<void> draft_roster(const Context& context, const DraftRoster& options) {
  SP_TRY(std::string input, engine::read_small_file(options.file));
  SP_TRY(const Reply reply, ask_text(context, route({"rosters", "statement"}), std::move(input)));
  SP_TRY(const Statement statement, statement_of(reply.value));
  SP_CHECK(write_file(options.out, reply.text));
  const std::string beside = options.out.string() + ".statement";
  SP_CHECK(write_file(beside, statement.bytes));
  show(context, reply,
       fields({{"draft", shell_quoted(options.out.string())}, {"statement", shell_quoted(beside)}}),
       "Every owner signs exactly " + shell_quoted(beside) +
           ":\n\n  ssh-keygen -Y sign -n key@sallyport -f KEY " + shell_quoted(beside) +
           "\n\nThen: sallyport roster activate " + shell_quoted(options.out.string()) +
           " --sig A.sig --sig B.sig\n");
  return {};
}

// The members that the openings show are those whose salted digests stand in the roster.
bool opens(const packet::Roster& roster, const canon::Value& openings, Table& table) {
  const canon::Value* audience = openings.find("audience");
  if (audience == nullptr || audience->object() == nullptr ||
      audience->object()->size() != roster.audience.size()) {
    return false;
  }
  for (const auto& [name, opening] : *audience->object()) {
    const auto digest = roster.audience.find(name);
    const auto salt_bytes = from_base64url(text_at(opening, "salt"));
    packet::Salt salt;
    if (digest == roster.audience.end() || !salt_bytes || salt_bytes->size() != salt.size()) {
      return false;
    }
    std::ranges::copy(*salt_bytes, salt.begin());
    std::vector<packet::AudienceMember> members;
    for (const canon::Value& row : array_at(opening, "members")) {
      const auto person = PersonId::parse(text_at(row, "person"));
      if (!person) {
        return false;
      }
      packet::AudienceMember member{*person, {}};
      for (const canon::Value& clearance : array_at(row, "clearances")) {
        member.clearances.push_back(inline_text(clearance));
      }
      table.row({printable(name), person->str(), text_at(row, "clearances")});
      members.push_back(std::move(member));
    }
    if (packet::audience_digest(salt, members) != digest->second) {
      return false;
    }
  }
  return true;
}

Answer<void> activate_roster(const Context& context, const Activate& options) {
  SP_TRY(const canon::Value draft, read_json(options.draft));
  SP_TRY(const Statement statement, statement_of(draft));
  SP_TRY(const packet::RosterStatement act, packet::read_roster_statement(statement.value));
  const canon::Value* roster_value = draft.find("roster");
  const canon::Value* openings = draft.find("openings");
  if (roster_value == nullptr || openings == nullptr) {
    return give_up(Exit::usage, options.draft.string() + ": not what 'sallyport roster draft' wrote");
  }
  const std::string bytes = canon::write(*roster_value);
  SP_TRY(const packet::Roster roster, packet::read_roster(bytes));
  Table readers({{"AUDIENCE"}, {"PERSON"}, {"CLEARANCES", true}});
  if (crypto::sha256(as_bytes(bytes)) != act.roster || !opens(roster, *openings, readers)) {
    return give_up(Exit::fault,
                   options.draft.string() + ": roster, readers and statement do not belong together");
  }
  Table grants({{"PERSON"}, {"ROLE", true}, {"FROM"}, {"UNTIL"}});
  for (const packet::Grant& grant : roster.grants) {
    grants.row({grant.person.str(), grant.role, brief_time(to_string(grant.from)),
                brief_time(to_string(grant.until))});
  }
  Context plain = context;
  plain.colour = Colour::never; // this goes to standard error
  const std::string what =
      fields({{"you put in force", "roster of " + act.lane + ", version " + std::to_string(act.version)},
              {"digest", act.roster.hex()},
              {"replaces", act.replaces ? act.replaces->hex() : "nothing"},
              {"log", act.origin}}) +
      section(plain, "Grants", grants) + section(plain, "Readers", readers) + "\n";
  SP_TRY(const auto signatures,
         obtain_signatures(context, options.sign, packet::act::key, statement.bytes, printable(what, true)));
  if (!signatures) {
    return {};
  }
  SP_TRY(const Reply reply, post(context, route({"rosters"}),
                                 canon::Object{{"roster", *roster_value},
                                               {"openings", *openings},
                                               {"statement", statement.bytes},
                                               {"signatures", as_array(*signatures)}}));
  show(context, reply,
       fields({{"version", text_at(reply.value, "version")}, {"digest", text_at(reply.value, "digest")}}));
  return {};
}

void add_key_group(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "key", "Keys that people sign with", "sallyport key list");
  on(add_verb(group, "list", "All keys", "sallyport key list"), context, std::make_shared<NoOptions>(),
     list_keys);

  auto enrolled = std::make_shared<Enrol>();
  CLI::App* verb =
      add_verb(group, "enrol", "Enrol a key: a first one is signed by the owners, later ones by the person",
               "sallyport key enrol --person pe_2345abcdef --pub id.pub --class sk --key owner --key owner2\n"
               "  where the owners sign elsewhere:\n"
               "  sallyport key enrol --person pe_2345abcdef --pub id.pub --print > key.json\n"
               "  ssh-keygen -Y sign -n key@sallyport -f KEY key.json\n"
               "  sallyport key enrol --statement key.json --sig a.sig --sig b.sig");
  verb->add_option("--person", enrolled->person, "Whose key it is");
  verb->add_option("--pub", enrolled->pub, "The .pub file of the key to be enrolled")
      ->check(CLI::ExistingFile);
  verb->add_option("--class", enrolled->key_class, "What holds it: a file or a security key")
      ->check(CLI::IsMember({"software", "sk", "sk-uv", "webauthn-uv"}))
      ->capture_default_str();
  verb->add_option("--from", enrolled->from, "An instant (else now)");
  verb->add_option("--for", enrolled->valid_for, "How long it counts")->capture_default_str();
  verb->add_option("--rp-id", enrolled->rp_id, "Passkeys: the page's domain");
  verb->add_option("--origin", enrolled->origins, "Passkeys: the page's origin; repeatable")
      ->allow_extra_args(false);
  verb->add_option("--statement", enrolled->statement, "What --print wrote, instead of all of these")
      ->check(CLI::ExistingFile);
  add_sign_options(*verb, enrolled->sign, true);
  on(writes(verb, context), context, enrolled, enrol);

  auto revoked = std::make_shared<Fingerprint>();
  verb = add_verb(group, "revoke", "End a key at once", "sallyport key revoke 5d09...");
  verb->add_option("FINGERPRINT", revoked->fingerprint)->required();
  on(writes(verb, context), context, revoked, revoke_key);
}

} // namespace

void add_keys(CLI::App& app, Context& context) {
  add_key_group(app, context);
  CLI::App& group = *add_group(app, "roster", "Who holds which role in a lane, and who reads it",
                               "sallyport roster show Q-PSR");
  auto shown = std::make_shared<Lane>();
  CLI::App* verb = add_verb(group, "show", "The active roster", "sallyport roster show Q-PSR");
  verb->add_option("LANE", shown->lane)->required();
  on(verb, context, shown, show_roster);

  auto drafted = std::make_shared<DraftRoster>();
  verb =
      add_verb(group, "draft", "Salt the next roster and write what its owners sign",
               "sallyport roster draft grants.json --out roster.draft\n"
               "  grants.json: {\"lane\": ..., \"grants\": [{\"person\", \"role\", \"from\", \"until\"}],\n"
               "                \"audience\": {\"reviewers\": [{\"person\", \"clearances\": []}]}}");
  verb->add_option("FILE", drafted->file)->required()->check(CLI::ExistingFile);
  verb->add_option("--out", drafted->out, "A new file; the statement stands beside it")
      ->required()
      ->type_name("FILE");
  on(verb, context, drafted, draft_roster);

  auto activated = std::make_shared<Activate>();
  verb = add_verb(group, "activate", "Put a drafted roster in force, signed by the owners",
                  "sallyport roster activate roster.draft --sig a.sig --sig b.sig");
  verb->add_option("DRAFT", activated->draft)->required()->check(CLI::ExistingFile);
  add_sign_options(*verb, activated->sign, true);
  on(writes(verb, context), context, activated, activate_roster);
}

} // namespace sallyport::cli
