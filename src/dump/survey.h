// What the readers of one dump write to: the picture, the claims on its bytes, and what holds it.
#pragma once

#include "dump/cursor.h"
#include "dump/dump.h"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::dump {

// A place in the dump, spelled only when something is wrong there: /threads/4/stack.
struct Where {
  static constexpr std::uint64_t no_index = std::numeric_limits<std::uint64_t>::max();

  std::string_view list;
  std::uint64_t index = no_index;
  std::string_view member = {};

  std::string text() const;
};

class Survey {
public:
  explicit Survey(ByteView file) : file_(file) {}

  explicit Survey(Bytes&& file) = delete; // would not outlive this line

  Dump dump;
  std::endian order = std::endian::little;

  ByteView file() const { return file_; }

  Cursor at(Range range) const { return {slice(file_, range), order}; }

  // The bytes are of this class. False where the range reaches behind the end of the file, which holds the
  // dump; the part that is there is claimed.
  bool claim(Range range, RegionClass klass, Where where, std::uint32_t owner = nobody);
  // A piece of memory: heap, as long as its address does not say more.
  bool claim_memory(std::uint64_t address, Range range, Where where);
  void hold(Where where, std::string_view why, Cause cause = Cause::malformed);

  // Whether the file has all of them; where not, the dump is held.
  bool has_bytes(Range range, Where where);

  // Whether one more of `limit` things may be kept; where not, the dump is held.
  bool has_room(std::size_t have, std::size_t limit, Where where);

  // Calls `each(Cursor, index)` with every record of `size` bytes that `range` has room for, at most `limit`,
  // and claims them. Anything else that `count` promised holds the dump.
  template <class Each>
  void each_record(Range range, std::uint64_t count, std::uint64_t size, std::size_t limit, Where where,
                   Each each) {
    const std::uint64_t readable = countable(range, count, size, limit, where);
    claim(range.part(0, readable * size), RegionClass::structure, where);
    for (std::uint64_t i = 0; i < readable && may_read_record(); ++i) {
      each(at(range.part(i * size, size)), i);
    }
  }

  // The text's bytes up to the first NUL, which is claimed with them. Where there is none, what was looked
  // at.
  Text text_until_nul(Range range, RegionClass klass, Where where);

  Reading finish() &&;

private:
  void check_modules();
  bool add(Range range, RegionClass klass, std::uint32_t owner, Origin origin, Where where);
  std::uint64_t countable(Range range, std::uint64_t count, std::uint64_t size, std::size_t limit,
                          Where where);

  // Lists may lie on one another, so that a small file has many records.
  bool may_read_record();

  ByteView file_;
  std::size_t records_ = 0;
  std::vector<Claim> claims_;
  std::vector<Held> held_;
};

} // namespace sallyport::dump
