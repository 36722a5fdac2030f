// workspace: packets that people and agents write together. An edit is a list of ops in a file; what a scan
// or a source says is never written by hand.
#include "api_client.h"
#include "canon/json.h"
#include "http/percent.h"
#include "print.h"
#include "words.h"

#include <algorithm>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Open {
  std::string lane;
  std::string title;
  std::string owner;
  std::vector<std::string> sections; // NAME=PERSON
  std::vector<std::string> keys;     // NAME=VALUE
};

struct OnePacket {
  std::string packet;
};

struct InSection {
  std::string packet;
  std::string section;
};

struct Assign {
  std::string packet;
  std::string section;
  std::string owner;
};

struct Propose {
  std::string packet;
  std::string section;
  fs::path ops;
  std::int64_t base = -1;
  std::vector<std::string> answers;
};

struct Accept {
  std::string packet;
  std::string edit;
  std::vector<std::string> beside;
};

struct Reject {
  std::string packet;
  std::string edit;
  std::string code;
  std::string reason;
};

struct Symbols {
  std::string packet;
  std::string request;
  std::string level;
  std::string reason;
};

struct Flag {
  std::string packet;
  std::string subject;
  std::string category;
  std::string text;
};

struct DismissItem {
  std::string packet;
  std::string leaf;
  std::string code;
  std::string reason;
};

canon::Array list_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

// "dumps=pe_2345abcdef"
Answer<std::pair<std::string, std::string>> pair_of(const std::string& text, const char* option,
                                                    const char* example) {
  const auto at = text.find('=');
  if (at == 0 || at == std::string::npos || at + 1 == text.size()) {
    return give_up(Exit::usage, std::string(option) + ": write it like " + example);
  }
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

Answer<void> open(const Context& context, const Open& options) {
  canon::Object body{{"lane", options.lane}, {"title", options.title}};
  canon::Object sections;
  for (const std::string& text : options.sections) {
    SP_TRY(const auto section, pair_of(text, "--section", "dumps=pe_2345abcdef"));
    sections.set(section.first, section.second);
  }
  body.set("sections", std::move(sections));
  if (!options.owner.empty()) {
    body.set("owner", options.owner);
  }
  std::map<std::string, canon::Array> keys;
  for (const std::string& text : options.keys) {
    SP_TRY(const auto key, pair_of(text, "--case", "crash_group=G-17"));
    keys[key.first].emplace_back(key.second);
  }
  canon::Object named;
  for (auto& [name, values] : keys) {
    named.set(name, std::move(values));
  }
  body.set("case", std::move(named));
  SP_TRY(const Reply reply, post(context, route({"workspaces"}), std::move(body)));
  show(context, reply, fields({{"packet", text_at(reply.value, "packet")}}),
       "Edits of its sections can be proposed.\n");
  return {};
}

Table edits_table(const canon::Value& reply, std::string_view member) {
  Table table({{"EDIT"}, {"SECTION"}, {"STATE"}, {"BASE"}, {"BY"}, {"TOUCHES", true}, {"BESIDE", true}});
  for (const canon::Value& edit : array_at(reply, member)) {
    const std::string code = text_at(edit, "code");
    table.row({text_at(edit, "edit"), text_at(edit, "section"),
               text_at(edit, "status") + (code.empty() ? "" : ": " + code), text_at(edit, "base"),
               text_at(edit, text_at(edit, "machine") == "yes" ? "actor" : "by"), text_at(edit, "touches"),
               text_at(edit, "beside")},
              text_at(edit, "overtaken_by").empty() ? Tone::waiting : Tone::bad);
  }
  return table;
}

Answer<void> show_workspace(const Context& context, const OnePacket& options) {
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet, "workspace"})));
  const canon::Value& work = reply.value;
  std::vector<std::pair<std::string, std::string>> rows{
      {"packet", text_at(work, "packet")}, {"title", text_at(work, "title")},
      {"lane", text_at(work, "lane")},     {"state", text_at(work, "status")},
      {"owner", text_at(work, "owner")},   {"working revision", text_at(work, "working")},
      {"last leaf", text_at(work, "leaf")}};
  if (const canon::Value* head = work.find("head")) {
    rows.emplace_back("sealed", "revision " + text_at(*head, "revision") + ", " + text_at(*head, "digest"));
  }
  Table sections({{"SECTION"}, {"OWNER"}, {"VERSION"}, {"PENDING"}});
  if (const canon::Value* all = work.find("sections"); all != nullptr && all->object() != nullptr) {
    for (const auto& [name, section] : *all->object()) {
      sections.row({printable(name), text_at(section, "owner"), text_at(section, "version"),
                    text_at(section, "pending")});
    }
  }
  Table categories({{"CATEGORY"}, {"OPEN"}, {"ACCEPTED"}, {"ENDED"}});
  if (const canon::Value* all = work.find("categories"); all != nullptr && all->object() != nullptr) {
    for (const auto& [name, count] : *all->object()) {
      const std::string open = text_at(count, "open");
      categories.row({printable(name), open, text_at(count, "accepted"), text_at(count, "ended")},
                     open == "0" ? Tone::plain : Tone::bad);
    }
  }
  Table flags({{"FLAG"}, {"STATE"}, {"CATEGORY"}, {"SUBJECT", true}, {"BY"}});
  for (const canon::Value& flag : array_at(work, "flags")) {
    flags.row({text_at(flag, "leaf"), text_at(flag, "status"), text_at(flag, "category"),
               text_at(flag, "subject"), text_at(flag, "actor")});
  }
  Table content({{"ITEM"}, {"CONTENT", true}});
  if (const canon::Value* all = work.find("content"); all != nullptr && all->object() != nullptr) {
    for (const auto& [collection, items] : *all->object()) {
      for (const auto& [id, item] : items.object() == nullptr ? canon::Object{} : *items.object()) {
        content.row({printable("/" + collection + "/" + id), inline_text(item)});
      }
    }
  }
  show(context, reply,
       fields(rows) + section(context, "Sections", sections) +
           section(context, "Edits that wait", edits_table(work, "pending")) +
           section(context, "Disputed", categories) + section(context, "Flagged by agents", flags) +
           section(context, "Content", content));
  return {};
}

Answer<void> show_section(const Context& context, const InSection& options) {
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet, "sections", options.section})));
  show(context, reply,
       fields({{"section", text_at(reply.value, "section")},
               {"owner", text_at(reply.value, "owner")},
               {"version", text_at(reply.value, "version")}}) +
           section(context, "Edits that wait", edits_table(reply.value, "pending")) +
           section(context, "Before", edits_table(reply.value, "history")));
  return {};
}

Answer<void> assign(const Context& context, const Assign& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "sections", options.section, "assign"}),
              canon::Object{{"owner", options.owner}}));
  show(context, reply, "", "The section has a new owner.\n");
  return {};
}

// The section's version, where the command line names none: what is written now is written on it.
Answer<std::int64_t> base_of(const Context& context, const Propose& options) {
  if (options.base >= 0) {
    return options.base;
  }
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet, "sections", options.section})));
  const canon::Value* version = reply.value.find("version");
  if (version == nullptr || version->integer() == nullptr) {
    return give_up(Exit::fault, "the server's answer names no version of the section");
  }
  return *version->integer();
}

Answer<void> propose(const Context& context, const Propose& options) {
  SP_TRY(canon::Value ops, read_json(options.ops));
  SP_TRY(const std::int64_t base, base_of(context, options));
  canon::Object body{{"section", options.section}, {"base", base}, {"ops", std::move(ops)}};
  if (!options.answers.empty()) {
    body.set("answers", list_of(options.answers));
  }
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "edits"}), std::move(body)));
  const std::string beside = text_at(reply.value, "beside");
  show(context, reply,
       fields({{"edit", text_at(reply.value, "edit")},
               {"touches", text_at(reply.value, "touches")},
               {"beside", beside}}),
       beside.empty() ? "The section's owner takes or rejects it.\n"
                      : "Others wait that touch the same; the section's owner takes one.\n");
  return {};
}

Answer<void> accept_edit(const Context& context, const Accept& options) {
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "edits", options.edit, "accept"}),
                                 canon::Object{{"beside", list_of(options.beside)}}));
  show(context, reply,
       fields({{"section", text_at(reply.value, "section")},
               {"version", text_at(reply.value, "version")},
               {"findings", text_at(reply.value, "findings")}}));
  return {};
}

Answer<void> reject(const Context& context, const Reject& options) {
  canon::Object body{{"code", options.code}};
  if (!options.reason.empty()) {
    body.set("reason", options.reason);
  }
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "edits", options.edit, "reject"}), std::move(body)));
  show(context, reply, "", "Rejected, on record.\n");
  return {};
}

Answer<void> seal(const Context& context, const OnePacket& options) {
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "seal"})));
  const std::string revision = text_at(reply.value, "revision");
  const std::string findings = text_at(reply.value, "findings");
  show(
      context, reply, fields({{"revision", revision}, {"digest", text_at(reply.value, "digest")}}),
      (findings == "0" ? ""
                       : "Of what its words show, the scan named " + findings +
                             "; what is to become of it: sallyport packet explain " + options.packet + "\n") +
          (revision == "1" ? ""
                           : "What was signed or accepted for the revision before does not count for it.\n"));
  return {};
}

Answer<void> request_symbols(const Context& context, const Symbols& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "symbolization"}),
              canon::Object{
                  {"request", options.request}, {"level", options.level}, {"reason", options.reason}}));
  show(context, reply, fields({{"within the bound", text_at(reply.value, "within_bound")}}));
  return {};
}

Answer<void> flag(const Context& context, const Flag& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "flags"}),
              canon::Object{
                  {"subject", options.subject}, {"category", options.category}, {"text", options.text}}));
  show(context, reply, fields({{"flag", text_at(reply.value, "leaf")}}), "People look at it.\n");
  return {};
}

Answer<void> dismiss_item(const Context& context, const DismissItem& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "flags", options.leaf, "dismiss"}),
              canon::Object{{"code", options.code}, {"reason", options.reason}}));
  show(context, reply, "", "Dismissed, on record.\n");
  return {};
}

// ---- private drafts

Answer<void> save_draft(const Context& context, const Propose& options) {
  SP_TRY(canon::Value ops, read_json(options.ops));
  SP_TRY(const std::int64_t base, base_of(context, options));
  SP_TRY(const Reply reply,
         put(context, route({"packets", options.packet, "sections", options.section, "draft"}),
             canon::write(canon::Object{{"base", base}, {"ops", std::move(ops)}})));
  show(context, reply, "", "Saved, for your eyes alone.\n");
  return {};
}

Answer<void> show_draft(const Context& context, const InSection& options) {
  SP_TRY(const Reply reply,
         get(context, route({"packets", options.packet, "sections", options.section, "draft"})));
  show(context, reply,
       fields({{"base", text_at(reply.value, "base")},
               {"saved", brief_time(text_at(reply.value, "at"))},
               {"ops", text_at(reply.value, "ops")}}));
  return {};
}

Answer<void> discard_draft(const Context& context, const InSection& options) {
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "sections", options.section, "draft", "discard"})));
  show(context, reply, "", "Gone.\n");
  return {};
}

// ---- the tree

CLI::App* one(CLI::App& group, const char* name, const char* what, const char* example, OnePacket& options) {
  CLI::App* verb = add_verb(group, name, what, example);
  verb->add_option("PACKET", options.packet)->required();
  return verb;
}

CLI::App* in_section(CLI::App& group, const char* name, const char* what, const char* example,
                     InSection& options) {
  CLI::App* verb = add_verb(group, name, what, example);
  verb->add_option("PACKET", options.packet)->required();
  verb->add_option("SECTION", options.section)->required();
  return verb;
}

CLI::App* with_ops(CLI::App& group, const char* name, const char* what, const char* example,
                   Propose& options) {
  CLI::App* verb = add_verb(group, name, what, example);
  verb->add_option("PACKET", options.packet)->required();
  verb->add_option("OPS", options.ops, "A file with the list of ops")->required()->check(CLI::ExistingFile);
  verb->add_option("--section", options.section, "The one section that it edits")->required();
  verb->add_option("--base", options.base,
                   "The section's version that it was made on, where not the present one");
  return verb;
}

void add_drafts(CLI::App& workspace, Context& context) {
  CLI::App& group = *add_group(workspace, "draft", "Your own draft of a section, which nobody else can read",
                               "sallyport workspace draft show pk_2345abcdef dumps");
  auto saved = std::make_shared<Propose>();
  CLI::App* verb = with_ops(group, "save", "Keep what you have so far",
                            "sallyport workspace draft save pk_2345abcdef ops.json --section dumps", *saved);
  on(writes(verb, context), context, saved, save_draft);
  auto shown = std::make_shared<InSection>();
  verb = in_section(group, "show", "What you have so far",
                    "sallyport workspace draft show pk_2345abcdef dumps", *shown);
  on(verb, context, shown, show_draft);
  auto gone = std::make_shared<InSection>();
  verb = in_section(group, "discard", "Throw it away",
                    "sallyport workspace draft discard pk_2345abcdef dumps", *gone);
  on(writes(verb, context), context, gone, discard_draft);
}

void add_flags(CLI::App& group, Context& context) {
  auto raised = std::make_shared<Flag>();
  CLI::App* verb =
      add_verb(group, "flag", "As an agent, have people look at something",
               "sallyport workspace flag pk_2345abcdef --subject /fragments/f2 --category memory_region \\\n"
               "    --text 'The region is larger than the frame needs'");
  verb->add_option("PACKET", raised->packet)->required();
  verb->add_option("--subject", raised->subject, "A pointer into the packet")->required();
  verb->add_option("--category", raised->category, "One of the charter's ledger")->required();
  verb->add_option("--text", raised->text, "What, in words")->required();
  on(writes(verb, context), context, raised, flag);

  auto dismissed = std::make_shared<DismissItem>();
  verb = add_verb(
      group, "dismiss-flag", "Say that there is nothing in what an agent flagged",
      "sallyport workspace dismiss-flag pk_2345abcdef 412 --code known --reason 'Looked at in revision 1'");
  verb->add_option("PACKET", dismissed->packet)->required();
  verb->add_option("FLAG", dismissed->leaf, "The leaf of the flag")->required();
  verb->add_option("--code", dismissed->code, "Why, as a short lower-case name")->required();
  verb->add_option("--reason", dismissed->reason, "Why, in words; on record")->required();
  on(writes(verb, context), context, dismissed, dismiss_item);
}

void add_edits(CLI::App& group, Context& context) {
  auto proposed = std::make_shared<Propose>();
  CLI::App* verb = with_ops(group, "propose", "Propose an edit of one section",
                            "sallyport workspace propose pk_2345abcdef ops.json --section dumps", *proposed);
  verb->add_option("--answers", proposed->answers,
                   "A conflicting edit that this one is to replace; repeatable")
      ->allow_extra_args(false);
  on(writes(verb, context), context, proposed, propose);

  auto accepted = std::make_shared<Accept>();
  verb = add_verb(group, "accept", "Take an edit, as its section's owner",
                  "sallyport workspace accept pk_2345abcdef ed_2345abcdef");
  verb->add_option("PACKET", accepted->packet)->required();
  verb->add_option("EDIT", accepted->edit)->required();
  verb->add_option("--beside", accepted->beside, "Another edit that you saw beside it; repeatable")
      ->allow_extra_args(false);
  on(writes(verb, context), context, accepted, accept_edit);

  auto rejected = std::make_shared<Reject>();
  verb = add_verb(group, "reject", "Reject an edit, as its section's owner",
                  "sallyport workspace reject pk_2345abcdef ed_2345abcdef --code out_of_scope");
  verb->add_option("PACKET", rejected->packet)->required();
  verb->add_option("EDIT", rejected->edit)->required();
  verb->add_option("--code", rejected->code,
                   "A drift topic of the charter, or wrong, out_of_scope, conflict_not_chosen, superseded")
      ->required();
  verb->add_option("--reason", rejected->reason, "Why, in words; on record");
  on(writes(verb, context), context, rejected, reject);
}

} // namespace

void add_workspace(CLI::App& app, Context& context) {
  CLI::App& group =
      *add_group(app, "workspace", "Packets that people and agents write together: edits, drafts, the seal",
                 "sallyport workspace show pk_2345abcdef");
  auto opened = std::make_shared<Open>();
  CLI::App* verb = add_verb(group, "open", "Open one",
                            "sallyport workspace open --lane IN-PRIVENG --title 'Crash of the checkout' \\\n"
                            "    --section dumps=pe_2345abcdef --case crash_group=G-17");
  verb->add_option("--lane", opened->lane, "Where it is to cross")->required();
  verb->add_option("--title", opened->title, "What it is about, in words")->required();
  verb->add_option("--section", opened->sections, "Who owns a section; repeatable")
      ->type_name("NAME=PERSON")
      ->allow_extra_args(false);
  verb->add_option("--case", opened->keys, "A value of one of the charter's case keys; repeatable")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  verb->add_option("--owner", opened->owner, "Who releases it, where several can");
  on(writes(verb, context), context, opened, open);

  auto shown = std::make_shared<OnePacket>();
  verb = one(group, "show", "Sections, edits that wait, content", "sallyport workspace show pk_2345abcdef",
             *shown);
  on(verb, context, shown, show_workspace);
  auto section_shown = std::make_shared<InSection>();
  verb = in_section(group, "section", "One section with its history",
                    "sallyport workspace section pk_2345abcdef dumps", *section_shown);
  on(verb, context, section_shown, show_section);

  auto assigned = std::make_shared<Assign>();
  verb = add_verb(group, "assign", "Give a section to another owner, as the release owner",
                  "sallyport workspace assign pk_2345abcdef dumps --owner pe_6789abcdef");
  verb->add_option("PACKET", assigned->packet)->required();
  verb->add_option("SECTION", assigned->section)->required();
  verb->add_option("--owner", assigned->owner, "A person who holds the section's role")->required();
  on(writes(verb, context), context, assigned, assign);

  add_edits(group, context);
  add_drafts(group, context);

  auto sealed = std::make_shared<OnePacket>();
  verb = one(group, "seal", "Seal what was agreed on, as the release owner",
             "sallyport workspace seal pk_2345abcdef", *sealed);
  on(writes(verb, context), context, sealed, seal);

  auto asked = std::make_shared<Symbols>();
  verb = add_verb(
      group, "symbols", "Ask for debugging information of a level",
      "sallyport workspace symbols pk_2345abcdef --request q2 --level line --reason 'Two frames look alike'");
  verb->add_option("PACKET", asked->packet)->required();
  verb->add_option("--request", asked->request, "What it is called in the packet")->required();
  verb->add_option("--level", asked->level, "One of the charter's levels")->required();
  verb->add_option("--reason", asked->reason, "Why, in words; on record")->required();
  on(writes(verb, context), context, asked, request_symbols);

  add_flags(group, context);
}

} // namespace sallyport::cli
