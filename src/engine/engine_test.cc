#include "engine/engine.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"
#include "crypto/sshsig_sign.h"
#include "engine/export.h"
#include "engine/files.h"
#include "engine/present.h"
#include "engine/testing/folder.h"
#include "engine/testing/office.h"
#include "gate/bind.h"
#include "gate/checks.h"
#include "store/testing/faulty_vfs.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace sallyport;
using namespace sallyport::engine;
using namespace sallyport::engine::testing;

namespace {

std::string code_of(const gate::Step& step) {
  return step.refused.empty() ? "" : step.refused.front().code;
}

} // namespace

TEST_CASE("one packet crosses, and its two bundles are made of what is stored") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const EntryId entry = office.release("case-1");
  CHECK(office.core->state().entries.at(entry).acknowledged);
  for (const lane::BundleKind kind : {lane::BundleKind::lane, lane::BundleKind::proof}) {
    const auto files = bundle_of(*office.core, entry, kind);
    REQUIRE_MESSAGE(files, (files ? "" : files.error().text()));
    CHECK(files->contains("manifest.json"));
    CHECK(files->contains("receipt.tlog-proof"));
    CHECK(files->contains("recheck/opened.leaf") == (kind == lane::BundleKind::proof));
  }
  CHECK(office.core->reader().verify_all());
}

namespace {

constexpr const char* lane_id = "Q-PSR";

// The active charter's next version under another title, which is not protected: one owner is enough.
void change_charter(Office& office) {
  charter::Charter next = *office.core->world().active_charter(lane_id);
  packet::RatifyStatement statement{office.core->state().origin, next.id,
                                    static_cast<std::uint32_t>(next.version + 1), Digest{},
                                    charter::digest(next)};
  ++next.version;
  next.title += " again";
  statement.digest = charter::digest(next);
  REQUIRE(office.apply(gate::ProposeCharter{office.gail.account, next}).ok());
  const canon::Value value = packet::statement(statement);
  REQUIRE(office
              .apply(gate::RatifyCharter{office.pavel.account,
                                         signed_by(value, packet::act::charter, {&office.pavel})})
              .ok());
  REQUIRE(office.apply(gate::ActivateCharter{office.gail.account, statement.digest}).ok());
}

// The same roster as the next version.
void change_roster(Office& office) {
  const gate::LaneRoster& active = *office.core->world().active_roster(lane_id);
  packet::Roster next = active.roster;
  const Digest replaces = crypto::sha256(packet::roster_bytes(next));
  ++next.version;
  const packet::Salt salt{4, 5, 6};
  canon::Object openings;
  for (auto& [name, digest] : next.audience) {
    const std::vector<packet::AudienceMember>& members = active.audience.at(name);
    digest = packet::audience_digest(salt, members);
    openings.set(name, canon::Object{{"salt", to_base64url(salt)}, {"members", packet::to_value(members)}});
  }
  const packet::RosterStatement statement{next.log, next.lane, next.version,
                                          crypto::sha256(packet::roster_bytes(next)), replaces};
  REQUIRE(office
              .apply(gate::ActivateRoster{
                  office.gail.account, next,
                  signed_by(packet::statement(statement), packet::act::key, {&office.gail, &office.pavel}),
                  canon::Object{{"audience", std::move(openings)}}})
              .ok());
}

} // namespace

TEST_CASE("a bundle under a later charter brings each version of charter and roster, and no later one") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const EntryId first = office.release("case-1");
  change_charter(office);
  change_roster(office);
  change_charter(office);
  const EntryId later = office.release("case-2");
  change_roster(office);
  change_charter(office);
  const auto names_of = [&](const EntryId& entry) {
    const auto files = bundle_of(*office.core, entry, lane::BundleKind::lane);
    REQUIRE_MESSAGE(files, (files ? "" : files.error().text()));
    std::set<std::string> names;
    for (const auto& [name, bytes] : *files) {
      if (name.starts_with("trust/") && !name.ends_with(".tlog-proof")) {
        names.insert(name);
      }
    }
    return names;
  };
  std::set<std::string> expected = {"trust/charter.json", "trust/charter.leaf",  "trust/gate.pub.pem",
                                    "trust/genesis.leaf", "trust/key-1.leaf",    "trust/log.vkey",
                                    "trust/policy",       "trust/ratify-1.leaf", "trust/ratify-2.leaf",
                                    "trust/roster.json",  "trust/roster.leaf"};
  CHECK(names_of(first) == expected);
  expected.erase("trust/ratify-2.leaf"); // version 3 is ratified by one
  expected.insert({"trust/charter-1-proposed.leaf", "trust/charter-1-ratify-1.leaf",
                   "trust/charter-1-ratify-2.leaf", "trust/charter-1.json", "trust/charter-1.leaf",
                   "trust/charter-2-proposed.leaf", "trust/charter-2-ratify-1.leaf", "trust/charter-2.json",
                   "trust/charter-2.leaf", "trust/proposed.leaf", "trust/roster-1.json",
                   "trust/roster-1.leaf"});
  CHECK(names_of(later) == expected);
}

TEST_CASE("INV-40: a restart folds the same state from the log, and knows what bodies say") {
  const Folder folder;
  Office::found(folder / "data", start);
  Digest before;
  PacketId waiting;
  gate::Report report;
  Instant now;
  {
    Office office(folder / "data");
    (void)office.release("case-1");
    waiting = office.submit("case-2").packet;
    office.observe_all();
    (void)office.put_in_review(waiting);
    before = gate::state_digest(office.core->state());
    now = office.now;
    report = gate::evaluate(office.core->world(), waiting, now);
  }
  Office office(folder / "data");
  CHECK(gate::state_digest(office.core->state()) == before);
  const gate::Report again = gate::evaluate(office.core->world(), waiting, now);
  REQUIRE(again.size() == report.size());
  for (std::size_t i = 0; i < report.size(); ++i) {
    CAPTURE(report[i].code);
    CHECK(again[i].code == report[i].code);
    CHECK(again[i].outcome == report[i].outcome);
    CHECK(again[i].subject == report[i].subject);
  }
  CHECK(office.submit("case-2").known); // and what upstream has sent
}

TEST_CASE("A18: the same upstream revision with other bytes holds LINE.DIGEST_MISMATCH") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const PacketId packet = office.submit("case-1").packet;
  IntakeOutcome again;
  REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
    SP_TRY(again,
           submit_packet(*office.core, office.intake, office.submission("case-1", 1, "Another story.")));
    return {};
  }));
  REQUIRE_FALSE(again.refused.empty());
  CHECK(again.refused.front().code == "LINE.DIGEST_MISMATCH");
  CHECK(office.core->state().find(packet)->find_hold("LINE.DIGEST_MISMATCH", "") != nullptr);
}

TEST_CASE("A28: a name that only the registry knows is found; where its list is not read, nothing counts as "
          "scanned") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const auto send = [&](const std::string& name, const std::string& narrative) {
    IntakeOutcome out;
    REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
      SP_TRY(out, submit_packet(*office.core, office.intake, office.submission(name, 1, narrative)));
      return {};
    }));
    REQUIRE(out.refused.empty());
    return out.packet;
  };
  const auto held = [&](const PacketId& packet, const char* code) {
    return std::ranges::any_of(office.core->state().find(packet)->holds,
                               [&](const auto& hold) { return hold.second.code == code; });
  };
  CHECK(held(send("case-1", "The same token opened a session at CONTOSO-EXAMPLE."), "MIN.FINDING"));
  CHECK_FALSE(held(send("case-2", "The same token opened a session elsewhere."), "MIN.FINDING"));
  office.now = office.now + Duration{3'600'000}; // the list is older than the registry may be silent
  const PacketId late = send("case-3", "The same token opened a session elsewhere.");
  CHECK(office.core->state().find(late)->find_hold("MIN.UNSCANNED", "/sources/tenant-registry") != nullptr);
  office.list_names();
  CHECK_FALSE(held(send("case-4", "The same token opened a session elsewhere."), "MIN.UNSCANNED"));
  REQUIRE(office.core->run(office.now, [&] {
    return office.core->remember_terms("tenant-registry", {{}, office.now});
  })); // a registry that we may no longer read lists nobody
  CHECK(held(send("case-5", "The same token opened a session elsewhere."), "MIN.UNSCANNED"));
  office.core.reset();
  const Office again(folder / "data"); // a restart knows the names
  CHECK(again.core->terms().find("tenant-registry") != nullptr);
}

TEST_CASE("INV-30: a secret is nowhere in the folder, in clear or in base64") {
  const Folder folder;
  Office::found(folder / "data", start);
  const std::string secret = "ghp_Zt7Qm2Xv9Lk4Rw8Yb1Nc6Jd3Hf5Gs0Pa2Te";
  {
    Office office(folder / "data");
    std::string text = office.submission("case-1");
    auto document = *canon::parse(text);
    canon::Object packet = *document.find("packet")->object();
    packet.set("claims", canon::Object{{"m1", canon::Object{{"text", "the token was " + secret}}}});
    packet.set(
        "parts",
        canon::Object{{"a1", canon::Object{{"kind", "annex"},
                                           {"media_type", "text/plain"},
                                           {"file_name", "a.txt"},
                                           {"state", "redacted"},
                                           {"include", false},
                                           {"content", to_base64(as_bytes("token " + secret + "\n"))}}}});
    document.object()->set("upstream_digest", crypto::sha256(as_bytes(canon::write(packet))).hex());
    document.object()->set("packet", std::move(packet));
    IntakeOutcome outcome;
    const auto done = office.core->run(office.now, [&]() -> Result<void> {
      SP_TRY(outcome, submit_packet(*office.core, office.intake, canon::write(document)));
      return {};
    });
    REQUIRE(done);
    REQUIRE_MESSAGE(outcome.refused.empty(), outcome.refused.front().code, " ",
                    (outcome.fault ? outcome.fault->text() : ""));
    CHECK(outcome.withheld == 2);
    CHECK(office.core->state().find(outcome.packet)->find_hold("MIN.SECRET", "/withheld/w1") != nullptr);
    CHECK(code_of(office.apply(gate::DraftManifest{office.tia.account, outcome.packet,
                                                   ManifestId::from_random(1), outcome.digest})) ==
          "MIN.SECRET");
  }
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder / "data")) {
    if (file.is_regular_file()) {
      const auto bytes = read_small_file(file.path());
      if (bytes) {
        CHECK_MESSAGE(bytes->find(secret) == std::string::npos, file.path().string());
        CHECK(bytes->find(to_base64(as_bytes("token " + secret + "\n"))) == std::string::npos);
      }
    }
  }
}

TEST_CASE("INV-42: a kill at every durable step loses nothing that was acknowledged and doubles nothing") {
  const Folder folder;
  Office::found(folder / "ground", start);
  int kills = 0;
  for (int at = 1;; ++at) {
    const auto data = folder / ("data-" + std::to_string(at));
    std::filesystem::copy(folder / "ground", data, std::filesystem::copy_options::recursive);
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(pipe_ends[0]);
      int syncs = 0;
      store::faulty_vfs::install();
      store::faulty_vfs::before = [&](store::faulty_vfs::Operation operation, std::string_view) {
        if (operation == store::faulty_vfs::Operation::sync && ++syncs == at) {
          ::kill(::getpid(), SIGKILL);
        }
        return SQLITE_OK;
      };
      Office office(data, store::faulty_vfs::name);
      (void)office.finish("case-1", [&](const std::string& step) {
        const std::string line = step + "\n";
        (void)!::write(pipe_ends[1], line.data(), line.size());
      });
      ::_exit(0);
    }
    ::close(pipe_ends[1]);
    std::string acknowledged;
    char buffer[256];
    for (ssize_t n = 0; (n = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
      acknowledged.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    const bool killed = WIFSIGNALED(status);
    CAPTURE(at);
    {
      Office office(data);
      REQUIRE(office.core->reader().verify_all());
      const auto has = [&](const char* step) { return acknowledged.find(step) != std::string::npos; };
      const gate::State& state = office.core->state();
      CHECK(state.packets.size() == (has("submitted") || !state.packets.empty() ? 1U : 0U));
      if (has("released")) {
        CHECK(state.entries.size() == 1);
      }
      if (has("delivered")) {
        CHECK(state.entries.begin()->second.delivered);
      }
      // Whoever tries again ends with one packet and one entry.
      (void)office.finish("case-1", [](const std::string&) {});
      CHECK(office.core->state().packets.size() == 1);
      CHECK(office.core->state().entries.size() == 1);
      CHECK(office.core->reader().verify_all());
    }
    std::filesystem::remove_all(data);
    kills += killed ? 1 : 0;
    if (!killed) {
      break; // the story ended before the next kill
    }
  }
  MESSAGE("killed at ", kills, " durable steps");
  CHECK(kills >= 20);
}

TEST_CASE(
    "INV-44: where the log cannot be written nothing is released, at whichever write it fails; afterwards "
    "the same commit goes through, once") {
  const Folder folder;
  Office::found(folder / "data", start);
  int writes = 0;
  int last_good = 1'000'000; // of the writes
  store::faulty_vfs::install();
  store::faulty_vfs::before = [&](store::faulty_vfs::Operation operation, std::string_view) {
    return operation != store::faulty_vfs::Operation::write || writes++ < last_good ? SQLITE_OK : SQLITE_FULL;
  };
  {
    Office office(folder / "data", store::faulty_vfs::name);
    const PacketId packet = office.submit("case-1").packet;
    office.now = office.now + Duration{1'000};
    office.observe_all();
    (void)office.put_in_review(packet);
    REQUIRE(office.sign(packet).ok());
    const auto held = [&]() -> const gate::Packet& { return *office.core->state().find(packet); };
    REQUIRE(held().recheck);
    office.now = office.now + Duration{1'000};
    office.answer(gate::Recheck(*held().recheck));
    const RecheckId recheck = held().recheck->id;
    const std::uint64_t size = office.core->state().size;
    const Digest before = gate::state_digest(office.core->state());
    const auto commit = [&] {
      return office.core->run(office.now, [&]() -> Result<void> {
        SP_TRY(const gate::Step step, office.core->apply(gate::CommitRelease{packet, recheck}));
        CHECK(step.ok()); // decided, and not yet so
        return {};
      });
    };
    int failures = 0;
    for (last_good = 0;; ++last_good) {
      writes = 0;
      const auto committed = commit();
      if (committed) {
        break;
      }
      ++failures;
      CAPTURE(last_good);
      CHECK(committed.error().code == ErrorCode::unavailable);
      CHECK(office.core->state().entries.empty());
      CHECK(office.core->state().size == size);
      CHECK(gate::state_digest(office.core->state()) == before); // also what is in memory
      CHECK(held().open());
    }
    CHECK(failures > 0);
    CHECK(office.core->state().entries.size() == 1);
  }
  store::faulty_vfs::before = {};
  Office office(folder / "data");
  CHECK(office.core->state().entries.size() == 1);
  CHECK(office.core->reader().verify_all());
}

TEST_CASE("C02: what a signer is shown is under the digest that is signed: the revision, the register that "
          "crosses, and what the lane will see of it") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const PacketId packet = office.submit("case-1").packet;
  office.now = office.now + Duration{1'000};
  office.observe_all();
  const ManifestId id = office.put_in_review(packet);
  const auto shown = show_manifest(*office.core, packet, id, office.now);
  const auto view = show_signer_view(*office.core, packet);
  REQUIRE(shown);
  REQUIRE(view);
  const std::string bytes = *shown->find("bytes")->string();
  const gate::ManifestState& state = office.core->state().find(packet)->manifests.at(id);
  CHECK(crypto::sha256(as_bytes(bytes)) == state.digest); // one digest
  const packet::Manifest manifest = packet::read_manifest(bytes).value();
  // The revision: the very text that is shown.
  CHECK(crypto::sha256(as_bytes(canon::write(*view->find("revision")))) == manifest.revision_digest);
  // What crosses: each opening that is shown is bound by the view, and the view has no other.
  const packet::View lane_view = gate::lane_view(office.core->world(), packet);
  CHECK(crypto::sha256(as_bytes(packet::view_bytes(lane_view))) == manifest.view);
  CHECK(view->find("opened")->object()->size() == lane_view.disclosures.size());
  const std::size_t all = view->find("revision")->find("_sd")->array()->size();
  CHECK(view->find("kept_back")->array()->size() == all - lane_view.disclosures.size());
  CHECK(all > lane_view.disclosures.size());
  // The register: every visible hold of the packet, one by one, and no other.
  CHECK(packet::holds_digest(manifest.holds) == manifest.holds_digest);
  std::set<HoldId> bound;
  for (const packet::BoundHold& hold : manifest.holds) {
    bound.insert(hold.hold);
  }
  std::set<HoldId> register_of;
  for (const auto& [hold, open] : office.core->state().find(packet)->holds) {
    register_of.insert(hold);
  }
  CHECK_FALSE(bound.empty());
  CHECK(bound == register_of);
}

TEST_CASE("SIGN.EXPIRED: a signature that has fallen is shown as one, with the reason, and not as one that "
          "counts") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const PacketId packet = office.submit("case-1").packet;
  office.now = office.now + Duration{1'000};
  office.observe_all();
  const ManifestId id = office.put_in_review(packet);
  REQUIRE(office.sign(packet).ok());
  const auto fallen = [&](Instant at) {
    const auto shown = show_manifest(*office.core, packet, id, at);
    REQUIRE(shown);
    const canon::Value* why = shown->find("signatures")->array()->front().find("fallen");
    return why == nullptr ? std::string() : *why->string();
  };
  const Duration four_hours{4 * 3'600'000}; // the charter's `valid_for`
  CHECK(fallen(office.now) == "");
  CHECK(fallen(office.now + four_hours - Duration{1}) == "");
  CHECK(fallen(office.now + four_hours) == "SIGN.EXPIRED");
}

TEST_CASE("the engine's thread answers after the commit, and a stop blocks an open recheck") {
  const Folder folder;
  Office::found(folder / "data", start);
  std::atomic<std::int64_t> clock{start.ms};
  const auto open = [&] {
    auto engine = Engine::open({{folder / "data", *origin_of(folder / "data"), ""},
                                [&] { return Instant{clock.load()}; },
                                256,
                                Duration{1'000},
                                {}});
    REQUIRE(engine);
    return *std::move(engine);
  };
  auto engine = open();
  engine->start();
  AccountId intake;
  std::string text;
  {
    const auto read = engine->wait<std::string>([&](Core& core) -> Result<std::string> {
      for (const auto& [account, name] : core.names()) {
        intake = name == "intake" ? account : intake;
      }
      return core.state().origin;
    });
    CHECK(read == "sallyport.example/psr");
  }
  const auto refused = engine->wait<IntakeOutcome>(
      [&](Core& core) { return submit_packet(core, intake, R"({"v":1,"v":2})"); });
  REQUIRE(refused);
  REQUIRE(refused->fault);
  CHECK(refused->fault->where == "/v");
  engine->stop();
  const auto late = engine->wait<int>([](Core&) -> Result<int> { return 1; });
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::unavailable);
}
