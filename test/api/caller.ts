// What every step of the client shares: a caller with a token, its exchanges on record, a voice that says
// what happens, and a signature. Everything it knows of the service comes from docs/openapi.yaml.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import createClient, { type Client, type Middleware } from "openapi-fetch";
import type { components, paths } from "./generated/api.d.ts";

export type Schema = components["schemas"];
export type Problem = Schema["Problem"];
export type Caller = Client<paths, "application/json">;

export class Unmet extends Error {}

export function from_environment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Unmet(`the environment does not say ${name}`);
  return value;
}

// Every exchange as one line of the file that SALLYPORT_EXCHANGES names, for validate.mjs.
function recorder(file: string): Middleware {
  const sent = new Map<string, string>();
  return {
    async onRequest({ id, request }) {
      sent.set(id, await request.clone().text());
    },
    async onResponse({ id, request, response }) {
      const { pathname, search } = new URL(request.url);
      const exchange = {
        method: request.method,
        target: pathname + search,
        status: response.status,
        content_type: response.headers.get("content-type") ?? "",
        request_body: sent.get(id) ?? "",
        response_body: await response.clone().text(),
      };
      sent.delete(id);
      appendFileSync(file, JSON.stringify(exchange) + "\n");
    },
  };
}

export function caller(token: string): Caller {
  const client = createClient<paths, "application/json">({
    baseUrl: from_environment("SALLYPORT_URL"),
    headers: { authorization: `Bearer ${token}` },
  });
  const record = process.env.SALLYPORT_EXCHANGES;
  if (record) client.use(recorder(record));
  return client;
}

export function say(text: string): void {
  console.log(`     ${text}`);
}

export function expect(so: boolean, text: string): asserts so {
  console.log(`  ${so ? "ok" : "NO"} ${text}`);
  if (!so) throw new Unmet(text);
}

type Answer<Data> = { data?: Data; error?: unknown; response: Response };

// The body of an answer that must be 2xx.
export async function done<Data>(asked: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await asked;
  if (!response.ok || data === undefined || data === null) {
    throw new Unmet(`${response.url} answered ${response.status}: ${JSON.stringify(error)}`);
  }
  return data;
}

// Says `text` where the answer is this problem, with this reason where one is named.
export async function refused(
  asked: Promise<Answer<unknown>>,
  status: number,
  type: string,
  text: string,
  reason?: string,
) {
  const { error, response } = await asked;
  const problem = error as Problem | undefined;
  const as_said =
    response.status === status &&
    problem?.type === `urn:sallyport:problem:${type}` &&
    (reason === undefined || (problem.reasons ?? []).some((r) => r.code === reason));
  if (!as_said) say(`answered ${response.status}: ${JSON.stringify(error)}`);
  expect(as_said, text);
  return problem as Problem;
}

// Asks until `enough`, at most half a minute.
export async function until<Data>(
  what: string,
  ask: () => Promise<Data>,
  enough: (data: Data) => boolean,
): Promise<Data> {
  for (const end = Date.now() + 30_000; ; await pause(100)) {
    const data = await ask();
    if (enough(data)) return data;
    if (Date.now() > end) throw new Unmet(`waited in vain for ${what}; last ${JSON.stringify(data)}`);
  }
}

export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

// RFC 8785 for what this client sends: ASCII names, no floats.
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(",")}}`;
}

// ssh-keygen -Y sign over exactly these bytes.
export function sign(name_space: string, bytes: string): string {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-client-"));
  try {
    const file = join(folder, "bytes");
    writeFileSync(file, bytes);
    const key = from_environment("SALLYPORT_SIGNING_KEY");
    execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-n", name_space, "-f", key, file], { stdio: "pipe" });
    return readFileSync(`${file}.sig`, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
