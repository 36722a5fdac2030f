// lane: what its readers do with an entry. Reading one, or taking its bundle, is on record.
#include "api_client.h"
#include "base/bytes.h"
#include "print.h"
#include "words.h"

#include <system_error>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Entries {
  std::string lane;
};

struct OneLane {
  std::string entry;
};

struct Say {
  std::string lane;
  std::string state;
  std::string reason;
};

struct Verdict {
  std::string entry;
  std::string code;
  std::vector<std::string> found;
  std::vector<std::string> wanted; // POINTER=STANCE
  std::string reason;
};

struct Correction {
  std::string entry;
  std::string code;
  std::string note;
};

struct Notice {
  std::string entry;
  std::string note;
  std::string successor;
};

struct Bundle {
  std::string entry;
  std::string kind = "lane";
  fs::path out;
};

Answer<void> list_lanes(const Context& context, const NoOptions&) {
  SP_TRY(const Reply reply, get_all(context, route({"lanes"}), "lanes"));
  Table table({{"LANE"}, {"CHARTER"}, {"ROSTER"}, {"ITS DIGEST"}});
  for (const canon::Value& lane : array_at(reply.value, "lanes")) {
    table.row({text_at(lane, "lane"), brief(text_at(lane, "charter")), text_at(lane, "roster_version"),
               brief(text_at(lane, "roster"))});
  }
  show(context, reply, table.text(context), table.empty() ? "No lane has an active charter.\n" : "");
  return {};
}

Answer<void> entries(const Context& context, const Entries& options) {
  SP_TRY(const Reply reply, get_all(context, route({"lanes", options.lane, "entries"}), "entries"));
  Table table({{"ENTRY"}, {"PACKET"}, {"RELEASED"}, {"ACKNOWLEDGED"}, {"VERDICT", true}});
  for (const canon::Value& entry : array_at(reply.value, "entries")) {
    table.row({text_at(entry, "entry"), text_at(entry, "packet"), brief_time(text_at(entry, "released_at")),
               text_at(entry, "acknowledged"), text_at(entry, "verdict")});
  }
  show(context, reply, table.text(context), table.empty() ? "There is no entry that you may read.\n" : "");
  return {};
}

Answer<void> show_entry(const Context& context, const OneLane& options) {
  SP_TRY(const Reply reply, get(context, route({"entries", options.entry})));
  const canon::Value* core = reply.value.find("entry");
  std::string text;
  if (core != nullptr && core->object() != nullptr) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& [name, value] : *core->object()) {
      rows.emplace_back(printable(name), inline_text(value));
    }
    text += fields(rows);
  }
  Table opened({{"NAME"}, {"VALUE", true}});
  if (const canon::Value* values = reply.value.find("opened");
      values != nullptr && values->object() != nullptr) {
    for (const auto& [name, value] : *values->object()) {
      opened.row({printable(name), inline_text(value)});
    }
  }
  Table remarks({{"SINCE THEN"}, {"BY"}, {"AT"}, {"NOTE", true}});
  for (const canon::Value& remark : array_at(reply.value, "remarks")) {
    const std::string code = text_at(remark, "code");
    const std::string successor = text_at(remark, "successor");
    remarks.row({code.empty() ? text_at(remark, "what") : "correction: " + code, text_at(remark, "person"),
                 brief_time(text_at(remark, "at")),
                 (successor.empty() ? "" : successor + ": ") + text_at(remark, "note")},
                Tone::bad);
  }
  for (const canon::Value& split : array_at(reply.value, "splits")) {
    remarks.row({"split from " + text_at(split, "packet"), text_at(split, "person"), "",
                 text_at(split, "rationale")});
  }
  text += section(context, "What crossed", opened) +
          (remarks.empty() ? "" : section(context, "Beside it", remarks)) + "\n" +
          fields({{"audience", text_at(reply.value, "audience")},
                  {"acknowledged", text_at(reply.value, "acknowledged")},
                  {"verdict", text_at(reply.value, "verdict")},
                  {"receipt", reply.value.find("receipt") != nullptr ? "signed; in the bundle" : "not yet"}});
  show(context, reply, text);
  return {};
}

Answer<void> say(const Context& context, const Say& options) {
  SP_TRY(const Reply reply, post(context, route({"lanes", options.lane, "state"}),
                                 canon::Object{{"state", options.state}, {"reason", options.reason}}));
  show(context, reply, "", "On record.\n");
  return {};
}

Answer<void> acknowledge(const Context& context, const OneLane& options) {
  SP_TRY(const Reply reply, post(context, route({"entries", options.entry, "ack"})));
  show(context, reply, "", "Acknowledged.\n");
  return {};
}

Answer<void> verdict(const Context& context, const Verdict& options) {
  canon::Array found;
  for (const std::string& kind : options.found) {
    found.emplace_back(kind);
  }
  canon::Object body{{"code", options.code}, {"found", std::move(found)}};
  canon::Object wanted;
  for (const std::string& text : options.wanted) {
    const auto at = text.find('=');
    if (at == 0 || at == std::string::npos) {
      return give_up(Exit::usage, "--wanted: write it like /fragments/f2=exclude");
    }
    wanted.set(text.substr(0, at), text.substr(at + 1));
  }
  if (!wanted.empty()) {
    body.set("wanted", std::move(wanted));
  }
  if (!options.reason.empty()) {
    body.set("reason", options.reason);
  }
  SP_TRY(const Reply reply, post(context, route({"entries", options.entry, "verdict"}), std::move(body)));
  show(context, reply, fields({{"goes on in", text_at(reply.value, "successor")}}),
       "The verdict is on record.\n");
  return {};
}

Answer<void> correct(const Context& context, const Correction& options) {
  SP_TRY(const Reply reply, post(context, route({"entries", options.entry, "corrections"}),
                                 canon::Object{{"code", options.code}, {"note", options.note}}));
  show(context, reply, "", "On record beside the entry, which stays as it is.\n");
  return {};
}

Answer<void> notify(const Context& context, const Notice& options) {
  canon::Object body{{"note", options.note}};
  if (!options.successor.empty()) {
    body.set("successor", options.successor);
  }
  SP_TRY(const Reply reply, post(context, route({"entries", options.entry, "notices"}), std::move(body)));
  show(context, reply, "", "On record beside the entry, which stays as it is.\n");
  return {};
}

// A name in a bundle stays below the folder it is written to.
bool stays_inside(const fs::path& name) {
  bool plain = !name.empty() && name.is_relative() && name.has_filename();
  for (const fs::path& part : name) {
    plain = plain && part != ".." && part != ".";
  }
  return plain;
}

Answer<void> bundle(const Context& context, const Bundle& options) {
  SP_TRY(const Reply reply,
         get(context, route({"entries", options.entry, "bundle"}) + "?kind=" + options.kind));
  if (context.json && options.out.empty()) {
    show(context, reply, "");
    return {};
  }
  const canon::Value* files = reply.value.find("files");
  if (files == nullptr || files->object() == nullptr) {
    return give_up(Exit::fault, "the server's answer holds no files");
  }
  const fs::path folder = options.out.empty() ? fs::path(options.entry + "-" + options.kind) : options.out;
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_empty(folder, error)) {
    return give_up(Exit::conflict, folder.string() + " is not empty; give a new folder with --out");
  }
  for (const auto& [name, encoded] : *files->object()) {
    if (!stays_inside(name) || encoded.string() == nullptr) {
      return give_up(Exit::fault, "the bundle names a file outside its folder; nothing more is written");
    }
    SP_TRY(const Bytes bytes, from_base64(*encoded.string()));
    fs::create_directories((folder / name).parent_path(), error);
    SP_CHECK(write_file(folder / name, as_text(bytes)));
  }
  show(context, reply, fields({{"folder", printable(folder.string())}}),
       std::to_string(files->object()->size()) + " files in " + printable(folder.string()) +
           ". Verify them with: sallyport-verify --trust trust.json " + shell_quoted(folder.string()) + "\n");
  return {};
}

} // namespace

void add_lane(CLI::App& app, Context& context) {
  CLI::App& group =
      *add_group(app, "lane", "Entries of a restricted lane: read, acknowledge, judge, correct, take",
                 "sallyport lane entries Q-PSR");
  on(add_verb(group, "list", "Lanes and their charters", "sallyport lane list"), context,
     std::make_shared<NoOptions>(), list_lanes);

  auto listed = std::make_shared<Entries>();
  CLI::App* verb =
      add_verb(group, "entries", "The entries that you may read", "sallyport lane entries Q-PSR");
  verb->add_option("LANE", listed->lane)->required();
  on(verb, context, listed, entries);

  auto shown = std::make_shared<OneLane>();
  verb = add_verb(group, "show", "An entry with what crossed, opened; on record",
                  "sallyport lane show en_2345abcdef");
  verb->add_option("ENTRY", shown->entry)->required();
  on(verb, context, shown, show_entry);

  auto said = std::make_shared<Say>();
  verb = add_verb(group, "state", "Say whether the lane takes anything, as its steward",
                  "sallyport lane state Q-PSR closed --reason 'The queue is migrated'");
  verb->add_option("LANE", said->lane)->required();
  verb->add_option("STATE", said->state)->required()->check(CLI::IsMember({"open", "closed", "unreachable"}));
  verb->add_option("--reason", said->reason, "Why, in words; on record")->required();
  on(writes(verb, context), context, said, say);

  auto acked = std::make_shared<OneLane>();
  verb = add_verb(group, "ack", "Acknowledge an entry", "sallyport lane ack en_2345abcdef");
  verb->add_option("ENTRY", acked->entry)->required();
  on(writes(verb, context), context, acked, acknowledge);

  auto judged = std::make_shared<Verdict>();
  verb = add_verb(group, "verdict", "Give the lane's verdict",
                  "sallyport lane verdict en_2345abcdef --code accepted");
  verb->add_option("ENTRY", judged->entry)->required();
  verb->add_option("--code", judged->code, "One of the charter's verdicts")->required();
  verb->add_option("--found", judged->found, "A kind of error that was found; repeatable")
      ->allow_extra_args(false);
  verb->add_option("--wanted", judged->wanted, "What the case is to go on with, or without; repeatable")
      ->type_name("POINTER=include|exclude")
      ->allow_extra_args(false);
  verb->add_option("--reason", judged->reason, "Why, in words; on record");
  on(writes(verb, context), context, judged, verdict);

  auto corrected = std::make_shared<Correction>();
  verb = add_verb(group, "correct", "Record what turned out wrong with an entry; it stays",
                  "sallyport lane correct en_2345abcdef --code wrong_version --note 'Revision 3 was meant'");
  verb->add_option("ENTRY", corrected->entry)->required();
  verb->add_option("--code", corrected->code, "What was wrong")
      ->required()
      ->check(CLI::IsMember({"wrong_version", "wrong_audience", "over_broad_scope", "other"}));
  verb->add_option("--note", corrected->note, "How, in words")->required();
  on(writes(verb, context), context, corrected, correct);

  auto noted = std::make_shared<Notice>();
  verb = add_verb(group, "notify", "Tell the lane that there is something newer than an entry",
                  "sallyport lane notify en_2345abcdef --note 'Triage saw more' --successor pk_6789abcdef");
  verb->add_option("ENTRY", noted->entry)->required();
  verb->add_option("--note", noted->note, "What, in words")->required();
  verb->add_option("--successor", noted->successor, "The packet that is newer, where there is one");
  on(writes(verb, context), context, noted, notify);

  auto taken = std::make_shared<Bundle>();
  verb = add_verb(group, "bundle", "Write the entry's lane or proof bundle; on record",
                  "sallyport lane bundle en_2345abcdef --kind proof --out proof");
  verb->add_option("ENTRY", taken->entry)->required();
  verb->add_option("--kind", taken->kind, "For its readers, or for auditors")
      ->check(CLI::IsMember({"lane", "proof"}))
      ->capture_default_str();
  verb->add_option("--out", taken->out, "A folder that is new or empty (else ENTRY-KIND)")->type_name("DIR");
  on(verb, context, taken, bundle);
}

} // namespace sallyport::cli
