#include "engine/journal.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sallyport::engine {
namespace {

constexpr std::int64_t minute_ms = 60'000;

} // namespace

Instant end_of_minute(Instant at) {
  return {at.ms - at.ms % minute_ms + minute_ms};
}

Result<void> coalesce_journal(Core& core) {
  const Instant minute = end_of_minute(core.now()) - Duration{minute_ms};
  SP_TRY(const std::vector<store::JournalLine> lines, core.tx().reader().journal_before(minute));
  std::map<std::pair<Instant, std::string>, gate::CoalesceJournal> leaves;
  for (const store::JournalLine& line : lines) {
    gate::CoalesceJournal& leaf = leaves[{line.minute, line.principal}];
    leaf.principal = line.principal.empty() ? "others" : line.principal;
    leaf.minute = line.minute;
    leaf.counts[line.code] = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(line.count, std::numeric_limits<std::uint32_t>::max()));
  }
  for (const auto& [key, leaf] : leaves) {
    SP_TRY(const gate::Step step, core.apply(leaf));
    (void)step;
  }
  return core.tx().forget_journal_before(minute);
}

} // namespace sallyport::engine
