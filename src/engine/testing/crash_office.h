// A founded service with invented people and the crash-dump charter, on a real folder: what tests of packets
// that people write together stand on. Sources are answered in process, as Office does (office.h).
#pragma once

#include "engine/testing/office.h"
#include "engine/workspaces.h"

#include <map>
#include <string>

namespace sallyport::engine::testing {

inline constexpr const char* crash_lane = "IN-PRIVENG";

class CrashOffice {
public:
  // Makes `dir` with everything up to an active charter. Aborts where a step fails: it is the ground.
  static void found(const std::filesystem::path& dir, Instant now);
  explicit CrashOffice(const std::filesystem::path& dir);

  Instant now;
  std::unique_ptr<Core> core;
  Member gail, pavel;            // governance
  Member rhea, piet, mara, tomo; // release owner, privacy lead, forensics, reliability
  Member lin, oba;               // the lane's readers
  AccountId agent, forensics;    // mara's

  gate::Step apply(const gate::Event& event);
  void batch(const std::function<Result<void>()>& work);

  // What a citation says of a record: {key, occurred_at, content, pins?}.
  struct Record {
    std::string kind, source, key;
    std::string content; // text; its digest is the record's content
    std::map<std::string, std::string> attrs;
    std::map<std::string, std::vector<std::string>> touches;
  };

  std::map<std::string, Record> records; // by citation
  canon::Value citation(const std::string& id) const;

  // The next version of the lane's roster, in which these people hold the role besides.
  void grant(const std::vector<PersonId>& people, const std::string& role);

  // The taxonomy's heartbeat, as far as names go: the charter has a detector take them from it.
  void list_names();

  // What the sources would answer about everything that open packets cite; `recheck` where asked by one.
  void observe_all();
  void answer(const gate::Recheck& recheck);

  std::vector<std::string> holds(const PacketId& packet) const; // codes that block, sorted, each once

private:
  void people();
  void roster_and_charter();
  void activate(packet::Roster roster, const std::optional<Digest>& replaces);
  void observe(const std::string& source, const std::optional<RecheckId>& recheck);
};

crypto::Ed25519Key crash_key(std::uint8_t seed);

} // namespace sallyport::engine::testing
