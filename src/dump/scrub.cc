#include "dump/scrub.h"

#include "dump/classify.h"
#include "dump/cursor.h"
#include "dump/exposure.h"
#include "dump/marks.h"

#include <algorithm>
#include <array>

namespace sallyport::dump {
namespace {

// What a debugger must know to read anything else; the program put none of its values there.
constexpr std::array<std::string_view, 25> of_the_machine{
    "context_flags", "eip",   "rip",     "pc",      "esp", "rsp", "sp", "lr", "eflags",
    "cpsr",          "mxcsr", "cs",      "ds",      "es",  "fs",  "gs", "ss", "dr6",
    "dr7",           "dr0",   "fs_base", "gs_base", "dr1", "dr2", "dr3"};

bool is_of_the_machine(std::string_view name) {
  return std::ranges::find(of_the_machine, name) != of_the_machine.end();
}

// Where a word lies at the border of a region, or is of two pieces, the half of it is nothing.
void erase(std::span<std::uint8_t> bytes) {
  std::ranges::fill(bytes, std::uint8_t{0});
}

constexpr bool printable(std::uint64_t c) {
  return c >= 0x20 && c < 0x7f;
}

// Four characters, or two of UTF-16: in 32 bits they may well be an address.
bool is_text(std::uint64_t value) {
  const auto byte = [&](int i) { return (value >> (8 * i)) & 0xff; };
  const bool wide = byte(1) == 0 && byte(3) == 0;
  return printable(byte(0)) && printable(byte(2)) && (wide || (printable(byte(1)) && printable(byte(3))));
}

} // namespace

Scrubber::Scrubber(ByteView original, const Reading& reading, const Policy& policy,
                   const std::vector<Range>& walked)
    : keep(reading.dump.threads.size(), policy.keep), original_(original), reading_(reading),
      addresses_(reading.dump), walked_(walked), stacks_(stacks_of(reading.dump)),
      memory_(reading.dump.memory) {
  std::ranges::sort(memory_, {}, [](const Memory& piece) { return piece.range.from(); });
}

std::uint64_t Scrubber::value_at(ByteView bytes, Range range) const {
  Cursor in(slice(bytes, range), reading_.dump.order);
  return range.size() == 2 ? in.u16() : range.size() == 4 ? in.u32() : in.u64();
}

// Words as the process had them, at addresses that are multiples of their size. What no piece of memory has,
// or only a part of, is no word.
template <class Visit> void Scrubber::each_word(const Region& region, Visit visit) const {
  const std::uint64_t size = reading_.dump.word;
  std::uint64_t done = region.range.from();
  const auto behind = std::ranges::upper_bound(memory_, region.range.from(), {},
                                               [](const Memory& piece) { return piece.range.from(); });
  auto piece = behind == memory_.begin() ? behind : std::prev(behind);
  for (; piece != memory_.end() && piece->range.from() < region.range.until(); ++piece) {
    const Range inside = common(piece->range, between(done, region.range.until()));
    if (inside.empty()) {
      continue;
    }
    const std::uint64_t address = piece->address + (inside.from() - piece->range.from());
    const std::uint64_t into = address % size;
    const std::uint64_t first = inside.from() + (into == 0 ? 0 : size - into);
    const std::uint64_t begin = std::min(first, inside.until());
    visit(Word{between(done, begin), 0, false});
    std::uint64_t at = begin;
    for (; inside.until() - at >= size; at += size) {
      visit(Word{Range(at, size), address + (at - inside.from())});
    }
    done = at;
    visit(Word{between(done, inside.until()), 0, false});
    done = inside.until();
  }
  visit(Word{between(done, region.range.until()), 0, false});
}

template <class Visit> void Scrubber::each_register(const Region& region, Visit visit) const {
  std::vector<Word> words;
  const auto add = [&](const std::optional<Registers>& registers) {
    if (!registers || common(registers->range, region.range).empty()) {
      return;
    }
    for (const Register& one : registers->values) {
      if (region.range.contains(one.range)) {
        words.push_back({one.range, 0, true, is_of_the_machine(one.name)});
      }
    }
  };
  if (region.owner < reading_.dump.threads.size()) {
    add(reading_.dump.threads[region.owner].registers);
  }
  if (reading_.dump.exception) {
    add(reading_.dump.exception->registers);
  }
  std::ranges::sort(words, {}, [](const Word& word) { return word.range.from(); });
  std::uint64_t done = region.range.from();
  for (const Word& word : words) {
    if (word.range.from() >= done) {
      visit(Word{between(done, word.range.from()), 0, false});
      visit(word);
      done = word.range.until();
    }
  }
  visit(Word{between(done, region.range.until()), 0, false});
}

bool Scrubber::may_stay(const Region& region, const Word& word, std::uint64_t value, Keep widest) const {
  if (word.always || addresses_.is_small(value)) {
    return true;
  }
  if (region.klass != RegionClass::stack) {
    const bool text = region.klass != RegionClass::registers && word.range.size() == 4 && is_text(value);
    return addresses_.is_known(value) && !text;
  }
  switch (widest) {
  case Keep::walked:
    if (walked_.contains(word.address)) {
      return true;
    }
    [[fallthrough]];
  case Keep::mapped:
    return addresses_.is_known(value);
  case Keep::code:
    break;
  }
  const bool own_stack = may_be_address(value, reading_.dump.word) && region.owner < stacks_.size() &&
                         stacks_[region.owner].contains(value);
  return own_stack || addresses_.is_code(value);
}

void Scrubber::scrub(std::span<std::uint8_t> copy, std::uint32_t index) const {
  const Region& region = reading_.regions[index];
  const Keep widest = region.owner < keep.size() ? keep[region.owner] : Keep::code;
  const auto visit = [&](const Word& word) {
    const auto bytes = copy.subspan(word.range.from(), word.range.size());
    if (word.range.empty()) {
      return;
    }
    const ByteView was = slice(original_, word.range);
    if (word.whole && may_stay(region, word, value_at(original_, word.range), widest)) {
      if (!std::ranges::equal(bytes, was)) {
        std::ranges::copy(was, bytes.begin());
      }
    } else if (!word.whole) {
      erase(bytes);
    } else {
      write_deface(bytes);
    }
  };
  if (region.klass == RegionClass::registers) {
    each_register(region, visit);
  } else {
    each_word(region, visit);
  }
}

bool Scrubber::is_scrubbed(ByteView copy, std::uint32_t index, Keep widest) const {
  const Region& region = reading_.regions[index];
  bool out = true;
  const auto visit = [&](const Word& word) {
    if (!out || word.range.empty() ||
        (word.whole && may_stay(region, word, value_at(original_, word.range), widest))) {
      return;
    }
    for (std::uint64_t at = word.range.from(); out && at < word.range.until(); ++at) {
      out = out && is_mark(copy, at);
    }
  };
  if (region.klass == RegionClass::registers) {
    each_register(region, visit);
  } else {
    each_word(region, visit);
  }
  return out;
}

} // namespace sallyport::dump
