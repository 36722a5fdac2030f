// Every limit on one crash dump. What lies beyond is not read, which holds the dump.
#pragma once

#include <cstddef>

namespace sallyport::dump::limits {

inline constexpr std::size_t parts_max = 1'000'000; // streams, notes
inline constexpr std::size_t threads_max = 65'536;
inline constexpr std::size_t modules_max = 65'536;
inline constexpr std::size_t ranges_max = 1'000'000;  // pieces of memory; mappings
inline constexpr std::size_t entries_max = 1'000'000; // of one list of handles, annotations, names
inline constexpr std::size_t records_max = 4'000'000; // of all lists, each as often as it is read
inline constexpr std::size_t claims_max = 1'000'000;  // what all of them say about bytes of the file
inline constexpr std::size_t path_bytes_max = 4096;   // of a text that only a NUL ends
inline constexpr std::size_t reasons_max = 64;        // listed of why it is held; beyond: that there are more

inline constexpr std::size_t findings_max = 200'000; // of one scan; beyond: that there are more

} // namespace sallyport::dump::limits
