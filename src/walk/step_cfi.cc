// By call frame information: STACK CFI of a symbol file, else rows of .eh_frame and .debug_frame.
#include "walk/step.h"

#include "walk/postfix.h"
#include "walk/words.h"

#include <algorithm>

namespace sallyport::walk {
namespace {

struct NamedRule {
  std::string_view name;
  std::string_view expression;
};

// A later rule for a name takes the place of an earlier one. An empty name or expression is malformed.
bool put_rule(std::vector<NamedRule>& rules, NamedRule rule) {
  const auto found = std::ranges::find(rules, rule.name, &NamedRule::name);
  if (found == rules.end()) {
    rules.push_back(rule);
  } else {
    found->expression = rule.expression;
  }
  return !rule.name.empty() && !rule.expression.empty();
}

// ".cfa: $rsp 8 + .ra: .cfa 8 - ^": a name and a colon begin a rule.
bool put_rules(std::vector<NamedRule>& rules, std::string_view text, Budget& budget) {
  NamedRule rule;
  for (bool first = true; budget.spend(); first = false) {
    const std::string_view word = next_word(text);
    if (!word.empty() && !word.ends_with(':')) {
      const char* from = rule.expression.empty() ? word.data() : rule.expression.data();
      rule.expression = {from, word.data() + word.size()};
      continue;
    }
    if (!first && !put_rule(rules, rule)) {
      return false;
    }
    if (word.empty()) {
      return !first;
    }
    rule = {word.substr(0, word.size() - 1), {}};
  }
  return false;
}

std::optional<std::uint64_t> value_of_rule(const std::vector<NamedRule>& rules, std::string_view name,
                                           const Variables& variables, Memory& memory) {
  const auto rule = std::ranges::find(rules, name, &NamedRule::name);
  return rule == rules.end() ? std::nullopt : value_of(rule->expression, variables, memory);
}

std::optional<Registers> by_symbol_file(Stepper& stepper, const Callee& callee, const SymFile& file,
                                        std::uint64_t offset) {
  std::vector<NamedRule> rules;
  bool first = true;
  for (const std::string_view text : file.cfi_at(offset, stepper.memory.budget())) {
    if (!put_rules(rules, text, stepper.memory.budget()) && first) {
      return std::nullopt;
    }
    first = false;
  }
  const Cpu& cpu = stepper.cpu;
  Variables variables;
  for (std::size_t i = 0; i < cpu.registers.size(); ++i) {
    if (const auto value = callee.registers.get(i)) {
      variables.set(cpu.registers[i].in_symbols, *value);
    }
  }
  const auto frame = value_of_rule(rules, ".cfa", variables, stepper.memory);
  if (!frame) {
    return std::nullopt;
  }
  variables.set(".cfa", *frame);
  const auto back = value_of_rule(rules, ".ra", variables, stepper.memory);
  if (!back) {
    return std::nullopt;
  }
  Registers out;
  out.set(cpu.sp, *frame);
  out.set(cpu.pc, *back);
  for (std::size_t i = 0; i < cpu.registers.size(); ++i) {
    const std::string_view name = cpu.registers[i].in_symbols;
    const auto found = std::ranges::find(rules, name, &NamedRule::name);
    const auto value =
        found == rules.end() ? std::nullopt : value_of(found->expression, variables, stepper.memory);
    if (value) {
      out.set(i, *value);
    } else if (cpu.registers[i].callee_saves && callee.registers.get(i)) {
      out.set(i, *callee.registers.get(i));
    }
  }
  return out;
}

struct Found {
  Row row;
  bool in_memory = false; // read from the dump, not from a file
};

std::optional<Found> find_row(Stepper& stepper, const Callee& callee, const Symbols& symbols,
                              const Image& image) {
  const std::uint64_t linked = callee.address - image.base + symbols.linked_base;
  for (const FrameTable& table : symbols.frames) {
    if (auto row = table.row_at(linked, stepper.memory.budget())) {
      return Found{*row, false};
    }
  }
  if (symbols.in_memory) {
    if (auto row = symbols.in_memory->row_at(callee.address, stepper.memory.budget())) {
      return Found{*row, true};
    }
  }
  return std::nullopt;
}

} // namespace

std::optional<Caller> by_cfi(Stepper& stepper, const Callee& callee) {
  const Symbols* symbols = stepper.symbols_of(callee);
  if (symbols == nullptr) {
    return std::nullopt;
  }
  const Image& image = stepper.library.images().all()[*callee.image];
  std::optional<Registers> registers;
  bool interrupted = false;
  // Rows come first: symbol files that were made of them cannot say that nobody called.
  if (const auto found = find_row(stepper, callee, *symbols, image)) {
    registers = apply(found->row, stepper.cpu, callee.registers, stepper.memory);
    interrupted = found->row.of_signal;
    if (registers && found->in_memory) {
      stepper.more_read.insert(stepper.more_read.end(), symbols->in_memory_at.begin(),
                               symbols->in_memory_at.end());
    }
  }
  if (!registers && symbols->breakpad) {
    registers = by_symbol_file(stepper, callee, *symbols->breakpad, callee.address - image.base);
    if (registers && stepper.cpu.word == 4 && !registers->get(stepper.cpu.fp)) {
      return std::nullopt; // on x86 nothing goes on without it
    }
  }
  if (!registers) {
    return std::nullopt;
  }
  registers->set(stepper.cpu.pc, stepper.stripped(*registers->get(stepper.cpu.pc)));
  return Caller{*registers, Trust::cfi, interrupted};
}

} // namespace sallyport::walk
