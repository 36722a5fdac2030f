#include "charter/schema.h"

#include "charter/schema_build.h"

namespace sallyport::charter {
namespace {

using namespace build;

constexpr Type vocabulary = make(Kind::integer, 1, 1);
constexpr Type version = make(Kind::integer, 1, 1'000'000'000);
constexpr Type title = make(Kind::text, 1, 120);
constexpr Key charter_keys[] = {
    required("v", vocabulary, "The version of this vocabulary").eg("1"),
    required("charter", name, "The id, the same for all versions").eg("\"break-glass-psr\""),
    required("version", version, "1 for the first, then the active version and 1").eg("2"),
    required("title", title, "The board's name").eg("\"Break-glass replay to product security\""),
    required("flow", flow,
             "Which of the two flows: one packet dispatched, or a work co-authored and released")
        .eg("\"dispatch\""),
    required("packet_class", name, "The one class of packets that is taken; another is refused at intake")
        .eg("\"break-glass-token-replay\""),
    required("lane", lane, "Where packets go, and what never happens there"),
    required("scope", scope, "The dimensions of what a packet is about").grows(Direction::tighter),
    required("signers", signers, "Who signs, and with what"),
    required("sources", sources, "What is believed, for how long, and what a change does"),
    required("exposure", exposure, "Who sees how much"),
    required("lineage", lineage, "What is the same case, and what is material"),
    optional("clocks", clocks, "What time does"),
    required("ledger", ledger, "Disagreement, sections, the release owner").only("flow", {"co_release"}),
    required("holds", holds, "How soon, how long, who clears"),
    required("admission", admission, "How many, in which order"),
    required("agents", agents, "What machines may do"),
    required("governance", governance, "Who changes this charter"),
};
constexpr Type charter = table_of(charter_keys);

constexpr Key interval_keys[] = {
    required("from", instant, "The first instant inside").eg("2026-01-01T00:00:00Z"),
    required("until", instant, "The first instant after it").eg("2027-01-01T00:00:00Z"),
};
constexpr Type interval = table_of(interval_keys);

} // namespace

const Type& charter_type() {
  return charter;
}

const Type& interval_type() {
  return interval;
}

} // namespace sallyport::charter
