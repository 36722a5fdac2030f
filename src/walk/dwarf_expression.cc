#include "walk/dwarf_expression.h"

#include <vector>

namespace sallyport::walk {

using dump::Cursor;

std::uint64_t unsigned_leb(Cursor& in) {
  std::uint64_t value = 0;
  unsigned shift = 0;
  std::uint8_t byte = 0;
  do {
    byte = in.u8();
    value |= shift < 64 ? static_cast<std::uint64_t>(byte & 0x7f) << shift : 0;
    shift += 7;
  } while ((byte & 0x80) != 0 && in.ok());
  return value;
}

std::int64_t signed_leb(Cursor& in) {
  std::uint64_t value = 0;
  unsigned shift = 0;
  std::uint8_t byte = 0;
  do {
    byte = in.u8();
    value |= shift < 64 ? static_cast<std::uint64_t>(byte & 0x7f) << shift : 0;
    shift += 7;
  } while ((byte & 0x80) != 0 && in.ok());
  if (shift < 64 && (byte & 0x40) != 0) {
    value |= ~std::uint64_t{0} << shift;
  }
  return static_cast<std::int64_t>(value);
}

namespace {

enum Op : std::uint8_t {
  op_addr = 0x03,
  op_deref = 0x06,
  op_const1u = 0x08,
  op_const1s = 0x09,
  op_const2u = 0x0a,
  op_const2s = 0x0b,
  op_const4u = 0x0c,
  op_const4s = 0x0d,
  op_const8u = 0x0e,
  op_const8s = 0x0f,
  op_constu = 0x10,
  op_consts = 0x11,
  op_dup = 0x12,
  op_drop = 0x13,
  op_over = 0x14,
  op_pick = 0x15,
  op_swap = 0x16,
  op_rot = 0x17,
  op_abs = 0x19,
  op_and = 0x1a,
  op_div = 0x1b,
  op_minus = 0x1c,
  op_mod = 0x1d,
  op_mul = 0x1e,
  op_neg = 0x1f,
  op_not = 0x20,
  op_or = 0x21,
  op_plus = 0x22,
  op_plus_uconst = 0x23,
  op_shl = 0x24,
  op_shr = 0x25,
  op_shra = 0x26,
  op_xor = 0x27,
  op_bra = 0x28,
  op_eq = 0x29,
  op_ge = 0x2a,
  op_gt = 0x2b,
  op_le = 0x2c,
  op_lt = 0x2d,
  op_ne = 0x2e,
  op_skip = 0x2f,
  op_lit0 = 0x30,
  op_lit31 = 0x4f,
  op_breg0 = 0x70,
  op_breg31 = 0x8f,
  op_bregx = 0x92,
  op_deref_size = 0x94,
  op_nop = 0x96,
};

std::int64_t as_signed(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::uint64_t as_unsigned(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

std::optional<std::uint64_t> combined(std::uint8_t op, std::uint64_t left, std::uint64_t right) {
  const bool by_zero = right == 0;
  const bool overflows = right == ~std::uint64_t{0} && left == std::uint64_t{1} << 63;
  const auto shift = static_cast<unsigned>(right);
  switch (op) {
  case op_and:
    return left & right;
  case op_or:
    return left | right;
  case op_xor:
    return left ^ right;
  case op_plus:
    return left + right;
  case op_minus:
    return left - right;
  case op_mul:
    return left * right;
  case op_div:
    return by_zero || overflows ? std::nullopt
                                : std::optional(as_unsigned(as_signed(left) / as_signed(right)));
  case op_mod:
    return by_zero ? std::nullopt : std::optional(left % right);
  case op_shl:
    return right >= 64 ? 0 : left << shift;
  case op_shr:
    return right >= 64 ? 0 : left >> shift;
  case op_shra:
    return as_unsigned(as_signed(left) >> (right >= 64 ? 63 : shift));
  case op_eq:
    return left == right;
  case op_ne:
    return left != right;
  case op_ge:
    return as_signed(left) >= as_signed(right);
  case op_gt:
    return as_signed(left) > as_signed(right);
  case op_le:
    return as_signed(left) <= as_signed(right);
  case op_lt:
    return as_signed(left) < as_signed(right);
  }
  return std::nullopt;
}

class Machine {
public:
  Machine(ByteView code, const Registers& registers, Memory& memory)
      : code_(code), registers_(registers), memory_(memory), in_(code, std::endian::little) {}

  bool push(std::optional<std::uint64_t> value) {
    if (!value || stack_.size() >= limits::expression_depth_max) {
      return false;
    }
    stack_.push_back(memory_.width() == 4 ? *value & 0xffffffff : *value);
    return true;
  }

  std::optional<std::uint64_t> run() {
    while (in_.left() > 0) {
      if (!memory_.budget().spend() || !step(in_.u8()) || !in_.ok()) {
        return std::nullopt;
      }
    }
    return pop();
  }

private:
  std::optional<std::uint64_t> pop() {
    if (stack_.empty()) {
      return std::nullopt;
    }
    const std::uint64_t value = stack_.back();
    stack_.pop_back();
    return value;
  }

  bool of_register(std::uint64_t index) {
    const std::int64_t offset = signed_leb(in_);
    const auto value = index < registers_max ? registers_.get(index) : std::nullopt;
    return value && push(*value + as_unsigned(offset));
  }

  bool pick(std::uint64_t depth) { return depth < stack_.size() && push(stack_[stack_.size() - 1 - depth]); }

  bool jump(bool taken) {
    const auto by = static_cast<std::int16_t>(in_.u16());
    if (!taken) {
      return true;
    }
    const std::int64_t to = static_cast<std::int64_t>(code_.size() - in_.left()) + by;
    if (to < 0 || to > std::ssize(code_)) {
      return false;
    }
    in_ = Cursor(code_.subspan(static_cast<std::size_t>(to)), std::endian::little);
    return true;
  }

  bool unary(std::uint8_t op) {
    const auto value = pop();
    if (!value) {
      return false;
    }
    switch (op) {
    case op_deref:
      return push(memory_.word(*value));
    case op_deref_size: {
      const std::uint8_t bytes = in_.u8();
      return bytes > 0 && bytes <= 8 && push(memory_.number(*value, bytes));
    }
    case op_abs:
      return push(as_signed(*value) < 0 ? 0 - *value : *value);
    case op_neg:
      return push(0 - *value);
    case op_not:
      return push(~*value);
    case op_plus_uconst:
      return push(*value + unsigned_leb(in_));
    case op_bra:
      return jump(*value != 0);
    }
    return op == op_drop;
  }

  bool constant(std::uint8_t op) {
    switch (op) {
    case op_addr:
      return push(in_.word(memory_.width()));
    case op_const1u:
      return push(in_.u8());
    case op_const1s:
      return push(as_unsigned(static_cast<std::int8_t>(in_.u8())));
    case op_const2u:
      return push(in_.u16());
    case op_const2s:
      return push(as_unsigned(static_cast<std::int16_t>(in_.u16())));
    case op_const4u:
      return push(in_.u32());
    case op_const4s:
      return push(as_unsigned(static_cast<std::int32_t>(in_.u32())));
    case op_const8u:
    case op_const8s:
      return push(in_.u64());
    case op_constu:
      return push(unsigned_leb(in_));
    }
    return op == op_consts && push(as_unsigned(signed_leb(in_)));
  }

  bool rotate(std::size_t depth) { // the top goes below `depth` - 1 others
    if (stack_.size() < depth) {
      return false;
    }
    const std::uint64_t top = stack_.back();
    stack_.pop_back();
    stack_.insert(stack_.end() - static_cast<std::ptrdiff_t>(depth - 1), top);
    return true;
  }

  bool step(std::uint8_t op) {
    if (op >= op_lit0 && op <= op_lit31) {
      return push(op - op_lit0);
    }
    if (op >= op_breg0 && op <= op_breg31) {
      return of_register(op - op_breg0);
    }
    if (op == op_addr || (op >= op_const1u && op <= op_consts)) {
      return constant(op);
    }
    switch (op) {
    case op_nop:
      return true;
    case op_dup:
      return pick(0);
    case op_over:
      return pick(1);
    case op_pick:
      return pick(in_.u8());
    case op_swap:
      return rotate(2);
    case op_rot:
      return rotate(3);
    case op_skip:
      return jump(true);
    case op_bregx:
      return of_register(unsigned_leb(in_));
    case op_drop:
    case op_deref:
    case op_deref_size:
    case op_abs:
    case op_neg:
    case op_not:
    case op_plus_uconst:
    case op_bra:
      return unary(op);
    }
    const auto right = pop();
    const auto left = pop();
    return left && right && push(combined(op, *left, *right));
  }

  ByteView code_;
  const Registers& registers_;
  Memory& memory_;
  Cursor in_;
  std::vector<std::uint64_t> stack_;
};

} // namespace

std::optional<std::uint64_t> evaluate(ByteView expression, const Registers& registers,
                                      std::optional<std::uint64_t> first, Memory& memory) {
  Machine machine(expression, registers, memory);
  if (first && !machine.push(first)) {
    return std::nullopt;
  }
  return machine.run();
}

} // namespace sallyport::walk
