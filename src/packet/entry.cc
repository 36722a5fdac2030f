#include "packet/entry.h"

#include "canon/json.h"
#include "packet/exact.h"

#include <algorithm>

namespace sallyport::packet {
namespace {

bool is_well_formed(const Entry& e) {
  return is_set(e.owner.persons) && is_set(e.owner.roles) && is_set(e.caveats) &&
         is_set(e.holds, &BoundHold::hold) && is_set(e.also) && e.remainder.value_or(true) &&
         (!e.bounds || !e.bounds->empty()) &&
         std::ranges::all_of(e.scope, [](const auto& item) { return is_set(item.second); });
}

} // namespace

std::string entry_bytes(const Entry& entry) {
  SP_ASSERT(is_well_formed(entry));
  return canon::write(to_value(entry));
}

Result<Entry> read_entry(std::string_view bytes) {
  SP_TRY(Entry entry, read_exact<Entry>(bytes));
  if (!is_well_formed(entry)) {
    return fail(ErrorCode::malformed, "", "an entry's lists are sorted and name nothing twice");
  }
  return entry;
}

} // namespace sallyport::packet
