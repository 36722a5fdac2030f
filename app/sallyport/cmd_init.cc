// init: how a log begins, in two steps, because the owners sign elsewhere (engine/founding.h).
#include "cli.h"
#include "crypto/ssh_key.h"
#include "engine/engine.h"
#include "engine/files.h"
#include "engine/founding.h"
#include "packet/statement.h"
#include "print.h"
#include "words.h"

#include <unistd.h>

namespace sallyport::cli {
namespace {

struct InitOptions {
  std::string origin;
  std::vector<std::string> owners;
  std::string keys_valid = "1825d";
  bool finish = false;
  std::vector<std::filesystem::path> sigs;
};

// "role=R,name=N,key=FILE.pub[,class=C][,rp-id=R][,origin=O]..."; a name holds no comma.
Answer<engine::OwnerInput> read_owner(const std::string& text) {
  engine::OwnerInput owner;
  owner.key_class = "software";
  std::string key_file;
  for (const std::string& part : split(text, ',')) {
    const auto equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    if (value.empty()) {
      return give_up(Exit::usage, "--owner: write role=ROLE,name=NAME,key=FILE.pub");
    }
    if (name == "role") {
      owner.role = value;
    } else if (name == "name") {
      owner.name = value;
    } else if (name == "key") {
      key_file = value;
    } else if (name == "class") {
      owner.key_class = value;
    } else if (name == "rp-id") {
      owner.rp_id = value;
    } else if (name == "origin") {
      owner.origins.push_back(value);
    } else {
      return give_up(Exit::usage, "--owner: '" + name + "' is none of role, name, key, class, rp-id, origin");
    }
  }
  if (owner.role.empty() || owner.name.empty() || key_file.empty()) {
    return give_up(Exit::usage, "--owner: role, name and key are needed");
  }
  SP_TRY(owner.key_line, read_key_line(key_file));
  return owner;
}

Answer<void> prepare(const Context& context, const InitOptions& options) {
  if (options.origin.empty() || options.owners.empty()) {
    return give_up(Exit::usage, "init needs --origin and at least one --owner; see 'sallyport init --help'");
  }
  std::vector<engine::OwnerInput> owners;
  for (const std::string& text : options.owners) {
    SP_TRY(engine::OwnerInput owner, read_owner(text));
    owners.push_back(std::move(owner));
  }
  SP_TRY(const Duration valid, read_duration(options.keys_valid, "--keys-valid"));
  std::error_code error;
  std::filesystem::create_directories(context.dir, error);
  if (error) {
    return give_up(Exit::unavailable, context.dir.string() + ": cannot make this folder");
  }
  SP_TRY(const packet::GenesisStatement genesis,
         engine::prepare_genesis(context.dir, options.origin, owners, engine::system_now(), valid));
  const std::string file = std::filesystem::absolute(context.dir / "genesis.json").lexically_normal();
  if (context.json) {
    SP_TRY(const std::string text, engine::read_small_file(file));
    out(text + "\n");
    return {};
  }
  std::string text = "The log's keys are drawn. Every owner now signs exactly " + file + ":\n\n";
  std::string finish;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    text += "  # " + printable(owners[i].name) + " (" + printable(owners[i].role) + "), " +
            genesis.owners[i].person.str() + "\n  ssh-keygen -Y sign -n " +
            std::string(packet::act::genesis) + " -f KEY_OF_" + printable(owners[i].role) + " " +
            shell_quoted(file) + " && mv " + shell_quoted(file + ".sig") + " " + printable(owners[i].role) +
            ".sig\n";
    finish += " --sig " + printable(owners[i].role) + ".sig";
  }
  out(text + "\nThen finish with:\n\n  sallyport init --dir " + shell_quoted(context.dir.string()) +
      " --finish" + finish + "\n");
  return {};
}

Answer<void> finish(const Context& context, const InitOptions& options) {
  std::vector<std::string> signatures;
  for (const auto& file : options.sigs) {
    SP_TRY(std::string text, engine::read_small_file(file));
    signatures.push_back(std::move(text));
  }
  SP_CHECK(engine::found(context.dir, signatures, engine::system_now(), ::getuid()));
  if (context.json) {
    out("{\"ok\":true}\n");
    return {};
  }
  out("The log has its genesis. You act as its first owner on the local socket.\nStart the server with:\n\n"
      "  sallyport serve --dir " +
      shell_quoted(context.dir.string()) + "\n");
  return {};
}

Answer<void> init(const Context& context, const InitOptions& options) {
  return options.finish ? finish(context, options) : prepare(context, options);
}

} // namespace

void add_init(CLI::App& app, Context& context) {
  auto options = std::make_shared<InitOptions>();
  auto* verb = add_verb(
      app, "init", "Begin a log: draw its keys and the statement that its owners sign; then --finish",
      "sallyport init --origin sallyport.example/psr \\\n"
      "    --owner role=support-trust-governance,name='R. Example',key=support.pub \\\n"
      "    --owner role=product-security-governance,name='S. Example',key=security.pub,class=sk\n"
      "  sallyport init --finish --sig support-trust-governance.sig --sig product-security-governance.sig");
  verb->add_option("--origin", options->origin, "The log's name for ever, like a host name with a path");
  verb->add_option("--owner", options->owners,
                   "role=R,name=N,key=FILE.pub[,class=software|sk|sk-uv|webauthn-uv][,rp-id=R][,origin=O]")
      ->allow_extra_args(false);
  verb->add_option("--keys-valid", options->keys_valid, "How long the owners' keys count, as in 1825d")
      ->capture_default_str();
  verb->add_flag("--finish", options->finish, "Take the owners' signatures and write the first leaf");
  verb->add_option("--sig", options->sigs, "An owner's signature of genesis.json")
      ->check(CLI::ExistingFile)
      ->allow_extra_args(false);
  on(verb, context, options, init);
}

} // namespace sallyport::cli
