// A town around one gate: invented people, sources with a truth behind them, packets that arrive, a clock and
// a post that loses, delays and repeats. It makes events from the present state of things; what the gate
// makes of them is the gate's. Everything repeats with the seed.
#pragma once

#include "gate/machine.h"
#include "ledger/merkle.h"
#include "packet/statement.h"
#include "sim/draw.h"
#include "sim/truth.h"

#include <array>
#include <deque>
#include <functional>

namespace sallyport::sim {

inline constexpr Duration second{1'000};
inline constexpr Duration minute{60'000};
inline constexpr Duration hour{3'600'000};
inline constexpr Duration day{86'400'000};

// Where events go: the machine alone, or an engine over a store. Nothing: storage failed, and it never was.
class Host {
public:
  virtual ~Host() = default;
  virtual std::optional<gate::Step> step(const gate::Event& event, Instant now, Draw& draws) = 0;
  virtual const gate::Machine& machine() const = 0;

  // What lies beside the log, wrong for one event and then as it was: bytes re-read from a bad disk.
  virtual gate::Machine* spoil() { return nullptr; }

  // The revision that the next SubmitPacket or RevisePacket seals, for a host that stores it.
  virtual void sealed(const packet::SealedRevision&) {}
};

class MachineHost : public Host {
public:
  std::optional<gate::Step> step(const gate::Event& event, Instant now, Draw& draws) override;

  const gate::Machine& machine() const override { return machine_; }

  gate::Machine* spoil() override { return &machine_; }

  MachineHost();

private:
  gate::Machine machine_;
};

// How far a packet has come; what brings it further is help().
enum class Stage { none, open, in_review, signed_once, authorised, recheck, answered, released };

// Everything that was played is told to a watcher: the oracle, the coverage table, the log.
struct Played {
  const gate::Event& event;
  const gate::Step& step;
  Instant now;
  bool harmful = false;
};

using Watcher = std::function<void(const Played&)>;

// An answer of a source on its way.
struct Letter {
  gate::Observe observe;
  Snapshot snapshot;
};

class Town {
public:
  Town(const charter::Charter& charter, std::uint64_t seed, Host& host, Truth& truth, Watcher watcher);

  // Whether the gate took it. A repeated event is remembered once.
  bool play(gate::Event event);
  bool harmful = false; // the row that plays now only ever takes away

  Instant now;

  const gate::State& state() const { return host_->machine().state(); }

  gate::World world() const { return host_->machine().world(); }

  Host& host() { return *host_; }

  Truth& truth() { return *truth_; }

  // A copy plays on by itself, on a copy of the host and the truth. It shares the people: nothing that
  // changes a person's keys or accounts may be played in it.
  void move_to(Host& host, Truth& truth, Watcher watcher);

  const charter::Charter& charter() const;

  const std::string& lane() const { return lane_; }

  // ---- people

  std::vector<Person*> signers; // hold some role of signers.require
  std::vector<Person*> leads;   // hold every other role of the charter
  std::vector<Person*> owners;
  std::vector<Person*> readers;
  Person* outsider = nullptr;
  AccountId agent, intake, other_intake;

  Person& anybody(Draw& draw);
  AccountId account_of(const Person& person, Draw& draw) const;
  Bytes sign(const Person& person, std::string_view name_space, std::string_view bytes);
  packet::SignedStatement owners_sign(const canon::Value& statement, std::string_view name_space);
  void renew_key(Person& person);

  std::vector<packet::Grant> grants; // of the next roster
  std::vector<packet::AudienceMember> audience;
  bool activate_roster();
  void grant(const Person& person, const std::string& role, Duration from = {},
             Duration until = {300 * day.ms});
  std::set<std::string> signer_roles() const;
  // Three of four hold each signing role, so some person holds several; nobody does where somebody stands in.
  void grant_signers(std::size_t holders = 3);

  // ---- packets

  static constexpr std::size_t slots = 4;
  const PacketId& packet_at(std::size_t slot);
  const gate::Packet* find(std::size_t slot);
  void submit(std::size_t slot, Draw& draw);
  void revise(std::size_t slot, Draw& draw, bool clean);
  // What upstream declares: dimension -> element -> clear value.
  using Scope = std::map<std::string, std::map<std::string, std::string>>;
  // `scope`: the rest of a split, or what is left of it; else drawn.
  gate::Sealed seal(const PacketId& id, std::uint32_t number, Draw& draw, bool clean,
                    const std::optional<Scope>& scope = {});
  const std::string* manifest_bytes(const Digest& digest) const;
  const gate::ManifestState* reviewed(std::size_t slot);

  // ---- sources

  std::map<ObjectId, Thing> things;
  std::set<PersonId> directory;
  std::map<std::string, Duration> skew;
  std::map<std::string, Duration> lag; // how far behind a source's own record is
  std::set<std::string> silent;
  std::deque<Letter> post; // written, not delivered
  std::vector<Letter> delivered;

  Letter write(const std::string& source, const std::optional<RecheckId>& recheck);
  void deliver(const Letter& letter);
  void observe(const std::string& source, const std::optional<RecheckId>& recheck = {});
  std::vector<Thing*> cited(std::size_t slot);
  void heal(std::size_t slot);
  // What a source says of a record when nothing is wrong.
  std::map<std::string, std::string> usual(const std::string& source) const;

  // ---- what people decide beside signing (town_decisions.cc)

  // What a manifest of this packet has to ask for now: holds to cross, substitutes for who is away.
  gate::Waived waived(std::size_t slot);
  void submit_manifest(std::size_t slot, const AccountId& by, const ManifestId& draft, gate::Waived asked);
  void override_hold(std::size_t slot, const HoldId& hold, const Person& who, const AccountId& account);
  void ratify_substitute(std::size_t slot, const gate::ManifestState& manifest, const Person& who,
                         const AccountId& account);
  void split_packets(std::size_t slot, const PacketId& other, const Person& who, const AccountId& account);
  // The elements of the split dimension that open holds name; the rest goes on.
  std::set<std::string> held_elements(std::size_t slot);
  void split_scope(std::size_t slot, const std::set<std::string>& held, const Person& who,
                   const AccountId& account);
  bool away(const std::string& role) const; // nobody holds it
  Person* deputy = nullptr;                 // stands in where a charter lets somebody

  // ---- packets that people and agents write together (town_workspace.cc, town_ledger.cc)

  bool writes() const { return charter().ledger.has_value(); }

  struct Proposal {
    std::string section;
    canon::Array ops;
    std::vector<EditId> answers;
  };

  void open_workspace(std::size_t slot, Draw& draw);
  // What the accepted edits came to, here and in what the packet continues.
  canon::Object content(const gate::Packet& packet) const;
  EditId propose_edit(std::size_t slot, const AccountId& by, const Proposal& proposal,
                      std::optional<packet::LeafNumber> base = {});
  void seal_workspace(std::size_t slot, Draw& draw, bool clean);
  packet::AcceptStatement acceptance(std::size_t slot, const Person& who, const std::string& role,
                                     const std::set<ItemId>& items, const std::string& words) const;
  void accept_items(std::size_t slot, const Person& who, const AccountId& account,
                    const packet::AcceptStatement& said, const std::string& words);
  void withdraw_packet(std::size_t slot);
  Person& person_of(const PersonId& id) const;
  // Who is to sign beside the owner, so that every place is filled.
  std::vector<packet::NamedSigner> named(std::size_t slot, Draw& draw);
  std::string_view signing_act(std::size_t slot);
  std::string_view usual_words() const;

  // The lane's verdict that asks for more.
  std::string negative_verdict() const { return writes() ? "narrower_evidence" : "returned"; }

  // ---- what people do when nothing is in the way: one event towards the release

  void help(std::size_t slot, Draw& draw);
  Stage stage(std::size_t slot);
  void bring(std::size_t slot, Stage to, Draw& draw);

  std::map<PacketId, RecheckId> rechecks;                 // the last of each packet, also when it is over
  std::deque<std::shared_ptr<const gate::Event>> history; // to be sent again
  std::vector<charter::Charter> proposed;

  std::uint64_t random() { return draws_.next(); }

  packet::Salt salt();

private:
  void found();
  void staff();
  Person& make_person(std::size_t accounts = 1);
  void make_key(Person& person);
  ObjectId thing(const std::string& kind, const std::string& source, Draw& draw,
                 const std::map<std::string, std::set<std::string>>& scope, const std::string& key);
  Scope drawn_scope(Draw& draw, bool clean);
  // What a revision of this packet should declare where a split decided it.
  std::optional<Scope> left_by_split(const gate::Packet& packet) const;
  std::size_t held_before(const gate::Packet& packet) const;
  std::size_t elements_of(const gate::Packet& packet) const;
  bool resolve(std::size_t slot, const gate::Packet& packet, Draw& draw);
  bool resolve_waived(std::size_t slot, const gate::Packet& packet, const HoldId& id, Draw& draw);
  void resolve_duplicate(std::size_t slot, const gate::Packet& packet, const gate::Hold& hold,
                         const HoldId& id, Draw& draw);
  void help_review(std::size_t slot, const gate::Packet& packet, Draw& draw);
  gate::Sealed seal_written(const PacketId& id, const gate::Packet& packet, Draw& draw, bool clean,
                            const canon::Object& content);
  void cite(packet::WorkingRevision& working, Sealing& sealing, gate::Sealed& sealed, Draw& draw, bool clean);
  canon::Object tidied(const gate::Packet& packet, canon::Object content) const;
  void write_now(std::size_t slot, const gate::Packet& packet, canon::Array ops, Draw& draw);
  void write_first(std::size_t slot, const gate::Packet& packet, Draw& draw);
  bool prepare_seal(std::size_t slot, Draw& draw);
  bool settle_edits(std::size_t slot, const gate::Packet& packet, Draw& draw);
  bool address(std::size_t slot, const gate::Packet& packet, Draw& draw);
  bool settle_item(std::size_t slot, const gate::Packet& packet, const ItemId& id, Draw& draw);
  void accept_open(std::size_t slot, const gate::Packet& packet, const std::set<ItemId>& items, Draw& draw);
  void help_recheck(std::size_t slot, const gate::Packet& packet, Draw& draw);
  void learn(const gate::Event& event, const gate::Step& step);

  Host* host_;
  Truth* truth_;
  Watcher watcher_;
  std::shared_ptr<const charter::Charter> first_charter_;
  std::string lane_;
  Draw draws_;
  std::shared_ptr<std::deque<Person>> people_ = std::make_shared<std::deque<Person>>();
  std::array<PacketId, slots> packets_;
  std::map<Digest, std::string> manifests_;
  std::map<std::string, std::map<std::string, std::string>> usual_attrs_; // by source
  Snapshot pending_;
  std::map<EditId, canon::Array> ops_; // of every edit that was proposed
  std::map<PacketId, Scope> meant_;    // what a workspace is about
};

// Case tuples as intake makes them: one per combination of the values of a row's names.
gate::CaseTuples tuples_of(const charter::Charter& charter, const std::map<std::string, std::string>& fields,
                           const std::map<std::string, std::set<std::string>>& scope);

} // namespace sallyport::sim
