// What the invented offices share: their people, how they sign, and steps that must succeed.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "gate/decide.h"
#include "packet/statement.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::engine::testing {

// When the offices of the tests open.
inline constexpr Instant start{1'795'000'000'000};

struct Member {
  crypto::Ed25519Key key;
  PersonId person;
  AccountId account;
};

// These abort where what they are given failed: it is the ground that a test stands on.
template <class T> T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "office: %s\n", result.error().text().c_str());
    std::abort();
  }
  return *std::move(result);
}

void must(const Result<void>& result);
void must(const gate::Step& step);

std::string line_of(const crypto::Ed25519Key& key); // as in authorized_keys
packet::OwnerSignature sign_act(const Member& who, std::string_view name_space, std::string_view bytes);
packet::SignedStatement signed_by(const canon::Value& statement, std::string_view name_space,
                                  const std::vector<const Member*>& who);

} // namespace sallyport::engine::testing
