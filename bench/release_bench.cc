// Sign -> recorded, last recheck answer -> entry stored: each a durable commit of the embedded store,
// beside a raw append of 4 KiB and fdatasync on the same folder, measured alternately in the same run
// (the disk's own speed varies more than ours). Usage: release_bench [RELEASES] [FOLDER]
#include "engine/testing/office.h"

#include "canon/json.h"
#include "crypto/sshsig_sign.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

using namespace sallyport;
using sallyport::engine::testing::Office;

namespace {

double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

double percentile(std::vector<double> values, double p) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))];
}

class RawSync {
public:
  explicit RawSync(const std::filesystem::path& file) : fd_(::open(file.c_str(), O_CREAT | O_WRONLY, 0600)) {}

  RawSync(const RawSync&) = delete;
  RawSync& operator=(const RawSync&) = delete;

  ~RawSync() { ::close(fd_); }

  double once() {
    static const std::string page(4096, 'x');
    const auto begin = std::chrono::steady_clock::now();
    const bool ok = ::write(fd_, page.data(), page.size()) == 4096 && ::fdatasync(fd_) == 0;
    SP_ASSERT(ok);
    return since(begin);
  }

private:
  int fd_;
};

void row(const char* what, const std::vector<double>& values, const std::vector<double>& floor) {
  fmt::print("{:<34} {:>9.3f} {:>9.3f}   {:>5.2f}\n", what, percentile(values, 0.5), percentile(values, 0.99),
             percentile(values, 0.5) / percentile(floor, 0.5));
}

} // namespace

int main(int argc, char** argv) {
  const int releases = argc > 1 ? std::atoi(argv[1]) : 200;
  std::string name = (std::filesystem::path(argc > 2 ? argv[2] : "/tmp") / "sallyport-bench-XXXXXX").string();
  SP_ASSERT(::mkdtemp(name.data()) != nullptr);
  const std::filesystem::path dir = name;
  Office::found(dir / "data", Instant{1'795'000'000'000});
  Office office(dir / "data");
  RawSync raw(dir / "raw");
  std::vector<double> floor;
  std::vector<double> sign;
  std::vector<double> release;
  for (int i = 0; i < releases; ++i) {
    const PacketId packet = office.submit("case-" + std::to_string(i)).packet;
    office.now = office.now + Duration{1'000};
    office.observe_all();
    (void)office.put_in_review(packet);
    floor.push_back(raw.once());
    auto begin = std::chrono::steady_clock::now();
    const gate::Step signed_now = office.sign(packet);
    sign.push_back(since(begin));
    SP_ASSERT(signed_now.ok());
    office.now = office.now + Duration{1'000};
    office.answer(gate::Recheck(*office.core->state().find(packet)->recheck));
    const RecheckId recheck = office.core->state().find(packet)->recheck->id;
    floor.push_back(raw.once());
    begin = std::chrono::steady_clock::now();
    const gate::Step committed = office.apply(gate::CommitRelease{packet, recheck});
    release.push_back(since(begin));
    SP_ASSERT(committed.ok());
  }
  fmt::print("{:<34} {:>9} {:>9}   {}\n", fmt::format("{} releases, times in ms", releases), "p50", "p99",
             "p50 / fdatasync p50");
  row("raw 4 KiB append + fdatasync", floor, floor);
  row("sign -> recorded (verified)", sign, floor);
  row("last answer -> entry stored", release, floor);
  std::filesystem::remove_all(dir);
  return 0;
}
