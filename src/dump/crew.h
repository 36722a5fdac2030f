// Work on a dump that several threads share: what they make is put together in the order of the dump, so that
// how many there are changes nothing.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace sallyport::dump {

inline constexpr std::size_t crew_max = 4;

// As many threads as this process may have at once, and no more than that.
inline std::size_t crew_here() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, crew_max);
}

// `job(i)` for each i below `count`, by any of `workers` threads, this one among them; `merge(i, made)` with
// what each made, one at a time and in order. No thread goes further ahead of the slowest than a few jobs, so
// that little waits to be merged.
template <class Job, class Merge>
void in_order(std::size_t count, std::size_t workers, const Job& job, const Merge& merge) {
  const std::size_t ahead = 4 * std::max<std::size_t>(workers, 1);
  std::mutex mutex;
  std::condition_variable moved;
  std::map<std::size_t, std::invoke_result_t<const Job&, std::size_t>> made;
  std::size_t next = 0;
  std::size_t merged = 0;
  const auto work = [&] {
    std::unique_lock lock(mutex);
    while (true) {
      moved.wait(lock, [&] { return next >= count || next < merged + ahead; });
      if (next >= count) {
        return;
      }
      const std::size_t i = next++;
      lock.unlock();
      auto one = job(i);
      lock.lock();
      made.emplace(i, std::move(one));
      for (auto first = made.begin(); first != made.end() && first->first == merged; ++merged) {
        merge(merged, std::move(first->second));
        first = made.erase(first);
      }
      moved.notify_all();
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min(workers, count); ++i) {
    others.emplace_back(work);
  }
  work();
}

} // namespace sallyport::dump
