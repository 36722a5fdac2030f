// A revision that people and agents wrote together in a workspace: what of it stands in clear, and how the
// content that they agreed on is sealed. Clear are ids, codes, states, hashes, instants and counts; every
// text, range and name is a disclosure. Pure: salts are an argument.
#pragma once

#include "packet/archive.h"
#include "packet/record_workspace.h"
#include "packet/seal.h"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::packet {

// ---- edits

// One change of the content: `put` a value at a pointer, or `remove` what is there.
struct Op {
  bool put = true;
  std::string at;
  canon::Value value;
};

// [{"op":"put","at":"/regions/g2/to","value":...},{"op":"remove","at":"/claims/m1"}]. Refuses what is no edit
// of one collection's item: other ops, other collections, ids of another spelling, deeper pointers than
// members.
Result<std::vector<Op>> read_ops(const canon::Value& ops);
// Whether the pointer is of a place that an edit may change: an item of a collection, or a member of one. Its
// segments are names, so no text hides in it.
bool is_place(std::string_view pointer);
// What the ops touch, as sorted pointers of ids: a member where only members change, else the item.
std::vector<std::string> touches_of(const std::vector<Op>& ops);
// Whether one of the two is the other or a prefix of it, by whole segments.
bool overlap(std::string_view a, std::string_view b);
// The content after the ops. A member that is put into an item which is not there makes the item.
Result<canon::Object> apply_ops(canon::Object content, const std::vector<Op>& ops);

// ---- the clear part

struct SealedSection {
  std::optional<PersonId> owner;
  LeafNumber version = 0; // the leaf of its last accepted edit
  std::uint32_t pending = 0;

  template <class A> void fields(A& a) {
    a("owner", owner);
    a("version", version);
    a("pending", pending);
  }

  bool operator==(const SealedSection&) const = default;
};

struct SealedDump {
  std::uint32_t rev = 0;
  Digest root;
  std::uint32_t size = 0;

  template <class A> void fields(A& a) {
    a("rev", rev);
    a("root", root);
    a("size", size);
  }

  auto operator<=>(const SealedDump&) const = default;
};

// A redacted piece of a dump, as an envelope whose digest is leaf `index` of the dump revision's tree.
struct SealedFragment {
  std::string dump;
  std::uint32_t rev = 0;
  std::string region;
  std::string klass;
  std::uint64_t bytes = 0;
  Digest sha256;
  std::uint32_t index = 0;
  std::uint32_t size = 0;
  std::vector<Digest> path;
  std::string level; // of symbolization
  std::uint32_t passes = 0;
  std::string retention;
  std::vector<std::string> cites;
  std::map<std::string, std::string> exposure; // class -> clean | suspected | confirmed | disputed

  template <class A> void fields(A& a) {
    a("dump", dump);
    a("rev", rev);
    a("region", region);
    a("class", klass);
    a("bytes", bytes);
    a("sha256", sha256);
    a("index", index);
    a("size", size);
    a("path", path);
    a("level", level);
    a("passes", passes);
    a("retention", retention);
    a("cites", cites);
    a("exposure", exposure);
  }

  bool operator==(const SealedFragment&) const = default;
};

// Whether the fragment's digest lies in the tree with that root, at its place (RFC 6962).
bool lies_in(const SealedFragment& fragment, const Digest& root);

struct SealedClaim {
  std::optional<std::vector<std::string>> evidence; // citations
  std::optional<std::string> contested;             // the item in which it is

  template <class A> void fields(A& a) {
    a("evidence", evidence);
    a("contested", contested);
  }

  bool operator==(const SealedClaim&) const = default;
};

struct SealedText {
  std::string section;

  template <class A> void fields(A& a) { a("section", section); }

  bool operator==(const SealedText&) const = default;
};

struct SealedRegion {
  std::string fragment;
  std::optional<std::string> dispute; // the item

  template <class A> void fields(A& a) {
    a("fragment", fragment);
    a("dispute", dispute);
  }

  bool operator==(const SealedRegion&) const = default;
};

// What is gone of a fragment when its time is over, each with one key more than the one before: its raw
// bytes, the redacted ones too, and what was said of it.
inline constexpr std::array<std::string_view, 3> end_states{"raw_gone", "bytes_gone", "forgotten"};

struct SealedRetention {
  Instant deadline;
  std::string source;
  std::string end_state; // of end_states
  std::optional<std::string> disputed;

  template <class A> void fields(A& a) {
    a("deadline", deadline);
    a("source", source);
    a("end_state", end_state);
    a("disputed", disputed);
  }

  bool operator==(const SealedRetention&) const = default;
};

struct SealedFrames {
  std::string fragment;
  std::uint32_t count = 0;
  std::vector<std::string> trust;

  template <class A> void fields(A& a) {
    a("fragment", fragment);
    a("count", count);
    a("trust", trust);
  }

  bool operator==(const SealedFrames&) const = default;
};

struct SealedRequest {
  std::string level;
  std::string result; // fulfilled | refused

  template <class A> void fields(A& a) {
    a("level", level);
    a("result", result);
  }

  bool operator==(const SealedRequest&) const = default;
};

struct SealedModule {
  template <class A> void fields(A&) {}

  bool operator==(const SealedModule&) const = default;
};

struct SealedSymbolization {
  std::map<std::string, SealedFrames> frames;
  std::map<std::string, SealedModule> modules;
  std::map<std::string, SealedRequest> requests;

  template <class A> void fields(A& a) {
    a("frames", frames);
    a("modules", modules);
    a("requests", requests);
  }

  bool operator==(const SealedSymbolization&) const = default;
};

struct ItemResolution {
  std::string code;
  LeafNumber leaf = 0;
  std::optional<ItemId> of;

  template <class A> void fields(A& a) {
    a("code", code);
    a("leaf", leaf);
    a("of", of);
  }

  bool operator==(const ItemResolution&) const = default;
};

// An item as the ledger had it at the seal.
struct SealedItem {
  std::string kind; // finding | objection | conflict | boundary
  std::string category;
  std::string item_kind;
  std::string code;
  std::string state;                 // open | fixed | resolved | withdrawn
  std::optional<std::string> status; // of a finding
  std::string subject;
  LeafNumber raised = 0;
  Instant first_opened;
  std::uint32_t statements = 0;
  std::optional<std::string> stub;
  std::optional<ItemResolution> resolution;

  template <class A> void fields(A& a) {
    a("kind", kind);
    a("category", category);
    a("item_kind", item_kind);
    a("code", code);
    a("state", state);
    a("status", status);
    a("subject", subject);
    a("raised", raised);
    a("first_opened", first_opened);
    a("statements", statements);
    a("stub", stub);
    a("resolution", resolution);
  }

  bool operator==(const SealedItem&) const = default;
};

struct SealedProvenance {
  AccountId by;
  PersonId person; // who made it, or the operator of the agent that did
  bool machine = false;
  PersonId accepted_by;

  template <class A> void fields(A& a) {
    a("by", by);
    a("person", person);
    a("machine", machine);
    a("accepted_by", accepted_by);
  }

  bool operator==(const SealedProvenance&) const = default;
};

// What a sealed workspace has beside what every revision has.
struct Coproduced {
  std::map<std::string, SealedSection> sections;
  std::map<std::string, SealedText> narrative;
  std::map<std::string, SealedClaim> claims;
  std::map<std::string, SealedRegion> regions;
  std::map<std::string, SealedDump> dumps;
  std::map<std::string, SealedFragment> fragments;
  SealedSymbolization symbolization;
  std::map<std::string, SealedRetention> retention;
  std::map<std::string, SealedItem> ledger;
  std::map<std::string, SealedProvenance> provenance; // by edit
  LeafNumber ledger_at = 0;
  std::optional<ContinuedEntry> continues;

  template <class A> void fields(A& a) {
    a("sections", sections);
    a("narrative", narrative);
    a("claims", claims);
    a("regions", regions);
    a("dumps", dumps);
    a("fragments", fragments);
    a("symbolization", symbolization);
    a("retention", retention);
    a("ledger", ledger);
    a("provenance", provenance);
    a("ledger_at", ledger_at);
    a("continues", continues);
  }

  bool operator==(const Coproduced&) const = default;
};

// ---- sealing

struct Statement {
  PersonId by;
  std::string text;
};

struct WorkingRevision {
  PacketId packet;
  std::uint32_t revision = 1;
  std::string packet_class;
  std::string lane;
  std::vector<Predecessor> predecessors;
  canon::Object content; // collections of items; what apply_ops() answers
  // What the content does not say itself:
  std::map<std::string, SealedSection> sections;
  std::map<std::string, SealedItem> ledger;
  std::map<std::string, std::vector<Statement>> statements; // by item
  std::map<std::string, SealedProvenance> provenance;
  LeafNumber ledger_at = 0;
  std::optional<ContinuedEntry> continues;
  std::map<std::string, Withheld> withheld;
  Digest ruleset;
  std::uint32_t findings = 0;
};

// `salt` is called once per disclosure. In each collection the members of the clear part stay, every other
// one becomes the disclosure "/<collection>/<id>/<member>"; a scope element is a disclosure with its lesser
// forms.
Result<SealedRevision> seal(const WorkingRevision& working, const std::function<Salt()>& salt);

// Bytes that seal() above wrote. read_revision() calls it.
Result<Revision> read_coproduced(std::string_view bytes);

// Whether the pointer is of an item of the content, or of something in it.
bool is_content(std::string_view pointer);
// Whether the revision has the item of the content that the pointer is of.
bool has(const Coproduced& revision, std::string_view pointer);
// Whether it is seen that the item has left. Of what is no content nobody can see that.
bool has_left(const Coproduced& revision, std::string_view pointer);
// Whether the two pointers are of one item of the content.
bool same_item(std::string_view a, std::string_view b);

} // namespace sallyport::packet
