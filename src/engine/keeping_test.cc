// What is kept beside the decisions: counted attempts, names from upstream, copies of the folder, and
// what an audit of it notices.
#include "canon/json.h"
#include "crypto/digest.h"
#include "engine/audit.h"
#include "engine/engine.h"
#include "engine/files.h"
#include "engine/journal.h"
#include "engine/testing/folder.h"
#include "engine/testing/office.h"
#include "packet/leaf.h"

#include <doctest/doctest.h>

#include <array>
#include <future>
#include <sqlite3.h>

using namespace sallyport;
using namespace sallyport::engine;
using namespace sallyport::engine::testing;

namespace {

constexpr Duration minute{60'000};

CoreOptions options_of(const std::filesystem::path& data) {
  return {data, *origin_of(data), ""};
}

// Somebody with the disk, and without us.
void tamper(const std::filesystem::path& file, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

std::string with_annex(const std::string& submission) {
  auto document = *canon::parse(submission);
  canon::Object packet = *document.find("packet")->object();
  packet.set("parts", canon::Object{{"a1", canon::Object{{"kind", "annex"},
                                                         {"media_type", "text/plain"},
                                                         {"file_name", "a.txt"},
                                                         {"state", "redacted"},
                                                         {"include", false},
                                                         {"content", to_base64(as_bytes("one line\n"))}}}});
  document.object()->set("upstream_digest", crypto::sha256(as_bytes(canon::write(packet))).hex());
  document.object()->set("packet", std::move(packet));
  return canon::write(document);
}

} // namespace

TEST_CASE("A17, INV-41: attempts that no packet answers for become one leaf per principal and minute") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  office.now = end_of_minute(office.now);
  const auto count = [&](const char* principal, const char* code) {
    REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
      return office.core->tx().count_attempt(principal, office.core->now(), code);
    }));
  };
  const auto coalesce = [&] {
    REQUIRE(office.core->run(office.now, [&] { return coalesce_journal(*office.core); }));
  };
  count("unauthenticated", "malformed");
  count("unauthenticated", "malformed");
  count("unauthenticated", "unauthenticated");
  count(office.agent.str().c_str(), "not-found");
  const std::uint64_t before = office.core->state().size;
  coalesce();
  CHECK(office.core->state().size == before); // the minute is not over
  office.now = office.now + minute;
  coalesce();
  REQUIRE(office.core->state().size == before + 2);
  std::map<std::string, std::map<std::string, std::uint32_t>> said;
  const auto leaves = office.core->reader().leaves(before, 2);
  REQUIRE(leaves);
  for (const Bytes& bytes : *leaves) {
    const auto leaf = packet::decode(as_text(bytes));
    REQUIRE(leaf);
    const auto& record = std::get<packet::JournalCoalesced>(leaf->record);
    CHECK(record.minute == office.now - minute);
    said[record.principal] = record.counts;
  }
  CHECK(said["unauthenticated"] ==
        std::map<std::string, std::uint32_t>{{"malformed", 2}, {"unauthenticated", 1}});
  CHECK(said[office.agent.str()] == std::map<std::string, std::uint32_t>{{"not-found", 1}});
  coalesce();
  CHECK(office.core->state().size == before + 2); // once
}

TEST_CASE("an older copy of the log is not opened beside the head that was signed since") {
  const Folder folder;
  Office::found(folder / "data", start);
  {
    Office office(folder / "data");
    (void)office.release("case-1");
    REQUIRE(office.core->sign_head(office.now));
  }
  std::filesystem::copy(folder / "data", folder / "older", std::filesystem::copy_options::recursive);
  {
    Office office(folder / "data");
    (void)office.release("case-2");
    REQUIRE(office.core->sign_head(office.now));
  }
  REQUIRE(Core::open(options_of(folder / "older")));
  std::filesystem::copy(folder / "data" / "signer.state", folder / "older" / "signer.state",
                        std::filesystem::copy_options::overwrite_existing);
  auto older = Core::open(options_of(folder / "older"));
  REQUIRE_FALSE(older);
  CHECK(older.error().code == ErrorCode::corrupt);
  // Nor one whose signer has forgotten what it signed.
  std::filesystem::remove(folder / "data" / "signer.state");
  CHECK_FALSE(Core::open(options_of(folder / "data")));
}

TEST_CASE("an audit notices what is gone or changed beside the log, by name") {
  const Folder folder;
  Office::found(folder / "data", start);
  {
    Office office(folder / "data");
    (void)office.release("case-1");
    REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
      SP_TRY(const IntakeOutcome sent,
             submit_packet(*office.core, office.intake, with_annex(office.submission("case-2"))));
      return sent.refused.empty() ? Result<void>{} : fail(ErrorCode::denied, "", "refused");
    }));
  }
  const auto sound = audit_log(options_of(folder / "data"));
  REQUIRE_MESSAGE(sound, (sound ? "" : sound.error().text()));
  int copies = 0;
  const auto notices = [&](const char* where, const auto& damage) {
    const auto copy = folder / ("copy-" + std::to_string(++copies));
    std::filesystem::copy(folder / "data", copy, std::filesystem::copy_options::recursive);
    damage(copy);
    const auto audit = audit_log(options_of(copy));
    CAPTURE(where);
    REQUIRE_FALSE(audit);
    CHECK_MESSAGE(audit.error().where.starts_with(where), audit.error().text());
  };
  const auto without = [&](const char* sql) {
    return [sql](const std::filesystem::path& copy) { tamper(copy / "log.db", sql); };
  };
  notices("entry ", without("DELETE FROM entry"));
  notices("body ", without("DELETE FROM body WHERE n = (SELECT max(n) FROM body)"));
  notices("manifest ", without("DELETE FROM manifest"));
  notices("signer.state",
          [](const std::filesystem::path& copy) { std::filesystem::remove(copy / "signer.state"); });
  notices("checkpoint ", without("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)"));
  notices("checkpoint ", without("DELETE FROM checkpoint"));
  notices("revision ", without("DELETE FROM revision"));
  notices("charter ", without("DELETE FROM document WHERE kind = 'charter'"));
  notices("roster ", without("DELETE FROM document WHERE kind = 'roster'"));
  notices("source ", without("DELETE FROM document WHERE kind = 'source'"));
  notices("part ", without("DELETE FROM part"));
  notices("part ",
          [](const std::filesystem::path& copy) { std::filesystem::remove_all(copy / "vault" / "objects"); });
  notices("part ", [](const std::filesystem::path& copy) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(copy / "vault" / "objects")) {
      if (file.is_regular_file()) {
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
        std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
      }
    }
  });
}

TEST_CASE("a packet's revisions come from its own case and feed (ADR 7), and upstream's names survive") {
  const Folder folder;
  Office::found(folder / "data", start);
  PacketId packet;
  {
    Office office(folder / "data");
    packet = office.submit("case-1").packet;
  }
  Office office(folder / "data");
  const auto revise = [&](const AccountId& by, const std::string& text) {
    IntakeOutcome out;
    REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
      SP_TRY(out,
             revise_packet(*office.core, by, packet, office.core->state().find(packet)->head->digest, text));
      return {};
    }));
    return out;
  };
  const IntakeOutcome other_case = revise(office.intake, office.submission("case-9", 2));
  REQUIRE(other_case.fault);
  CHECK(other_case.fault->where == "/upstream");
  CHECK(office.core->state().find(packet)->head->number == 1);
  const IntakeOutcome changed = revise(office.intake, office.submission("case-1", 1, "Another story."));
  REQUIRE_FALSE(changed.refused.empty());
  CHECK(changed.refused.front().code == "LINE.DIGEST_MISMATCH");
  CHECK(revise(office.intake, office.submission("case-1", 2)).revision == 2);
  IntakeOutcome second;
  REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
    SP_TRY(second, submit_packet(*office.core, office.intake, office.submission("case-1", 5)));
    return {};
  }));
  REQUIRE(second.fault); // an open case is not opened again
  CHECK(second.fault->where == "/upstream/case");
  CHECK(second.fault->message.contains(packet.str()));
  const PacketId elsewhere = office.submit("case-2").packet;
  const IntakeOutcome swapped = revise(office.intake, office.submission("case-2"));
  REQUIRE(swapped.fault); // the bytes are known, as another packet
  CHECK(swapped.fault->message.contains(elsewhere.str()));
  const IntakeOutcome other_feed = revise(office.tia.account, office.submission("case-1", 3));
  REQUIRE_FALSE(other_feed.refused.empty());
  CHECK(other_feed.refused.front().code == "LINE.FORK");
}

TEST_CASE("a job whose storing fails takes no other with it, and a second one is the disk's fault") {
  const Folder folder;
  Office::found(folder / "data", start);
  auto engine = Engine::open({options_of(folder / "data"), [] { return start + minute; }, 256, minute, {}});
  REQUIRE(engine);
  std::array<std::promise<Result<void>>, 5> answers;
  int runs = 0;
  const auto good = [&](Core& core) {
    ++runs;
    return core.tx().count_attempt("unauthenticated", core.now(), "malformed");
  };
  const auto bad = [](Core&) -> Result<void> { return fail(ErrorCode::unavailable, "disk", "is full"); };
  const auto post = [&](std::size_t n, Engine::Job job) {
    (*engine)->post(std::move(job),
                    [&answers, n](Result<void> stored) { answers[n].set_value(std::move(stored)); });
  };
  post(0, good);
  post(1, bad);
  post(2, good);
  post(3, bad);
  post(4, good);
  (*engine)->start(); // all are in its first batch
  for (std::size_t n = 0; n < answers.size(); ++n) {
    const Result<void> stored = answers[n].get_future().get();
    CAPTURE(n);
    CHECK(stored.has_value() == (n == 0 || n == 2));
    if (!stored) {
      CHECK(stored.error().where == "disk");
    }
  }
  CHECK(runs == 3); // the first once in vain; the last never
  const auto lines = (*engine)->wait<std::uint64_t>([](Core& core) -> Result<std::uint64_t> {
    SP_TRY(const auto journal, core.reader().journal_before(core.now() + minute));
    return journal.size() == 1 ? journal.front().count : 0;
  });
  REQUIRE(lines);
  CHECK(*lines == 2); // the run in vain has not happened
}
