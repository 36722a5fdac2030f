// The members of charter.json that decide whose signatures count. The whole charter is read by the gate;
// a verifier needs no more than this.
#pragma once

#include "base/digest.h"
#include "packet/manifest.h"
#include "packet/roster.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::verify {

struct CharterFacts {
  Digest digest;
  std::string id;
  std::uint32_t version = 0;
  std::string lane;
  std::string packet_class;
  std::vector<packet::BoundRequirement> require;
  std::map<std::size_t, PersonId> principals; // row of `require` -> the one person who may fill it
  std::string key_class_min;
  bool step_up = false;
  Duration valid_for;
  std::optional<std::string> promoter; // role
  std::vector<std::string> owners;     // governance roles
  std::size_t owners_needed = 0;       // how many of those roles must ratify
};

// Refuses bytes that are not canonical JSON and members of another shape than the charter language's.
Result<CharterFacts> read_charter(std::string_view bytes);
packet::SignerRoles signer_roles(const CharterFacts& charter);

} // namespace sallyport::verify
