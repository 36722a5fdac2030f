// The release of a packet with a ledger: what its owner signed, what both leaders accepted, which fragments
// crossed, and that nothing of it can be said otherwise afterwards.
#include "verify/testing/cases.h"

#include "verify/report.h"

#include <filesystem>
#include <fstream>
#include <random>

using namespace sallyport;
using namespace sallyport::verify;
using namespace sallyport::verify::testing;
namespace fs = std::filesystem;

namespace {

Options with_ledger() {
  Options options;
  options.ledger.there = true;
  options.approvals = 1;
  return options;
}

const Release& released() {
  static const Release release(with_ledger());
  return release;
}

const Trust& trust() {
  static const Trust pinned = trust_of(released());
  return pinned;
}

Report judged_alone(const Files& files) {
  return judge(files, trust());
}

// Everything else follows what the option changed, as a gate that lies would have it, and people signed that.
void refuse_signed(const std::function<void(Options&)>& change, const std::string& file,
                   const std::string& reason) {
  Options options = with_ledger();
  change(options);
  refuse_both(options, file, reason);
}

void refuse_bound(const std::function<void(packet::Manifest&)>& change, const std::string& reason) {
  refuse_signed([&](Options& options) { options.manifest = change; }, manifest_file, reason);
}

// The eight fields of B25, each changed as little as can be.
struct Field {
  const char* name;
  std::function<void(packet::Manifest&)> change;
};

const std::vector<Field>& eight_fields() {
  static const std::vector<Field> fields = {
      {"revision", [](auto& m) { m.revision_digest.bytes[0] ^= 1U; }},
      {"lane", [](auto& m) { m.lane = "Q-OTHER"; }},
      {"owner", [](auto& m) { m.owner->person = PersonId::from_random(77); }},
      {"crash sessions", [](auto& m) { m.scope["crash_session"].pop_back(); }},
      {"symbolization", [](auto& m) { m.bounds->at("symbolization").value = "module"; }},
      {"fragments", [](auto& m) { m.fragments->parts.at("f2").bytes[0] ^= 1U; }},
      {"clock state", [](auto& m) { m.clock_state->front().deadline.ms += 1; }},
      {"accepted items", [](auto& m) { m.accepted.pop_back(); }},
  };
  return fields;
}

// With the digests of what was changed, so that the bytes read.
std::string bytes_of(packet::Manifest manifest) {
  manifest.ledger->digest = packet::ledger_digest(manifest.ledger->items);
  manifest.accepted_digest = packet::accepted_digest(manifest.accepted);
  manifest.holds_digest = packet::holds_digest(manifest.holds);
  return packet::manifest_bytes(manifest);
}

class Written {
public:
  explicit Written(const Files& files)
      : path_(fs::temp_directory_path() / ("sallyport-ledger-" + std::to_string(std::random_device{}()))) {
    fs::create_directory(path_);
    REQUIRE(lane::write_files(files, path_ / "b"));
  }

  ~Written() { fs::remove_all(path_); }

  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;

  bool by_hand() const {
    const std::string script = std::string(SALLYPORT_SOURCE_DIR) + "/docs/verify-release.sh";
    return std::system(("sh '" + script + "' '" + (path_ / "b").string() + "' >'" + (path_ / "out").string() +
                        "' 2>&1")
                           .c_str()) == 0;
  }

  std::string out() const {
    std::ifstream in(path_ / "out");
    return {std::istreambuf_iterator<char>(in), {}};
  }

private:
  fs::path path_;
};

std::string part_of(std::size_t fragment) {
  return "parts/" + crypto::sha256(lane::testing::envelope(fragment)).hex();
}

} // namespace

TEST_CASE("both bundles of a packet with a ledger are authentic, and say who owned the release") {
  for (const Files& files : {released().lane(), released().proof()}) {
    const Report report = judged_alone(files);
    CHECK_MESSAGE(report.authentic(), told(report));
    REQUIRE(report.signatures.size() == 1);
    CHECK(files.contains("accepts/2.sig"));
    const std::string text = to_text(report);
    CHECK(text.find("owner     " + released().first.str()) != std::string::npos);
    CHECK(text.find("a stub") == std::string::npos);
    CHECK(text.find("its statements are left out: quotes_identifier") != std::string::npos);
  }
  CHECK(released().lane().at("signers").find(
            "accept@sallyport,annex@sallyport,key@sallyport,release@sallyport") != std::string::npos);
  CHECK(released().lane().at("signers").find("dispatch@") == std::string::npos);
}

TEST_CASE("INV-34: the six categories of dispute stand in the verdict, the one that was withdrawn too") {
  const std::string text = to_text(judged_alone(released().lane()));
  for (const char* line :
       {"attachment_lineage: 1 withdrawn", "identifier_leakage: 1 accepted", "memory_region: 1 accepted",
        "retention_conflict: 1 accepted", "stack_frame_necessity: 1 accepted",
        "symbolization_depth: 1 accepted", "f2: 20 bytes of du_1 revision 2, symbolized to none: here"}) {
    CHECK_MESSAGE(text.find(line) != std::string::npos, line);
  }
  const canon::Value json = canon::parse(to_json(judged_alone(released().lane()))).value();
  CHECK(json.find("claims")->find("disputes")->object()->size() == 6);
}

TEST_CASE("B25: each of the eight fields, changed after it was signed, is refused") {
  for (const Field& field : eight_fields()) {
    for (const Files& files : {released().lane(), released().proof()}) {
      packet::Manifest manifest = packet::read_manifest(files.at(manifest_file)).value();
      field.change(manifest);
      Files changed = files;
      changed[manifest_file] = bytes_of(manifest);
      const Report report = judged_alone(reindexed(changed));
      CHECK_MESSAGE(says(report, "signatures/1.leaf", "signs another manifest"), field.name);
      CHECK_MESSAGE(says(report, "manifest.dsse.json", "countersigns another manifest"), field.name);
    }
  }
}

TEST_CASE("B25: each of the eight fields, changed before it was signed, is refused by what it contradicts") {
  // Of a scope value that no bundle opens nothing but its digest is known: one more is not the revision's.
  const std::string reasons[] = {"",
                                 "names another packet, revision number or lane than the revision",
                                 "names an owner of the release who may not sign",
                                 "binds a scope value that the revision lacks",
                                 "binds other values in clear than the revision states",
                                 "binds other fragments than the revision has",
                                 "binds another clock than revision and charter have",
                                 "does not bind an acceptance of exactly the items that are open"};
  for (std::size_t i = 0; i < eight_fields().size(); ++i) {
    const Field& field = eight_fields()[i];
    if (i == 0) {
      refuse_signed([&](Options& o) { o.manifest = field.change; }, "revision.json",
                    "is not the revision that was signed");
    } else if (i == 3) {
      refuse_bound([](auto& m) { m.scope["crash_session"].front().front() = '-'; }, reasons[i]);
    } else {
      refuse_bound(field.change, reasons[i]);
    }
  }
}

TEST_CASE("B25: a manifest of a packet with a ledger is no dispatch, and is signed as none") {
  refuse_signed(
      [](Options& o) {
        o.manifest = [](packet::Manifest& m) {
          m.owner.reset();
          m.ledger.reset();
          m.accepted.clear();
          m.accepted_digest.reset();
          m.clock_state.reset();
          m.fragments.reset();
          std::erase_if(m.holds, [](const auto& hold) { return hold.mode == "accepted"; });
        };
      },
      manifest_file, "is of another flow than the charter");
}

TEST_CASE("INV-35: what is bound as accepted is what both leaders signed, in the same words") {
  refuse_signed([](Options& o) { o.ledger.lead_accepts = false; }, manifest_file,
                "binds an item that was not accepted by all whom the charter asks for");
  const auto lead = [](const std::function<void(packet::AcceptStatement&)>& change) {
    return [change](Options& o) {
      o.ledger.accept_act = [change](packet::AcceptStatement& said) {
        if (said.role == lane::testing::lead_role) {
          change(said);
        }
      };
    };
  };
  const std::string other = packet::wording_disclosure({6}, ItemId::from_random(1), "Other words.").digest;
  // The fixture binds the words of whoever signed last.
  refuse_signed(lead([&](auto& said) { said.items.front().wording = other; }), manifest_file,
                "binds an acceptance in other words than were signed");
  const std::string second = "accepts/2.leaf";
  refuse_signed(lead([](auto& said) { said.revision_digest.bytes[0] ^= 1U; }), second,
                "accepts items of another revision, lane or charter");
  refuse_signed(lead([](auto& said) { said.charter.bytes[0] ^= 1U; }), second,
                "accepts items of another revision, lane or charter");
  refuse_signed(lead([](auto& said) { said.lane = "Q-OTHER"; }), second,
                "accepts items of another revision, lane or charter");
  refuse_signed(lead([](auto& said) { said.symbolization = "line"; }), second,
                "confirms another boundary of symbolization than is bound");
  refuse_signed(lead([](auto& said) { said.role = "somebody"; }), second,
                "is signed by a person who held no role for it then");
  refuse_signed(lead([](auto& said) { said.person = PersonId::from_random(76); }), second,
                "is signed with a key that this bundle does not prove to be that person's");
  refuse_signed(lead([](auto& said) { said.items.front().as_of = 1; }), second,
                "was made on another state of the ledger than is bound");
  refuse_bound([](auto& m) { m.accepted.front().by.pop_back(); },
               "binds an item that was not accepted by all whom the charter asks for");
  refuse_bound([](auto& m) { m.accepted.front().by.front().leaf += 1; },
               "binds an acceptance that nobody made here");
  refuse_bound([](auto& m) { m.accepted.front().by.front().statement.bytes[0] ^= 1U; },
               "binds an acceptance that nobody made here");
}

TEST_CASE("an acceptance signed as a release, or by another key, accepts nothing") {
  Files files = released().lane();
  files["accepts/1.sig"] = files.at("signatures/1.sig");
  CHECK(says(judged_alone(reindexed(files)), "accepts/1.sig", "is not the signature of its leaf"));
  for (const char* suffix : {".leaf", ".sig", ".tlog-proof"}) {
    Files fewer = released().lane();
    fewer.erase(std::string("accepts/2") + suffix);
    CHECK(names(judged_alone(reindexed(fewer)), std::string("accepts/2") + suffix));
  }
  Files elsewhere = sample().lane();
  for (const char* suffix : {".leaf", ".sig", ".tlog-proof"}) {
    const std::string name = std::string("accepts/1") + suffix;
    elsewhere[name] = released().lane().at(name);
  }
  CHECK(says(judge(reindexed(elsewhere)), "accepts/1.leaf", "accepts items of a packet that has no ledger"));
  Files none = released().lane();
  for (const char* suffix : {".leaf", ".sig", ".tlog-proof"}) {
    none.erase(std::string("accepts/2") + suffix);
  }
  CHECK(
      says(judged_alone(reindexed(none)), "release.leaf", "rests on other acceptances than this bundle has"));
}

TEST_CASE("INV-34, INV-36: the ledger that crosses is the one that was sealed, and every item of it") {
  refuse_bound([](auto& m) { m.ledger->items.erase("li_aaaaaaaaae"); }, "lost an item that the revision has");
  refuse_bound([](auto& m) { m.ledger->sealed_at = 1; },
               "binds another state of the ledger than the revision was sealed with");
  refuse_bound([](auto& m) { m.ledger->items.at("li_aaaaaaaaae").state = "resolved"; },
               "says otherwise of an item than the revision");
  refuse_bound([](auto& m) { m.ledger->items.at("li_aaaaaaaaaa").subject = "/fragments/f1"; },
               "says otherwise of an item than the revision");
  refuse_bound([](auto& m) { m.ledger->items.at("li_aaaaaaaaaa").statements.clear(); },
               "binds other statements of an item than the revision has");
  refuse_bound([](auto& m) { m.ledger->items.at("fi_aaaaaaaaaa").status = "confirmed"; },
               "lets a confirmed leak cross");
  refuse_bound([](auto& m) { m.holds.pop_back(); }, "does not bind exactly the accepted items as holds");
  refuse_bound([](auto& m) { m.holds.back().subject = "/fragments/f1"; },
               "binds an accepted hold that is no item of its ledger");
  refuse_signed([](Options& o) { o.manifest = [](packet::Manifest& m) { m.ledger->at = m.log.size + 5; }; },
                "signatures/1.leaf", "was made before the ledger's last record");
  refuse_signed([](Options& o) { o.release = [](packet::ReleaseCommitted& r) { r.ledger->bytes[0] ^= 1U; }; },
                "release.leaf", "crossed with another ledger or other acceptances than were signed");
}

TEST_CASE("B26: of an item that crosses as a stub nothing is open but its clear part") {
  refuse_signed(
      [](Options& o) {
        o.view = [](packet::View& view) {
          for (const packet::Disclosure& disclosure : released().disclosures()) {
            if (disclosure.name.starts_with("/ledger/fi_aaaaaaaaaa/")) {
              view.disclosures.push_back(disclosure.digest);
            }
          }
          std::ranges::sort(view.disclosures);
        };
      },
      "view.json", "shows a statement of an item that crosses as a stub");
}

TEST_CASE(
    "INV-32, INV-33: a fragment is in the tree of its dump, within the level that is bound, and itself") {
  const auto fragment = [](const char* member, canon::Value value) {
    return [member, value](Options& o) {
      o.ledger.content = [member, value](canon::Object& content) {
        content.find("fragments")->object()->find("f2")->object()->set(member, value);
      };
    };
  };
  const char* tree = "has a fragment that is not in the tree of its dump";
  refuse_signed(fragment("index", 2), "revision.json", tree);
  refuse_signed(fragment("size", 4), "revision.json", tree);
  refuse_signed(fragment("rev", 1), "revision.json", tree);
  refuse_signed(fragment("path", canon::Array{}), "revision.json", tree);
  refuse_signed(fragment("level", "line"), "revision.json",
                "has a fragment with deeper symbolization than is bound");
  refuse_signed(fragment("level", "everything"), "revision.json",
                "has a fragment with deeper symbolization than is bound");
  for (const auto& change : {fragment("bytes", 21), fragment("class", "heap"), fragment("region", "rg2")}) {
    Options options = with_ledger();
    change(options);
    const Release release(options);
    CHECK(says(judge(release.lane(), trust_of(release)), part_of(1),
               "is not the fragment that the revision says"));
  }
  refuse_signed(
      [](Options& o) {
        o.ledger.level = "line";
        o.ledger.content = [](canon::Object& content) {
          content.find("bounds")->object()->set("symbolization", "line");
        };
      },
      manifest_file, "binds a deeper level of symbolization than the charter allows");
  refuse_bound([](auto& m) { m.fragments->dumps.at("du_1").root.bytes[0] ^= 1U; },
               "binds other dumps than the revision has");
  refuse_signed([](Options& o) { o.view = [](packet::View& view) { view.parts.pop_back(); }; }, "view.json",
                "does not show exactly the fragments that the manifest binds");
  Files files = released().lane();
  files.erase(part_of(1));
  CHECK(says(judged_alone(reindexed(files)), part_of(1), "is missing"));
}

TEST_CASE("INV-32: nothing crosses after the end of a clock that is bound") {
  refuse_signed([](Options& o) { o.before_release = {10LL * 24 * 3600 * 1000}; }, "release.leaf",
                "crossed after the end of a clock that the manifest binds");
  refuse_bound([](auto& m) { m.clock_state->pop_back(); }, "does not bind the clock of each fragment");
  refuse_bound([](auto& m) { m.clock_state->front().disputed = "li_aaaaaaaaac"; },
               "binds another clock than revision and charter have");
}

TEST_CASE("the entry repeats what is disputed, what was accepted, and which clocks run") {
  const char* disputes = "names other disputes or acceptances than the manifest";
  const auto entry = [](const std::function<void(packet::Entry&)>& change) {
    return [change](Options& o) { o.entry = change; };
  };
  refuse_signed(entry([](auto& e) { e.disputes->items.erase("li_aaaaaaaaae"); }), "entry.json", disputes);
  refuse_signed(entry([](auto& e) { e.accepted.clear(); }), "entry.json", disputes);
  refuse_signed(entry([](auto& e) { e.clock_state->clear(); }), "entry.json",
                "names other clocks than the manifest");
}

TEST_CASE("the words in which items were accepted are open in the lane bundle, exactly") {
  const auto openings = [](const std::function<void(canon::Array&)>& change) {
    return reindexed(edited(released().lane(), "disclosures.json", [&](canon::Value& value) {
      change(*value.object()->find("manifest")->array());
    }));
  };
  const char* file = "disclosures.json";
  CHECK(says(judged_alone(openings([](auto& a) { a.pop_back(); })), file,
             "does not open the words of each item that was accepted"));
  CHECK(says(judged_alone(openings([](auto& a) { a.push_back(a.back()); })), file,
             "opens words in which nothing was accepted"));
  CHECK(says(judged_alone(openings([](auto& a) { a.erase(a.begin()); })), file,
             "does not open exactly the audience that was signed"));
}

TEST_CASE("the release was asked for by its owner") {
  Options options = with_ledger();
  options.opened = [](packet::RecheckOpened& opened) { opened.by = PersonId::from_random(77); };
  const Release release(options);
  CHECK(says(judge(release.proof(), trust_of(release)), "recheck/opened.leaf",
             "was not asked for by the owner of the release"));
}

TEST_CASE(
    "one bit flipped anywhere of a release with a ledger is a fault, though the index is made to agree") {
  for (const Files& files : {released().lane(), released().proof()}) {
    Files damaged = files;
    std::size_t count = 0;
    for (const auto& [name, bytes] : files) {
      for (std::size_t i = 0; name != "index.json" && i < bytes.size(); i += stride(499)) {
        damaged[name][i] = static_cast<char>(bytes[i] ^ (1 << (count++ % 8)));
        REQUIRE_MESSAGE(!judged_alone(reindexed(damaged)).faults.empty(), name, " at ", i);
        damaged[name][i] = bytes[i];
      }
    }
  }
}

TEST_CASE("tools that others wrote say the same of a release with a ledger") {
  const Written lane(released().lane());
  CHECK_MESSAGE(lane.by_hand(), lane.out());
  CHECK(lane.out().find("identifier_leakage fi_aaaaaaaaaa: open, a stub: quotes_identifier") !=
        std::string::npos);
  const Written proof(released().proof());
  CHECK_MESSAGE(proof.by_hand(), proof.out());
  for (const Field& field : eight_fields()) {
    Files files = released().lane();
    packet::Manifest manifest = packet::read_manifest(files.at(manifest_file)).value();
    field.change(manifest);
    files[manifest_file] = bytes_of(manifest);
    const Written changed(files);
    CHECK_FALSE_MESSAGE(changed.by_hand(), field.name);
    CHECK(changed.out().find("FAILED: signatures/1.leaf") != std::string::npos);
  }
  for (const std::string& name : {std::string("accepts/2.sig"), part_of(0), std::string("entry.json")}) {
    Files files = released().lane();
    files.at(name)[files.at(name).size() / 2] ^= 1;
    CHECK_FALSE_MESSAGE(Written(files).by_hand(), name);
  }
}

namespace {

packet::ErasureDone gone() {
  packet::ErasureDone out;
  out.unit = "f2";
  out.end_state = "bytes_gone";
  out.keys = 2;
  out.ordered = 1;
  return out;
}

Report erased(const std::function<void(packet::ErasureDone&)>& change, bool told = true) {
  Options options = with_ledger();
  options.ledger.erased = gone();
  change(*options.ledger.erased);
  options.ledger.erasure_told = told;
  const Release release(options);
  return judge(release.lane(), trust_of(release));
}

} // namespace

TEST_CASE(
    "INV-47: a fragment whose bytes are gone is erased at the leaf that says so, and missing without it") {
  const Report told_so = erased([](auto&) {});
  CHECK_MESSAGE(told_so.authentic(), told(told_so));
  CHECK(to_text(told_so).find("f2: 20 bytes of du_1 revision 2, symbolized to none: erased at leaf ") !=
        std::string::npos);
  CHECK(to_text(told_so).find("f1: 20 bytes of du_1 revision 2, symbolized to function: here") !=
        std::string::npos);
  CHECK(says(erased([](auto&) {}, false), part_of(1), "is missing"));
}

TEST_CASE("INV-47: an erasure excuses what it is of, and nothing else") {
  const char* leaf = "erasure/1.leaf";
  const char* other = "is of a fragment that this packet does not have";
  CHECK(says(erased([](auto& e) { e.unit = "f9"; }), leaf, other));
  CHECK(says(erased([](auto& e) { e.packet = PacketId::from_random(99); }), leaf, other));
  CHECK(says(erased([](auto& e) { e.unit = "f1"; }), leaf, "erases a fragment whose bytes are here"));
  CHECK(says(erased([](auto& e) { e.unit = "f1"; }), part_of(1), "is missing"));
  CHECK(says(erased([](auto& e) { e.end_state = "raw_gone"; }), leaf,
             "does not say that the fragment's bytes are gone"));
  CHECK(says(erased([](auto& e) { e.keys = 1; }), leaf, "does not say that the fragment's bytes are gone"));
  CHECK(says(erased([](auto& e) { e.ordered = 900; }), leaf, "precedes the release, or its own order"));
  // Of the packet itself: it excuses no part, and makes nothing else fall over.
  const Report whole = erased([](auto& e) {
    e.unit.reset();
    e.end_state.reset();
    e.keys = 1;
  });
  CHECK(says(whole, leaf, "is of the packet itself, and excuses nothing that is missing here"));
  CHECK(says(whole, part_of(1), "is missing"));
}
