#include "verify/charter.h"

#include "base/limits.h"
#include "canon/fields.h"
#include "canon/json.h"
#include "crypto/digest.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace sallyport::verify {
namespace {

constexpr std::int64_t version_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t count_max = 9; // charter language: signers.require, and overrides
constexpr std::string_view overridable = "FRESH.MISSING";

// Charter language, sections 2 and 3.8: protected whatever a charter says, and what it may protect beside.
constexpr std::string_view always_protected[] = {"governance", "lane", "lineage", "scope", "signers"};
constexpr std::string_view may_be_protected[] = {"admission", "agents", "clocks", "exposure",
                                                 "holds",     "ledger", "sources"};

// done() without its question for other members: a charter has many that are not read here.
Result<void> read_ok(canon::Fields& fields) {
  return fields.ok() ? Result<void>() : fields.done();
}

Result<void> read_require(const canon::Array& rows, CharterFacts& out) {
  if (rows.empty()) {
    return fail(ErrorCode::malformed, "/signers/require", "must name at least one signer");
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    canon::Fields row(rows[i], fmt::format("/signers/require/{}", i));
    packet::BoundRequirement requirement;
    if (const auto role = row.maybe_string("role")) {
      requirement.roles = {*role};
    } else {
      requirement.roles = row.strings("any_of");
    }
    requirement.count = row.integer("count", 1, count_max);
    if (const auto person = row.maybe_string("principal")) {
      SP_TRY(out.principals[i], PersonId::parse(*person));
    }
    SP_CHECK(row.done());
    out.require.push_back(std::move(requirement));
  }
  return {};
}

constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max();

// An object of rules by name; absent: none. `read` makes one of its members.
template <class Read>
Result<void> read_rules(const canon::Value* rules, const std::string& where, Read&& read) {
  if (rules == nullptr) {
    return {};
  }
  if (rules->object() == nullptr) {
    return fail(ErrorCode::malformed, where, "must be an object");
  }
  for (const auto& [name, value] : *rules->object()) {
    SP_CHECK(read(name, value));
  }
  return {};
}

Result<void> read_substitutes(const canon::Value* rules, CharterFacts& out) {
  return read_rules(rules, "/signers/substitute",
                    [&](const std::string& role, const canon::Value& value) -> Result<void> {
                      canon::Fields f(value, "/signers/substitute");
                      SubstituteRule rule;
                      rule.by = f.string("by");
                      rule.ratified_by = f.string("ratified_by");
                      rule.max_age.ms = f.integer("max_age", 0, longest);
                      SP_CHECK(read_ok(f));
                      out.substitutes[role] = std::move(rule);
                      return {};
                    });
}

// `fallback` where the member is absent; canonical charters write every default.
bool flag_of(canon::Fields& f, const char* name, bool fallback) {
  const canon::Value* value = f.maybe(name);
  if (value == nullptr) {
    return fallback;
  }
  if (value->boolean() == nullptr) {
    f.fault(name, "must be true or false");
    return fallback;
  }
  return *value->boolean();
}

Result<void> read_accepts(const canon::Value* rows, CharterFacts& out) {
  if (rows == nullptr) {
    return {};
  }
  if (rows->array() == nullptr) {
    return fail(ErrorCode::malformed, "/signers/accepts", "must be a list");
  }
  for (const canon::Value& row : *rows->array()) {
    canon::Fields f(row, "/signers/accepts");
    AcceptRule rule;
    rule.item_kind = f.string("item_kind");
    rule.roles = f.strings("roles");
    rule.all = flag_of(f, "all", false);
    rule.distinct = flag_of(f, "distinct", true);
    if (row.find("not_also") != nullptr) {
      rule.not_also = f.strings("not_also");
    }
    SP_CHECK(read_ok(f));
    out.accepts.push_back(std::move(rule));
  }
  return {};
}

Result<void> read_ledger(const canon::Value* ledger, CharterFacts& out) {
  if (ledger == nullptr) {
    return {}; // then no packet with a ledger stands under this charter
  }
  canon::Fields f(*ledger, "/ledger");
  LedgerRule& rule = out.ledger.emplace();
  rule.categories = f.strings("categories");
  if (ledger->find("must_resolve") != nullptr) {
    rule.must_resolve = f.strings("must_resolve");
  }
  canon::Fields owner(f.any("owner"), "/ledger/owner");
  rule.owner_role = owner.string("role");
  SP_CHECK(read_ok(f));
  return read_ok(owner);
}

Result<void> read_levels(const canon::Value* scope, CharterFacts& out) {
  return read_rules(scope, "/scope",
                    [&](const std::string& dimension, const canon::Value& value) -> Result<void> {
                      canon::Fields f(value, "/scope");
                      if (f.string("type") != "level") {
                        return read_ok(f);
                      }
                      LevelRule rule;
                      rule.levels = f.strings("levels");
                      rule.max = f.maybe_string("max");
                      SP_CHECK(read_ok(f));
                      out.levels[dimension] = std::move(rule);
                      return {};
                    });
}

Result<void> read_clocks(const canon::Value* clocks, CharterFacts& out) {
  return read_rules(clocks == nullptr ? nullptr : clocks->find("due"), "/clocks/due",
                    [&](const std::string& clock, const canon::Value& value) -> Result<void> {
                      canon::Fields f(value, "/clocks/due");
                      if (f.string("kind") == "retention") {
                        out.retention_clocks.push_back(clock);
                      }
                      return read_ok(f);
                    });
}

Result<void> read_signers(const canon::Value& value, CharterFacts& out) {
  canon::Fields f(value, "/signers");
  const canon::Array& rows = f.array("require");
  out.key_class_min = f.string("key_class_min");
  out.step_up = f.boolean("step_up");
  out.valid_for.ms = f.integer("valid_for", 1, longest);
  const canon::Value* substitutes = f.maybe("substitute");
  const canon::Value* accepts = f.maybe("accepts");
  SP_CHECK(read_ok(f));
  SP_CHECK(read_accepts(accepts, out));
  SP_CHECK(read_substitutes(substitutes, out));
  return read_require(rows, out);
}

// Only FRESH.MISSING is ever overridden, whatever a charter says (charter language, section 3.5).
Result<void> read_overrides(const canon::Value* holds, CharterFacts& out) {
  const canon::Value* codes = holds == nullptr ? nullptr : holds->find("codes");
  return read_rules(codes, "/holds/codes",
                    [&](const std::string& code, const canon::Value& value) -> Result<void> {
                      const canon::Value* override_rule = value.find("override");
                      if (override_rule == nullptr) {
                        return {};
                      }
                      if (code != overridable) {
                        return fail(ErrorCode::malformed, "/holds/codes",
                                    "lets people override a hold that can never be overridden");
                      }
                      canon::Fields f(*override_rule, "/holds/codes/override");
                      OverrideRule rule;
                      rule.roles = f.strings("roles");
                      rule.count = static_cast<std::size_t>(f.integer("count", 1, count_max));
                      rule.max_age.ms = f.integer("max_age", 0, longest);
                      SP_CHECK(read_ok(f));
                      out.overrides[code] = std::move(rule);
                      return {};
                    });
}

// Who may split, where the section says.
Result<void> read_splitters(const canon::Value* lineage, const canon::Value* admission, CharterFacts& out) {
  if (lineage != nullptr && lineage->find("split_roles") != nullptr) {
    canon::Fields f(*lineage, "/lineage");
    out.split_roles = f.strings("split_roles");
    SP_CHECK(read_ok(f));
  }
  if (admission != nullptr && admission->find("partial_dim") != nullptr) {
    canon::Fields f(*admission, "/admission");
    out.partial_dimension = f.string("partial_dim");
    out.partial_roles = f.strings("partial_roles");
    SP_CHECK(read_ok(f));
  }
  return {};
}

Result<void> read_windows(const canon::Value* clocks, CharterFacts& out) {
  return read_rules(clocks == nullptr ? nullptr : clocks->find("windows"), "/clocks/windows",
                    [&](const std::string& id, const canon::Value& value) -> Result<void> {
                      canon::Fields f(value, "/clocks/windows");
                      WindowRule rule;
                      rule.kind = f.string("kind");
                      SP_CHECK(read_ok(f));
                      for (const char* member : {"at", "starts", "ends"}) {
                        const canon::Value* at = value.find(member);
                        if (at != nullptr && !packet::from_value(*at, rule.said.emplace_back())) {
                          return fail(ErrorCode::malformed, "/clocks/windows",
                                      "has an instant of another shape");
                        }
                      }
                      out.windows[id] = std::move(rule);
                      return {};
                    });
}

bool is_section(const std::string& word) {
  return std::ranges::find(may_be_protected, word) != std::end(may_be_protected);
}

Result<Governance> read_governance(const canon::Value& value) {
  Governance out;
  canon::Fields f(value, "/governance");
  out.owners = f.strings("owners");
  const std::string rule = f.string("rule");
  if (rule == "all") {
    out.needed = out.owners.size();
  } else if (rule == "n_of_m") {
    out.needed = static_cast<std::size_t>(f.integer("n", 2, static_cast<std::int64_t>(out.owners.size())));
  } else {
    f.fault("rule", "is no rule that is known", ErrorCode::unsupported);
  }
  out.protects = f.strings("protects");
  if (!std::ranges::all_of(out.protects, is_section)) {
    f.fault("protects", "names a section that is not known", ErrorCode::unsupported);
  }
  out.min_notice.ms = f.integer("min_notice", 0, longest);
  SP_CHECK(read_ok(f));
  if (out.owners.empty()) {
    return fail(ErrorCode::malformed, "/governance/owners", "must be at least one");
  }
  return out;
}

Result<std::optional<std::string>> read_promoter(const canon::Value& exposure) {
  const canon::Value* annexes = exposure.find("annexes");
  const canon::Value* role = annexes == nullptr ? nullptr : annexes->find("promote_by");
  if (role == nullptr) {
    return std::nullopt;
  }
  if (role->string() == nullptr) {
    return fail(ErrorCode::malformed, "/exposure/annexes/promote_by", "must be a role");
  }
  return *role->string();
}

} // namespace

Result<CharterFacts> read_charter(std::string_view bytes) {
  CharterFacts out;
  SP_TRY(out.text, canon::parse(bytes, {.bytes = limits::charter_bytes}));
  if (canon::write(out.text) != bytes) {
    return fail(ErrorCode::malformed, "", "these bytes are not canonical JSON");
  }
  out.digest = crypto::sha256(bytes);
  canon::Fields f(out.text, "");
  out.id = f.string("charter");
  out.version = static_cast<std::uint32_t>(f.integer("version", 1, version_max));
  out.flow = f.string("flow");
  out.packet_class = f.string("packet_class");
  canon::Fields lane(f.any("lane"), "/lane");
  out.lane = lane.string("id");
  SP_CHECK(read_ok(f));
  SP_CHECK(read_ok(lane));
  SP_CHECK(read_signers(f.any("signers"), out));
  SP_TRY(out.governance, read_governance(f.any("governance")));
  SP_TRY(out.promoter, read_promoter(f.any("exposure")));
  SP_CHECK(read_overrides(f.maybe("holds"), out));
  SP_CHECK(read_splitters(f.maybe("lineage"), f.maybe("admission"), out));
  const canon::Value* clocks = f.maybe("clocks");
  SP_CHECK(read_windows(clocks, out));
  const canon::Value* scope = f.maybe("scope");
  const canon::Value* ledger = f.maybe("ledger");
  if (out.flow == "co_release") { // what only packets with a ledger are judged by
    SP_CHECK(read_clocks(clocks, out));
    SP_CHECK(read_levels(scope, out));
    SP_CHECK(read_ledger(ledger, out));
  }
  SP_CHECK(read_ok(f));
  return out;
}

packet::SignerRoles signer_roles(const CharterFacts& charter) {
  packet::SignerRoles roles;
  roles.releases = charter.ledger.has_value();
  for (const AcceptRule& row : charter.accepts) {
    roles.acceptors.insert(roles.acceptors.end(), row.roles.begin(), row.roles.end());
  }
  for (const packet::BoundRequirement& row : charter.require) {
    roles.signers.insert(roles.signers.end(), row.roles.begin(), row.roles.end());
  }
  for (const auto& [role, rule] : charter.substitutes) {
    roles.signers.push_back(rule.by);
    roles.waivers.push_back(rule.ratified_by);
  }
  for (const auto& [code, rule] : charter.overrides) {
    roles.waivers.insert(roles.waivers.end(), rule.roles.begin(), rule.roles.end());
  }
  for (const auto& list : {charter.split_roles, charter.partial_roles}) {
    roles.splitters.insert(roles.splitters.end(), list.begin(), list.end());
  }
  roles.promoter = charter.promoter;
  return roles;
}

bool succeeds(const CharterFacts& next, const CharterFacts& active) {
  return next.version == active.version + 1 && next.id == active.id && next.lane == active.lane &&
         next.flow == active.flow && next.packet_class == active.packet_class;
}

bool changes(const CharterFacts& next, const CharterFacts& active, std::string_view section) {
  const canon::Value* to = next.text.find(section);
  const canon::Value* from = active.text.find(section);
  return to == nullptr || from == nullptr ? to != from : *to != *from;
}

bool changes_protected(const CharterFacts& next, const CharterFacts& active) {
  const auto changed = [&](std::string_view section) { return changes(next, active, section); };
  return std::ranges::any_of(always_protected, changed) ||
         std::ranges::any_of(active.governance.protects, changed);
}

} // namespace sallyport::verify
