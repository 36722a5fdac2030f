#include "engine/texts.h"

#include "packet/disclosure.h"
#include "packet/names.h"
#include "scan/document.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

// Who says it, by which act, about what, and the words by the names of their fields.
struct Sayings {
  AccountId by;
  std::string_view verb;
  std::optional<PacketId> packet;
  canon::Object words;
};

// A disclosure that does not open says nothing; the gate refuses it.
canon::Object opened_text(const std::string& rationale) {
  auto disclosure = packet::open_disclosure(rationale);
  return disclosure ? canon::Object{{"rationale", std::move(disclosure->value)}} : canon::Object{};
}

canon::Object opened_text(const std::vector<std::string>& wordings) {
  canon::Object out;
  for (std::size_t i = 0; i < wordings.size(); ++i) {
    if (auto disclosure = packet::open_disclosure(wordings[i])) {
      out.insert("wordings/" + std::to_string(i), std::move(disclosure->value));
    }
  }
  return out;
}

using MaybeSaid = std::optional<Sayings>;

MaybeSaid said(const gate::AddPrincipal& e) {
  return Sayings{e.by, "principal.add", {}, e.body};
}

MaybeSaid said(const gate::MergePackets& e) {
  return Sayings{e.by, "packet.merge", e.winner, e.body};
}

MaybeSaid said(const gate::SplitPackets& e) {
  return Sayings{e.by, "packet.split", e.packet, opened_text(e.rationale)};
}

MaybeSaid said(const gate::DismissSuspicion& e) {
  return Sayings{e.by, "duplicate.dismiss", e.packet, e.body};
}

MaybeSaid said(const gate::ClearHold& e) {
  return Sayings{e.by, "hold.clear", e.packet, e.body};
}

MaybeSaid said(const gate::PlaceHold& e) {
  return Sayings{e.by, "hold.place", e.packet, e.body};
}

MaybeSaid said(const gate::OverrideHold& e) {
  return Sayings{e.by, "hold.override", e.packet, opened_text(e.rationale)};
}

MaybeSaid said(const gate::RefuseManifest& e) {
  return Sayings{e.by, "manifest.refuse", e.packet, e.body};
}

MaybeSaid said(const gate::SetLane& e) {
  return Sayings{e.by, "lane.state", {}, e.body};
}

MaybeSaid said(const gate::RecordCorrection& e) {
  return Sayings{e.by, "entry.correct", {}, e.body};
}

MaybeSaid said(const gate::GiveNotice& e) {
  return Sayings{e.by, "entry.notify", {}, e.body};
}

// ---- what people write together

MaybeSaid said(const gate::OpenWorkspace& e) {
  return Sayings{e.by, "workspace.open", {}, e.body};
}

MaybeSaid said(const gate::ProposeEdit& e) {
  return Sayings{e.by, "edit.propose", e.packet, e.body};
}

MaybeSaid said(const gate::RejectEdit& e) {
  return Sayings{e.by, "edit.reject", e.packet, e.body};
}

MaybeSaid said(const gate::RequestSymbols& e) {
  return Sayings{e.by, "symbolization.request", e.packet, e.body};
}

MaybeSaid said(const gate::RaiseFlag& e) {
  return Sayings{e.by, "flag.raise", e.packet, e.body};
}

MaybeSaid said(const gate::DismissFlag& e) {
  return Sayings{e.by, "flag.dismiss", e.packet, e.body};
}

// What a scan, or whoever cites something, says of where a finding is.
MaybeSaid said(const gate::OpenFinding& e) {
  return Sayings{e.by, "finding.open", e.packet, e.finding.body};
}

MaybeSaid said(const gate::AcceptEdit& e) {
  canon::Object words;
  for (std::size_t i = 0; i < e.findings.size(); ++i) {
    for (const auto& [field, text] : e.findings[i].body) {
      words.insert("findings/" + std::to_string(i) + "/" + field, text);
    }
  }
  return Sayings{e.by, "edit.accept", e.packet, std::move(words)};
}

MaybeSaid said(const gate::JudgeFinding& e) {
  return Sayings{e.by, "finding.judge", e.packet, e.body};
}

MaybeSaid said(const gate::RaiseObjection& e) {
  return Sayings{e.by, "objection.raise", e.packet, e.body};
}

MaybeSaid said(const gate::AnswerObjection& e) {
  return Sayings{e.by, "objection.answer", e.packet, e.body};
}

MaybeSaid said(const gate::ResolveItems& e) {
  return Sayings{e.by, "items.resolve", e.packet, e.body};
}

MaybeSaid said(const gate::GiveInstruction& e) {
  return Sayings{e.by, "instruction.give", e.packet, e.body};
}

MaybeSaid said(const gate::ProposeWordings& e) {
  return Sayings{e.by, "wording.propose", e.packet, opened_text(e.wordings)};
}

MaybeSaid said(const gate::AcceptItems& e) {
  return Sayings{e.by, "items.accept", e.packet, opened_text(e.wordings)};
}

MaybeSaid said(const gate::PlaceLegalHold& e) {
  return Sayings{e.by, "legal_hold.place", e.packet, e.body};
}

MaybeSaid said(const gate::LiftLegalHold& e) {
  return Sayings{e.by, "legal_hold.lift", e.packet, e.body};
}

MaybeSaid said(const gate::GiveVerdict& e) {
  return Sayings{e.by, "lane.verdict", {}, e.body};
}

// Configurations and openings: nobody's words.
MaybeSaid said(const gate::ActivateRoster& /*event*/) {
  return std::nullopt;
}

MaybeSaid said(const gate::ConfigureSource& /*event*/) {
  return std::nullopt;
}

// What a source says is read by its configuration; what a dump's scanner says, it says in words of its own.
MaybeSaid said(const gate::Observe& e) {
  const canon::Value* scan = e.scan && e.brought_by ? e.body.find("scan") : nullptr;
  const canon::Value* report = scan == nullptr ? nullptr : scan->find("report");
  return report == nullptr ? MaybeSaid{} : Sayings{*e.brought_by, "dump.scan", {}, {{"report", *report}}};
}

template <class Event>
concept Wordless = !requires(Event e) { e.body; } && !requires(Event e) { e.rationale; } &&
                   !requires(Event e) { e.wordings; } && !requires(Event e) { e.finding.body; } &&
                   !requires(Event e) { e.findings; };

// A new event with words is written down above, or it does not compile.
MaybeSaid said(const Wordless auto& /*event*/) {
  return std::nullopt;
}

// Of smaller budgets than a submission's: a text of some thousand bytes, and now and then a scanner's report,
// holds up the engine's thread while it is read.
const scan::Scanner& words_scanner() {
  static const scan::Scanner scanner = [] {
    scan::Budgets budgets;
    budgets.decoded_bytes = 256 * 1024;
    budgets.runs = 1 << 12;
    budgets.inflate_starts = 64;
    budgets.matched_bytes = 1024 * 1024;
    return scan::Scanner(scan::RuleSet::standard(budgets));
  }();
  return scanner;
}

} // namespace

std::string why_unfit(const canon::Value& text) {
  if (packet::holds_control_character(text)) {
    return "text_control";
  }
  const scan::DocumentResult found = scan::scan_value(words_scanner(), text);
  const bool secret = std::ranges::any_of(found.findings, [](const scan::Located& located) {
    return located.finding.klass == scan::secret_class;
  });
  return secret ? "text_secret" : found.complete ? "" : "text_unscanned";
}

std::optional<gate::RefuseAttempt> unfit_text(const gate::Event& event) {
  const MaybeSaid words = std::visit([](const auto& e) { return said(e); }, event);
  if (!words || words->by.empty()) { // at init nobody is there yet who could be refused
    return std::nullopt;
  }
  for (const auto& [field, text] : words->words) {
    if (std::string code = why_unfit(text); !code.empty()) {
      return gate::RefuseAttempt{
          words->by, std::string(words->verb), words->packet, {{std::move(code), "/" + field}}};
    }
  }
  return std::nullopt;
}

} // namespace sallyport::engine
