// What goes wrong with a stranger's bytes goes wrong in a worker, which can neither reach anything nor take
// the caller with it.
#include "dump/worker.h"

#include "dump/file.h"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

// A call that the system refuses: by its number, where `first` is not -1 with this first argument only.
struct Refused {
  const char* what;
  long call;
  long first = -1;
};

bool refuse(const Refused& refused) {
  const auto number = static_cast<std::uint32_t>(refused.call);
  const auto first = static_cast<std::uint32_t>(refused.first);
  const bool any = refused.first == -1;
  std::array<sock_filter, 6> code{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | (any ? BPF_JGE : BPF_JEQ) | BPF_K), any ? 0 : first, 0,
               1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{code.size(), code.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

enum class Ran : int { refused = 10, job = 11, other = 12 };

// What becomes of a job on a system that refuses this, in a process of its own.
int run_where(const Refused& refused) {
  const pid_t child = ::fork();
  if (child == 0) {
    void* shared = ::mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto* ran = static_cast<volatile char*>(shared);
    if (shared == MAP_FAILED || (refused.call != 0 && !refuse(refused))) {
      ::_exit(static_cast<int>(Ran::other));
    }
    const auto answer = in_worker(
        [&](const Progress&) {
          *ran = 1;
          return std::string();
        },
        {});
    const bool told = !answer && answer.error().code == ErrorCode::unavailable;
    ::_exit(static_cast<int>(*ran != 0 ? Ran::job : told ? Ran::refused : Ran::other));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

TEST_CASE("a worker that cannot be confined in every respect does not begin") {
  CHECK(run_where({"nothing", 0}) == static_cast<int>(Ran::job));
  for (const Refused& refused :
       {Refused{"core dumps by prctl", __NR_prctl, PR_SET_DUMPABLE},
        Refused{"the end with its parent", __NR_prctl, PR_SET_PDEATHSIG},
        Refused{"system calls", __NR_prctl, PR_SET_SECCOMP}, Refused{"limits", __NR_prlimit64},
        Refused{"closing what is open", __NR_close_range}, Refused{"nothing to write to", __NR_openat},
#ifdef __NR_dup2
        Refused{"the standard streams", __NR_dup2}
#else
        Refused{"the standard streams", __NR_dup3}
#endif
       }) {
    CAPTURE(refused.what);
    CHECK(run_where(refused) == static_cast<int>(Ran::refused));
  }
}

TEST_CASE("a worker signals itself and nobody else, and its words go nowhere but through the pipe") {
  const auto signal = [](pid_t process, pid_t thread) {
    return static_cast<int>(::syscall(__NR_tgkill, process, thread, 0));
  };
  const pid_t parent = ::getpid();
  CHECK(inside([&] { return signal(::getpid(), static_cast<pid_t>(::syscall(__NR_gettid))); }) == "0");
  CHECK(inside([&] { return signal(parent, parent); }) == std::to_string(EPERM));
  CHECK(inside([&] { return ::kill(parent, 0); }) == std::to_string(EPERM));
  CHECK(inside([&] { return ::fcntl(0, F_SETOWN, parent); }, true) == std::to_string(EPERM));
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_NONBLOCK) == 0);
  const int standard = ::dup(STDOUT_FILENO);
  ::dup2(ends[1], STDOUT_FILENO);
  CHECK(inside([] { return static_cast<int>(::write(STDOUT_FILENO, "x", 1)); }) == "0");
  CHECK(inside([] { return static_cast<int>(::write(STDOUT_FILENO, "x", 1)); }, true) == "0");
  ::dup2(standard, STDOUT_FILENO);
  char byte = 0;
  CHECK(::read(ends[0], &byte, 1) == -1);
  for (const int one : {ends[0], ends[1], standard}) {
    ::close(one);
  }
}

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
  for (const bool opens_files : {false, true}) {
    CHECK(inside([&] { return static_cast<int>(::write(open, "x", 1)); }, opens_files) ==
          std::to_string(EBADF));
  }
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
