#include "engine/audit.h"

#include "crypto/digest.h"
#include "engine/raw_dumps.h"
#include "gate/retention.h"
#include "packet/leaf.h"
#include "store/reader.h"
#include "store/signer_state.h"
#include "vault/vault.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <thread>

namespace sallyport::engine {

namespace {

// The size of the newest head that is stored; nothing where none is.
std::optional<std::uint64_t> stored_head(const store::Reader& reader) {
  const auto head = reader.latest_checkpoint();
  return head ? std::optional(head->size) : std::nullopt;
}

// A head is signed before it is stored: beside a service that runs, the newest may be on its way.
std::optional<std::uint64_t> settled_head(const store::Reader& reader, std::uint64_t signed_size) {
  std::optional<std::uint64_t> head = stored_head(reader);
  for (int look = 0; look < 20 && head.value_or(0) < signed_size; ++look) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    head = stored_head(reader);
  }
  return head;
}

// A log that was cut ends before a head that was signed; and the newest head that was signed is stored, since
// the next one continues it and receipts lie under it.
Result<void> heads_agree(const CoreOptions& options, const store::Reader& reader, const gate::State& state) {
  SP_TRY(const auto last, store::read_signer_state(options.dir));
  const std::uint64_t signed_size = last ? last->size : 0;
  const auto head = settled_head(reader, signed_size);
  SP_TRY(const std::uint64_t now, reader.size());
  if (!last && head) {
    return fail(ErrorCode::corrupt, "signer.state", "is missing, though a head was signed");
  }
  if (std::max(signed_size, head.value_or(0)) > std::max(state.size, now)) {
    return fail(ErrorCode::corrupt, "log", "a larger head has been signed than the log has leaves");
  }
  const bool delivered =
      std::ranges::any_of(state.entries, [](const auto& at) { return at.second.delivered; });
  if (head.value_or(0) < signed_size || (!head && delivered)) {
    return fail(ErrorCode::corrupt, fmt::format("checkpoint {}", signed_size),
                "was signed and is not stored; a service that starts signs its head again");
  }
  return {};
}

// The body that a leaf commits to, unless its unit was destroyed.
Result<void> body_is_there(const store::Reader& reader, std::uint64_t n, const Digest& digest) {
  const auto unit = reader.unit_of_body(n);
  const auto destroyed = unit ? reader.is_destroyed(*unit) : std::unexpected(unit.error());
  if (destroyed && *destroyed) {
    return {};
  }
  const auto body = reader.body(n);
  if (!body || crypto::sha256(body->bytes) != digest) {
    return fail(ErrorCode::corrupt, fmt::format("body {}", n), "is not the one that its leaf commits to");
  }
  return {};
}

Result<void> manifests_are_there(const store::Reader& reader, const gate::Packet& packet) {
  for (const auto& [id, manifest] : packet.manifests) {
    if (manifest.leaf == 0) {
      continue; // a draft
    }
    const auto row = reader.manifest(id);
    if (!row || crypto::sha256(row->bytes) != manifest.digest) {
      return fail(ErrorCode::corrupt, "manifest " + id.str(), "is not the one that its leaf names");
    }
  }
  return {};
}

// What the leaves name is stored: entry cores and manifests with their digest, every revision.
Result<void> rows_are_there(const store::Reader& reader, const gate::State& state) {
  for (const auto& [id, entry] : state.entries) {
    const auto row = reader.entry(id);
    if (!row || crypto::sha256(row->core) != entry.digest) {
      return fail(ErrorCode::corrupt, "entry " + id.str(), "is not the one that its release leaf names");
    }
  }
  for (const auto& [id, packet] : state.packets) {
    SP_CHECK(manifests_are_there(reader, packet));
    SP_TRY(const bool destroyed, reader.is_destroyed(gate::unit_of(id)));
    for (std::uint32_t number = 1; !destroyed && number <= packet.last_number(); ++number) {
      if (!reader.revision(id, number)) {
        return fail(ErrorCode::corrupt, fmt::format("revision {} {}", id.str(), number), "is missing");
      }
    }
  }
  return {};
}

// The texts that leaves name: charters and rosters by digest, source configurations by epoch.
Result<void> texts_are_there(const store::Reader& reader, const gate::State& state) {
  for (const auto& [digest, version] : state.charters) {
    const auto text = reader.document("charter", digest.hex(), 1);
    if (!text || crypto::sha256(text->bytes) != digest) {
      return fail(ErrorCode::corrupt, "charter " + digest.hex(), "is not the one that the log names");
    }
  }
  for (const auto& [name, lane] : state.lanes) {
    if (!lane.roster) {
      continue;
    }
    const auto text = reader.document("roster", name, lane.roster_version);
    if (!text || crypto::sha256(text->bytes) != *lane.roster) {
      return fail(ErrorCode::corrupt, "roster " + name, "is not the one that the log names");
    }
  }
  for (const auto& [name, source] : state.sources) {
    if (!reader.document("source", name, source.epoch)) {
      return fail(ErrorCode::corrupt, "source " + name, "has no configuration of its epoch");
    }
  }
  return {};
}

// The parts of every head have a row, and every row its blob, unless the unit's key was destroyed.
Result<void> parts_are_there(const CoreOptions& options, const store::Reader& reader,
                             const gate::State& state) {
  SP_TRY(const vault::Vault vault, vault::Vault::open(options.dir / "vault"));
  for (const auto& [id, packet] : state.packets) {
    SP_TRY(const std::vector<store::Part> rows, reader.parts(id));
    if (packet.head) {
      for (const auto& [part, part_state] : packet.head->parts) {
        const std::string name = fmt::format("{}/{}", packet.head->number, part);
        if (std::ranges::find(rows, name, &store::Part::part) == rows.end()) {
          return fail(ErrorCode::corrupt, fmt::format("part {} {}", id.str(), name), "is missing");
        }
      }
    }
    for (const store::Part& row : rows) {
      SP_TRY(const bool destroyed, reader.is_destroyed(row.unit));
      if (destroyed) {
        continue;
      }
      const auto key = reader.unit_key(row.unit);
      const auto bytes = key ? vault.get(row.address, row.unit, key->expose()) : std::unexpected(key.error());
      if (!bytes || bytes->size() != row.bytes) {
        return fail(ErrorCode::corrupt, fmt::format("part {} {}", id.str(), row.part),
                    "its file is missing or is not the one that was put");
      }
    }
  }
  return {};
}

} // namespace

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
      if (leaf->body) {
        SP_CHECK(body_is_there(reader, n, *leaf->body));
      }
      machine.replay(*leaf);
      ++n;
    }
  }
  SP_CHECK(heads_agree(options, reader, machine.state()));
  SP_CHECK(rows_are_there(reader, machine.state()));
  SP_CHECK(texts_are_there(reader, machine.state()));
  SP_CHECK(parts_are_there(options, reader, machine.state()));
  SP_CHECK(raw_is_there(options, reader));
  return Audit{size, gate::state_digest(machine.state())};
}

} // namespace sallyport::engine
