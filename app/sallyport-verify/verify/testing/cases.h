// What the rooms of tests share: a sample release, its bundles judged, and files changed as a careful
// forger would change them.
#pragma once

#include "canon/json.h"
#include "crypto/digest.h"
#include "lane/testing/release.h"
#include "verify/verify.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>

namespace sallyport::verify::testing {

using lane::testing::Options;
using lane::testing::Release;

inline const Release& sample() {
  static const Release release;
  return release;
}

// Another deployment: same names, other keys.
inline const Release& foreign() {
  static const Release release([] {
    Options options;
    options.seed = 9;
    return options;
  }());
  return release;
}

inline Trust trust_of(const Release& release) {
  return read_trust(release.trust()).value();
}

inline Report judge(const Files& files, const Trust& trust) {
  return verify::verify(files, &trust);
}

inline Report judge(const Files& files) {
  static const Trust trust = trust_of(sample());
  return judge(files, trust);
}

inline std::string told(const Report& report) {
  std::string out;
  for (const Fault& fault : report.faults) {
    out += fault.file + ": " + fault.reason + "\n";
  }
  return out;
}

inline void accept(const Options& options) {
  const Release release(options);
  for (const Files& files : {release.lane(), release.proof()}) {
    const Report report = judge(files, trust_of(release));
    CHECK_MESSAGE(report.authentic(), told(report));
  }
}

inline bool names(const Report& report, const std::string& file) {
  return std::ranges::any_of(report.faults, [&](const Fault& fault) { return fault.file == file; });
}

inline bool says(const Report& report, const std::string& file, const std::string& reason) {
  return std::ranges::find(report.faults, Fault{file, reason}) != report.faults.end();
}

// Every byte where SALLYPORT_EXHAUSTIVE is set, else every `usual`th.
inline std::size_t stride(std::size_t usual) {
  return std::getenv("SALLYPORT_EXHAUSTIVE") != nullptr ? 1 : usual;
}

// The index as a careful forger would write it.
inline Files reindexed(Files files) {
  canon::Object digests;
  for (const auto& [name, bytes] : files) {
    if (name != "index.json") {
      digests.set(name, crypto::sha256(bytes).hex());
    }
  }
  canon::Value index = canon::parse(files.at("index.json")).value();
  index.object()->set("files", std::move(digests));
  files["index.json"] = canon::write(index);
  return files;
}

// The file as JSON, changed, in canonical form again.
inline Files edited(Files files, const std::string& name, const std::function<void(canon::Value&)>& edit) {
  canon::Value value = canon::parse(files.at(name)).value();
  edit(value);
  files[name] = canon::write(value);
  return reindexed(std::move(files));
}

// Both bundles of a release made with these options, judged by the trust in it.
inline void refuse_both(const Options& options, const std::string& file, const std::string& reason) {
  const Release release(options);
  for (const Files& files : {release.lane(), release.proof()}) {
    const Report report = judge(files, trust_of(release));
    CHECK_MESSAGE(says(report, file, reason), told(report));
    CHECK_FALSE(report.authentic());
  }
}

} // namespace sallyport::verify::testing
