// The JSON Schema of charters against the parser, with tools of others: smol-toml reads, Ajv judges.
//   npm run check -- SALLYPORT SCHEMA CHARTER.toml...
// Exit 0: every charter is valid for both, and of every mutant of it both say the same. Exit 1: not so.
// Exit 2: used wrongly.
import Ajv2020 from "ajv/dist/2020.js";
import { parse, TomlDate } from "smol-toml";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const [bin, schemaFile, ...charters] = process.argv.slice(2);
if (!bin || !schemaFile || charters.length === 0) {
  console.error("usage: npm run check -- SALLYPORT SCHEMA CHARTER.toml...");
  process.exit(2);
}
const schema = JSON.parse(readFileSync(schemaFile, "utf8"));
const validate = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, strictTypes: false }).compile(schema);
const work = mkdtempSync(join(tmpdir(), "charter-check-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));

let failures = 0;
const fail = (text) => {
  failures += 1;
  console.error(`FAILED: ${text}`);
};

// What the schema says of a place: $ref followed; of anyOf (literals and bounds) nothing below.
const resolved = (at) => (at?.$ref ? schema.$defs[at.$ref.slice("#/$defs/".length)] : at);

// The same charter as JSON: durations as milliseconds, dates in UTC.
const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
function toJson(value, at) {
  const here = resolved(at);
  if (value instanceof TomlDate) return new Date(value).toISOString();
  if (Array.isArray(value)) return value.map((item) => toJson(item, here?.items));
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([key, item]) => [
      key,
      toJson(item, here?.properties?.[key] ?? here?.additionalProperties),
    ]);
    return Object.fromEntries(entries);
  }
  if (at?.$comment === "milliseconds") {
    const [, number, name] = /^([0-9]+)(ms|s|m|h|d)$/.exec(value);
    return Number(number) * unit[name];
  }
  return value;
}

// Our parser's faults of a charter as JSON; empty where it is sound for this version of the gate, too.
function faultsOf(charter) {
  const file = join(work, "charter.json");
  writeFileSync(file, JSON.stringify(charter));
  const run = spawnSync(bin, ["charter", "lint", "--json", file], { encoding: "utf8" });
  if (run.status !== 0 && run.status !== 4) throw new Error(`sallyport charter lint: ${run.status} ${run.stderr}`);
  return JSON.parse(run.stdout).faults.filter((fault) => fault.error && fault.id !== "H01");
}

// Every structural fault, once for every place of the schema: an unknown key in each table, another type
// for each value, an unknown word for each word. `edit` changes a copy of the charter; `id` is what we expect.
const seen = new Set();
function* mutants(charter) {
  function* walk(value, at, path, place) {
    const first = !seen.has(place);
    seen.add(place);
    if (first) yield* edits(value, at, path);
    const here = resolved(at);
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) yield* walk(item, here?.items, [...path, index], `${place}[]`);
    } else if (value !== null && typeof value === "object") {
      for (const [key, item] of Object.entries(value)) {
        const named = here?.properties?.[key];
        yield* walk(item, named ?? here?.additionalProperties, [...path, key], `${place}.${named ? key : "*"}`);
      }
    }
  }
  function* edits(value, at, path) {
    const here = resolved(at);
    const name = path.join(".");
    const set = (other) => (copy) => {
      let holder = copy;
      for (const key of path.slice(0, -1)) holder = holder[key];
      holder[path.at(-1)] = other;
    };
    if (path.length > 0 && here) {
      // A literal and a bound take nearly every type, but no array of arrays.
      const other = here.anyOf ? [[]] : typeof value === "object" ? 7 : { nothing: "of the kind" };
      yield { what: `another type at ${name}`, id: "E03", edit: set(other) };
      yield { what: `null at ${name}`, id: "E03", edit: set(null) };
      yield { what: `a fraction at ${name}`, id: "E03", edit: set(0.5) };
    }
    if (here?.enum) yield { what: `an unknown word at ${name}`, id: "E04", edit: set("no_such_word") };
    if (here?.additionalProperties === false) {
      const into = (copy) => {
        let holder = copy;
        for (const key of path) holder = holder[key];
        holder.no_such_key = 1;
      };
      yield { what: `an unknown key in ${name || "the charter"}`, id: "E02", edit: into };
    }
  }
  yield* walk(charter, schema, [], "");
}

// Each third mutant, for each is a process; all of them where SALLYPORT_EXHAUSTIVE is set.
const every = process.env.SALLYPORT_EXHAUSTIVE ? 1 : 3;
let made = 0;
let judged = 0;
for (const file of charters) {
  const charter = toJson(parse(readFileSync(file, "utf8")), schema);
  if (!validate(charter)) fail(`${basename(file)} is not valid: ${JSON.stringify(validate.errors[0])}`);
  const faults = faultsOf(charter);
  if (faults.length > 0) fail(`${basename(file)} as JSON has a fault: ${faults[0].message}`);
  // The canonical form is made by the parser, and is valid as well.
  const canonical = JSON.parse(execFileSync(bin, ["charter", "canonical", file], { encoding: "utf8" }));
  if (!validate(canonical)) fail(`${basename(file)}: the canonical form is not valid: ${JSON.stringify(validate.errors[0])}`);
  for (const mutant of mutants(charter)) {
    if (made++ % every !== 0) continue;
    const copy = structuredClone(charter);
    mutant.edit(copy);
    if (validate(copy)) fail(`${basename(file)}: Ajv takes ${mutant.what}`);
    const ids = faultsOf(copy).map((fault) => fault.id);
    // A number that is no integer is no JSON of ours at all: E01.
    if (!ids.includes(mutant.id) && !ids.includes("E01")) {
      fail(`${basename(file)}: of ${mutant.what} the parser says [${ids}], not ${mutant.id}`);
    }
    judged += 1;
  }
}
console.log(`${charters.length} charters and ${judged} of ${made} mutants of them: ${failures} disagreements`);
process.exit(failures === 0 ? 0 : 1);
