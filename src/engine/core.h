// The gate with its memory: machine, store, vault and keys, on one thread. Everything here runs inside
// a batch of the engine (engine.h), on the engine's thread, and is durable only after the batch
// commits; until then nothing of it may be told to anybody.
#pragma once

#include "engine/objects.h"
#include "engine/secrets.h"
#include "engine/terms.h"
#include "engine/workbook.h"
#include "gate/machine.h"
#include "ledger/checkpoint.h"
#include "ledger/policy.h"
#include "scan/scanner.h"
#include "source/config.h"
#include "store/store.h"
#include "vault/vault.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::engine {

struct CoreOptions {
  std::filesystem::path dir;
  std::string origin;
  std::string vfs = {};                       // tests only: an SQLite VFS that fails on demand
  std::function<std::uint64_t()> random = {}; // tests only: numbers that repeat, for what the gate draws
};

// How upstream names a revision of its own: system, case, revision number.
struct UpstreamKey {
  std::string system;
  std::string case_name;
  std::uint32_t revision = 0;
  auto operator<=>(const UpstreamKey&) const = default;
};

struct UpstreamSeen {
  PacketId packet;
  Digest digest;              // of what was sent
  std::uint32_t revision = 0; // what it became
  Digest revision_digest;
};

// What a batch leaves to be done after it has committed.
struct Aftermath {
  std::vector<RecheckId> probes; // rechecks that opened
  std::set<std::string> ask;     // sources to be asked now
  std::set<PacketId> timers;     // packets whose next deadline may have moved
  bool released = false;         // a checkpoint is due now
};

class Core {
public:
  static Result<std::unique_ptr<Core>> open(const CoreOptions& options);

  // ---- inside a batch

  // Decides, writes, applies. An error is one of storage: the batch is lost and the core reloads.
  Result<gate::Step> apply(const gate::Event& event);

  store::Transaction& tx() { return *tx_; }

  // The batch's time: not before the last leaf's.
  Instant now() const { return now_; }

  std::uint64_t random();

  // Once the batch is durable, the source is asked about everything that open packets cite of it.
  void ask_later(const std::string& source) { aftermath_.ask.insert(source); }

  // ---- reading; also outside a batch, on the engine's thread

  const gate::Machine& machine() const { return machine_; }

  gate::World world() const { return machine_.world(); }

  const gate::State& state() const { return machine_.state(); }

  const store::Reader& reader() const { return store_.reader(); }

  const Secrets& secrets() const { return secrets_; }

  const vault::Vault& vault() const { return vault_; }

  const CoreOptions& options() const { return options_; }

  Objects& objects() { return objects_; }

  const Objects& objects() const { return objects_; }

  const scan::RuleSet& rules() const { return rules_; }

  const std::map<std::string, source::Config>& sources() const { return sources_; }

  const std::map<UpstreamKey, UpstreamSeen>& upstream() const { return upstream_; }

  // In memory, and in the batch: the same upstream revision is known after a restart too.
  Result<void> remember_upstream(const UpstreamKey& key, const UpstreamSeen& seen);

  void remember_source(const source::Config& config) { sources_[config.source] = config; }

  TermBook& terms() { return terms_; }

  // In memory, and in the batch where they changed or the stored ones grow old.
  Result<void> remember_terms(const std::string& source, Terms terms);

  // What the leaves of a packet with a workspace come to; the packet is there.
  Result<const Work*> work(const PacketId& packet) { return workbook_.of(state(), reader(), packet); }

  const std::optional<ledger::Checkpoint>& checkpoint() const { return checkpoint_; }

  ledger::VerifierKey log_key() const;
  ledger::Policy policy() const;
  std::string name_of(const AccountId& account) const;

  const std::map<AccountId, std::string>& names() const { return names_; }

  void remember_name(const AccountId& account, std::string name) { names_[account] = std::move(name); }

  const std::map<std::uint32_t, AccountId>& uids() const { return uids_; }

  void remember_uid(std::uint32_t uid, const AccountId& account) { uids_[uid] = account; }

  // The unit's data key, made where it is new; for the vault.
  Result<store::DataKey> unit_key(const std::string& unit);

  // ---- for the engine

  // Runs `batch` with a transaction open; afterwards everything in it is durable, or it is as if it had
  // never been, and the core has been rebuilt from what is stored.
  Result<Aftermath> run(Instant wall, const std::function<Result<void>()>& batch);
  // Signs the present head, unless it is signed; the note is stored. Never a head that does not
  // continue the last one signed.
  Result<void> sign_head(Instant wall);

  // The unit's data key is gone for good. Outside a batch; repeat it after an error.
  Result<void> destroy(std::string_view unit, Instant wall);

private:
  Core(CoreOptions options, Secrets secrets, store::Store store, vault::Vault vault);

  Result<void> rehydrate();
  Result<void> replay();
  Result<void> load_library();
  Result<void> load_facts();
  Result<void> load_objects();
  Result<void> load_beside();
  void add_refs(gate::ReportEvent& event) const;
  Result<void> store_step(const gate::Event& event, const gate::Step& step);
  Result<void> store_objects();
  void take_zones();

  CoreOptions options_;
  Secrets secrets_;
  store::Store store_;
  vault::Vault vault_;
  scan::RuleSet rules_;
  gate::Machine machine_;
  Objects objects_;
  std::map<std::string, source::Config> sources_;
  TermBook terms_;
  Workbook workbook_;
  std::map<UpstreamKey, UpstreamSeen> upstream_;
  std::map<AccountId, std::string> names_;
  std::map<std::uint32_t, AccountId> uids_;
  std::optional<ledger::Checkpoint> checkpoint_;
  store::Transaction* tx_ = nullptr;
  Instant now_;
  Aftermath aftermath_;
  std::vector<std::uint64_t> draws_;
};

// The dossier of a sealed revision: what its stored bytes, disclosures and body say together.
Result<gate::Dossier> make_dossier(const packet::Revision& revision,
                                   const std::vector<packet::Disclosure>& disclosures,
                                   const canon::Value& body);

// What the body of an observation says of its objects, and of a directory.
struct ObservationFacts {
  std::map<ObjectId, gate::ObjectFacts> objects;
  std::optional<gate::Directory> directory;
  std::vector<std::string> lanes; // whose directory it is
};

Result<ObservationFacts> read_observation(const canon::Value& body);
canon::Object observation_body(const ObservationFacts& facts);

} // namespace sallyport::engine
