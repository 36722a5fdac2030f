// Which files a bundle has, and whether they are those of its index.
#include "verify/bundle.h"

#include "base/limits.h"
#include "canon/fields.h"
#include "canon/json.h"
#include "crypto/digest.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>

namespace sallyport::verify {
namespace {

constexpr const char* index_name = "index.json";

constexpr const char* single_files[] = {
    "disclosures.json",
    "entry.json",
    "head.consistency",
    "manifest.dsse.json",
    "manifest.json",
    "receipt.tlog-proof",
    "release.leaf",
    "revision.json",
    "signers",
    "trust/charter.json",
    "trust/charter.leaf",
    "trust/charter.tlog-proof",
    "trust/gate.pub.pem",
    "trust/genesis.leaf",
    "trust/genesis.tlog-proof",
    "trust/log.vkey",
    "trust/policy",
    "trust/roster.json",
    "trust/roster.leaf",
    "trust/roster.tlog-proof",
    "view.json",
};

// A numbered list of files: <stem><n><each suffix>, at least one.
struct Numbered {
  std::string_view stem;
  bool signature = false; // has a .sig beside leaf and proof
  bool proof_only = false;
};

constexpr Numbered numbered[] = {
    {.stem = "signatures/", .signature = true},
    {.stem = "trust/key-"},
    {.stem = "trust/ratify-"},
    {.stem = "recheck/", .proof_only = true},
};

// What people signed beside the manifest: lists that may be empty. Whether the release rests on them, and
// whether one is missing, is checked when everything is read.
constexpr Numbered acts[] = {
    {.stem = "overrides/"},
    {.stem = "substitutes/"},
    {.stem = "splits/"},
    {.stem = "promotions/"},
    {.stem = "accepts/", .signature = true},
    {.stem = "erasure/"},
};

// Names that the format has and this verifier cannot judge: passing over them would be worse.
constexpr std::string_view unsupported[] = {"trust/rotation-"};

struct Index {
  BundleKind kind = BundleKind::proof;
  EntryId entry;
  std::map<std::string, Digest> files;

  template <class A> void fields(A& a) {
    std::string word(to_string(kind));
    a("entry", entry);
    a("files", files);
    a("kind", word);
    kind = word == "lane" ? BundleKind::lane : BundleKind::proof;
  }
};

Result<Index> read_index(const Files& files) {
  const auto at = files.find(index_name);
  if (at == files.end()) {
    return fail(ErrorCode::not_found, "", "is missing");
  }
  SP_TRY(const canon::Value value, canon::parse(at->second));
  SP_TRY(Index index, packet::read<Index>(value));
  if (canon::write(packet::to_value(index)) != at->second) {
    return fail(ErrorCode::malformed, "", "is not the canonical form of a known kind of bundle");
  }
  return index;
}

std::set<std::string> suffixes(const Numbered& list, std::string_view number) {
  std::set<std::string> names;
  for (const char* suffix : {".leaf", ".tlog-proof"}) {
    names.insert(fmt::format("{}{}{}", list.stem, number, suffix));
  }
  if (list.signature) {
    names.insert(fmt::format("{}{}.sig", list.stem, number));
  }
  return names;
}

bool any_there(const Files& files, const std::set<std::string>& names) {
  return std::ranges::any_of(names, [&](const std::string& name) { return files.contains(name); });
}

// A list goes on while any file of its next number is there.
std::set<std::string> numbered_names(const Files& files, const Numbered& list, std::size_t least = 1) {
  std::set<std::string> names;
  for (std::size_t n = 1;; ++n) {
    std::set<std::string> next = suffixes(list, std::to_string(n));
    if (n > least && !any_there(files, next)) {
      return names;
    }
    names.merge(next);
  }
}

std::set<std::string> act_names(const Files& files, BundleKind kind) {
  std::set<std::string> names;
  for (const Numbered& list : acts) {
    names.merge(numbered_names(files, list, 0));
  }
  if (names.contains("substitutes/1.leaf")) { // neither who drafted nor who submitted ratifies
    for (const char* who : {"drafted", "drafter", "submitted"}) {
      names.merge(suffixes({.stem = "substitutes/"}, who));
    }
  }
  const std::set<std::string> partial = kind == BundleKind::lane
                                            ? std::set<std::string>{"partial.json"}
                                            : std::set<std::string>{"partial.leaf", "partial.tlog-proof"};
  if (any_there(files, partial)) {
    names.insert(partial.begin(), partial.end());
  }
  return names;
}

// How many versions stand before the present ones.
struct Earlier {
  std::size_t charters = 0;
  std::size_t rosters = 0;
};

// By what `read` makes of the present version. Each version needs files of its own, so that a greater number
// would only name more that are missing; that there is no version 0 is checked when everything is read.
template <class Read>
std::size_t versions_before(const Files& files, const char* present, Read&& read, Faults& faults) {
  const auto file = files.find(present);
  if (file == files.end()) {
    return 0; // said by check_paths()
  }
  const auto value = read(std::string_view(file->second));
  if (!value) {
    faults.push_back({present, value.error().text()});
    return 0;
  }
  return std::min<std::size_t>(std::max(value->version, 1U) - 1, files.size());
}

Earlier read_earlier(const Files& files, Faults& faults) {
  return {.charters = versions_before(files, "trust/charter.json", read_charter, faults),
          .rosters = versions_before(files, "trust/roster.json", packet::read_roster, faults)};
}

std::set<std::string> earlier_names(const Files& files, const Earlier& before) {
  std::set<std::string> names;
  for (std::size_t n = 1; n <= before.charters; ++n) {
    const std::string stem = fmt::format("trust/charter-{}", n);
    names.insert({stem + ".json", stem + ".leaf", stem + ".tlog-proof", stem + "-proposed.leaf",
                  stem + "-proposed.tlog-proof"});
    const std::string ratify = stem + "-ratify-";
    names.merge(numbered_names(files, {.stem = ratify}));
  }
  if (before.charters > 0) {
    names.insert({"trust/proposed.leaf", "trust/proposed.tlog-proof"});
  }
  for (std::size_t n = 1; n <= before.rosters; ++n) {
    const std::string stem = fmt::format("trust/roster-{}", n);
    names.insert({stem + ".json", stem + ".leaf", stem + ".tlog-proof"});
  }
  return names;
}

// The names that this bundle must have. Parts name themselves; that they are those of the view is checked
// when everything is read.
std::set<std::string> wanted(const Files& files, BundleKind kind, const Earlier& before) {
  std::set<std::string> names(std::begin(single_files), std::end(single_files));
  names.insert(index_name);
  for (const Numbered& list : numbered) {
    if (list.proof_only && kind != BundleKind::proof) {
      continue;
    }
    if (list.proof_only) {
      names.merge(suffixes(list, "opened"));
    }
    names.merge(numbered_names(files, list));
  }
  names.merge(earlier_names(files, before));
  names.merge(act_names(files, kind));
  for (const auto& [name, bytes] : files) {
    const bool part = name.starts_with("parts/") && Digest::from_hex(name.substr(6)).has_value();
    if (kind == BundleKind::lane && part) {
      names.insert(name);
    }
  }
  return names;
}

std::string reason_not_wanted(const std::string& name) {
  for (const std::string_view stem : unsupported) {
    if (name.starts_with(stem)) {
      return "this verifier cannot judge files of this kind";
    }
  }
  return "is none of the files of such a bundle";
}

void check_paths(const Files& files, BundleKind kind, Faults& faults) {
  const std::set<std::string> names = wanted(files, kind, read_earlier(files, faults));
  for (const std::string& name : names) {
    if (!files.contains(name)) {
      faults.push_back({name, "is missing"});
    }
  }
  for (const auto& [name, bytes] : files) {
    if (!names.contains(name)) {
      faults.push_back({name, reason_not_wanted(name)});
    }
  }
}

void check_digests(const Files& files, const Index& index, Faults& faults) {
  for (const auto& [name, bytes] : files) {
    const auto at = index.files.find(name);
    if (name != index_name && at == index.files.end()) {
      faults.push_back({name, "is not named in index.json"});
    } else if (name != index_name && crypto::sha256(bytes) != at->second) {
      faults.push_back({name, "has another digest than index.json says"});
      faults.push_back({index_name, "names another digest than a file has"});
    }
  }
  for (const auto& [name, digest] : index.files) {
    if (!files.contains(name) || name == index_name) {
      faults.push_back({index_name, "names a file that it cannot name"});
    }
  }
}

} // namespace

std::string_view to_string(BundleKind kind) {
  switch (kind) {
  case BundleKind::lane:
    return "lane";
  case BundleKind::proof:
    return "proof";
  }
  SP_ASSERT(false);
  return "";
}

Faults check_files(const Files& files) {
  Faults faults;
  const Result<Index> index = read_index(files);
  if (!index) {
    return {{index_name, index.error().text()}};
  }
  check_paths(files, index->kind, faults);
  check_digests(files, *index, faults);
  // The index's entry id is compared here because nothing later reads the index.
  const auto entry = files.find("entry.json");
  const auto read = entry == files.end() ? Result<packet::Entry>() : packet::read_entry(entry->second);
  if (read && entry != files.end() && read->entry != index->entry) {
    faults.push_back({index_name, "names another entry than entry.json"});
  }
  return faults;
}

} // namespace sallyport::verify
