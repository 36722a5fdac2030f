// manifest, release, annex: what a person signs, and the press that lets it cross. What is shown before
// a signature is read from the very bytes that are signed, never from the server's words about them.
#include "api_client.h"
#include "base/instant.h"
#include "crypto/digest.h"
#include "packet/manifest.h"
#include "packet/statement.h"
#include "print.h"
#include "sign.h"
#include "statement.h"

#include <algorithm>

namespace sallyport::cli {
namespace {

struct DraftManifest {
  std::string packet;
  std::string revision;
  std::vector<std::string> signers; // ROLE=PERSON
};

struct OneManifest {
  std::string packet;
  std::string manifest;
};

struct SubmitManifest {
  std::string packet;
  std::string manifest;
  std::vector<std::string> overrides;
  std::vector<std::string> substitutes; // ROLE=PERSON
};

struct Override {
  std::string packet;
  std::string manifest;
  std::string hold;
  std::string rationale;
  SignOptions sign;
};

struct RatifyManifest {
  std::string packet;
  std::string manifest;
  std::string role;
  SignOptions sign;
};

struct SignManifest {
  std::string packet;
  std::string manifest;
  SignOptions sign;
};

struct Refuse {
  std::string packet;
  std::string manifest;
  std::string code;
  std::string reason;
};

struct WithdrawManifest {
  std::string packet;
  std::string manifest;
  std::string signer;
};

struct Release {
  std::string packet;
  std::string revision;
  std::string manifest;
  std::string lane;
};

struct Promote {
  std::string packet;
  std::string part;
  SignOptions sign;
};

// A submitted manifest, checked against what was asked for.
struct Submitted {
  Reply reply;
  std::string bytes;
  std::string digest;
  packet::Manifest manifest;
};

Answer<Submitted> fetch_manifest(const Context& context, const std::string& packet, const std::string& id) {
  SP_TRY(Reply reply, get(context, route({"packets", packet, "manifests", id})));
  const canon::Value* bytes = reply.value.find("bytes");
  if (bytes == nullptr || bytes->string() == nullptr) {
    return give_up(Exit::conflict, "the manifest is a draft; run 'sallyport manifest submit' first");
  }
  Submitted out;
  out.bytes = *bytes->string();
  out.digest = crypto::sha256(as_bytes(out.bytes)).hex();
  const auto manifest = packet::read_manifest(out.bytes);
  if (!manifest || manifest->packet.str() != packet || manifest->manifest.str() != id ||
      text_at(reply.value, "digest") != out.digest) {
    return give_up(Exit::fault, "the server's bytes are not those of this manifest; nothing is signed");
  }
  out.manifest = *manifest;
  out.reply = std::move(reply);
  return out;
}

std::string count(std::size_t n, std::string_view one) {
  return std::to_string(n) + " " + std::string(one) + (n == 1 ? "" : "s");
}

// A manifest of a packet with a ledger is signed as a release, any other as a dispatch: neither signature can
// be used as the other.
std::string_view name_space_of(const packet::Manifest& manifest) {
  return manifest.ledger ? packet::act::release : packet::act::dispatch;
}

// What the bytes bind, in words.
std::string bound_in_words(const Submitted& submitted) {
  const packet::Manifest& m = submitted.manifest;
  std::string scope;
  for (const auto& [dimension, digests] : m.scope) {
    // Every form of every element is bound by a digest of its own: a tenant and its pseudonym are two.
    scope += (scope.empty() ? "" : ", ") + dimension + ": " + count(digests.size(), "digest") +
             " of values and their other forms";
  }
  for (const auto& [dimension, bound] : m.bounds.value_or(packet::Bounds{})) {
    scope += (scope.empty() ? "" : ", ") + dimension + ": " + packet::in_words(bound);
  }
  std::string signers;
  for (const packet::BoundRequirement& row : m.signers.require) {
    std::string roles;
    for (const std::string& role : row.roles) {
      roles += (roles.empty() ? "" : " or ") + role;
    }
    signers += (signers.empty() ? "" : ", ") + std::to_string(row.count) + " " + roles;
  }
  std::string text = fields({{"manifest", m.manifest.str()},
                             {"packet", m.packet.str()},
                             {"revision", std::to_string(m.revision) + ", " + m.revision_digest.hex()},
                             {"lane", m.lane},
                             {"audience", m.audience.name},
                             {"scope", scope},
                             {"evidence", count(m.evidence.size(), "citation")},
                             {"charter", m.charter.id + " version " + std::to_string(m.charter.version)},
                             {"roster", "version " + std::to_string(m.roster.version)},
                             {"signers", signers + "; key class at least " + m.signers.key_class_min +
                                             "; a signature counts for " + to_words(m.signers.valid_for)},
                             {"log", m.log.origin + " at size " + std::to_string(m.log.size)},
                             {"crossing", m.holds.empty() ? "no hold crosses" : ""}});
  for (const packet::BoundHold& hold : m.holds) {
    text += "  crosses with it: " + hold.code + (hold.subject.empty() ? "" : " (" + hold.subject + ")") +
            ", " + hold.mode + ", since " + brief_time(to_string(hold.first_opened)) + "\n";
  }
  for (const packet::BoundSubstitute& substitute :
       m.signers.substitutes.value_or(std::vector<packet::BoundSubstitute>())) {
    text += "  signs for " + substitute.role + ", of which nobody can: " + substitute.person.str() + ", as " +
            substitute.by + ", if somebody of " + substitute.ratified_by + " ratifies it\n";
  }
  return printable(text, true);
}

Answer<void> draft_manifest(const Context& context, const DraftManifest& options) {
  canon::Object body{{"revision", options.revision}};
  canon::Object signers;
  for (const std::string& text : options.signers) {
    const auto at = text.find('=');
    if (at == 0 || at == std::string::npos) {
      return give_up(Exit::usage, "--signer: write it like privacy-engineering-lead=pe_2345abcdef");
    }
    signers.set(text.substr(0, at), text.substr(at + 1));
  }
  if (!signers.empty()) {
    body.set("signers", std::move(signers));
  }
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "manifests"}), std::move(body)));
  const std::string id = text_at(reply.value, "manifest");
  show(context, reply, fields({{"drafted", id}}),
       "Next: sallyport manifest submit " + options.packet + " " + id + "\n");
  return {};
}

Answer<void> submit_manifest(const Context& context, const SubmitManifest& options) {
  canon::Object asked;
  if (!options.overrides.empty()) {
    asked.set("overrides", canon::Array(options.overrides.begin(), options.overrides.end()));
  }
  if (!options.substitutes.empty()) {
    canon::Object substitutes;
    for (const std::string& pair : options.substitutes) {
      const std::size_t at = pair.find('=');
      if (at == std::string::npos) {
        return give_up(Exit::usage, "--substitute is written ROLE=PERSON");
      }
      substitutes.set(pair.substr(0, at), pair.substr(at + 1));
    }
    asked.set("substitutes", std::move(substitutes));
  }
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "manifests", options.manifest, "submit"}), asked));
  show(context, reply,
       fields({{"in review", text_at(reply.value, "manifest")}, {"digest", text_at(reply.value, "digest")}}),
       "Next: sallyport manifest sign " + options.packet + " " + options.manifest + " --key KEY\n");
  return {};
}

Answer<void> show_manifest(const Context& context, const OneManifest& options) {
  SP_TRY(const Reply reply, get(context, route({"packets", options.packet, "manifests", options.manifest})));
  const canon::Value& manifest = reply.value;
  const std::string status = text_at(manifest, "status");
  std::string text = fields({{"state", paint(context, tone_of(status), status)},
                             {"void because", text_at(manifest, "void_cause")},
                             {"digest", text_at(manifest, "digest")},
                             {"submitted", brief_time(text_at(manifest, "submitted_at"))}});
  if (manifest.find("bytes") != nullptr && !context.json) {
    SP_TRY(const Submitted submitted, fetch_manifest(context, options.packet, options.manifest));
    text += bound_in_words(submitted);
  } else {
    text =
        fields({{"manifest", text_at(manifest, "manifest")}, {"revision", text_at(manifest, "revision")}}) +
        text;
  }
  Table signatures({{"SIGNED BY"}, {"ROLE"}, {"CLASS"}, {"AT"}, {"WITHDRAWN"}, {"FALLEN"}, {"LEAF"}});
  for (const canon::Value& signature : array_at(manifest, "signatures")) {
    signatures.row({text_at(signature, "person"), text_at(signature, "role"), text_at(signature, "class"),
                    brief_time(text_at(signature, "at")), text_at(signature, "withdrawn"),
                    text_at(signature, "fallen"), text_at(signature, "leaf")});
  }
  text += section(context, "Signatures", signatures);
  if (const canon::Value* quorum = manifest.find("quorum")) {
    text += "\nQuorum: " + std::string(text_at(*quorum, "met") == "yes" ? "met" : "not met") + ", " +
            text_at(*quorum, "counted") + " counted\n";
  }
  show(context, reply, text);
  return {};
}

// A signature that is refused for who gave it: whose it can be, and who is signed in. The gate names
// the first bar that it meets, which says little to somebody who only took the wrong account.
Failure with_signers(const Context& context, Failure failure, const packet::Manifest& manifest) {
  constexpr std::string_view about_the_person[] = {"SIGN.CONFLICT", "role_missing", "key_unknown"};
  const bool wrong_person = std::ranges::any_of(failure.codes, [&](const std::string& code) {
    return std::ranges::find(about_the_person, code) != std::end(about_the_person);
  });
  const auto me = wrong_person ? get(context, route({"whoami"})) : give_up(Exit::ok, "");
  if (!me) {
    return failure;
  }
  std::string signers;
  for (const packet::EligibleSigner& signer : manifest.signers.eligible) {
    signers += (signers.empty() ? "" : ", ") + signer.person.str() + " as " + signer.role;
  }
  const std::string person = text_at(me->value, "person");
  failure.text += "; you are signed in as " + text_at(me->value, "name") +
                  (person.empty() ? "" : " (" + person + ")") + ", and this manifest is for " + signers +
                  ": sign with their key and their token (--token-file)";
  return failure;
}

Answer<void> sign(const Context& context, const SignManifest& options) {
  SP_TRY(const Submitted submitted, fetch_manifest(context, options.packet, options.manifest));
  SP_TRY(const auto signatures, obtain_signatures(context, options.sign, name_space_of(submitted.manifest),
                                                  submitted.bytes, bound_in_words(submitted)));
  if (!signatures) {
    return {};
  }
  const auto signing =
      post(context, route({"packets", options.packet, "sign"}),
           canon::Object{{"manifest", submitted.digest}, {"signature", signatures->front()}});
  if (!signing) {
    return std::unexpected(with_signers(context, signing.error(), submitted.manifest));
  }
  const Reply& reply = *signing;
  const std::string recheck = text_at(reply.value, "recheck");
  std::string held;
  for (const canon::Value& code : array_at(reply.value, "held")) {
    held += (held.empty() ? "" : ", ") + (code.string() == nullptr ? std::string() : *code.string());
  }
  show(context, reply,
       fields({{"signed", text_at(reply.value, "signed")},
               {"quorum", text_at(reply.value, "quorum")},
               {"recheck", recheck.empty() ? "" : recheck + " is open: the sources are asked once more"}}),
       held.empty() ? "Signed and on record.\n"
                    : "Signed and on record; the packet is held by " + held + ": sallyport packet explain " +
                          options.packet + "\n");
  return {};
}

// Whether a statement about a manifest is about the very manifest that was fetched.
template <class Act> bool is_of(const Act& act, const Submitted& submitted) {
  return act.packet == submitted.manifest.packet && act.manifest == submitted.manifest.manifest &&
         act.manifest_digest.hex() == submitted.digest && act.origin == submitted.manifest.log.origin;
}

Answer<void> override_hold(const Context& context, const Override& options) {
  SP_TRY(const Submitted submitted, fetch_manifest(context, options.packet, options.manifest));
  const std::string path =
      route({"packets", options.packet, "manifests", options.manifest, "overrides", options.hold});
  SP_TRY(const Reply asked,
         ask(context, path + "/statement", canon::Object{{"rationale", options.rationale}}));
  SP_TRY(const Statement statement, statement_of(asked.value));
  SP_TRY(const packet::OverrideStatement act, packet::read_override(statement.value));
  const auto rationale = packet::open_disclosure(text_at(asked.value, "rationale"));
  if (!is_of(act, submitted) || act.hold.str() != options.hold || !rationale ||
      rationale->digest != act.rationale || rationale->value != canon::Value(options.rationale)) {
    return give_up(Exit::fault, "the server's statement is about something else; nothing is signed");
  }
  const std::string what =
      fields({{"you let cross", act.hold.str()}, {"because", options.rationale}}) + bound_in_words(submitted);
  SP_TRY(const auto signatures,
         obtain_signatures(context, options.sign, packet::act::hold, statement.bytes, printable(what, true)));
  if (!signatures) {
    return {};
  }
  SP_TRY(const Reply reply,
         post(context, path,
              canon::Object{{"rationale", rationale->encoded}, {"signature", signatures->front()}}));
  show(context, reply, "", "On record. It counts for this manifest alone.\n");
  return {};
}

Answer<void> ratify_substitute(const Context& context, const RatifyManifest& options) {
  SP_TRY(const Submitted submitted, fetch_manifest(context, options.packet, options.manifest));
  const std::string path =
      route({"packets", options.packet, "manifests", options.manifest, "substitutes", options.role});
  SP_TRY(const Reply asked, ask(context, path + "/statement"));
  SP_TRY(const Statement statement, statement_of(asked.value));
  SP_TRY(const packet::SubstituteStatement act, packet::read_substitute(statement.value));
  if (!is_of(act, submitted) || act.role != options.role) {
    return give_up(Exit::fault, "the server's statement is about something else; nothing is signed");
  }
  const std::string what =
      fields({{"you ratify", act.substitute.str() + " signs for " + act.role}}) + bound_in_words(submitted);
  SP_TRY(const auto signatures,
         obtain_signatures(context, options.sign, packet::act::hold, statement.bytes, printable(what, true)));
  if (!signatures) {
    return {};
  }
  SP_TRY(const Reply reply,
         post(context, path + "/ratify", canon::Object{{"signature", signatures->front()}}));
  show(context, reply, "", "Ratified, and on record.\n");
  return {};
}

Answer<void> refuse(const Context& context, const Refuse& options) {
  SP_TRY(const Submitted submitted, fetch_manifest(context, options.packet, options.manifest));
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "refuse"}),
              canon::Object{
                  {"manifest", submitted.digest}, {"code", options.code}, {"reason", options.reason}}));
  show(context, reply, "", "Refused, with your reason on record.\n");
  return {};
}

Answer<void> withdraw_manifest(const Context& context, const WithdrawManifest& options) {
  SP_TRY(const Submitted submitted, fetch_manifest(context, options.packet, options.manifest));
  std::string signer = options.signer;
  if (signer.empty()) {
    SP_TRY(const Reply me, get(context, route({"whoami"})));
    signer = text_at(me.value, "person");
  }
  SP_TRY(const Reply reply, post(context, route({"packets", options.packet, "withdraw-signature"}),
                                 canon::Object{{"manifest", submitted.digest}, {"signer", signer}}));
  show(context, reply, "", "The signature is withdrawn; it counts no more.\n");
  return {};
}

Answer<void> release_manifest(const Context& context, const Release& options) {
  std::string digest = options.manifest;
  if (ManifestId::parse(options.manifest)) {
    SP_TRY(const Submitted submitted, fetch_manifest(context, options.packet, options.manifest));
    digest = submitted.digest;
  }
  SP_TRY(const Reply reply,
         post(context, route({"packets", options.packet, "release"}),
              canon::Object{{"revision", options.revision}, {"manifest", digest}, {"lane", options.lane}}));
  const std::string waits = text_at(reply.value, "waits_for");
  if (!waits.empty()) {
    show(context, reply, fields({{"waits for", waits}}),
         "The lane is full. Your request stands: the packet goes on when a slot comes free and it is the "
         "first in the charter's order.\n");
    return {};
  }
  show(context, reply, fields({{"recheck", text_at(reply.value, "recheck")}}),
       "The packet crosses when every source has "
       "answered and nothing stands against it; see: sallyport packet show " +
           options.packet + "\n");
  return {};
}

Answer<void> promote(const Context& context, const Promote& options) {
  const std::string annex = route({"packets", options.packet, "annexes", options.part});
  SP_TRY(const Reply asked, ask(context, annex + "/statement"));
  SP_TRY(const Statement statement, statement_of(asked.value));
  SP_TRY(const packet::AnnexStatement act, packet::read_annex(statement.value));
  if (act.packet.str() != options.packet || act.part != options.part) {
    return give_up(Exit::fault, "the server's statement names another annex; nothing is signed");
  }
  const std::string what =
      fields({{"you promote", "annex " + act.part + ", from " + act.from + " to " + act.to},
              {"packet", act.packet.str()},
              {"revision", std::to_string(act.revision) + ", " + act.revision_digest.hex()},
              {"log", act.origin}});
  SP_TRY(const auto signatures, obtain_signatures(context, options.sign, packet::act::annex, statement.bytes,
                                                  printable(what, true)));
  if (!signatures) {
    return {};
  }
  SP_TRY(const Reply reply,
         post(context, annex + "/promote", canon::Object{{"signature", signatures->front()}}));
  show(context, reply, "", "Promoted. Manifests that were open are void; draft the next one.\n");
  return {};
}

// The two names that every verb about a manifest takes.
template <class Options> void add_names(CLI::App& verb, Options& options) {
  verb.add_option("PACKET", options.packet)->required();
  verb.add_option("MANIFEST", options.manifest, "Its id; there is no \"latest\"")->required();
}

void add_release(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "release", "The press that lets an authorised packet cross",
                               "sallyport release request pk_2345abcdef --revision 9a41... \\\n"
                               "    --manifest mf_2345abcdef --lane Q-PSR");
  auto options = std::make_shared<Release>();
  CLI::App* verb =
      add_verb(group, "request", "Ask the sources once more, and cross if nothing stands against it",
               "sallyport release request pk_2345abcdef --revision 9a41... \\\n"
               "    --manifest mf_2345abcdef --lane Q-PSR");
  verb->add_option("PACKET", options->packet)->required();
  verb->add_option("--revision", options->revision, "The head's whole digest")->required();
  verb->add_option("--manifest", options->manifest, "The manifest's id or digest")->required();
  verb->add_option("--lane", options->lane, "The one lane that it may cross into")->required();
  on(writes(verb, context), context, options, release_manifest);
  add_preview(group, context);
}

void add_annex(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "annex", "Annexes of a packet",
                               "sallyport annex promote pk_2345abcdef a1 --key ~/.ssh/id_ed25519_sk");
  auto options = std::make_shared<Promote>();
  CLI::App* verb = add_verb(group, "promote", "Sign that a redacted annex may cross",
                            "sallyport annex promote pk_2345abcdef a1 --key ~/.ssh/id_ed25519_sk");
  verb->add_option("PACKET", options->packet)->required();
  verb->add_option("PART", options->part)->required();
  add_sign_options(*verb, options->sign, false);
  on(writes(verb, context), context, options, promote);
}

} // namespace

void add_manifest(CLI::App& app, Context& context) {
  CLI::App& group = *add_group(app, "manifest", "What is signed: draft, submit, read, sign, refuse, withdraw",
                               "sallyport manifest show pk_2345abcdef mf_2345abcdef");
  auto drafted = std::make_shared<DraftManifest>();
  CLI::App* verb = add_verb(group, "draft", "Bind the head, its lane, audience, scope and evidence",
                            "sallyport manifest draft pk_2345abcdef --revision 9a41...");
  verb->add_option("PACKET", drafted->packet)->required();
  verb->add_option("--revision", drafted->revision, "The head's whole digest; never \"latest\"")->required();
  verb->add_option("--signer", drafted->signers,
                   "Of a packet with a ledger, who signs beside its release owner; repeatable")
      ->type_name("ROLE=PERSON")
      ->allow_extra_args(false);
  on(writes(verb, context), context, drafted, draft_manifest);

  auto submitted = std::make_shared<SubmitManifest>();
  verb = add_verb(group, "submit", "Put a draft in review",
                  "sallyport manifest submit pk_2345abcdef mf_2345abcdef");
  add_names(*verb, *submitted);
  verb->add_option("--override", submitted->overrides,
                   "A hold that is to cross all the same, where the charter lets people sign for that; "
                   "repeatable")
      ->type_name("HOLD")
      ->allow_extra_args(false);
  verb->add_option("--substitute", submitted->substitutes,
                   "Who is to sign for a role of which nobody can; repeatable")
      ->type_name("ROLE=PERSON")
      ->allow_extra_args(false);
  on(writes(verb, context), context, submitted, submit_manifest);

  auto shown = std::make_shared<OneManifest>();
  verb = add_verb(group, "show", "What it binds, who has signed",
                  "sallyport manifest show pk_2345abcdef mf_2345abcdef");
  add_names(*verb, *shown);
  on(verb, context, shown, show_manifest);

  auto signing = std::make_shared<SignManifest>();
  verb = add_verb(group, "sign", "Sign exactly these bytes",
                  "sallyport manifest sign pk_2345abcdef mf_2345abcdef --key ~/.ssh/id_ed25519_sk\n"
                  "  or elsewhere:\n"
                  "  sallyport manifest sign pk_2345abcdef mf_2345abcdef --print > manifest.json\n"
                  "  ssh-keygen -Y sign -n dispatch@sallyport -f KEY manifest.json\n"
                  "  sallyport manifest sign pk_2345abcdef mf_2345abcdef --sig manifest.json.sig");
  add_names(*verb, *signing);
  add_sign_options(*verb, signing->sign, false);
  on(writes(verb, context), context, signing, sign);

  auto overridden = std::make_shared<Override>();
  verb = add_verb(group, "override", "Sign that a hold may cross with this manifest",
                  "sallyport manifest override pk_2345abcdef mf_2345abcdef ho_2345abcdef \\\n"
                  "    --rationale 'The escalation is awaited' --key ~/.ssh/id_ed25519_sk");
  add_names(*verb, *overridden);
  verb->add_option("HOLD", overridden->hold, "One that the manifest asks for")->required();
  verb->add_option("--rationale", overridden->rationale, "Why, in words; on record")->required();
  add_sign_options(*verb, overridden->sign, false);
  on(writes(verb, context), context, overridden, override_hold);

  auto ratified = std::make_shared<RatifyManifest>();
  verb =
      add_verb(group, "ratify-substitute", "Sign that the named substitute may sign for a role",
               "sallyport manifest ratify-substitute pk_2345abcdef mf_2345abcdef support-trust-approver \\\n"
               "    --key ~/.ssh/id_ed25519_sk");
  add_names(*verb, *ratified);
  verb->add_option("ROLE", ratified->role)->required();
  add_sign_options(*verb, ratified->sign, false);
  on(writes(verb, context), context, ratified, ratify_substitute);

  auto refused = std::make_shared<Refuse>();
  verb = add_verb(group, "refuse", "Refuse to sign, and say why",
                  "sallyport manifest refuse pk_2345abcdef mf_2345abcdef --code scope_too_wide \\\n"
                  "    --reason 'Tenant t2 is not touched'");
  add_names(*verb, *refused);
  verb->add_option("--code", refused->code, "Why, as a short lower-case name")->required();
  verb->add_option("--reason", refused->reason, "Why, in words; on record")->required();
  on(writes(verb, context), context, refused, refuse);

  auto withdrawn = std::make_shared<WithdrawManifest>();
  verb = add_verb(group, "withdraw-signature", "Take a signature back before the release",
                  "sallyport manifest withdraw-signature pk_2345abcdef mf_2345abcdef");
  add_names(*verb, *withdrawn);
  verb->add_option("--signer", withdrawn->signer, "Whose, where not your own");
  on(writes(verb, context), context, withdrawn, withdraw_manifest);

  add_release(app, context);
  add_annex(app, context);
}

} // namespace sallyport::cli
