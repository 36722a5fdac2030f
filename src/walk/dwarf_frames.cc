#include "walk/dwarf_frames.h"

#include "dump/cursor.h"
#include "walk/dwarf_expression.h"

#include <algorithm>
#include <unordered_map>

namespace sallyport::walk {

using dump::Cursor;
using Kind = RowRule::Kind;

namespace {

constexpr std::uint8_t omitted = 0xff;

// A pointer as DW_EH_PE_* says; `at` is the address of its own bytes.
std::optional<std::uint64_t> encoded(Cursor& in, std::uint8_t encoding, std::uint64_t at, std::size_t word) {
  std::uint64_t value = 0;
  switch (encoding & 0x0f) {
  case 0x00:
    value = in.word(word);
    break;
  case 0x01:
    value = unsigned_leb(in);
    break;
  case 0x02:
    value = in.u16();
    break;
  case 0x03:
    value = in.u32();
    break;
  case 0x04:
  case 0x0c:
    value = in.u64();
    break;
  case 0x09:
    value = static_cast<std::uint64_t>(signed_leb(in));
    break;
  case 0x0a:
    value = static_cast<std::uint64_t>(static_cast<std::int16_t>(in.u16()));
    break;
  case 0x0b:
    value = static_cast<std::uint64_t>(static_cast<std::int32_t>(in.u32()));
    break;
  default:
    return std::nullopt;
  }
  const std::uint8_t relative_to = encoding & 0x70;
  constexpr std::uint8_t to_itself = 0x10;
  if (relative_to == to_itself) {
    value += at;
  } else if (relative_to != 0) {
    return std::nullopt;
  }
  return in.ok() ? std::optional(word == 4 ? value & 0xffffffff : value) : std::nullopt;
}

} // namespace

class FrameReader {
public:
  explicit FrameReader(const FrameSection& section) { out_.section_ = section; }

  FrameTable read() {
    const ByteView all = out_.section_.bytes;
    for (std::size_t at = 0; at < all.size() && out_.entries_.size() < limits::records_max;) {
      const std::optional<Record> record = record_at(at);
      out_.bytes_ = record ? record->end : at;
      if (!record || record->end == record->body) {
        break; // an empty record ends the section
      }
      if (!record->is_common) {
        read_entry(*record);
      }
      at = record->end;
    }
    std::ranges::stable_sort(out_.entries_, {}, &FrameTable::Entry::address);
    return std::move(out_);
  }

private:
  // A record's bytes are [body, end); in front of them stand its length and what it belongs to.
  struct Record {
    std::size_t body = 0;
    std::size_t end = 0;
    bool is_common = false;
    std::uint64_t common_at = 0; // of an entry: where its common record begins
  };

  Cursor cursor(std::size_t from, std::size_t until) const {
    return {out_.section_.bytes.subspan(from, until - from), std::endian::little};
  }

  std::optional<Record> record_at(std::size_t at) const {
    const std::size_t all = out_.section_.bytes.size();
    Cursor in = cursor(at, all);
    std::uint64_t size = in.u32();
    const bool is_wide = size == 0xffffffff;
    if (is_wide) {
      size = in.u64();
    }
    const std::size_t id_at = all - in.left();
    if (!in.ok() || size > in.left()) {
      return std::nullopt;
    }
    Record out;
    out.end = id_at + static_cast<std::size_t>(size);
    const bool is_eh = out_.section_.kind == FrameKind::eh_frame;
    const std::size_t id_bytes = is_wide && !is_eh ? 8 : 4;
    if (size < id_bytes) {
      out.body = out.end;
      return out;
    }
    const std::uint64_t id = in.word(id_bytes);
    out.body = id_at + id_bytes;
    if (is_eh) {
      out.is_common = id == 0;
      out.common_at = id_at - id; // wraps to what lies behind the end
    } else {
      out.is_common = id == (id_bytes == 8 ? ~std::uint64_t{0} : 0xffffffff);
      out.common_at = id;
    }
    return out;
  }

  // An index into commons_, which are read when the first entry names them.
  std::optional<std::size_t> common_of(std::uint64_t at) {
    if (const auto known = commons_.find(at); known != commons_.end()) {
      return known->second;
    }
    std::optional<std::size_t> index;
    if (at < out_.section_.bytes.size()) {
      const std::optional<Record> record = record_at(static_cast<std::size_t>(at));
      if (record && record->is_common) {
        if (auto common = read_common(*record)) {
          index = out_.commons_.size();
          out_.commons_.push_back(*common);
        }
      }
    }
    commons_.emplace(at, index);
    return index;
  }

  static std::optional<std::string_view> read_augmentation(Cursor& in) {
    constexpr std::size_t letters_max = 16;
    std::size_t letters = 0;
    Cursor ahead = in;
    while (letters <= letters_max && ahead.left() > 0 && ahead.u8() != 0) {
      ++letters;
    }
    if (letters > letters_max) {
      return std::nullopt;
    }
    const std::string_view text = as_text(in.bytes(letters));
    in.skip(1);
    return text;
  }

  std::optional<FrameTable::Common> read_common(const Record& record) const {
    Cursor in = cursor(record.body, record.end);
    const std::uint8_t version = in.u8();
    const auto augmentation = read_augmentation(in);
    if (!augmentation || (version != 1 && version != 3 && version != 4)) {
      return std::nullopt;
    }
    if (version == 4 && (in.u8() != out_.section_.word || in.u8() != 0)) {
      return std::nullopt; // segments, which no processor here has
    }
    FrameTable::Common out;
    out.code_factor = unsigned_leb(in);
    out.data_factor = signed_leb(in);
    out.return_register = version == 1 ? in.u8() : unsigned_leb(in);
    if (!augmentation->empty()) {
      out.has_augmentation = augmentation->starts_with('z');
      if (!out.has_augmentation) {
        return std::nullopt; // of before GCC 3
      }
      Cursor data(in.bytes(unsigned_leb(in)), std::endian::little);
      if (!read_augmentation_data(augmentation->substr(1), data, out)) {
        return std::nullopt;
      }
    }
    out.instructions = in.bytes(in.left());
    return in.ok() ? std::optional(out) : std::nullopt;
  }

  bool read_augmentation_data(std::string_view letters, Cursor& data, FrameTable::Common& out) const {
    for (const char letter : letters) {
      if (letter == 'R') {
        out.pointers = data.u8();
      } else if (letter == 'L') {
        data.skip(1);
      } else if (letter == 'P') {
        const std::uint8_t encoding = data.u8();
        constexpr std::uint8_t aligned = 0x50;
        if (encoding != omitted && (encoding & 0x70) != aligned) {
          encoded(data, encoding & 0x0f, 0, out_.section_.word);
        }
      } else if (letter == 'S') {
        out.of_signal = true;
      } else if (letter != 'B' && letter != 'G') {
        return false; // what stands behind it cannot be told
      }
    }
    return data.ok();
  }

  void read_entry(const Record& record) {
    const std::optional<std::size_t> index = common_of(record.common_at);
    if (!index) {
      return;
    }
    const FrameTable::Common& common = out_.commons_[*index];
    Cursor in = cursor(record.body, record.end);
    const std::size_t word = out_.section_.word;
    const auto address = encoded(in, common.pointers, out_.section_.address + record.body, word);
    const auto size = encoded(in, common.pointers & 0x0f, 0, word);
    if (common.has_augmentation) {
      in.skip(unsigned_leb(in));
    }
    if (address && size && *size > 0 && in.ok()) {
      out_.entries_.push_back({*address, *size, *index, in.bytes(in.left())});
    }
  }

  FrameTable out_;
  std::unordered_map<std::uint64_t, std::optional<std::size_t>> commons_;
};

FrameTable FrameTable::parse(const FrameSection& section) {
  return FrameReader(section).read();
}

// ---- instructions

namespace {

class RowProgram {
public:
  RowProgram(Row& row, std::uint64_t code_factor, std::int64_t data_factor, std::uint64_t location,
             std::size_t word, Budget& budget)
      : row_(row), code_factor_(code_factor), data_factor_(data_factor), location_(location), word_(word),
        budget_(budget) {}

  // Up to the first row behind `target`.
  bool run(ByteView instructions, std::uint64_t target) {
    Cursor in(instructions, std::endian::little);
    while (in.left() > 0 && location_ <= target) {
      if (!budget_.spend() || !step(in) || !in.ok()) {
        return false;
      }
    }
    return true;
  }

  // What the common instructions made is what DW_CFA_restore goes back to.
  void begin_entry() { initial_ = row_; }

private:
  void advance(std::uint64_t by) { location_ += by * code_factor_; }

  std::int64_t factored(std::uint64_t offset) const { return factored(static_cast<std::int64_t>(offset)); }

  std::int64_t factored(std::int64_t offset) const {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(offset) *
                                     static_cast<std::uint64_t>(data_factor_));
  }

  static std::int64_t negative(std::int64_t offset) {
    return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(offset));
  }

  // Rules for registers that are not walked (vectors) are passed over.
  bool rule(std::uint64_t index, RowRule to) {
    if (index < registers_max) {
      row_.registers[index] = to;
    }
    return true;
  }

  bool restore(std::uint64_t index) {
    return rule(index, index < registers_max ? initial_.registers[index] : RowRule());
  }

  bool frame(std::uint64_t index, std::int64_t offset) {
    row_.frame = {Kind::in_register, offset, index, {}};
    return true;
  }

  static ByteView block(Cursor& in) { return in.bytes(unsigned_leb(in)); }

  bool step(Cursor& in) {
    const std::uint8_t op = in.u8();
    const std::uint8_t low = op & 0x3f;
    switch (op & 0xc0) {
    case 0x40: // advance_loc
      advance(low);
      return true;
    case 0x80: // offset
      return rule(low, {Kind::at_offset, factored(unsigned_leb(in)), 0, {}});
    case 0xc0: // restore
      return restore(low);
    }
    return op < 0x07   ? place(op, in)
           : op < 0x0c ? simple(op, in)
           : op < 0x10 ? frame_rule(op, in)
                       : extended(op, in);
  }

  bool place(std::uint8_t op, Cursor& in) {
    switch (op) {
    case 0x01: // set_loc
      location_ = in.word(word_);
      return true;
    case 0x02:
      advance(in.u8());
      return true;
    case 0x03:
      advance(in.u16());
      return true;
    case 0x04:
      advance(in.u32());
      return true;
    case 0x05: { // offset_extended
      const std::uint64_t index = unsigned_leb(in);
      return rule(index, {Kind::at_offset, factored(unsigned_leb(in)), 0, {}});
    }
    case 0x06: // restore_extended
      return restore(unsigned_leb(in));
    }
    return op == 0x00; // nop
  }

  bool simple(std::uint8_t op, Cursor& in) {
    switch (op) {
    case 0x07:
      return rule(unsigned_leb(in), {Kind::undefined, 0, 0, {}});
    case 0x08:
      return rule(unsigned_leb(in), {Kind::same, 0, 0, {}});
    case 0x09: { // register
      const std::uint64_t index = unsigned_leb(in);
      return rule(index, {Kind::in_register, 0, unsigned_leb(in), {}});
    }
    case 0x0a: // remember_state
      saved_.push_back(row_);
      return saved_.size() <= limits::saved_rows_max;
    case 0x0b: // restore_state
      if (saved_.empty()) {
        return false;
      }
      row_ = saved_.back();
      saved_.pop_back();
      return true;
    }
    return false;
  }

  bool frame_rule(std::uint8_t op, Cursor& in) {
    switch (op) {
    case 0x0c: { // def_cfa
      const std::uint64_t index = unsigned_leb(in);
      return frame(index, static_cast<std::int64_t>(unsigned_leb(in)));
    }
    case 0x0d: // def_cfa_register
      return frame(unsigned_leb(in), row_.frame.offset);
    case 0x0e: // def_cfa_offset
      return frame(row_.frame.index, static_cast<std::int64_t>(unsigned_leb(in)));
    }
    row_.frame = {Kind::is_expression, 0, 0, block(in)};
    return true;
  }

  bool extended(std::uint8_t op, Cursor& in) {
    switch (op) {
    case 0x12: { // def_cfa_sf
      const std::uint64_t index = unsigned_leb(in);
      return frame(index, factored(signed_leb(in)));
    }
    case 0x13: // def_cfa_offset_sf
      return frame(row_.frame.index, factored(signed_leb(in)));
    case 0x2d: // negate_ra_state of arm64: the signature is taken off every return address anyway
      return true;
    case 0x2e: // GNU_args_size
      unsigned_leb(in);
      return true;
    }
    const std::uint64_t index = unsigned_leb(in);
    switch (op) {
    case 0x10: // expression
      return rule(index, {Kind::at_expression, 0, 0, block(in)});
    case 0x11: // offset_extended_sf
      return rule(index, {Kind::at_offset, factored(signed_leb(in)), 0, {}});
    case 0x14: // val_offset
      return rule(index, {Kind::is_offset, factored(unsigned_leb(in)), 0, {}});
    case 0x15: // val_offset_sf
      return rule(index, {Kind::is_offset, factored(signed_leb(in)), 0, {}});
    case 0x16: // val_expression
      return rule(index, {Kind::is_expression, 0, 0, block(in)});
    case 0x2f: // GNU_negative_offset_extended
      return rule(index, {Kind::at_offset, negative(factored(unsigned_leb(in))), 0, {}});
    }
    return false;
  }

  Row& row_;
  std::uint64_t code_factor_;
  std::int64_t data_factor_;
  std::uint64_t location_;
  std::size_t word_;
  Budget& budget_;
  Row initial_;
  std::vector<Row> saved_;
};

std::optional<std::uint64_t> frame_address(const RowRule& rule, const Registers& callee, Memory& memory) {
  if (rule.kind == Kind::is_expression) {
    return evaluate(rule.expression, callee, std::nullopt, memory);
  }
  const auto base =
      rule.kind == Kind::in_register && rule.index < registers_max ? callee.get(rule.index) : std::nullopt;
  return base ? std::optional(*base + static_cast<std::uint64_t>(rule.offset)) : std::nullopt;
}

std::optional<std::uint64_t> value_by(const RowRule& rule, std::size_t index, std::uint64_t frame,
                                      const Registers& callee, Memory& memory) {
  const std::uint64_t there = frame + static_cast<std::uint64_t>(rule.offset);
  switch (rule.kind) {
  case Kind::unspecified:
  case Kind::undefined:
    return std::nullopt;
  case Kind::same:
    return callee.get(index);
  case Kind::at_offset:
    return memory.word(there);
  case Kind::is_offset:
    return there;
  case Kind::in_register:
    return rule.index < registers_max ? callee.get(rule.index) : std::nullopt;
  case Kind::at_expression: {
    const auto at = evaluate(rule.expression, callee, frame, memory);
    return at ? memory.word(*at) : std::nullopt;
  }
  case Kind::is_expression:
    return evaluate(rule.expression, callee, frame, memory);
  }
  return std::nullopt;
}

} // namespace

std::optional<Row> FrameTable::row_at(std::uint64_t address, Budget& budget) const {
  const auto after = std::ranges::upper_bound(entries_, address, {}, &Entry::address);
  if (after == entries_.begin()) {
    return std::nullopt;
  }
  const Entry& entry = *std::prev(after);
  if (address - entry.address >= entry.size) {
    return std::nullopt;
  }
  const Common& common = commons_[entry.common];
  Row row;
  row.return_register = common.return_register;
  row.of_signal = common.of_signal;
  RowProgram program(row, common.code_factor, common.data_factor, entry.address, section_.word, budget);
  if (!program.run(common.instructions, ~std::uint64_t{0})) {
    return std::nullopt;
  }
  program.begin_entry();
  return program.run(entry.instructions, address) ? std::optional(row) : std::nullopt;
}

std::optional<Registers> apply(const Row& row, const Cpu& cpu, const Registers& callee, Memory& memory) {
  const auto frame = frame_address(row.frame, callee, memory);
  if (!frame || row.return_register >= registers_max) {
    return std::nullopt;
  }
  Registers out;
  for (std::size_t i = 0; i < cpu.registers.size(); ++i) {
    RowRule rule = row.registers[i];
    const bool is_kept = cpu.registers[i].callee_saves || i == row.return_register;
    if (rule.kind == Kind::unspecified && is_kept) {
      rule.kind = Kind::same;
    }
    if (const auto value = value_by(rule, i, *frame & cpu.mask(), callee, memory)) {
      out.set(i, *value & cpu.mask());
    }
  }
  if (row.registers[cpu.sp].kind == Kind::unspecified) {
    out.set(cpu.sp, *frame & cpu.mask());
  }
  const bool nobody_called = row.registers[row.return_register].kind == Kind::undefined;
  const auto back = nobody_called ? std::optional<std::uint64_t>(0) : out.get(row.return_register);
  if (!back || !out.get(cpu.sp)) {
    return std::nullopt;
  }
  out.set(cpu.pc, *back);
  return out;
}

} // namespace sallyport::walk
