// The text of a symbol file into records.
#include "walk/sym_file.h"

#include "walk/words.h"

#include <algorithm>

namespace sallyport::walk {

class SymReader {
public:
  explicit SymReader(std::string_view text) : rest_(text) {}

  Result<SymFile> read() {
    if (!read_module(next_line())) {
      return fail(ErrorCode::malformed, "/symbols", "does not begin with the line MODULE");
    }
    while (!rest_.empty() && out_.bad_ <= limits::bad_records_max) {
      const std::string_view line = next_line();
      if (line.empty()) {
        continue;
      }
      if (++records_ > limits::records_max) {
        return fail(ErrorCode::too_large, "/symbols", "has more records than are read of one symbol file");
      }
      out_.bad_ += read_record(line) ? 0U : 1U;
    }
    close_function();
    settle();
    return std::move(out_);
  }

private:
  std::string_view next_line() {
    const auto end = rest_.find_first_of("\r\n");
    const std::string_view line = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    return line;
  }

  // MODULE Linux x86_64 C32AD7E235EA6112E02A5B9D6219C4850 ld-2.13.so
  bool read_module(std::string_view line) {
    const bool is_module = next_word(line) == "MODULE" && !next_word(line).empty();
    out_.machine_ = next_word(line);
    out_.debug_id_ = next_word(line);
    out_.name_ = trimmed(line);
    return is_module && !out_.debug_id_.empty();
  }

  bool read_record(std::string_view line) {
    std::string_view rest = line;
    const std::string_view kind = next_word(rest);
    if (kind == "FUNC") {
      return read_function(rest);
    }
    if (kind == "PUBLIC") {
      return read_public(rest);
    }
    if (kind == "FILE") {
      return read_file(rest);
    }
    if (kind == "STACK") {
      const std::string_view dialect = next_word(rest);
      return dialect == "CFI" ? read_cfi(rest) : dialect == "WIN" && read_win(rest);
    }
    if (kind == "INFO" || kind == "INLINE" || kind == "INLINE_ORIGIN" || kind == "MODULE") {
      return true; // of inlined calls nothing is told
    }
    return read_line(line);
  }

  // FUNC [m] address size parameters name
  bool read_function(std::string_view rest) {
    close_function();
    const auto address = number(without_multiple(rest));
    const auto size = number(next_word(rest));
    const auto parameters = number(next_word(rest));
    if (!address || !size || !parameters) {
      return false;
    }
    function_ = SymFunction{*address, *size, *parameters, trimmed(rest), out_.lines_.size(), 0};
    return true;
  }

  // "m" says that other names share the address.
  static std::string_view without_multiple(std::string_view& rest) {
    const std::string_view word = next_word(rest);
    return word == "m" ? next_word(rest) : word;
  }

  void close_function() {
    if (function_) {
      const auto from = out_.lines_.begin() + static_cast<std::ptrdiff_t>(function_->lines_from);
      std::stable_sort(from, out_.lines_.end(),
                       [](const SymLine& a, const SymLine& b) { return a.address < b.address; });
      function_->lines_until = out_.lines_.size();
      out_.functions_.push_back(*function_);
      function_.reset();
    }
  }

  // address size line file
  bool read_line(std::string_view rest) {
    const auto address = number(next_word(rest));
    const auto size = number(next_word(rest));
    const auto line = number_of(next_word(rest), 10);
    const auto file = number_of(next_word(rest), 10);
    if (!function_ || !address || !size || !line || !file) {
      return false;
    }
    out_.lines_.push_back(
        {*address, *size, static_cast<std::uint32_t>(*line), static_cast<std::uint32_t>(*file)});
    return true;
  }

  // PUBLIC [m] address parameters name
  bool read_public(std::string_view rest) {
    close_function();
    const auto address = number(without_multiple(rest));
    const auto parameters = number(next_word(rest));
    if (!address || !parameters) {
      return false;
    }
    if (*address != 0) { // a few names of Windows have no address
      out_.publics_.push_back({*address, 0, *parameters, trimmed(rest), 0, 0});
    }
    return true;
  }

  bool read_file(std::string_view rest) {
    const auto index = number_of(next_word(rest), 10);
    if (!index) {
      return false;
    }
    out_.files_.emplace_back(static_cast<std::uint32_t>(*index), trimmed(rest));
    return true;
  }

  // CFI INIT address size rules; CFI address rules
  bool read_cfi(std::string_view rest) {
    const std::string_view first = next_word(rest);
    const bool begins = first == "INIT";
    const auto address = number(begins ? next_word(rest) : first);
    const auto size = begins ? number(next_word(rest)) : std::optional<std::uint64_t>(0);
    const std::string_view rules = trimmed(rest);
    if (!address || !size || rules.empty()) {
      return false;
    }
    if (begins) {
      out_.cfi_.push_back({*address, *size, rules});
    } else {
      out_.changes_.push_back({*address, rules});
    }
    return true;
  }

  // WIN kind address size prologue epilogue parameters saved locals stack has_program program|allocates
  bool read_win(std::string_view rest) {
    std::array<std::uint64_t, 10> field{};
    for (std::uint64_t& value : field) {
      const auto read = number(next_word(rest));
      if (!read) {
        return false;
      }
      value = *read;
    }
    constexpr std::uint64_t kind_fpo = 0;
    constexpr std::uint64_t kind_program = 4;
    if (field[0] != kind_fpo && field[0] != kind_program) {
      return true; // traps and the like: nothing that a walk uses
    }
    WinFrame frame;
    frame.address = field[1];
    frame.size = field[2];
    frame.parameter_bytes = static_cast<std::uint32_t>(field[5]);
    frame.saved_bytes = static_cast<std::uint32_t>(field[6]);
    frame.local_bytes = static_cast<std::uint32_t>(field[7]);
    frame.is_fpo = field[0] == kind_fpo;
    if (field[9] != 0) {
      frame.program = trimmed(rest);
    } else {
      frame.allocates_base_pointer = number(next_word(rest)).value_or(0) != 0;
    }
    out_.win_[frame.is_fpo ? 1 : 0].push_back(frame);
    return true;
  }

  static std::optional<std::uint64_t> number(std::string_view word) { return number_of(word, 16); }

  // ---- what can be searched

  static bool is_range(const auto& record) {
    return record.size > 0 && record.address + record.size > record.address;
  }

  // By address, and none that begins inside the one before it.
  template <class T> static void keep_apart(std::vector<T>& records) {
    std::ranges::stable_sort(records, {}, &T::address);
    std::uint64_t end = 0;
    std::erase_if(records, [&](const T& record) {
      if (!is_range(record) || record.address < end) {
        return true;
      }
      end = record.address + record.size;
      return false;
    });
  }

  // By address, each inside the one `around` it; what lies across the end of another is left out.
  static void nest(std::vector<WinFrame>& frames) {
    std::ranges::stable_sort(frames, [](const WinFrame& a, const WinFrame& b) {
      return a.address != b.address ? a.address < b.address : a.size > b.size;
    });
    std::vector<WinFrame> kept;
    std::size_t around = WinFrame::npos;
    for (WinFrame& frame : frames) {
      if (!is_range(frame)) {
        continue;
      }
      while (around != WinFrame::npos && kept[around].address + kept[around].size <= frame.address) {
        around = kept[around].around;
      }
      if (around != WinFrame::npos) {
        const WinFrame& outer = kept[around];
        const bool is_same = outer.address == frame.address && outer.size == frame.size;
        if (is_same || outer.address + outer.size < frame.address + frame.size) {
          continue;
        }
      }
      frame.around = around;
      around = kept.size();
      kept.push_back(frame);
    }
    frames = std::move(kept);
  }

  void settle() {
    keep_apart(out_.functions_);
    keep_apart(out_.cfi_);
    nest(out_.win_[0]);
    nest(out_.win_[1]);
    // Of two names at one address the first counts, of two changes of the rules the last.
    std::ranges::stable_sort(out_.publics_, {}, &SymFunction::address);
    const auto [from, until] = std::ranges::unique(out_.publics_, {}, &SymFunction::address);
    out_.publics_.erase(from, until);
    std::ranges::stable_sort(out_.changes_, {}, &CfiChange::address);
    const auto again = std::unique(out_.changes_.rbegin(), out_.changes_.rend(),
                                   [](const auto& a, const auto& b) { return a.address == b.address; });
    out_.changes_.erase(out_.changes_.begin(), again.base());
    const auto index = [](const auto& file) { return file.first; };
    std::ranges::stable_sort(out_.files_, {}, index);
  }

  std::string_view rest_;
  SymFile out_;
  std::optional<SymFunction> function_;
  std::size_t records_ = 0;
};

Result<SymFile> SymFile::parse(std::string_view text) {
  return SymReader(text).read();
}

} // namespace sallyport::walk
