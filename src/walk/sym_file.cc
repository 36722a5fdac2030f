#include "walk/sym_file.h"

#include <algorithm>

namespace sallyport::walk {
namespace {

bool covers(const auto& record, std::uint64_t address) {
  return address >= record.address && address - record.address < record.size;
}

// The last record that begins at or before `address`; null where there is none.
template <class T> const T* last_before(const std::vector<T>& records, std::uint64_t address) {
  const auto after = std::ranges::upper_bound(records, address, {}, &T::address);
  return after == records.begin() ? nullptr : &*std::prev(after);
}

} // namespace

const SymFunction* SymFile::nearest_function(std::uint64_t address) const {
  return last_before(functions_, address);
}

const SymFunction* SymFile::function_at(std::uint64_t address) const {
  const SymFunction* function = nearest_function(address);
  if (function != nullptr && covers(*function, address)) {
    return function;
  }
  const SymFunction* name = last_before(publics_, address);
  const bool is_nearer = name != nullptr && (function == nullptr || name->address > function->address);
  return is_nearer ? name : nullptr;
}

const SymLine* SymFile::line_at(const SymFunction& function, std::uint64_t address) const {
  const auto from = lines_.begin() + static_cast<std::ptrdiff_t>(function.lines_from);
  const auto until = lines_.begin() + static_cast<std::ptrdiff_t>(function.lines_until);
  const auto after = std::upper_bound(
      from, until, address, [](std::uint64_t at, const SymLine& line) { return at < line.address; });
  return after == from || !covers(*std::prev(after), address) ? nullptr : &*std::prev(after);
}

std::string_view SymFile::file_name(std::uint32_t index) const {
  const auto found = std::ranges::lower_bound(files_, index, {}, [](const auto& file) { return file.first; });
  return found == files_.end() || found->first != index ? std::string_view() : found->second;
}

std::vector<std::string_view> SymFile::cfi_at(std::uint64_t address, Budget& budget) const {
  const CfiRange* range = last_before(cfi_, address);
  if (range == nullptr || !covers(*range, address)) {
    return {};
  }
  std::vector<std::string_view> out{range->rules};
  for (auto change = std::ranges::lower_bound(changes_, range->address, {}, &CfiChange::address);
       change != changes_.end() && change->address <= address && budget.spend(); ++change) {
    out.push_back(change->rules);
  }
  return out;
}

const WinFrame* SymFile::win_frame_at(std::uint64_t address) const {
  for (const std::vector<WinFrame>& frames : win_) {
    const WinFrame* frame = last_before(frames, address);
    while (frame != nullptr && !covers(*frame, address)) {
      frame = frame->around == WinFrame::npos ? nullptr : &frames[frame->around];
    }
    if (frame != nullptr) {
      return frame;
    }
  }
  return nullptr;
}

std::optional<std::uint64_t> SymFile::parameter_bytes_at(std::uint64_t address) const {
  const SymFunction* function = nearest_function(address);
  return function != nullptr && covers(*function, address) ? std::optional(function->parameter_bytes)
                                                           : std::nullopt;
}

} // namespace sallyport::walk
