#include "sim/invariants.h"

#include <array>

namespace sallyport::sim {
namespace {

using enum Reach;

constexpr std::array table{
    Invariant{"INV-01", checked,
              "entry, manifest, head and the bytes that were really sealed have one digest"},
    Invariant{"INV-02", checked, "one lane in entry, manifest, revision, charter and leaf"},
    Invariant{"INV-03", checked,
              "what crosses is what was declared, and the sources touch nothing beside it"},
    Invariant{"INV-04", checked,
              "whoever acts on an entry is in the bound audience and in the present roster"},
    Invariant{"INV-05", checked, "each field of a submitted manifest is what was so then"},
    Invariant{"INV-06", checked, "no digest is sealed twice; manifests keep their bytes"},
    Invariant{"INV-07", checked, "the manifest's charter was active at each signature and at the commit"},
    Invariant{"INV-08", checked,
              "each signature is of a person's account and was made by that person's hand"},
    Invariant{"INV-09", checked, "after each step no manifest is in review whose revision is not the head"},
    Invariant{"INV-10", checked,
              "after each step no manifest is in review under another charter; void stays void"},
    Invariant{"INV-11", checked,
              "grant and key of each counted signature are valid when it is made and at commit"},
    Invariant{"INV-12", checked, "the counted persons are distinct and fill every place"},
    Invariant{"INV-13", checked, "nobody who withdrew signs that manifest again, or counts"},
    Invariant{"INV-14", checked, "authorised only with a quorum, derived afresh from leaves and truth"},
    Invariant{"INV-15", checked, "at each signature the visible holds are those bound"},
    Invariant{"INV-16", checked, "void and consumed are ends; one release for each packet"},
    Invariant{"INV-17", checked,
              "no blocking hold in the leaves, and nothing in the truth that asks for one"},
    Invariant{"INV-18", checked,
              "each needed source answered after the recheck opened and in time, and said the same"},
    Invariant{"INV-19", checked,
              "each hold ends by a rule that its opening allows, or by a person with evidence"},
    Invariant{"INV-20", checked, "each open packet shows a hold or a wait after each step"},
    Invariant{"INV-21", checked, "only FRESH.MISSING crosses as an override"},
    Invariant{"INV-22", checked, "a hold keeps its first opening, also in the manifest and the entry"},
    Invariant{"INV-23", checked, "actions that only take away never authorise, open a recheck or release"},
    Invariant{"INV-24", checked, "a spent revision never comes back"},
    Invariant{"INV-25", checked, "a merged packet takes part in nothing again"},
    Invariant{"INV-26", checked, "no two releases without a verdict share a case tuple in one lane"},
    Invariant{"INV-27", checked, "the newest observation of an object is the one that counts"},
    Invariant{"INV-28", checked, "every packet in a leaf was submitted in a leaf"},
    Invariant{"INV-29", checked, "no clear value of a submission stands in a leaf"},
    Invariant{"INV-30", checked, "no clear value of a submission stands in a manifest or an entry"},
    Invariant{"INV-31", checked, "the view's parts are those that a person promoted"},
    Invariant{"INV-32", checked,
              "what crosses was scanned; retention deadlines: no charter with clocks is honoured yet"},
    Invariant{"INV-33", not_applicable, "level and threshold dimensions are not honoured yet"},
    Invariant{"INV-34", not_applicable, "dispatch has no ledger"},
    Invariant{"INV-35", not_applicable, "dispatch has no ledger"},
    Invariant{"INV-36", not_applicable, "dispatch has no ledger"},
    Invariant{"INV-37", checked,
              "a recheck has a person, or the signature of its own step; only a commit releases"},
    Invariant{"INV-38", checked, "unacknowledged entries in the window are never more than the capacity"},
    Invariant{"INV-39", not_applicable,
              "the gate admits by request and keeps no queue that could be out of order"},
    Invariant{"INV-40", checked,
              "a shadow folded from the leaves' bytes has the same digest; so has a replay from zero"},
    Invariant{"INV-41", checked, "each refused attempt of an account is in the step's leaves"},
    Invariant{"INV-42", checked,
              "a release leaf and its entry come in one step, once; crashes: the tests of store and engine"},
    Invariant{"INV-43", checked, "agents and services appear only in the records that they may make"},
    Invariant{"INV-44", elsewhere,
              "there is no disk here: the tests of store and engine fail each sync and write"},
    Invariant{"INV-45", not_applicable, "partial release is not honoured yet"},
    Invariant{"INV-46", checked,
              "each counted signature is later than the last hold that makes signatures fall"},
    Invariant{"INV-47", checked,
              "the bound view is the set that the charter's recipe gives over the sealed names"},
};

} // namespace

std::span<const Invariant> invariants() {
  return table;
}

} // namespace sallyport::sim
