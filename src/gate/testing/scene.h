// What the scenario tests share: a packet that is one request away from its lane, and the two ways in
// which a disturbance must stop it.
#pragma once

#include "gate/testing/fixture.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

namespace sallyport::gate::testing {

inline Options with(const Edits& edits, Options options = {}) {
  options.edits.insert(options.edits.end(), edits.begin(), edits.end());
  return options;
}

inline const Edits by_request{{"max_wait = \"4h\"", "release_on = \"explicit\"\nmax_wait = \"4h\""}};
inline const Edits two_approvers{
    {"role = \"support-trust-approver\", count = 1", "role = \"support-trust-approver\", count = 2"}};

// Submitted and observed: FRESH.MISSING for the handling note is all that stands, and it is visible.
inline PacketId opened(Gate& g, const std::string& name = "one") {
  const PacketId id = g.submit(g.usual(name));
  g.observe_all();
  REQUIRE(g.holds(id) == std::vector<std::string>{"FRESH.MISSING citation_kind:handling_note"});
  return id;
}

using Prepare = std::function<void(Gate&)>;

// One packet whose quorum stands; the release waits for somebody's request.
struct Scene {
  Gate g;
  PacketId id;

  // `prepare` sets what stands behind the citations "one/c1" ... before the packet comes in.
  explicit Scene(Options options = with(by_request), const Prepare& prepare = {})
      : g(std::move(options)), id(opened(prepare ? (prepare(g), g) : g)) {
    g.bind(id);
    REQUIRE(g.sign(g.anna, id).ok());
    if (!g.authorised(id)) {
      REQUIRE(g.sign(g.ben, id).ok());
    }
    REQUIRE(g.authorised(id));
    REQUIRE_FALSE(g.packet(id).recheck);
  }

  bool crossed() const { return !g.state().entries.empty(); }

  // The release goes through when it is asked for now.
  void crosses() {
    const Step request = g.request(g.anna, id);
    INFO((request.refused.empty() ? std::string() : request.refused.front().code));
    REQUIRE(request.ok());
    g.answer(id);
    const Step commit = g.commit(id);
    INFO((commit.refused.empty() ? std::string() : commit.refused.front().code));
    CHECK(commit.ok());
    CHECK(g.state().entries.size() == 1);
  }

  // A new manifest over the present world, signed.
  void sign_anew() {
    g.bind(id);
    REQUIRE(g.sign(g.anna, id).ok());
    if (!g.authorised(id) && g.packet(id).reviewed() != nullptr) {
      (void)g.sign(g.ben, id);
    }
  }
};

// The disturbance opens the hold and takes the authorisation away; and whether it comes before the
// request or in the middle of the recheck, nothing crosses and the attempt is on record.
template <class Disturb>
void stops(const std::string& code, Disturb disturb, const Options& options = with(by_request),
           const Prepare& prepare = {}) {
  INFO(code);
  {
    Scene before(options, prepare);
    disturb(before);
    CHECK(before.g.held(before.id, code));
    CHECK_FALSE(before.g.authorised(before.id));
    const Step request = before.g.request(before.g.lena, before.id);
    CHECK_FALSE(request.ok());
    CHECK(find<packet::AttemptRefused>(request) != nullptr);
    if (before.g.packet(before.id).reviewed() != nullptr) {
      CHECK(refused(request, code));
    }
    CHECK_FALSE(before.crossed());
  }
  {
    Scene amid(options, prepare);
    REQUIRE(amid.g.request(amid.g.anna, amid.id).ok());
    disturb(amid);
    CHECK(amid.g.held(amid.id, code));
    if (amid.g.packet(amid.id).recheck) {
      amid.g.answer(amid.id);
      const Step commit = amid.g.commit(amid.id);
      CHECK_FALSE(commit.ok());
      CHECK(find<packet::RecheckClosed>(commit) != nullptr);
      if (amid.g.packet(amid.id).reviewed() != nullptr) {
        CHECK(refused(commit, code));
      }
    } else {
      CHECK_FALSE(amid.g.commit(amid.id).ok());
    }
    CHECK_FALSE(amid.crossed());
  }
}

} // namespace sallyport::gate::testing
