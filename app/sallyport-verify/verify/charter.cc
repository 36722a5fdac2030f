#include "verify/charter.h"

#include "base/limits.h"
#include "canon/fields.h"
#include "canon/json.h"
#include "crypto/digest.h"

#include <fmt/format.h>
#include <limits>

namespace sallyport::verify {
namespace {

constexpr std::int64_t version_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t count_max = 9; // charter language: signers.require

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

Result<void> read_signers(const canon::Value& value, CharterFacts& out) {
  canon::Fields f(value, "/signers");
  const canon::Array& rows = f.array("require");
  out.key_class_min = f.string("key_class_min");
  out.step_up = f.boolean("step_up");
  out.valid_for.ms = f.integer("valid_for", 1, std::numeric_limits<std::int64_t>::max());
  SP_CHECK(read_ok(f));
  return read_require(rows, out);
}

Result<void> read_governance(const canon::Value& value, CharterFacts& out) {
  canon::Fields f(value, "/governance");
  out.owners = f.strings("owners");
  const std::string rule = f.string("rule");
  if (rule == "all") {
    out.owners_needed = out.owners.size();
  } else if (rule == "n_of_m") {
    out.owners_needed =
        static_cast<std::size_t>(f.integer("n", 2, static_cast<std::int64_t>(out.owners.size())));
  } else {
    f.fault("rule", "is no rule that is known", ErrorCode::unsupported);
  }
  SP_CHECK(read_ok(f));
  return out.owners.empty() ? fail(ErrorCode::malformed, "/governance/owners", "must be at least one")
                            : Result<void>();
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
  SP_TRY(const canon::Value value, canon::parse(bytes, {.bytes = limits::charter_bytes}));
  if (canon::write(value) != bytes) {
    return fail(ErrorCode::malformed, "", "these bytes are not canonical JSON");
  }
  CharterFacts out;
  out.digest = crypto::sha256(bytes);
  canon::Fields f(value, "");
  out.id = f.string("charter");
  out.version = static_cast<std::uint32_t>(f.integer("version", 1, version_max));
  out.packet_class = f.string("packet_class");
  canon::Fields lane(f.any("lane"), "/lane");
  out.lane = lane.string("id");
  SP_CHECK(read_ok(f));
  SP_CHECK(read_ok(lane));
  SP_CHECK(read_signers(f.any("signers"), out));
  SP_CHECK(read_governance(f.any("governance"), out));
  SP_TRY(out.promoter, read_promoter(f.any("exposure")));
  SP_CHECK(read_ok(f));
  return out;
}

packet::SignerRoles signer_roles(const CharterFacts& charter) {
  packet::SignerRoles roles;
  for (const packet::BoundRequirement& row : charter.require) {
    roles.signers.insert(roles.signers.end(), row.roles.begin(), row.roles.end());
  }
  roles.promoter = charter.promoter;
  return roles;
}

} // namespace sallyport::verify
