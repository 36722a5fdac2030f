// What clientDataJSON and the flags of authenticatorData must say (WebAuthn level 2 sections 5.8.1 and
// 6.1): shared by enrolment and by verifying. Private to this module.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::crypto {

namespace authenticator_flag {
inline constexpr std::uint8_t user_present = 0x01;
inline constexpr std::uint8_t user_verified = 0x04;
inline constexpr std::uint8_t backup_eligible = 0x08;
inline constexpr std::uint8_t backed_up = 0x10;
inline constexpr std::uint8_t attested_data = 0x40;
inline constexpr std::uint8_t extension_data = 0x80;
inline constexpr std::uint8_t reserved = 0x02 | 0x20;
} // namespace authenticator_flag

struct ClientData {
  std::string type;
  std::string challenge; // base64url as it stands
  std::string origin;
  bool cross_origin = false; // says that it was asked for from a frame of another origin
};

// The whole text as strict JSON: UTF-8, no duplicate member, nothing behind. Other members are allowed:
// browsers add some on purpose. ErrorCode::denied.
Result<ClientData> parse_client_data(std::string_view json);

// Type, then challenge.
Result<void> check_ceremony(const ClientData& data, std::string_view type, ByteView challenge);
// Origin, then frame.
Result<void> check_page(const ClientData& data, const std::vector<std::string>& origins);

// Presence, reserved bits, and the backup state, which only an eligible credential can have.
Result<void> check_flags(std::uint8_t flags);
// The knob, which a charter sets.
Result<void> check_backup_eligible(std::uint8_t flags, bool allowed);

} // namespace sallyport::crypto
