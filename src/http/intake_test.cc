// What comes in is read and scanned apart from the engine's thread; what tells packets apart is salted.
#include "crypto/digest.h"
#include "engine/people.h"
#include "engine/testing/office.h"
#include "http/testing/service.h"
#include "packet/disclosure.h"

#include <thread>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;
using engine::testing::Office;

namespace {

struct Intake {
  std::filesystem::path dir;
  std::string one, other;                // packets
  std::string feed, reader, signer;      // tokens
  std::string manifest;                  // of `one`, in review, while somebody stopped the packet
  std::optional<crypto::Ed25519Key> key; // the signer's
  std::string submission;

  Intake() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-intake-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    dir = std::filesystem::path(name) / "data";
    const Instant now = engine::system_now();
    Office::found(dir, Instant{now.ms - now.ms % 1'000});
    Office office(dir);
    one = office.submit("case-1").packet.str();
    other = office.submit("case-2").packet.str();
    submission = office.submission("case-3");
    office.observe_all();
    const PacketId first = PacketId::parse(one).value();
    manifest = office.put_in_review(first).str();
    REQUIRE(
        office
            .apply(gate::PlaceHold{office.anna.account, first, "GOV.MANUAL", "", {{"reason", "It is odd."}}})
            .ok());
    const auto token = [&](const AccountId& account, const std::set<engine::Scope>& scopes) {
      std::string secret;
      REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
        SP_TRY(const engine::IssuedToken issued,
               engine::issue_token(*office.core, office.gail.account, account, scopes, Duration{hour_ms}));
        secret = issued.secret.expose();
        return {};
      }));
      return secret;
    };
    feed = token(office.intake, {engine::Scope::read, engine::Scope::intake});
    reader = token(office.mira.account, {engine::Scope::read});
    signer = token(office.anna.account, {engine::Scope::read, engine::Scope::decide});
    key.emplace(std::move(office.anna.key));
  }

  ~Intake() { std::filesystem::remove_all(dir.parent_path()); }
};

// The submission with a part that takes long to scan: text that decodes at every turn.
std::string heavy(const std::string& text) {
  canon::Value document = canon::parse(text).value();
  canon::Object& packet = *document.object()->find("packet")->object();
  std::string lines;
  for (std::size_t i = 0; lines.size() < 600'000; ++i) {
    const std::string said = "line " + std::to_string(i) + " of what was seen, and who saw it where and when";
    lines += to_base64(as_bytes(to_base64(as_bytes(said)))) + "\n";
  }
  packet.set("parts", canon::Object{{"a1", canon::Object{{"kind", "annex"},
                                                         {"state", "redacted"},
                                                         {"include", false},
                                                         {"media_type", "text/plain"},
                                                         {"file_name", "seen.txt"},
                                                         {"content", to_base64(as_bytes(lines))}}}});
  document.object()->set("upstream_digest", crypto::sha256(canon::write(*document.find("packet"))).hex());
  return canon::write(document);
}

} // namespace

TEST_CASE("a slow scan holds up its own request alone") {
  const Intake house;
  ApiOptions options;
  options.people = {100'000, 100'000};
  const Service s(house.dir, options);
  const std::string document = heavy(house.submission);
  std::atomic<bool> done = false;
  Got came_in;
  std::thread sending([&] {
    came_in = s.remote({"POST", "/v1/packets", document}, house.feed);
    done = true;
  });
  int meanwhile = 0;
  while (!done) {
    CHECK(s.remote({.target = "/v1/packets/" + house.one}, house.reader).status == 200);
    meanwhile += done ? 0 : 1;
  }
  sending.join();
  INFO(came_in.text);
  CHECK(came_in.status == 201);
  CHECK(meanwhile > 10);
}

TEST_CASE("what comes in twice at once is one packet, under one key one answer") {
  const Intake house;
  const Service s(house.dir);
  Ask ask{"POST", "/v1/packets", house.submission};
  ask.headers.add("idempotency-key", "k-1");
  std::vector<Got> got(4);
  std::vector<std::thread> sending;
  for (Got& one : got) {
    sending.emplace_back([&] { one = s.remote(ask, house.feed); });
  }
  for (std::thread& one : sending) {
    one.join();
  }
  for (const Got& one : got) {
    INFO(one.text);
    CHECK(one.status == 201);
    CHECK(one.text == got.front().text);
  }
}

TEST_CASE("a revision without its form is malformed, and of the wrong form refused with its field") {
  const Intake house;
  const Service s(house.dir);
  const std::string target = "/v1/packets/" + house.one + "/revisions";
  const auto send = [&](const std::string& body) { return s.remote({"POST", target, body}, house.feed); };
  CHECK(send("{").status == 400);
  CHECK(send("{}").status == 400);
  const std::string digest(64, 'a');
  CHECK(send(R"({"predecessor":"x","submission":{}})").text_at("field") == "/predecessor");
  const Got refused = send(R"({"predecessor":")" + digest + R"(","submission":{}})");
  CHECK(refused.status == 422);
  CHECK(refused.text_at("field").starts_with("/submission/"));
}

TEST_CASE("C07: the rationale of a split is salted anew each time: its digest in the log answers no guess") {
  const Intake house;
  const Service s(house.dir);
  const auto prepared = [&] {
    return s.remote(post("/v1/packets/" + house.one + "/split/statement",
                         canon::Object{{"other", house.other}, {"rationale", "Two grants."}}),
                    house.signer);
  };
  const Got first = prepared();
  const Got second = prepared();
  REQUIRE(first.status == 200);
  CHECK(first.text_at("statement") != second.text_at("statement"));
  const auto opened = packet::open_disclosure(first.text_at("rationale"));
  REQUIRE(opened);
  CHECK(opened->value == canon::Value("Two grants."));
  CHECK(first.text_at("statement").find(crypto::sha256(opened->encoded).hex()) != std::string::npos);
}

TEST_CASE("who signs while the packet is held is told so, and by what") {
  const Intake house;
  const Service s(house.dir);
  const Got shown =
      s.remote({.target = "/v1/packets/" + house.one + "/manifests/" + house.manifest}, house.signer);
  REQUIRE(shown.status == 200);
  const std::string bytes = shown.text_at("bytes");
  const std::string sig =
      crypto::armor(crypto::sign_sshsig(*house.key, packet::act::dispatch, as_bytes(bytes)));
  const Got answer = s.remote(post("/v1/packets/" + house.one + "/sign",
                                   canon::Object{{"manifest", shown.text_at("digest")}, {"signature", sig}}),
                              house.signer);
  INFO(answer.text);
  REQUIRE(answer.status == 200);
  CHECK(answer.at("held") == canon::Value(canon::Array{"GOV.MANUAL"}));
}
