#include "dump/cursor.h"

namespace sallyport::dump {

ByteView slice(ByteView file, Range range) {
  const Range inside = common(range, {0, file.size()});
  if (inside.empty()) {
    return {};
  }
  return file.subspan(static_cast<std::size_t>(inside.from()), static_cast<std::size_t>(inside.size()));
}

} // namespace sallyport::dump
