#include "demo/workbench.h"

#include "canon/json.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::demo::release {
namespace {

std::string text_at(const canon::Value& value, std::string_view name) {
  const canon::Value* found = value.find(name);
  return found == nullptr || found->string() == nullptr ? "" : *found->string();
}

Result<std::string> head_of(const Stage& stage) {
  SP_TRY(const Answer packet, stage.must(stage.rhea, "GET", at(stage)));
  const canon::Value* head = packet.body.find("head");
  return head == nullptr ? "" : text_at(*head, "digest");
}

} // namespace

std::string at(const Stage& stage, const std::string& below) {
  return "/v1/packets/" + stage.packet + below;
}

canon::Value put(const std::string& where, canon::Value value) {
  return canon::Object{{"op", "put"}, {"at", where}, {"value", std::move(value)}};
}

canon::Value remove(const std::string& where) {
  return canon::Object{{"op", "remove"}, {"at", where}};
}

std::set<std::string> holds_of(const Answer& packet) {
  std::set<std::string> out;
  for (const char* member : {"holds", "waits"}) {
    const canon::Value* lines = packet.body.find(member);
    for (const canon::Value& line : lines == nullptr ? canon::Array{} : *lines->array()) {
      if (text_at(line, "result") != "wait") { // a signature that is missing holds nothing
        out.insert(text_at(line, "code"));
      }
    }
  }
  return out;
}

Result<Answer> until_free_of(const Stage& stage, const std::string& code) {
  return stage.until(
      stage.rhea, at(stage), [&](const Answer& packet) { return !holds_of(packet).contains(code); },
      code + " cleared");
}

// ---- writing

Result<std::int64_t> version(const Stage& stage, const std::string& section) {
  SP_TRY(const Answer shown, stage.must(stage.mara, "GET", at(stage, "/sections/" + section)));
  return *shown.body.find("version")->integer();
}

Result<std::string> propose(const Stage& stage, const Player& who, const std::string& section,
                            canon::Array ops) {
  SP_TRY(const std::int64_t base, version(stage, section));
  SP_TRY(const Answer proposed,
         stage.must(who, "POST", at(stage, "/edits"),
                    canon::Object{{"section", section}, {"base", base}, {"ops", std::move(ops)}}));
  return proposed.text("edit");
}

Result<void> edit(const Stage& stage, const Player& owner, const std::string& section, canon::Array ops) {
  SP_TRY(const std::string id, propose(stage, owner, section, std::move(ops)));
  SP_TRY(const Answer taken, stage.must(owner, "POST", at(stage, "/edits/" + id + "/accept")));
  (void)taken;
  return {};
}

// ---- the ledger

Result<std::vector<Item>> open_items(const Stage& stage) {
  SP_TRY(const Answer ledger, stage.must(stage.rhea, "GET", at(stage, "/ledger")));
  std::vector<Item> out;
  for (const auto& [id, item] : *ledger.body.find("items")->object()) {
    const std::string state = text_at(item, "state");
    if (state == "open" || state == "accepted") {
      out.push_back({id, text_at(item, "kind"), text_at(item, "category"), text_at(item, "subject")});
    }
  }
  return out;
}

Result<void> accept(const Stage& stage, const Player& who, const std::vector<Item>& items,
                    const std::optional<std::string>& words) {
  canon::Object named;
  for (const Item& item : items) {
    named.set(item.id, words ? canon::Value(*words) : canon::Value());
  }
  SP_TRY(const Answer prepared, stage.must(who, "POST", at(stage, "/acceptances/statement"),
                                           canon::Object{{"items", std::move(named)}}));
  SP_TRY(std::string signature, ssh_sign(who, "accept@sallyport", prepared.text("statement")));
  SP_TRY(const Answer done, stage.must(who, "POST", at(stage, "/acceptances"),
                                       canon::Object{{"statement", prepared.text("statement")},
                                                     {"wordings", *prepared.body.find("wordings")},
                                                     {"signatures", canon::Array{std::move(signature)}}}));
  (void)done;
  return {};
}

std::vector<Item> of_both_leaders(const std::vector<Item>& items) {
  std::vector<Item> out;
  std::ranges::copy_if(items, std::back_inserter(out), [](const Item& item) {
    return item.kind == "boundary" || item.kind == "finding" || item.category == "identifier_leakage" ||
           item.category == "memory_region" || item.category == "symbolization_depth";
  });
  return out;
}

Result<void> accept_all(const Stage& stage, const std::string& words) {
  SP_TRY(const std::vector<Item> items, open_items(stage));
  SP_CHECK(accept(stage, stage.rhea, items, words));
  return accept(stage, stage.piet, of_both_leaders(items), std::nullopt);
}

// ---- the crossing

Result<void> seal(Stage& stage) {
  SP_TRY(const Answer sealed, stage.must(stage.rhea, "POST", at(stage, "/seal")));
  stage.say(fmt::format("Rhea sealed revision {}: {}...", *sealed.body.find("revision")->integer(),
                        sealed.text("digest").substr(0, 20)));
  return {};
}

Result<Reviewed> put_in_review(Stage& stage) {
  SP_TRY(const std::string head, head_of(stage));
  SP_TRY(const Answer drafted,
         stage.must(stage.rhea, "POST", at(stage, "/manifests"), canon::Object{{"revision", head}}));
  SP_TRY(const Answer submitted,
         stage.must(stage.rhea, "POST", at(stage, "/manifests/" + drafted.text("manifest") + "/submit"),
                    canon::Object{}));
  return Reviewed{submitted.text("digest"), submitted.text("bytes")};
}

Result<void> sign(const Stage& stage, const Reviewed& reviewed) {
  SP_TRY(const std::string signature, ssh_sign(stage.rhea, "release@sallyport", reviewed.bytes));
  SP_TRY(const Answer done,
         stage.must(stage.rhea, "POST", at(stage, "/sign"),
                    canon::Object{{"manifest", reviewed.digest}, {"signature", signature}}));
  (void)done;
  return {};
}

Result<void> release(Stage& stage, const Reviewed& reviewed) {
  SP_TRY(const std::string head, head_of(stage));
  SP_TRY(const Answer asked,
         stage.must(stage.rhea, "POST", at(stage, "/release"),
                    canon::Object{{"revision", head}, {"manifest", reviewed.digest}, {"lane", lane}}));
  (void)asked;
  SP_TRY(const Answer packet, stage.until(
                                  stage.rhea, at(stage),
                                  [](const Answer& a) { return a.text("status") == "released"; }, "release"));
  stage.entry = packet.text("entry");
  return {};
}

// ---- the agent's door

std::string Called::text(std::string_view name) const {
  return text_at(content, name);
}

std::string Called::why() const {
  const canon::Value* reasons = content.find("reasons");
  return reasons == nullptr || reasons->array() == nullptr || reasons->array()->empty()
             ? ""
             : text_at(reasons->array()->front(), "code");
}

Called call_tool(const Stage& stage, const std::string& name, canon::Object arguments) {
  const Answer answer = stage.call(
      stage.agent, "POST", "/mcp",
      canon::Object{{"jsonrpc", "2.0"},
                    {"id", 1},
                    {"method", "tools/call"},
                    {"params", canon::Object{{"name", name}, {"arguments", std::move(arguments)}}}});
  if (const canon::Value* error = answer.body.find("error")) {
    const canon::Value* data = error->find("data");
    return {true, data == nullptr ? *error : *data};
  }
  const canon::Value* result = answer.body.find("result");
  if (result == nullptr) {
    return {true, answer.body};
  }
  const canon::Value* failed = result->find("isError");
  const canon::Value* content = result->find("structuredContent");
  return {failed != nullptr && *failed == canon::Value(true), content == nullptr ? *result : *content};
}

} // namespace sallyport::demo::release
