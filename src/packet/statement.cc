#include "packet/statement.h"

#include "canon/fields.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"
#include "crypto/sshsig.h"
#include "packet/exact.h"
#include "packet/in_toto.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <iterator>
#include <limits>

namespace sallyport::packet {
namespace {

constexpr std::int64_t version_max = std::numeric_limits<std::uint32_t>::max();

canon::Value in_log(const std::string& origin) {
  return canon::Object{{"origin", origin}};
}

std::string origin_of(canon::Fields& predicate) {
  canon::Fields log(predicate.any("log"), predicate.where("log"));
  std::string origin = log.string("origin");
  if (const auto done = log.done(); !done) {
    predicate.fault("log", "expected {\"origin\"}");
  }
  return origin;
}

// "none before it" is said: null.
canon::Value or_null(const std::optional<Digest>& digest) {
  return digest ? canon::Value(digest->hex()) : canon::Value(nullptr);
}

std::optional<Digest> digest_or_null(canon::Fields& predicate, std::string_view name) {
  const canon::Value& value = predicate.any(name);
  if (value.is_null()) {
    return std::nullopt;
  }
  const auto digest = Digest::from_hex(value.string() == nullptr ? "" : *value.string());
  if (!digest) {
    predicate.fault(name, digest.error().message);
    return std::nullopt;
  }
  return *digest;
}

canon::Array array_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

// A key in its one spelling, so that the subject's digest and the line say the same key.
std::string key_line(canon::Fields& fields) {
  std::string line = fields.string("key");
  const auto key = crypto::parse_public_key_line(line);
  if (!key || key->line() != line) {
    fields.fault("key", "expected a public key as \"type base64\" of a type that is taken");
  }
  return line;
}

std::string key_class(canon::Fields& fields) {
  std::string text = fields.string("class");
  if (!crypto::parse_key_class(text)) {
    fields.fault("class", "expected a key class");
  }
  return text;
}

Digest fingerprint(const std::string& line) {
  const auto key = crypto::parse_public_key_line(line);
  SP_ASSERT(key.has_value()); // whoever makes a statement has parsed the key
  return key->fingerprint();
}

// The number stands in the subject's name alone; exactly() then compares the whole name.
Result<std::uint32_t> revision_of(std::string_view subject) {
  const std::string_view digits = subject.substr(subject.rfind('/') + 1);
  std::uint32_t revision = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), revision);
  if (revision == 0) {
    return fail(ErrorCode::malformed, "/subject/0/name", "expected packet/<id>/revision/<number>");
  }
  return revision;
}

constexpr std::string_view rationale_name = "/rationale";

// What every reader ends with: the value is exactly what the struct says.
template <class S> Result<S> exactly(S said, const canon::Value& value) {
  if (statement(said) != value) {
    return fail(ErrorCode::malformed, "", "this statement is not what its members would be written as");
  }
  return said;
}

canon::Value owner_value(const GenesisOwner& owner) {
  canon::Object out{{"person", owner.person.str()},
                    {"role", owner.role},
                    {"key", owner.key},
                    {"class", owner.key_class},
                    {"origins", array_of(owner.origins)}};
  if (owner.rp_id) {
    out.set("rp_id", *owner.rp_id);
  }
  return out;
}

Result<GenesisOwner> read_owner(const canon::Value& value, std::string where) {
  canon::Fields f(value, std::move(where));
  GenesisOwner owner;
  owner.person = f.id<PersonId>("person");
  owner.role = f.string("role");
  owner.key = key_line(f);
  owner.key_class = key_class(f);
  owner.rp_id = f.maybe_string("rp_id");
  owner.origins = f.strings("origins");
  SP_CHECK(f.done());
  return owner;
}

} // namespace

canon::Value statement(const GenesisStatement& s) {
  canon::Array owners;
  for (const GenesisOwner& owner : s.owners) {
    owners.push_back(owner_value(owner));
  }
  return in_toto("genesis", "log/" + s.origin, crypto::sha256(s.log_vkey),
                 {{"act", "genesis"},
                  {"log", in_log(s.origin)},
                  {"log_vkey", s.log_vkey},
                  {"gate_spki", s.gate_spki},
                  {"rule", s.rule},
                  {"owners", std::move(owners)},
                  {"keys_from", to_string(s.keys_from)},
                  {"keys_until", to_string(s.keys_until)}});
}

canon::Value statement(const KeyStatement& s) {
  canon::Object predicate{{"act", "key"},
                          {"log", in_log(s.origin)},
                          {"person", s.person.str()},
                          {"key", s.key},
                          {"class", s.key_class},
                          {"valid_from", to_string(s.valid_from)},
                          {"valid_until", to_string(s.valid_until)}};
  if (s.rp_id) {
    predicate.set("rp_id", *s.rp_id);
  }
  if (!s.origins.empty()) {
    predicate.set("origins", array_of(s.origins));
  }
  return in_toto("key", "key/" + s.person.str(), fingerprint(s.key), std::move(predicate));
}

canon::Value statement(const RosterStatement& s) {
  return in_toto("roster", fmt::format("roster/{}/{}", s.lane, s.version), s.roster,
                 {{"act", "roster"},
                  {"log", in_log(s.origin)},
                  {"lane", s.lane},
                  {"version", std::int64_t{s.version}},
                  {"replaces", or_null(s.replaces)}});
}

canon::Value statement(const RatifyStatement& s) {
  return in_toto("ratify", fmt::format("charter/{}/{}", s.charter, s.version), s.digest,
                 {{"act", "ratify"},
                  {"log", in_log(s.origin)},
                  {"charter", s.charter},
                  {"version", std::int64_t{s.version}},
                  {"replaces", or_null(s.replaces)}});
}

canon::Value statement(const AnnexStatement& s) {
  return in_toto("annex", fmt::format("packet/{}/revision/{}", s.packet.str(), s.revision), s.revision_digest,
                 {{"act", "annex"},
                  {"log", in_log(s.origin)},
                  {"packet", s.packet.str()},
                  {"part", s.part},
                  {"from", s.from},
                  {"to", s.to}});
}

canon::Value statement(const SplitStatement& s) {
  return in_toto("split", fmt::format("split/{}/{}", s.first.str(), s.second.str()), s.rationale,
                 {{"act", "split"},
                  {"log", in_log(s.origin)},
                  {"packets", canon::Array{s.first.str(), s.second.str()}}});
}

canon::Value statement(const PartialStatement& s) {
  return in_toto("partial", fmt::format("packet/{}/revision/{}", s.packet.str(), s.revision),
                 s.revision_digest,
                 {{"act", "partial"},
                  {"log", in_log(s.origin)},
                  {"packet", s.packet.str()},
                  {"dimension", s.dimension},
                  {"free", array_of(s.free)},
                  {"held", array_of(s.held)}});
}

canon::Value statement(const OverrideStatement& s) {
  return in_toto("override", "manifest/" + s.manifest.str(), s.manifest_digest,
                 {{"act", "override"},
                  {"log", in_log(s.origin)},
                  {"packet", s.packet.str()},
                  {"manifest", s.manifest.str()},
                  {"hold", s.hold.str()},
                  {"rationale", s.rationale}});
}

canon::Value statement(const SubstituteStatement& s) {
  return in_toto("substitute", "manifest/" + s.manifest.str(), s.manifest_digest,
                 {{"act", "substitute"},
                  {"log", in_log(s.origin)},
                  {"packet", s.packet.str()},
                  {"manifest", s.manifest.str()},
                  {"role", s.role},
                  {"substitute", s.substitute.str()}});
}

Result<GenesisStatement> read_genesis(const canon::Value& value) {
  SP_TRY(const InToto opened, open_in_toto(value, "genesis"));
  canon::Fields f(*opened.predicate, "/predicate");
  GenesisStatement s;
  f.string("act");
  s.origin = origin_of(f);
  s.log_vkey = f.string("log_vkey");
  s.gate_spki = f.string("gate_spki");
  s.rule = f.string("rule");
  if (s.rule != "all") {
    f.fault("rule", "only \"all\" is known", ErrorCode::unsupported);
  }
  const canon::Array& owners = f.array("owners");
  if (owners.empty()) {
    f.fault("owners", "must be at least one");
  }
  s.keys_from = f.instant("keys_from");
  s.keys_until = f.instant("keys_until");
  SP_CHECK(f.done());
  for (std::size_t i = 0; i < owners.size(); ++i) {
    SP_TRY(GenesisOwner owner, read_owner(owners[i], fmt::format("/predicate/owners/{}", i)));
    s.owners.push_back(std::move(owner));
  }
  return exactly(std::move(s), value);
}

Result<KeyStatement> read_key(const canon::Value& value) {
  SP_TRY(const InToto opened, open_in_toto(value, "key"));
  canon::Fields f(*opened.predicate, "/predicate");
  KeyStatement s;
  f.string("act");
  s.origin = origin_of(f);
  s.person = f.id<PersonId>("person");
  s.key = key_line(f);
  s.key_class = key_class(f);
  s.valid_from = f.instant("valid_from");
  s.valid_until = f.instant("valid_until");
  s.rp_id = f.maybe_string("rp_id");
  if (opened.predicate->find("origins") != nullptr) {
    s.origins = f.strings("origins");
  }
  SP_CHECK(f.done());
  return exactly(std::move(s), value);
}

Result<RosterStatement> read_roster_statement(const canon::Value& value) {
  SP_TRY(const InToto opened, open_in_toto(value, "roster"));
  canon::Fields f(*opened.predicate, "/predicate");
  RosterStatement s;
  f.string("act");
  s.origin = origin_of(f);
  s.lane = f.string("lane");
  s.version = static_cast<std::uint32_t>(f.integer("version", 1, version_max));
  s.roster = opened.digest;
  s.replaces = digest_or_null(f, "replaces");
  SP_CHECK(f.done());
  return exactly(std::move(s), value);
}

Result<RatifyStatement> read_ratify(const canon::Value& value) {
  SP_TRY(const InToto opened, open_in_toto(value, "ratify"));
  canon::Fields f(*opened.predicate, "/predicate");
  RatifyStatement s;
  f.string("act");
  s.origin = origin_of(f);
  s.charter = f.string("charter");
  s.version = static_cast<std::uint32_t>(f.integer("version", 1, version_max));
  s.digest = opened.digest;
  s.replaces = digest_or_null(f, "replaces");
  SP_CHECK(f.done());
  return exactly(std::move(s), value);
}

Result<AnnexStatement> read_annex(const canon::Value& value) {
  SP_TRY(const InToto opened, open_in_toto(value, "annex"));
  canon::Fields f(*opened.predicate, "/predicate");
  AnnexStatement s;
  f.string("act");
  s.origin = origin_of(f);
  s.packet = f.id<PacketId>("packet");
  s.part = f.string("part");
  s.from = f.string("from");
  s.to = f.string("to");
  if (s.from != "held" && s.from != "redacted") {
    f.fault("from", "expected held or redacted");
  }
  if (s.to != "included") {
    f.fault("to", "expected included");
  }
  SP_CHECK(f.done());
  s.revision_digest = opened.digest;
  SP_TRY(s.revision, revision_of(opened.subject));
  return exactly(std::move(s), value);
}

Result<SplitStatement> read_split(const canon::Value& value) {
  SP_TRY(const InToto opened, open_in_toto(value, "split"));
  canon::Fields f(*opened.predicate, "/predicate");
  SplitStatement s;
  f.string("act");
  s.origin = origin_of(f);
  std::vector<PacketId> packets;
  for (const std::string& text : f.strings("packets")) {
    SP_TRY(packets.emplace_back(), PacketId::parse(text));
  }
  SP_CHECK(f.done());
  if (packets.size() != 2 || !is_set(packets)) {
    return fail(ErrorCode::malformed, "/predicate/packets", "expected the ids of two packets, sorted");
  }
  s.first = packets[0];
  s.second = packets[1];
  s.rationale = opened.digest;
  return exactly(std::move(s), value);
}

Result<PartialStatement> read_partial(const canon::Value& value) {
  SP_TRY(const InToto opened, open_in_toto(value, "partial"));
  canon::Fields f(*opened.predicate, "/predicate");
  PartialStatement s;
  f.string("act");
  s.origin = origin_of(f);
  s.packet = f.id<PacketId>("packet");
  s.dimension = f.string("dimension");
  s.free = f.strings("free");
  s.held = f.strings("held");
  SP_CHECK(f.done());
  std::vector<std::string> both;
  std::ranges::set_intersection(s.free, s.held, std::back_inserter(both));
  if (s.free.empty() || s.held.empty() || !is_set(s.free) || !is_set(s.held) || !both.empty()) {
    return fail(ErrorCode::malformed, "/predicate", "expected two sorted lists of elements that share none");
  }
  s.revision_digest = opened.digest;
  SP_TRY(s.revision, revision_of(opened.subject));
  return exactly(std::move(s), value);
}

Result<OverrideStatement> read_override(const canon::Value& value) {
  SP_TRY(const InToto opened, open_in_toto(value, "override"));
  canon::Fields f(*opened.predicate, "/predicate");
  OverrideStatement s;
  f.string("act");
  s.origin = origin_of(f);
  s.packet = f.id<PacketId>("packet");
  s.manifest = f.id<ManifestId>("manifest");
  s.manifest_digest = opened.digest;
  s.hold = f.id<HoldId>("hold");
  s.rationale = f.string("rationale");
  SP_CHECK(f.done());
  return exactly(std::move(s), value);
}

Result<SubstituteStatement> read_substitute(const canon::Value& value) {
  SP_TRY(const InToto opened, open_in_toto(value, "substitute"));
  canon::Fields f(*opened.predicate, "/predicate");
  SubstituteStatement s;
  f.string("act");
  s.origin = origin_of(f);
  s.packet = f.id<PacketId>("packet");
  s.manifest = f.id<ManifestId>("manifest");
  s.manifest_digest = opened.digest;
  s.role = f.string("role");
  s.substitute = f.id<PersonId>("substitute");
  SP_CHECK(f.done());
  return exactly(std::move(s), value);
}

canon::Value statement(const AcceptStatement& s) {
  canon::Object predicate{{"act", "accept"},
                          {"log", in_log(s.origin)},
                          {"packet", s.packet.str()},
                          {"revision", std::int64_t{s.revision}},
                          {"lane", s.lane},
                          {"charter", s.charter.hex()},
                          {"role", s.role},
                          {"person", s.person.str()},
                          {"items", to_value(s.items)}};
  if (s.symbolization) {
    predicate.set("symbolization", *s.symbolization);
  }
  return in_toto("accept", fmt::format("packet/{}/revision/{}", s.packet.str(), s.revision),
                 s.revision_digest, std::move(predicate));
}

Result<AcceptStatement> read_accept(const canon::Value& value) {
  SP_TRY(const InToto opened, open_in_toto(value, "accept"));
  canon::Fields f(*opened.predicate, "/predicate");
  AcceptStatement s;
  f.string("act");
  s.origin = origin_of(f);
  s.packet = f.id<PacketId>("packet");
  s.revision = static_cast<std::uint32_t>(f.integer("revision", 1, version_max));
  s.lane = f.string("lane");
  s.charter = f.digest("charter");
  s.role = f.string("role");
  s.person = f.id<PersonId>("person");
  s.symbolization = f.maybe_string("symbolization");
  const canon::Array& items = f.array("items");
  SP_CHECK(f.done());
  for (std::size_t i = 0; i < items.size(); ++i) {
    SP_TRY(s.items.emplace_back(), read<AcceptedItem>(items[i], fmt::format("/predicate/items/{}", i)));
  }
  if (s.items.empty() || !is_set(s.items, &AcceptedItem::item)) {
    return fail(ErrorCode::malformed, "/predicate/items", "expected items, sorted by id, none twice");
  }
  s.revision_digest = opened.digest;
  return exactly(std::move(s), value);
}

Disclosure wording_disclosure(const Salt& salt, const ItemId& item, std::string text) {
  return make_disclosure(salt, fmt::format("/accepted/{}/wording", item.str()), std::move(text));
}

Result<ItemId> read_wording(const Disclosure& disclosure) {
  const std::string* text = disclosure.value.string();
  constexpr std::string_view before = "/accepted/";
  constexpr std::string_view after = "/wording";
  const std::string_view name = disclosure.name;
  if (text == nullptr || text->empty() || !name.starts_with(before) || !name.ends_with(after) ||
      name.size() <= before.size() + after.size()) {
    return fail(ErrorCode::malformed, "", "not the wording of an item");
  }
  return ItemId::parse(name.substr(before.size(), name.size() - before.size() - after.size()));
}

Disclosure rationale_disclosure(const Salt& salt, std::string text) {
  return make_disclosure(salt, std::string(rationale_name), std::move(text));
}

Result<std::string> read_rationale(const Disclosure& disclosure) {
  const std::string* text = disclosure.value.string();
  if (disclosure.name != rationale_name || text == nullptr || text->empty()) {
    return fail(ErrorCode::malformed, "", "not a rationale in words");
  }
  return *text;
}

} // namespace sallyport::packet
