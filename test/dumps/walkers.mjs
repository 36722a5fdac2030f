// Walkers that we did not write: Breakpad's of minidumps, elfutils' of cores. See README.md.
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const tools = join(here, "node_modules/minidump/bin", `${process.platform}-${process.arch}`);
export const most = { maxBuffer: 1 << 28, encoding: "utf8" };

const trusts = {
  "given as instruction pointer in context": "context",
  "call frame info": "cfi",
  "call frame info with scanning": "cfi_scan",
  "previous frame's frame pointer": "frame_pointer",
  "stack scanning": "scan",
  "simulating a return from leaf function": "scan", // rust-minidump has one name for both
};

// By the number that Breakpad prints: it leaves out threads before it counts, and shows the one that crashed first.
export function breakpad(file, symbols) {
  const run = spawnSync(join(tools, "minidump_stackwalk"), [file, symbols], most);
  const text = run.stdout.split("Loaded modules:")[0];
  const threads = [];
  for (const part of text.split(/^Thread (?=\d)/m).slice(1)) {
    const pcs = [...part.matchAll(/\b(?:rip|eip|pc) = 0x([0-9a-f]+)/g)].map((m) => BigInt(`0x${m[1]}`));
    const found = [...part.matchAll(/Found by: (.*)$/gm)].map((m) => trusts[m[1]] ?? m[1]);
    threads[Number.parseInt(part, 10)] = pcs.map((resume, i) => ({ resume, trust: found[i] }));
  }
  return { status: run.status, threads };
}

// Whether Breakpad's reader takes it for a minidump, with all of its streams.
export function isRead(file) {
  return spawnSync(join(tools, "minidump_dump"), [file], { ...most, encoding: "latin1" }).status === 0;
}

// By the number of the thread.
export function elfutils(core, program) {
  const run = spawnSync("eu-stack", [`--core=${core}`, ...(program ? ["-e", program] : [])], most);
  const threads = new Map();
  let frames = [];
  for (const line of run.stdout.split("\n")) {
    const thread = line.match(/^TID (\d+):/);
    if (thread) {
      frames = [];
      threads.set(Number(thread[1]), frames);
    }
    const frame = line.match(/^#\d+\s+0x([0-9a-f]+)/);
    if (frame) {
      frames.push({ resume: BigInt(`0x${frame[1]}`) });
    }
  }
  return { status: run.status, threads };
}

export const hasElfutils = spawnSync("eu-stack", ["--version"]).status === 0;

const same = (a, b) => a?.resume === b?.resume && a?.trust === b?.trust;
export const equal = (a, b) => a.length === b.length && a.every((frame, i) => same(frame, b[i]));
export const firstDifference = (a, b) => a.findIndex((frame, i) => !same(frame, b[i]));

export function unpacked(packed, into) {
  const tool = packed.endsWith(".bz2") ? "bzip2" : "xz";
  const path = join(into, basename(packed).replace(/\.(bz2|xz)$/, ""));
  writeFileSync(path, execFileSync(tool, ["-dc", packed], { maxBuffer: 1 << 30 }));
  return path;
}
