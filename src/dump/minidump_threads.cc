// Threads, their names, and the fault.
#include "dump/limits.h"
#include "dump/minidump_streams.h"
#include "dump/registers.h"

#include <unordered_map>

namespace sallyport::dump::streams {
namespace {

constexpr std::uint64_t thread_bytes = 48;
constexpr std::uint64_t name_bytes = 12;
constexpr std::uint64_t exception_bytes = 168;

std::optional<Registers> read_context(Survey& survey, Range range, Where where, std::uint32_t owner) {
  if (range.empty()) {
    return std::nullopt;
  }
  const RegisterLayout* layout = context_layout(survey.dump.machine, range.size());
  if (layout == nullptr) {
    survey.claim(range, RegionClass::registers, where, owner);
    return std::nullopt;
  }
  std::optional<Registers> registers = read_registers(survey, range, *layout, where, owner);
  if (registers && (registers->values.front().value & layout->flag) == 0) {
    survey.hold(where, "is that of another processor");
  }
  return registers;
}

} // namespace

void thread_list(Survey& survey, Range stream) {
  const List list = counted_list(survey, stream, thread_bytes, {"threads"});
  survey.each_record(list.records, list.count, thread_bytes, limits::threads_max, {"threads"},
                     [&](Cursor in, auto i) {
                       const auto owner = static_cast<std::uint32_t>(i);
                       Thread thread;
                       thread.id = in.u32();
                       thread.environment_block = in.skip(12).u64();
                       const std::uint64_t address = in.u64();
                       const Range memory = location(in);
                       const Range context = location(in);
                       thread.stack = Range(address, memory.size());
                       thread.registers = read_context(survey, context, {"threads", i, "context"}, owner);
                       // Offset 0: the stack is in another list of memory.
                       if (memory.from() != 0) {
                         survey.claim_memory(address, memory, {"threads", i, "stack"});
                       }
                       survey.dump.threads.push_back(std::move(thread));
                     });
}

void thread_names(Survey& survey, Range stream) {
  const Where where{"thread_names"};
  std::unordered_map<std::uint64_t, Thread*> threads;
  for (Thread& thread : survey.dump.threads) {
    threads.emplace(thread.id, &thread);
  }
  const List list = counted_list(survey, stream, name_bytes, where);
  survey.each_record(
      list.records, list.count, name_bytes, limits::threads_max, where, [&](Cursor in, auto i) {
        const auto thread = threads.find(in.u32());
        const auto name = wide_string(survey, in.u64(), RegionClass::thread_names, {"thread_names", i});
        if (thread != threads.end()) {
          thread->second->name = name;
        }
      });
}

void exception(Survey& survey, Range stream) {
  const Where where{"exception"};
  survey.claim(stream.part(0, 8), RegionClass::structure, where);
  survey.claim(stream.part(8, exception_bytes - 16), RegionClass::exception, where);
  survey.claim(stream.part(exception_bytes - 8, 8), RegionClass::structure, where);
  survey.claim(stream.part(exception_bytes), RegionClass::opaque, where);
  Cursor in = survey.at(stream);
  Exception fault;
  fault.thread = in.u32();
  fault.code = in.skip(4).u32();
  fault.address = in.skip(12).u64();
  const Range context = location(in.skip(128)); // count and 15 parameters
  if (!in.ok()) {
    survey.hold(where, "is shorter than it must be");
    return;
  }
  const auto thread = std::ranges::find(survey.dump.threads, fault.thread, &Thread::id);
  const auto owner = thread == survey.dump.threads.end()
                         ? nobody
                         : static_cast<std::uint32_t>(thread - survey.dump.threads.begin());
  fault.registers = read_context(survey, context, {"exception", Where::no_index, "context"}, owner);
  survey.dump.exception = std::move(fault);
}

} // namespace sallyport::dump::streams
