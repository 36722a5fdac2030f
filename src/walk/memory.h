// The process's memory as a walk reads it: by address, only what the dump has, and every word that a frame
// depends on is remembered, so that whoever redacts the dump can keep exactly those.
#pragma once

#include "dump/dump.h"
#include "walk/limits.h"

#include <optional>
#include <vector>

namespace sallyport::walk {

class Memory {
public:
  // `pieces` are sorted by address. `width` is that of a word, 4 or 8 bytes.
  Memory(ByteView file, const std::vector<dump::Memory>& pieces, std::size_t width, Budget& budget)
      : file_(file), pieces_(pieces), width_(width), budget_(budget) {}

  // From here on only these addresses can be read: a minidump is walked over one thread's stack.
  void confine(dump::Range addresses) { scope_ = addresses; }

  std::size_t width() const { return width_; }

  Budget& budget() { return budget_; }

  // A word that the walk depends on.
  std::optional<std::uint64_t> word(std::uint64_t address) { return number(address, width_); }

  // The same of 1, 2, 4 or 8 bytes.
  std::optional<std::uint64_t> number(std::uint64_t address, std::size_t bytes);

  // A word that is only looked at: any other that is no address of code could stand there. One that the walk
  // goes on with is then read().
  std::optional<std::uint64_t> peek(std::uint64_t address) { return load(address, width_); }

  bool has(std::uint64_t address) { return load(address, width_).has_value(); }

  // The addresses of what was read, in order and joined.
  std::vector<dump::Range> taken();

private:
  std::optional<std::uint64_t> load(std::uint64_t address, std::size_t bytes);
  void join();

  ByteView file_;
  const std::vector<dump::Memory>& pieces_;
  std::size_t width_;
  Budget& budget_;
  std::optional<dump::Range> scope_;
  std::vector<dump::Range> read_;
  std::size_t joined_ = 0; // so many of them are in order
};

} // namespace sallyport::walk
