// A small world around one Machine, for tests and benchmarks: invented people with
// keys, one lane, its sources, packets with a truth behind their citations, and a clock that is a value.
// Everything repeats with the seed, passkeys apart.
//
// Every step is shadowed: its leaves are decoded from their bytes and folded into a second state, which
// must have the same digest at every eighth step and at the end (INV-40), and every leaf must keep its size.
// A broken shadow stops the program.
#pragma once

#include "gate/checks.h"
#include "gate/machine.h"

#include "charter/model.h"
#include "crypto/ed25519.h"
#include "crypto/ssh_key.h"
#include "packet/bounds.h"
#include "packet/roster.h"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::testing {
class SoftwarePasskey;
}

namespace sallyport::gate::testing {

inline constexpr Duration second{1'000};
inline constexpr Duration minute{60'000};
inline constexpr Duration hour{3'600'000};
inline constexpr Duration day{86'400'000};

using Edits = std::vector<std::pair<std::string, std::string>>;

// The break-glass charter as shipped, with texts replaced before it is parsed; each must be there.
charter::Charter break_glass(const Edits& edits = {});
// What lets a software key sign: the one difference that a demonstration may make (amendment 20).
inline const Edits software_keys{{"key_class_min = \"sk-uv\"", "key_class_min = \"software\""},
                                 {"step_up = true", "step_up = false"}};

struct Actor {
  PersonId person;
  AccountId account;
  std::string key_class = "software";
  std::shared_ptr<crypto::Ed25519Key> ssh;
  std::shared_ptr<sallyport::testing::SoftwarePasskey> passkey;

  crypto::PublicKey key() const;

  Digest fingerprint() const { return key().fingerprint(); }

  Bytes sign(std::string_view name_space, std::string_view bytes) const;
};

// What stands behind a citation at its source.
struct Object {
  ObjectId id;
  std::string source;
  std::string kind;
  std::string status = "same";
  std::uint32_t ordinal = 1;
  std::map<std::string, std::string> attrs;
  std::map<std::string, std::vector<std::string>> touches; // dimension -> clear values
  std::string key;                                         // its name at the source, where it must be known
  std::map<std::string, std::vector<std::string>> stated = {}; // of dimensions that stand in clear
};

struct PartSpec {
  std::string state = "held";
  bool include = false;
  std::string content = "annex text";
  packet::Bounds bounds = {};
};

// A packet as triage hands it over. `cites` names objects of Gate::objects by key.
struct Spec {
  std::string session = "session-83";
  std::string operator_ = "operator-1";
  std::map<std::string, std::string> tenants{{"t1", "Northwind"}};
  packet::Bounds bounds = {}; // scope that stands in clear
  // Hidden scope beside the tenants: dimension -> element -> clear value.
  std::map<std::string, std::map<std::string, std::string>> hidden = {};
  std::map<std::string, std::string> cites; // citation -> object key; made by Gate::usual_cites()
  std::map<std::string, std::map<std::string, std::string>> pins{{"c8", {{"version", "v1"}}}};
  std::vector<std::string> caveats{"k1", "k2", "k3"};
  std::map<std::string, PartSpec> parts;
  std::map<std::string, std::string> withheld; // id -> disclosure name where a secret stood
  std::vector<ScanFinding> findings;
  bool scan_complete = true;
  bool coarse_path = true; // upstream seals the coarse form that the lane asks for
  std::string severity = "sev1";
  std::string lane = "Q-PSR";
  std::string packet_class = "break-glass-token-replay";
  std::optional<PersonId> triager;
  std::vector<PersonId> authors;
  std::map<std::string, Instant> cited_at; // citation -> observed_at = complete_through, where not "now"
};

inline constexpr unsigned shadow_every = 8; // steps from one comparison to the next

struct Options {
  Edits edits = software_keys;
  std::uint64_t seed = 1;
  bool passkeys = false; // approvers sign with passkeys
  bool shadow = true;    // fold every leaf a second time
  bool activate = true;  // propose, ratify and activate the charter
  std::size_t approvers = 2;
};

class Gate {
public:
  explicit Gate(Options options = {});

  ~Gate() { compare(); }

  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // ---- time and steps

  Instant now;

  Gate& pass(Duration time) {
    now = now + time;
    return *this;
  }

  Step step(const Event& event);

  const State& state() const { return machine.state(); }

  const Packet& packet(const PacketId& id) const { return *state().find(id); }

  std::uint64_t random() { return random_(); }

  packet::Salt salt();

  Machine machine;
  std::vector<std::string> log; // every leaf's bytes
  // Replays the whole log from zero; its digest.
  Digest replayed() const;

  // ---- people. Roles: see roster().

  Actor anna, ben, cleo;                   // support-trust-approver; as many as Options::approvers
  Actor lena, liam;                        // support-trust-lead
  Actor gail, pavel;                       // governance owners: support-trust, product-security
  Actor tia;                               // triages; no role
  Actor aki;                               // writes; no role
  Actor rhea, rolf;                        // reviewers: both cleared, rolf for regulated environments too
  Actor sid;                               // queue steward
  Actor mira;                              // has an account, a key and nothing else
  AccountId agent;                         // operated by lena
  AccountId intake;                        // a service, operated by sid
  Actor make_person(bool passkey = false); // principal and key, by the owners

  // ---- trust

  packet::SignedStatement owners_sign(const canon::Value& statement, std::string_view name_space) const;
  std::vector<packet::Grant> grants;            // of the next roster
  std::vector<packet::AudienceMember> audience; // of the next roster
  Step activate_roster();                       // the next version, from the two above
  void grant(const Actor& who, const std::string& role, std::optional<Instant> from = {},
             std::optional<Instant> until = {});
  void revoke_grant(const Actor& who, const std::string& role);
  std::set<PersonId> directory; // what the reviewer directory says now
  Step propose(const Actor& by, const charter::Charter& charter);
  Step ratify(const Actor& by, const charter::Charter& charter);
  Step activate(const Actor& by, const charter::Charter& charter);
  // Proposed by gail, ratified by both, activated.
  Step adopt(const charter::Charter& charter);

  const charter::Charter& charter() const { return *machine.world().active_charter("Q-PSR"); }

  // ---- packets and evidence

  std::map<std::string, Object> objects; // by key
  // The eight kinds but the handling note, on objects of their own: "<name>/c1" ... made where absent.
  std::map<std::string, std::string> usual_cites(const std::string& name);
  Spec usual(const std::string& name = "one"); // with its own session, operator and objects
  packet::Bounds usual_bounds;                 // what it declares in clear
  std::map<std::string, std::map<std::string, std::string>> usual_hidden; // and beside the tenants
  Sealed seal(const PacketId& id, std::uint32_t number, const Spec& spec);
  PacketId submit(const Spec& spec); // must succeed
  Step try_submit(const Spec& spec, PacketId* id = nullptr);
  Step revise(const PacketId& id, const Spec& spec); // by the intake service, on the last revision

  // One source speaks of these objects (nothing: all that it has); of the directory if it is that.
  Step observe(const std::string& source, std::optional<RecheckId> recheck = {},
               std::optional<Instant> observed_at = {}, std::optional<Instant> complete_through = {},
               const std::vector<std::string>& keys = {});
  void observe_all(); // every source, now
  Step report(const std::string& source, const std::string& event,
              std::map<std::string, std::string> attrs = {}, std::optional<PacketId> id = {},
              std::optional<ObjectId> object = {});

  // ---- manifest and release. Each answers the step; the ids that it made are in `last`.

  struct Last {
    ManifestId manifest;
    RecheckId recheck;
    EntryId entry;
    std::string entry_bytes;
  } last;

  Step draft(const AccountId& by, const PacketId& id);
  Step submit_manifest(const Actor& by, const PacketId& id); // the last draft
  Digest bind(const PacketId& id);                           // draft and submit by lena; must succeed
  Step sign(const Actor& by, const PacketId& id);            // the manifest in review
  Step sign(const Actor& by, const PacketId& id, const Digest& manifest, const Bytes& sig);
  Step withdraw(const Actor& by, const PacketId& id, const PersonId& signer);
  Step request(const Actor& by, const PacketId& id);
  // Answers everything that the open recheck needs, a second later; then commits.
  void answer(const PacketId& id);
  Step commit(const PacketId& id);
  // From a fresh submission to the entry; must succeed.
  EntryId release(const PacketId& id);
  Step deliver(const EntryId& entry);
  Step clear(const Actor& by, const PacketId& id, const HoldId& hold);

  // ---- looking

  std::vector<std::string> holds(const PacketId& id) const; // "CODE subject", sorted
  bool held(const PacketId& id, const std::string& code) const;
  HoldId hold(const PacketId& id, const std::string& code) const; // empty where there is none
  bool authorised(const PacketId& id) const;
  std::vector<std::string> waits(const PacketId& id) const; // codes of quorum and lane

private:
  Actor make_key(bool passkey);
  Step enrol(const Actor& by, const Actor& whose);
  void compare() const;

  Options options_;
  std::mt19937_64 random_;
  State shadow_;
  unsigned steps_ = 0;
};

// ---- what a step did

void must(const Step& step);                           // succeeds, or the test says why not and ends
bool refused(const Step& step, std::string_view code); // refused, with this reason among others

template <class R> const R* find(const Step& step) {
  for (const LeafOut& out : step.leaves) {
    if (const R* record = std::get_if<R>(&out.leaf.record)) {
      return record;
    }
  }
  return nullptr;
}

template <class R> std::size_t count(const Step& step) {
  std::size_t n = 0;
  for (const LeafOut& out : step.leaves) {
    n += std::holds_alternative<R>(out.leaf.record) ? 1U : 0U;
  }
  return n;
}

inline Instant instant_of(const char* text) {
  return parse_instant(text).value();
}

} // namespace sallyport::gate::testing
