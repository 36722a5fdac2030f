#include "engine/audit.h"

#include "packet/leaf.h"
#include "store/reader.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::engine {

Result<Audit> audit_log(const CoreOptions& options) {
  SP_TRY(
      const store::Reader reader,
      store::Reader::open(options.dir, {options.origin, wrapping_key_file(options.dir), false, options.vfs}));
  SP_CHECK(reader.verify_all());
  constexpr std::size_t chunk = 1024;
  gate::Machine machine;
  SP_TRY(const std::uint64_t size, reader.size()); // leaves that come later are another audit's
  for (std::uint64_t n = 0; n < size;) {
    SP_TRY(const std::vector<Bytes> leaves, reader.leaves(n, std::min<std::uint64_t>(chunk, size - n)));
    if (leaves.empty()) {
      return fail(ErrorCode::corrupt, fmt::format("log, leaf {}", n), "the leaf is missing");
    }
    for (const Bytes& bytes : leaves) {
      const auto leaf = packet::decode(as_text(bytes));
      if (!leaf || leaf->n != n || leaf->log != options.origin) {
        return fail(ErrorCode::corrupt, fmt::format("log, leaf {}", n), "not a leaf of this log");
      }
      machine.replay(*leaf);
      ++n;
    }
  }
  return Audit{size, gate::state_digest(machine.state())};
}

} // namespace sallyport::engine
