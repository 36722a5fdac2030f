// Strong ids: two letters that name the kind, '_', and 50 random bits in ten base-32 characters. An
// id says nothing, and two kinds of id do not convert into each other.
#pragma once

#include "base/result.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport {

// Letters and digits that people do not confuse (no l, o, 0, 1).
inline constexpr std::string_view id_alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
inline constexpr std::size_t id_letters = 10;

// The ten characters for the low 50 bits of `random`.
std::string id_characters(std::uint64_t random);
// Exactly `prefix`, '_' and ten characters of the alphabet.
bool is_id(std::string_view text, std::string_view prefix);

template <class Kind> class Id {
public:
  static constexpr std::string_view prefix = Kind::prefix;

  Id() = default; // the empty id: names nothing

  static Id from_random(std::uint64_t random) {
    return Id(std::string(prefix) + "_" + id_characters(random));
  }

  static Result<Id> parse(std::string_view text) {
    if (!is_id(text, prefix)) {
      return fail(ErrorCode::malformed, "", "expected an id like " + std::string(prefix) + "_2345abcdef");
    }
    return Id(std::string(text));
  }

  const std::string& str() const { return text_; }

  bool empty() const { return text_.empty(); }

  auto operator<=>(const Id&) const = default;

private:
  explicit Id(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

#define SP_ID(Name, text)                                                                                    \
  struct Name##Kind {                                                                                        \
    static constexpr std::string_view prefix = text;                                                         \
  };                                                                                                         \
  using Name = Id<Name##Kind>

SP_ID(PacketId, "pk");
SP_ID(PersonId, "pe");
SP_ID(AccountId, "ac");
SP_ID(ManifestId, "mf");
SP_ID(HoldId, "ho");
SP_ID(RecheckId, "rc");
SP_ID(EntryId, "en");
SP_ID(ObjectId, "ob");
SP_ID(TokenId, "tk");
#undef SP_ID

} // namespace sallyport
