// A small submission with one of everything, for tests. All people, tenants and systems are invented.
#pragma once

#include "canon/json.h"
#include "canon/value.h"
#include "crypto/digest.h"
#include "packet/disclosure.h"
#include "packet/submission.h"

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace sallyport::packet::testing {

inline constexpr std::string_view sample_packet = R"({
 "packet_class":"break-glass-token-replay","lane":"Q-PSR","severity":"sev1",
 "triage":{"stamp":"ts_2291","at":"2026-11-20T09:45:00.000Z","by":"pe_aaaaaaaaaa"},
 "authors":["pe_bbbbbbbbbb","pe_aaaaaaaaaa"],
 "fields":{
  "/narrative":{"value":"Secret narrative line one.\nLine two."},
  "/operator":{"value":"Secret operator Rosalind","pseudonym":"Secret operator-FIR"},
  "/privileged_path":{"value":"secret/billing-core/node-17/root","coarse":"secret-billing-core"},
  "/session":{"value":{"id":"Secret session 83ab","minutes":481516}}},
 "scope":{"tenant":{"t1":{"value":"Secret tenant Northwind","pseudonym":"Secret tenant-KEA"},
                    "t2":{"value":"Secret tenant Custody","pseudonym":"Secret tenant-RUE"}}},
 "claims":{"m1":{"text":"Secret claim one"},"m2":{"text":"Secret claim two"}},
 "caveats":{"k1":{"code":"uncorroborated","text":"Secret caveat one"},
            "k2":{"code":"clock","text":"Secret caveat two"}},
 "citations":{
  "c1":{"kind":"session_broker_log","source":"session-broker","key":"Secret key one",
        "occurred_at":"2026-11-20T01:59:01.111Z","observed_at":"2026-11-20T09:58:00.000Z",
        "complete_through":"2026-11-20T09:57:30.000Z",
        "content":"abababababababababababababababababababababababababababababababab","supports":["m2","m1"]},
  "c2":{"kind":"tenant_record","source":"tenant-registry","key":"Secret key two",
        "occurred_at":"2026-11-19T23:40:02.222Z","observed_at":"2026-11-20T09:58:00.000Z",
        "complete_through":"2026-11-20T09:58:00.000Z",
        "content":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","supports":["m2"],
        "pins":{"version":"Secret pin v881"}}},
 "merges":{"d1":{"case":"Secret case ESC-7730","packet":"pk_cccccccccc","reason":"Secret reason",
                 "code":"same_session","by":"pe_dddddddddd","at":"2026-11-20T10:10:00.000Z"}},
 "parts":{"a1":{"kind":"annex","media_type":"text/plain","file_name":"Secret file.txt","state":"redacted",
                "include":true,"content":"U2VjcmV0IGFubmV4IHRleHQ="}}})";

// The whole document around a packet, with the digest that belongs to it.
inline canon::Value submission_of(canon::Value packet) {
  const std::string digest = crypto::sha256(canon::write(packet)).hex();
  return canon::Object{
      {"v", 1},
      {"upstream",
       canon::Object{{"system", "triage-desk"}, {"case", "Secret upstream case 4471"}, {"revision", 1}}},
      {"upstream_digest", digest},
      {"packet", std::move(packet)}};
}

inline canon::Value sample_document() {
  return submission_of(canon::parse(sample_packet).value());
}

inline Submission sample_submission() {
  return read_submission(sample_document()).value();
}

// Salts that repeat with the seed.
inline std::function<Salt()> seeded_salts(std::uint64_t seed) {
  return [random = std::mt19937_64(seed)]() mutable {
    Salt salt;
    for (auto& byte : salt) {
      byte = static_cast<std::uint8_t>(random());
    }
    return salt;
  };
}

// Null where nothing is there.
inline canon::Value* find_mutable(canon::Value& root, std::string_view pointer) {
  canon::Value* at = &root;
  while (!pointer.empty() && at != nullptr) {
    const std::string_view rest = pointer.substr(1);
    const std::string_view raw = rest.substr(0, rest.find('/'));
    pointer = rest.substr(raw.size());
    std::string segment(raw);
    for (std::size_t i = 0; (i = segment.find("~1", i)) != std::string::npos; ++i) {
      segment.replace(i, 2, "/");
    }
    if (at->array() != nullptr) {
      const bool is_index = segment.find_first_not_of("0123456789") == std::string::npos;
      at = is_index ? &at->array()->at(std::stoul(segment)) : nullptr;
    } else {
      at = at->object() == nullptr ? nullptr : at->object()->find(segment);
    }
  }
  return at;
}

// Calls `visit` with the pointer of every value in `root`, itself and containers included.
inline void each_pointer(const canon::Value& root, const std::string& at,
                         const std::function<void(const std::string&, const canon::Value&)>& visit) {
  visit(at, root);
  if (root.array() != nullptr) {
    for (std::size_t i = 0; i < root.array()->size(); ++i) {
      each_pointer((*root.array())[i], at + "/" + std::to_string(i), visit);
    }
  }
  if (root.object() != nullptr) {
    for (const auto& [name, member] : *root.object()) {
      std::string segment = name;
      for (std::size_t i = 0; (i = segment.find('/', i)) != std::string::npos; ++i) {
        segment.replace(i, 1, "~1");
      }
      each_pointer(member, at + "/" + segment, visit);
    }
  }
}

} // namespace sallyport::packet::testing
