// The lane: who reads it, its entries, and what the readers say of them.
#include "engine/erasure.h"
#include "engine/export.h"
#include "engine/present.h"
#include "gate/reading.h"
#include "http/api_call.h"

namespace sallyport::http::api {
namespace {

Result<Outcome> list_lanes(Call& call) {
  SP_TRY(const engine::Page page, page_of(call));
  SP_TRY(engine::Listed rows, engine::list_lanes(call.core, page));
  return listed("lanes", std::move(rows));
}

Result<Outcome> show_lane(Call& call) {
  const std::string& lane = call.params.at("lane");
  if (!call.state().lanes.contains(lane)) {
    return nothing_there();
  }
  Response shown = json(200, engine::show_lane(call.core, lane, call.now()));
  return unless_known(call, std::move(shown));
}

Result<Outcome> set_lane(Call& call) {
  const std::string& lane = call.params.at("lane");
  if (!call.state().lanes.contains(lane)) {
    return nothing_there();
  }
  canon::Fields fields(call.body, "");
  gate::SetLane event{call.by(), lane, fields.string("state", 63), {}};
  event.body = {{"reason", fields.string("reason", reason_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, event);
}

Result<Outcome> list_entries(Call& call) {
  const std::string& lane = call.params.at("lane");
  if (!call.state().lanes.contains(lane)) {
    return nothing_there();
  }
  SP_TRY(const engine::Page page, page_of(call));
  SP_TRY(engine::Listed rows, engine::list_entries(call.core, page, lane, call.account().person));
  return listed("entries", std::move(rows));
}

bool is_reader(const Call& call, const EntryId& entry) {
  const auto person = call.account().person;
  return person && gate::may_read(call.core.world(), entry, *person);
}

// Records the read before it happens; nothing is shown that is not on record.
Result<void> record(Call& call, const EntryId& entry, const char* what) {
  SP_TRY(const gate::Step step,
         call.core.apply(gate::RecordAccess{call.by(), call.state().entries.at(entry).packet, what, entry}));
  (void)step; // an access is always taken
  return {};
}

Result<Outcome> show_entry(Call& call) {
  SP_TRY(const EntryId id, id_at<EntryId>(call, "entry"));
  const auto entry = call.state().entries.find(id);
  if (entry == call.state().entries.end()) {
    return nothing_there();
  }
  SP_CHECK(engine::check_readable(call.core, entry->second.packet));
  if (!is_reader(call, id)) {
    return deny(call, {{"not_audience", ""}}, entry->second.packet);
  }
  SP_CHECK(record(call, id, "entry"));
  SP_TRY(canon::Object shown, engine::show_entry(call.core, id));
  return json(200, std::move(shown));
}

Result<Outcome> acknowledge(Call& call) {
  SP_TRY(EntryId entry, id_at<EntryId>(call, "entry"));
  return apply(call, gate::AcknowledgeEntry{call.by(), std::move(entry)});
}

Result<Outcome> verdict(Call& call) {
  SP_TRY(EntryId entry, id_at<EntryId>(call, "entry"));
  canon::Fields fields(call.body, "");
  gate::GiveVerdict event{call.by(), std::move(entry), fields.string("code", 63),
                          fields.strings("found", 32)};
  std::map<std::string, std::string> wanted; // subject -> include | exclude
  if (const canon::Value* wishes = fields.maybe("wanted");
      wishes != nullptr && !packet::from_value(*wishes, wanted)) {
    fields.fault("wanted", "must say include or exclude for each subject");
  }
  for (const auto& [subject, stance] : wanted) {
    event.wanted.push_back({subject, stance});
  }
  if (auto reason = fields.maybe_string("reason", reason_bytes)) {
    event.body.set("reason", *std::move(reason));
  }
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  canon::Object out;
  for (const gate::LeafOut& leaf : step.leaves) {
    if (const auto* verdict = std::get_if<packet::LaneVerdict>(&leaf.leaf.record);
        verdict && verdict->successor) {
      out.set("successor", verdict->successor->str());
    }
  }
  return json(200, std::move(out));
}

Result<Outcome> correct(Call& call) {
  SP_TRY(EntryId entry, id_at<EntryId>(call, "entry"));
  canon::Fields fields(call.body, "");
  std::string code = fields.string("code", 63);
  canon::Object body{{"note", fields.string("note", reason_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, gate::RecordCorrection{call.by(), std::move(entry), std::move(code), std::move(body)});
}

Result<Outcome> notify(Call& call) {
  SP_TRY(EntryId entry, id_at<EntryId>(call, "entry"));
  canon::Fields fields(call.body, "");
  std::optional<PacketId> successor;
  if (fields.maybe("successor") != nullptr) {
    successor = fields.id<PacketId>("successor");
  }
  canon::Object body{{"note", fields.string("note", reason_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, gate::GiveNotice{call.by(), std::move(entry), std::move(successor), std::move(body)});
}

// The lane's bundle opens what readers may read; the proof opens nothing restricted, but is no agent's.
Result<Outcome> bundle(Call& call) {
  SP_TRY(const EntryId id, id_at<EntryId>(call, "entry"));
  const auto entry = call.state().entries.find(id);
  if (entry == call.state().entries.end()) {
    return nothing_there();
  }
  const std::string* kind = call.request.query_value("kind");
  if (kind == nullptr || (*kind != "lane" && *kind != "proof")) {
    return fail(ErrorCode::malformed, "/query/kind", "expected lane or proof");
  }
  const bool lane = *kind == "lane";
  if (call.account().kind == "agent") {
    return deny(call, {{"agent_never_decides", ""}}, entry->second.packet);
  }
  if (lane && !call.caller.has(engine::Scope::lane)) {
    return deny(call, {{"scope_missing", "lane"}}, entry->second.packet);
  }
  SP_CHECK(engine::check_readable(call.core, entry->second.packet));
  if (lane && !is_reader(call, id)) {
    return deny(call, {{"not_audience", ""}}, entry->second.packet);
  }
  if (!entry->second.delivered) {
    return nothing_there(); // its receipt comes first
  }
  SP_CHECK(record(call, id, lane ? "lane_bundle" : "proof_bundle"));
  SP_TRY(const lane::Files files,
         engine::bundle_of(call.core, id, lane ? lane::BundleKind::lane : lane::BundleKind::proof));
  canon::Object out;
  for (const auto& [path, bytes] : files) {
    out.set(path, to_base64(as_bytes(bytes)));
  }
  return json(200, {{"files", std::move(out)}});
}

constexpr std::array lane_table{
    Route{"GET", "/v1/lanes", Access::read, Takes::nothing, "lane.list", list_lanes, {"limit", "cursor"}},
    Route{"GET", "/v1/lanes/{lane}", Access::read, Takes::nothing, "lane.show", show_lane},
    Route{"POST", "/v1/lanes/{lane}/state", Access::lane, Takes::json, "lane.state", set_lane},
    Route{"GET",
          "/v1/lanes/{lane}/entries",
          Access::lane,
          Takes::nothing,
          "entry.list",
          list_entries,
          {"limit", "cursor"}},
    Route{"GET", "/v1/entries/{entry}", Access::lane, Takes::nothing, "entry.show", show_entry},
    Route{"POST", "/v1/entries/{entry}/ack", Access::lane, Takes::nothing, "lane.ack", acknowledge},
    Route{"POST", "/v1/entries/{entry}/verdict", Access::lane, Takes::json, "lane.verdict", verdict},
    Route{"POST", "/v1/entries/{entry}/corrections", Access::lane, Takes::json, "entry.correct", correct},
    Route{"POST", "/v1/entries/{entry}/notices", Access::lane, Takes::json, "entry.notify", notify},
    Route{
        "GET", "/v1/entries/{entry}/bundle", Access::read, Takes::nothing, "entry.bundle", bundle, {"kind"}},
};

} // namespace

std::span<const Route> lane_routes() {
  return lane_table;
}

} // namespace sallyport::http::api
