// A process that has identifiers everywhere a process has memory, and then crashes. For dump_test.sh, which
// makes a dump of it and looks for them. All of them are invented.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

namespace {

constexpr const char* session = "session=ghp_16C7e42F292c6912E7710c838347Ae178B4a";

// Frames to be walked, each with a text of its own.
[[gnu::noinline]] int descend(int depth, const char* mail) {
  char local[64];
  std::snprintf(local, sizeof local, "%s#%d", mail, depth);
  if (depth == 0) {
    std::raise(SIGSEGV);
  }
  return descend(depth - 1, mail) + local[depth];
}

[[gnu::noinline]] void wait_with(const char* mail) {
  char local[64];
  std::snprintf(local, sizeof local, "waiting %s", mail);
  while (local[0] != '\0') {
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

} // namespace

int main(int count, char** arguments) {
  const char* mail = std::getenv("CRASHER_MAIL");
  if (mail == nullptr || count < 2) {
    return 2;
  }
  const std::unique_ptr<char[]> heap(new char[256]);
  std::snprintf(heap.get(), 256, "%s; owner=%s", session, mail);
  const std::string wide = [&] {
    std::string out;
    for (const char* c = arguments[1]; *c != '\0'; ++c) {
      out += {*c, '\0'};
    }
    return out;
  }();
  std::thread(wait_with, arguments[1]).detach();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  return descend(5, mail) + heap[3] + wide[0];
}
