#include "dump/worker.h"

#include "base/bytes.h"
#include "base/descriptor.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "dump/seccomp.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sallyport::dump {
namespace {

enum class Frame : std::uint8_t { progress = 'p', answer = 'a' };

// What the child writes: a kind and two numbers; behind an answer its bytes, of which the first number says
// how many.
struct Head {
  Frame kind;
  std::uint64_t first;
  std::uint64_t second;
};

constexpr std::size_t head_bytes = 17;
constexpr int not_confined = 3; // how a child ends that could not be

std::array<std::uint8_t, head_bytes> spelled(const Head& head) {
  std::array<std::uint8_t, head_bytes> out{static_cast<std::uint8_t>(head.kind)};
  for (std::size_t i = 0; i < 8; ++i) {
    out[1 + i] = static_cast<std::uint8_t>(head.first >> (8 * i));
    out[9 + i] = static_cast<std::uint8_t>(head.second >> (8 * i));
  }
  return out;
}

Head head_of(const std::array<std::uint8_t, head_bytes>& bytes) {
  Head out{static_cast<Frame>(bytes[0]), 0, 0};
  for (std::size_t i = 0; i < 8; ++i) {
    out.first |= static_cast<std::uint64_t>(bytes[1 + i]) << (8 * i);
    out.second |= static_cast<std::uint64_t>(bytes[9 + i]) << (8 * i);
  }
  return out;
}

// A sanitizer's shadow is larger than any limit that would mean something.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool has_shadow = true;
#else
constexpr bool has_shadow = false;
#endif

// Both limits, or what there is already where that is less.
bool limit(int what, std::uint64_t to) {
  const auto resource = static_cast<__rlimit_resource_t>(what);
  rlimit both{};
  if (::getrlimit(resource, &both) != 0) {
    return false;
  }
  both.rlim_max = std::min<rlim_t>(both.rlim_max, to);
  both.rlim_cur = both.rlim_max;
  return ::setrlimit(resource, &both) == 0;
}

bool confine_resources(int keep, const WorkerLimits& limits) {
  constexpr std::uint64_t symbol_files = 256; // that may be open at once
  return limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, limits.cpu_seconds) &&
         (has_shadow || limit(RLIMIT_DATA, limits.memory_bytes)) &&
         limit(RLIMIT_NOFILE, static_cast<std::uint64_t>(keep) + 1 + (limits.opens_files ? symbol_files : 0));
}

// Nothing that was open stays so but the pipe: what is written to a terminal or a log is nothing too. Where
// there are sanitizers, theirs is the one place where they say what they saw.
bool close_files(int keep) {
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (nothing.get() < 0) {
    return false;
  }
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (!(has_shadow && standard == STDERR_FILENO) && ::dup2(nothing.get(), standard) < 0) {
      return false;
    }
  }
  return (keep == 3 || ::close_range(3, static_cast<unsigned>(keep) - 1, 0) == 0) &&
         ::close_range(static_cast<unsigned>(keep) + 1, ~0U, 0) == 0;
}

// All of it, or the job does not begin. A core of this process would be a copy of what it must not let out,
// and one that nobody waits for is one that nobody stops.
bool confine(int keep, pid_t parent, const WorkerLimits& limits) {
  return ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
         ::getppid() == parent && close_files(keep) && confine_resources(keep, limits) &&
         forbid_system_calls(limits.opens_files);
}

[[noreturn]] void run(int pipe, pid_t parent, const std::function<std::string(const Progress&)>& job,
                      const WorkerLimits& limits) {
  if (!confine(pipe, parent, limits)) {
    ::_exit(not_confined);
  }
  try {
    const std::string answer = job([&](std::uint64_t done, std::uint64_t all) {
      static_cast<void>(write_all(pipe, spelled({Frame::progress, done, all})));
    });
    const bool said =
        write_all(pipe, spelled({Frame::answer, answer.size(), 0})) && write_all(pipe, as_bytes(answer));
    ::_exit(said ? 0 : 2);
  } catch (...) { // no memory
    ::_exit(2);
  }
}

// The answer, or nothing where the pipe ended before it was whole.
std::string listen(int pipe, const WorkerLimits& limits, const Progress& progress, bool& whole) {
  std::array<std::uint8_t, head_bytes> bytes{};
  while (read_up_to(pipe, bytes) == static_cast<std::ptrdiff_t>(bytes.size())) {
    const Head head = head_of(bytes);
    if (head.kind == Frame::progress && progress) {
      progress(head.first, head.second);
    } else if (head.kind == Frame::answer) {
      if (head.first > limits.answer_bytes) {
        return {};
      }
      std::string answer(static_cast<std::size_t>(head.first), '\0');
      const std::ptrdiff_t got =
          read_up_to(pipe, {reinterpret_cast<std::uint8_t*>(answer.data()), answer.size()});
      whole = got == static_cast<std::ptrdiff_t>(answer.size());
      return answer;
    } else if (head.kind != Frame::progress) {
      return {};
    }
  }
  return {};
}

} // namespace

Result<std::string> in_worker(const std::function<std::string(const Progress&)>& job,
                              const WorkerLimits& limits, const Progress& progress) {
  // What opens files when it is used first is used now.
  std::array<std::uint8_t, 1> drawn{};
  crypto::random_bytes(drawn);
  static_cast<void>(crypto::sha256(ByteView(drawn)));
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::unavailable, "/worker", "has no pipe to answer through");
  }
  Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    return fail(ErrorCode::unavailable, "/worker", "cannot be started");
  }
  if (child == 0) {
    run(to.get(), self, job, limits);
  }
  to = Descriptor(-1);
  bool whole = false;
  std::string answer = listen(from.get(), limits, progress, whole);
  from = Descriptor(-1);
  if (!whole) {
    ::kill(child, SIGKILL); // it may be writing to nobody
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == not_confined) {
    return fail(ErrorCode::unavailable, "/worker", "cannot be confined on this system");
  }
  if (!whole || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return fail(ErrorCode::internal, "/worker", "ended before it had read the dump");
  }
  return answer;
}

} // namespace sallyport::dump
