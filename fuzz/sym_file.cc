// SymFile::parse over Breakpad's symbol files: what is found at an address covers it, texts are of the file,
// and the expressions of its rules end within their budget.
#include "walk/sym_file.h"
#include "walk/postfix.h"

using namespace sallyport;
using namespace sallyport::walk;

namespace {

bool is_of(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

bool covers(const auto& record, std::uint64_t address) {
  return address >= record.address && address - record.address < record.size;
}

void check_names(const SymFile& file, std::string_view text, std::uint64_t address) {
  const SymFunction* function = file.function_at(address);
  if (function == nullptr) {
    return;
  }
  SP_ASSERT(function->size == 0 ? function->address <= address : covers(*function, address));
  SP_ASSERT(is_of(function->name, text));
  if (const SymLine* line = file.line_at(*function, address)) {
    SP_ASSERT(covers(*line, address));
    SP_ASSERT(is_of(file.file_name(line->file), text));
  }
}

void run_rules(const SymFile& file, std::string_view text, std::uint64_t address) {
  static constexpr std::uint8_t words[64] = {16, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<dump::Memory> pieces{{0, dump::Range(0, sizeof words)}};
  Budget budget(10'000);
  Memory memory(words, pieces, 4, budget);
  Variables variables;
  variables.set("$esp", 8);
  for (const std::string_view rules : file.cfi_at(address, budget)) {
    SP_ASSERT(is_of(rules, text));
    const auto value = value_of(rules.substr(rules.find(':') + 1), variables, memory);
    SP_ASSERT(!value || *value <= 0xffffffff);
  }
  if (const WinFrame* frame = file.win_frame_at(address)) {
    SP_ASSERT(covers(*frame, address));
    SP_ASSERT(is_of(frame->program, text));
    static_cast<void>(run(frame->program, variables, memory));
  }
  for (const dump::Range range : memory.taken()) {
    SP_ASSERT(dump::Range(0, sizeof words).contains(range));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto file = SymFile::parse(text);
  if (!file) {
    return 0;
  }
  for (const std::uint64_t address : {0x0ULL, 0x10ULL, 0x18ULL, 0x100ULL, 0x110ULL, 0x118ULL, ~0ULL}) {
    check_names(*file, text, address);
    run_rules(*file, text, address);
  }
  return 0;
}
