#include "verify/verify.h"

#include "crypto/digest.h"
#include "crypto/ed25519.h"

#include <algorithm>

namespace sallyport::verify {
namespace {

constexpr const char* trust_file = "--trust";

// What a bundle claims about its own log. Comparing it with the bundle finds damage, never forgery.
PinnedLog claimed(const Bundle& bundle) {
  PinnedLog log;
  const packet::GenesisStatement& genesis = bundle.genesis_statement;
  log.origin = genesis.origin;
  log.genesis = crypto::sha256(bundle.genesis.bytes);
  log.log_vkey = genesis.log_vkey;
  if (const auto gate = crypto::ed25519_from_spki_pem(bundle.file("trust/gate.pub.pem"))) {
    log.gate = crypto::ed25519_key_id(*gate);
  }
  log.owners = owners_of(genesis);
  log.rule = genesis.rule;
  log.witness_policy = bundle.file("trust/policy");
  return log;
}

// The policy, where it trusts the pinned key and no other log's.
Result<ledger::Policy> policy_of(const PinnedLog& log) {
  SP_TRY(ledger::Policy policy, ledger::parse_policy(log.witness_policy));
  if (policy.logs.size() != 1 || policy.logs.front().key.text() != log.log_vkey ||
      policy.logs.front().key.name != log.origin) {
    return fail(ErrorCode::denied, "", "the policy does not name exactly the log's pinned key");
  }
  return policy;
}

void run_checks(Checking& c) {
  using Check = void (*)(Checking&);
  for (const Check check : {check_pins,
                            check_inclusion,
                            check_consistency,
                            check_order,
                            check_genesis,
                            check_keys,
                            check_rosters,
                            check_charters,
                            check_signers,
                            check_manifest,
                            check_view,
                            check_audience,
                            check_scope,
                            check_evidence,
                            check_windows,
                            check_signatures,
                            check_quorum,
                            check_overrides,
                            check_substitutes,
                            check_splits,
                            check_partial,
                            check_promotions,
                            check_flow,
                            check_owner,
                            check_ledger,
                            check_clocks,
                            check_fragments,
                            check_erasures,
                            check_accepts,
                            check_wordings,
                            check_countersignature,
                            check_release,
                            check_entry,
                            check_recheck}) {
    check(c);
  }
}

void judge(Report& report, const PinnedLog& pinned) {
  const auto policy = policy_of(pinned);
  if (!policy) {
    report.faults.push_back({report.pinned ? trust_file : "trust/policy", policy.error().text()});
    return;
  }
  Checking c{.bundle = *report.bundle,
             .pinned = pinned,
             .policy = *policy,
             .keyring = {},
             .head = {},
             .counted = {},
             .faults = {}};
  run_checks(c);
  report.faults = std::move(c.faults);
  report.signatures = std::move(c.counted);
  report.head = std::move(c.head);
}

} // namespace

Report verify(const Files& files, const Trust* trust) {
  Report report;
  report.pinned = trust != nullptr;
  report.faults = check_files(files);
  if (report.faults.empty()) {
    Bundle bundle = read_bundle(files, report.faults);
    if (report.faults.empty()) {
      report.bundle = std::move(bundle);
      const PinnedLog own = claimed(*report.bundle);
      const PinnedLog* pinned = trust == nullptr ? &own : find_log(*trust, own.origin);
      if (pinned != nullptr) {
        judge(report, *pinned);
      } else {
        report.faults.push_back({trust_file, "does not pin the log of this bundle"});
      }
    }
  }
  std::ranges::sort(report.faults);
  const auto [first, last] = std::ranges::unique(report.faults);
  report.faults.erase(first, last);
  return report;
}

} // namespace sallyport::verify
