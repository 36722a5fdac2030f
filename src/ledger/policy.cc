#include "ledger/policy.h"

#include "ledger/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace sallyport::ledger {

namespace {

constexpr std::string_view no_quorum = "none";

std::unexpected<Error> bad_policy(const char* why) {
  return fail(ErrorCode::malformed, "policy", why);
}

std::vector<std::string_view> split_words(std::string_view line) {
  constexpr std::string_view blanks = " \t";
  std::vector<std::string_view> words;
  for (std::size_t begin = line.find_first_not_of(blanks); begin != std::string_view::npos;
       begin = line.find_first_not_of(blanks, begin)) {
    const std::size_t end = std::min(line.find_first_of(blanks, begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

bool is_policy_octet(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet == '\t' || octet == '\n' || (octet >= 0x20 && octet != 0x7f);
}

// Takes one line after another; names and keys that were defined are remembered, so that a name is
// defined once, before its use, and counts in one way only.
class PolicyReader {
public:
  Result<void> take(std::string_view line) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.empty() || words[0].starts_with('#')) {
      return {};
    }
    if (words[0] == "log") {
      return take_log(words);
    }
    if (words[0] == "witness") {
      return take_witness(words);
    }
    if (words[0] == "group") {
      return take_group(words);
    }
    if (words[0] == "quorum") {
      return take_quorum(words);
    }
    return bad_policy("a line begins with none of log, witness, group, quorum");
  }

  Result<Policy> done() {
    if (!has_quorum_) {
      return bad_policy("the quorum line is missing");
    }
    return std::move(policy_);
  }

private:
  Result<void> take_log(const std::vector<std::string_view>& words) {
    if (words.size() < 2 || words.size() > 3) {
      return bad_policy("a log line has a key and at most a URL");
    }
    SP_TRY(VerifierKey key, take_key(words[1], SignatureType::ed25519));
    SP_CHECK(check_room(policy_.logs.size()));
    policy_.logs.push_back({std::move(key), words.size() == 3 ? std::string(words[2]) : ""});
    return {};
  }

  Result<void> take_witness(const std::vector<std::string_view>& words) {
    if (words.size() < 3 || words.size() > 4) {
      return bad_policy("a witness line has a name, a key and at most a URL");
    }
    SP_TRY(VerifierKey key, take_key(words[2], SignatureType::cosignature_v1));
    SP_CHECK(define(words[1]));
    SP_CHECK(check_room(policy_.witnesses.size()));
    policy_.witnesses.push_back(
        {std::string(words[1]), std::move(key), words.size() == 4 ? std::string(words[3]) : ""});
    return {};
  }

  Result<void> take_group(const std::vector<std::string_view>& words) {
    if (words.size() < 4) {
      return bad_policy("a group line has a name, a threshold and at least one member");
    }
    Policy::Group group{.name = std::string(words[1]), .members = {words.begin() + 3, words.end()}};
    for (const std::string& member : group.members) {
      if (!defined_.contains(member)) {
        return bad_policy("a group names a member that is not defined above it");
      }
      if (!grouped_.insert(member).second) {
        return bad_policy("a name is a group member twice");
      }
    }
    SP_TRY(group.threshold, parse_threshold(words[2], group.members.size()));
    SP_CHECK(define(words[1]));
    SP_CHECK(check_room(policy_.groups.size()));
    policy_.groups.push_back(std::move(group));
    return {};
  }

  Result<void> take_quorum(const std::vector<std::string_view>& words) {
    if (words.size() != 2 || has_quorum_) {
      return bad_policy("a policy has one quorum line with one name");
    }
    if (words[1] != no_quorum && !defined_.contains(words[1])) {
      return bad_policy("the quorum names nothing that is defined above it");
    }
    policy_.quorum = words[1];
    has_quorum_ = true;
    return {};
  }

  Result<VerifierKey> take_key(std::string_view vkey, SignatureType type) {
    SP_TRY(VerifierKey key, VerifierKey::parse(vkey));
    if (key.type != type) {
      return fail(ErrorCode::unsupported, "policy", "a log or witness key is of the other kind");
    }
    if (!keys_.insert(key.public_key).second) {
      return bad_policy("a public key is listed twice");
    }
    return key;
  }

  Result<void> define(std::string_view name) {
    if (name == no_quorum || !defined_.insert(std::string(name)).second) {
      return bad_policy("a name is defined twice, or is the reserved one");
    }
    return {};
  }

  static Result<void> check_room(std::size_t items) {
    if (items == policy_items_max) {
      return fail(ErrorCode::too_large, "policy", "the policy lists more than allowed");
    }
    return {};
  }

  static Result<std::size_t> parse_threshold(std::string_view word, std::size_t members) {
    if (word == "any") {
      return std::size_t{1};
    }
    if (word == "all") {
      return members;
    }
    SP_TRY(const std::uint64_t k, parse_decimal(word, "policy/group"));
    if (k < 1 || k > members) {
      return bad_policy("a group's threshold is not from 1 to the number of its members");
    }
    return static_cast<std::size_t>(k);
  }

  Policy policy_;
  bool has_quorum_ = false;
  std::set<std::string, std::less<>> defined_;
  std::set<std::string, std::less<>> grouped_;
  std::set<crypto::Ed25519Public> keys_;
};

// Whether the verified cosignatures satisfy the quorum. Groups stand in order of definition, so each
// finds its members judged.
bool quorum_met(const Policy& policy, const std::vector<Cosigned>& cosigned) {
  std::set<std::string, std::less<>> witnessed{std::string(no_quorum)};
  for (const Cosigned& by : cosigned) {
    witnessed.insert(by.witness);
  }
  for (const Policy::Group& group : policy.groups) {
    const auto count = std::ranges::count_if(
        group.members, [&](const std::string& member) { return witnessed.contains(member); });
    if (static_cast<std::size_t>(count) >= group.threshold) {
      witnessed.insert(group.name);
    }
  }
  return witnessed.contains(policy.quorum);
}

// True where the key signed, false where it has no line; an error where a line of it is wrong.
Result<bool> signed_by(const Result<void>& verified) {
  if (verified) {
    return true;
  }
  if (verified.error().code == ErrorCode::not_found) {
    return false;
  }
  return std::unexpected(verified.error());
}

} // namespace

Result<Policy> parse_policy(std::string_view text) {
  if (text.size() > policy_bytes_max) {
    return fail(ErrorCode::too_large, "policy", "the policy is larger than allowed");
  }
  if (!std::ranges::all_of(text, is_policy_octet)) {
    return bad_policy("the policy holds a control character");
  }
  PolicyReader reader;
  Lines lines(text);
  while (const auto line = lines.next()) {
    SP_CHECK(reader.take(*line));
  }
  if (!lines.rest().empty()) {
    return bad_policy("the last line is not terminated");
  }
  return reader.done();
}

std::string write_policy(const Policy& policy) {
  const auto with_url = [](const std::string& url) { return url.empty() ? "" : " " + url; };
  std::string text;
  for (const Policy::Log& log : policy.logs) {
    text += fmt::format("log {}{}\n", log.key.text(), with_url(log.url));
  }
  for (const Policy::Witness& witness : policy.witnesses) {
    text += fmt::format("witness {} {}{}\n", witness.name, witness.key.text(), with_url(witness.url));
  }
  for (const Policy::Group& group : policy.groups) {
    text += fmt::format("group {} {} {}\n", group.name, group.threshold, fmt::join(group.members, " "));
  }
  return text + fmt::format("quorum {}\n", policy.quorum);
}

Result<TrustedHead> open_checkpoint(std::string_view note, const Policy& policy) {
  SP_TRY(const Note parsed, parse_note(note));
  SP_TRY(Checkpoint head, parse_checkpoint(parsed.text));
  bool by_its_log = false;
  for (const Policy::Log& log : policy.logs) {
    SP_TRY(const bool by_log, signed_by(verify_signature(parsed, log.key)));
    by_its_log = by_its_log || (by_log && log.key.name == head.origin);
  }
  if (!by_its_log) {
    return fail(ErrorCode::denied, "checkpoint", "no log of the policy signed this head as its own");
  }
  TrustedHead trusted{std::move(head), {}};
  for (const Policy::Witness& witness : policy.witnesses) {
    const Result<Instant> at = verify_cosignature(parsed, witness.key);
    if (at) {
      trusted.witnesses.push_back({witness.name, *at});
    } else if (at.error().code != ErrorCode::not_found) {
      return std::unexpected(at.error());
    }
  }
  if (!quorum_met(policy, trusted.witnesses)) {
    return fail(ErrorCode::denied, "checkpoint", "the witnesses that cosigned do not make the quorum");
  }
  return trusted;
}

} // namespace sallyport::ledger
