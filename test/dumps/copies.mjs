// Redacted copies of the shared dumps, made on the command line, before tools that we did not write; a full dump
// (Memory64List) through all verbs; and what is found of what was planted, by class and encoding. See README.md.
//
//   copies.mjs SALLYPORT DUMPS DUMP_SAMPLE
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { breakpad, elfutils, equal, hasElfutils, isRead, most, unpacked } from "./walkers.mjs";

const [sallyport, dumps, dumpSample] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "copies."));
let failed = 0;

function judge(good, what) {
  failed += good ? 0 : 1;
  console.log(`${good ? "ok     " : "FAILED "} ${what}`);
}

function dump(verb, ...args) {
  const run = spawnSync(sallyport, ["dump", verb, ...args, "--json"], most);
  return { status: run.status, report: run.stdout ? JSON.parse(run.stdout) : {} };
}

const foldersOf = (folders) => folders.flatMap((folder) => ["--symbols", folder]);

function copyOf(file, name, ...args) {
  const copy = join(work, `${name}.r1`);
  const { status, report } = dump("redact", file, "--out", copy, ...args);
  const why = report.held?.map(({ cause, where }) => `${cause} ${where}`).join(", ");
  judge(status === 0, `${name}: is redacted${status === 0 ? "" : `: ${status}, ${why}`}`);
  return { copy, facts: report.facts, unwind: report.unwind };
}

// Threads of theirs that are walked otherwise in the copy: no more than we say that we lost.
function judgeWalks(name, before, after, unwind) {
  const lost = before.filter((frames, i) => !equal(frames, after[i] ?? [])).length;
  const frames = before.reduce((sum, one) => sum + one.length, 0);
  const same = before.length === after.length && lost <= unwind.lost;
  const ours = `${unwind.identical} identical, ${unwind.widened} widened, ${unwind.lost} lost`;
  judge(same, `${name}: ${before.length} threads, ${frames} frames; ${lost} walked otherwise; ours: ${ours}`);
}

// ---- minidumps

function judgeMinidump(file, name) {
  const symbols = join(dumps, "symbols");
  const { copy, unwind } = copyOf(file, name, "--symbols", symbols);
  if (unwind) {
    const [before, after] = [file, copy].map((path) => breakpad(path, symbols));
    judge(after.status === before.status && isRead(copy) === isRead(file), `${name}: Breakpad reads the copy as the original`);
    judgeWalks(name, before.threads.filter(Boolean), after.threads.filter(Boolean), unwind);
  }
}

// ---- cores

function judgeCore(core, program, name, folders) {
  const { copy, unwind } = copyOf(core, name, ...foldersOf(folders));
  if (unwind && hasElfutils) {
    const [before, after] = [core, copy].map((path) => elfutils(path, program));
    judge(after.status === before.status, `${name}: eu-stack reads the copy as the original`);
    const ids = [...before.threads.keys()];
    judgeWalks(name, ids.map((id) => before.threads.get(id)), ids.map((id) => after.threads.get(id) ?? []), unwind);
  }
}

// ---- a full dump, through every verb

function judgeFull() {
  const file = join(work, "full.dmp");
  execFileSync(dumpSample, [file]);
  const held = dump("scan", file);
  judge(held.status === 5 && held.report.counts.customer_identifier >= 4 && held.report.counts.session_payload >= 1, "full.dmp: what it exposes is found");
  const { copy, facts, unwind } = copyOf(file, "full.dmp", "--dump", "du_full");
  judge(facts?.coverage.bytes === readFileSync(file).length && unwind.frames === 6 && unwind.lost === 0, "full.dmp: all of it is covered, and its threads are walked as before");
  const verified = dump("verify", file, copy, "--dump", "du_full");
  judge(verified.status === 0 && JSON.stringify(verified.report.facts) === JSON.stringify(facts), "full.dmp: the proof made again says the same");
  judge(dump("diff", file, copy).status === 0, "full.dmp: its copy exposes nothing again");
  judge(dump("diff", copy, file).status === 5, "full.dmp: the original after the copy exposes");
  const [before, after] = [file, copy].map((path) => breakpad(path, join(dumps, "symbols")));
  // Of the Memory64List itself it reads nothing.
  judge(before.threads.length === 2 && isRead(file) === isRead(copy) && before.status === after.status, "full.dmp: Breakpad reads the copy as the original");
  judgeWalks("full.dmp", before.threads.filter(Boolean), after.threads.filter(Boolean), unwind);
  const packed = join(work, "full.dmp.gz");
  writeFileSync(packed, gzipSync(readFileSync(file)));
  const seen = dump("scan", packed);
  judge(seen.status === 5 && seen.report.expanded_from === "gzip" && JSON.stringify(seen.report.counts) === JSON.stringify(held.report.counts), "full.dmp.gz: is scanned as what it was");
  const refused = dump("redact", packed, "--out", join(work, "full.gz.r1"));
  judge(refused.status === 5 && refused.report.held.some(({ why }) => why.includes("compressed")) && !existsSync(join(work, "full.gz.r1")), "full.dmp.gz: no copy of it is made");
}

// ---- what was planted

const rules = {
  aws_key: ["secret.aws_key_id"],
  bearer: ["secret.bearer"],
  email: ["person.email"],
  iban: ["customer.iban"],
  ipv4: ["network.ipv4"],
  ipv6: ["network.ipv6"],
  jwt: ["secret.jwt"],
  mac: ["network.mac"],
  pan: ["customer.card"],
  password_kv: ["secret.assigned_password"],
  phone: ["person.phone"],
  session_cookie: ["secret.cookie", "secret.session_pair"],
  tenant_id: ["term.tenant"],
  user_path: ["person.home_path"],
};

function planted() {
  const lines = gunzipSync(readFileSync(join(dumps, "planted/truth.tsv.gz"))).toString().trim().split("\n").slice(1);
  return lines.map((line) => {
    const [region, encoding, category, text, address, bytes] = line.split("\t");
    return { region, encoding, category, text, address, bytes: Number(bytes) };
  });
}

// [address, offset in the file, bytes] of each piece of memory.
function memoryOfCore(file) {
  const [at, size, count] = [Number(file.readBigUInt64LE(32)), file.readUInt16LE(54), file.readUInt16LE(56)];
  const headers = Array.from({ length: count }, (_, i) => at + i * size).filter((h) => file.readUInt32LE(h) === 1);
  return headers.map((h) => [file.readBigUInt64LE(h + 16), Number(file.readBigUInt64LE(h + 8)), file.readBigUInt64LE(h + 32)]);
}

function memoryOfMinidump(file) {
  const directory = file.readUInt32LE(12);
  const streams = Array.from({ length: file.readUInt32LE(8) }, (_, i) => directory + i * 12);
  const list = file.readUInt32LE(streams.find((stream) => file.readUInt32LE(stream) === 5) + 8);
  return Array.from({ length: file.readUInt32LE(list) }, (_, i) => list + 4 + i * 16).map((at) => [file.readBigUInt64LE(at), file.readUInt32LE(at + 12), BigInt(file.readUInt32LE(at + 8))]);
}

// Where an item is: at its address, or wherever its text stands (environment and command line).
function placesOf(item, file, memory) {
  if (item.address !== "-") {
    const address = BigInt(item.address);
    const piece = memory.find(([from, , bytes]) => address >= from && address < from + bytes);
    return piece ? [[piece[1] + Number(address - piece[0]), item.bytes]] : [];
  }
  const out = [];
  for (let at = file.indexOf(item.text); at >= 0; at = file.indexOf(item.text, at + 1)) {
    out.push([at, item.text.length]);
  }
  return out;
}

function recall(path, name, memoryOf, least) {
  const file = readFileSync(path);
  const memory = memoryOf(file);
  const items = planted();
  const terms = join(work, "terms");
  writeFileSync(terms, items.filter((i) => i.category === "tenant_id").map((i) => `tenant_identifier\t${i.text}\n`).join(""));
  const { report } = dump("scan", path, "--terms", terms);
  const { copy } = copyOf(path, name, "--terms", terms);
  const after = existsSync(copy) ? readFileSync(copy) : file;
  const touches = (f, [at, bytes]) => f.offset < at + bytes && at < f.offset + f.bytes;
  const table = new Map();
  const misses = [];
  let [found, all, decoys, flagged, left] = [0, 0, 0, 0, 0];
  for (const item of items) {
    for (const place of placesOf(item, file, memory)) {
      if (item.category.startsWith("DECOY:")) {
        decoys += 1;
        const hit = report.findings.some((f) => touches(f, place) && f.class === "heap");
        flagged += hit ? 1 : 0;
        misses.push(...(hit ? [`flagged ${item.region} ${item.category}`] : []));
        continue;
      }
      const hit = report.findings.some((f) => touches(f, place) && rules[item.category].includes(f.rule));
      const row = table.get(item.category) ?? new Map();
      const [good, of] = row.get(item.encoding) ?? [0, 0];
      table.set(item.category, row.set(item.encoding, [good + (hit ? 1 : 0), of + 1]));
      found += hit ? 1 : 0;
      all += 1;
      misses.push(...(hit ? [] : [`missed ${item.region} ${item.encoding} ${item.category}`]));
      left += file.subarray(place[0], place[0] + place[1]).equals(after.subarray(place[0], place[0] + place[1])) ? 1 : 0;
    }
  }
  const encodings = [...new Set(items.map((i) => i.encoding))].filter((e) => [...table.values()].some((row) => row.has(e))).sort();
  console.log(`\n${name}: found of what was planted, by class and encoding`);
  console.log(["".padEnd(16), ...encodings.map((e) => e.padStart(12))].join(""));
  for (const category of [...table.keys()].sort()) {
    const cells = encodings.map((e) => table.get(category).get(e)?.join("/") ?? "");
    console.log([category.padEnd(16), ...cells.map((cell) => cell.padStart(12))].join(""));
  }
  misses.forEach((miss) => console.log(`        ${miss}`));
  judge(found === all && all >= least, `${name}: ${found} of ${all} are found`);
  judge(flagged === 0, `${name}: ${flagged} of ${decoys} decoys are flagged`);
  judge(left === 0, `${name}: ${left} stand in the copy as they did`);
}

// ---- all

const minidumps = (folder) => readdirSync(join(dumps, folder)).filter((f) => f.endsWith(".dmp") && !f.startsWith("invalid-")).sort();

try {
  judgeFull();
  if (!existsSync(dumps)) {
    console.log(`SKIPPED: dump_copies of shared dumps needs ${dumps}`);
  } else {
    for (const folder of ["breakpad", "planted", "rust-minidump"]) {
      for (const file of minidumps(folder)) {
        judgeMinidump(join(dumps, folder, file), file);
      }
    }
    if (!hasElfutils) {
      console.log("SKIPPED: dump_copies of cores needs eu-stack (elfutils)");
    }
    for (const [core, program] of [
      ["backtrace.i386.core", "backtrace.i386.exec"],
      ["backtrace.x86_64.core", "backtrace.x86_64.exec"],
      ["backtrace.x86_64.fp.core", "backtrace.x86_64.fp.exec"],
      ["test-core.core", "test-core.exec"],
      ["testfiledwarfinlines.core", "testfiledwarfinlines"],
    ]) {
      const folder = join(work, basename(core, ".core"));
      mkdirSync(folder);
      const from = (name) => unpacked(join(dumps, "elfutils", `${name}.bz2`), folder);
      const exe = from(program);
      mkdirSync(join(work, "cores"), { recursive: true });
      const path = unpacked(join(dumps, "elfutils", `${core}.bz2`), join(work, "cores"));
      judgeCore(path, exe, core, [folder]);
    }
    const core = unpacked(join(dumps, "planted/victim.core.xz"), work);
    judgeCore(core, join(dumps, "planted/victim"), "victim.core", [join(dumps, "planted")]);
    recall(core, "planted core", memoryOfCore, 126 + 5);
    recall(join(dumps, "planted/victim.dmp"), "planted minidump", memoryOfMinidump, 28 + 5);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
