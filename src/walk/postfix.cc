#include "walk/postfix.h"

#include "walk/words.h"

#include <algorithm>

namespace sallyport::walk {
namespace {

// What stands on the stack: a value, or a name that is looked up when it is used, so that "=" can be told
// where to.
struct Item {
  std::string_view name; // empty: a value
  std::uint64_t value = 0;
};

class Evaluation {
public:
  Evaluation(Variables& variables, Memory& memory, bool may_assign)
      : variables_(variables), memory_(memory), may_assign_(may_assign),
        mask_(memory.width() == 4 ? 0xffffffff : ~std::uint64_t{0}) {}

  bool run(std::string_view text) {
    while (true) {
      const std::string_view token = next_word(text);
      if (token.empty()) {
        return true;
      }
      if (!memory_.budget().spend() || !take_glued(token)) {
        return false;
      }
    }
  }

  std::optional<std::uint64_t> only() { return stack_.size() == 1 ? pop() : std::nullopt; }

  bool is_empty() const { return stack_.empty(); }

  std::vector<std::string_view> assigned;

private:
  // Old symbol files have "=" glued to what follows it.
  bool take_glued(std::string_view token) {
    if (token.size() > 1 && token[0] == '=') {
      return take("=") && take(token.substr(1));
    }
    return take(token);
  }

  bool take(std::string_view token) {
    if (token == "^") {
      const auto address = pop();
      return address && push(memory_.word(*address));
    }
    if (token == "=") {
      return assign();
    }
    if (token.size() == 1 && std::string_view("+-*/%@").contains(token[0])) {
      const auto right = pop();
      const auto left = pop();
      return left && right && push(combined(token[0], *left, *right));
    }
    if (stack_.size() >= limits::expression_depth_max) {
      return false;
    }
    const bool negative = token.size() > 1 && token[0] == '-';
    if (const auto literal = number_of(token.substr(negative ? 1 : 0), 10)) {
      stack_.push_back({{}, (negative ? 0 - *literal : *literal) & mask_});
    } else {
      stack_.push_back({token, 0});
    }
    return true;
  }

  static std::optional<std::uint64_t> combined(char operation, std::uint64_t left, std::uint64_t right) {
    switch (operation) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '@': // aligned down to a power of two
      return left & ~(right - 1);
    }
    if (right == 0) {
      return std::nullopt;
    }
    return operation == '/' ? left / right : left % right;
  }

  bool assign() {
    const auto value = pop();
    if (!may_assign_ || !value || stack_.empty() || !stack_.back().name.starts_with('$')) {
      return false;
    }
    const std::string_view name = stack_.back().name;
    stack_.pop_back();
    variables_.set(name, *value);
    assigned.push_back(name);
    return true;
  }

  std::optional<std::uint64_t> pop() {
    if (stack_.empty()) {
      return std::nullopt;
    }
    const Item item = stack_.back();
    stack_.pop_back();
    return item.name.empty() ? std::optional(item.value) : variables_.get(item.name);
  }

  bool push(std::optional<std::uint64_t> value) {
    if (value) {
      stack_.push_back({{}, *value & mask_});
    }
    return value.has_value();
  }

  Variables& variables_;
  Memory& memory_;
  bool may_assign_;
  std::uint64_t mask_;
  std::vector<Item> stack_;
};

} // namespace

std::optional<std::uint64_t> Variables::get(std::string_view name) const {
  const auto found = std::ranges::find(values_, name, [](const auto& pair) { return pair.first; });
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

void Variables::set(std::string_view name, std::uint64_t value) {
  const auto found = std::ranges::find(values_, name, [](const auto& pair) { return pair.first; });
  if (found == values_.end()) {
    values_.emplace_back(name, value);
  } else {
    found->second = value;
  }
}

std::optional<std::uint64_t> value_of(std::string_view expression, const Variables& variables,
                                      Memory& memory) {
  Variables scratch = variables;
  Evaluation evaluation(scratch, memory, false);
  return evaluation.run(expression) ? evaluation.only() : std::nullopt;
}

std::optional<std::vector<std::string_view>> run(std::string_view program, Variables& variables,
                                                 Memory& memory) {
  Evaluation evaluation(variables, memory, true);
  if (!evaluation.run(program) || !evaluation.is_empty()) {
    return std::nullopt;
  }
  return std::move(evaluation.assigned);
}

} // namespace sallyport::walk
