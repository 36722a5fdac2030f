// What a decision costs, beside what it cannot go below: a SHA-256 and a signature verification, of the
// same run. Every figure is processor time of one thread. gate_bench [RELEASES], 10,000 unless said.
#include "crypto/digest.h"
#include "crypto/sshsig.h"
#include "gate/apply.h"
#include "gate/testing/fixture.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// Rate of `round` per second over at least half a second.
double rate(const std::function<void()>& round) {
  double spent = 0;
  std::size_t rounds = 0;
  const double start = cpu_seconds();
  do {
    round();
    ++rounds;
    spent = cpu_seconds() - start;
  } while (spent < 0.5);
  return static_cast<double>(rounds) / spent;
}

void line(const char* what, double per_second) {
  std::printf("%-48s %12.0f /s %10.2f us\n", what, per_second, 1e6 / per_second);
}

// Time spent in one kind of step.
struct Meter {
  double seconds = 0;
  std::size_t steps = 0;

  void time(const std::function<void()>& step) {
    const double start = cpu_seconds();
    step();
    seconds += cpu_seconds() - start;
    ++steps;
  }

  double per_second() const { return static_cast<double>(steps) / seconds; }
};

struct Meters {
  Meter submit, observe, bind, sign, answer, commit;
};

// One packet from its submission to its acknowledgement.
void one_release(Gate& g, std::size_t number, Meters& meters) {
  g.objects.clear();
  const Spec spec = g.usual("p" + std::to_string(number));
  const PacketId id = PacketId::from_random(g.random());
  const SubmitPacket submit{g.intake, id, g.seal(id, 1, spec)};
  meters.submit.time([&] { g.step(submit); });
  for (const auto& [source, known] : std::map(g.state().sources)) {
    meters.observe.time([&] { g.observe(source); });
  }
  meters.bind.time([&] { g.bind(id); });
  const Digest manifest = g.packet(id).reviewed()->digest;
  const Bytes sig = g.anna.sign(packet::act::dispatch, g.machine.facts().manifests.at(g.last.manifest).bytes);
  meters.sign.time([&] { g.sign(g.anna, id, manifest, sig); });
  const Recheck recheck = *g.packet(id).recheck;
  g.pass(second);
  for (const packet::NeededAnswer& needed : recheck.needed) {
    meters.answer.time([&] { g.observe(needed.source, recheck.id); });
  }
  meters.commit.time([&] { g.commit(id); });
  g.deliver(g.last.entry);
  g.step(AcknowledgeEntry{g.rhea.account, g.last.entry});
  SP_ASSERT(!g.packet(id).open());
}

void limits_of_the_machine(Gate& g) {
  const std::string kilobyte(1024, 'x');
  line("limit: SHA-256 of 1 KiB", rate([&] { (void)crypto::sha256(kilobyte); }));
  const Bytes blob = g.anna.sign(packet::act::dispatch, kilobyte);
  const crypto::PublicKey key = g.anna.key();
  line("limit: one Ed25519 SSHSIG verified", rate([&] {
         const auto decoded = crypto::decode_sshsig(blob);
         SP_ASSERT(crypto::verify_sshsig(*decoded, key, as_bytes(kilobyte),
                                         {std::string(packet::act::dispatch), "", {}, false}));
       }));
}

} // namespace

int main(int argc, char** argv) {
  const std::size_t releases = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
  Options options;
  options.shadow = false;
  Gate g(options);
  limits_of_the_machine(g);

  const PacketId waiting = g.submit(g.usual("waiting"));
  g.observe_all();
  line("evaluate(), one packet of 8 citations",
       rate([&] { (void)evaluate(g.machine.world(), waiting, g.now); }));
  g.step(WithdrawPacket{g.intake, waiting, "not_needed"});

  Meters meters;
  const double start = cpu_seconds();
  for (std::size_t i = 0; i < releases; ++i) {
    one_release(g, i, meters);
  }
  std::printf("%zu releases, %zu leaves, %.1f s to make\n", releases, g.log.size(), cpu_seconds() - start);
  line("step: submit", meters.submit.per_second());
  line("step: observe a source", meters.observe.per_second());
  line("steps: draft and submit a manifest", meters.bind.per_second());
  line("step: sign (verifies the signature)", meters.sign.per_second());
  line("step: an answer to a recheck", meters.answer.per_second());
  line("step: commit", meters.commit.per_second());

  std::vector<packet::Leaf> leaves;
  const double decoding = cpu_seconds();
  for (const std::string& bytes : g.log) {
    leaves.push_back(packet::decode(bytes).value());
  }
  line("decode a leaf", static_cast<double>(leaves.size()) / (cpu_seconds() - decoding));
  State state;
  const double folding = cpu_seconds();
  for (const packet::Leaf& leaf : leaves) {
    apply(state, leaf);
  }
  const double folded = cpu_seconds() - folding;
  line("apply a leaf", static_cast<double>(leaves.size()) / folded);
  const bool equal = state_digest(state) == state_digest(g.state());
  std::printf("replay: %zu leaves folded in %.2f s; state digest %s\n", leaves.size(), folded,
              equal ? "equal" : "DIFFERENT");
  return equal ? 0 : 1;
}
