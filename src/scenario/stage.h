// Where a scenario is played: the real engine on a folder of its own, a clock that is a value, people with
// software keys, and stand-ins for the sources that answer what the scenario says is so there. Everything
// runs on one thread, one sentence after the other; nothing is asked of a source unless a sentence says so.
#pragma once

#include "charter/model.h"
#include "crypto/ed25519.h"
#include "crypto/ssh_key.h"
#include "engine/core.h"
#include "engine/prober.h"
#include "packet/leaf.h"
#include "scenario/submission.h"
#include "scenario/verb.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::scenario {

// Somebody with an account. A second account of a person is an actor of its own with the same person and key.
struct Actor {
  std::string name;
  std::string kind; // person | agent | service
  std::optional<PersonId> person;
  AccountId account;
  std::shared_ptr<const crypto::Ed25519Key> key; // of persons

  crypto::PublicKey public_key() const { return crypto::make_ed25519_key(key->public_key()); }

  packet::OwnerSignature sign(std::string_view name_space, std::string_view bytes) const;
};

// What stands behind a citation at its source. Values in clear: the stand-in is the source.
struct Record {
  std::uint32_t content = 1;
  std::string status = "found"; // found | gone | unknown
  std::map<std::string, std::string> attrs;
  std::map<std::string, std::vector<std::string>> touches;
};

using RecordKey = std::pair<std::string, std::string>; // source, object

struct SourceTruth {
  bool silent = false;
  Duration lag;                                             // how far its record is behind
  Duration ahead;                                           // how far its clock is before ours
  std::vector<std::string> names{"Umbra Example Holdings"}; // that it lists: nobody in any story
};

struct PlayedManifest {
  ManifestId id;
  Digest digest;
  std::string bytes;
};

// A packet as the scenario knows it by its name.
struct Play {
  PacketId id;
  std::vector<Spec> specs;     // one for each revision that was taken
  std::vector<Digest> digests; // of those revisions
  std::optional<Spec> whole;   // of the rest of a split packet: what it was a part of
  std::vector<PlayedManifest> manifests;
  std::optional<ManifestId> draft;
  std::optional<RecheckId> recheck; // the last one that opened
  // Of a packet that people write together, by the names that the scenario gives them:
  std::map<std::string, EditId> edits = {};
  std::map<std::string, ItemId> items = {};
  std::map<std::string, packet::LeafNumber> flags = {};
  std::map<std::pair<std::string, std::string>, packet::LeafNumber> instructions = {}; // who, subject
};

// What the settings say; the log begins from it.
struct Cast {
  struct Person {
    std::string name;
    std::vector<std::string> roles;
  };

  struct Machine {
    std::string name;
    std::string kind;
    std::string of;
  };

  struct Citation {
    std::string id;
    std::string kind;
    std::string source;
    std::vector<std::string> touching;
    std::map<std::string, std::string> stating;
    std::set<std::string> pinning;
  };

  Instant start;
  std::vector<Person> owners; // of the log, each with one role
  std::vector<Person> people;
  std::vector<std::pair<std::string, std::string>> accounts; // name, of whom
  std::vector<Machine> machines;
  std::map<std::string, std::vector<std::string>> readers;  // name -> clearances
  std::vector<std::pair<std::string, std::string>> sources; // name, configuration as text
  std::vector<Citation> citations;
  std::string charter; // TOML
  std::string audience;
  Spec usual; // of packets whose sentence says nothing else
  std::string triager;
  std::vector<std::string> authors;
  bool open_charter = false; // the charter is not proposed, ratified and activated when the log begins
};

class Stage {
public:
  // `folder` is empty or absent; `load` gives the files that settings name.
  Stage(std::filesystem::path folder, std::function<Result<std::string>(const std::string&)> load);

  Cast cast;

  Result<std::string> load(const std::string& name) const { return load_(name); }

  // ---- the log begins

  bool begun() const { return core_ != nullptr; }

  Done begin();

  // ---- time and steps

  Instant now() const { return now_; }

  // Time passes; what it changes is evaluated at the instant at which it changes.
  Done pass_to(Instant target);

  Done pass(Duration time) { return pass_to(now_ + time); }

  Done batch(const std::function<Result<void>()>& work);
  // One event in one batch. A refusal is no problem here; it stands in refused().
  Tried<gate::Step> apply(const gate::Event& event);
  // The same where nothing of the step is looked at.
  Done act(const gate::Event& event);
  Done restart();
  Done sign_head();
  Done deliver();
  void refuse(const std::vector<packet::Reason>& reasons);

  // What came of the sentence that is told, and of time that passed before it.
  const std::vector<packet::Leaf>& leaves() const { return leaves_; }

  const std::vector<packet::Reason>& refused() const { return refused_; }

  Done read_leaves(); // what the log got since the sentence began

  void forget() {
    leaves_.clear();
    refused_.clear();
  }

  engine::Core& core() { return *core_; }

  const engine::Core& core() const { return *core_; }

  gate::World world() const { return core_->world(); }

  const gate::State& state() const { return core_->state(); }

  // ---- names

  Tried<const Actor*> actor(const Args& args, const std::string& slot = "who") const;
  Tried<const Actor*> actor_named(const std::string& name, const std::string& slot = "") const;
  Tried<const Actor*> person(const Args& args, const std::string& slot = "who") const; // one with a key
  Tried<Play*> play(const Args& args, const std::string& slot = "packet");
  Tried<const gate::Packet*> packet(const Args& args, const std::string& slot = "packet");
  std::string name_of(const AccountId& account) const;
  std::string name_of(const PersonId& person) const;
  std::string name_of(const PacketId& packet) const;

  std::map<std::string, Actor>& actors() { return actors_; }

  std::map<std::string, Play>& plays() { return plays_; }

  const std::map<std::string, Actor>& actors() const { return actors_; }

  const std::map<std::string, Play>& plays() const { return plays_; }

  std::vector<std::string> owner_names() const;

  const std::string& lane() const { return lane_; }

  // ---- what is so at the sources

  std::map<RecordKey, Record>& records() { return records_; }

  std::map<std::string, SourceTruth>& sources() { return sources_; }

  std::set<std::string>& directory() { return directory_; }

  // Digests of the fragments that the vault has, and the leaf of each dump's last scan.
  std::set<std::string>& envelopes() { return envelopes_; }

  std::map<std::string, packet::LeafNumber>& scans() { return scans_; }

  Tried<SourceTruth*> source(const Args& args, const std::string& slot = "source");
  // The stand-in answers the question, or is silent.
  Done answer(const engine::Question& question);
  // What sources that speak list is known before a revision is sent.
  Done list_names();
  Done ask(const std::string& source);
  Digest content_of(const std::string& key, std::uint32_t content) const;

  // ---- trust, kept as the next version would have it

  std::map<std::string, charter::Charter> charters; // by the name that the scenario gives them
  std::vector<packet::Grant> grants;
  std::map<std::string, std::vector<std::string>> audience;
  Tried<charter::Charter> parse_charter(const std::string& toml) const;
  Tried<gate::Step> activate_roster(const std::vector<const Actor*>& signers, const Actor& by);
  Tried<gate::Step> propose(const Actor& by, const charter::Charter& charter);
  Tried<gate::Step> ratify(const Actor& by, const charter::Charter& charter);

private:
  Done found_log();
  Done add_everybody();
  Done add_sources();
  Done sweep(Instant at);

  std::filesystem::path folder_;
  std::function<Result<std::string>(const std::string&)> load_;
  std::unique_ptr<engine::Core> core_;
  Instant now_;
  std::uint64_t told_ = 0; // leaves that were read
  std::vector<packet::Leaf> leaves_;
  std::vector<packet::Reason> refused_;
  std::map<std::string, Actor> actors_;
  std::map<std::string, Play> plays_;
  std::map<RecordKey, Record> records_;
  std::map<std::string, SourceTruth> sources_;
  std::set<std::string> directory_;
  std::set<std::string> envelopes_;
  std::map<std::string, packet::LeafNumber> scans_;
  std::string lane_;
};

} // namespace sallyport::scenario
