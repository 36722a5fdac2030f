#include "demo/cast.h"

#include "engine/files.h"

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace sallyport::demo {
namespace {

class TempFile {
public:
  explicit TempFile(std::string_view bytes) {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-demo-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    path_ = name;
    if (fd >= 0) {
      std::ofstream(path_, std::ios::binary) << bytes;
      ::close(fd);
    }
  }

  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  ~TempFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    std::filesystem::remove(path_.string() + ".sig", ignored);
  }

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace

Result<std::string> run_program(const std::vector<std::string>& argv, const std::filesystem::path& input) {
  const TempFile out("");
  const TempFile err("");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, input.empty() ? "/dev/null" : input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.path().c_str(), O_WRONLY | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.path().c_str(), O_WRONLY | O_TRUNC, 0600);
  std::vector<char*> args;
  for (const std::string& arg : argv) {
    args.push_back(const_cast<char*>(arg.c_str()));
  }
  args.push_back(nullptr);
  pid_t pid = 0;
  const int spawned = posix_spawnp(&pid, args[0], &actions, nullptr, args.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) {
    return fail(ErrorCode::unavailable, argv[0], "cannot run this program; is it installed?");
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  SP_TRY(std::string text, engine::read_small_file(out.path()));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    SP_TRY(const std::string why, engine::read_small_file(err.path()));
    return fail(ErrorCode::denied, argv[0], text + why);
  }
  return text;
}

Result<void> make_key(Player& player, const std::filesystem::path& folder, const std::string& file) {
  player.key = folder / file;
  SP_TRY(const std::string ignored, run_program({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
                                                 player.name, "-f", player.key.string()}));
  (void)ignored;
  SP_TRY(std::string line, engine::read_small_file(player.key.string() + ".pub"));
  const auto first = line.find(' ');
  player.key_line = line.substr(0, line.find_first_of(" \n", first + 1));
  return {};
}

Result<std::string> ssh_sign(const Player& player, std::string_view name_space, std::string_view bytes) {
  const TempFile message(bytes);
  SP_TRY(const std::string ignored,
         run_program({"ssh-keygen", "-q", "-Y", "sign", "-n", std::string(name_space), "-f",
                      player.key.string(), message.path().string()}));
  (void)ignored;
  return engine::read_small_file(message.path().string() + ".sig");
}

Result<void> ssh_verify(const std::filesystem::path& signers, const std::string& principal,
                        std::string_view name_space, const std::filesystem::path& signature,
                        const std::filesystem::path& message, const std::string& verify_time) {
  SP_TRY(const std::string ignored,
         run_program({"ssh-keygen", "-Y", "verify", "-f", signers.string(), "-I", principal, "-n",
                      std::string(name_space), "-s", signature.string(), "-O", "verify-time=" + verify_time},
                     message));
  (void)ignored;
  return {};
}

} // namespace sallyport::demo
