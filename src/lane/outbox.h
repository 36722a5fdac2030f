// Delivery: copies a finished bundle into a folder that a lane's readers collect from. It copies bytes
// only; whether they may cross was decided long before.
#pragma once

#include "base/id.h"
#include "lane/bundle.h"

#include <filesystem>

namespace sallyport::lane {

enum class Delivered { now, before };

// Puts the bundle at outbox/<entry id>, all of it or nothing: written under outbox/.unfinished, synced,
// renamed. Safe to repeat after any failure: the same bundle there already is Delivered::before, another
// one under the same id is a conflict and stays as it is. One deliverer at a time.
Result<Delivered> deliver(const Files& files, const EntryId& entry, const std::filesystem::path& outbox);

} // namespace sallyport::lane
