// A small workspace with one of everything, for tests. All people and dumps are invented.
#pragma once

#include "canon/json.h"
#include "crypto/digest.h"
#include "packet/coproduced.h"

namespace sallyport::packet::testing {

inline constexpr std::string_view sample_content = R"({
 "bounds":{"symbolization":"function"},
 "scope":{"crash_session":{"s1":{"value":"Secret session","pseudonym":"Secret session-ONE"}}},
 "narrative":{"b1":{"section":"dumps","text":"Secret narrative"}},
 "claims":{"m1":{"evidence":["c1"],"text":"Secret claim"},"m2":{"contested":"li_aaaaaaaaaa","text":"Secret too"}},
 "regions":{"g1":{"fragment":"f1","dispute":"li_aaaaaaaaaa","where":"Secret range"}},
 "dumps":{"du_1":{"rev":1,"root":"00000000000000000000000000000000000000000000000000000000000000aa","size":1}},
 "fragments":{"f1":{"dump":"du_1","rev":1,"region":"rg1","class":"stack","bytes":338,
   "sha256":"00000000000000000000000000000000000000000000000000000000000000bb","index":0,"size":1,"path":[],
   "level":"function","passes":1,"retention":"r_f1","cites":["c1"],
   "exposure":{"customer_identifier":"clean","session_payload":"clean","stack_local":"suspected"},
   "note":"Secret note"}},
 "symbolization":{"frames":{"t1":{"fragment":"f1","count":3,"trust":["context","cfi","cfi"]}},
                  "modules":{"m1":{"name":"Secret module"}},"requests":{"q1":{"level":"line","result":"refused"}}},
 "retention":{"r_f1":{"deadline":"2026-12-07T00:00:00.000Z","source":"retention-registry","end_state":"bytes_gone"}},
 "citations":{"c1":{"kind":"dump_fragment","source":"dump-vault","supports":["m1"],
   "observed_at":"2026-11-23T09:03:19.000Z","complete_through":"2026-11-23T09:03:00.000Z",
   "record":{"key":"a key"}}}})";

inline WorkingRevision coproduced_sample() {
  WorkingRevision out;
  out.packet = PacketId::from_random(1);
  out.packet_class = "crash-dump-redaction-clarification";
  out.lane = "IN-PRIVENG";
  out.content = *canon::parse(sample_content).value().object();
  out.sections["dumps"] = {PersonId::from_random(2), 24, 0};
  out.sections["privacy"] = {std::nullopt, 14, 1};
  SealedItem item{"objection",
                  "memory_region",
                  "leakage_residual",
                  "LEDG.UNADDRESSED",
                  "open",
                  std::nullopt,
                  "/regions/g1",
                  41,
                  {},
                  1,
                  "quotes_identifier",
                  std::nullopt};
  out.ledger["li_aaaaaaaaaa"] = item;
  item.kind = "finding";
  item.status = "confirmed";
  item.state = "fixed";
  item.stub.reset();
  item.resolution = ItemResolution{"fixed", 51, std::nullopt};
  out.ledger["fi_aaaaaaaaaa"] = item;
  out.statements["li_aaaaaaaaaa"] = {{PersonId::from_random(3), "Secret statement"}};
  out.provenance["ed_aaaaaaaaaa"] = {AccountId::from_random(4), PersonId::from_random(5), true,
                                     PersonId::from_random(2)};
  out.ledger_at = 51;
  out.ruleset = crypto::sha256("rules");
  return out;
}

} // namespace sallyport::packet::testing
