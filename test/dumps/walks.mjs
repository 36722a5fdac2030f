// Our walks of the shared dumps against Breakpad's and elfutils'. See README.md.
//
//   walks.mjs SALLYPORT DUMPS
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { breakpad, elfutils, equal, firstDifference, hasElfutils, most, unpacked } from "./walkers.mjs";

const [sallyport, dumps] = process.argv.slice(2);
if (!existsSync(dumps)) {
  console.log(`SKIPPED: dump_walks needs ${dumps}`);
  process.exit(0);
}

// What may differ, in the words of this test, and why.
const leftOut = (thread) => `thread ${thread} is left out: it wrote the dump`; // Breakpad skips that one
const goesOn = (thread, frames) => `thread ${thread} goes on by ${frames}`; // we scan where elfutils gives up
const allowed = {
  "breakpad/ascii_read_av.dmp": [leftOut(1)],
  "breakpad/minidump2.dmp": [leftOut(1)],
  "breakpad/null_read_av.dmp": [leftOut(1)],
  "rust-minidump/test.dmp": [leftOut(1)],
  "elfutils/backtrace.i386.core.bz2": [goesOn(23100, 4)],
  "elfutils/test-core.core.bz2": [goesOn(4246, 5)],
  "elfutils/testfiledwarfinlines.core.bz2": [goesOn(13654, 1)],
};

function ours(file, folders) {
  const run = spawnSync(sallyport, ["dump", "walk", file, "--json", ...folders.flatMap((f) => ["--symbols", f])], most);
  if (run.status !== 0 && run.status !== 5) {
    throw new Error(`sallyport dump walk ended with ${run.status}: ${run.stderr}`);
  }
  return JSON.parse(run.stdout).threads.map((thread) => ({
    id: thread.thread_id,
    frames: thread.frames.map((frame) => ({ resume: BigInt(frame.resume), trust: frame.trust })),
  }));
}

// ---- minidumps

function differencesOfMinidump(mine, theirs) {
  const out = [];
  // Where fewer are walked, one thread of ours is of no interest to Breakpad: the one that makes the rest agree.
  if (theirs.length === mine.length - 1) {
    const same = (i) => theirs.every((frames, k) => equal(mine[k < i ? k : k + 1].frames, frames));
    const skipped = mine.findIndex((_, i) => same(i));
    if (skipped >= 0) {
      out.push(leftOut(skipped));
      mine = mine.filter((_, i) => i !== skipped);
    }
  }
  if (mine.length !== theirs.length) {
    return [...out, `${mine.length} threads, not ${theirs.length}`];
  }
  mine.forEach((thread, i) => {
    if (!equal(thread.frames, theirs[i])) {
      out.push(`thread ${i} differs from frame ${firstDifference(thread.frames, theirs[i])} on`);
    }
  });
  return out;
}

// ---- cores

function differencesOfCore(mine, theirs) {
  const out = mine.length === theirs.size ? [] : [`${mine.length} threads, not ${theirs.size}`];
  for (const { id, frames } of mine) {
    const plain = frames.map(({ resume }) => ({ resume }));
    const other = theirs.get(id) ?? [];
    if (equal(plain, other)) {
      continue;
    }
    out.push(
      equal(plain.slice(0, other.length), other)
        ? goesOn(id, plain.length - other.length)
        : `thread ${id} differs from frame ${firstDifference(plain, other)} on`,
    );
  }
  return out;
}

// ---- both

let failed = 0;

function judge(name, mine, differences) {
  const frames = mine.reduce((sum, thread) => sum + thread.frames.length, 0);
  const what = `${name}: ${mine.length} threads, ${frames} frames`;
  const expected = allowed[name] ?? [];
  const known = JSON.stringify(differences) === JSON.stringify(expected);
  failed += known ? 0 : 1;
  const verdict = differences.length === 0 ? "identical" : differences.join("; ");
  console.log(known ? `ok      ${what}; ${verdict}` : `FAILED  ${what}; ${verdict}; expected: ${expected.join("; ") || "identical"}`);
}

for (const folder of ["breakpad", "planted", "rust-minidump"]) {
  for (const file of readdirSync(join(dumps, folder)).filter((f) => f.endsWith(".dmp")).sort()) {
    const path = join(dumps, folder, file);
    const mine = ours(path, [join(dumps, "symbols")]);
    judge(`${folder}/${file}`, mine, differencesOfMinidump(mine, breakpad(path, join(dumps, "symbols")).threads));
  }
}

const cores = [
  ["elfutils/backtrace.i386.core.bz2", "elfutils/backtrace.i386.exec.bz2"],
  ["elfutils/backtrace.x86_64.core.bz2", "elfutils/backtrace.x86_64.exec.bz2"],
  ["elfutils/backtrace.x86_64.fp.core.bz2", "elfutils/backtrace.x86_64.fp.exec.bz2"],
  ["elfutils/test-core.core.bz2", "elfutils/test-core.exec.bz2"],
  ["elfutils/testfiledwarfinlines.core.bz2", "elfutils/testfiledwarfinlines.bz2"],
];
// ---- a server that is named

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const build = "ce2d58ff55dd67132e29e5bdf0a7cc417c66450a"; // planted/victim

// Debian's debuginfod on this machine names the functions of the one module that is listed, and hears of no other.
async function judgeServer(core, work) {
  const folder = join(work, "served");
  mkdirSync(folder);
  copyFileSync(join(dumps, "planted/victim"), join(folder, "victim"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn("debuginfod", ["-p", String(port), "-d", ":memory:", "-F", folder]);
  let log = "";
  server.stdout.on("data", (text) => (log += text));
  server.stderr.on("data", (text) => (log += text));
  try {
    let ready = false;
    for (let tries = 0; tries < 100 && !ready; ++tries) {
      await new Promise((done) => setTimeout(done, 200));
      ready = await fetch(`${url}/buildid/${build}/debuginfo`, { method: "HEAD" }).then((r) => r.ok, () => false);
    }
    const before = log.length;
    const args = ["dump", "symbolize", core, "--server", url, "--depth", "function", "--module", "victim", "--json"];
    const run = await new Promise((done) => {
      const child = spawn(sallyport, args, { stdio: ["ignore", "pipe", "ignore"] });
      let out = "";
      child.stdout.on("data", (text) => (out += text));
      child.on("close", () => done(JSON.parse(out)));
    });
    const asked = new Set([...log.slice(before).matchAll(/GET \/buildid\/([0-9a-f]+)/g)].map((m) => m[1]));
    const named = run.threads[0].frames.filter((frame) => frame.function);
    const good =
      named.length > 5 &&
      named.every((frame) => frame.module === "victim") &&
      run.provenance.length === 1 &&
      run.provenance[0].source === url &&
      run.refused.some(({ module }) => module === "libc.so.6") &&
      [...asked].join() === build;
    failed += good ? 0 : 1;
    console.log(`${good ? "ok     " : "FAILED "} debuginfod: ${named.length} frames are named; builds asked for: ${asked.size}`);
  } finally {
    server.kill();
  }
}

if (!hasElfutils) {
  console.log("SKIPPED: dump_walks of cores needs eu-stack (elfutils)");
}
const work = mkdtempSync(join(tmpdir(), "walks."));
try {
  for (const [core, program] of hasElfutils ? cores : []) {
    const folder = join(work, basename(core));
    mkdirSync(folder);
    const exe = unpacked(join(dumps, program), folder);
    const path = unpacked(join(dumps, core), work);
    const mine = ours(path, [folder]);
    judge(core, mine, differencesOfCore(mine, elfutils(path, exe).threads));
  }
  if (hasElfutils) {
    // Its C library is that of one Debian; where another is installed neither walker gets beyond it.
    const core = unpacked(join(dumps, "planted/victim.core.xz"), work);
    const program = join(dumps, "planted/victim");
    if (spawnSync("debuginfod", ["--version"]).status === 0) {
      await judgeServer(core, work);
    } else {
      console.log("SKIPPED: dump_walks of a server needs debuginfod");
    }
    const theirs = elfutils(core, program).threads;
    if ([...theirs.values()].every((frames) => frames.length > 10)) {
      const mine = ours(core, [join(dumps, "planted"), "/"]);
      judge("planted/victim.core.xz", mine, differencesOfCore(mine, theirs));
    } else {
      console.log("SKIPPED: dump_walks of planted/victim.core.xz needs the C library that it was made with");
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
