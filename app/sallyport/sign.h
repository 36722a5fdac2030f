// A person's signature, made with ssh-keygen: what is signed is shown, confirmed, written to a private
// file and signed under the namespace of its act. Or a signature made elsewhere is read and checked.
// With --no-input, or where standard input is no terminal, nobody is asked: neither by us nor by
// ssh-keygen, for whom a passphrase or PIN that it would have to ask for is then wrong.
#pragma once

#include "cli.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::cli {

struct SignOptions {
  std::vector<std::filesystem::path> keys; // private keys, or .pub files of keys that an agent holds
  std::vector<std::filesystem::path> sigs; // armored signatures made elsewhere
  bool yes = false;
  bool print = false; // the exact bytes on standard output, and nothing else happens
};

// --key, --sig (both repeatable where `many`), --yes, --print.
void add_sign_options(CLI::App& verb, SignOptions& options, bool many);

// The signatures of `bytes` under `name_space`, armored, each verified here against the key it names
// (a passkey's, which needs its enrolled page, is left to the server). `what` is shown first. Nothing
// where --print has printed the bytes instead.
Answer<std::optional<std::vector<std::string>>>
obtain_signatures(const Context& context, const SignOptions& options, std::string_view name_space,
                  std::string_view bytes, std::string_view what);

} // namespace sallyport::cli
