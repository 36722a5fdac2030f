#include "engine/journal.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sallyport::engine {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::string_view request_mark = "agent/"; // before the verb, among the codes of attempts

std::uint32_t narrowed(std::uint64_t count) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(count, std::numeric_limits<std::uint32_t>::max()));
}

// A line that counts what an agent asked for, where the store told it from others.
std::optional<AccountId> agent_of(const store::JournalLine& line) {
  const auto account = AccountId::parse(line.principal);
  return line.code.starts_with(request_mark) && account ? std::optional(*account) : std::nullopt;
}

} // namespace

Result<void> count_request(Core& core, const AccountId& agent, std::string_view verb) {
  return core.tx().count_attempt(agent.str(), core.now(), std::string(request_mark) + std::string(verb));
}

Instant end_of_minute(Instant at) {
  return {at.ms - at.ms % minute_ms + minute_ms};
}

Result<void> coalesce_journal(Core& core) {
  const Instant minute = end_of_minute(core.now()) - Duration{minute_ms};
  SP_TRY(const std::vector<store::JournalLine> lines, core.tx().reader().journal_before(minute));
  std::map<std::pair<Instant, std::string>, gate::CoalesceJournal> leaves;
  std::map<std::pair<Instant, AccountId>, gate::RecordActivity> activity;
  for (const store::JournalLine& line : lines) {
    if (const auto agent = agent_of(line)) {
      gate::RecordActivity& leaf = activity[{line.minute, *agent}];
      leaf.agent = *agent;
      leaf.minute = line.minute;
      leaf.requests[line.code.substr(request_mark.size())] = narrowed(line.count);
      continue;
    }
    gate::CoalesceJournal& leaf = leaves[{line.minute, line.principal}];
    leaf.principal = line.principal.empty() ? "others" : line.principal;
    leaf.minute = line.minute;
    leaf.counts[line.code] = narrowed(line.count);
  }
  for (const auto& [key, leaf] : leaves) {
    SP_TRY(const gate::Step step, core.apply(leaf));
    (void)step;
  }
  for (const auto& [key, leaf] : activity) {
    SP_TRY(const gate::Step step, core.apply(leaf));
    (void)step;
  }
  return core.tx().forget_journal_before(minute);
}

} // namespace sallyport::engine
