// The ledger of what people do not agree about: findings, objections, instructions, and what they let cross.
#include "canon/json.h"
#include "crypto/random.h"
#include "engine/acceptances.h"
#include "http/api_call.h"
#include "packet/statement.h"

#include <algorithm>

namespace sallyport::http::api {
namespace {

constexpr std::size_t text_bytes = 4000;
constexpr std::size_t items_max = 128;

// Applies the event; answers the id of the item that its first record opened.
template <class Record> Result<Outcome> opened(Call& call, const gate::Event& event, ItemId Record::* id) {
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  canon::Object out;
  for (const gate::LeafOut& leaf : step.leaves) {
    if (const auto* record = std::get_if<Record>(&leaf.leaf.record)) {
      out.set("item", (record->*id).str());
    }
  }
  return json(201, std::move(out));
}

// ---- findings

Result<Outcome> open_finding(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::NewFinding finding{fields.string("subject"),
                           fields.string("exposure", name_bytes),
                           fields.string("status", name_bytes),
                           0,
                           {}};
  if (fields.maybe("scan") != nullptr) {
    finding.cause = static_cast<packet::LeafNumber>(fields.integer("scan", 0, INT64_MAX));
  }
  finding.body = {{"text", fields.string("text", text_bytes)}};
  SP_CHECK(fields.done());
  return opened(call, gate::OpenFinding{call.by(), packet, std::move(finding)},
                &packet::FindingOpened::finding);
}

Result<Outcome> judge_finding(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(ItemId item, id_at<ItemId>(call, "item"));
  canon::Fields fields(call.body, "");
  gate::JudgeFinding event{call.by(), packet, std::move(item), fields.string("status", name_bytes), {}};
  event.body = {{"reason", fields.string("reason", text_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, event);
}

Result<Outcome> fix_finding(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(ItemId item, id_at<ItemId>(call, "item"));
  canon::Fields fields(call.body, "");
  const auto scan = static_cast<packet::LeafNumber>(fields.integer("scan", 0, INT64_MAX));
  SP_CHECK(fields.done());
  return apply(call, gate::FixFinding{call.by(), packet, std::move(item), scan});
}

// ---- objections

Result<Outcome> object(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::RaiseObjection event{call.by(),
                             packet,
                             fields.string("category", name_bytes),
                             fields.string("subject"),
                             fields.maybe_string("stub", name_bytes),
                             std::nullopt,
                             {}};
  if (fields.maybe("flag") != nullptr) {
    event.flag = static_cast<packet::LeafNumber>(fields.integer("flag", 0, INT64_MAX));
  }
  event.body = {{"text", fields.string("text", text_bytes)}};
  SP_CHECK(fields.done());
  return opened(call, event, &packet::ObjectionRaised::item);
}

Result<Outcome> answer_item(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(ItemId item, id_at<ItemId>(call, "item"));
  canon::Fields fields(call.body, "");
  canon::Object body{{"text", fields.string("text", text_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, gate::AnswerObjection{call.by(), packet, std::move(item), std::move(body)});
}

Result<Outcome> agree(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(ItemId item, id_at<ItemId>(call, "item"));
  return apply(call, gate::AgreeItem{call.by(), packet, std::move(item)});
}

Result<Outcome> withdraw_item(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(ItemId item, id_at<ItemId>(call, "item"));
  return apply(call, gate::WithdrawObjection{call.by(), packet, std::move(item)});
}

Result<Outcome> resolve(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::ResolveItems event{call.by(), packet, {}, fields.string("code", name_bytes), std::nullopt, {}};
  SP_TRY(event.items, ids_in<ItemId>(fields, "items", items_max));
  if (fields.maybe("of") != nullptr) {
    event.of = fields.id<ItemId>("of");
  }
  event.body = {{"reason", fields.string("reason", text_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, event);
}

// ---- instructions

Result<Outcome> instruct(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::GiveInstruction event{call.by(),
                              packet,
                              fields.string("subject"),
                              fields.string("stance", name_bytes),
                              fields.string("category", name_bytes),
                              {}};
  event.body = {{"text", fields.string("text", text_bytes)}};
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  canon::Object out;
  for (const gate::LeafOut& leaf : step.leaves) {
    if (std::holds_alternative<packet::InstructionGiven>(leaf.leaf.record)) {
      out.set("leaf", static_cast<std::int64_t>(leaf.leaf.n));
    } else if (const auto* conflict = std::get_if<packet::ConflictOpened>(&leaf.leaf.record)) {
      out.set("conflict", conflict->item.str());
    }
  }
  return json(201, std::move(out));
}

Result<Outcome> withdraw_instruction(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const packet::LeafNumber leaf, leaf_at(call, "leaf"));
  return apply(call, gate::WithdrawInstruction{call.by(), packet, leaf});
}

// ---- acceptances

// {item: text}; a text may be null where `nullable`, and is then nothing.
Result<std::map<ItemId, std::optional<std::string>>> words_in(canon::Fields& fields, bool nullable) {
  std::map<ItemId, std::optional<std::string>> out;
  const canon::Object& items = fields.object("items");
  if (fields.ok() && (items.empty() || items.size() > items_max)) {
    fields.fault("items", "must name 1 to 128 items");
  }
  for (const auto& [name, words] : items) {
    const auto id = ItemId::parse(name);
    const bool text =
        words.string() != nullptr && !words.string()->empty() && words.string()->size() <= text_bytes;
    if (!id || (!text && !(nullable && words.is_null()))) {
      fields.fault("items", nullable ? "must hold for each item its words, or null for those on offer"
                                     : "must hold for each item its words");
      break;
    }
    out[*id] = text ? std::optional(*words.string()) : std::nullopt;
  }
  SP_CHECK(fields.ok() ? Result<void>{} : fields.done());
  return out;
}

// Words on offer: under a salt that nobody can guess, so that the digest in the log tells nothing of them.
Result<Outcome> offer(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  SP_TRY(const auto items, words_in(fields, false));
  SP_CHECK(fields.done());
  gate::ProposeWordings event{call.by(), packet, {}};
  canon::Object out;
  for (const auto& [item, words] : items) {
    packet::Salt salt{};
    crypto::random_bytes(salt);
    const packet::Disclosure made = packet::wording_disclosure(salt, item, *words);
    event.wordings.push_back(made.encoded);
    out.set(item.str(), made.digest);
  }
  return apply(call, event, 201, {{"wordings", std::move(out)}});
}

Result<Outcome> acceptance_statement(Call& call) {
  SP_TRY(const PacketId packet, workspace_at(call));
  canon::Fields fields(call.body, "");
  engine::AcceptInput input;
  input.role = fields.maybe_string("role", name_bytes).value_or("");
  SP_TRY(input.items, words_in(fields, true));
  SP_CHECK(fields.done());
  SP_TRY(const engine::AcceptDraft draft, engine::draft_acceptance(call.core, call.by(), packet, input));
  canon::Object words;
  for (const auto& [item, text] : draft.words) {
    words.set(item.str(), text);
  }
  return json(200, {{"statement", canon::write(draft.statement)},
                    {"wordings", canon::Array(draft.wordings.begin(), draft.wordings.end())},
                    {"words", std::move(words)}});
}

Result<Outcome> sign_acceptance(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::AcceptItems event{call.by(), packet, {}, {}};
  const canon::Array& wordings = fields.array("wordings");
  for (const canon::Value& wording : wordings) {
    if (wordings.size() > items_max || wording.string() == nullptr) {
      fields.fault("wordings", "expected the wordings that came with the statement");
      break;
    }
    event.wordings.push_back(*wording.string());
  }
  SP_TRY(event.act, read_act(call.state(), fields));
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  canon::Object out;
  for (const gate::LeafOut& leaf : step.leaves) {
    if (std::holds_alternative<packet::ItemsAccepted>(leaf.leaf.record)) {
      out.set("leaf", static_cast<std::int64_t>(leaf.leaf.n));
    }
  }
  return json(201, std::move(out));
}

Result<Outcome> withdraw_acceptance(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const packet::LeafNumber leaf, leaf_at(call, "leaf"));
  gate::WithdrawAcceptance event{call.by(), packet, leaf, {}};
  if (!call.body.is_null()) {
    canon::Fields fields(call.body, "");
    SP_TRY(event.items, ids_in<ItemId>(fields, "items", items_max));
    SP_CHECK(fields.done());
  }
  return apply(call, event);
}

constexpr std::array ledger_table{
    Route{"POST", "/v1/packets/{packet}/findings", Access::decide, Takes::json, "finding.open", open_finding},
    Route{"POST", "/v1/packets/{packet}/findings/{item}/judge", Access::decide, Takes::json, "finding.judge",
          judge_finding},
    Route{"POST", "/v1/packets/{packet}/findings/{item}/fix", Access::decide, Takes::json, "finding.fix",
          fix_finding},
    Route{"POST", "/v1/packets/{packet}/objections", Access::decide, Takes::json, "objection.raise", object},
    Route{"POST", "/v1/packets/{packet}/objections/{item}/answer", Access::decide, Takes::json,
          "objection.answer", answer_item},
    Route{"POST", "/v1/packets/{packet}/objections/{item}/withdraw", Access::decide, Takes::nothing,
          "objection.withdraw", withdraw_item},
    Route{"POST", "/v1/packets/{packet}/items/{item}/agree", Access::decide, Takes::nothing, "item.agree",
          agree},
    Route{"POST", "/v1/packets/{packet}/items/resolve", Access::decide, Takes::json, "items.resolve",
          resolve},
    Route{"POST", "/v1/packets/{packet}/instructions", Access::decide, Takes::json, "instruction.give",
          instruct},
    Route{"POST", "/v1/packets/{packet}/instructions/{leaf}/withdraw", Access::decide, Takes::nothing,
          "instruction.withdraw", withdraw_instruction},
    Route{"POST", "/v1/packets/{packet}/wordings", Access::prepare, Takes::json, "wording.propose", offer},
    Route{"POST",
          "/v1/packets/{packet}/acceptances/statement",
          Access::decide,
          Takes::json,
          "items.accept.statement",
          acceptance_statement,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/packets/{packet}/acceptances", Access::decide, Takes::json, "items.accept",
          sign_acceptance},
    Route{"POST", "/v1/packets/{packet}/acceptances/{leaf}/withdraw", Access::decide, Takes::maybe_json,
          "acceptance.withdraw", withdraw_acceptance},
};

} // namespace

std::span<const Route> ledger_routes() {
  return ledger_table;
}

} // namespace sallyport::http::api
