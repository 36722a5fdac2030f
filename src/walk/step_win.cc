// STACK WIN: frames of Windows on x86, whose symbol files tell sizes and, for most, a program.
#include "walk/step.h"

#include "walk/postfix.h"

#include <algorithm>

namespace sallyport::walk {
namespace {

// One attempt to leave a frame by its record.
class WinStep {
public:
  WinStep(Stepper& stepper, const Callee& callee, const WinFrame& frame)
      : stepper_(stepper), callee_(callee), frame_(frame), fp_(callee.registers.value[stepper.cpu.fp]),
        sp_(callee.registers.value[stepper.cpu.sp]) {}

  std::optional<Caller> take() {
    find_return();
    set_variables();
    if (!run_program() && !scan_instead()) {
      return std::nullopt;
    }
    if (value("$eip") != 0 || value("$ebp") != 0) {
      const std::uint64_t skipped = mend_return();
      if (recovers_frame_pointer()) {
        mend_frame_pointer(skipped);
      }
    }
    return Caller{caller_registers(), trust_};
  }

private:
  static constexpr std::size_t alignment_words = 3; // by so many may a stack have been aligned

  std::uint64_t masked(std::uint64_t value) const { return value & stepper_.cpu.mask(); }

  std::uint64_t value(std::string_view name) const { return variables_.get(name).value_or(0); }

  bool has_program() const { return !frame_.program.empty(); }

  bool recovers_frame_pointer() const { return has_program() || frame_.allocates_base_pointer; }

  // Where the return address should be, going by sizes.
  void find_return() {
    search_from_ = masked(sp_ + callee_.callee_parameters + frame_.local_bytes + frame_.saved_bytes);
    auto found = stepper_.scan(search_from_, alignment_words);
    // A system call that has come back still has its own address on top.
    const bool is_stale = found && callee_.trust == Trust::context && frame_.is_fpo &&
                          found->at == search_from_ &&
                          found->address == callee_.registers.value[stepper_.cpu.pc];
    if (is_stale) {
      search_from_ = masked(search_from_ + 4);
      found = stepper_.scan(search_from_, alignment_words);
    }
    if (found) {
      search_from_ = found->at;
    }
    // A program that aligns the stack loses its pointer: only the frame pointer is left to go by.
    if (callee_.registers.get(stepper_.cpu.fp) && frame_.program.contains('@')) {
      search_from_ = masked(fp_ + 4);
    }
  }

  void set_variables() {
    variables_.set("$ebp", fp_);
    variables_.set("$esp", sp_);
    if (const auto ebx = callee_.registers.get(ebx_)) {
      variables_.set("$ebx", *ebx);
    }
    variables_.set(".cbCalleeParams", callee_.callee_parameters);
    variables_.set(".cbSavedRegs", frame_.saved_bytes);
    variables_.set(".cbLocals", frame_.local_bytes);
    variables_.set(".cbParams", frame_.parameter_bytes);
    variables_.set(".raSearchStart", search_from_);
    variables_.set(".raSearch", search_from_);
  }

  std::string_view program() const {
    if (has_program()) {
      return frame_.program;
    }
    if (frame_.allocates_base_pointer) { // saved with the other registers
      return "$eip .raSearchStart ^ = $ebp $esp .cbCalleeParams + .cbSavedRegs + 8 - ^ = "
             "$esp .raSearchStart 4 + =";
    }
    return callee_.registers.get(ebx_) ? "$eip .raSearchStart ^ = $esp .raSearchStart 4 + = $ebx $ebx ="
                                       : "$eip .raSearchStart ^ = $esp .raSearchStart 4 + =";
  }

  bool run_program() {
    auto assigned = run(program(), variables_, stepper_.memory);
    const auto has = [&](std::string_view name) {
      return std::ranges::find(*assigned, name) != assigned->end();
    };
    if (!assigned || !has("$eip") || !has("$esp")) {
      return false;
    }
    assigned_ = std::move(*assigned);
    return true;
  }

  bool scan_instead() {
    const auto found = stepper_.scan(sp_, Stepper::scan_words(callee_));
    if (found) {
      variables_.set("$eip", found->address);
      variables_.set("$esp", masked(found->at + 4));
      trust_ = Trust::scan;
    }
    return found.has_value();
  }

  // A return address that is in no module is none. By how much the search went on.
  std::uint64_t mend_return() {
    if (stepper_.library.images().at(value("$eip"))) {
      return 0;
    }
    const std::uint64_t from = masked(search_from_ + 4);
    const auto found = stepper_.scan(from, Stepper::scan_words(callee_));
    if (!found) {
      return 0;
    }
    variables_.set("$eip", found->address);
    variables_.set("$esp", masked(found->at + 4));
    trust_ = Trust::cfi_scan;
    return found->at - from;
  }

  // Among the saved registers, from the top down: the first word that points into the stack.
  void mend_frame_pointer(std::uint64_t skipped) {
    const std::uint64_t frame = value("$ebp");
    const bool skips_frames = trust_ != Trust::cfi && frame <= search_from_ + skipped;
    if (!skips_frames && stepper_.memory.has(frame)) {
      return;
    }
    const std::uint64_t lowest = sp_ + callee_.callee_parameters;
    for (std::uint64_t at = lowest + frame_.saved_bytes + skipped; at >= lowest; at -= 4) {
      const auto candidate = stepper_.memory.word(at);
      if (!candidate) {
        return;
      }
      if (stepper_.memory.has(*candidate)) {
        variables_.set("$ebp", *candidate);
        return;
      }
    }
  }

  Registers caller_registers() const {
    const Cpu& cpu = stepper_.cpu;
    Registers out = callee_.registers;
    out.known.reset();
    out.set(cpu.pc, value("$eip"));
    out.set(cpu.sp, value("$esp"));
    out.set(cpu.fp, value("$ebp"));
    for (const std::string_view name : {"$ebx", "$esi", "$edi"}) {
      if (std::ranges::find(assigned_, name) != assigned_.end()) {
        out.set(*cpu.find(name), value(name));
      }
    }
    return out;
  }

  static constexpr std::size_t ebx_ = 3;

  Stepper& stepper_;
  const Callee& callee_;
  const WinFrame& frame_;
  std::uint64_t fp_;
  std::uint64_t sp_;
  std::uint64_t search_from_ = 0;
  Trust trust_ = Trust::cfi;
  Variables variables_;
  std::vector<std::string_view> assigned_;
};

} // namespace

std::optional<Caller> by_win_frame(Stepper& stepper, const Callee& callee) {
  const Symbols* symbols = stepper.cpu.machine == dump::Machine::x86 ? stepper.symbols_of(callee) : nullptr;
  if (symbols == nullptr || !symbols->breakpad) {
    return std::nullopt;
  }
  const Image& image = stepper.library.images().all()[*callee.image];
  const WinFrame* frame = symbols->breakpad->win_frame_at(callee.address - image.base);
  return frame == nullptr ? std::nullopt : WinStep(stepper, callee, *frame).take();
}

std::uint64_t parameter_bytes(const Stepper& stepper, const Callee& callee) {
  const Symbols* symbols = stepper.cpu.machine == dump::Machine::x86 ? stepper.symbols_of(callee) : nullptr;
  if (symbols == nullptr || !symbols->breakpad) {
    return 0;
  }
  const std::uint64_t offset = callee.address - stepper.library.images().all()[*callee.image].base;
  if (const WinFrame* frame = symbols->breakpad->win_frame_at(offset)) {
    return frame->parameter_bytes;
  }
  return symbols->breakpad->parameter_bytes_at(offset).value_or(0);
}

} // namespace sallyport::walk
