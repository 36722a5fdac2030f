#include "engine/core.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "engine/drafts.h"
#include "engine/texts.h"
#include "engine/time_zones.h"
#include "gate/retention.h"
#include "ledger/tiles.h"
#include "store/signer_state.h"

#include <algorithm>

namespace sallyport::engine {

Core::Core(CoreOptions options, Secrets secrets, store::Store store, vault::Vault vault)
    : options_(std::move(options)), secrets_(std::move(secrets)), store_(std::move(store)),
      vault_(std::move(vault)), rules_(scan::RuleSet::standard()) {
}

Result<std::unique_ptr<Core>> Core::open(const CoreOptions& options) {
  SP_TRY(Secrets secrets, load_secrets(options.dir));
  const store::Options store_options{options.origin, wrapping_key_file(options.dir), false, options.vfs};
  SP_TRY(store::Store store, store::Store::open(options.dir, store_options));
  // Whatever was signed once is in the log for ever: a shorter one is an older copy, and may be a fork.
  SP_TRY(const auto last, store::read_signer_state(options.dir));
  const bool signed_before = store.reader().latest_checkpoint().has_value();
  if ((last && last->size > store.size()) || (!last && signed_before)) {
    return fail(
        ErrorCode::corrupt, (options.dir / "log.db").string(),
        "the log is not the one whose head was signed last; put the newer one back, or begin a new log");
  }
  SP_TRY(vault::Vault vault, vault::Vault::open(options.dir / "vault"));
  std::unique_ptr<Core> core(new Core(options, std::move(secrets), std::move(store), std::move(vault)));
  SP_CHECK(core->rehydrate());
  return core;
}

std::uint64_t Core::random() {
  return options_.random ? options_.random() : crypto::random_u64();
}

ledger::VerifierKey Core::log_key() const {
  auto key =
      ledger::VerifierKey::make(options_.origin, ledger::SignatureType::ed25519, secrets_.log.public_key());
  SP_ASSERT(key.has_value()); // the origin was checked at init
  return *std::move(key);
}

ledger::Policy Core::policy() const {
  ledger::Policy policy;
  policy.logs.push_back({log_key(), ""});
  return policy;
}

std::string Core::name_of(const AccountId& account) const {
  const auto at = names_.find(account);
  return at == names_.end() ? account.str() : at->second;
}

Result<void> Core::remember_upstream(const UpstreamKey& key, const UpstreamSeen& seen) {
  upstream_[key] = seen;
  const std::string bytes = canon::write(canon::Object{{"system", key.system},
                                                       {"case", key.case_name},
                                                       {"upstream_revision", std::int64_t{key.revision}},
                                                       {"packet", seen.packet.str()},
                                                       {"digest", seen.digest.hex()},
                                                       {"revision", std::int64_t{seen.revision}},
                                                       {"revision_digest", seen.revision_digest.hex()}});
  const ByteView view = as_bytes(bytes);
  const std::string name = key.system + "\n" + key.case_name + "\n" + std::to_string(key.revision);
  // In place of that of a packet that was erased: the case came again, and nobody can know it.
  return tx_->replace_document({"upstream", secrets_.ref("upstream", name), 1, gate::unit_of(seen.packet),
                                Bytes(view.begin(), view.end())});
}

Result<void> Core::remember_terms(const std::string& source, Terms terms) {
  constexpr Duration kept_for{60'000}; // a restart may find the stored list this much older than it was
  const Terms* known = terms_.find(source);
  const bool grown_old = known == nullptr || terms.read_at - known->read_at >= kept_for;
  const std::string text = terms_text(terms);
  const ByteView bytes = as_bytes(text);
  if (!terms_.put(source, std::move(terms)) && !grown_old) {
    return {};
  }
  return tx_->replace_document({"terms", source, 1, "source/" + source, Bytes(bytes.begin(), bytes.end())});
}

Result<store::DataKey> Core::unit_key(const std::string& unit) {
  return store_.obtain_unit_key(unit, now_);
}

Result<Aftermath> Core::run(Instant wall, const std::function<Result<void>()>& batch) {
  now_ = std::max(wall, machine_.state().last_at);
  aftermath_ = {};
  const auto committed = store_.run(now_, [&](store::Transaction& tx) -> Result<void> {
    tx_ = &tx;
    SP_CHECK(batch());
    // A step that was taken and not stored, whatever its error was taken for, must not be committed around.
    if (tx.size() != machine_.state().size) {
      return fail(ErrorCode::unavailable, "log", "a step was not stored");
    }
    return store_objects();
  });
  tx_ = nullptr;
  if (committed) {
    return std::move(aftermath_);
  }
  // In memory there is more than on disk: go back to what is stored.
  SP_CHECK(store_.reload());
  SP_CHECK(rehydrate());
  return std::unexpected(committed.error());
}

// Of every charter that is known: one that is proposed may be active later.
void Core::take_zones() {
  std::set<std::string> names;
  for (const auto& [digest, charter] : machine_.library().charters) {
    names.merge(zones_of(charter));
  }
  machine_.library().zones = read_zones(names);
}

// Values that the charter compares with hidden scope, as refs: the gate sees no clear value.
void Core::add_refs(gate::ReportEvent& event) const {
  for (const auto& [lane, known] : state().lanes) {
    const charter::Charter* charter = world().active_charter(lane);
    if (charter == nullptr) {
      continue;
    }
    for (const charter::Trigger& row : charter->lineage.triggers) {
      if (row.when && row.when->scope && event.attrs.contains(row.when->attr)) {
        event.refs[{row.when->attr, *row.when->scope}] =
            secrets_.ref("scope/" + *row.when->scope, event.attrs.at(row.when->attr));
      }
    }
  }
}

Result<gate::Step> Core::apply(const gate::Event& said) {
  if (const auto attempt = unfit_text(said)) {
    return apply(*attempt);
  }
  std::optional<gate::Event> with_refs;
  if (const auto* report = std::get_if<gate::ReportEvent>(&said)) {
    with_refs = *report;
    add_refs(std::get<gate::ReportEvent>(*with_refs));
  }
  const gate::Event& event = with_refs ? *with_refs : said;
  draws_.resize(gate::draws_per_step);
  if (options_.random) {
    std::ranges::generate(draws_, options_.random);
  } else {
    crypto::random_bytes(
        {reinterpret_cast<std::uint8_t*>(draws_.data()), draws_.size() * sizeof(std::uint64_t)});
  }
  gate::Draws draws(draws_, [this] { return random(); });
  gate::Step step = machine_.step(event, now_, draws);
  SP_CHECK(store_step(event, step));
  if (step.ok() && std::holds_alternative<gate::ProposeCharter>(event)) {
    take_zones();
  }
  for (const PacketId& id : step.touched) {
    const gate::Packet* packet = state().find(id);
    if (packet != nullptr && packet->workspace && !packet->open()) {
      SP_CHECK(discard_drafts(*this, id));
    }
  }
  aftermath_.released = aftermath_.released || !step.entries.empty();
  aftermath_.probes.insert(aftermath_.probes.end(), step.probes.begin(), step.probes.end());
  aftermath_.timers.insert(step.touched.begin(), step.touched.end());
  return step;
}

Result<void> Core::store_step(const gate::Event& event, const gate::Step& step) {
  for (const gate::LeafOut& leaf : step.leaves) {
    std::optional<store::Body> body;
    if (leaf.body) {
      const ByteView bytes = as_bytes(*leaf.body);
      body = store::Body{leaf.unit, Bytes(bytes.begin(), bytes.end())};
    }
    SP_CHECK(tx_->append(leaf.leaf.n, as_bytes(leaf.bytes), body));
  }
  if (step.manifest) {
    const ByteView bytes = as_bytes(step.manifest->bound.bytes);
    SP_CHECK(tx_->put_manifest({step.manifest->id, step.manifest->bound.manifest.packet,
                                crypto::sha256(bytes), Bytes(bytes.begin(), bytes.end())}));
  }
  for (const gate::CommittedEntry& entry : step.entries) {
    const ByteView bytes = as_bytes(entry.bytes);
    SP_CHECK(tx_->put_entry({entry.id, entry.packet, entry.lane, Bytes(bytes.begin(), bytes.end()),
                             state().entries.at(entry.id).leaf, std::nullopt, std::nullopt}));
  }
  if (!step.ok()) {
    return {};
  }
  // Texts that leaves name by digest.
  if (const auto* roster = std::get_if<gate::ActivateRoster>(&event)) {
    const std::string bytes = packet::roster_bytes(roster->roster);
    const ByteView view = as_bytes(bytes);
    return tx_->replace_document(
        {"roster", roster->roster.lane, roster->roster.version, "", Bytes(view.begin(), view.end())});
  }
  if (const auto* propose = std::get_if<gate::ProposeCharter>(&event)) {
    const std::string bytes = canon::write(charter::canonical(propose->charter));
    const ByteView view = as_bytes(bytes);
    return tx_->replace_document(
        {"charter", charter::digest(propose->charter).hex(), 1, "", Bytes(view.begin(), view.end())});
  }
  return {};
}

Result<void> Core::store_objects() {
  for (const ObjectId& id : objects_.take_changed()) {
    const std::string bytes = canon::write(Objects::to_value(*objects_.find(id)));
    const ByteView view = as_bytes(bytes);
    SP_CHECK(tx_->replace_document(
        {"object", id.str(), 1, "object/" + id.str(), Bytes(view.begin(), view.end())}));
  }
  return {};
}

Result<void> Core::destroy(std::string_view unit, Instant wall) {
  SP_CHECK(store_.destroy(unit, wall));
  // What a restart would not find is not remembered until then either.
  workbook_.clear();
  std::erase_if(upstream_, [&](const auto& at) { return gate::unit_of(at.second.packet) == unit; });
  return {};
}

Result<void> Core::sign_head(Instant wall) {
  const std::uint64_t size = store_.size();
  if (size == 0 || (checkpoint_ && checkpoint_->size == size)) {
    return {};
  }
  const ledger::Checkpoint head{options_.origin, size, store_.root()};
  SP_TRY(const auto last, store::read_signer_state(options_.dir));
  ledger::HeadGuard guard = last ? ledger::HeadGuard({options_.origin, last->size, last->root})
                                 : ledger::HeadGuard::genesis(options_.origin);
  std::vector<Digest> proof;
  if (last && last->size > 0 && last->size < size) {
    SP_TRY(proof, ledger::consistency_proof(store_.reader(), last->size, size));
  }
  SP_CHECK(guard.advance(head, proof));
  SP_CHECK(store::write_signer_state(options_.dir, {size, head.root}));
  SP_TRY(const std::string note, ledger::sign_checkpoint(head, secrets_.log));
  SP_CHECK(store_.run(wall, [&](store::Transaction& tx) { return tx.put_checkpoint({size, note}); }));
  checkpoint_ = head;
  return {};
}

} // namespace sallyport::engine
