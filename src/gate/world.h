// Everything that a decision may look at: the state (from leaves), the library (charters and rosters
// by digest, and the rules of time zones), and the facts that the bodies of open packets hold. Facts carry
// names, digests and refs, never clear values. Where facts are gone (erased, lost) the checks that need them
// hold.
#pragma once

#include "charter/model.h"
#include "gate/state.h"
#include "gate/zones.h"
#include "packet/roster.h"
#include "packet/seal.h"
#include "packet/view.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::gate {

// A finding of the scan that was made before sealing.
struct ScanFinding {
  std::string detector;
  std::string klass;
  std::string name; // a disclosure name, "/parts/<id>", or a pointer into the clear part

  template <class A> void items(A& a) {
    a(detector);
    a(klass);
    a(name);
  }
};

using Refs = std::vector<std::string>; // keyed digests of identity values: equal values, equal refs
using CaseTuples = std::vector<std::vector<Refs>>; // per row of lineage.case_keys: its tuples

// What the lane's view of a charter opens of a revision.
struct Shown {
  Digest charter;
  packet::ViewChoice choice;
  std::map<std::string, charter::FieldClass> classes; // of the names that are opened, where they have one
};

// What the body of a sealed revision tells the gate.
struct Dossier {
  packet::Revision revision;                                       // the clear part
  std::map<std::string, std::string> names;                        // disclosure name -> digest
  std::map<std::string, std::map<std::string, std::string>> scope; // dimension -> element id -> ref
  CaseTuples cases;
  std::map<std::string, std::map<std::string, std::string>> pins; // citation -> attribute -> value
  std::vector<ScanFinding> findings;
  bool scan_complete = false;
  std::vector<std::string> scan_lacks; // sources whose names the scan should have looked for and did not have
  // Follows from `names` and a charter, for the last charter that was asked about: see shown().
  mutable std::optional<Shown> last_shown = {};
};

// What the body of an object's last observation tells the gate.
struct ObjectFacts {
  std::map<std::string, std::string> attrs; // each in the one spelling of its type (source/map.h)
  std::map<std::string, Refs> touches;      // dimension -> refs
  std::string key;                          // ref of its name: equal at two sources, equal refs
  // Dimension whose values stand in clear -> what the source states, each in the spelling of scope.h; a text
  // that is none is empty.
  std::map<std::string, std::vector<std::string>> stated = {};
};

// What the reviewer directory last said, and when it was asked.
struct Directory {
  std::string version;
  std::set<PersonId> members;
  Instant observed_at; // learn() sets it from the observation; restoring facts does the same
};

struct LaneRoster {
  packet::Roster roster;
  packet::AudienceOpenings audience;
};

struct Library {
  std::map<Digest, charter::Charter> charters;
  std::map<Digest, LaneRoster> rosters;
  Zones zones; // of those that the charters name
};

// A manifest in review, with the opening of its audience.
struct BoundManifest {
  packet::Manifest manifest;
  std::string bytes;
  packet::Disclosure audience;
  std::vector<packet::AudienceMember> members;
  std::optional<packet::View> view; // where only a part of the revision crosses; else the recipe gives it
};

// By packet, with an index of who shares a case tuple: looking for duplicates costs what there is to find.
class Dossiers {
public:
  void put(const PacketId& id, Dossier dossier);
  void erase(const PacketId& id);
  // Null where there is none.
  const Dossier* find(const PacketId& id) const;
  Dossier* find(const PacketId& id);
  // The packets that have a tuple of `cases` on the same row.
  std::set<PacketId> sharing(const CaseTuples& cases) const;

private:
  std::map<PacketId, Dossier> by_packet_;
  std::map<std::pair<std::size_t, Refs>, std::set<PacketId>> by_tuple_;
};

struct Facts {
  // Of packets with a head, and of released ones without a final verdict (their case keys still count).
  Dossiers dossiers;
  // Submitted ones of open packets, and the consumed one of each entry (it says who may read).
  std::map<ManifestId, BoundManifest> manifests;
  std::map<ObjectId, ObjectFacts> objects;
  std::map<std::string, Directory> directories; // by lane
  // Of packets whose scope was split: the refs of the elements of each revision that was, and of the last
  // one.
  std::map<Digest, decltype(Dossier::scope)> split_scopes;
};

struct World {
  const State& state;
  const Library& library;
  const Facts& facts;

  // Each null where there is none.
  const charter::Charter* active_charter(const std::string& lane) const;
  const LaneRoster* active_roster(const std::string& lane) const;
  const Dossier* dossier(const PacketId& id) const;
  const BoundManifest* manifest(const ManifestId& id) const;
};

// The body of a roster's leaf: {"audience": {name: {"salt", "members"}}}.
std::optional<packet::AudienceOpenings> read_audience_openings(const canon::Object& body);

// Whether `person` holds `role` in the lane's roster at `now`; the holders of a role.
bool holds_role(const LaneRoster& roster, const PersonId& person, const std::string& role, Instant now);
std::set<PersonId> holders(const LaneRoster& roster, const std::string& role, Instant now);

// Whether a credential of an account of that kind may have the scope at all: an agent's never decides.
bool may_hold(std::string_view account_kind, std::string_view scope);

// What the view of the packet's lane opens of its revision; both are there. Every evaluation asks, so it is
// kept.
const Shown& shown(const World& world, const Packet& packet, const Dossier& dossier);

// The lane view's recipe.
packet::Recipe lane_recipe(const charter::Charter& charter);
// The class of a disclosure by its most specific pattern; nothing where no pattern matches.
std::optional<charter::FieldClass> class_of(const charter::Charter& charter, std::string_view name);

// Audience members of the lane that have every clearance asked for; sorted by person.
struct AudienceCut {
  std::vector<packet::AudienceMember> members;
  std::set<std::string> asked;   // tags
  bool unknown = false;          // the attribute that names a clearance has no known value
  std::vector<PersonId> lacking; // members of the audience who lack a tag that `clearance_by` asks
};

AudienceCut cut_audience(const World& world, const Packet& packet, const charter::Charter& charter,
                         const LaneRoster& roster);

// The text of an attribute as the object last stated it. Null where it never did, and where it is gone.
const std::string* attr_text(const World& world, const ObjectId& object, const std::string& attr);

// The attribute of each of the head's citations of that source: nothing where an object has not said it.
std::vector<std::optional<std::string>> read_attr(const World& world, const Packet& packet,
                                                  const charter::AttrRef& attr);

} // namespace sallyport::gate
