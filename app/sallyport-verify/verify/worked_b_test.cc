// The second worked example as it lies among the shared vectors: an illustration with real digests, paths and
// signatures, in a shape that differs from ours, so that it is judged piece by piece and not as a bundle.
#include "base/testing/shared_data.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "crypto/sshsig.h"
#include "ledger/merkle.h"
#include "packet/disclosure.h"
#include "packet/entry.h"
#include "packet/manifest.h"
#include "packet/seal.h"
#include "packet/statement.h"
#include "packet/view.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <sstream>

using namespace sallyport;

namespace {

constexpr const char* lane_bundle = "vectors/worked-bundle-b/lane";

std::string file(const std::string& name) {
  return sallyport::testing::read_file(
      sallyport::testing::shared_data(std::string(lane_bundle) + "/" + name));
}

canon::Value json(const std::string& name) {
  return canon::parse(file(name)).value();
}

const canon::Value& at(const canon::Value& value, const std::string& pointer) {
  const canon::Value* found = canon::pointer_find(value, pointer);
  REQUIRE_MESSAGE(found != nullptr, pointer);
  return *found;
}

std::string text(const canon::Value& value, const std::string& pointer) {
  return *at(value, pointer).string();
}

Digest digest(const canon::Value& value, const std::string& pointer) {
  return Digest::from_hex(text(value, pointer)).value();
}

// Person -> key, of lines `person namespaces="..." key`.
std::map<std::string, crypto::PublicKey> signers() {
  std::map<std::string, crypto::PublicKey> out;
  std::istringstream in(file("signers"));
  for (std::string line; std::getline(in, line);) {
    const std::string person = line.substr(0, line.find(' '));
    out[person] = crypto::parse_public_key_line(line.substr(line.find("ssh-"))).value();
  }
  return out;
}

bool signs(const std::string& person, const std::string& sig, const std::string& bytes,
           std::string_view name_space) {
  const auto decoded = crypto::decode_sshsig(crypto::dearmor(sig).value());
  return decoded && crypto::verify_sshsig(*decoded, signers().at(person), as_bytes(bytes),
                                          {std::string(name_space), "", {}, false})
                        .has_value();
}

bool leads_to_root(const canon::Value& fragment, const canon::Value& revision) {
  std::vector<Digest> path;
  for (const canon::Value& node : *at(fragment, "/path").array()) {
    path.push_back(Digest::from_hex(*node.string()).value());
  }
  const std::string dump = "/dumps/" + text(fragment, "/dump");
  return ledger::verify_inclusion(ledger::leaf_hash(digest(fragment, "/sha256").view()),
                                  static_cast<std::uint64_t>(*at(fragment, "/index").integer()),
                                  static_cast<std::uint64_t>(*at(fragment, "/size").integer()), path,
                                  digest(revision, dump + "/root"))
      .has_value();
}

} // namespace

TEST_CASE(
    "worked example b: the release and both acceptances are signed, each under its own namespace alone") {
  SP_SKIP_WITHOUT_SHARED_DATA(lane_bundle);
  const canon::Value manifest = json("manifest.json");
  const std::string owner = text(manifest, "/predicate/owner/person");
  CHECK(signs(owner, file("signatures/1.sig"), file("manifest.json"), packet::act::release));
  CHECK_FALSE(signs(owner, file("signatures/1.sig"), file("manifest.json"), packet::act::accept));
  for (const char* n : {"1", "2"}) {
    const canon::Value leaf = json(std::string("accepts/") + n + ".leaf");
    const canon::Value& statement = at(leaf, "/statement");
    const std::string sig = file(std::string("accepts/") + n + ".sig");
    CHECK(signs(text(leaf, "/person"), sig, canon::write(statement), packet::act::accept));
    CHECK_FALSE(signs(text(leaf, "/person"), sig, canon::write(statement), packet::act::release));
    const auto said = packet::read_accept(statement); // this shape is ours
    REQUIRE(said);
    CHECK(said->revision_digest == crypto::sha256(file("revision.json")));
    CHECK(said->person.str() == text(leaf, "/person"));
    const Digest signed_digest = crypto::sha256(canon::write(statement));
    std::size_t bound = 0;
    for (const canon::Value& one : *at(manifest, "/predicate/accepted").array()) {
      for (const canon::Value& by : *at(one, "/by").array()) {
        bound += digest(by, "/statement") == signed_digest ? 1U : 0U;
      }
    }
    CHECK(bound == said->items.size());
  }
}

TEST_CASE("worked example b: everything that is bound by a digest has it") {
  SP_SKIP_WITHOUT_SHARED_DATA(lane_bundle);
  const canon::Value manifest = json("manifest.json");
  const canon::Value entry = json("entry.json");
  CHECK(digest(manifest, "/subject/0/digest/sha256") == crypto::sha256(file("revision.json")));
  CHECK(digest(manifest, "/predicate/view") == crypto::sha256(file("view.json")));
  CHECK(digest(entry, "/manifest") == crypto::sha256(file("manifest.json")));
  for (const auto& [value, of] : {std::pair{"accepted", "accepted_digest"}, {"holds", "holds_digest"}}) {
    CHECK(digest(manifest, std::string("/predicate/") + of) ==
          crypto::sha256(canon::write(at(manifest, std::string("/predicate/") + value))));
  }
  CHECK(digest(manifest, "/predicate/ledger/digest") ==
        crypto::sha256(canon::write(at(manifest, "/predicate/ledger/items"))));
  CHECK(at(manifest, "/predicate/ledger") == at(entry, "/disputes"));
  CHECK(at(manifest, "/predicate/accepted") == at(entry, "/accepted"));
  const canon::Value open = json("disclosures.json");
  std::vector<std::string> digests;
  for (const canon::Value& encoded : *at(open, "/revision").array()) {
    digests.push_back(packet::open_disclosure(*encoded.string()).value().digest);
  }
  std::ranges::sort(digests);
  const packet::View view = packet::read_view(file("view.json")).value();
  CHECK(digests == view.disclosures);
}

TEST_CASE(
    "worked example b: each fragment is its envelope and leads to the root of its dump, also without it") {
  SP_SKIP_WITHOUT_SHARED_DATA(lane_bundle);
  const canon::Value revision = json("revision.json");
  std::size_t there = 0;
  for (const auto& [id, fragment] : *at(revision, "/fragments").object()) {
    const std::string part = file("parts/" + text(fragment, "/sha256"));
    CHECK(crypto::sha256(part) == digest(fragment, "/sha256"));
    const canon::Value header = canon::parse(part.substr(0, part.find('\n'))).value();
    CHECK(at(header, "/region") == at(fragment, "/region"));
    CHECK(static_cast<std::size_t>(*at(header, "/bytes").integer()) == part.size() - part.find('\n') - 1);
    CHECK(leads_to_root(fragment, revision)); // nothing of the file is in it
    canon::Value moved = fragment;
    moved.object()->set("index", *at(fragment, "/index").integer() ^ 1);
    CHECK_FALSE(leads_to_root(moved, revision));
    ++there;
  }
  CHECK(there == 4);
}

TEST_CASE("worked example b: where its shape is not ours, our readers refuse it") {
  SP_SKIP_WITHOUT_SHARED_DATA(lane_bundle);
  // It says `continues: null`, has levels and fragments among `scope`, clocks by leaf, `bytes` of the whole
  // envelope, and signs acceptances in the leaf's own `sig`; ours are in docs/formats.md.
  CHECK_FALSE(packet::read_manifest(file("manifest.json")));
  CHECK_FALSE(packet::read_entry(file("entry.json")));
  CHECK_FALSE(packet::read_revision(file("revision.json")));
}
