#include "ledger/policy.h"

#include "ledger/testing/trees.h"

#include <doctest/doctest.h>

#include <set>

namespace sallyport::ledger {

using namespace testing;

namespace {

const std::string origin = "example.org/log";

// Witness n signs as w<n>.example with the key of seed 10 + n.
std::string witness_name(int n) {
  return "w" + std::to_string(n) + ".example";
}

crypto::Ed25519Key witness_secret(int n) {
  return test_key(static_cast<std::uint8_t>(10 + n));
}

std::string log_line() {
  return "log " + VerifierKey::make(origin, SignatureType::ed25519, test_key(1).public_key())->text() + "\n";
}

std::string witness_line(int n) {
  const auto key =
      VerifierKey::make(witness_name(n), SignatureType::cosignature_v1, witness_secret(n).public_key());
  return "witness W" + std::to_string(n) + " " + key->text() + "\n";
}

std::string witness_lines(int count) {
  std::string lines;
  for (int n = 1; n <= count; ++n) {
    lines += witness_line(n);
  }
  return lines;
}

std::string head_by(const std::set<int>& witnesses) {
  std::string note = *sign_checkpoint({origin, 3, entry_hash(0)}, test_key(1));
  for (const int n : witnesses) {
    note = *cosign_note(note, witness_name(n), witness_secret(n), Instant{1'700'000'000'000 + n * 1000});
  }
  return note;
}

bool trusts(const std::string& policy_text, const std::set<int>& witnesses) {
  const auto policy = parse_policy(policy_text);
  REQUIRE(policy);
  return open_checkpoint(head_by(witnesses), *policy).has_value();
}

} // namespace

TEST_CASE("two levels of groups count as the specification's example says, for every set of witnesses") {
  const std::string policy = log_line() + witness_lines(5) +
                             "group X 2 W1 W2 W3\n"
                             "group Y any W4 W5\n"
                             "group both all X Y\n"
                             "quorum both\n";
  for (int mask = 0; mask < 32; ++mask) {
    std::set<int> witnesses;
    for (int n = 1; n <= 5; ++n) {
      if ((mask >> (n - 1) & 1) != 0) {
        witnesses.insert(n);
      }
    }
    const int x = (mask & 1) + (mask >> 1 & 1) + (mask >> 2 & 1);
    const int y = (mask >> 3 & 1) + (mask >> 4 & 1);
    CAPTURE(mask);
    CHECK(trusts(policy, witnesses) == (x >= 2 && y >= 1));
  }
}

TEST_CASE("a quorum of none, of one witness, of all") {
  CHECK(trusts(log_line() + "quorum none\n", {}));
  CHECK(trusts(log_line() + witness_lines(1) + "quorum none\n", {}));
  CHECK(trusts(log_line() + witness_lines(2) + "quorum W2\n", {2}));
  CHECK_FALSE(trusts(log_line() + witness_lines(2) + "quorum W2\n", {1}));
  CHECK(trusts(log_line() + witness_lines(2) + "group G all W1 W2\nquorum G\n", {1, 2}));
  CHECK_FALSE(trusts(log_line() + witness_lines(2) + "group G all W1 W2\nquorum G\n", {1}));
}

TEST_CASE("a head that no listed log signed as its own is not trusted") {
  CHECK_FALSE(trusts("quorum none\n", {}));
  CHECK_FALSE(trusts(witness_lines(1) + "quorum W1\n", {1}));
  const auto policy = parse_policy(log_line() + "quorum none\n");
  const Checkpoint other{"example.org/other", 3, entry_hash(0)};
  CHECK_FALSE(open_checkpoint(*sign_checkpoint(other, test_key(1)), *policy));
  CHECK_FALSE(open_checkpoint(*sign_note(other.text(), origin, test_key(1)), *policy));
}

TEST_CASE("a known witness's line that does not verify refuses the head, quorum or not") {
  const auto policy = parse_policy(log_line() + witness_lines(2) + "quorum W1\n");
  Note note = *parse_note(head_by({1, 2}));
  REQUIRE(open_checkpoint(write_note(note), *policy));
  note.signatures[2].signature[20] ^= 1;
  CHECK_FALSE(open_checkpoint(write_note(note), *policy));
}

TEST_CASE("who cosigned and when is told in the policy's order") {
  const auto policy = parse_policy(log_line() + witness_lines(3) + "group G 2 W1 W2 W3\nquorum G\n");
  const auto head = open_checkpoint(head_by({3, 1}), *policy);
  REQUIRE(head);
  REQUIRE(head->witnesses.size() == 2);
  CHECK(head->witnesses[0].witness == "W1");
  CHECK(head->witnesses[1].witness == "W3");
  CHECK(head->witnesses[1].at == Instant{1'700'000'003'000});
}

TEST_CASE("comments, blanks and URLs are read; what is written reads back the same") {
  const std::string text = "# a policy\n\n  \t\n" + log_line().substr(0, log_line().size() - 1) +
                           " https://log.example/\n" + "\t" + witness_line(1) + witness_line(2) +
                           "  # another\ngroup G  any\tW1 W2 \nquorum G\n" + witness_line(3);
  const auto policy = parse_policy(text);
  REQUIRE(policy);
  CHECK(policy->logs[0].url == "https://log.example/");
  CHECK(policy->witnesses.size() == 3);
  CHECK(policy->groups[0].threshold == 1);
  CHECK(*parse_policy(write_policy(*policy)) == *policy);
}

TEST_CASE("a policy that could mean two things is refused") {
  const std::string three = log_line() + witness_lines(3);
  const auto refused = [](const std::string& text) { return !parse_policy(text); };
  CHECK(refused(three));                                // no quorum
  CHECK(refused(three + "quorum none\nquorum none\n")); // two
  CHECK(refused(three + "quorum W4\n"));                // not defined
  CHECK(refused("quorum W1\n" + three));                // defined below
  CHECK(refused(three + "quorum none"));                // not terminated
  CHECK(refused(three + "group G 0 W1\nquorum G\n"));   // threshold
  CHECK(refused(three + "group G 2 W1\nquorum G\n"));
  CHECK(refused(three + "group G 01 W1\nquorum G\n"));
  CHECK(refused(three + "group G most W1\nquorum G\n"));
  CHECK(refused(three + "group G any\nquorum none\n"));   // no member
  CHECK(refused(three + "group G any none\nquorum G\n")); // reserved
  CHECK(refused(three + "group none any W1\nquorum none\n"));
  CHECK(refused(three + "group G any G\nquorum G\n"));   // of itself
  CHECK(refused(three + "group G 2 W1 W1\nquorum G\n")); // counted twice
  CHECK(refused(three + "group G any W1\ngroup H any W1\nquorum H\n"));
  CHECK(refused(three + "group W1 any W2\nquorum W1\n")); // name twice
  CHECK(refused(three + log_line() + "quorum none\n"));   // key twice
  CHECK(refused(three + "witness W9" + witness_line(1).substr(10) + "quorum none\n"));
  CHECK(refused(three + "logs\nquorum none\n"));
  CHECK(refused(three + "quorum none\n\x01\n"));
  CHECK(refused(three + "quorum none\r\n"));
}

TEST_CASE("log and witness keys are of their kinds, and no key is both") {
  const auto as_witness =
      VerifierKey::make("example.org/w", SignatureType::cosignature_v1, test_key(1).public_key());
  const auto as_log = VerifierKey::make("w1", SignatureType::ed25519, test_key(4).public_key());
  CHECK_FALSE(parse_policy("log " + as_witness->text() + "\nquorum none\n"));
  CHECK_FALSE(parse_policy("witness W " + as_log->text() + "\nquorum W\n"));
  CHECK_FALSE(parse_policy(log_line() + "witness W " + as_witness->text() + "\nquorum W\n"));
}

TEST_CASE("a policy is bounded") {
  CHECK(parse_policy(std::string(policy_bytes_max + 1, '\n')).error().code == ErrorCode::too_large);
  CHECK(parse_policy(witness_lines(64) + "quorum none\n"));
  CHECK(parse_policy(witness_lines(65) + "quorum none\n").error().code == ErrorCode::too_large);
}

} // namespace sallyport::ledger
