#include "engine/receipts.h"

#include "ledger/proof.h"
#include "ledger/tiles.h"

namespace sallyport::engine {

Result<std::string> prove_leaf(const store::Reader& reader, std::uint64_t n, const store::Checkpoint& head) {
  SP_TRY(std::vector<Digest> hashes, ledger::inclusion_proof(reader, n, head.size));
  return ledger::write_proof({n, std::move(hashes), head.note});
}

Result<void> deliver_entries(Core& core, Instant wall) {
  constexpr std::size_t at_once = 64;
  SP_TRY(const std::vector<store::Entry> waiting, core.reader().undelivered(at_once));
  if (waiting.empty()) {
    return {};
  }
  if (!core.checkpoint() || core.checkpoint()->size <= waiting.back().release_n) {
    SP_CHECK(core.sign_head(wall));
  }
  for (const store::Entry& entry : waiting) {
    SP_TRY(const store::Checkpoint head, core.reader().checkpoint_at_least(entry.release_n + 1));
    SP_TRY(const std::string receipt, prove_leaf(core.reader(), entry.release_n, head));
    const auto stored = core.run(wall, [&]() -> Result<void> {
      if (!entry.receipt) {
        SP_CHECK(core.tx().put_receipt(entry.id, as_bytes(receipt)));
      }
      SP_CHECK(core.tx().put_delivered(entry.id, core.now()));
      SP_TRY(const gate::Step step, core.apply(gate::DeliverEntry{entry.id, head.size}));
      (void)step;
      return {};
    });
    if (!stored) {
      return std::unexpected(stored.error());
    }
  }
  return {};
}

} // namespace sallyport::engine
