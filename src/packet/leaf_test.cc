#include "packet/leaf.h"

#include "base/limits.h"
#include "canon/json.h"

#include "base/testing/shared_data.h"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace sallyport;
using namespace sallyport::packet;

namespace {

// Fills a stored type through the very walk that writes and reads it.
class Filler {
public:
  explicit Filler(std::uint64_t seed) : random_(seed) {}

  template <class T> void operator()(const char* name, T& member) {
    names.insert(name);
    fill(member);
  }

  template <class T> void operator()(const char* name, std::optional<T>& member) {
    names.insert(name);
    optional.insert(name);
    member.reset();
    if (below(2) == 1) {
      fill(member.emplace());
    }
  }

  template <class T> void operator()(T& item) { fill(item); }

  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  void fill(std::string& s) {
    static const std::vector<std::string> pieces = {"a", "Z", "9", "\"", "\\", "\n", "é", "€", "𝄞", "/", "~"};
    s.clear();
    for (std::uint64_t i = 0, n = below(9); i < n; ++i) {
      s += pieces[below(pieces.size())];
    }
  }

  void fill(bool& b) { b = below(2) == 1; }

  void fill(std::uint32_t& n) { n = static_cast<std::uint32_t>(random_()); }

  void fill(std::uint64_t& n) { n = random_() >> 11U; }

  void fill(std::int64_t& n) { n = static_cast<std::int64_t>(random_() >> 11U) * (below(2) == 0 ? 1 : -1); }

  void fill(Instant& t) { t.ms = static_cast<std::int64_t>(below(4'102'444'800'000)); }

  void fill(Duration& d) { d.ms = static_cast<std::int64_t>(below(1'000'000'000)); }

  void fill(Digest& d) {
    for (auto& byte : d.bytes) {
      byte = static_cast<std::uint8_t>(random_());
    }
  }

  void fill(canon::Value& v) {
    std::string text;
    fill(text);
    v = canon::Object{
        {"text", text}, {"n", static_cast<std::int64_t>(below(1000))}, {"list", canon::Array{nullptr, true}}};
  }

  void fill(canon::Object& o) {
    canon::Value value;
    fill(value);
    o = *value.object();
  }

  template <class K> void fill(Id<K>& id) { id = Id<K>::from_random(random_()); }

  template <class T> void fill(std::vector<T>& items) {
    items.resize(below(4));
    for (T& item : items) {
      fill(item);
    }
  }

  template <class T> void fill(std::map<std::string, T>& items) {
    items.clear();
    for (std::uint64_t i = 0, n = below(4); i < n; ++i) {
      std::string key;
      fill(key);
      fill(items[key]);
    }
  }

  template <Stored T> void fill(T& t) { t.fields(*this); }

  template <Row T> void fill(T& t) { t.items(*this); }

  std::set<std::string> names;    // of the record that was filled, those inside it included
  std::set<std::string> optional; // of these, those that may be absent

private:
  std::mt19937_64 random_;
};

template <std::size_t I = 0> void each_kind(const auto& visit) {
  if constexpr (I < std::variant_size_v<AnyRecord>) {
    visit(Record(std::variant_alternative_t<I, AnyRecord>()));
    each_kind<I + 1>(visit);
  }
}

struct Arbitrary {
  Leaf leaf;
  std::set<std::string> optional;
};

Arbitrary arbitrary(Record record, std::uint64_t seed) {
  Filler filler(seed);
  Arbitrary out{{}, {"prev", "body"}};
  out.leaf.record = std::move(record);
  std::visit([&](auto& r) { filler.fill(r); }, out.leaf.record);
  out.optional.insert(filler.optional.begin(), filler.optional.end());
  filler.fill(out.leaf.n);
  filler.fill(out.leaf.at);
  out.leaf.log = "sallyport.example/psr";
  if (filler.below(2) == 1) {
    filler.fill(out.leaf.prev.emplace());
    filler.fill(out.leaf.body.emplace());
  }
  return out;
}

} // namespace

TEST_CASE("every kind of record reads back as it was written") {
  std::set<std::string> kinds;
  each_kind([&](const Record& empty) {
    kinds.insert(std::string(kind_of(empty)));
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const Leaf leaf = arbitrary(empty, seed).leaf;
      CAPTURE(kind_of(empty));
      CAPTURE(seed);
      const auto bytes = encode(leaf);
      REQUIRE(bytes);
      const auto again = decode(*bytes);
      REQUIRE(again);
      CHECK(again->record.index() == leaf.record.index());
      CHECK(again->n == leaf.n);
      CHECK(again->at == leaf.at);
      CHECK(again->log == leaf.log);
      CHECK(again->prev == leaf.prev);
      CHECK(again->body == leaf.body);
      CHECK(*encode(*again) == *bytes);
      const PacketId* packet = packet_of(leaf.record);
      CHECK((packet == nullptr) == (packet_of(again->record) == nullptr));
      if (packet != nullptr) {
        CHECK(*packet == *packet_of(again->record));
      }
    }
  });
  CHECK(kinds.size() == std::variant_size_v<AnyRecord>); // no two kinds have one name
}

TEST_CASE("a member too many, a required one too few, or one of another type is refused") {
  each_kind([&](const Record& empty) {
    const auto [leaf, optional] = arbitrary(empty, 3);
    const canon::Value whole = canon::parse(*encode(leaf)).value();
    CAPTURE(kind_of(empty));
    for (const auto& [name, member] : *whole.object()) {
      CAPTURE(name);
      canon::Value changed = whole;
      changed.object()->erase(name);
      CHECK(decode(canon::write(changed)).has_value() == optional.contains(name));
      // Nothing in a leaf is true, but for flags; and no flag is an array of arrays.
      changed.object()->set(name, canon::Array{canon::Array{canon::Array{}}});
      if (name != "statement") { // a statement is judged by the reader of its act
        CHECK_FALSE(decode(canon::write(changed)));
      }
    }
    canon::Value more = whole;
    more.object()->set("zz", 1);
    const auto refused = decode(canon::write(more));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().where == "/zz");
  });
}

TEST_CASE("inside a record, unknown members and items are refused too") {
  const Leaf leaf{1,  {}, "log",
                  {}, {}, IntakeRefused{AccountId::from_random(1), {{"INTAKE.SHAPE", "/packet"}}, 0}};
  canon::Value value = canon::parse(*encode(leaf)).value();
  canon::Array& row = *value.object()->find("reasons")->array()->at(0).array();
  row.push_back("one more");
  CHECK_FALSE(decode(canon::write(value)));
  row.resize(1);
  CHECK_FALSE(decode(canon::write(value)));

  Genesis genesis;
  genesis.act = {canon::Object{}, {{PersonId::from_random(1), {}, "c2ln"}}};
  value = canon::parse(*encode({0, {}, "log", {}, {}, genesis})).value();
  value.object()->find("sigs")->array()->at(0).object()->set("zz", 1);
  CHECK_FALSE(decode(canon::write(value)));
}

TEST_CASE("an erasure of a fragment names it, and one of the packet itself has no member for it") {
  ErasureDone done{PacketId::from_random(1), "f2", "bytes_gone", 2, Instant{}, 7, std::nullopt};
  const Leaf fragment{9, {}, "log", {}, {}, done};
  done.unit.reset();
  done.end_state.reset();
  done.keys = 1;
  const Leaf itself{9, {}, "log", {}, {}, done};
  const std::string head = R"({"at":"1970-01-01T00:00:00.000Z","backups_until":"1970-01-01T00:00:00.000Z",)";
  const std::string packet = R"("packet":")" + PacketId::from_random(1).str() + '"';
  const std::string of_fragment =
      head + R"("end_state":"bytes_gone","keys":2,"kind":"erasure.done","log":"log","n":9,)" +
      R"("ordered":7,)" + packet + R"(,"unit":"f2","v":1})";
  const std::string of_itself =
      head + R"("keys":1,"kind":"erasure.done","log":"log","n":9,"ordered":7,)" + packet + R"(,"v":1})";
  CHECK(*encode(fragment) == of_fragment);
  CHECK(*encode(itself) == of_itself);
}

TEST_CASE("another version, another kind and bytes that are not canonical are refused") {
  const Leaf leaf{1,  {}, "log",
                  {}, {}, PrincipalDisabled{AccountId::from_random(1), AccountId::from_random(2)}};
  const std::string bytes = *encode(leaf);
  canon::Value value = canon::parse(bytes).value();
  value.object()->set("v", 2);
  CHECK(decode(canon::write(value)).error().code == ErrorCode::unsupported);
  value.object()->set("v", 1);
  value.object()->set("kind", "principal.promoted");
  CHECK(decode(canon::write(value)).error().code == ErrorCode::unsupported);
  value.object()->set("kind", "packet.withdrawn"); // a kind that there is, with the members of another
  CHECK_FALSE(decode(canon::write(value)));
  CHECK_FALSE(decode(bytes + " "));
  CHECK_FALSE(decode("{" + std::string(" ") + bytes.substr(1)));
  CHECK_FALSE(decode("[]"));
}

TEST_CASE("a leaf has 4 KiB, and 16 KiB with a signed statement, in both directions") {
  const auto attempt = [](std::size_t bytes) {
    AttemptRefused refused;
    refused.actor = AccountId::from_random(1);
    refused.verb = std::string(bytes, 'v');
    return Leaf{1, {}, "log", {}, {}, refused};
  };
  CHECK(encode(attempt(3000)));
  CHECK(encode(attempt(5000)).error().code == ErrorCode::too_large);
  const auto act = [](std::size_t bytes) {
    return Leaf{1, {}, "log", {}, {}, Genesis{{canon::Object{{"text", std::string(bytes, 's')}}, {}}}};
  };
  CHECK(encode(act(15000)));
  CHECK(encode(act(17000)).error().code == ErrorCode::too_large);

  canon::Value grown = canon::parse(*encode(attempt(10))).value();
  grown.object()->set("verb", std::string(5000, 'v'));
  CHECK(decode(canon::write(grown)).error().code == ErrorCode::too_large);
}

TEST_CASE("the leaves of the worked example read where the shapes are the same") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle");
  for (const char* number : {"0000", "0001", "0005", "0006", "0015"}) {
    CAPTURE(std::string(number));
    const std::string bytes = sallyport::testing::read_file(sallyport::testing::shared_data(
        "vectors/worked-bundle/leaves/" + std::string(number) + ".leaf.json"));
    const auto leaf = decode(bytes);
    REQUIRE(leaf);
    CHECK(*encode(*leaf) == bytes);
  }
}
