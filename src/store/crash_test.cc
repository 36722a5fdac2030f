// What is left after a kill, a power cut at any durable step, and a full disk. Children die; the parent
// opens what they leave.
#include "store/database.h"
#include "store/testing/faulty_vfs.h"
#include "store/testing/store_fixture.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

using namespace sallyport;
using namespace sallyport::store;
using namespace sallyport::store::testing;

namespace {

// Runs `work` in a child that is given a pipe to acknowledge on; returns the last number acknowledged.
// If `kill_after_us` is not 0 the child is killed that long after it started or, with `once_writing`,
// after its first acknowledgement; else it must end by its own power cut.
template <class Work> std::uint64_t in_child(unsigned kill_after_us, bool once_writing, const Work& work) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    work([&](std::uint64_t number) {
      if (::write(ends[1], &number, sizeof number) != sizeof number) {
        ::_exit(3);
      }
    });
    ::_exit(0);
  }
  ::close(ends[1]);
  std::uint64_t last = 0;
  std::uint64_t number = 0;
  const auto hear = [&] {
    const bool heard = ::read(ends[0], &number, sizeof number) == sizeof number;
    last = heard ? number : last;
    return heard;
  };
  if (kill_after_us != 0) {
    if (once_writing) {
      hear();
    }
    ::usleep(kill_after_us);
    ::kill(child, SIGKILL);
  }
  while (hear()) {
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((kill_after_us != 0 ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
                            : WIFEXITED(status) && WEXITSTATUS(status) == 9));
  return last;
}

// Opens what a dead writer left: all that it acknowledged is there, each leaf once, and tree and bodies
// agree. Returns the size.
std::uint64_t check_survivor(const Folder& folder, std::uint64_t acknowledged) {
  Store store = open(folder);
  CHECK(store.size() >= acknowledged);
  const auto leaves = store.reader().leaves(0, store.size() + 1);
  REQUIRE(leaves);
  REQUIRE(leaves->size() == store.size());
  for (std::uint64_t n = 0; n < leaves->size(); ++n) {
    CHECK((*leaves)[n] == leaf(n));
  }
  for (std::uint64_t n = store.size() - std::min<std::uint64_t>(store.size(), 30); n < store.size(); ++n) {
    CHECK(store.reader().body(n)->bytes == bytes("body of " + std::to_string(n)));
  }
  CHECK(*store.reader().root(store.size()) == store.root());
  const auto verified = store.reader().verify_all();
  CHECK_MESSAGE(verified, verified.error().text());
  return store.size();
}

// Appends batches of 1 to 5 leaves for ever, each with a unit of its own now and then.
template <class Acknowledge>
void write_for_ever(Store& store, std::uint64_t seed, const Acknowledge& acknowledge) {
  std::mt19937_64 random(seed);
  for (;;) {
    const std::uint64_t count = 1 + random() % 5;
    const std::string own_unit = "packet/" + std::to_string(random() % 50);
    const auto done = store.run(noon, [&](Transaction& t) -> Result<void> {
      for (std::uint64_t i = 0; i < count; ++i) {
        SP_CHECK(
            t.append(t.size(), leaf(t.size()), Body{own_unit, bytes("body of " + std::to_string(t.size()))}));
      }
      return {};
    });
    if (!done) {
      ::_exit(4);
    }
    acknowledge(store.size());
  }
}

} // namespace

TEST_CASE("the settings that make commits durable are on, as SQLite itself says") {
  const Folder folder;
  Store store = open(folder);
  auto database = Database::open(folder.store(), folder.options(), Connection::Mode::write);
  REQUIRE(database);
  Query settings = (*database)->log->query(
      "SELECT (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous),"
      " (SELECT foreign_keys FROM pragma_foreign_keys), (SELECT trusted_schema FROM pragma_trusted_schema),"
      " (SELECT secure_delete FROM pragma_secure_delete), (SELECT timeout FROM pragma_busy_timeout)");
  REQUIRE(*settings.step());
  CHECK(settings.text(0) == "wal");
  CHECK(settings.integer(1) == 2);
  CHECK(settings.integer(2) == 1);
  CHECK(settings.integer(3) == 0);
  CHECK(settings.integer(4) == 1);
  CHECK(settings.integer(5) == 5000);
}

TEST_CASE("every batch is synced before it is confirmed, and a new key before the batch that uses it") {
  faulty_vfs::install();
  const Folder folder;
  Options options = folder.options();
  options.vfs = faulty_vfs::name;
  auto store = Store::open(folder.store(), options);
  REQUIRE(store);
  REQUIRE(append(*store, 1));
  std::vector<std::string> synced;
  faulty_vfs::before = [&](faulty_vfs::Operation operation, std::string_view file) {
    if (operation == faulty_vfs::Operation::sync) {
      synced.emplace_back(std::filesystem::path(file).filename());
    }
    return SQLITE_OK;
  };
  REQUIRE(append(*store, 3));
  CHECK(synced == std::vector<std::string>{"log.db-wal"});
  synced.clear();
  REQUIRE(
      store->run(noon, [](Transaction& t) { return t.append(4, leaf(4), Body{"packet/new", bytes("b")}); }));
  CHECK(synced == std::vector<std::string>{"keys.db-wal", "log.db-wal"});
  faulty_vfs::before = nullptr;
}

TEST_CASE(
    "INV-19: what is read of a commit that died before its sync is synced before anybody is told of it") {
  faulty_vfs::install();
  const Folder folder;
  Options options = folder.options();
  options.vfs = faulty_vfs::name;
  {
    Store made = open(folder);
    REQUIRE(append(made, 3));
  }
  (void)in_child(0, false, [&](const auto& /*acknowledge*/) {
    auto store = Store::open(folder.store(), options);
    (void)append(*store, 1); // begins the write-ahead log, whose head is synced by itself
    faulty_vfs::before = [&](faulty_vfs::Operation operation, std::string_view file) {
      if (operation == faulty_vfs::Operation::sync && file.ends_with("log.db-wal")) {
        ::_exit(9); // its frames are written, and nobody was told
      }
      return SQLITE_OK;
    };
    (void)append(*store, 1);
  });
  std::vector<std::string> synced;
  faulty_vfs::before = [&](faulty_vfs::Operation operation, std::string_view file) {
    if (operation == faulty_vfs::Operation::sync) {
      synced.emplace_back(std::filesystem::path(file).filename());
    }
    return SQLITE_OK;
  };
  const auto store = Store::open(folder.store(), options);
  faulty_vfs::before = nullptr;
  REQUIRE(store);
  CHECK(store->size() == 5); // SQLite shows it
  CHECK(std::ranges::find(synced, "log.db-wal") != synced.end());
}

TEST_CASE("a writer killed at any moment loses nothing that it acknowledged and doubles nothing") {
  const Folder folder;
  {
    const Store made = open(folder);
  }
  std::mt19937_64 random(5);
  std::uint64_t size = 0;
  for (int kill = 0; kill < 30; ++kill) {
    const std::uint64_t acknowledged = in_child(
        static_cast<unsigned>(1'000 + random() % 30'000), kill % 3 != 0, [&](const auto& acknowledge) {
          auto store = Store::open(folder.store(), folder.options());
          if (store) {
            write_for_ever(*store, static_cast<std::uint64_t>(kill), acknowledge);
          }
        });
    size = check_survivor(folder, std::max(acknowledged, size));
  }
  CHECK(size > 0);
  MESSAGE("leaves after 30 kills: ", size);
}

TEST_CASE("a power cut at any durable step keeps what was acknowledged and leaves no half batch") {
  faulty_vfs::install();
  std::uint64_t survived = 0;
  const Folder before;
  {
    Store made = open(before);
    REQUIRE(append(made, 250)); // so that a tile fills up on the way
  }
  for (std::uint64_t step = 1; step <= 24; ++step) {
    const Folder folder;
    Options options = folder.options();
    options.vfs = faulty_vfs::name;
    {
      Store made = open(folder);
      REQUIRE(append(made, 250)); // so that a tile fills up on the way
    }
    const std::uint64_t acknowledged = in_child(0, false, [&](const auto& acknowledge) {
      auto store = Store::open(folder.store(), options);
      if (!store) {
        ::_exit(4);
      }
      std::mt19937_64 random(step);
      std::uint64_t steps = 0;
      faulty_vfs::before = [&](faulty_vfs::Operation, std::string_view) {
        if (++steps == step) {
          faulty_vfs::power_cut(
              [&](std::string_view, std::size_t writes) { return random() % (writes + 1); });
        }
        return SQLITE_OK;
      };
      write_for_ever(*store, step, acknowledge);
    });
    survived += check_survivor(folder, std::max<std::uint64_t>(acknowledged, 250)) - 250;
  }
  CHECK(survived > 0);
}

TEST_CASE("a full disk leaves the previous state, and the store goes on after reload") {
  faulty_vfs::install();
  for (int room = 0; room < 6; ++room) {
    const Folder folder;
    Options options = folder.options();
    options.vfs = faulty_vfs::name;
    auto store = Store::open(folder.store(), options);
    REQUIRE(store);
    REQUIRE(append(*store, 300));
    const Digest root = store->root();
    int left = room;
    faulty_vfs::before = [&](faulty_vfs::Operation operation, std::string_view) {
      return operation == faulty_vfs::Operation::write && left-- <= 0 ? SQLITE_FULL : SQLITE_OK;
    };
    // An error that the batch does not pass on is not forgotten.
    const auto full = store->run(noon, [&](Transaction& t) -> Result<void> {
      (void)t.append(300, leaf(300), Body{"packet/new", Bytes(500'000)});
      return {};
    });
    faulty_vfs::before = nullptr;
    REQUIRE(!full);
    CHECK(full.error().code == ErrorCode::unavailable);
    CHECK(append(*store, 1).error().code == ErrorCode::unavailable); // until reload
    REQUIRE(store->reload());
    CHECK(store->size() == 300);
    CHECK(store->root() == root);
    REQUIRE(append(*store, 2));
    CHECK(store->reader().verify_all());
  }
}

TEST_CASE("a failed sync is reported as unavailable, and the log is whole after reload") {
  faulty_vfs::install();
  for (int failing = 0; failing < 2; ++failing) { // the key table's sync, then the log's
    const Folder folder;
    Options options = folder.options();
    options.vfs = faulty_vfs::name;
    auto store = Store::open(folder.store(), options);
    REQUIRE(store);
    REQUIRE(append(*store, 10));
    int syncs = 0;
    faulty_vfs::before = [&](faulty_vfs::Operation operation, std::string_view) {
      return operation == faulty_vfs::Operation::sync && syncs++ == failing ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    };
    const auto failed = store->run(
        noon, [](Transaction& t) { return t.append(10, leaf(10), Body{"packet/new", bytes("x")}); });
    faulty_vfs::before = nullptr;
    CHECK(failed.error().code == ErrorCode::unavailable);
    REQUIRE(store->reload());
    CHECK(store->size() >= 10);
    REQUIRE(append(*store, 3));
    CHECK(store->reader().verify_all());
  }
}
