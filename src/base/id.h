// Strong ids: two letters that name the kind, '_', and 50 random bits in ten base-32 characters. An
// id says nothing, and two kinds of id do not convert into each other.
#pragma once

#include "base/result.h"

#include <array>
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

  static Id from_random(std::uint64_t random, std::string_view letters = prefix) {
    return Id(std::string(letters) + "_" + id_characters(random));
  }

  static Result<Id> parse(std::string_view text) {
    if (!is_id(text, prefix) && !is_other(text)) {
      return fail(ErrorCode::malformed, "", "expected an id like " + std::string(prefix) + "_2345abcdef");
    }
    return Id(std::string(text));
  }

  const std::string& str() const { return text_; }

  bool empty() const { return text_.empty(); }

  auto operator<=>(const Id&) const = default;

private:
  explicit Id(std::string text) : text_(std::move(text)) {}

  static bool is_other(std::string_view text) {
    if constexpr (requires { Kind::others; }) {
      for (const std::string_view letters : Kind::others) {
        if (is_id(text, letters)) {
          return true;
        }
      }
    }
    return false;
  }

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
SP_ID(RecheckId, "rc");
SP_ID(EntryId, "en");
SP_ID(ObjectId, "ob");
SP_ID(TokenId, "tk");
SP_ID(EditId, "ed");
#undef SP_ID

// A thing of a packet's ledger: an objection, a conflict or the boundary (li), or a finding (fi).
struct ItemIdKind {
  static constexpr std::string_view prefix = "li";
  static constexpr std::array<std::string_view, 1> others{"fi"};
};

using ItemId = Id<ItemIdKind>;

// An open item of the ledger is its own hold, under its own id.
struct HoldIdKind {
  static constexpr std::string_view prefix = "ho";
  static constexpr std::array<std::string_view, 2> others{"li", "fi"};
};

using HoldId = Id<HoldIdKind>;

} // namespace sallyport
