#include "store/store.h"

#include "base/limits.h"
#include "store/signer_state.h"
#include "store/testing/store_fixture.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <fstream>
#include <random>
#include <thread>

using namespace sallyport;
using namespace sallyport::store;
using namespace sallyport::store::testing;

namespace {

namespace fs = std::filesystem;

// Behind the store's back.
class Raw {
public:
  explicit Raw(const fs::path& file) { REQUIRE(sqlite3_open(file.c_str(), &handle_) == SQLITE_OK); }

  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  ~Raw() { sqlite3_close(handle_); }

  void operator()(const std::string& sql) {
    REQUIRE_MESSAGE(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, sql, ": ",
                    sqlite3_errmsg(handle_));
  }

  // Flips one bit of a value, keeping its type.
  void flip(const std::string& table, const std::string& column, const std::string& where,
            std::mt19937_64& random) {
    sqlite3_stmt* read = nullptr;
    const std::string select = "SELECT " + column + " FROM " + table + " WHERE " + where;
    REQUIRE(sqlite3_prepare_v2(handle_, select.c_str(), -1, &read, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_step(read) == SQLITE_ROW);
    const bool text = sqlite3_column_type(read, 0) == SQLITE_TEXT;
    const auto* data = static_cast<const char*>(sqlite3_column_blob(read, 0));
    std::string value(data, static_cast<std::size_t>(sqlite3_column_bytes(read, 0)));
    sqlite3_finalize(read);
    value[random() % value.size()] ^= 1;
    sqlite3_stmt* write = nullptr;
    const std::string update = "UPDATE " + table + " SET " + column + " = ?1 WHERE " + where;
    REQUIRE(sqlite3_prepare_v2(handle_, update.c_str(), -1, &write, nullptr) == SQLITE_OK);
    const int n = static_cast<int>(value.size());
    text ? sqlite3_bind_text(write, 1, value.data(), n, SQLITE_STATIC)
         : sqlite3_bind_blob(write, 1, value.data(), n, SQLITE_STATIC);
    REQUIRE(sqlite3_step(write) == SQLITE_DONE);
    sqlite3_finalize(write);
  }

private:
  sqlite3* handle_ = nullptr;
};

std::string file_bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Checkpoint signed_head(const Store& store) {
  static const auto key = crypto::Ed25519Key::generate();
  const auto note = ledger::sign_checkpoint({std::string(origin), store.size(), store.root()}, key);
  REQUIRE(note);
  return {store.size(), *note};
}

Revision example_revision() {
  return {id<PacketId>(1), 1, std::string(unit), bytes("{\"v\":1}"),
          bytes("[\"salt\",\"/name\",\"Example Person\"]")};
}

Part example_part() {
  return {id<PacketId>(1),   "part-1", 1, std::string(unit), crypto::sha256("ciphertext"), 10,
          "application/json"};
}

Manifest example_manifest() {
  const Bytes statement = bytes("{\"_type\":\"example\"}");
  return {id<ManifestId>(2), id<PacketId>(1), crypto::sha256(statement), statement};
}

Entry example_entry() {
  return {id<EntryId>(3), id<PacketId>(1), "psr", bytes("{\"entry\":1}"), 0, std::nullopt, std::nullopt};
}

Token example_token() {
  return {id<TokenId>(4), crypto::sha256("secret"), id<AccountId>(5),
          "read submit",  noon + Duration{60'000},  false};
}

Answer example_answer() {
  return {"ac_example", "key-1", crypto::sha256("request"), 201, bytes("{}"), noon};
}

Document example_document() {
  return {"charter", "psr", 1, "", bytes("[charter]")};
}

Document example_draft() {
  return {"draft", "pk", 1, std::string(unit), bytes("a draft")};
}

// A log of 600 leaves with one row of every kind.
void fill(Store& store) {
  REQUIRE(append(store, 600));
  REQUIRE(store.run(noon, [&](Transaction& t) -> Result<void> {
    SP_CHECK(t.put_revision(example_revision()));
    SP_CHECK(t.put_part(example_part()));
    SP_CHECK(t.put_manifest(example_manifest()));
    SP_CHECK(t.put_entry(example_entry()));
    SP_CHECK(t.put_token(example_token()));
    SP_CHECK(t.put_answer(example_answer()));
    SP_CHECK(t.put_document(example_document()));
    SP_CHECK(t.put_document(example_draft()));
    SP_CHECK(t.put_checkpoint(signed_head(store)));
    return t.put_receipt(id<EntryId>(3), as_bytes("receipt"));
  }));
}

} // namespace

TEST_CASE("every kind of row comes back as it was put, from the writer and from a reader") {
  const Folder folder;
  Store store = open(folder);
  fill(store);
  REQUIRE(
      store.run(noon, [](Transaction& t) { return t.put_delivered(id<EntryId>(3), noon + Duration{5}); }));
  const Reader other = reader(folder);
  for (const Reader* r : {&store.reader(), &other}) {
    CHECK(*r->size() == 600);
    CHECK(*r->root(600) == store.root());
    CHECK(*r->leaf(599) == leaf(599));
    CHECK(r->leaves(590, 100)->size() == 10);
    CHECK(r->body(7)->bytes == bytes("body of 7"));
    CHECK(r->body(7)->unit == unit);
    const auto revision = r->revision(id<PacketId>(1), 1);
    REQUIRE(revision);
    CHECK(revision->clear == example_revision().clear);
    CHECK(revision->disclosures == example_revision().disclosures);
    CHECK(*r->part(id<PacketId>(1), "part-1") == example_part());
    CHECK(*r->parts(id<PacketId>(1)) == std::vector{example_part()});
    CHECK(*r->parts_of_unit(example_part().unit) == std::vector{example_part()});
    CHECK(r->parts_of_unit("another")->empty());
    CHECK(*r->blob_addresses() == std::vector{example_part().address});
    CHECK(*r->manifest(id<ManifestId>(2)) == example_manifest());
    Entry entry = example_entry();
    entry.receipt = bytes("receipt");
    entry.delivered = noon + Duration{5};
    CHECK(*r->entry(id<EntryId>(3)) == entry);
    CHECK(*r->entries("psr", 0, 10) == std::vector{entry});
    CHECK(r->entries("psr", 1, 10)->empty());
    CHECK(r->undelivered(10)->empty());
    CHECK(*r->token(id<TokenId>(4)) == example_token());
    CHECK(*r->tokens(id<AccountId>(5)) == std::vector{example_token()});
    CHECK(*r->answer("ac_example", "key-1") == std::optional(example_answer()));
    CHECK(*r->answer("ac_example", "key-2") == std::nullopt);
    CHECK(*r->document("charter", "psr", 1) == example_document());
    CHECK(*r->latest_document("draft", "pk") == example_draft());
    CHECK(*r->document_ids("charter") == std::vector<std::string>{"psr"});
    CHECK(r->latest_checkpoint()->size == 600);
    CHECK(r->checkpoint_at_most(599).error().code == ErrorCode::not_found);
    CHECK(r->checkpoint_at_least(3)->size == 600);
    CHECK(r->revision(id<PacketId>(1), 2).error().code == ErrorCode::not_found);
    CHECK(r->verify_all());
  }
}

TEST_CASE("tiles grow with the log whatever the batches, and a reopened store goes on where it was") {
  const Folder folder;
  ledger::MemoryTiles expected;
  std::mt19937_64 random(3);
  std::uint64_t size = 0;
  while (size < 1500) {
    Store store = open(folder);
    CHECK(store.size() == size);
    for (int batch = 0; batch < 4; ++batch) {
      const std::uint64_t count = random() % 200;
      REQUIRE(append(store, count));
      for (; count != 0 && expected.size() < size + count;) {
        expected.append(ledger::leaf_hash(leaf(expected.size())));
      }
      size += count;
      CHECK(store.size() == size);
      CHECK(store.root() == *ledger::root(expected, size));
      CHECK(*store.reader().root(size) == store.root());
    }
    const std::uint64_t earlier = random() % (size + 1);
    CHECK(*store.reader().root(earlier) == *ledger::root(expected, earlier));
    CHECK(store.reader().verify_all());
  }
}

TEST_CASE("a batch that returns an error leaves the store as it was, and usable") {
  const Folder folder;
  Store store = open(folder);
  REQUIRE(append(store, 3));
  const Digest before = store.root();
  const auto failed = store.run(noon, [](Transaction& t) -> Result<void> {
    SP_CHECK(t.append(3, leaf(3), Body{"packet/new", bytes("b")}));
    return fail(ErrorCode::denied, "", "no");
  });
  CHECK(failed.error().code == ErrorCode::denied);
  CHECK(store.size() == 3);
  CHECK(store.root() == before);
  CHECK(store.reader().unit_key("packet/new").error().code == ErrorCode::not_found);
  REQUIRE(append(store, 1));
  CHECK(store.reader().verify_all());
}

TEST_CASE("a name is put once; a receipt once, and no delivery before it; limits are refused") {
  const Folder folder;
  Store store = open(folder);
  REQUIRE(store.run(noon, [](Transaction& t) -> Result<void> {
    SP_CHECK(t.append(0, leaf(0)));
    SP_CHECK(t.put_manifest(example_manifest()));
    CHECK(t.put_manifest(example_manifest()).error().code == ErrorCode::conflict);
    SP_CHECK(t.put_entry(example_entry()));
    CHECK(t.put_delivered(id<EntryId>(3), noon).error().code == ErrorCode::conflict);
    CHECK(t.put_receipt(id<EntryId>(9), {}).error().code == ErrorCode::not_found);
    SP_CHECK(t.put_receipt(id<EntryId>(3), as_bytes("r")));
    CHECK(t.put_receipt(id<EntryId>(3), as_bytes("s")).error().code == ErrorCode::conflict);
    CHECK(t.append(1, Bytes(limits::signed_leaf_bytes + 1)).error().code == ErrorCode::too_large);
    CHECK(t.append(1, leaf(1), Body{"u", Bytes(limits::body_bytes + 1)}).error().code ==
          ErrorCode::too_large);
    CHECK(t.put_checkpoint({2, "beyond"}).error().code == ErrorCode::conflict);
    Manifest lying = example_manifest();
    lying.digest = Digest{};
    CHECK(t.put_manifest(lying).error().code == ErrorCode::malformed);
    SP_CHECK(t.put_token(example_token()));
    SP_CHECK(t.revoke_token(id<TokenId>(4)));
    SP_CHECK(t.put_answer(example_answer()));
    SP_CHECK(t.forget_answers_before(noon + Duration{1}));
    SP_CHECK(t.put_document(example_draft()));
    Document second = example_draft();
    second.bytes = bytes("a later draft");
    SP_CHECK(t.replace_document(second));
    CHECK(t.reader().latest_document("draft", "pk")->bytes == second.bytes);
    return t.remove_documents("draft", "pk");
  }));
  CHECK(store.size() == 1);
  CHECK(store.reader().token(id<TokenId>(4))->revoked);
  CHECK(*store.reader().answer("ac_example", "key-1") == std::nullopt);
  CHECK(store.reader().latest_document("draft", "pk").error().code == ErrorCode::not_found);
  CHECK(store.reader().verify_all());
}

TEST_CASE("the security journal is bounded however many principals come") {
  const Folder folder;
  Store store = open(folder);
  REQUIRE(store.run(noon, [](Transaction& t) -> Result<void> {
    for (int i = 0; i < 500; ++i) {
      SP_CHECK(t.count_attempt("192.0.2." + std::to_string(i), noon + Duration{i}, "token.malformed"));
    }
    SP_CHECK(t.count_attempt("192.0.2.1", noon, "token.malformed"));
    return t.count_attempt("192.0.2.1", noon + Duration{60'000}, "token.malformed");
  }));
  const auto lines = store.reader().journal_before(noon + Duration{60'000});
  REQUIRE(lines);
  CHECK(lines->size() == journal_principals + 1);
  CHECK(lines->front() == JournalLine{"", noon, "token.malformed", 500 - journal_principals});
  std::uint64_t all = 0;
  for (const auto& line : *lines) {
    all += line.count;
  }
  CHECK(all == 501);
  REQUIRE(store.run(noon, [](Transaction& t) { return t.forget_journal_before(noon + Duration{60'000}); }));
  CHECK(store.reader().journal_before(noon + Duration{120'000})->size() == 1);
}

TEST_CASE("a store opens for its own log, key, schema and one writer, and says why not in one sentence") {
  const Folder folder;
  {
    Store store = open(folder);
    REQUIRE(append(store, 2));
    CHECK(Store::open(folder.store(), folder.options()).error().code == ErrorCode::conflict);
  }
  Options other = folder.options();
  other.origin = "sallyport.example/other";
  CHECK(Store::open(folder.store(), other).error().code == ErrorCode::denied);
  CHECK(Reader::open(folder.store(), other).error().code == ErrorCode::denied);

  Options wrong = folder.options();
  wrong.wrapping_key = folder.store() / "wrong.key";
  REQUIRE(create_wrapping_key(wrong.wrapping_key));
  CHECK(create_wrapping_key(wrong.wrapping_key).error().code == ErrorCode::conflict);
  CHECK(Store::open(folder.store(), wrong).error().code == ErrorCode::denied);
  CHECK(Reader::open(folder.store(), wrong).error().code == ErrorCode::denied);
  fs::permissions(folder.options().wrapping_key, fs::perms::group_read, fs::perm_options::add);
  CHECK(Store::open(folder.store(), folder.options()).error().code == ErrorCode::denied);
  fs::permissions(folder.options().wrapping_key, fs::perms::owner_read | fs::perms::owner_write);

  Raw(folder.store() / "log.db")("UPDATE meta SET value = '999' WHERE key = 'schema'");
  const auto newer = Store::open(folder.store(), folder.options());
  CHECK(newer.error().code == ErrorCode::unsupported);
  CHECK(newer.error().message.find("newer version") != std::string::npos);
  CHECK(Reader::open(folder.store(), folder.options()).error().code == ErrorCode::unsupported);
  Raw(folder.store() / "log.db")("UPDATE meta SET value = '1' WHERE key = 'schema'");
  CHECK(Store::open(folder.store(), folder.options()));
  CHECK(
      Store::open(folder.store() / "absent", {.origin = "o", .wrapping_key = "k", .create = false, .vfs = ""})
          .error()
          .code == ErrorCode::not_found);
}

TEST_CASE("a destroyed unit reads as destroyed, its key is in no file, and it gets no second key") {
  const Folder folder;
  Store store = open(folder);
  fill(store);
  REQUIRE(store.run(noon, [](Transaction& t) {
    return t.append(600, leaf(600), Body{"packet/other", bytes("other body")});
  }));
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open((folder.store() / "keys.db").c_str(), &raw) == SQLITE_OK);
  sqlite3_stmt* read = nullptr;
  REQUIRE(sqlite3_prepare_v2(raw, "SELECT wrapped FROM unit WHERE unit = 'packet/pk_2345abcdef'", -1, &read,
                             nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(read) == SQLITE_ROW);
  const std::string wrapped(static_cast<const char*>(sqlite3_column_blob(read, 0)), 60);
  sqlite3_finalize(read);
  sqlite3_close(raw);
  const auto on_disk = [&] {
    return (file_bytes(folder.store() / "keys.db") + file_bytes(folder.store() / "keys.db-wal"))
               .find(wrapped) != std::string::npos;
  };
  CHECK(on_disk());

  const Reader other = reader(folder);
  REQUIRE(other.body(7));
  REQUIRE(store.destroy(unit, noon));
  REQUIRE(store.destroy(unit, noon + Duration{1}));
  CHECK(!on_disk());
  for (const Reader* r : {&store.reader(), &other}) {
    for (const Error& error : {r->body(7).error(), r->revision(id<PacketId>(1), 1).error(),
                               r->latest_document("draft", "pk").error(), r->unit_key(unit).error()}) {
      CHECK(error.code == ErrorCode::not_found);
      CHECK(error.message.find("destroyed") != std::string::npos);
    }
    CHECK(r->body(600)->bytes == bytes("other body"));
    CHECK(r->verify_all()); // what is destroyed does not break the log
  }
  CHECK(store.obtain_unit_key(unit, noon).error().code == ErrorCode::not_found);
  const auto refused = store.run(
      noon, [](Transaction& t) { return t.append(601, leaf(601), Body{std::string(unit), bytes("x")}); });
  CHECK(refused.error().message.find("destroyed") != std::string::npos);
  REQUIRE(append(store, 0));
  CHECK(store.size() == 601);
}

TEST_CASE("a flipped bit in any stored value is found, and the table is named") {
  const Folder folder;
  {
    Store store = open(folder);
    fill(store);
  }

  struct Place {
    const char* table;
    const char* column;
    const char* where;
  };

  const Place places[] = {
      {"log", "leaf", "n = 17"},
      {"log", "leaf", "n = 599"},
      {"body", "sealed", "n = 17"},
      {"body", "unit", "n = 17"},
      {"tile", "hashes", "level = 0 AND idx = 0"},
      {"tile", "hashes", "level = 0 AND idx = 2"},
      {"tile", "hashes", "level = 1 AND idx = 0"},
      {"checkpoint", "note", "size = 600"},
      {"revision", "clear", "number = 1"},
      {"revision", "disclosures", "number = 1"},
      {"part", "address", "1"},
      {"part", "unit", "1"},
      {"manifest", "bytes", "1"},
      {"manifest", "digest", "1"},
      {"entry", "core", "1"},
      {"entry", "receipt", "1"},
      {"token", "verifier", "1"},
      {"token", "scopes", "1"},
      {"answer", "body", "1"},
      {"document", "bytes", "kind = 'charter'"},
      {"document", "bytes", "kind = 'draft'"},
  };
  std::mt19937_64 random(4);
  for (const Place& place : places) {
    INFO(place.table, ".", place.column, " ", place.where);
    const fs::path copy = folder.store().parent_path() / "copy";
    fs::remove_all(copy);
    fs::copy(folder.store(), copy);
    Raw(copy / "log.db").flip(place.table, place.column, place.where, random);
    const auto opened = Reader::open(copy, folder.options());
    REQUIRE(opened);
    const auto found = opened->verify_all();
    REQUIRE(!found);
    CHECK(found.error().code == ErrorCode::corrupt);
    const bool in_tree = std::string_view(place.table) == "log" || std::string_view(place.table) == "tile";
    CHECK((in_tree ? found.error().text().find("leaf") : found.error().where.find(place.table)) !=
          std::string::npos);
  }
  Raw(folder.store() / "keys.db").flip("unit", "wrapped", "1", random);
  CHECK(reader(folder).verify_all().error().code == ErrorCode::corrupt);
}

TEST_CASE("a store whose log, tiles and last checkpoint disagree does not open, and names the leaf") {
  const char* damages[] = {
      "DELETE FROM body WHERE n = 599; DELETE FROM log WHERE n = 599",
      "DELETE FROM tile WHERE level = 1",
      "DELETE FROM tile WHERE level = 0 AND idx = 2",
      "UPDATE log SET leaf = x'00' WHERE n = 598",
      "INSERT INTO log VALUES (600, x'00')",
      "UPDATE tile SET hashes = zeroblob(32 * 256) WHERE level = 0 AND idx = 1; DELETE FROM tile WHERE level "
      "= 1;"
      "INSERT INTO tile VALUES (1, 0, zeroblob(64))",
      "DELETE FROM body; DELETE FROM entry; DELETE FROM log WHERE n >= 512; DELETE FROM tile WHERE idx = 2",
  };
  for (const char* damage : damages) {
    INFO(damage);
    const Folder folder;
    {
      Store store = open(folder);
      fill(store);
    }
    Raw(folder.store() / "log.db")(damage);
    const auto opened = Store::open(folder.store(), folder.options());
    REQUIRE(!opened);
    CHECK(opened.error().code == ErrorCode::corrupt);
    CHECK((opened.error().text().find("leaf") != std::string::npos ||
           opened.error().text().find("leaves") != std::string::npos));
  }
}

TEST_CASE("readers on other threads see whole batches while the writer goes on") {
  const Folder folder;
  Store store = open(folder);
  REQUIRE(append(store, 7));
  std::string trouble;
  std::uint64_t seen = 0;
  std::jthread follower([&] {
    const auto opened = Reader::open(folder.store(), folder.options());
    while (opened && trouble.empty() && seen < 7 * 60) {
      const auto read = opened->snapshot([&]() -> Result<void> {
        SP_TRY(const std::uint64_t now, opened->size());
        seen = now;
        SP_CHECK(opened->root(seen));
        SP_CHECK(opened->body(seen - 1));
        return seen % 7 == 0 ? Result<void>() : fail(ErrorCode::internal, "", "half a batch");
      });
      trouble = read ? "" : read.error().text();
    }
  });
  auto keeper = WalKeeper::open(folder.store(), folder.options());
  REQUIRE(keeper);
  for (int i = 1; i < 60; ++i) {
    REQUIRE(append(store, 7));
    CHECK(keeper->passive());
  }
  follower.join();
  CHECK(trouble == "");
  CHECK(seen == 7 * 60);
  CHECK(keeper->truncate());
  CHECK(fs::file_size(folder.store() / "log.db-wal") == 0);
}

TEST_CASE("a reader cannot write") {
  const Folder folder;
  {
    Store store = open(folder);
    REQUIRE(append(store, 1));
  }
  auto keys = Keys::open(folder.store() / "keys.db", *read_wrapping_key(folder.options().wrapping_key),
                         Keys::Mode::read);
  REQUIRE(keys);
  CHECK(keys->find(unit));
  CHECK(!keys->obtain("packet/new", noon));
  CHECK(!keys->destroy(unit, noon));
  CHECK(keys->find(unit));
}

TEST_CASE("the signer's state is whole or refused") {
  const Folder folder;
  fs::create_directories(folder.store());
  CHECK(*read_signer_state(folder.store()) == std::nullopt);
  const SignerState state{70'000, crypto::sha256("root")};
  REQUIRE(write_signer_state(folder.store(), {1, Digest{}}));
  REQUIRE(write_signer_state(folder.store(), state));
  CHECK(*read_signer_state(folder.store()) == std::optional(state));
  const std::string good = file_bytes(folder.store() / "signer.state");
  for (const std::string& bad : {std::string(), good + "\n", "0" + good, good.substr(0, good.size() - 1),
                                 "+" + good, " " + good, std::string("70000\n\n"), std::string(500, '1')}) {
    std::ofstream(folder.store() / "signer.state", std::ios::trunc) << bad;
    CHECK(!read_signer_state(folder.store()));
  }
}
