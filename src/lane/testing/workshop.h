// What a workspace seals, for tests of bundles: three fragments of one dump as envelopes in their tree, and
// an item of each of the six categories of dispute. All of it is invented.
#pragma once

#include "canon/json.h"
#include "crypto/digest.h"
#include "ledger/tiles.h"
#include "packet/coproduced.h"
#include "packet/manifest.h"

#include <fmt/format.h>
#include <map>
#include <string>
#include <vector>

namespace sallyport::lane::testing {

inline constexpr std::size_t fragment_count = 3;
inline constexpr packet::LeafNumber sealed_at = 3; // of the ledger

// One line that says what it is, and 20 redacted bytes.
inline std::string envelope(std::size_t region) {
  return canon::write(canon::Object{{"bytes", 20},
                                    {"class", "stack"},
                                    {"dump", "du_1"},
                                    {"kind", "fragment"},
                                    {"offset", region * 20},
                                    {"region", fmt::format("rg{}", region)},
                                    {"rev", 2},
                                    {"salt", fmt::format("AAAAAAAAAAAAAAAAAAAA{}w", region)},
                                    {"v", 1}}) +
         "\n********************";
}

inline ledger::MemoryTiles dump_tree() {
  ledger::MemoryTiles out;
  for (std::size_t i = 0; i < fragment_count; ++i) {
    out.append(ledger::leaf_hash(crypto::sha256(envelope(i)).view()));
  }
  return out;
}

inline canon::Value fragment_of(std::size_t i, const std::string& retention) {
  const ledger::MemoryTiles tree = dump_tree();
  packet::SealedFragment out;
  out.dump = "du_1";
  out.rev = 2;
  out.region = fmt::format("rg{}", i);
  out.klass = "stack";
  out.bytes = 20;
  out.sha256 = crypto::sha256(envelope(i));
  out.index = static_cast<std::uint32_t>(i);
  out.size = fragment_count;
  out.path = ledger::inclusion_proof(tree, i, fragment_count).value();
  out.level = i == 0 ? "function" : "none";
  out.passes = 2;
  out.retention = retention;
  out.cites = {"c1"};
  out.exposure = {{"session_payload", i == 1 ? "disputed" : "clean"}};
  canon::Value value = packet::to_value(out);
  value.object()->set("note", fmt::format("what fragment {} shows", i + 1));
  return value;
}

inline canon::Object workshop_content() {
  canon::Object content = *canon::parse(R"({
 "bounds":{"symbolization":"function"},
 "scope":{"crash_session":{"s1":{"value":"session 4471","pseudonym":"session-ONE"}}},
 "narrative":{"b1":{"section":"dumps","text":"It stops in the allocator."}},
 "claims":{"m1":{"evidence":["c1"],"text":"No identifier is left in fragment 1."}},
 "regions":{"g1":{"fragment":"f2","dispute":"li_aaaaaaaaaa","where":"bytes 3 to 9"}},
 "symbolization":{"frames":{"t1":{"fragment":"f1","count":2,"trust":["context","cfi"]}}},
 "retention":{
   "r_1":{"deadline":"2026-12-07T00:00:00.000Z","source":"retention-registry","end_state":"bytes_gone"},
   "r_2":{"deadline":"2026-11-29T00:00:00.000Z","source":"retention-registry","end_state":"bytes_gone","disputed":"li_aaaaaaaaac"}},
 "citations":{"c1":{"kind":"dump_fragment","source":"dump-vault","supports":["m1"],
   "observed_at":"2026-11-20T11:03:19.000Z","complete_through":"2026-11-20T11:03:00.000Z",
   "record":{"key":"du_1/2"}}}})")
                               .value()
                               .object();
  const ledger::MemoryTiles tree = dump_tree();
  const packet::SealedDump dump{2, ledger::root(tree, fragment_count).value(), fragment_count};
  content.set("dumps", canon::Object{{"du_1", packet::to_value(dump)}});
  content.set("fragments", canon::Object{{"f1", fragment_of(0, "r_1")},
                                         {"f2", fragment_of(1, "r_2")},
                                         {"f3", fragment_of(2, "r_1")}});
  return content;
}

inline std::map<std::string, packet::SealedItem> workshop_ledger() {
  const auto item = [](const char* kind, const char* category, const char* item_kind, const char* code,
                       const char* subject) {
    packet::SealedItem out;
    out.kind = kind;
    out.category = category;
    out.item_kind = item_kind;
    out.code = code;
    out.state = "open";
    out.subject = subject;
    out.raised = 2;
    out.statements = 1;
    return out;
  };
  constexpr const char* unaddressed = "LEDG.UNADDRESSED";
  std::map<std::string, packet::SealedItem> out = {
      {"fi_aaaaaaaaaa",
       item("finding", "identifier_leakage", "leakage_residual", "MIN.FINDING", "/fragments/f2")},
      {"li_aaaaaaaaaa", item("objection", "memory_region", "leakage_residual", unaddressed, "/regions/g1")},
      {"li_aaaaaaaaab", item("boundary", "symbolization_depth", "symbolization_boundary", unaddressed,
                             "/bounds/symbolization")},
      {"li_aaaaaaaaac",
       item("conflict", "retention_conflict", "other", "TIME.RETENTION_CONFLICT", "/fragments/f2")},
      {"li_aaaaaaaaad",
       item("objection", "stack_frame_necessity", "other", unaddressed, "/symbolization/frames/t1")},
      {"li_aaaaaaaaae", item("objection", "attachment_lineage", "other", unaddressed, "/fragments/f3")}};
  out.at("fi_aaaaaaaaaa").status = "disputed";
  out.at("fi_aaaaaaaaaa").stub = "quotes_identifier";
  out.at("li_aaaaaaaaae").state = "withdrawn";
  return out;
}

inline packet::WorkingRevision workshop_revision(const PacketId& packet) {
  packet::WorkingRevision out;
  out.packet = packet;
  out.packet_class = "crash-dump-redaction-clarification";
  out.content = workshop_content();
  out.sections["dumps"] = {PersonId::from_random(21), 2, 0};
  out.ledger = workshop_ledger();
  for (const auto& [id, item] : out.ledger) {
    out.statements[id] = {{PersonId::from_random(22), "what is said about " + id}};
  }
  out.ledger_at = sealed_at;
  out.ruleset = crypto::sha256("rules");
  return out;
}

// As the manifest binds it.
inline packet::BoundLedger bound_workshop(const packet::Revision& revision,
                                          const std::vector<packet::Disclosure>& disclosures,
                                          packet::LeafNumber at) {
  packet::BoundLedger out;
  out.sealed_at = revision.co->ledger_at;
  out.at = at;
  for (const auto& [id, item] : revision.co->ledger) {
    out.items[id] = {item.category, item.item_kind, item.code, item.state,
                     item.status,   item.subject,   {},        item.stub};
    for (const packet::Disclosure& disclosure : disclosures) {
      if (disclosure.name.starts_with("/ledger/" + id + "/")) {
        out.items[id].statements.push_back(disclosure.digest);
      }
    }
  }
  return out;
}

} // namespace sallyport::lane::testing
