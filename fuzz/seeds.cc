// Writes the first inputs of every target, DIR/<target>/<name>, and the words that occur in them,
// DIR/<target>.dict. They come from the examples and from one sample release; nothing binary is kept in the
// repository.
//
//   fuzz_seeds DIR SOURCE_DIR
#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/faults.h"
#include "charter/parse.h"
#include "dump/testing/synthetic.h"
#include "lane/testing/release.h"
#include "packet/leaf.h"
#include "scan/testing/deflate.h"
#include "walk/testing/elf.h"

#include "filler.h"
#include "small_log.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

using namespace sallyport;
namespace fs = std::filesystem;

namespace {

using Seeds = std::map<std::string, std::string>; // name -> bytes
using Corpora = std::map<std::string, Seeds>;     // target -> seeds
using Words = std::set<std::string, std::less<>>; // of a dictionary
constexpr std::size_t words_max = 600;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  SP_ASSERT(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

Seeds read_folder(const fs::path& folder) {
  Seeds out;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (file.is_regular_file()) {
      out[std::to_string(out.size()) + "-" + file.path().stem().string()] = read(file.path());
    }
  }
  return out;
}

std::string bytes_of(std::initializer_list<std::size_t> bytes) {
  std::string out;
  for (const std::size_t byte : bytes) {
    out += static_cast<char>(byte);
  }
  return out;
}

// ---- the targets

void add_charters(Corpora& out, const fs::path& source) {
  out["charter_toml"] = read_folder(source / "examples/charters");
  for (const auto& [name, text] : Seeds(out["charter_toml"])) {
    const auto parsed = charter::parse_toml(text);
    SP_ASSERT(parsed.charter);
    out["charter_json"][name] = canon::write(charter::canonical(*parsed.charter));
    // Section by section, so that small inputs mean something too.
    for (std::size_t at = 0, n = 0; at != std::string::npos; ++n) {
      const std::size_t end = text.find("\n[", at + 1);
      out["charter_toml"][name + std::to_string(n)] =
          text.substr(at, end == std::string::npos ? end : end - at + 1);
      at = end;
    }
  }
  out["charter_toml"]["odd"] =
      "a = [}\nb = 1979-05-27T07:32:00Z\n\"c d\" = '''x'''\n[[e]]\nf = {g = 0x1F, h = inf}\n";
}

void add_packets(Corpora& out) {
  out["submission"]["sample"] = canon::write(packet::testing::sample_document());
  const canon::Value sample = canon::parse(packet::testing::sample_packet).value();
  for (const char* name : {"merges", "parts"}) {
    canon::Value less = sample;
    less.object()->erase(name);
    out["submission"][std::string("without-") + name] = canon::write(packet::testing::submission_of(less));
  }
}

template <std::size_t I = 0> void add_records(Seeds& out) {
  if constexpr (I < std::variant_size_v<packet::AnyRecord>) {
    fuzz::Filler fill;
    packet::Leaf leaf{
        .n = I, .at = {}, .log = "sallyport.example/psr", .prev = I, .body = Digest{}, .record = {}};
    fill.value(leaf.record.emplace<I>());
    const auto bytes = packet::encode(leaf);
    SP_ASSERT(bytes);
    out[std::string(packet::kind_of(leaf.record))] = *bytes;
    add_records<I + 1>(out);
  }
}

void add_release(Corpora& out, const lane::testing::Release& release) {
  const lane::BundleInput& b = release.proof_input();
  Seeds& archive = out["archive"];
  archive = {{"manifest", b.manifest},
             {"revision", b.revision},
             {"entry", b.entry},
             {"view", b.view},
             {"roster", b.roster_json}};
  for (const packet::Disclosure& disclosure : release.disclosures()) {
    archive["disclosure-" + std::to_string(archive.size())] = disclosure.encoded;
  }
  std::vector<lane::ProvenLeaf> leaves{b.genesis, b.charter, b.roster, b.release};
  for (const auto& more : {b.ratifications, b.keys, b.signatures, b.recheck, b.promotions}) {
    leaves.insert(leaves.end(), more.begin(), more.end());
  }
  for (const lane::ProvenLeaf& leaf : leaves) {
    const std::string name = "release-" + std::to_string(out["records"].size());
    out["records"][name] = leaf.leaf;
    const canon::Value record = canon::parse(leaf.leaf).value();
    if (const canon::Value* act = record.find("act"); act != nullptr && act->find("statement") != nullptr) {
      archive["statement-" + name] = canon::write(*act->find("statement"));
    }
  }
  Seeds& notes = out["notes"];
  notes = {{"proof", b.release.proof},
           {"consistency", b.head_consistency},
           {"policy", b.policy},
           {"vkey", b.log_vkey}};
  const ledger::Checkpoint head = fuzz::small_log().head();
  notes["checkpoint"] = head.text();
  notes["note"] = ledger::sign_checkpoint(head, fuzz::SmallLog::key()).value();
}

void add_signatures(Corpora& out, const lane::testing::Release& release) {
  constexpr std::string_view name_space = "dispatch@sallyport";
  const auto message = as_bytes("message"); // as fuzz/client_data.cc has it
  const sallyport::testing::SoftwarePasskey passkey("gate.example", "https://gate.example");
  const crypto::Ed25519Key file = fuzz::SmallLog::key();
  Seeds& sshsig = out["sshsig"];
  for (const auto& [name, blob] : {std::pair{"file", crypto::sign_sshsig(file, name_space, message)},
                                   std::pair{"passkey", passkey.sign_sshsig(name_space, message)}}) {
    sshsig[std::string(name) + "-blob"] = as_text(blob);
    sshsig[std::string(name) + "-armored"] = crypto::armor(blob);
  }
  sshsig["signers"] = release.proof_input().signers;
  for (const crypto::PublicKey& key : {passkey.key(), crypto::make_ed25519_key(file.public_key())}) {
    sshsig[std::string(crypto::to_string(key.type))] = key.line() + " a comment";
    sshsig[std::string(crypto::to_string(key.type)) + "-blob"] = as_text(key.blob);
  }
  const std::string front(1, static_cast<char>(sallyport::testing::present_and_verified));
  const Bytes challenge = crypto::to_be_signed(name_space, crypto::HashName::sha512, message);
  const crypto::Assertion answer = passkey.get(name_space, message);
  const crypto::Enrolment created = passkey.create(message);
  out["client_data"] = {{"get", front + passkey.client_data("webauthn.get", challenge)},
                        {"create", bytes_of({0x45}) + passkey.client_data("webauthn.create", message)},
                        {"der", front + std::string(as_text(answer.signature))},
                        {"spki", front + std::string(as_text(created.spki_der))},
                        {"authenticator", front + std::string(as_text(created.authenticator_data))}};
  Seeds& client_data = out["client_data"];
  for (std::size_t bit = 0; bit < 8; ++bit) { // each flag the other way
    for (const char* ceremony : {"get", "create"}) {
      std::string other = client_data.at(ceremony);
      other[0] = static_cast<char>(other[0] ^ (1 << bit));
      client_data[ceremony + std::to_string(bit)] = other;
    }
  }
  std::string framed = client_data.at("get");
  framed.replace(framed.rfind("false"), 5, "true,\"topOrigin\":\"https://other.example\"");
  client_data["framed"] = framed;
}

// The honest proofs, as the picks that proofs.cc reads.
void add_proofs(Seeds& out) {
  const fuzz::SmallLog& log = fuzz::small_log();
  const auto pick = [&](const Digest& hash) {
    return static_cast<std::size_t>(std::ranges::find(log.pool, hash) - log.pool.begin());
  };
  const auto add = [&](std::size_t first, std::size_t size, const Digest& claimed,
                       const std::vector<Digest>& proof) {
    std::string seed = bytes_of({first, size, pick(claimed)});
    for (const Digest& hash : proof) {
      seed += bytes_of({pick(hash)});
    }
    out[std::to_string(out.size())] = seed;
  };
  for (const std::size_t size : {1U, 7U, 8U, 20U, 33U}) {
    for (std::size_t at = 0; at < size; at += 3) {
      add(at, size, log.leaves[at], ledger::inclusion_proof(log.tiles, at, size).value());
      add(at + 1, size, log.roots[at + 1], ledger::consistency_proof(log.tiles, at + 1, size).value());
    }
  }
}

void add_mcp(Seeds& out) {
  const std::string meta = R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                           R"("io.modelcontextprotocol/clientCapabilities":{}})";
  const std::string opens = R"({"jsonrpc":"2.0","id":1,"method":)";
  for (
      const std::string& message :
      {opens + R"("initialize","params":{"protocolVersion":"2025-11-25"}})", opens + R"("tools/list"})",
       opens + R"("server/discover","params":{)" + meta + "}}",
       opens +
           R"("tools/call","params":{"name":"show_packet","arguments":{"packet":"pk_2345abcdef","limit":3}}})",
       opens + R"("tools/call","params":{"name":"list_packets",)" + meta + "}}",
       std::string(R"({"jsonrpc":"2.0","method":"notifications/initialized"})")}) {
    out["message-" + std::to_string(out.size())] = "2025-11-25\n" + message;
    out["message-" + std::to_string(out.size())] = "2026-07-28\n" + message;
  }
}

void add_http(Seeds& out) {
  const std::string streams[] = {
      "GET /v1/packets?state=held&x=a%20b HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n",
      "POST /v1/packets HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
      "5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\nHEAD /y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"};
  for (const std::string& stream : streams) {
    out["whole-" + std::to_string(out.size())] = bytes_of({0}) + stream;
    out["pieces-" + std::to_string(out.size())] = bytes_of({4, 3, 20, 1, 40}) + stream;
  }
}

void add_sources(Corpora& out, const fs::path& source) {
  Seeds records = read_folder(source / "examples/records");
  records.merge(read_folder(source / "src/source/testdata/vendors"));
  out["source_config"] = read_folder(source / "examples/sources");
  out["scenario"] = read_folder(source / "scenarios");
  for (const auto& [name, record] : records) {
    out["json"][name] = record;
    for (std::size_t config = 0; config < out["source_config"].size(); ++config) {
      out["source_map"][name + "-" + std::to_string(config)] = bytes_of({config}) + record;
    }
  }
}

void add_documents(Corpora& out) {
  const std::string token = "ghp_" + std::string("9aB8cD7eF6gH5iJ4kL3mN2oP1qR0sT9uV8wX");
  const std::string mail = "jo.lind@mail.example of Northwind Harbour, 10.1.2.3, 4111 1111 1111 1111";
  out["scan"] = {
      {"token", "token=" + token},
      {"base64", to_base64(as_bytes(token))},
      {"hex", to_hex(as_bytes(token))},
      {"percent", "x=%67hp_" + token.substr(4)},
      {"broken", "ghp_ " + token.substr(4, 12) + "\n" + token.substr(16)},
      {"mail", mail},
      {"pem", "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n"},
      {"part", R"({"note":"\u0067hp_)" + token.substr(4) + R"(","password":"hunter2!x"})"}};
  out["decoders"] = {
      {"base64", to_base64(as_bytes(token))},
      {"base64url", "a." + to_base64url(as_bytes(mail + "\xff\xfe")) + "."},
      {"lines", to_base64(as_bytes(mail)) + "\r\n" + to_base64(as_bytes(mail))},
      {"hex", "x" + to_hex(as_bytes(token))},
      {"escapes", "%41%u &#x41;&amp;&#65 \\u0041\\ud83d\\ude00\\x41\\u{41} a\xE2\x80\x8Bz"},
      {"gzip", scan::testing::deflated(token + mail, 31)},
      {"zlib", "x" + scan::testing::deflated(token + mail, 15).substr(0, 60)},
      {"zip", std::string("PK\x03\x04\x14\0\0\0\x08\0", 10) + std::string(16, '\0') +
                  std::string("\1\0\0\0x", 5) + scan::testing::deflated(mail, -15)},
      {"zstd", std::string("\x28\xb5\x2f\xfd\x04\x58\x51\0\0", 9) + "jo.lind@mail" + std::string(4, '\0')},
      {"nested", to_base64(as_bytes(scan::testing::deflated(to_hex(as_bytes(token)), 31)))},
      {"utf16", std::string("m\0a\0i\0l\0 \0t\0o\0x\0m\0a\0i\0l", 23)}};
  const canon::Value value =
      canon::Object{{"note", token + " " + mail},
                    {"password", "c0rrect-h0rse"},
                    {"list", canon::Array{token.substr(0, 20), token.substr(20), to_base64(as_bytes(token))}},
                    {token, 1},
                    {"number", std::int64_t{4111111111111111}}};
  out["withhold"]["document"] = canon::write(value);
  out["withhold"]["packet"] = std::string(packet::testing::sample_packet);
  out["json"]["document"] = canon::write(value);
  out["json"]["packet"] = std::string(packet::testing::sample_packet);
  out["json"]["numbers"] =
      R"([0,-0,9007199254740991,-9007199254740991,1e2,1.5,"\ud834\udd1e\u0000\/\b","",{"":[]}])";
}

void add_dumps(Corpora& out) {
  namespace made = dump::testing;
  Seeds& minidumps = out["minidump"];
  for (const made::Cpu cpu : {made::Cpu::x86, made::Cpu::amd64, made::Cpu::arm64, made::Cpu::old_arm64}) {
    minidumps[std::to_string(static_cast<int>(cpu))] = made::sample_minidump(cpu);
  }
  minidumps["big"] = made::sample_minidump(made::Cpu::amd64, std::endian::big);
  minidumps["full"] = made::sample_full_minidump();
  for (const std::size_t word : {4U, 8U}) {
    out["elf_core"]["little-" + std::to_string(word)] = made::sample_core(word);
    out["elf_core"]["big-" + std::to_string(word)] = made::sample_core(word, std::endian::big);
  }
}

// Edits as bundle.cc reads them: each operation on a few files, with the index as it was and made right.
void add_symbols(Corpora& out) {
  namespace made = walk::testing;
  out["sym_file"]["functions"] =
      "MODULE Linux x86_64 A0A0A0A00 app\nFILE 1 /a.cc\nFUNC 10 20 4 f(int)\n10 8 7 1\n"
      "PUBLIC 100 0 g\nSTACK CFI INIT 10 20 .cfa: $esp 8 + .ra: .cfa 4 - ^\n"
      "STACK CFI 18 .cfa: $esp 12 + $ebp: .cfa 8 - ^\n";
  out["sym_file"]["windows"] = "MODULE windows x86 A0A0A0A00 app.pdb\nFUNC m 100 20 8 f\n"
                               "STACK WIN 4 100 20 0 0 8 0 4 0 1 $T0 $esp = $eip $T0 4 + ^ = $esp $T0 8 + =\n"
                               "STACK WIN 0 110 8 0 0 0 4 0 0 0 1\n";
  // Over [0x1000, 0x1100), in a section at 0x5000.
  const std::string shared = made::common(std::string("\x0c\x07\x08\x90\x01", 5));
  const std::pair<const char*, std::string_view> programs[] = {
      {"plain", "\x44\x0e\x10\x86\x02\x44\x0d\x06"},
      {"states", "\x0a\x0e\x20\x0b\x83\x02\xc3"},
      {"expressions", "\x0f\x03\x77\x08\x06\x16\x03\x02\x31\x1c"}};
  for (const auto& [name, program] : programs) {
    out["eh_frame"][name] = shared + made::entry(0x5000 + shared.size(), 0x5000, 0x1000, 0x100, program);
  }
}

void add_bundles(Seeds& out) {
  for (std::size_t options = 0; options < 16; ++options) {
    out["as-it-is-" + std::to_string(options)] = bytes_of({options});
    for (std::size_t operation = 0; operation < 7; ++operation) {
      for (const std::size_t file : {1U, 4U, 9U, 15U}) {
        out["edit-" + std::to_string(out.size())] = bytes_of({options, operation, file, 0, 20, 3}) + "abc";
      }
    }
  }
}

// ---- the dictionaries

// Names, words, numbers and ids: what the targets compare with.
Words words_of(const Seeds& seeds) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/' || c == ':';
  };
  Words out;
  for (const auto& [name, text] : seeds) {
    for (auto at = text.begin(); at != text.end() && out.size() < words_max;) {
      at = std::find_if(at, text.end(), is_part);
      const auto end = std::find_if_not(at, text.end(), is_part);
      if (end - at >= 2 && end - at <= 40) {
        out.emplace(at, end);
      }
      at = end;
    }
  }
  return out;
}

void write(const fs::path& folder, const Corpora& corpora) {
  for (const auto& [target, seeds] : corpora) {
    fs::create_directories(folder / target);
    for (const auto& [name, bytes] : seeds) {
      std::ofstream(folder / target / name, std::ios::binary) << bytes;
    }
    Words words = words_of(seeds);
    if (target.starts_with("charter")) {
      for (const charter::FaultRule& rule : charter::fault_rules()) {
        words.merge(words_of({{"", std::string(rule.keys)}, {"remedy", std::string(rule.remedy)}}));
      }
    }
    std::ofstream dictionary(folder / (target + ".dict"));
    for (const std::string& word : words) {
      dictionary << '"' << word << "\"\n";
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  SP_ASSERT(argc == 3);
  const fs::path source = argv[2];
  const lane::testing::Release release;
  Corpora corpora;
  add_charters(corpora, source);
  add_packets(corpora);
  add_records(corpora["records"]);
  add_release(corpora, release);
  add_signatures(corpora, release);
  add_proofs(corpora["proofs"]);
  add_http(corpora["http"]);
  add_mcp(corpora["mcp"]);
  add_sources(corpora, source);
  add_documents(corpora);
  add_dumps(corpora);
  add_symbols(corpora);
  add_bundles(corpora["bundle"]);
  write(argv[1], corpora);
}
