// Two walks of one dump, compared: a thread counts as walked as before only where both walks came to its end.
#include "dump/unwind.h"

#include <doctest/doctest.h>

using namespace sallyport::dump;

namespace {

Walk walk_of(std::vector<std::vector<FrameSeen>> threads, std::vector<std::uint32_t> unwalked = {}) {
  return {std::move(threads), {}, std::move(unwalked)};
}

const std::vector<FrameSeen> two{{0, 16, "context"}, {0, 32, "cfi"}};
const std::vector<FrameSeen> other{{0, 16, "context"}, {0, 48, "cfi"}};

} // namespace

TEST_CASE("threads are identical or lost, and one that was not walked to its end in both is lost") {
  CHECK(unwound(walk_of({two, two}), walk_of({two, other})) == Unwound{2, 1, 0, 1, 0, 4, 1});
  CHECK(unwound(walk_of({two, {}, two}, {1}), walk_of({two, {}, two}, {1})) == Unwound{3, 2, 0, 1, 1, 4, 0});
  CHECK(unwound(walk_of({two, two}), walk_of({two, two}, {1})) == Unwound{2, 1, 0, 1, 1, 4, 0});
  CHECK(unwound(walk_of({two, two}, {0}), walk_of({two, other}, {1})) == Unwound{2, 0, 0, 2, 2, 4, 1});
  CHECK(not_walked(3) == Unwound{3, 0, 0, 3, 3, 0, 0});
}

TEST_CASE("of threads that were not walked nothing asks for more words to stay") {
  CHECK(changed_threads(walk_of({two, {}}, {1}), walk_of({two, {}}, {1})).empty());
  CHECK(lost_threads(walk_of({two, {}}, {1}), walk_of({other, {}}, {1})) == std::vector<std::uint32_t>{0, 1});
}
