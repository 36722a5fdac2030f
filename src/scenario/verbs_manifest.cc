// Manifests: drafted, put in review, signed, refused; the request for release and its recheck.
#include "scenario/stage.h"

#include "crypto/sshsig_sign.h"
#include "packet/manifest.h"
#include "packet/statement.h"

#include <algorithm>
#include <array>

namespace sallyport::scenario {
namespace {

Tried<Digest> revision_named(const Args& args, const Play& play, const gate::Packet& packet) {
  if (args.has("number")) {
    const std::size_t n = std::stoul(args.at("number"));
    if (n == 0 || n > play.digests.size()) {
      return unusable("the packet never had this revision", "number");
    }
    return play.digests[n - 1];
  }
  if (packet.head) {
    return packet.head->digest;
  }
  if (packet.spent.empty()) {
    return unusable("the packet has no revision", "packet");
  }
  return packet.spent.back().digest;
}

// The manifest that was submitted last, or the one that the sentence counts.
Tried<const PlayedManifest*> manifest_named(const Args& args, const Play& play) {
  const std::size_t n = args.has("manifest") ? std::stoul(args.at("manifest")) : play.manifests.size();
  if (n == 0 || n > play.manifests.size()) {
    return unusable("the packet has no such manifest in review so far", "manifest");
  }
  return &play.manifests[n - 1];
}

Done draft(Stage& stage, const Actor& who, Play& play, const Digest& revision) {
  const ManifestId id = ManifestId::from_random(stage.core().random());
  SP_TRY(const gate::Step step, stage.apply(gate::DraftManifest{who.account, play.id, id, revision}));
  play.draft = step.ok() ? std::optional(id) : std::nullopt;
  return {};
}

// What the manifest asks for beyond the rule: every blocking hold of these codes, and who signs for whom.
Tried<gate::Waived> waived_by(const Stage& stage, const Args& args, const Play& play) {
  gate::Waived out;
  const std::vector<std::string> codes = args.list("codes");
  for (const auto& [id, hold] : stage.state().find(play.id)->holds) {
    if (hold.mode == "blocking" && std::ranges::find(codes, hold.code) != codes.end()) {
      out.overrides.insert(id);
    }
  }
  if (!codes.empty() && out.overrides.empty()) {
    return unusable("the packet has no such blocking hold", "codes");
  }
  for (const Args& one : args.each("with")) {
    SP_TRY(const Actor* substitute, stage.person(one, "substitute"));
    out.substitutes[one.at("role")] = *substitute->person;
  }
  return out;
}

Done submit(Stage& stage, const Actor& who, Play& play, const Args& args) {
  SP_TRY(gate::Waived waived, waived_by(stage, args, play));
  SP_CHECK(stage.sign_head());
  const auto& head = *stage.core().checkpoint();
  SP_TRY(const gate::Step step,
         stage.apply(gate::SubmitManifest{
             who.account, play.id, *play.draft, {7}, {stage.state().origin, head.size, head.root}, waived}));
  if (step.manifest) {
    play.manifests.push_back({*play.draft, stage.state().find(play.id)->manifests.at(*play.draft).digest,
                              step.manifest->bound.bytes});
  }
  return {};
}

Done drafts(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(Play * play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  SP_TRY(const Digest revision, revision_named(args, *play, *packet));
  return draft(stage, *who, *play, revision);
}

Done submits_manifest(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(Play * play, stage.play(args));
  if (!play->draft) {
    return unusable("nobody has drafted a manifest of this packet", "packet");
  }
  return submit(stage, *who, *play, args);
}

Done puts_in_review(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(Play * play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  SP_TRY(const Digest revision, revision_named(args, *play, *packet));
  SP_CHECK(draft(stage, *who, *play, revision));
  return stage.refused().empty() ? submit(stage, *who, *play, args) : Done{};
}

// An agent or service has no key of its own: it holds up a signature that somebody else made, or none.
Done signs(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const PlayedManifest* manifest, manifest_named(args, *play));
  const Actor* holder = who;
  if (args.has("holder")) {
    SP_TRY(holder, stage.person(args, "holder"));
  }
  std::string bytes = args.get("else", manifest->bytes);
  if (args.has("signed")) {
    const std::size_t n = std::stoul(args.at("signed"));
    if (n == 0 || n > play->manifests.size()) {
      return unusable("the packet has no such manifest in review so far", "signed");
    }
    bytes = play->manifests[n - 1].bytes;
  }
  Bytes sig;
  if (holder->key) {
    const auto read = packet::read_manifest(manifest->bytes);
    const std::string_view name_space = read ? packet::signing_act(*read) : packet::act::dispatch;
    sig = crypto::sign_sshsig(*holder->key, name_space, as_bytes(bytes));
  }
  SP_TRY(const gate::Step step,
         stage.apply(gate::SignManifest{who->account, play->id, manifest->digest, std::move(sig)}));
  (void)step;
  return {};
}

Done withdraws_manifest(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const Actor* signer, stage.person(args, "signer"));
  SP_TRY(const PlayedManifest* manifest, manifest_named(args, *play));
  SP_TRY(const gate::Step step,
         stage.apply(gate::WithdrawSignature{who->account, play->id, manifest->digest, *signer->person}));
  (void)step;
  return {};
}

Done refuses(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const PlayedManifest* manifest, manifest_named(args, *play));
  SP_TRY(const gate::Step step, stage.apply(gate::RefuseManifest{who->account,
                                                                 play->id,
                                                                 manifest->digest,
                                                                 args.get("code", "not_convinced"),
                                                                 {{"reason", "Not like this."}}}));
  (void)step;
  return {};
}

Done requests(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  SP_TRY(const Digest revision, revision_named(args, *play, *packet));
  SP_TRY(const PlayedManifest* manifest, manifest_named(args, *play));
  SP_TRY(const gate::Step step,
         stage.apply(gate::RequestRelease{who->account, play->id, revision, manifest->digest,
                                          args.get("lane", packet->lane)}));
  (void)step;
  return {};
}

Tried<gate::Recheck> recheck_of(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (!packet->recheck) {
    return unusable("no recheck of this packet is open", "packet");
  }
  return *packet->recheck;
}

Done commits(Stage& stage, const Args& args) {
  SP_TRY(const Play* play, stage.play(args));
  if (!play->recheck) {
    return unusable("no recheck of this packet was ever opened", "packet");
  }
  SP_TRY(const gate::Step step, stage.apply(gate::CommitRelease{play->id, *play->recheck}));
  (void)step;
  return {};
}

Done all_answer(Stage& stage, const Args& args) {
  SP_TRY(const gate::Recheck recheck, recheck_of(stage, args));
  SP_CHECK(stage.pass(Duration{1'000}));
  for (const engine::Question& question : engine::questions_of(stage.core(), recheck)) {
    SP_CHECK(stage.answer(question));
  }
  return commits(stage, args);
}

Done one_answers(Stage& stage, const Args& args) {
  SP_TRY(const SourceTruth* source, stage.source(args));
  (void)source;
  SP_TRY(const gate::Recheck recheck, recheck_of(stage, args));
  for (const engine::Question& question : engine::questions_of(stage.core(), recheck)) {
    if (question.config.source == args.at("source")) {
      return stage.answer(question);
    }
  }
  return unusable("the recheck asks nothing of this source", "source");
}

constexpr std::array manifest_table{
    Verb{Sort::event, "<who:name> drafts a manifest of <packet:name> [over revision <number:number>]",
         "Over the head, or over the revision that the sentence counts from 1.", drafts},
    Verb{
        Sort::event,
        "<who:name> submits the manifest of <packet:name> [overriding <codes:codes>] [with "
        "<substitute:name> for <role:name>]*",
        "The last draft goes into review; it asks that the blocking holds of these codes cross all the same, "
        "and that somebody signs for a role.",
        submits_manifest},
    Verb{Sort::event,
         "<who:name> puts <packet:name> in review [over revision <number:number>] [overriding <codes:codes>] "
         "[with <substitute:name> for <role:name>]*",
         "Drafts and submits.", puts_in_review},
    Verb{Sort::event,
         "<who:name> signs <packet:name> [manifest <manifest:number>] [with the key of <holder:name>] [by "
         "the bytes "
         "of manifest <signed:number>] [over <else:text>]",
         "Signs exactly the bytes of the manifest that was submitted last, or of the one that the sentence "
         "counts.",
         signs},
    Verb{Sort::event,
         "<who:name> withdraws the signature of <signer:name> on <packet:name> [manifest <manifest:number>]",
         "Takes a signature back.", withdraws_manifest},
    Verb{Sort::event, "<who:name> refuses <packet:name> [manifest <manifest:number>] [because <code:code>]",
         "Refuses to sign.", refuses},
    Verb{Sort::event,
         "<who:name> requests release of <packet:name> [revision <number:number>] [manifest "
         "<manifest:number>] [into "
         "<lane:name>]",
         "Asks that it cross now: head, last manifest and the charter's lane, unless the sentence says "
         "otherwise.",
         requests},
    Verb{Sort::event, "all sources answer the recheck of <packet:name>",
         "A second later, or are found silent; then the release commits, or is blocked.", all_answer},
    Verb{Sort::event, "<source:name> answers the recheck of <packet:name>", "One of them, and nothing more.",
         one_answers},
    Verb{Sort::event, "the release of <packet:name> commits",
         "What follows the last answer: it crosses, or is blocked.", commits},
};

} // namespace

std::span<const Verb> manifest_verbs() {
  return manifest_table;
}

} // namespace sallyport::scenario
