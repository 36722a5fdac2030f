// From submission to the reader's verdict, as the worked example tells it.
#include "gate/testing/scene.h"

#include "crypto/testing/software_passkey.h"
#include "packet/entry.h"

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

TEST_CASE("A01, A21, T01-T14: a packet crosses once, by the signature that completes, and is read by its "
          "audience") {
  Gate g;
  const PacketId id = opened(g);
  CHECK(g.packet(id).head->number == 1);
  CHECK(g.packet(id).opened_at == g.now);
  g.bind(id);
  CHECK(g.waits(id) == std::vector<std::string>{"SIGN.MISSING"});
  const Step signed_step = g.sign(g.anna, id);
  REQUIRE(signed_step.ok());
  REQUIRE(signed_step.probes.size() == 1); // the automatic chain
  CHECK(find<packet::RecheckOpened>(signed_step)->why == "completing_signature");
  g.answer(id);
  const Step commit = g.commit(id);
  REQUIRE(commit.ok());
  REQUIRE(commit.entries.size() == 1);
  const packet::Entry entry = packet::read_entry(commit.entries[0].bytes).value();
  CHECK(entry.lane == "Q-PSR");
  CHECK(entry.owner.persons == std::vector<PersonId>{g.anna.person});
  CHECK(entry.caveats == std::vector<std::string>{"k1", "k2", "k3"}); // A04
  REQUIRE(entry.holds.size() == 1);                                   // C06
  CHECK(entry.holds[0].code == "FRESH.MISSING");
  CHECK(g.packet(id).status == "released");
  CHECK_FALSE(g.packet(id).head); // spent
  CHECK(g.deliver(g.last.entry).ok());
  CHECK(g.step(AcknowledgeEntry{g.rhea.account, g.last.entry}).ok());
  CHECK(g.step(GiveVerdict{g.rhea.account, g.last.entry, "accepted", {}}).ok());
  CHECK(g.replayed() == state_digest(g.state()));
}

TEST_CASE("step-up: the charter as shipped takes a passkey's signature, and no software key's") {
  Options options;
  options.edits = {};
  options.passkeys = true;
  Gate g(options);
  const PacketId id = opened(g);
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  g.answer(id);
  CHECK(g.commit(id).ok());

  // An authenticator may add to its client data what it likes; a record that no leaf holds is refused.
  const PacketId next = opened(g, "two");
  const Digest manifest = g.bind(next);
  const ByteView bytes = as_bytes(g.machine.facts().manifests.at(g.last.manifest).bytes);
  std::string client_data = g.anna.passkey->client_data(
      "webauthn.get", crypto::to_be_signed(packet::act::dispatch, crypto::HashName::sha512, bytes));
  client_data.insert(client_data.size() - 1, ",\"note\":\"" + std::string(4'000, 'x') + "\"");
  const auto assertion =
      g.anna.passkey->get_with(packet::act::dispatch, sallyport::testing::present_and_verified, client_data);
  const auto long_one = crypto::wrap_assertion(assertion);
  REQUIRE(long_one);
  CHECK(refused(g.sign(g.anna, next, manifest, *long_one), "signature_invalid"));
  CHECK(g.sign(g.anna, next).ok());

  options.passkeys = false;
  Gate soft(options);
  const PacketId other = opened(soft);
  soft.bind(other);
  const Step refusal = soft.sign(soft.anna, other);
  CHECK(refused(refusal, "key_class_low"));
  CHECK(find<packet::AttemptRefused>(refusal) != nullptr);
}
