#!/usr/bin/env python3
"""Recomputes every figure of `sallyport metrics --json` from the exported log, and compares.

    recompute.py LOG TEXTS REPORT

LOG: what `sallyport log export` wrote, or the service's log.db. TEXTS: what `sallyport metrics --texts` wrote, named by SHA-256.
REPORT: the output of `sallyport metrics --json`. Python's standard library and nothing of the project: written
from docs/metrics.md, with data structures of its own, so that one mistake is not made twice.
"""
import base64
import hashlib
import json
import pathlib
import sqlite3
import struct
import sys
from collections import Counter, defaultdict
from datetime import datetime, timezone
from fractions import Fraction

GROUPS = ("FRESH.", "MIN.", "AUD.", "SCOPE.")
POSITIVE = {"accepted", "sufficient"}
DRIFT = {"incident_adjudication", "case_adjudication", "debugger_enablement", "access_enablement",
         "customer_communication", "outside_communication", "wider_sharing", "downstream_decision", "remedy_choice",
         "authority_choice", "execution"}
CORRECTIONS = ("wrong_version", "wrong_audience", "over_broad_scope")


def ms(text):
    at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    return int((at - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds() * 1000 + 0.5)


def leaves_of(log):
    if log.is_file():
        rows = sqlite3.connect(f"file:{log}?mode=ro", uri=True).execute("SELECT leaf FROM log ORDER BY n")
        return [json.loads(leaf) for (leaf,) in rows]
    return leaves_of_tiles(log)


def leaves_of_tiles(tiles):
    size = int((tiles / "checkpoint").read_text().split("\n")[1])
    out = []
    for number in range((size + 255) // 256):
        name = "/".join(("x" if i else "") + f"{part:03d}"
                        for i, part in reversed(list(enumerate(thousands(number)))))
        width = min(256, size - 256 * number)
        file = tiles / "tile" / "entries" / (name if width == 256 else f"{name}.p/{width}")
        data = file.read_bytes()
        while data:
            (length,) = struct.unpack(">H", data[:2])
            out.append(json.loads(data[2:2 + length]))
            data = data[2 + length:]
    assert len(out) == size
    return out


def thousands(number):
    parts = [number % 1000]
    while number >= 1000:
        number //= 1000
        parts.append(number % 1000)
    return parts


class Texts:
    def __init__(self, folder):
        self.bytes = {}
        for file in folder.iterdir():
            data = file.read_bytes()
            assert hashlib.sha256(data).hexdigest() == file.name, file
            self.bytes[file.name] = data

    def json(self, digest):
        return json.loads(self.bytes[digest]) if digest in self.bytes else None


# ---- Ed25519 (RFC 8032) and SSHSIG, by the definitions

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def recover(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return (P - x if x % 2 != sign else x, y)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P)


def times(number, point):
    out = (0, 1)
    while number:
        if number & 1:
            out = add(out, point)
        point, number = add(point, point), number >> 1
    return out


def ed25519(key, message, signature):
    base_y = 4 * pow(5, P - 2, P) % P
    base, public = recover(base_y.to_bytes(32, "little")), recover(key)
    r, s = recover(signature[:32]), int.from_bytes(signature[32:], "little")
    if public is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return times(s, base) == add(r, times(h, public))


def strings(data):
    out = []
    while data:
        (length,) = struct.unpack(">I", data[:4])
        out.append(data[4:4 + length])
        data = data[4 + length:]
    return out


def sshsig_verifies(blob, message, name_space, fingerprint):
    """True or False; None for keys that are not Ed25519, which the standard library cannot judge."""
    data = base64.b64decode(blob)
    if data[:6] != b"SSHSIG":
        return False
    key, space, reserved, name, signature = strings(data[10:])
    if hashlib.sha256(key).hexdigest() != fingerprint or space.decode() != name_space:
        return False
    kind, *rest = strings(key)
    if kind != b"ssh-ed25519":
        return None
    text = hashlib.new(name.decode(), message).digest()
    wire = b"".join(struct.pack(">I", len(x)) + x for x in (space, reserved, name, text))
    return ed25519(rest[0], b"SSHSIG" + wire, strings(signature)[1])


# ---- figures

def figure(unit, n, numerator, denominator, censored, value):
    out = {"unit": unit, "n": n, "numerator": numerator, "denominator": denominator, "censored": censored}
    if value is not None:
        out["value"] = value
    return out


def share(numerator, denominator, censored=0, unit="share"):
    value = None
    if denominator >= 20:
        value = int(Fraction(numerator * 10000, denominator) + Fraction(1, 2))
    return figure(unit, denominator + censored, numerator, denominator, censored, value)


def count(numerator, of):
    return figure("count", of, numerator, of, 0, None)


def product_limit(lasted):
    """Kaplan-Meier with exact fractions: [(time, ended)]."""
    ended = sum(1 for _, done in lasted if done)
    left, value = Fraction(1), None
    for time in sorted({t for t, done in lasted if done}):
        at_risk = sum(1 for t, _ in lasted if t >= time)
        left *= 1 - Fraction(sum(1 for t, done in lasted if done and t == time), at_risk)
        if left <= Fraction(1, 2):
            value = time
            break
    return figure("milliseconds", len(lasted), ended, len(lasted), len(lasted) - ended, value)


def median(lasted):
    done = sorted(t for t, ended in lasted if ended)
    value = (done[(len(done) - 1) // 2] + done[len(done) // 2]) // 2 if done else None
    return figure("milliseconds", len(lasted), len(done), len(done), len(lasted) - len(done), value)


def percentile(values, percent, censored):
    ordered, value = sorted(values), None
    for i, one in enumerate(ordered):
        if 100 * (i + 1) >= percent * len(ordered):
            value = one
            break
    return figure("milliseconds", len(ordered) + censored, len(ordered), len(ordered), censored, value)


# ---- the log, indexed

class Log:
    def __init__(self, leaves, texts, now):
        self.leaves, self.texts, self.now = leaves, texts, now
        for leaf in leaves:
            leaf["t"] = ms(leaf["at"])
        self.by_kind = defaultdict(list)
        for leaf in leaves:
            self.by_kind[leaf["kind"]].append(leaf)
        self.lane_of = {leaf["packet"]: leaf["lane"] for leaf in self.by_kind["packet.submitted"]}
        self.lane_of.update({leaf["packet"]: leaf["lane"] for leaf in self.by_kind["workspace.opened"]})
        for leaf in self.by_kind["remainder.opened"]:
            self.lane_of[leaf["packet"]] = self.lane_of[leaf["continues"][0]]
        self.charter_lane = {leaf["digest"]: leaf["lane"] for leaf in self.by_kind["charter.proposed"]}
        self.submitted = {leaf["manifest"]: leaf for leaf in self.by_kind["manifest.submitted"]}
        self.manifest_of_id = {leaf["id"]: leaf["manifest"] for leaf in self.by_kind["manifest.submitted"]}
        self.seals = defaultdict(list)
        for leaf in leaves:
            if leaf["kind"] in ("packet.submitted", "revision.sealed"):
                self.seals[leaf["packet"]].append(leaf)
        self.release = {leaf["entry"]: leaf for leaf in self.by_kind["release.committed"]}
        self.closed = {}
        for leaf in leaves:
            if leaf["kind"] in ("packet.withdrawn", "release.committed"):
                self.closed[leaf["packet"]] = leaf
            elif leaf["kind"] == "duplicate.merged":
                self.closed[leaf["loser"]] = leaf
        self.holds = self.find_holds()

    def active(self, packet, n):
        lane, out = self.lane_of.get(packet), "0" * 64
        for leaf in self.by_kind["charter.activated"]:
            if leaf["n"] <= n and self.charter_lane[leaf["digest"]] == lane:
                out = leaf["digest"]
        return out

    def find_holds(self):
        """Each hold once: its opening, when it began to block, and its clearing or None."""
        out = {}
        for leaf in self.leaves:
            if leaf["kind"] == "hold.opened":
                one = out.setdefault(leaf["hold"], dict(
                    leaf, charter=self.active(leaf["packet"], leaf["n"]), blocks=None, end=None, rule=""))
                if leaf["mode"] == "blocking" and one["blocks"] is None:
                    one["blocks"] = leaf["t"]
                one["packet_now"] = leaf["packet"]
            elif leaf["kind"] == "hold.cleared" and leaf["hold"] in out:
                out[leaf["hold"]].update(end=leaf["t"], end_n=leaf["n"], rule=leaf["rule"])
        for one in out.values():
            gone = self.closed.get(one["packet_now"])
            if one["end"] is None and gone:
                one.update(end=gone["t"], end_n=gone["n"], rule="closed")
        return list(out.values())

    def ends_of_revisions(self):
        for packet, seals in self.seals.items():
            enders = [leaf for leaf in self.leaves if
                      (leaf.get("packet") == packet and leaf["kind"] in
                       ("revision.sealed", "material.triggered", "packet.withdrawn", "release.committed"))
                      or (leaf["kind"] == "source.event" and leaf.get("packet") == packet
                          and leaf["effect"] == "supersede")
                      or (leaf["kind"] == "duplicate.merged" and packet in (leaf["packet"], leaf["loser"]))]
            for seal in seals:
                end = next((leaf for leaf in enders if leaf["n"] > seal["n"]), None)
                cause = "" if end is None else {"duplicate.merged": "merged", "packet.withdrawn": "withdrawn",
                                               "release.committed": "released"}.get(end["kind"], "superseded")
                yield seal, end, cause


# ---- the metrics, each for one charter version

def m_a1(log, charter, since):
    out, censored = {}, Counter(superseded=0, merged=0, withdrawn=0, waiting=0)
    ways = {"": [], "blocking.": []}
    crossing = []
    n = 0
    for seal, end, cause in log.ends_of_revisions():
        if seal["charter"] != charter or seal["t"] < since:
            continue
        n += 1
        crossing.append(((end["t"] if end else log.now) - seal["t"], cause == "released"))
        last = end["n"] if end else len(log.leaves)
        first = {"": None, "blocking.": None}
        for hold in log.holds:
            if not hold["code"].startswith(GROUPS) and hold["code"] != "LANE.BOUNDARY":
                continue
            if hold["packet"] != seal["packet"]:
                continue
            for way, begun in (("", hold["t"]), ("blocking.", hold["blocks"])):
                opening = hold["n"] if way == "" else next(
                    (leaf["n"] for leaf in log.by_kind["hold.opened"]
                     if leaf["hold"] == hold["hold"] and leaf["mode"] == "blocking"), None)
                if begun is None or opening > last:
                    continue
                if opening < seal["n"]:
                    if hold["end"] is not None and hold["end"] <= seal["t"]:
                        continue
                    begun = seal["t"]
                first[way] = begun if first[way] is None else min(first[way], begun)
        for way, lasted in ways.items():
            stop = first[way] if first[way] is not None else end["t"] if end else log.now
            branch = "held" if first[way] is not None else cause if cause == "released" else ""
            lasted.append((stop - seal["t"], branch))
        if first[""] is None and cause != "released":
            censored[cause or "waiting"] += 1
    for way, lasted in ways.items():
        done = [(t, bool(branch)) for t, branch in lasted]
        released = [(t, True) for t, branch in lasted if branch == "released"]
        held = [(t, True) for t, branch in lasted if branch == "held"]
        both = len(released) + len(held)
        out[way + "median"], out[way + "naive_median"] = product_limit(done), median(done)
        out[way + "to_release"], out[way + "to_hold"] = median(released), median(held)
        out[way + "released"] = share(len(released), both, len(lasted) - both)
        out[way + "held"] = share(len(held), both, len(lasted) - both)
    out["release"], out["release_naive"] = product_limit(crossing), median(crossing)
    for cause, number in censored.items():
        out["censored." + cause] = count(number, n)
    open_any, open_blocking = [], []
    for hold in log.holds:
        if (hold["code"].startswith(GROUPS) or hold["code"] == "LANE.BOUNDARY") and \
                hold["charter"] == charter and hold["t"] >= since:
            end, cleared = hold["end"] if hold["end"] is not None else log.now, hold["rule"] not in ("", "closed")
            open_any.append((end - hold["t"], cleared))
            if hold["blocks"] is not None:
                open_blocking.append((end - hold["blocks"], cleared))
    out["open_hold"], out["open_hold_naive"] = product_limit(open_any), median(open_any)
    out["open_hold_blocking"] = product_limit(open_blocking)
    return out


def remarks(log, entry):
    """[(kind, instant)] of corrections, and the verdict leaf or None."""
    kinds = [(leaf["code"], leaf["t"]) for leaf in log.by_kind["correction.recorded"] if leaf["entry"] == entry]
    verdict = next((leaf for leaf in log.by_kind["lane.verdict"] if leaf["entry"] == entry), None)
    if verdict:
        kinds += [(word, verdict["t"]) for word in {verdict["code"], *verdict["found"]} if word in CORRECTIONS]
    return kinds, verdict


def releases_under(log, charter, since):
    return [leaf for leaf in log.by_kind["release.committed"]
            if log.submitted[leaf["manifest"]]["charter"] == charter and leaf["t"] >= since]


def corrected(log, leaf, kind, window):
    return any(k == kind and t < leaf["t"] + window for k, t in remarks(log, leaf["entry"])[0])


def mature(log, leaf, window):
    return remarks(log, leaf["entry"])[1] is not None or log.now - leaf["t"] >= window


def m_a2(log, charter, since, window):
    authorised = {}
    for leaf in log.by_kind["manifest.authorised"]:
        if leaf["authorised"]:
            authorised.setdefault(log.manifest_of_id[leaf["id"]], leaf["t"])
    tally, old, young = Counter(), 0, 0
    crossed = {leaf["manifest"]: leaf for leaf in log.release.values()}
    for manifest, at in authorised.items():
        if log.submitted[manifest]["charter"] != charter or at < since:
            continue
        leaf = crossed.get(manifest)
        if leaf is None or not mature(log, leaf, window):
            young += 1
            continue
        old += 1
        kinds = [kind for kind in CORRECTIONS if corrected(log, leaf, kind, window)]
        tally.update(kinds + (["any"] if kinds else []))
    return {name: share(tally[name], old, young) for name in ("any",) + CORRECTIONS}


def required_links(log, leaf):
    """(kind, holds) of each link of a release."""
    texts, packet, digest = log.texts, leaf["packet"], leaf["manifest"]
    entry, manifest = texts.json(leaf["entry_digest"]), texts.json(digest)
    bound = log.submitted[digest]
    predicate = manifest["predicate"] if manifest else {}
    seal = log.seals[packet][-1]
    answers = {n: log.leaves[n] for n in leaf["answers"] if log.leaves[n]["kind"] == "source.observed"
               and log.leaves[n].get("recheck") == leaf["recheck"]}
    yield "entry->manifest", bool(entry and manifest and entry["entry"] == leaf["entry"] and
                                  entry["packet"] == packet and entry["manifest"] == digest)
    yield "manifest->revision", bool(manifest and predicate["packet"] == packet and
                                     [s["digest"]["sha256"] for s in manifest["subject"]] == [leaf["revision"]] and
                                     seal["digest"] == leaf["revision"])
    split = any(one["packet"] == packet and one["statement"]["subject"][0]["digest"]["sha256"] == seal["digest"]
                for one in log.by_kind["scope.split"])
    for citation, source, thing, *_ in seal["cites"]:
        named = citation in predicate.get("evidence", {})
        if split and not named:
            continue
        yield "revision->source", named and any(
            one["source"] == source and any(seen[0] == thing and seen[1] in ("same", "changed")
                                            for seen in one["objects"]) for one in answers.values())
    asked = max(1, sum(row["count"] for row in predicate.get("signers", {}).get("require", [])))
    given = [log.leaves[n] for n in leaf["sigs"]]
    for i in range(max(asked, len(given))):
        one = given[i] if i < len(given) and given[i]["manifest"] == digest else None
        yield "manifest->signature", bool(one and manifest and sshsig_verifies(
            one["sig"], texts.bytes[digest], predicate["act"] + "@sallyport", one["key"]) is not False)
        yield "signature->person", bool(one and key_is_of(log, one))
        yield "signature->grant", bool(one and granted(log, one, bound, leaf))
    charter = texts.json(bound["charter"])
    yield "manifest->lane", bool(predicate.get("lane") == leaf["lane"] == log.lane_of[packet] and charter and
                                 charter["lane"]["id"] == leaf["lane"])
    yield "manifest->charter", bool(charter and log.active(packet, leaf["n"]) == bound["charter"] and
                                    predicate["charter"]["digest"] == bound["charter"])
    opened = next((one for one in log.by_kind["recheck.opened"] if one["recheck"] == leaf["recheck"]), None)
    yield "commit->recheck", bool(opened and opened["manifest"] == digest and opened["packet"] == packet and
                                  {row[0] for row in opened["needed"]} <= {a["source"] for a in answers.values()})
    if seal["revision"] > 1:
        yield "revision->predecessor", any(s["revision"] == seal["revision"] - 1 for s in log.seals[packet])
    first = log.seals[packet][0]
    opening = next((one for one in log.by_kind["remainder.opened"] if one["packet"] == packet), first)
    workspace = next((one for one in log.by_kind["workspace.opened"] if one["packet"] == packet), {})
    if "continues" in workspace:
        yield "revision->continued", any(s["digest"] == workspace["continues"]["digest"]
                                         for s in log.seals[workspace["continues"]["packet"]])
    elif opening.get("continues"):
        yield "revision->continued", any(s["digest"] == opening["continues"][1]
                                         for s in log.seals[opening["continues"][0]])
    for one in log.by_kind["duplicate.merged"]:
        if one["packet"] == packet:
            yield "revision->merged", bool(log.seals[one["loser"]])


def key_is_of(log, one):
    def keys():
        for leaf in log.by_kind["genesis"]:
            says = leaf["statement"]["predicate"]
            for owner in says["owners"]:
                yield owner["person"], owner["key"], says["keys_from"], says["keys_until"]
        for leaf in log.by_kind["key.enrolled"]:
            says = leaf["statement"]["predicate"]
            yield says["person"], says["key"], says["valid_from"], says["valid_until"]
    added = next((leaf for leaf in log.by_kind["principal.added"] if leaf["account"] == one["account"]), None)
    if not added or added.get("person") != one["person"]:
        return False
    return any(person == one["person"] and
               hashlib.sha256(base64.b64decode(line.split()[1])).hexdigest() == one["key"] and
               ms(start) <= one["t"] < ms(end) for person, line, start, end in keys())


def granted(log, one, bound, release):
    roster, role = log.texts.json(bound["roster"]), one["role"]
    if not roster:
        return False
    if bound.get("substitutes", {}).get(role) == one["person"]:
        role = log.texts.json(bound["charter"])["signers"]["substitute"][role]["by"]
    return any(grant["person"] == one["person"] and grant["role"] == role and
               ms(grant["from"]) <= one["t"] and release["t"] < ms(grant["until"]) for grant in roster["grants"])


def m_a3(log, charter, since):
    required = verified = whole = 0
    missing, releases = Counter(), releases_under(log, charter, since)
    for leaf in releases:
        links = list(required_links(log, leaf))
        required += len(links)
        verified += sum(1 for _, holds in links if holds)
        whole += all(holds for _, holds in links)
        missing.update(kind for kind, holds in links if not holds)
    out = {"edges": share(verified, required), "complete_releases": share(whole, len(releases))}
    out.update({"missing." + kind: count(number, required) for kind, number in missing.items()})
    return out


def m_b3_c4(log, charter, since):
    same = told = four = readable = 0
    releases = releases_under(log, charter, since)
    delivered = {leaf["entry"] for leaf in log.by_kind["entry.delivered"]}
    for leaf in releases:
        entry, manifest = log.texts.json(leaf["entry_digest"]), log.texts.json(leaf["manifest"])
        if not entry or not manifest:
            continue
        readable += 1
        says = manifest["predicate"]
        four += bool(entry["revision"]["number"] and entry["revision"]["digest"] and entry["owner"]["persons"] and
                     entry["owner"]["roles"] and isinstance(entry["holds"], list) and
                     isinstance(entry["accepted"], list) and entry["audience"]["name"] and
                     entry["audience"]["members"])
        if leaf["entry"] in delivered:
            told += 1
            same += (log.submitted[leaf["manifest"]]["revision"] == leaf["revision"] ==
                     entry["revision"]["digest"] == log.seals[leaf["packet"]][-1]["digest"] and
                     says["lane"] == leaf["lane"] == entry["lane"] and
                     all(says.get(name) == entry.get(name) for name in ("scope", "bounds", "accepted")))
    return ({"bound": share(same, told, len(releases) - told)},
            {"entries_name_four": share(four, readable, len(releases) - readable), "readers": None})


def m_b1(log, charter, since, text):
    tallies = {"accepted": [0, 0, 0], "accepted_at_first": [0, 0, 0]}
    found = Counter({word: 0 for word in text["lane"]["verdicts"] if word not in POSITIVE})
    for leaf in releases_under(log, charter, since):
        verdict = remarks(log, leaf["entry"])[1]
        again = log.seals[leaf["packet"]][0].get("continues") or any(
            one["packet"] == leaf["packet"] and "continues" in one
            for kind in ("remainder.opened", "workspace.opened") for one in log.by_kind[kind])
        words = {verdict["code"], *verdict["found"]} if verdict else set()
        for name in ["accepted"] + ([] if again else ["accepted_at_first"]):
            tallies[name][0] += bool(verdict and words <= POSITIVE)
            tallies[name][1] += verdict is not None
            tallies[name][2] += verdict is None
        found.update(words - POSITIVE)
    out = {name: share(*tally) for name, tally in tallies.items()}
    out.update({"found." + word: share(number, *tallies["accepted"][1:]) for word, number in found.items()})
    return out


def m_c1(log, charter, since, window):
    tally, old, young = Counter(), 0, 0
    for leaf in releases_under(log, charter, since):
        if not mature(log, leaf, window):
            young += 1
            continue
        old += 1
        verdict = remarks(log, leaf["entry"])[1]
        claims = set()
        for one in log.leaves[leaf["n"]:]:
            if one["kind"] == "hold.opened" and one["code"] == "LINE.DUP_PENDING" and \
                    one["subject"] == leaf["packet"]:
                claims.add(one["packet"])
            elif one["kind"] in ("duplicate.split", "duplicate.dismissed"):
                pair = {one["packet"], one.get("other")}
                if leaf["packet"] in pair:
                    claims -= pair
        bad = {"scope_correction": corrected(log, leaf, "over_broad_scope", window),
               "duplicate_after_entry": bool(claims),
               "boundary_dispute": corrected(log, leaf, "wrong_audience", window) or
               bool(verdict and "boundary_confusion" in (verdict["code"], *verdict["found"]))}
        tally.update(name for name, so in bad.items() if so)
        tally["clean"] += not any(bad.values())
    names = ("clean", "scope_correction", "duplicate_after_entry", "boundary_dispute")
    return {name: share(tally[name], old, young) for name in names}


def m_c2(log, charter, since):
    packets = {leaf["packet"] for seals in log.seals.values() for leaf in seals
               if leaf["charter"] == charter and leaf["t"] >= since}
    out = {"recall": None, "precision": None}
    for cause, families in (("stale", ("FRESH.",)), ("mis_scoped", ("SCOPE.", "AUD.")),
                            ("signer_incomplete", ("SIGN.",))):
        held = {hold["packet_now"] for hold in log.holds if hold["code"].startswith(families) and
                hold["charter"] == charter and hold["t"] >= since}
        out["held." + cause] = count(len(held & packets), len(packets))
    return out


def m_c3(log, charter, since):
    attempts = [leaf for leaf in log.leaves if
                (leaf["kind"] == "recheck.closed" and "result" not in leaf or
                 leaf["kind"] == "attempt.refused" and leaf["verb"] == "release.request" and leaf.get("packet"))
                and log.active(leaf["packet"], leaf["n"]) == charter and leaf["t"] >= since]
    out = {"blocked": count(len(attempts), len(attempts))}
    days = Counter(leaf["at"][:10] for leaf in attempts)
    codes = Counter((leaf["at"][:10], code) for leaf in attempts for code in {r[0] for r in leaf["reasons"]})
    for (day, code), number in codes.items():
        out[f"blocked.{day}.{code}"] = count(number, days[day])
    waiting = [packet for packet in log.lane_of if packet not in log.closed and
               log.active(packet, len(log.leaves)) == charter]
    stale = [packet for packet in waiting if any(
        hold["packet_now"] == packet and hold["end"] is None and hold["code"].startswith("FRESH.")
        for hold in log.holds)]
    out["stale_packets"] = share(len(stale), len(waiting))
    releases = releases_under(log, charter, since)
    out["wrong_lane_corrections"] = share(
        sum(any(kind == "wrong_audience" for kind, _ in remarks(log, leaf["entry"])[0]) for leaf in releases),
        len(releases), unit="per_100")
    passed = {(leaf["manifest"], leaf["hold"]) for leaf in log.by_kind["hold.overridden"]
              if log.submitted[leaf["manifest"]]["charter"] == charter and
              log.submitted[leaf["manifest"]]["t"] >= since}
    out["overrides"] = share(len(passed), len(releases), unit="per_100")
    times_seen = Counter((hold["code"], hold["packet_now"], hold["subject"]) for hold in log.holds
                         if hold["charter"] == charter and hold["t"] >= since)
    for code in {key[0] for key, number in times_seen.items() if number > 1}:
        mine = [number for key, number in times_seen.items() if key[0] == code]
        out["repeated." + code] = count(sum(mine) - len(mine), sum(mine))
    return out


def m_b4(log, charter, since):
    agents = {leaf["account"] for leaf in log.by_kind["principal.added"] if leaf["account_kind"] == "agent"}
    denied = Counter(leaf.get("topic") or leaf["verb"] for leaf in log.by_kind["attempt.refused"]
                     if leaf["actor"] in agents and leaf.get("packet") and
                     log.active(leaf["packet"], leaf["n"]) == charter and leaf["t"] >= since)
    out = {"rejected_edits": None, "denied_requests": None}
    reviews = {leaf["edit"]: leaf for kind in ("edit.accepted", "edit.rejected") for leaf in log.by_kind[kind]}
    edits = [leaf["edit"] for leaf in log.by_kind["edit.proposed"] if leaf["machine"] and leaf["t"] >= since and
             log.active(leaf["packet"], leaf["n"]) == charter]
    reviewed = [reviews[edit] for edit in edits if edit in reviews]
    drift = Counter(leaf["code"] for leaf in reviewed if leaf.get("code") in DRIFT)
    if edits:
        waiting = len(edits) - len(reviewed)
        out["rejected_edits"] = share(sum(drift.values()), len(reviewed), waiting)
        out.update({"rejected." + topic: share(n, len(reviewed), waiting) for topic, n in drift.items()})
    out.update({"denied." + what: count(number, sum(denied.values())) for what, number in denied.items()})
    return out


# ---- M-A4

class Cites:
    """What is known of the cited objects and of the sources, leaf by leaf."""

    def __init__(self):
        self.objects, self.contact = {}, {}

    def take(self, leaf):
        if leaf["kind"] in ("packet.submitted", "revision.sealed"):
            for _, _, thing, ordinal, seen, through in leaf["cites"]:
                self.objects.setdefault(thing, {"status": "same", "ordinal": ordinal, "at": ms(seen),
                                                "through": ms(through), "n": leaf["n"], "asked": False})
        elif leaf["kind"] == "source.configured":
            self.contact.pop(leaf["source"], None)
        elif leaf["kind"] == "source.observed":
            at = ms(leaf["observed_at"])
            self.contact[leaf["source"]] = max(min(at, leaf["t"]), self.contact.get(leaf["source"], 0))
            for thing, status, ordinal in leaf["objects"]:
                known = self.objects.get(thing)
                if status != "unknown" and not (known and known["asked"] and at < known["at"]):
                    self.objects[thing] = {"status": status, "ordinal": ordinal, "at": at, "asked": True,
                                           "through": ms(leaf["complete_through"]), "n": leaf["n"]}


def disturbances(log):
    """All of them, whatever the version: dicts with packet, charter, kind, t, codes, subject, sure, ..."""
    out, windows, heads, partial, cites, reached = [], {}, {}, {}, Cites(), {}
    standing = defaultdict(dict)  # packet -> hold -> (code, subject)

    def charter_of(window):
        return log.texts.json(window["charter"])

    def add_one(packet, window, kind, t, codes, subject, sure=True):
        if any(code in codes and subject in ("", what) for code, what in standing[packet].values()):
            return
        sure = sure and partial.get(packet) != heads.get(packet, {}).get("digest", "-")
        out.append({"packet": packet, "charter": window["charter"], "kind": kind, "t": t, "codes": codes,
                    "subject": subject, "sure": sure, "held": None, "hold": None, "over": False, "crossed": False})

    def due_list(packet, window):
        rules, head = charter_of(window)["sources"], heads[packet]
        for citation, source, thing, ordinal, _, through in head["cites"]:
            rule, known = rules.get(source), cites.objects.get(thing)
            check = next((c for c in rule["checks"] if c["kind"] == "max_age"), None) if rule else None
            if check and known:
                same = known["status"] != "gone" and known["ordinal"] == ordinal
                since = max(known["through"], ms(through)) if same else ms(through)
                yield ("freshness", since + check["limit"], "FRESH.STALE", "/citations/" + citation,
                       any(sorted(c["of"]) == sorted(rule["supplies"]) for c in rule["checks"]
                           if c["kind"] == "max_age"))
        roster = next(name for name, rule in rules.items() if rule["supplies"] == ["roster"])
        for source in sorted({cite[1] for cite in head["cites"]} | {roster}):
            if source in rules and source in cites.contact:
                yield ("roster" if source == roster else "freshness",
                       cites.contact[source] + rules[source]["unknown_after"],
                       "AUD.UNKNOWN" if source == roster else "FRESH.UNKNOWN", "/sources/" + source, True)

    def pass_time(t, inclusive):
        for packet, window in windows.items():
            if window["end"] is not None or packet not in heads:
                continue
            for kind, when, code, subject, sure in list(due_list(packet, window)):
                key = (packet, code, subject)
                if when > t or (when == t and not inclusive):
                    if reached.pop(key, None):
                        for one in out:
                            if (one["packet"], one["codes"], one["subject"]) == (packet, {code}, subject) \
                                    and not one["hold"]:
                                one["over"] = True
                elif key not in reached:
                    reached[key] = True
                    if when >= window["t"]:
                        add_one(packet, window, kind, when, {code}, subject, sure)

    def open_window(packet, t):
        window = windows.get(packet)
        if window and (window["end"] is None or
                       window["end"] == t and window["cause"] in ("merged", "superseded")):
            return window
        return None

    for leaf in log.leaves:
        kind, t, packet = leaf["kind"], leaf["t"], leaf.get("packet")
        pass_time(t, kind != "source.observed")
        cites.take(leaf)
        if kind == "source.observed":
            pass_time(t, False)
        if kind in ("packet.submitted", "revision.sealed"):
            heads[packet] = leaf
            for one in out:
                if one["packet"] == packet and not one["hold"] and one["kind"] != "roster":
                    one["over"] = True
        elif kind == "scope.split":
            partial[packet] = leaf["statement"]["subject"][0]["digest"]["sha256"]
        elif kind == "manifest.submitted":
            for one in out:
                if one["packet"] == packet and not one["hold"] and one["kind"] == "roster":
                    one["over"] = True
            windows[packet] = dict(leaf, end=None, cause="")
        elif kind == "manifest.voided" and packet in windows and windows[packet]["id"] == leaf["id"]:
            windows[packet].update(end=t, cause=leaf["cause"])
        elif kind == "release.committed":
            windows.pop(packet, None)
            for one in out:
                one["crossed"] |= one["packet"] == packet and one["sure"] and not one["over"]
        elif kind == "duplicate.merged":
            window = open_window(packet, t)
            heads.pop(packet, None)
            heads.pop(leaf["loser"], None)
            if window:
                add_one(packet, window, "merge", t, {"LINE.SUPERSEDED"}, "")
        elif kind in ("material.triggered", "packet.withdrawn"):
            heads.pop(packet, None)
        elif kind == "roster.activated":
            for other, window in windows.items():
                if window["end"] is None and log.lane_of[other] == leaf["lane"] and \
                        window["roster"] != leaf["roster"]:
                    add_one(other, window, "roster", t, {"AUD.ROSTER_DRIFT"}, "")
        elif kind == "source.observed":
            for other in sorted(heads):
                window = open_window(other, t)
                if other in log.closed and log.closed[other]["n"] < leaf["n"] or window is None:
                    continue
                rule = charter_of(window)["sources"].get(leaf["source"])
                digests = [c for c in rule["checks"] if c["kind"] == "digest"] if rule else []
                pins = [c for c in rule["checks"] if c["kind"] == "pin"] if rule else []
                if not digests and not pins:
                    continue
                sure = any(sorted(c["of"]) == sorted(rule["supplies"]) for c in digests) and "material" not in rule
                for thing, _, _ in leaf["objects"]:
                    known = cites.objects[thing]
                    for citation, _, cited, ordinal, _, _ in heads[other]["cites"]:
                        if cited == thing and known["n"] == leaf["n"] and \
                                (known["status"] == "gone" or known["ordinal"] != ordinal):
                            add_one(other, window, "freshness", t, {"FRESH.CHANGED", "FRESH.UNKNOWN"},
                                    "/citations/" + citation, sure)
        elif kind == "source.event" and packet:
            window = open_window(packet, t)
            duplicate, stops = leaf["event"].startswith("duplicate."), leaf["effect"] in ("hold", "supersede")
            if leaf["effect"] == "supersede":
                heads.pop(packet, None)
            if window and (duplicate or leaf["event"] == "roster.changed") and \
                    (stops or leaf["event"] == "duplicate.suspected"):
                add_one(packet, window, "merge" if duplicate else "roster", t,
                        {"LINE.CHANGED" if stops else "LINE.DUP_PENDING"}, leaf["event"] if stops else "", stops)
        elif kind == "hold.opened":
            standing[packet][leaf["hold"]] = (leaf["code"], leaf["subject"])
            for one in out:
                if one["packet"] == packet and not one["hold"] and not one["over"] and \
                        leaf["code"] in one["codes"] and one["subject"] in ("", leaf["subject"]):
                    one.update(held=t, hold=leaf["hold"])
        elif kind == "hold.cleared":
            standing[packet].pop(leaf["hold"], None)
            for one in out:
                one["over"] |= one["packet"] == packet and one["hold"] == leaf["hold"]
    return out


def m_a4(log, charter, since, bound):
    tallies = {kind: [0, 0, 0] for kind in ("", ".merge", ".roster", ".freshness")}
    crossed = never = 0
    latencies = []
    for one in log.disturbances:
        if one["charter"] != charter or one["t"] < since:
            continue
        pending = one["held"] is None and not one["crossed"] and log.now - one["t"] < bound
        counts = one["sure"] and not pending
        good = counts and one["held"] is not None and one["held"] - one["t"] <= bound and not one["crossed"]
        for kind in ("", "." + one["kind"]):
            tallies[kind][0] += good
            tallies[kind][1] += counts
            tallies[kind][2] += not counts
        if counts:
            crossed += one["crossed"]
            never += one["held"] is None
            latencies += [] if one["held"] is None else [one["held"] - one["t"]]
    out = {"reliability" + kind: share(*tally) for kind, tally in tallies.items()}
    out["false_releases"] = count(crossed, tallies[""][1])
    for percent in (50, 95, 99):
        out[f"latency_p{percent}"] = percentile(latencies, percent, never)
    mine = [hold for hold in log.holds if hold["charter"] == charter and hold["t"] >= since]
    out["false_holds"] = share(sum(hold["rule"] == "dismissal" for hold in mine), len(mine))
    return out


# ---- M-B2

def changes_of(log):
    """Each change whose instant a source said, once for each packet that it concerns."""
    out, heads, cites, waiting = [], {}, Cites(), defaultdict(list)
    for leaf in log.leaves:
        kind, t, packet = leaf["kind"], leaf["t"], leaf.get("packet")
        cites.take(leaf)
        if kind in ("hold.opened", "material.triggered", "revision.sealed"):
            for one in waiting.pop(packet, []):
                one["shown"] = t
        if kind in ("packet.submitted", "revision.sealed"):
            heads[packet] = {cite[2] for cite in leaf["cites"]}
        elif kind in ("material.triggered", "packet.withdrawn", "release.committed", "duplicate.merged") or (
                kind == "source.event" and leaf["effect"] == "supersede"):
            heads.pop(packet, None)
            heads.pop(leaf.get("loser"), None)
        if kind in ("packet.withdrawn", "release.committed"):
            waiting.pop(packet, None)
        elif kind == "duplicate.merged":
            waiting.pop(leaf["loser"], None)
        told = dict(n=leaf["n"], t=t, shown=None, source=leaf.get("source"))
        if kind == "source.event" and packet and "changed_at" in leaf:
            out.append(dict(told, packet=packet, changed=ms(leaf["changed_at"]), shown=t))
        elif kind == "source.observed" and "changed_at" in leaf:
            moved = {thing for thing, status, _ in leaf["objects"]
                     if status == "changed" and cites.objects[thing]["n"] == leaf["n"]}
            for other in sorted(heads):
                if heads[other] & moved:
                    out.append(dict(told, packet=other, changed=ms(leaf["changed_at"])))
                    waiting[other].append(out[-1])
    return out


def m_b2(log, charter, since, text):
    changes = changes_of(log)
    mine = [one for one in changes if log.active(one["packet"], one["n"]) == charter and one["changed"] >= since]
    out = {"reconcile_minutes": None, "reduction": None}
    if not mine:
        return dict(out, lag=None, lag_p95=None, unsynchronized=None)
    for suffix, some in [("", mine)] + [("." + name, [one for one in mine if one["source"] == name])
                                        for name in {one["source"] for one in mine}]:
        lasted = [(one["shown"] - one["changed"], True) if one["shown"] is not None and one["shown"] >= one["changed"]
                  else (0, False) for one in some]
        done = [time for time, ended in lasted if ended]
        out["lag" + suffix] = median(lasted)
        out["lag_p95" + suffix] = percentile(done, 95, len(lasted) - len(done))
    apart = whole = 0
    for packet in log.lane_of:
        opened = next(leaf for leaf in log.leaves if leaf.get("packet") == packet and leaf["kind"] in
                      ("packet.submitted", "workspace.opened", "remainder.opened"))
        if log.active(packet, opened["n"]) != charter or opened["t"] < since:
            continue
        end = log.closed[packet]["t"] if packet in log.closed else log.now
        whole += end - opened["t"]
        edges = sorted({opened["t"], end} | {x for one in changes if one["packet"] == packet
                                             for x in (one["changed"], one["shown"]) if x is not None})
        for a, b in zip(edges, edges[1:]):
            apart += (b - a) * any(one["packet"] == packet and one["changed"] <= one["t"] and one["changed"] <= a and
                                   b <= (end if one["shown"] is None else one["shown"])
                                   for one in changes) * (opened["t"] <= a and b <= end)
    out["unsynchronized"] = share(apart, whole)
    baseline = text["holds"].get("sync_baseline")
    if baseline and "value" in out["lag"]:
        out["reduction"] = share(baseline - out["lag"]["value"], baseline)
    return out


def all_figures(log, charter, since):
    text = log.texts.json(charter)
    window, bound = text["holds"]["maturity"], text["holds"]["visible_within"]
    b3, c4 = m_b3_c4(log, charter, since)
    return {"M-A1": m_a1(log, charter, since), "M-A2": m_a2(log, charter, since, window),
            "M-A3": m_a3(log, charter, since), "M-A4": m_a4(log, charter, since, bound),
            "M-B1": m_b1(log, charter, since, text), "M-B3": b3, "M-B4": m_b4(log, charter, since),
            "M-B2": m_b2(log, charter, since, text),
            "M-C1": m_c1(log, charter, since, window), "M-C2": m_c2(log, charter, since),
            "M-C3": m_c3(log, charter, since), "M-C4": c4}


def main():
    source, texts, report = (pathlib.Path(name) for name in sys.argv[1:4])
    told = json.loads(report.read_text())
    log = Log(leaves_of(source)[:told["leaves"]], Texts(texts), ms(told["now"]))
    assert len(log.leaves) == told["leaves"], "the export is older than the report"
    assert all(leaf["n"] == n for n, leaf in enumerate(log.leaves))
    log.disturbances = disturbances(log)
    since = ms(told["since"]) if "since" in told else 0
    wrong = compared = 0
    activated = [leaf["digest"] for leaf in log.by_kind["charter.activated"]
                 if told.get("lane", log.charter_lane[leaf["digest"]]) == log.charter_lane[leaf["digest"]]]
    assert activated == [version["digest"] for version in told["versions"]], "other charter versions"
    for version in told["versions"]:
        here = all_figures(log, version["digest"], since)
        there = {metric["id"]: {one.pop("name"): one for one in metric["figures"]} for metric in version["metrics"]}
        for metric in sorted(set(here) | set(there)):
            for name in sorted(set(here.get(metric, {})) | set(there.get(metric, {}))):
                mine, theirs = here.get(metric, {}).get(name, "absent"), there.get(metric, {}).get(name, "absent")
                agree = "not_measured" in theirs if mine is None else mine == theirs
                compared += 1
                if not agree:
                    wrong += 1
                    print(f"{metric} {name}: recomputed {mine}, reported {theirs}")
    print(f"{compared} figures of {len(told['versions'])} charter versions, {wrong} differ")
    return 1 if wrong or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
