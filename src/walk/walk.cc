#include "walk/walk.h"

#include "dump/limits.h"
#include "walk/step.h"

#include <algorithm>
#include <string>

namespace sallyport::walk {
namespace {

constexpr std::uint64_t lowest_code = 4096; // the first page is nobody's

class Walker {
public:
  Walker(ByteView file, const dump::Dump& dump, Library& library, const Cpu& cpu, std::uint64_t steps_max)
      : file_(file), dump_(dump), library_(library), cpu_(cpu), budget_(steps_max) {}

  Walk walk() && {
    std::size_t frames = 0;
    for (std::size_t i = 0; i < dump_.threads.size(); ++i) {
      const std::string where = "/threads/" + std::to_string(i);
      if (budget_.ended() || frames >= limits::frames_all_max) {
        hold(dump::Cause::budget, where, "was not reached: the walk is longer than its limit");
        break;
      }
      out_.threads.push_back(walk_thread(dump_.threads[i], where));
      frames += out_.threads.back().frames.size();
    }
    join_reads();
    return std::move(out_);
  }

private:
  void hold(dump::Cause cause, std::string where, std::string why) {
    if (out_.held.size() < dump::limits::reasons_max) {
      out_.held.push_back({cause, std::move(where), std::move(why)});
    }
  }

  // At a fault the registers of the thread itself are those of the handler.
  const dump::Registers* context_of(const dump::Thread& thread, ThreadWalk& out) const {
    const auto& fault = dump_.exception;
    out.faulted = fault && fault->thread == thread.id;
    if (out.faulted && fault->registers) {
      return &*fault->registers;
    }
    return thread.registers ? &*thread.registers : nullptr;
  }

  // Full dumps need not say where it is: it is the piece of memory that the stack pointer points into.
  dump::Range stack_of(const dump::Thread& thread, const dump::Registers& context) const {
    if (!thread.stack.empty()) {
      return thread.stack;
    }
    for (const dump::Memory& piece : dump_.memory) {
      if (const dump::Range addresses(piece.address, piece.range.size()); addresses.contains(context.sp)) {
        return addresses;
      }
    }
    return {};
  }

  ThreadWalk walk_thread(const dump::Thread& thread, const std::string& where) {
    ThreadWalk out;
    out.id = thread.id;
    const dump::Registers* context = context_of(thread, out);
    if (context == nullptr) {
      hold(dump::Cause::malformed, where, "has no registers to begin with");
      return out;
    }
    Memory memory(file_, dump_.memory, dump_.word, budget_);
    if (dump_.format == dump::Format::minidump) {
      memory.confine(stack_of(thread, *context));
    }
    Stepper stepper{cpu_, dump_, library_, memory, reads_};
    Callee callee;
    callee.registers = registers_of(cpu_, *context);
    callee.address = callee.registers.value[cpu_.pc];
    callee.image = library_.images().at(callee.address);
    std::uint64_t resume = callee.address;
    out.ended = true;
    while (true) {
      out.frames.push_back(frame_of(callee, resume));
      if (out.frames.size() >= limits::frames_max) {
        hold(dump::Cause::budget, where, "has more frames than are walked");
        break;
      }
      const auto caller = caller_of(stepper, callee);
      if (budget_.ended()) {
        hold(dump::Cause::budget, where, "is longer than the limit of one walk");
        out.ended = false;
        break;
      }
      if (!caller || is_end(callee, *caller)) {
        break;
      }
      resume = caller->registers.value[cpu_.pc];
      const std::uint64_t parameters = parameter_bytes(stepper, callee);
      callee = callee_of(*caller);
      callee.callee_parameters = parameters;
    }
    const std::vector<dump::Range> taken = memory.taken();
    reads_.insert(reads_.end(), taken.begin(), taken.end());
    return out;
  }

  Frame frame_of(const Callee& callee, std::uint64_t resume) const {
    Frame out;
    out.instruction = callee.address;
    out.resume = resume;
    out.stack = callee.registers.value[cpu_.sp];
    out.image = callee.image;
    out.trust = callee.trust;
    if (callee.image) {
      const Image& image = library_.images().all()[*callee.image];
      out.module = image.module;
      out.offset = callee.address - image.base;
    }
    return out;
  }

  static std::optional<Caller> caller_of(Stepper& stepper, const Callee& callee) {
    for (const auto way : {by_win_frame, by_cfi, by_leaf, by_frame_pointer, by_scan}) {
      if (auto caller = way(stepper, callee)) {
        return caller;
      }
    }
    return std::nullopt;
  }

  // Stacks grow downwards: a caller's is above. Only a register that was never saved, and a signal, which
  // may be taken on a stack of its own, are excused.
  bool is_end(const Callee& callee, const Caller& caller) const {
    if (caller.registers.value[cpu_.pc] < lowest_code) {
      return true;
    }
    if (caller.interrupted) {
      return false;
    }
    const std::uint64_t above = caller.registers.value[cpu_.sp];
    const std::uint64_t below = callee.registers.value[cpu_.sp];
    return callee.trust == Trust::context ? above < below : above <= below;
  }

  Callee callee_of(const Caller& caller) const {
    Callee out;
    out.registers = caller.registers;
    out.trust = caller.trust;
    const std::uint64_t pc = caller.registers.value[cpu_.pc];
    out.address = caller.interrupted ? pc : pc - cpu_.call_bytes;
    out.image = library_.images().at(out.address);
    out.interrupted = caller.interrupted;
    return out;
  }

  void join_reads() {
    std::ranges::sort(reads_, {}, &dump::Range::from);
    for (const dump::Range range : reads_) {
      if (!out_.read.empty() && range.from() <= out_.read.back().until()) {
        dump::Range& last = out_.read.back();
        last = dump::between(last.from(), std::max(last.until(), range.until()));
      } else {
        out_.read.push_back(range);
      }
    }
  }

  ByteView file_;
  const dump::Dump& dump_;
  Library& library_;
  const Cpu& cpu_;
  Budget budget_;
  std::vector<dump::Range> reads_;
  Walk out_;
};

} // namespace

std::string_view name_of(Trust trust) {
  switch (trust) {
  case Trust::scan:
    return "scan";
  case Trust::cfi_scan:
    return "cfi_scan";
  case Trust::frame_pointer:
    return "frame_pointer";
  case Trust::cfi:
    return "cfi";
  case Trust::context:
    return "context";
  }
  return {};
}

Walk walk(ByteView file, const dump::Dump& dump, Library& library, std::uint64_t steps_max) {
  const Cpu* cpu = cpu_of(dump.machine);
  if (cpu == nullptr || cpu->word != dump.word) {
    Walk out;
    out.held.push_back({dump::Cause::unsupported, "/system", "names no processor whose stacks are walked"});
    return out;
  }
  return Walker(file, dump, library, *cpu, steps_max).walk();
}

} // namespace sallyport::walk
