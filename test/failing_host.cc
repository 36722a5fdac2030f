#include "failing_host.h"

#include "engine/dossier.h"
#include "gate/state.h"
#include "packet/leaf.h"
#include "sim/charters.h"
#include "store/testing/faulty_vfs.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace sallyport {
namespace {

namespace faulty = store::faulty_vfs;

constexpr std::array in_turn{Fault::disk_full,   Fault::dies_within, Fault::power_within, Fault::dies_before,
                             Fault::power_after, Fault::sync_fails,  Fault::power_within, Fault::dies_after,
                             Fault::dies_twice,  Fault::dies_within, Fault::sync_power};

bool goes_on(Fault fault) {
  return fault == Fault::disk_full || fault == Fault::sync_fails || fault == Fault::sync_power;
}

// The body of an acknowledged leaf, and nothing where it has none.
std::optional<std::string> body_of(const store::Reader& reader, packet::LeafNumber n) {
  const auto body = reader.body(n);
  return body ? std::optional(std::string(as_text(body->bytes))) : std::nullopt;
}

} // namespace

void broken(const std::string& invariant, const std::string& says) {
  std::printf("BROKEN %s: %s\n", invariant.c_str(), says.c_str());
  std::fflush(stdout);
  std::_Exit(1);
}

void require(const char* invariant, bool so, const std::string& says) {
  if (!so) {
    broken(invariant, says);
  }
}

FailingHost::FailingHost(std::filesystem::path dir, Rhythm rhythm)
    : options_{std::move(dir), "sallyport.example/sim", faulty::name, [this] { return numbers_.next(); }},
      rhythm_(rhythm), luck_(rhythm.first) {
  faulty::install();
  const auto made = engine::create_secrets(options_.dir);
  require("INV-44", made.has_value(), "the folder could not be made");
  const auto founded = store::Store::open(
      options_.dir, {options_.origin, engine::wrapping_key_file(options_.dir), true, options_.vfs});
  require("INV-44", founded.has_value(), "the store could not be made");
  open();
}

FailingHost::~FailingHost() {
  faulty::before = {};
}

void FailingHost::open() {
  auto opened = engine::Core::open(options_);
  require("INV-40", opened.has_value(), opened ? "" : "the log does not open: " + opened.error().text());
  core_ = *std::move(opened);
}

Fault FailingHost::next_fault() {
  const std::uint64_t at = ++steps_ + rhythm_.first;
  return rhythm_.every == 0 || at % rhythm_.every != 0 ? Fault::none
                                                       : in_turn[at / rhythm_.every % in_turn.size()];
}

std::optional<gate::Step> FailingHost::step(const gate::Event& event, Instant now, sim::Draw& draws) {
  const std::uint64_t numbers = draws.next(); // the same for each attempt
  const Fault fault = next_fault();
  const gate::Event real = with_bodies(event);
  Attempt made = attempt(real, now, numbers, fault);
  if (fault != Fault::none) {
    ++faults[fault];
    const std::uint64_t before = shadow_.state().size;
    recover(fault);
    const bool there = core_->state().size != before;
    const bool says_nothing = made.step && made.step->leaves.empty();
    require("INV-44", there || says_nothing || !made.acknowledged, "what was acknowledged is lost");
    require("INV-42", made.step || !there, "something is stored that nobody decided");
    if (made.step) {
      there_or_not(real, *made.step, there);
    }
    if (there || says_nothing) {
      stood += made.acknowledged ? 0U : 1U;
      acknowledge(*made.step);
      compare();
      return made.step;
    }
    compare();
    made = attempt(real, now, numbers, Fault::none);
  }
  require("INV-44", made.acknowledged, "a step is not stored although nothing fails");
  acknowledge(*made.step);
  return made.step;
}

FailingHost::Attempt FailingHost::attempt(const gate::Event& event, Instant now, std::uint64_t numbers,
                                          Fault fault) {
  Attempt out;
  numbers_ = sim::Draw(numbers);
  fail_in(fault);
  const auto committed = core_->run(now, [&]() -> Result<void> {
    SP_TRY(gate::Step step, core_->apply(event));
    SP_CHECK(keep_revision(event, step));
    out.step = std::move(step);
    return fault == Fault::dies_before ? fail(ErrorCode::unavailable, "test", "the process died")
                                       : Result<void>();
  });
  out.acknowledged = committed.has_value();
  return out;
}

// What the disk does from now on.
void FailingHost::fail_in(Fault fault) {
  const std::size_t good = luck_.below(goes_on(fault) ? 3 : 12); // operations before it
  switch (fault) {
  case Fault::disk_full:
    faulty::before = [good, n = std::size_t{0}](faulty::Operation operation, std::string_view) mutable {
      return operation == faulty::Operation::write && n++ >= good ? SQLITE_FULL : SQLITE_OK;
    };
    break;
  case Fault::sync_fails:
  case Fault::sync_power: // one sync; the next ones are well again
    faulty::before = [at = good % 2, n = std::size_t{0}](faulty::Operation operation,
                                                         std::string_view) mutable {
      return operation == faulty::Operation::sync && n++ == at ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    };
    break;
  case Fault::dies_within:
  case Fault::dies_twice:
  case Fault::power_within:
    faulty::before = [good, n = std::size_t{0}](faulty::Operation, std::string_view) mutable {
      return n++ >= good ? SQLITE_IOERR : SQLITE_OK;
    };
    break;
  default:
    faulty::before = {};
  }
}

// The process goes on, or another one begins.
void FailingHost::recover(Fault fault) {
  if (goes_on(fault)) {
    faulty::before = {};
    const auto idle = [] { return Result<void>(); };
    const Instant now = shadow_.state().last_at;
    // Where it could not read again at once, the next batch does.
    require("INV-40", core_->run(now, idle) || core_->run(now, idle), "the store does not come back");
  } else {
    die(fault == Fault::power_within || fault == Fault::power_after);
  }
  if (fault == Fault::dies_twice || fault == Fault::sync_power) {
    const std::uint64_t shown = core_->state().size;
    die(true);
    require("INV-42", core_->state().size >= shown, "what was shown after a failure is lost");
  }
}

void FailingHost::die(bool power) {
  faulty::before = [](faulty::Operation, std::string_view) { return SQLITE_IOERR; };
  core_.reset();
  if (power) {
    const bool all = luck_.one_in(2);
    faulty::take_back(
        [&](std::string_view, std::size_t writes) { return all ? 0 : luck_.below(writes + 1); });
  }
  faulty::before = {};
  open();
}

void FailingHost::acknowledge(const gate::Step& step) {
  for (const gate::LeafOut& out : step.leaves) {
    tree_.append(ledger::leaf_hash(as_bytes(out.bytes)));
    shadow_.replay(packet::decode(out.bytes).value());
  }
}

void FailingHost::compare() {
  const auto size = core_->reader().size();
  require("INV-40", size && *size == shadow_.state().size,
          "the log has not the leaves that were acknowledged");
  const auto root = core_->reader().root(*size);
  require("INV-40", root && *root == tree_.root(), "the log has another root than what was acknowledged");
  require("INV-40", gate::state_digest(core_->state()) == gate::state_digest(shadow_.state()),
          "what is read from the log is another state than what was acknowledged");
}

// All of a step, or nothing of it.
void FailingHost::there_or_not(const gate::Event& event, const gate::Step& step, bool there) const {
  const store::Reader& reader = core_->reader();
  const auto same = [&](bool is) { require("INV-42", is == there, "a step is half there"); };
  for (const gate::LeafOut& out : step.leaves) {
    const auto leaf = reader.leaf(out.leaf.n);
    same(leaf && as_text(*leaf) == out.bytes);
    require("INV-42", !there || body_of(reader, out.leaf.n) == out.body,
            "a leaf has not the body that it had");
  }
  if (step.manifest) {
    const auto row = reader.manifest(step.manifest->id);
    same(row && as_text(row->bytes) == step.manifest->bound.bytes);
  }
  for (const gate::CommittedEntry& entry : step.entries) {
    const auto row = reader.entry(entry.id);
    same(row && as_text(row->core) == entry.bytes);
  }
  if (step.ok()) {
    if (const auto* submit = std::get_if<gate::SubmitPacket>(&event)) {
      same(reader.revision(submit->packet, submit->sealed.revision.number).has_value());
    } else if (const auto* revise = std::get_if<gate::RevisePacket>(&event)) {
      same(reader.revision(revise->packet, revise->sealed.revision.number).has_value());
    }
  }
}

// Towns write short bodies; here they say what a restart reads.
gate::Event FailingHost::with_bodies(const gate::Event& event) const {
  gate::Event out = event;
  const auto seal = [&](const PacketId& packet, gate::Sealed& sealed) {
    const packet::SealedRevision& made = sealed_.at(sealed.revision.digest);
    sealed.body =
        engine::sealed_body(sealed.dossier, {"sim", packet.str(), sealed.revision.number}, made.digest);
    canon::Object body = sealed.body;
    body.set("salt", "");
    sealed.dossier = engine::make_dossier(sealed.revision, made.disclosures, std::move(body)).value();
  };
  if (auto* submit = std::get_if<gate::SubmitPacket>(&out)) {
    seal(submit->packet, submit->sealed);
  } else if (auto* revise = std::get_if<gate::RevisePacket>(&out)) {
    seal(revise->packet, revise->sealed);
  } else if (auto* observe = std::get_if<gate::Observe>(&out)) {
    observe->body = engine::observation_body({observe->facts, observe->directory, observe->lanes});
  }
  return out;
}

Result<void> FailingHost::keep_revision(const gate::Event& event, const gate::Step& step) {
  const auto* submit = std::get_if<gate::SubmitPacket>(&event);
  const auto* revise = std::get_if<gate::RevisePacket>(&event);
  if (!step.ok() || (submit == nullptr && revise == nullptr)) {
    return {};
  }
  const PacketId& id = submit != nullptr ? submit->packet : revise->packet;
  const gate::Sealed& sealed = submit != nullptr ? submit->sealed : revise->sealed;
  return core_->tx().put_revision(engine::stored_revision(id, sealed.revision.number, "packet/" + id.str(),
                                                          sealed_.at(sealed.revision.digest)));
}

} // namespace sallyport
