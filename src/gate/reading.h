// Who may read an entry: the bound audience that is still in the roster, asked at every read (INV-04).
#pragma once

#include "gate/world.h"

namespace sallyport::gate {

// False before the entry is delivered: its receipt comes first.
bool may_read(const World& world, const EntryId& entry, const PersonId& person);

} // namespace sallyport::gate
