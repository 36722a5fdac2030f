#include "dump/testing/synthetic.h"

namespace sallyport::dump::testing {
namespace {

struct Segment {
  std::uint32_t type;
  std::uint32_t flags;
  std::uint64_t address;
  std::string bytes;
};

constexpr std::uint64_t executable = 0x400000;
constexpr std::uint64_t first_stack = 0x7ff00000;
constexpr std::uint64_t second_stack = 0x10000;
constexpr std::uint64_t heap = 0x60000;
constexpr std::size_t stack_bytes = 1024;
constexpr std::size_t sp_at = 128;        // what a stack pointer is above its stack's beginning
constexpr std::size_t arguments_at = 256; // count, pointers, auxiliary vector
constexpr std::size_t texts_at = 512;

class CoreWriter {
public:
  CoreWriter(std::size_t word, std::endian order) : word_(word), order_(order) {}

  Writer part() const { return Writer(order_); }

  std::string registers(std::uint64_t pc, std::uint64_t sp) const {
    Writer out = part();
    const std::size_t count = word_ == 4 ? 17 : 27;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_pc = i == (word_ == 4 ? 12U : 16U);
      const bool is_sp = i == (word_ == 4 ? 15U : 19U);
      out.number(is_pc ? pc : is_sp ? sp : i, word_);
    }
    return out.out();
  }

  Writer& note(std::string_view owner, std::uint32_t type, const Writer& value) {
    const std::string name = std::string(owner) + '\0';
    notes_.u32(name.size()).u32(value.size()).u32(type).text(name);
    notes_.zeros((4 - notes_.size() % 4) % 4).text(value.out());
    return notes_.zeros((4 - notes_.size() % 4) % 4);
  }

  void thread(std::uint32_t id, std::uint64_t pc, std::uint64_t sp) {
    Writer status = part().u32(11);
    status.pad_to(word_ == 4 ? 24 : 32).u32(id).pad_to(word_ == 4 ? 72 : 112).text(registers(pc, sp));
    note("CORE", 1, status.zeros(word_ == 4 ? 4 : 8));
    note("CORE", 2, part().text("<vector_state>"));
    note("LINUX", 0x202, part().text("<vector_state>"));
  }

  Writer auxiliary_vector() const {
    const std::uint64_t name = first_stack + texts_at + 13 + 1 + 15 + 1; // behind arguments and environment
    Writer out = part();
    for (const auto& [kind, value] : {std::pair(6UL, 4096UL), std::pair(31UL, name), std::pair(0UL, 0UL)}) {
      out.number(kind, word_).number(value, word_);
    }
    return out;
  }

  // As the kernel lays it out: one argument, one variable.
  std::string initial_stack() const {
    Writer out = part().text("<below_stack>").pad_to(sp_at).text("<stack>").pad_to(arguments_at);
    out.number(1, word_).number(first_stack + texts_at, word_).number(0, word_);
    out.number(first_stack + texts_at + 14, word_)
        .number(0, word_)
        .text(auxiliary_vector().out())
        .pad_to(texts_at);
    out.text("./<arguments>").zeros(1).text("A=<environment>").zeros(1).text("./<stack>");
    return out.pad_to(stack_bytes).out();
  }

  // An ELF header with one program header, for the build id.
  std::string image() const {
    const std::string id =
        part().u32(4).u32(8).u32(3).text(std::string_view("GNU\0", 4)).text("\1\2\3\4\5\6\7\x08").out();
    const std::size_t header = word_ == 4 ? 52 : 64;
    Writer out = part()
                     .text("\x7f"
                           "ELF")
                     .pad_to(24 + word_)
                     .number(header, word_)
                     .number(0, word_);
    out.u32(0).u16(header).u16(word_ == 4 ? 32 : 56).u16(1).pad_to(header);
    const std::size_t at = header + (word_ == 4 ? 32 : 56);
    out.text(segment({4, 4, 0, id}, at).out()).text(id).text("<module_constant>");
    return out.out();
  }

  void notes() {
    const std::size_t front = (word_ == 4 ? 28U : 40U);
    note("CORE", 3,
         part()
             .text(word_ == 4 ? "" : "<process_text>")
             .pad_to(front - 16)
             .u32(17)
             .pad_to(front)
             .text("<paths>")
             .pad_to(front + 16)
             .text("<arguments>")
             .pad_to(front + 96));
    note("CORE", 0x53494749,
         part().u32(11).zeros(word_ == 4 ? 8 : 12).number(0xdead, word_).text("<exception>").pad_to(128));
    note("CORE", 6, auxiliary_vector());
    Writer files = part().number(2, word_).number(4096, word_);
    files.number(executable, word_).number(executable + 0x1000, word_).number(0, word_);
    files.number(executable + 0x1000, word_).number(executable + 0x2000, word_).number(1, word_);
    note("CORE", 0x46494c45, files.text("/<paths>").zeros(1).text("/<paths>").zeros(1));
    note("OTHER", 1, part().text("<opaque>"));
  }

  Writer segment(const Segment& s, std::uint64_t at) const {
    Writer out = part().u32(s.type);
    const std::size_t memory = s.type == 1 && s.address == executable + 0x1000 ? 0x1000 : s.bytes.size();
    if (word_ == 8) {
      out.u32(s.flags);
    }
    out.number(at, word_)
        .number(s.address, word_)
        .number(0, word_)
        .number(s.bytes.size(), word_)
        .number(memory, word_);
    if (word_ == 4) {
      out.u32(s.flags);
    }
    return out.number(4, word_);
  }

  std::string finish() {
    thread(17, executable, first_stack + sp_at);
    notes();
    thread(18, executable + 1, second_stack + sp_at);
    const std::string other =
        part().text("<below_stack>").pad_to(sp_at).text("<stack>").pad_to(stack_bytes).out();
    const Segment segments[] = {{4, 0, 0, notes_.out()},
                                {1, 5, executable, Writer(order_).text(image()).pad_to(0x1000).out()},
                                {1, 6, executable + 0x1000, "<module_data>"},
                                {1, 6, heap, "<heap>"},
                                {1, 6, second_stack, other},
                                {1, 6, first_stack, initial_stack()}};
    const std::size_t header = word_ == 4 ? 52 : 64;
    const std::size_t record = word_ == 4 ? 32 : 56;
    const std::uint16_t machine = word_ == 4 ? 3 : 62;
    Writer out = part()
                     .text("\x7f"
                           "ELF")
                     .number(word_ == 4 ? 1 : 2, 1)
                     .number(order_ == std::endian::little ? 1 : 2, 1);
    out.pad_to(16).u16(4).u16(machine).u32(1).number(0, word_).number(header, word_).number(0, word_);
    out.u32(0).u16(header).u16(record).u16(std::size(segments)).u16(0).u16(0).u16(0);
    std::string bytes;
    for (const Segment& s : segments) {
      out.text(segment(s, header + std::size(segments) * record + bytes.size()).out());
      bytes += s.bytes;
    }
    return out.out() + bytes;
  }

private:
  std::size_t word_;
  std::endian order_;
  Writer notes_{order_};
};

} // namespace

std::string sample_core(std::size_t word, std::endian order) {
  return CoreWriter(word, order).finish();
}

} // namespace sallyport::dump::testing
