// A small world around one Machine for packets that people and agents write together: the crash-dump charter
// as shipped, invented people with keys, its sources, one dump with four fragments, and a clock that is a
// value. Like the fixture of dispatched packets (fixture.h) it shadows every step by a second fold of the
// leaves.
#pragma once

#include "gate/testing/fixture.h"
#include "packet/coproduced.h"
#include "packet/statement.h"

#include <string>
#include <vector>

namespace sallyport::gate::testing {

charter::Charter crash_dump(const Edits& edits = {});

struct WorkshopOptions {
  Edits edits = software_keys;
  std::uint64_t seed = 1;
};

class Workshop {
public:
  explicit Workshop(WorkshopOptions options = {});

  ~Workshop() { compare(); }

  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  Instant now;

  Workshop& pass(Duration time) {
    now = now + time;
    return *this;
  }

  Step step(const Event& event);

  const State& state() const { return machine.state(); }

  const Packet& packet(const PacketId& id) const { return *state().find(id); }

  const Workspace& workspace(const PacketId& id) const { return *packet(id).workspace; }

  std::uint64_t random() { return random_(); }

  Machine machine;
  std::vector<std::string> log;
  Digest replayed() const;

  // ---- people

  Actor rhea; // release owner
  Actor piet; // privacy lead, section privacy
  Actor mara; // crash forensics, section dumps; operator of the agent
  Actor tomo; // production reliability, section runtime
  Actor lin, oba;
  Actor gail, pavel; // governance owners
  Actor mira;        // has an account, a key and nothing else
  AccountId agent, forensics, intake;

  std::vector<packet::Grant> grants;
  void grant(const Actor& who, const std::string& role);
  void revoke_grant(const Actor& who, const std::string& role);
  Step activate_roster();

  const charter::Charter& charter() const { return *machine.world().active_charter(lane); }

  Step propose_charter(const charter::Charter& charter);

  static constexpr const char* lane = "IN-PRIVENG";
  static constexpr const char* origin = "sallyport.example/priveng";

  // ---- evidence

  std::map<std::string, Object> objects; // by citation
  canon::Object content;                 // what the working revision comes to
  std::uint32_t dump_rev = 1;
  std::map<std::string, std::uint32_t> pins{{"ruleset", 1}, {"taxonomy", 1}};
  using Residual = std::map<std::string, std::uint32_t>; // by class, what a scan left
  static Residual left(std::uint32_t customer_identifier = 0);
  Step scan(Residual residual = left(), std::uint32_t rev = 0); // of the dump as it is
  packet::ScanFacts scan_facts;                                 // what scan() says beside that
  LeafNumber scanned = 0;                                       // the last scan's leaf
  // What people write of deadlines; else what the registry states.
  std::optional<std::string> written_deadline;
  std::string written_source = "retention-registry";
  std::string end_state = "bytes_gone"; // of every fragment
  void set_dump(std::uint32_t rev);     // the dump and its fragments, of that revision
  Step observe(const std::string& source, std::optional<RecheckId> recheck = {});
  void observe_all();
  Step report(const std::string& source, const std::string& event,
              std::map<std::string, std::string> attrs = {}, std::optional<PacketId> id = {});

  // ---- workspace

  PacketId open(const std::string& group = "group-1");
  Step try_open(const Actor& by, const OpenWorkspace& event);
  OpenWorkspace opening(const std::string& group = "group-1");
  static canon::Value put(const std::string& at, canon::Value value);
  static canon::Value remove(const std::string& at);
  Step propose(const AccountId& by, const PacketId& id, const std::string& section, const canon::Array& ops,
               std::optional<LeafNumber> base = {}, const std::vector<EditId>& answers = {});
  Step accept(const Actor& by, const PacketId& id, const EditId& edit,
              const std::vector<NewFinding>& findings = {}, const std::vector<EditId>& beside = {});
  Step reject(const Actor& by, const PacketId& id, const EditId& edit, const std::string& code);
  EditId last_edit;
  // Proposed and accepted by mara in her section; must succeed.
  void edit(const PacketId& id, const canon::Array& ops, const std::vector<NewFinding>& findings = {});
  Sealed sealed(const PacketId& id);
  Step seal(const Actor& by, const PacketId& id);
  std::map<PacketId, std::vector<std::string>> sealed_bytes; // of the revisions, as they are stored
  // Opened, the whole content put, scanned, sealed and observed: what holds it is the boundary alone.
  PacketId ready(const std::string& group = "group-1");

  // ---- ledger

  Step object(const Actor& by, const PacketId& id, const std::string& category, const std::string& subject,
              std::optional<std::string> stub = {}, std::optional<LeafNumber> flag = {});
  Step instruct(const Actor& by, const PacketId& id, const std::string& subject, const std::string& stance);
  Step resolve(const Actor& by, const PacketId& id, std::vector<ItemId> items, const std::string& code,
               std::optional<ItemId> of = {});
  ItemId item(const PacketId& id, const std::string& kind,
              const std::string& category = "") const; // the last such
  packet::AcceptStatement acceptance(const Actor& by, const PacketId& id, const std::string& role,
                                     const std::vector<ItemId>& items,
                                     const std::string& words = "as it is") const;
  Step accept_items(const Actor& by, const PacketId& id, const packet::AcceptStatement& said,
                    const std::string& words = "as it is");
  Step accept_items(const Actor& by, const PacketId& id, const std::string& role,
                    const std::vector<ItemId>& items, const std::string& words = "as it is");
  void accept_all(const PacketId& id); // by both leaders, in the same words; must succeed

  // ---- manifest and release

  ManifestId manifest;
  RecheckId recheck;
  EntryId entry;
  std::string entry_bytes;
  Step draft(const AccountId& by, const PacketId& id, const std::vector<packet::NamedSigner>& signers = {});
  Step submit(const Actor& by, const PacketId& id);
  void bind(const PacketId& id); // drafted and submitted by rhea; must succeed
  Step sign(const Actor& by, const PacketId& id, std::string_view name_space = packet::act::release);
  Step press(const Actor& by, const PacketId& id);
  void answer(const PacketId& id);
  Step commit(const PacketId& id);
  void release(const PacketId& id); // from ready() to the entry; must succeed
  Step verdict(const Actor& by, const std::string& code, const std::vector<Wish>& wanted = {},
               const std::vector<std::string>& found = {});

  // ---- looking

  std::vector<std::string> holds(const PacketId& id) const; // codes that block, sorted; each once
  bool held(const PacketId& id, const std::string& code) const;

  bool reviewed(const PacketId& id) const { return packet(id).reviewed() != nullptr; }

private:
  Actor make_key();
  Actor make_person();
  packet::SignedStatement owners_sign(const canon::Value& statement, std::string_view name_space) const;
  packet::Salt salt();
  void compare() const;

  std::mt19937_64 random_;
  State shadow_;
  unsigned steps_ = 0;
  std::string bytes_; // of the last revision that sealed() made
};

inline constexpr const char* owner_role = "engineering-release-owner";

inline const Item& item_at(const Workshop& w, const PacketId& id, const ItemId& item) {
  return w.workspace(id).ledger.items.at(item);
}

// Accepted where it must be, bound and signed by its owner: what is missing is the press.
PacketId signed_packet(Workshop& w, const std::string& group = "group-1");

} // namespace sallyport::gate::testing
