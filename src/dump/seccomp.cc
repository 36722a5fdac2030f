#include "dump/seccomp.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace sallyport::dump {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "workers are confined on x86-64 and arm64 only"
#endif

constexpr long always[] = {__NR_read,
                           __NR_write,
                           __NR_close,
                           __NR_munmap,
                           __NR_mremap,
                           __NR_madvise,
                           __NR_msync,
                           __NR_brk,
                           __NR_futex,
                           __NR_exit,
                           __NR_exit_group,
                           __NR_rt_sigreturn,
                           __NR_rt_sigprocmask,
                           __NR_rt_sigaction,
                           __NR_sigaltstack,
                           __NR_clock_gettime,
                           __NR_clock_nanosleep,
                           __NR_getrandom,
                           __NR_gettid,
                           __NR_getpid,
                           __NR_sched_yield,
                           __NR_sched_getaffinity,
                           __NR_set_robust_list,
                           __NR_rseq,
                           __NR_fstat,
                           __NR_lseek,
                           __NR_getrusage};

constexpr long of_files[] = {__NR_pread64,    __NR_newfstatat, __NR_statx,      __NR_getdents64,
                             __NR_readlinkat, __NR_faccessat,  __NR_faccessat2, __NR_getcwd};

#if defined(__x86_64__) // calls that arm64 never had
constexpr long of_files_before[] = {__NR_access, __NR_readlink, __NR_stat, __NR_lstat};
#else
constexpr long of_files_before[] = {__NR_faccessat};
#endif

constexpr std::uint32_t refuse(int error) {
  return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA);
}

constexpr std::uint32_t argument(unsigned index) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t));
}

class Program {
public:
  Program() {
    load(offsetof(seccomp_data, arch));
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0));
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    load(offsetof(seccomp_data, nr));
  }

  void allow(long call) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }

  void refuse_with(long call, int error) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
    add(BPF_STMT(BPF_RET | BPF_K, refuse(error)));
  }

  // Where, of the bits of one argument, all of `set` and none of `unset` are there.
  void allow_if(long call, unsigned index, std::uint32_t set, std::uint32_t unset) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 5));
    load(argument(index));
    add(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, set | unset));
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, set, 0, 1));
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    add(BPF_STMT(BPF_RET | BPF_K, refuse(EPERM)));
  }

  // Where the lower half of one argument is this number: of an int there is no other half.
  void allow_equal(long call, unsigned index, std::uint32_t value) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 4));
    load(argument(index));
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    load(offsetof(seccomp_data, nr)); // another value of the same call may be allowed
  }

  bool install() {
    add(BPF_STMT(BPF_RET | BPF_K, refuse(EPERM)));
    const sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
  }

private:
  void load(std::size_t offset) {
    add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }

  void add(sock_filter instruction) { code_.push_back(instruction); }

  std::vector<sock_filter> code_;
};

} // namespace

bool forbid_system_calls(bool opens_files) {
  Program program;
  for (const long call : always) {
    program.allow(call);
  }
  program.allow_if(__NR_mmap, 2, 0, PROT_EXEC);
  program.allow_if(__NR_mprotect, 2, 0, PROT_EXEC);
  program.allow_if(__NR_clone, 0, CLONE_THREAD | CLONE_VM, 0);
  program.allow_equal(__NR_tgkill, 0, static_cast<std::uint32_t>(::getpid())); // itself: so it aborts
  program.refuse_with(__NR_clone3, ENOSYS); // its flags are out of reach; the library goes on with clone
  if (opens_files) {
    for (const long call : of_files) {
      program.allow(call);
    }
    for (const long call : of_files_before) {
      program.allow(call);
    }
    for (const int what : {F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC}) { // not F_SETOWN: it sends signals
      program.allow_equal(__NR_fcntl, 1, static_cast<std::uint32_t>(what));
    }
    program.allow_if(__NR_openat, 2, 0, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
  }
  return program.install();
}

} // namespace sallyport::dump
