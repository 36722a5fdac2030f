#include "dump/elf_notes.h"

#include "dump/elf_image.h"
#include "dump/limits.h"
#include "dump/registers.h"

#include <algorithm>
#include <array>
#include <map>

namespace sallyport::dump {
namespace {

using enum RegionClass;

struct NoteRule {
  std::string_view owner;
  std::uint32_t type;
  std::string_view name;
  void (*read)(Survey&, Range, Where);
  RegionClass klass = opaque;
};

void prstatus(Survey& survey, Range note, Where where);
void prpsinfo(Survey& survey, Range note, Where where);
void siginfo(Survey& survey, Range note, Where where);
void mapped_files(Survey& survey, Range note, Where where);

// A note without a reader is of one class as a whole.
constexpr std::array note_rules{
    NoteRule{"CORE", 1, "prstatus", prstatus},
    NoteRule{"CORE", 2, "fpregset", nullptr, vector_state},
    NoteRule{"CORE", 3, "prpsinfo", prpsinfo},
    NoteRule{"CORE", 6, "auxv", nullptr, auxiliary_vector},
    NoteRule{"CORE", 0x53494749, "siginfo", siginfo},
    NoteRule{"CORE", 0x46494c45, "file", mapped_files},
    NoteRule{"LINUX", 0x46e62b7f, "prxfpreg", nullptr, vector_state},
    NoteRule{"LINUX", 0x200, "386_tls", nullptr, registers},
    NoteRule{"LINUX", 0x201, "386_ioperm", nullptr, registers},
    NoteRule{"LINUX", 0x202, "x86_xstate", nullptr, vector_state},
    NoteRule{"LINUX", 0x204, "x86_shstk", nullptr, registers},
    NoteRule{"LINUX", 0x400, "arm_vfp", nullptr, vector_state},
    NoteRule{"LINUX", 0x401, "arm_tls", nullptr, registers},
    NoteRule{"LINUX", 0x402, "arm_hw_break", nullptr, registers},
    NoteRule{"LINUX", 0x403, "arm_hw_watch", nullptr, registers},
    NoteRule{"LINUX", 0x404, "arm_system_call", nullptr, registers},
    NoteRule{"LINUX", 0x405, "arm_sve", nullptr, vector_state},
    NoteRule{"LINUX", 0x406, "arm_pac_mask", nullptr, registers},
    NoteRule{"LINUX", 0x407, "arm_paca_keys", nullptr, registers},
    NoteRule{"LINUX", 0x408, "arm_pacg_keys", nullptr, registers},
    NoteRule{"LINUX", 0x409, "arm_tagged_addr_ctrl", nullptr, registers},
    NoteRule{"LINUX", 0x40a, "arm_pac_enabled_keys", nullptr, registers},
    NoteRule{"LINUX", 0x40b, "arm_ssve", nullptr, vector_state},
    NoteRule{"LINUX", 0x40c, "arm_za", nullptr, vector_state},
};

// elf_prstatus: the signal and the ids, the registers, whether there are others.
struct StatusLayout {
  std::size_t word;
  std::uint64_t thread; // where the id of the thread stands
  std::uint64_t registers;
};

constexpr StatusLayout status_layouts[] = {{4, 24, 72}, {8, 32, 112}};

// elf_prpsinfo ends with the name of the program and its arguments; what is before them has many layouts.
constexpr std::uint64_t program_bytes = 16;
constexpr std::uint64_t arguments_bytes = 80;

void prstatus(Survey& survey, Range note, Where where) {
  const StatusLayout& layout = status_layouts[survey.dump.word == 4 ? 0 : 1];
  const RegisterLayout* set = gregset_layout(survey.dump.machine);
  const std::uint64_t size =
      set == nullptr ? note.size() - std::min(note.size(), layout.registers) : set->size;
  const Range registers_range = note.part(layout.registers, size);
  const auto owner = static_cast<std::uint32_t>(survey.dump.threads.size());
  survey.claim(note.part(0, layout.registers), structure, where);
  const Range behind = note.part(layout.registers + size);
  survey.claim(behind.part(0, 8), structure, where); // whether there are other registers
  survey.claim(behind.part(8), opaque, where);
  if (!survey.has_room(survey.dump.threads.size(), limits::threads_max, {"threads"})) {
    return;
  }
  Cursor in = survey.at(note);
  Thread thread;
  thread.id = in.skip(layout.thread).u32();
  if (!in.ok()) {
    survey.hold(where, "is shorter than it must be");
  }
  if (set == nullptr) {
    survey.claim(registers_range, registers, where, owner);
  } else {
    thread.registers = read_registers(survey, registers_range, *set, where, owner);
  }
  survey.dump.threads.push_back(std::move(thread));
}

void prpsinfo(Survey& survey, Range note, Where where) {
  if (note.size() < program_bytes + arguments_bytes) {
    survey.claim(note, process_text, where);
    survey.hold(where, "is shorter than it must be");
    return;
  }
  const std::uint64_t front = note.size() - program_bytes - arguments_bytes;
  survey.claim(note.part(0, front), process_text, where);
  survey.claim(note.part(front, program_bytes), paths, where);
  survey.claim(note.part(front + program_bytes), arguments, where);
  // Four ids stand before the name: process, parent, group, session.
  if (front >= 16) {
    survey.dump.process = survey.at(note.part(front - 16)).u32();
  }
}

void siginfo(Survey& survey, Range note, Where where) {
  survey.claim(note, exception, where);
  Cursor in = survey.at(note);
  const std::uint32_t signal = in.u32();
  const std::uint64_t address = in.skip(survey.dump.word == 4 ? 8 : 12).word(survey.dump.word);
  if (!in.ok()) {
    survey.hold(where, "is shorter than it must be");
  } else if (!survey.dump.exception && !survey.dump.threads.empty()) {
    // The thread that was hit comes first, and with registers of its own.
    const Thread& thread = survey.dump.threads.back();
    survey.dump.exception = Exception{thread.id, signal, address, thread.registers};
  }
}

// NT_FILE: a count, the size of a page, for each mapping where it is, and then their names in the same order.
void mapped_files(Survey& survey, Range note, Where where) {
  const std::size_t word = survey.dump.word;
  Cursor in = survey.at(note);
  const std::uint64_t count = in.word(word);
  in.skip(word);
  if (!in.ok()) {
    survey.claim(note, opaque, where);
    survey.hold(where, "has no room for its count");
    return;
  }
  const Range header = note.part(0, 2 * word);
  survey.claim(header, structure, where);
  std::vector<Range> mappings;
  survey.each_record(note.part(header.size()), count, 3 * word, limits::ranges_max, where,
                     [&](Cursor entry, auto) {
                       const std::uint64_t from = entry.word(word);
                       mappings.push_back(between(from, entry.word(word)));
                     });
  Range names = note.part(header.size() + mappings.size() * 3 * word);
  std::vector<FileMapping> files;
  for (const Range addresses : mappings) {
    if (names.empty()) {
      survey.hold(where, "has fewer names than mappings");
      break;
    }
    const Text path = survey.text_until_nul(names, paths, where);
    names = names.part(path.range.size() + 1);
    files.push_back({addresses, path});
  }
  add_mapped_files(survey, files);
}

const NoteRule* find_rule(std::string_view owner, std::uint32_t type) {
  const auto* found = std::ranges::find_if(
      note_rules, [&](const NoteRule& rule) { return rule.type == type && rule.owner == owner; });
  return found == note_rules.end() ? nullptr : found;
}

constexpr std::uint64_t aligned(std::uint64_t size) {
  return (size + 3) & ~std::uint64_t{3};
}

} // namespace

void read_notes(Survey& survey, Range segment) {
  constexpr std::uint64_t header_bytes = 12;
  survey.has_bytes(segment, {"notes"});
  for (Range rest = common(segment, {0, survey.file().size()}); !rest.empty();) {
    const auto index = static_cast<std::uint32_t>(survey.dump.parts.size());
    const Where where{"notes", index};
    Cursor in = survey.at(rest);
    const std::uint64_t name_bytes = in.u32();
    const std::uint64_t value_bytes = in.u32();
    const std::uint32_t type = in.u32();
    std::string_view owner = as_text(in.bytes(name_bytes));
    in.skip(aligned(name_bytes) - name_bytes);
    const Range value = rest.part(header_bytes + aligned(name_bytes), value_bytes);
    in.skip(value_bytes);
    if (!in.ok()) {
      survey.claim(rest, opaque, where);
      survey.hold(where, "is longer than what is there");
      return;
    }
    if (!survey.has_room(index, limits::parts_max, {"notes"})) {
      survey.claim(rest, opaque, where);
      return;
    }
    owner = owner.substr(0, owner.size() - (owner.ends_with('\0') ? 1U : 0U));
    const NoteRule* rule = find_rule(owner, type);
    // The owner of a note that is not known may be anything.
    survey.claim(rest.part(0, header_bytes), structure, where);
    survey.claim(between(rest.from() + header_bytes, value.from()), rule == nullptr ? opaque : structure,
                 where);
    survey.dump.parts.push_back({type, rule == nullptr ? "" : rule->name, value});
    if (rule == nullptr || rule->read == nullptr) {
      survey.claim(value, rule == nullptr ? opaque : rule->klass, where, index);
    } else {
      rule->read(survey, value, where);
    }
    const Range padding = between(value.until(), std::min(value.until() + 3, rest.until()))
                              .part(0, aligned(value_bytes) - value_bytes);
    survey.claim(padding, structure, where);
    rest = between(padding.until(), rest.until());
  }
}

} // namespace sallyport::dump
