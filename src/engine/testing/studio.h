// A packet that people write together, taken step by step through the engine over a founded folder: opened,
// edited, scanned, sealed, accepted, signed, pressed. What tests of such packets stand on.
#pragma once

#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/sshsig_sign.h"
#include "engine/acceptances.h"
#include "engine/dumps.h"
#include "engine/receipts.h"
#include "engine/testing/crash_office.h"
#include "engine/testing/folder.h"
#include "gate/apply.h"
#include "gate/ledger.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::engine::testing {

inline canon::Value put(const std::string& at, canon::Value value) {
  return canon::Object{{"op", "put"}, {"at", at}, {"value", std::move(value)}};
}

struct Studio {
  Folder folder;
  std::unique_ptr<CrashOffice> office;
  PacketId packet;

  explicit Studio(Instant now = start) {
    CrashOffice::found(folder / "data", now);
    restart();
  }

  void restart() {
    const Instant now = office ? office->now : Instant{};
    const auto records = office ? office->records : std::map<std::string, CrashOffice::Record>{};
    office.reset();
    office = std::make_unique<CrashOffice>(folder / "data");
    office->now = std::max(office->now, now);
    if (!records.empty()) { // what the sources would say does not change with us
      office->records = records;
    }
  }

  Core& core() { return *office->core; }

  const gate::Packet& state() { return *core().state().find(packet); }

  const gate::Ledger& ledger() { return state().workspace->ledger; }

  template <class T> T in_batch(const std::function<Result<T>()>& work) {
    std::optional<Result<T>> out;
    office->batch([&]() -> Result<void> {
      out.emplace(work());
      return {};
    });
    INFO((*out ? "" : out->error().text()));
    REQUIRE(out->has_value());
    return **std::move(out);
  }

  void open(const std::string& group = "group-1") {
    const auto opened = in_batch<OpenedWorkspace>([&] {
      return open_workspace(core(), office->mara.account,
                            {crash_lane,
                             "A crash of the checkout",
                             {{"dumps", office->mara.person},
                              {"privacy", office->piet.person},
                              {"runtime", office->tomo.person}},
                             std::nullopt,
                             {{"crash_group", {group}}}});
    });
    REQUIRE(opened.refused.empty());
    packet = opened.packet;
  }

  ProposedEdit propose(const AccountId& by, canon::Array ops, const std::string& section = "dumps",
                       std::optional<packet::LeafNumber> base = {}) {
    return in_batch<ProposedEdit>([&] {
      return propose_edit(core(), by, packet,
                          {section,
                           base.value_or(state().workspace->sections.at(section).version),
                           canon::Value(std::move(ops)),
                           {},
                           {}});
    });
  }

  void edit(canon::Array ops) {
    const ProposedEdit proposed = propose(office->mara.account, std::move(ops));
    INFO((proposed.refused.empty() ? "" : proposed.refused.front().code));
    REQUIRE(proposed.refused.empty());
    must(in_batch<gate::Step>(
        [&] { return accept_edit(core(), office->mara.account, packet, proposed.edit, {}); }));
  }

  ScanReport report(std::uint32_t rev, std::uint32_t left) {
    ScanReport out;
    out.source = "forensics-tool";
    out.facts.dump = "du_1";
    out.facts.rev = rev;
    out.facts.passes = rev;
    out.facts.residual = {{"customer_identifier", 0}, {"session_payload", left}, {"stack_local", 0}};
    for (int i = 0; i < 5; ++i) {
      out.regions.push_back({"stack", 20, crypto::sha256(envelope(rev, i)), {}});
    }
    out.regions[2].exposed["session_payload"] = left;
    out.facts.size = 5;
    out.facts.root = root_of(out.regions);
    const auto& records = office->records;
    out.pins = {
        {"ruleset", {"redaction-policy", records.at("c4").key, crypto::sha256(records.at("c4").content)}},
        {"taxonomy", {"classification", records.at("c5").key, crypto::sha256(records.at("c5").content)}}};
    out.tools = {{"tool", crypto::sha256("tool 1")}};
    return out;
  }

  static std::string envelope(std::uint32_t rev, int region) {
    const Digest salt = crypto::sha256("salt " + std::to_string(rev) + "/" + std::to_string(region));
    return canon::write(canon::Object{{"bytes", 20},
                                      {"class", "stack"},
                                      {"dump", "du_1"},
                                      {"kind", "fragment"},
                                      {"offset", region * 20},
                                      {"region", "rg" + std::to_string(region)},
                                      {"rev", std::int64_t{rev}},
                                      {"salt", to_base64url(ByteView(salt.bytes).first(16))},
                                      {"v", 1}}) +
           "\n********************";
  }

  // `said`: what the report says beside its numbers.
  RecordedScan scan(std::uint32_t rev, std::uint32_t left = 0, canon::Value said = {}) {
    ScanReport made = report(rev, left);
    made.report = std::move(said);
    const RecordedScan done =
        in_batch<RecordedScan>([&] { return record_scan(core(), office->forensics, std::move(made)); });
    CHECK(done.refused.empty());
    for (int i = 0; i < 5; ++i) {
      (void)in_batch<Digest>([&] { return keep_fragment(core(), as_bytes(envelope(rev, i))); });
    }
    auto& stated = office->records.at("c1").touches["fragment"];
    stated.clear();
    for (int i = 0; i < 5; ++i) {
      stated.push_back(crypto::sha256(envelope(rev, i)).hex());
    }
    return done;
  }

  static canon::Value fragment(std::uint32_t rev, int region) {
    return canon::Object{{"dump", "du_1"},
                         {"rev", std::int64_t{rev}},
                         {"region", "rg" + std::to_string(region)},
                         {"level", "function"},
                         {"retention", "r_1"},
                         {"cites", canon::Array{"c1"}},
                         {"note", "the frame that failed"}};
  }

  void write_all(std::uint32_t rev = 1) {
    canon::Array ops;
    for (const auto& [id, record] : office->records) {
      ops.push_back(put("/citations/" + id, office->citation(id)));
    }
    ops.push_back(put("/bounds/symbolization", "function"));
    ops.push_back(put("/scope/crash_session/s1",
                      canon::Object{{"value", "session-4471"}, {"pseudonym", "session-ONE"}}));
    ops.push_back(
        put("/scope/environment/e1", canon::Object{{"value", "cluster-four"}, {"pseudonym", "cluster-KEA"}}));
    ops.push_back(
        put("/retention/r_1", canon::Object{{"deadline", office->records.at("c6").attrs.at("deadline")},
                                            {"source", "retention-registry"},
                                            {"end_state", "bytes_gone"}}));
    ops.push_back(put("/narrative/b1",
                      canon::Object{{"section", "dumps"}, {"text", "The worker failed while it wrote."}}));
    ops.push_back(
        put("/claims/m1", canon::Object{{"evidence", canon::Array{"c1"}}, {"text", "It was one request."}}));
    ops.push_back(put("/dumps/du_1", canon::Object{{"rev", std::int64_t{rev}}}));
    ops.push_back(put("/fragments/f1", fragment(rev, 1)));
    ops.push_back(put("/fragments/f2", fragment(rev, 2)));
    ops.push_back(put("/regions/g1", canon::Object{{"fragment", "f1"}, {"range", "0x10-0x20"}}));
    edit(std::move(ops));
  }

  // From the first edit to the lane, with nothing disputed but the boundary.
  EntryId cross(bool write = true) {
    if (write) {
      write_all();
    }
    (void)seal();
    office->observe_all();
    accept_all();
    (void)in_review();
    must(sign(office->rhea));
    return press();
  }

  SealedWorkspace seal() {
    const SealedWorkspace made =
        in_batch<SealedWorkspace>([&] { return seal_workspace(core(), office->rhea.account, packet); });
    for (const packet::Reason& reason : made.refused) {
      CAPTURE(reason.code);
      CAPTURE(reason.where);
      CHECK(false);
    }
    return made;
  }

  ItemId item(const std::string& kind, const std::string& category = "") {
    ItemId out;
    packet::LeafNumber last = 0;
    for (const auto& [id, one] : ledger().items) {
      if (one.kind == kind && (category.empty() || one.category == category) && one.raised >= last) {
        out = id;
        last = one.raised;
      }
    }
    REQUIRE(!out.empty());
    return out;
  }

  gate::Step accept(const Member& who, const std::map<ItemId, std::optional<std::string>>& items) {
    const AcceptDraft draft =
        in_batch<AcceptDraft>([&] { return draft_acceptance(core(), who.account, packet, {"", items}); });
    return office->apply(gate::AcceptItems{
        who.account, packet, signed_by(who, packet::act::accept, draft.statement), draft.wordings});
  }

  static packet::SignedStatement signed_by(const Member& who, std::string_view name_space,
                                           const canon::Value& statement) {
    return {statement,
            {{who.person, crypto::make_ed25519_key(who.key.public_key()).fingerprint(),
              to_base64(crypto::sign_sshsig(who.key, name_space, as_bytes(canon::write(statement))))}}};
  }

  // Everything that can be accepted, by those who can.
  void accept_all(const std::string& words = "as it is") {
    std::map<ItemId, std::optional<std::string>> both, owner;
    const charter::Charter& charter = *core().world().active_charter(crash_lane);
    for (const auto& [id, one] : ledger().items) {
      const charter::Acceptance* row = one.open() ? gate::acceptance_row(charter, one) : nullptr;
      if (row != nullptr) {
        owner[id] = words;
        if (row->all) {
          both[id] = std::nullopt; // the words that the other leader signed
        }
      }
    }
    must(accept(office->rhea, owner));
    must(accept(office->piet, both));
  }

  Digest in_review() {
    const ManifestId id = ManifestId::from_random(core().random());
    must(office->apply(gate::DraftManifest{office->rhea.account, packet, id, state().head->digest}));
    REQUIRE(core().sign_head(office->now));
    must(office->apply(
        gate::SubmitManifest{office->rhea.account,
                             packet,
                             id,
                             {7},
                             {core().state().origin, core().checkpoint()->size, core().checkpoint()->root}}));
    return state().reviewed()->digest;
  }

  gate::Step sign(const Member& who) {
    ManifestId id;
    const gate::ManifestState& manifest = *state().reviewed(&id);
    const std::string& bytes = core().world().manifest(id)->bytes;
    return office->apply(
        gate::SignManifest{who.account, packet, manifest.digest,
                           crypto::sign_sshsig(who.key, packet::act::release, as_bytes(bytes))});
  }

  EntryId press() {
    must(office->apply(gate::RequestRelease{office->rhea.account, packet, state().head->digest,
                                            state().reviewed()->digest, crash_lane}));
    office->now = office->now + Duration{1'000};
    office->answer(gate::Recheck(*state().recheck));
    must(office->apply(gate::CommitRelease{packet, state().recheck->id}));
    REQUIRE(state().entry);
    REQUIRE(deliver_entries(core(), office->now));
    return *state().entry;
  }

  void same_after_restart() {
    const Digest before = gate::state_digest(core().state());
    const auto holds = state().open() ? office->holds(packet) : std::vector<std::string>{};
    restart();
    CHECK(gate::state_digest(core().state()) == before);
    CHECK((state().open() ? office->holds(packet) : std::vector<std::string>{}) == holds);
  }
};

} // namespace sallyport::engine::testing
