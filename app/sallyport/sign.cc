#include "sign.h"

#include "base/bytes.h"
#include "crypto/digest.h"
#include "crypto/sshsig.h"
#include "engine/files.h"
#include "print.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

extern char** environ;

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

// A folder that only we can read, gone at the end.
class PrivateFolder {
public:
  static Answer<PrivateFolder> make() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "sallyport-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr) {
      return give_up(Exit::unavailable, "cannot make a folder for temporary files; set TMPDIR");
    }
    return PrivateFolder(name);
  }

  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

  PrivateFolder& operator=(PrivateFolder&&) = delete;

  ~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) {
      fs::remove_all(path_, ignored);
    }
  }

  const fs::path& path() const { return path_; }

private:
  explicit PrivateFolder(fs::path path) : path_(std::move(path)) {}

  fs::path path_;
};

bool may_ask(const Context& context) {
  return !context.no_input && ::isatty(STDIN_FILENO) == 1;
}

// Our environment, and where nobody may be asked a program in place of the terminal that never answers.
std::vector<std::string> environment_of_child(bool asks) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    all.emplace_back(*variable);
    if (!asks && all.back().starts_with("SSH_ASKPASS")) {
      all.pop_back();
    }
  }
  if (!asks) {
    all.emplace_back("SSH_ASKPASS=false");
    all.emplace_back("SSH_ASKPASS_REQUIRE=force");
  }
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

// Runs a program with exactly these arguments, no shell between. It keeps our terminal, where it may
// ask for a passphrase or a touch; what it prints goes to standard error.
Answer<void> run_program(std::vector<std::string> arguments, bool asks) {
  std::vector<std::string> environment = environment_of_child(asks);
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(environment);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int spawned = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) {
    return give_up(Exit::unavailable, arguments[0] + " did not start (" + std::strerror(spawned) +
                                          "); install openssh-client, or sign elsewhere and use --sig");
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return give_up(Exit::internal, "lost sight of " + arguments[0]);
    }
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return give_up(
        Exit::refused,
        arguments[0] + " made no signature; nothing was sent" +
            (asks ? "" : ", and nobody could be asked for a passphrase (hold the key in an agent)"));
  }
  return {};
}

Answer<std::string> sign_with(const fs::path& key, std::string_view name_space, std::string_view bytes,
                              bool asks) {
  SP_TRY(const PrivateFolder folder, PrivateFolder::make());
  const fs::path statement = folder.path() / "statement.json";
  SP_CHECK(engine::write_new_file(statement, bytes));
  SP_CHECK(run_program({"ssh-keygen", "-Y", "sign", "-n", std::string(name_space), "-f",
                        fs::absolute(key).string(), statement.string()},
                       asks));
  SP_TRY(std::string armored, engine::read_small_file(statement.string() + ".sig"));
  return armored;
}

// That it is a signature of these bytes for this act, by the key that it names. Whether that key
// counts is the gate's to say.
Answer<void> check_signature(const std::string& armored, std::string_view name_space, std::string_view bytes,
                             const std::string& where) {
  SP_TRY(const Bytes blob, crypto::dearmor(armored));
  SP_TRY(const crypto::SshSig sig, crypto::decode_sshsig(blob));
  if (sig.type == crypto::SignatureType::webauthn_sk_ecdsa_p256) {
    return {};
  }
  crypto::VerifyPolicy policy;
  policy.name_space = name_space;
  policy.rp_id = sig.key.application;
  if (const auto verified = crypto::verify_sshsig(sig, sig.key, as_bytes(bytes), policy); !verified) {
    return give_up(Exit::refused, where + ": " + verified.error().message +
                                      "; sign exactly the bytes that --print gives, " +
                                      "under the namespace " + std::string(name_space));
  }
  return {};
}

Answer<void> confirm(const Context& context, const SignOptions& options) {
  if (options.yes) {
    return {};
  }
  if (!may_ask(context)) {
    return give_up(Exit::usage, "nobody can be asked here; read what would be signed and add --yes");
  }
  std::fputs("Sign exactly this? [y/N] ", stderr);
  std::array<char, 16> answer{};
  if (std::fgets(answer.data(), answer.size(), stdin) == nullptr || (answer[0] != 'y' && answer[0] != 'Y')) {
    return give_up(Exit::refused, "not signed");
  }
  return {};
}

} // namespace

void add_sign_options(CLI::App& verb, SignOptions& options, bool many) {
  auto* key =
      verb.add_option("--key", options.keys, "Sign with this SSH key (or the .pub of a key in the agent)");
  auto* sig = verb.add_option("--sig", options.sigs, "A signature made elsewhere with ssh-keygen -Y sign");
  for (CLI::Option* option : {key, sig}) {
    option->check(CLI::ExistingFile)->type_size(1)->expected(1, many ? 32 : 1)->allow_extra_args(false);
  }
  verb.add_flag("--yes", options.yes, "Do not ask");
  verb.add_flag("--print", options.print, "Print the exact bytes to be signed, and stop");
}

Answer<std::optional<std::vector<std::string>>>
obtain_signatures(const Context& context, const SignOptions& options, std::string_view name_space,
                  std::string_view bytes, std::string_view what) {
  if (options.print) {
    out(bytes);
    return std::nullopt;
  }
  if (options.keys.empty() && options.sigs.empty()) {
    return give_up(Exit::usage, "a signature is needed: --key KEY, or --sig FILE for one made elsewhere");
  }
  std::vector<std::string> signatures;
  for (const fs::path& file : options.sigs) {
    SP_TRY(std::string armored, engine::read_small_file(file));
    SP_CHECK(check_signature(armored, name_space, bytes, file.string()));
    signatures.push_back(std::move(armored));
  }
  if (!options.keys.empty()) {
    const std::string digest = crypto::sha256(as_bytes(bytes)).hex();
    std::fprintf(
        stderr, "%s%s", std::string(what).c_str(),
        fields({{"signed as", std::string(name_space)}, {"SHA-256", brief(digest) + "..."}}).c_str());
    SP_CHECK(confirm(context, options));
  }
  for (const fs::path& key : options.keys) {
    SP_TRY(std::string armored, sign_with(key, name_space, bytes, may_ask(context)));
    SP_CHECK(check_signature(armored, name_space, bytes, key.string()));
    signatures.push_back(std::move(armored));
  }
  return signatures;
}

} // namespace sallyport::cli
