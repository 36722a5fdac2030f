// The example people of the demonstration and their keys: made by the real ssh-keygen, used through it.
#pragma once

#include "base/bytes.h"
#include "base/id.h"
#include "base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace sallyport::demo {

struct Player {
  std::string name;  // "Anna Example, support trust approver"
  std::string model; // of an agent
  PersonId person;
  AccountId account;
  std::string token;
  std::filesystem::path key; // private; key.pub beside it
  std::string key_line;      // "ssh-ed25519 AAAA..."
};

// ssh-keygen -t ed25519 without a passphrase: these keys sign nothing real.
Result<void> make_key(Player& player, const std::filesystem::path& folder, const std::string& file);
// ssh-keygen -Y sign over exactly these bytes; the armored signature.
Result<std::string> ssh_sign(const Player& player, std::string_view name_space, std::string_view bytes);
// ssh-keygen -Y verify as an outsider would, against an allowed_signers file, at the given time.
Result<void> ssh_verify(const std::filesystem::path& signers, const std::string& principal,
                        std::string_view name_space, const std::filesystem::path& signature,
                        const std::filesystem::path& message, const std::string& verify_time);

// Runs a program without a shell; its standard output. A failure carries its standard error.
Result<std::string> run_program(const std::vector<std::string>& argv,
                                const std::filesystem::path& input = {});

} // namespace sallyport::demo
