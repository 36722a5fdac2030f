// What goes wrong with a stranger's bytes goes wrong in a worker, which can neither reach anything nor take
// the caller with it.
#include "dump/worker.h"

#include "dump/file.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace sallyport;
using namespace sallyport::dump;

namespace {

// What a call inside of a worker says: "0" where it is allowed, else the error.
template <class Call> std::string inside(Call call, bool opens_files = false) {
  WorkerLimits limits;
  limits.opens_files = opens_files;
  const auto answer =
      in_worker([&](const Progress&) { return std::to_string(call() < 0 ? errno : 0); }, limits);
  return answer ? *answer : "died";
}

} // namespace

TEST_CASE("a worker answers, and says how far it is") {
  std::vector<std::uint64_t> told;
  const auto answer = in_worker(
      [](const Progress& progress) {
        progress(1, 3);
        progress(3, 3);
        return std::string(1'000'000, 'x');
      },
      {}, [&](std::uint64_t done, std::uint64_t) { told.push_back(done); });
  REQUIRE(answer);
  CHECK(*answer == std::string(1'000'000, 'x'));
  CHECK(told == std::vector<std::uint64_t>{1, 3});
}

TEST_CASE("a worker that dies is an error, and nobody else dies") {
  const auto dies = [](const std::function<void()>& how) {
    const auto answer = in_worker(
        [&](const Progress&) {
          how();
          return std::string("answer");
        },
        {});
    return !answer && answer.error().where == "/worker";
  };
  CHECK(dies([] { ::_exit(0); }));
  CHECK(dies([] { ::raise(SIGKILL); }));
  CHECK(dies([] { throw 1; }));
}

TEST_CASE("a worker reaches no file, network or program, and what it had open is closed") {
  const std::string denied = std::to_string(EPERM);
  CHECK(inside([] { return ::open("/etc/passwd", O_RDONLY); }) == denied);
  CHECK(inside([] { return ::open("/tmp/sallyport-worker", O_WRONLY | O_CREAT, 0600); }) == denied);
  CHECK(inside([] { return ::socket(AF_INET, SOCK_STREAM, 0); }) == denied);
  CHECK(inside([] { return ::fork(); }) == denied);
  CHECK(inside([] { return ::execl("/bin/true", "true", nullptr); }) == denied);
  CHECK(inside([] { return ::kill(::getppid(), 0); }) == denied);
  const int open = ::open("/dev/null", O_WRONLY);
  CHECK(inside([&] { return static_cast<int>(::write(open, "x", 1)); }) == std::to_string(EBADF));
  ::close(open);
}

TEST_CASE("a worker that looks for symbol files may read files, and write none") {
  CHECK(inside([] { return ::open("/etc/passwd", O_RDONLY); }, true) == "0");
  CHECK(inside([] { return ::open("/dev/null", O_WRONLY); }, true) == std::to_string(EPERM));
  CHECK(inside([] { return ::socket(AF_INET, SOCK_STREAM, 0); }, true) == std::to_string(EPERM));
}

TEST_CASE("a worker has so much time, and so long an answer") {
  WorkerLimits limits;
  limits.cpu_seconds = 1;
  volatile bool forever = true;
  CHECK_FALSE(in_worker(
      [&](const Progress&) {
        while (forever) {
        }
        return std::string();
      },
      limits));
  limits = {};
  limits.answer_bytes = 100;
  CHECK_FALSE(in_worker([](const Progress&) { return std::string(101, 'x'); }, limits));
}

TEST_CASE("a worker computes on more than one thread") {
  const auto answer = in_worker(
      [](const Progress&) {
        int sum = 0;
        std::jthread([&] { sum = 42; }).join();
        return std::to_string(sum);
      },
      {});
  REQUIRE(answer);
  CHECK(*answer == "42");
}

TEST_CASE("a new file has no name before it is published, and none where it is not") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "sallyport-new-file-test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  {
    auto file = NewFile::copy_of(as_bytes("bytes"), folder / "a");
    REQUIRE(file);
    file->writable()[0] = 'B';
  }
  CHECK(std::filesystem::is_empty(folder));
  auto file = NewFile::copy_of(as_bytes("bytes"), folder / "a");
  REQUIRE(file);
  file->writable()[0] = 'B';
  CHECK_FALSE(std::filesystem::exists(folder / "a"));
  CHECK(file->publish());
  CHECK(file->publish().error().code == ErrorCode::conflict);
  CHECK(as_text(MappedFile::open(folder / "a")->bytes()) == "Bytes");
  CHECK(NewFile::copy_of(as_bytes("other"), folder / "a").error().code == ErrorCode::conflict);
  std::filesystem::remove_all(folder);
}
