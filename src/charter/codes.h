// The hold codes and the wait reasons, once: what each is, what opens and what ends it (charter.md
// section 3.5). docs/holds.md is made from here. A charter may only tighten a row (CodeRule).
#pragma once

#include "charter/words.h"

#include <span>
#include <string_view>

namespace sallyport::charter {

// Who may end a hold. Letters of the table: A, N, H.
namespace clear {
inline constexpr unsigned evaluation = 1; // A: evaluated again, and it no longer holds
inline constexpr unsigned revision = 2;   // N: a new revision
inline constexpr unsigned person = 4;     // H: a person of clear_roles, with evidence
inline constexpr unsigned acceptance = 8; // the ledger item that names it was accepted or resolved
inline constexpr unsigned manifest = 16;  // a new manifest (roster, charter, signers)
inline constexpr unsigned special =
    32; // an act of its own: merge, split, ratification, promotion, re-seal, scan
} // namespace clear

// What happens to standing signatures when the hold opens.
enum class Standing {
  stay,
  stay_if_same, // the bound instant, crossing set or roster digest is the same; else void
  voided,
};

enum class HoldGroup {
  none,
  freshness, // the three groups that metric M-A1 counts
  minimization,
  audience_scope,
};

struct HoldCode {
  std::string_view code; // "FRESH.STALE"
  Mode mode;             // the weakest; FRESH.MISSING and TIME.CLOCK_NEAR may be stronger by rule
  unsigned clears;       // of `clear`
  Standing standing;
  HoldGroup group;
  bool overridable; // FRESH.MISSING alone
  // For people, each a sentence without a full stop:
  std::string_view means;
  std::string_view opens; // what happened
  std::string_view ends;  // what has to happen; who does it follows from `clears`
};

// What keeps a packet waiting without being a hold: nobody clears it, it is derived anew each time.
struct WaitReason {
  std::string_view code;
  std::string_view means;
  std::string_view opens;
  std::string_view ends;
  std::string_view who;
};

// Sorted by code.
std::span<const HoldCode> hold_codes();
// Null where there is no such hold code.
const HoldCode* find_hold_code(std::string_view code);
std::span<const WaitReason> wait_reason_table();
bool is_wait_reason(std::string_view code);

} // namespace sallyport::charter
