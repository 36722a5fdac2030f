// Evidence from the dump engine: what its scans report, and the fragments that packets cite.
#include "canon/json.h"
#include "engine/dumps.h"
#include "http/api_call.h"

namespace sallyport::http::api {
namespace {

// A member of an object that has others, which nothing here reads.
const canon::Value& member(const canon::Value& value, std::string_view name) {
  static const canon::Value none;
  const canon::Value* found = value.find(name);
  return found == nullptr ? none : *found;
}

// The number at a pointer into the report.
template <class N>
void read_number(canon::Fields& fields, const canon::Value& value, const char* where, N& out) {
  if (!packet::from_value(value, out)) {
    fields.fault("report", std::string("its ") + where + " is no number");
  }
}

// The closed facts, as `sallyport dump redact` and `verify` print them.
void read_facts(canon::Fields& fields, const canon::Value& facts, packet::ScanFacts& out) {
  if (!packet::from_value(member(facts, "dump"), out.dump)) {
    fields.fault("report", "its facts name no dump");
  }
  read_number(fields, member(facts, "rev"), "revision", out.rev);
  read_number(fields, member(facts, "passes"), "number of passes", out.passes);
  const canon::Value& fragments = member(facts, "fragments");
  read_number(fields, member(fragments, "size"), "number of fragments", out.size);
  if (!packet::from_value(member(fragments, "root"), out.root)) {
    fields.fault("report", "its root of fragments is no digest");
  }
  const canon::Value& coverage = member(facts, "coverage");
  std::uint64_t bytes = 0;
  std::uint64_t accounted = 0;
  read_number(fields, member(coverage, "bytes"), "number of bytes", bytes);
  read_number(fields, member(coverage, "accounted"), "number of accounted bytes", accounted);
  read_number(fields, member(coverage, "unaccounted"), "number of unaccounted bytes", out.unaccounted);
  read_number(fields, member(coverage, "budgets_hit"), "number of budgets that ended", out.budgets_hit);
  if (accounted > bytes || bytes - accounted != out.unaccounted) {
    fields.fault("report", "its coverage does not add up to its bytes");
  }
  read_number(fields, member(member(facts, "unwind"), "lost"), "number of lost threads", out.lost);
  if (const canon::Value& diff = member(facts, "diff");
      !diff.is_null()) { // of a first revision there is none
    read_number(fields, member(diff, "re_exposed"), "number of re-exposed places", out.re_exposed);
  }
  if (!packet::from_value(member(facts, "residual"), out.residual)) {
    fields.fault("report", "its residual has no number for each class");
  }
}

Result<Outcome> record_report(Call& call) {
  canon::Fields fields(call.body, "");
  engine::ScanReport input;
  input.source = fields.string("source", name_bytes);
  input.changed_at = fields.maybe_instant("changed_at");
  const canon::Value& report = fields.any("report");
  read_facts(fields, member(report, "facts"), input.facts);
  if (fields.ok() && input.facts.dump != call.params.at("dump")) {
    fields.fault("report", "is of another dump");
  }
  if (!packet::from_value(member(report, "envelopes"), input.regions)) {
    fields.fault("report", "its envelopes are no list of regions");
  }
  if (!packet::from_value(member(report, "pins"), input.tools)) {
    fields.fault("report", "its pins are no digests");
  }
  if (const canon::Value* pins = fields.maybe("pins"); pins != nullptr && pins->object() != nullptr) {
    for (const auto& [name, pinned] : *pins->object()) {
      canon::Fields one(pinned, "/pins/" + name);
      input.pins[name] = {one.string("source", name_bytes), one.string("key", key_bytes),
                          one.digest("content")};
      SP_CHECK(one.done());
      input.tools.erase(name); // the source's record says it, and not the tool
    }
  }
  SP_CHECK(fields.done());
  canon::Object kept = *report.object();
  kept.erase("envelopes");
  kept.erase("picture"); // is drawn from the regions
  input.report = std::move(kept);
  SP_TRY(const engine::RecordedScan done, engine::record_scan(call.core, call.by(), std::move(input)));
  return done.refused.empty() ? json(201, {{"leaf", static_cast<std::int64_t>(done.leaf)},
                                           {"findings", std::int64_t{done.findings}}})
                              : refusal(call, done.refused);
}

Result<Outcome> keep(Call& call) {
  canon::Fields fields(call.body, "");
  const auto bytes = from_base64(fields.string("envelope", 2 * limits::part_bytes));
  if (!bytes) {
    fields.fault("envelope", "expected base64");
  }
  SP_CHECK(fields.done());
  SP_TRY(const Digest digest, engine::keep_fragment(call.core, *bytes));
  return json(201, {{"sha256", digest.hex()}});
}

constexpr std::array dump_table{
    Route{"POST", "/v1/dumps/{dump}/scans", Access::source, Takes::json, "dump.scan", record_report},
    Route{"POST", "/v1/dumps/{dump}/fragments", Access::source, Takes::json, "dump.keep", keep},
};

} // namespace

std::span<const Route> dump_routes() {
  return dump_table;
}

} // namespace sallyport::http::api
