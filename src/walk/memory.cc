#include "walk/memory.h"

#include "dump/classify.h"
#include "dump/cursor.h"

#include <algorithm>

namespace sallyport::walk {

using dump::Range;

std::optional<std::uint64_t> Memory::load(std::uint64_t address, std::size_t bytes) {
  const Range wanted(address, bytes);
  if (!budget_.spend() || wanted.size() != bytes || (scope_ && !scope_->contains(wanted))) {
    return std::nullopt;
  }
  const Range found = dump::find_memory(pieces_, address, bytes);
  if (found.size() != bytes) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  unsigned shift = 0;
  for (const std::uint8_t byte : dump::slice(file_, found)) {
    value |= static_cast<std::uint64_t>(byte) << shift;
    shift += 8;
  }
  return value;
}

std::optional<std::uint64_t> Memory::number(std::uint64_t address, std::size_t bytes) {
  const auto value = load(address, bytes);
  if (value) {
    read_.emplace_back(address, bytes);
    if (read_.size() > 4096 && read_.size() > 2 * joined_) {
      join();
    }
  }
  return value;
}

void Memory::join() {
  std::ranges::sort(read_, {}, &Range::from);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < read_.size(); ++i) {
    if (kept > 0 && read_[i].from() <= read_[kept - 1].until()) {
      Range& last = read_[kept - 1];
      last = dump::between(last.from(), std::max(last.until(), read_[i].until()));
    } else {
      read_[kept++] = read_[i];
    }
  }
  read_.resize(kept);
  joined_ = kept;
}

std::vector<Range> Memory::taken() {
  join();
  return read_;
}

} // namespace sallyport::walk
