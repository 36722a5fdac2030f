// Lists for faces, page by page: rows in the order of their keys. The last key is where the next page goes
// on, so rows that come or go between two pages neither repeat nor hide others. A key of another list is an
// error at /query/cursor.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

struct Page {
  std::string after; // a key; "": from the first row
  std::size_t limit = 50;
};

struct Listed {
  canon::Array rows;
  std::string next; // the last row's key where there is more; else ""
};

// Broad, as present.h says. Of one lane where `lane` is not empty.
Result<Listed> list_packets(const Core& core, const Page& page, const std::string& lane, Instant now);
// Of one packet where `packet` is given.
Result<Listed> list_holds(const Core& core, const Page& page, const std::optional<PacketId>& packet);
// What `reader` may read now; nothing for who is no person.
Result<Listed> list_entries(const Core& core, const Page& page, const std::string& lane,
                            const std::optional<PersonId>& reader);
Result<Listed> list_lanes(const Core& core, const Page& page);
Result<Listed> list_charters(const Core& core, const Page& page);
Result<Listed> list_principals(const Core& core, const Page& page);
Result<Listed> list_keys(const Core& core, const Page& page);
Result<Listed> list_sources(const Core& core, const Page& page);

} // namespace sallyport::engine
