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
    Invariant{
        "INV-08", checked,
        "each signature is of a person's account and was made by that person's hand; edits are decided by "
        "the person whose section it is"},
    Invariant{"INV-09", checked,
              "after each step no manifest is in review whose revision is not the head, or over a text that "
              "people changed since"},
    Invariant{"INV-10", checked,
              "after each step no manifest is in review under another charter; void stays void"},
    Invariant{"INV-11", checked,
              "grant and key of each counted signature are valid when it is made and at commit"},
    Invariant{
        "INV-12", checked,
        "the counted persons are distinct and fill every place; a substitute stands in only where nobody "
        "of the role can sign, and crosses only ratified"},
    Invariant{"INV-13", checked, "nobody who withdrew signs that manifest again, or counts"},
    Invariant{"INV-14", checked, "authorised only with a quorum, derived afresh from leaves and truth"},
    Invariant{"INV-15", checked, "at each signature the holds that are to cross are those bound"},
    Invariant{"INV-16", checked, "void and consumed are ends; one release for each packet"},
    Invariant{"INV-17", checked,
              "no blocking hold in the leaves, and nothing in the truth that asks for one"},
    Invariant{"INV-18", checked,
              "each needed source answered after the recheck opened and in time, and said the same"},
    Invariant{"INV-19", checked,
              "each hold ends by a rule that its opening allows, or by a person with evidence"},
    Invariant{"INV-20", checked, "each open packet shows a hold or a wait after each step"},
    Invariant{
        "INV-21", checked,
        "only FRESH.MISSING crosses as an override, let cross for this manifest, within its time, by as "
        "many persons of the role as it takes, none of them a counted signer"},
    Invariant{"INV-22", checked,
              "a hold keeps its first opening, also in the manifest, the entry, the rest of a split, and the "
              "packet that continues one"},
    Invariant{"INV-23", checked, "actions that only take away never authorise, open a recheck or release"},
    Invariant{"INV-24", checked,
              "a spent revision never comes back, nor what an accepted edit replaced: each edit is decided "
              "once, on "
              "what nobody changed since"},
    Invariant{"INV-25", checked, "a merged packet takes part in nothing again"},
    Invariant{"INV-26", checked,
              "no two releases without a verdict share a case tuple in one lane, but what a person of "
              "split_roles split, or dismissed, on just those tuples; the entry names the other"},
    Invariant{"INV-27", checked, "the newest observation of an object is the one that counts"},
    Invariant{"INV-28", checked, "every packet in a leaf was submitted in a leaf"},
    Invariant{"INV-29", checked, "no clear value of a submission stands in a leaf"},
    Invariant{"INV-30", checked, "no clear value of a submission stands in a manifest or an entry"},
    Invariant{"INV-31", checked, "the view's parts are those that a person promoted"},
    Invariant{"INV-32", checked, "what crosses was scanned, and no due instant that holds is reached"},
    Invariant{
        "INV-33", checked,
        "the declared level is within the charter's, and no evidence goes beyond it; thresholds, and parts "
        "with a level of their own: the tests of the gate"},
    Invariant{"INV-34", checked,
              "every item ends once, by whoever may end it, or is in each revision sealed since, in the "
              "manifest and "
              "the entry, and crosses accepted, with all that was said of it; a workspace that goes on has "
              "them all, "
              "and a merge loses none"},
    Invariant{
        "INV-35", checked,
        "what a manifest and an entry say is accepted is what enough persons of the charter's roles signed, "
        "each for one place, in the same words, and still stand by"},
    Invariant{
        "INV-36", checked,
        "the ledger at submission, at each counted signature and at the commit is one, by its leaf; whatever "
        "changes it voids what is in review; its digest: the tests of the gate"},
    Invariant{"INV-37", checked,
              "a recheck has a person's request that stands, or the signature of its own step; only a commit "
              "releases, in an open lane, inside every window, each as it was signed"},
    Invariant{
        "INV-38", checked,
        "unacknowledged entries in the window, and packets on their way, are never more than the capacity"},
    Invariant{"INV-39", checked,
              "whoever is let in leaves a slot for each standing request that comes before it in the order"},
    Invariant{"INV-40", checked,
              "a shadow folded from the leaves' bytes has the same digest; so has a replay from zero"},
    Invariant{
        "INV-41", checked,
        "each refused attempt of an account is in the step's leaves; overrides, ratifications, splits and "
        "the lane's states have the hands that they name; the register is what the leaves say"},
    Invariant{"INV-42", checked,
              "a release leaf and its entry come in one step, once; a second run loses steps and restarts, "
              "and comes to the same log; the disk itself: sim_store"},
    Invariant{"INV-43", checked, "agents and services appear only in the records that they may make"},
    Invariant{"INV-44", elsewhere,
              "there is no disk here: sim_store plays towns over a real store whose disk fails and whose "
              "power is cut; "
              "a step that is lost leaves nothing (INV-42)"},
    Invariant{"INV-45", checked,
              "the parts of a split are the whole and share nothing; what is held crosses in its own packet "
              "alone, and evidence that touches it stays"},
    Invariant{"INV-46", checked,
              "each counted signature is later than the last hold that makes signatures fall"},
    Invariant{
        "INV-47", checked,
        "the bound view is the set that the charter's recipe gives over the sealed names; a packet is given "
        "up "
        "by a person, after its time, under no legal hold, when nobody needs it, and nothing is written in "
        "it afterwards; fragments: the tests of the gate"},
};

} // namespace

std::span<const Invariant> invariants() {
  return table;
}

} // namespace sallyport::sim
