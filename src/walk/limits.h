// Every limit on one walk, and the one counter that all work of it draws from: a small dump with a hostile
// symbol file must not keep a machine busy.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sallyport::walk {
namespace limits {

inline constexpr std::size_t frames_max = 1024; // of one thread
inline constexpr std::size_t frames_all_max = 1'000'000;
inline constexpr std::uint64_t steps_max = 20'000'000; // words, tokens, rules, instructions of one walk
inline constexpr std::size_t scan_words = 40;          // looked at for a return address,
inline constexpr std::size_t scan_words_first = 160;   // and from a context on
inline constexpr std::size_t expression_depth_max = 64;
inline constexpr std::size_t saved_rows_max = 64;      // DW_CFA_remember_state
inline constexpr std::size_t images_max = 65'536;      // modules, and those that only memory shows
inline constexpr std::size_t records_max = 16'000'000; // of one symbol file
inline constexpr std::size_t bad_records_max = 100;    // after so many, the rest of a symbol file is not read
inline constexpr std::uint64_t symbol_bytes_max = 4ULL << 30;
inline constexpr std::size_t sections_max = 65'536;

} // namespace limits

class Budget {
public:
  explicit Budget(std::uint64_t steps = limits::steps_max) : left_(steps) {}

  // False once there is nothing left.
  bool spend(std::uint64_t steps = 1) {
    left_ = steps > left_ ? 0 : left_ - steps;
    return left_ > 0;
  }

  bool ended() const { return left_ == 0; }

private:
  std::uint64_t left_;
};

} // namespace sallyport::walk
