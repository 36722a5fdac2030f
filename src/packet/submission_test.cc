#include "packet/submission.h"

#include "base/limits.h"
#include "packet/leaf.h"
#include "packet/names.h"
#include "packet/testing/sample.h"

#include "base/testing/shared_data.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::packet;
using namespace sallyport::packet::testing;
using canon::Array;
using canon::Object;
using canon::Value;

namespace {

// The sample with the value at `pointer` (below /packet) replaced, or removed; the digest follows.
Value changed(const std::string& pointer, std::optional<Value> value) {
  Value packet = canon::parse(sample_packet).value();
  const std::size_t cut = pointer.rfind('/');
  Value* parent = find_mutable(packet, pointer.substr(0, cut));
  REQUIRE(parent != nullptr);
  std::string name = pointer.substr(cut + 1);
  if (name.starts_with("~1")) {
    name = "/" + name.substr(2);
  }
  if (parent->array() != nullptr) {
    parent->array()->at(std::stoul(name)) = value.value();
  } else if (value) {
    parent->object()->set(name, *value);
  } else {
    REQUIRE(parent->object()->erase(name));
  }
  return submission_of(std::move(packet));
}

Error fault_of(const Value& document) {
  const auto parsed = read_submission(document);
  REQUIRE_FALSE(parsed);
  return parsed.error();
}

Object items(std::size_t count, const std::string& prefix, const Value& item) {
  Object out;
  for (std::size_t i = 0; i < count; ++i) {
    out.set(prefix + std::to_string(i), item);
  }
  return out;
}

Value sample_at(const std::string& pointer) {
  Value packet = canon::parse(sample_packet).value();
  return *find_mutable(packet, pointer);
}

} // namespace

TEST_CASE("a complete submission is taken as it is") {
  const auto parsed = parse_submission(canon::write(sample_document()));
  REQUIRE(parsed);
  CHECK(parsed->lane == "Q-PSR");
  CHECK(parsed->upstream.system == "triage-desk");
  CHECK(parsed->triage.by.str() == "pe_aaaaaaaaaa");
  CHECK(parsed->authors.size() == 2);
  CHECK(parsed->fields.at("/operator").pseudonym == Value("Secret operator-FIR"));
  CHECK_FALSE(parsed->fields.at("/narrative").coarse);
  CHECK(parsed->scope.at("tenant").size() == 2);
  CHECK(parsed->citations.at("c1").supports == std::vector<std::string>{"m1", "m2"});
  CHECK(parsed->citations.at("c2").pins.at("version") == "Secret pin v881");
  CHECK(as_text(parsed->parts.at("a1").content) == "Secret annex text");
  CHECK(parsed->parts.at("a1").include);
}

TEST_CASE("caveats: none is said, and absent or empty is refused with what to write") {
  CHECK(read_submission(changed("/caveats", "none"))->caveats.empty());
  for (const auto& value :
       {std::optional<Value>{}, std::optional<Value>{Object{}}, std::optional<Value>{""}}) {
    const Error fault = fault_of(changed("/caveats", value));
    CHECK(fault.where == "/packet/caveats");
    CHECK(fault.message.find("write \"none\"") != std::string::npos);
  }
  CHECK(fault_of(changed("/caveats", "None")).where == "/packet/caveats");
}

TEST_CASE("merges, parts and pins may be absent or empty") {
  for (const char* pointer : {"/merges", "/parts", "/citations/c2/pins"}) {
    CHECK(read_submission(changed(pointer, std::nullopt)));
    CHECK(read_submission(changed(pointer, Object{})));
  }
  CHECK(read_submission(changed("/merges/d1/packet", std::nullopt)));
  CHECK(read_submission(changed("/fields", Object{})));
}

TEST_CASE("every other member of a submission is required") {
  const Value packet = canon::parse(sample_packet).value();
  std::size_t removed = 0;
  each_pointer(packet, "", [&](const std::string& pointer, const Value&) {
    const bool optional = pointer == "/merges" || pointer == "/parts" ||
                          pointer.starts_with("/merges/d1/packet") || pointer.ends_with("/pseudonym") ||
                          pointer.ends_with("/coarse") || pointer.find("/pins") != std::string::npos;
    const bool in_collection_or_array =
        pointer == "/merges/d1" || pointer == "/parts/a1" ||
        pointer.starts_with("/fields/~1session/value/") || pointer.starts_with("/authors/") ||
        pointer.find("/supports/") != std::string::npos || pointer == "/caveats/k1" ||
        pointer == "/caveats/k2" || pointer == "/citations/c1" || pointer == "/citations/c2" ||
        pointer == "/scope/tenant/t1" || pointer == "/scope/tenant/t2" ||
        (pointer.starts_with("/fields/") && !pointer.ends_with("/value"));
    if (pointer.empty() || optional || in_collection_or_array) {
      return;
    }
    CAPTURE(pointer);
    CHECK_FALSE(read_submission(changed(pointer, std::nullopt)));
    ++removed;
  });
  CHECK(removed > 40);
  for (const char* name : {"v", "upstream", "upstream_digest", "packet"}) {
    Value document = sample_document();
    document.object()->erase(name);
    CHECK(fault_of(document).where == "/" + std::string(name));
  }
}

TEST_CASE("each fault is named by its pointer") {
  struct Row {
    const char* pointer;
    Value value;
    const char* where;
    ErrorCode code = ErrorCode::malformed;
  };

  const std::string control = "a\x01";
  const std::string c1_control = "a\xc2\x85";
  const std::vector<Row> rows = {
      {"/packet_class", "Break Glass", "/packet/packet_class"},
      {"/lane", "q-psr", "/packet/lane"},
      {"/lane", 7, "/packet/lane"},
      {"/severity", "", "/packet/severity"},
      {"/triage", "stamped", "/packet/triage"},
      {"/triage/stamp", "two words", "/packet/triage/stamp"},
      {"/triage/at", "2026-11-20T09:45:00Z", "/packet/triage/at"},
      {"/triage/by", "somebody", "/packet/triage/by"},
      {"/authors", Array{}, "/packet/authors"},
      {"/authors", Array{"pe_aaaaaaaaaa", "pe_aaaaaaaaaa"}, "/packet/authors"},
      {"/authors/0", "nobody", "/packet/authors"},
      {"/fields/~1narrative", Object{}, "/packet/fields/~1narrative/value"},
      {"/fields/~1narrative/value", "", "/packet/fields/~1narrative/value"},
      {"/fields/~1narrative/value", nullptr, "/packet/fields/~1narrative/value"},
      {"/fields/~1narrative/value", control, "/packet/fields/~1narrative/value"},
      {"/fields/~1narrative/value", c1_control, "/packet/fields/~1narrative/value"},
      {"/fields/~1narrative/value", "a\rb", "/packet/fields/~1narrative/value"},
      {"/fields/~1session/value/id", "\x7f", "/packet/fields/~1session/value"},
      {"/fields/~1session/value/id", nullptr, "/packet/fields/~1session/value"},
      {"/fields/~1operator/pseudonym", Array{}, "/packet/fields/~1operator/pseudonym"},
      {"/fields/~1narrative/value", std::string(limits::value_bytes, 'x'), "/packet/fields/~1narrative/value",
       ErrorCode::too_large},
      {"/fields", Object{{"operator", Object{{"value", 1}}}}, "/packet/fields"},
      {"/fields", Object{{"/operator:coarse", Object{{"value", 1}}}}, "/packet/fields"},
      {"/fields", Object{{"/a/b", Object{{"value", 1}}}}, "/packet/fields"},
      {"/fields", Object{{"/lane", Object{{"value", 1}}}}, "/packet/fields"},
      {"/fields", Object{{"/upstream_digest", Object{{"value", 1}}}}, "/packet/fields"},
      {"/scope", Object{}, "/packet/scope"},
      {"/scope/tenant", Object{}, "/packet/scope/tenant"},
      {"/scope", Object{{"Tenant", Object{}}}, "/packet/scope"},
      {"/scope/tenant", Array{}, "/packet/scope/tenant"},
      {"/scope/tenant/t1/value", Object{}, "/packet/scope/tenant/t1/value"},
      {"/scope/tenant", items(limits::collection_items + 1, "t", Object{{"value", 1}}),
       "/packet/scope/tenant", ErrorCode::too_large},
      {"/claims", Object{}, "/packet/claims"},
      {"/claims", Object{{"M 1", Object{{"text", "x"}}}}, "/packet/claims"},
      {"/claims", items(1, "a-name-of-more-than-16-bytes", Object{{"text", "x"}}), "/packet/claims"},
      {"/claims", items(limits::collection_items + 1, "m", Object{{"text", "x"}}), "/packet/claims",
       ErrorCode::too_large},
      {"/claims/m1/text", control, "/packet/claims/m1/text"},
      {"/caveats", Array{}, "/packet/caveats"},
      {"/caveats/k1/code", "Not A Code", "/packet/caveats/k1/code"},
      {"/caveats/k1/text", control, "/packet/caveats/k1/text"},
      {"/citations", Object{}, "/packet/citations"},
      {"/citations/c1/source", "Session Broker", "/packet/citations/c1/source"},
      {"/citations/c1/kind", "", "/packet/citations/c1/kind"},
      {"/citations/c1/key", "", "/packet/citations/c1/key"},
      {"/citations/c1/key", std::string(300, 'x'), "/packet/citations/c1/key", ErrorCode::too_large},
      {"/citations/c1/observed_at", "yesterday", "/packet/citations/c1/observed_at"},
      {"/citations/c1/content", "AB", "/packet/citations/c1/content"},
      {"/citations/c1/supports", Array{}, "/packet/citations/c1/supports"},
      {"/citations/c1/supports", Array{"m1", "m1"}, "/packet/citations/c1/supports"},
      {"/citations/c1/supports", Array{"m9"}, "/packet/citations/c1/supports"},
      {"/citations/c2/pins", Array{}, "/packet/citations/c2/pins"},
      {"/citations/c2/pins", Object{{"The Version", "v1"}}, "/packet/citations/c2/pins"},
      {"/citations/c2/pins/version", 7, "/packet/citations/c2/pins"},
      {"/citations", items(limits::citations + 1, "c", sample_at("/citations/c1")), "/packet/citations",
       ErrorCode::too_large},
      {"/merges/d1/packet", "pk_1", "/packet/merges/d1/packet"},
      {"/merges/d1/case", control, "/packet/merges/d1/case"},
      {"/merges/d1/code", "x y", "/packet/merges/d1/code"},
      {"/merges/d1/by", "pk_cccccccccc", "/packet/merges/d1/by"},
      {"/parts/a1/kind", "dump", "/packet/parts/a1/kind", ErrorCode::unsupported},
      {"/parts/a1/media_type", "text/plain; charset=x", "/packet/parts/a1/media_type"},
      {"/parts/a1/file_name", "../../etc/passwd", "/packet/parts/a1/file_name"},
      {"/parts/a1/file_name", "..", "/packet/parts/a1/file_name"},
      {"/parts/a1/state", "included", "/packet/parts/a1/state"},
      {"/parts/a1/include", "yes", "/packet/parts/a1/include"},
      {"/parts/a1/content", "not base64", "/packet/parts/a1/content"},
      {"/parts/a1/content", "", "/packet/parts/a1/content"},
      {"/parts/a1/content", to_base64(Bytes(limits::part_bytes + 1)), "/packet/parts/a1/content",
       ErrorCode::too_large},
      {"/parts", items(limits::parts + 1, "a", sample_at("/parts/a1")), "/packet/parts",
       ErrorCode::too_large},
      {"/claims/m1/more", 1, "/packet/claims/m1"},
      {"/more", 1, "/packet"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pointer);
    CAPTURE(row.where);
    const Error fault = fault_of(changed(row.pointer, row.value));
    CHECK(fault.where == row.where);
    CHECK(fault.code == row.code);
    CHECK_FALSE(fault.message.empty());
  }
}

TEST_CASE("the envelope: version, upstream and a digest that recomputes") {
  const auto fault_with = [](const char* name, Value value) {
    Value document = sample_document();
    document.object()->set(name, std::move(value));
    return fault_of(document);
  };
  CHECK(fault_with("v", 2).code == ErrorCode::unsupported);
  CHECK(fault_with("upstream", Object{{"system", "triage-desk"}, {"case", "C"}, {"revision", 0}}).where ==
        "/upstream/revision");
  CHECK(fault_with("upstream_digest", std::string(64, '0')).where == "/upstream_digest");
  CHECK(fault_with("upstream_digest", "x").where == "/upstream_digest");
  CHECK(fault_with("packet", "x").where == "/packet");

  Value document = sample_document();
  *find_mutable(document, "/packet/severity") = "sev2";
  CHECK(fault_of(document).where == "/upstream_digest");
  CHECK_FALSE(parse_submission("[]"));
  CHECK_FALSE(parse_submission(""));
}

TEST_CASE("upstream_digest is over the canonical form, so spelling and order do not matter") {
  std::string spaced = canon::write(sample_document());
  spaced.insert(1, " \n ");
  CHECK(parse_submission(spaced));
}

TEST_CASE("no error holds a value or a foreign name of the input") {
  const std::string marker = "zq7-marker"; // a well-formed name, so that spelling alone does not refuse it
  std::size_t refused = 0;
  const auto check = [&](const Value& document) {
    const auto parsed = parse_submission(canon::write(document));
    if (!parsed) {
      ++refused;
      CHECK(parsed.error().text().find(marker) == std::string::npos);
    }
  };
  std::vector<std::string> pointers;
  each_pointer(sample_document(), "",
               [&](const std::string& pointer, const Value&) { pointers.push_back(pointer); });
  for (const std::string& pointer : pointers) {
    CAPTURE(pointer);
    for (const Value& value : {Value(marker), Value(marker + "\x01"), Value(Array{marker}),
                               Value(Object{{marker + "!", marker}}), Value(std::string(70, 'x') + marker)}) {
      Value document = sample_document();
      *find_mutable(document, pointer) = value;
      check(document);
      if (Value* packet = find_mutable(document, "/packet");
          packet != nullptr && pointer.starts_with("/packet/")) {
        check(submission_of(*packet));
      }
    }
    // A member too many, named by whoever sent it.
    Value document = sample_document();
    Value* at = find_mutable(document, pointer);
    const bool is_collection = pointer.ends_with("/claims") || pointer.ends_with("/caveats") ||
                               pointer.ends_with("/citations") || pointer.ends_with("/merges") ||
                               pointer.ends_with("/parts") || pointer.ends_with("/scope") ||
                               pointer.ends_with("/tenant");
    if (at->object() != nullptr && !is_collection) {
      at->object()->set(marker, 1);
      check(document);
    }
  }
  CHECK(refused > 500);
  CHECK(parse_submission("{\"" + marker + "\":1,\"" + marker + "\":2}").error().text().find(marker) ==
        std::string::npos);
}

TEST_CASE("what intake takes fits into the record of its sealing") {
  // Citations with the longest names that still pass, with parts and authors: the leaf must encode.
  std::mt19937_64 random(7);
  std::size_t taken = 0;
  for (int round = 0; round < 200; ++round) {
    Value packet = canon::parse(sample_packet).value();
    Object citations;
    Value cite = sample_at("/citations/c1");
    cite.object()->set("source", std::string(1 + random() % 62, 's'));
    const std::size_t count = 1 + random() % limits::citations;
    for (std::size_t i = 0; i < count; ++i) {
      citations.set("c" + std::to_string(10 + i) + std::string(random() % 12, 'x'), cite);
    }
    packet.object()->set("citations", std::move(citations));
    packet.object()->set("parts", items(random() % limits::parts, "a", sample_at("/parts/a1")));
    Array authors;
    for (std::size_t i = 0, n = 1 + random() % 40; i < n; ++i) {
      authors.push_back(PersonId::from_random((random() << 6U) + i).str());
    }
    packet.object()->set("authors", std::move(authors));
    packet.object()->set("lane", std::string(40, 'Q'));
    const auto parsed = read_submission(submission_of(packet));
    if (!parsed) {
      CHECK(parsed.error().code == ErrorCode::too_large);
      continue;
    }
    ++taken;
    SealedFacts facts;
    facts.revision = 4'000'000'000;
    facts.severity = parsed->severity;
    facts.withheld = 1000;
    facts.actor = AccountId::from_random(1);
    facts.triager = parsed->triage.by;
    facts.authors = parsed->authors;
    for (const auto& [id, citation] : parsed->citations) {
      facts.cites.push_back({id, citation.source, ObjectId::from_random(random()), 4'000'000'000,
                             citation.observed_at, citation.complete_through});
    }
    for (const auto& [id, part] : parsed->parts) {
      facts.parts[id] = part.state;
    }
    const Leaf sealed{
        (1ULL << 53U) - 1, parsed->triage.at, std::string(60, 'o'),
        (1ULL << 53U) - 2, Digest{},          RevisionSealed{PacketId::from_random(1), Digest{}, facts}};
    CHECK(encode(sealed));
    const Leaf submitted{(1ULL << 53U) - 1,
                         parsed->triage.at,
                         std::string(60, 'o'),
                         (1ULL << 53U) - 2,
                         Digest{},
                         PacketSubmitted{PacketId::from_random(1), parsed->lane,
                                         Continues{PacketId::from_random(2), Digest{}}, facts}};
    CHECK(encode(submitted));
  }
  CHECK(taken > 50);
  CHECK(taken < 200);
}

TEST_CASE("the example of docs/packet.md is taken") {
  const std::string page = sallyport::testing::read_file(SALLYPORT_SOURCE_DIR "/docs/packet.md");
  const std::size_t from = page.find("```json\n") + 8;
  const Value example = canon::parse(page.substr(from, page.find("```", from) - from)).value();
  const auto parsed = read_submission(submission_of(*example.find("packet")));
  REQUIRE(parsed);
  CHECK(parsed->caveats.empty());
  // But for the digest, for which the page has a placeholder.
  CHECK(fault_of(example).where == "/upstream_digest");
}

TEST_CASE("the spelling of names") {
  for (const char* good : {"a", "c1", "session-broker", "idp_sign_in", "a1-b2_c3"}) {
    CHECK(is_name(good));
  }
  for (const char* bad : {"", "1a", "A", "a--b", "a-", "-a", "a.b", "a b", "\xc3\xa4"}) {
    CHECK_FALSE(is_name(bad));
  }
  CHECK(is_name(std::string(63, 'a')));
  CHECK_FALSE(is_name(std::string(64, 'a')));
  CHECK_FALSE(is_item_id(std::string(17, 'a')));
  CHECK(is_lane_id("Q-PSR"));
  CHECK_FALSE(is_lane_id("Q_PSR"));
  CHECK(is_token("TS-1.2_a"));
  CHECK_FALSE(is_token("a/b"));
  CHECK(is_media_type("application/vnd.api+json"));
  CHECK_FALSE(is_media_type("text"));
  CHECK_FALSE(is_media_type("text/"));
  CHECK_FALSE(is_field_pointer("/_sd"));
  CHECK(has_control_character("\xc2\x9f"));
  CHECK_FALSE(has_control_character("\xc2\xa0\n\t"));
  CHECK(has_control_character("right \xe2\x80\xae to left"));
  CHECK(has_control_character("\xe2\x81\xa6isolated"));
  CHECK(has_control_character("tag \xf3\xa0\x81\xa1"));
  CHECK_FALSE(has_control_character("\xe2\x80\x99\xe2\x82\xac\xf0\x9f\x99\x82"));
}
