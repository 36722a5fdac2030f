// Many clients that never give up, and a server that is killed under them:
//
//   node storm.mjs SALLYPORT NEW_FOLDER [SECONDS [CLIENTS [KILL_EVERY_SECONDS]]]
//
// runs the demonstration into the folder, then lets CLIENTS send writes for SECONDS, each under an
// Idempotency-Key that is sent again until there is an answer, and some once more after that. All the
// while the server is killed (SIGKILL) and started again. Afterwards everything that was acknowledged is
// there, nothing is there twice, every repetition got the same answer, and the log verifies. Exit 1 otherwise.
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = resolve(fileURLToPath(new URL(".", import.meta.url)), "../..");
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
// Sorted names and no blanks: the canonical form of values without floats (RFC 8785).
const canonical = (value) =>
  JSON.stringify(value, (_, v) =>
    v && typeof v === "object" && !Array.isArray(v)
      ? Object.fromEntries(Object.keys(v).sort().map((name) => [name, v[name]]))
      : v,
  );

class Server {
  constructor(program, data) {
    this.program = program;
    this.data = data;
    this.socket = join(data, "sallyport.sock");
    this.kills = 0;
  }

  start() {
    // Its own TCP port is not used: the socket knows the caller as the demonstration's first owner.
    this.child = spawn(this.program, ["serve", "--dir", this.data, "--listen", "127.0.0.1:0"], { stdio: "ignore" });
  }

  async kill() {
    const gone = new Promise((ended) => this.child.once("exit", ended));
    this.child.kill("SIGKILL");
    await gone;
    ++this.kills;
  }
}

// One answer, or undefined where the connection broke before there was one.
function ask(server, agent, method, path, { key, body, token, timeout = 5000 } = {}) {
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers = {};
  if (text !== "") Object.assign(headers, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  if (key !== undefined) headers["idempotency-key"] = key;
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  return new Promise((done) => {
    const sent = request({ socketPath: server.socket, agent, method, path, headers, timeout }, (response) => {
      let got = "";
      response.on("data", (chunk) => (got += chunk));
      response.on("end", () => done({ status: response.statusCode, text: got, replayed: "idempotency-replayed" in response.headers }));
      response.on("error", () => done(undefined));
      response.on("aborted", () => done(undefined));
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => done(undefined));
    sent.end(text);
  });
}

function submission(person, name) {
  const at = "2026-11-18T11:06:40.000Z";
  const packet = {
    packet_class: "break-glass-token-replay",
    lane: "Q-PSR",
    severity: "sev2",
    triage: { stamp: "ts_2291", at, by: person },
    authors: [person],
    fields: {
      "/narrative": { value: "A token was presented twice." },
      "/operator": { value: `operator of ${name}`, pseudonym: "operator-FIR" },
      "/privileged_path": { value: "svc/billing", coarse: "billing" },
      "/session": { value: `session of ${name}` },
    },
    scope: { tenant: { t1: { value: "tenant-4471", pseudonym: "tenant-KEA" } } },
    claims: { m1: { text: "It was presented twice." } },
    caveats: { k1: { code: "clock", text: "Clocks differ." } },
    citations: {
      c1: {
        kind: "session_broker_log", source: "session-broker", key: `storm-${name}`, occurred_at: at,
        observed_at: at, complete_through: at, content: sha256(name), supports: ["m1"],
      },
    },
  };
  return { v: 1, upstream: { system: "storm", case: name, revision: 1 }, upstream_digest: sha256(canonical(packet)), packet };
}

class Storm {
  constructor(server, person, token) {
    Object.assign(this, { server, person, token });
    this.acknowledged = []; // {path, key, body, token, text, kind, name}
    this.attempts = 0;
    this.broken = 0;
    this.replayed = 0;
    this.faults = [];
  }

  write() {
    const name = randomUUID();
    return Math.random() < 0.6
      ? { kind: "packet", name, path: "/v1/packets", body: submission(this.person, name), token: this.token }
      : { kind: "principal", name, path: "/v1/principals", body: { kind: "person", name } };
  }

  // Until there is an answer; then it stands.
  async send(agent, write) {
    for (;;) {
      ++this.attempts;
      const answer = await ask(this.server, agent, "POST", write.path, write);
      if (answer === undefined || answer.status === 503) {
        ++this.broken;
        await pause(20 + Math.random() * 80);
      } else if (answer.status === 429) {
        await pause(500);
      } else {
        this.replayed += answer.replayed ? 1 : 0;
        return answer;
      }
    }
  }

  async client(until) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (Date.now() < until) {
      if (this.acknowledged.length > 0 && Math.random() < 0.2) {
        const earlier = this.acknowledged[Math.floor(Math.random() * this.acknowledged.length)];
        const again = await this.send(agent, earlier);
        if (again.text !== earlier.text) this.faults.push(`${earlier.path} ${earlier.key} was answered in two ways`);
        continue;
      }
      const write = { ...this.write(), key: randomUUID() };
      const answer = await this.send(agent, write);
      if (answer.status !== 201) this.faults.push(`${write.path} answered ${answer.status}: ${answer.text}`);
      else this.acknowledged.push({ ...write, text: answer.text });
    }
    agent.destroy();
  }
}

async function pages(server, path, name) {
  const rows = [];
  for (let next = ""; next !== undefined; ) {
    const answer = await ask(server, undefined, "GET", `${path}?limit=200${next && `&cursor=${next}`}`);
    if (answer?.status !== 200) throw new Error(`${path} answered ${answer?.status}`);
    const page = JSON.parse(answer.text);
    rows.push(...page[name]);
    next = page.next;
  }
  return rows;
}

async function up(server) {
  for (let i = 0; i < 300; ++i) {
    if ((await ask(server, undefined, "GET", "/healthz"))?.status === 200) return;
    await pause(100);
  }
  throw new Error("the server does not answer");
}

async function main([sallyport, folder, seconds = "120", clients = "64", kill_every = "10"]) {
  if (folder === undefined) throw new Error("usage: node storm.mjs SALLYPORT NEW_FOLDER [SECONDS [CLIENTS [KILL_EVERY]]]");
  const program = resolve(sallyport);
  const dir = resolve(folder);
  const demo = spawnSync(program, ["--dir", dir, "demo", "dispatch", "--verifier", `${program}-verify`], { cwd: root });
  if (demo.status !== 0) throw new Error(`the demonstration failed: ${demo.stderr}${demo.stdout}`);
  const server = new Server(program, join(dir, "data"));
  server.start();
  await up(server);
  const people = await pages(server, "/v1/principals", "principals");
  const before = (await pages(server, "/v1/packets", "packets")).length;
  const feed = people.find((p) => p.name.startsWith("triage desk feed")).account;
  const issued = await ask(server, undefined, "POST", `/v1/principals/${feed}/tokens`, {
    body: { scopes: ["read", "intake"], valid_for_ms: 3_600_000 },
  });
  const storm = new Storm(server, people.find((p) => p.person !== undefined).person, JSON.parse(issued.text).token);

  const until = Date.now() + 1000 * Number(seconds);
  const running = Array.from({ length: Number(clients) }, () => storm.client(until));
  let over = false;
  const killer = (async () => {
    for (let at = Date.now() + 1000 * Number(kill_every); !over; await pause(100)) {
      if (Date.now() < at || at > until) continue;
      await server.kill();
      server.start();
      await up(server);
      console.log(`  killed and started again (${server.kills}); ${storm.acknowledged.length} writes acknowledged`);
      at = Date.now() + 1000 * Number(kill_every);
    }
  })();
  await Promise.all(running);
  over = true;
  await killer;

  const packets = await pages(server, "/v1/packets", "packets");
  const principals = await pages(server, "/v1/principals", "principals");
  const { acknowledged, faults } = storm;
  const sent = (kind) => acknowledged.filter((write) => write.kind === kind);
  for (const { text, name } of sent("packet")) {
    const id = JSON.parse(text).packet;
    if (packets.filter((row) => row.packet === id).length !== 1) faults.push(`packet ${id} of ${name} was acknowledged and is not there once`);
  }
  for (const { name } of sent("principal"))
    if (principals.filter((row) => row.name === name).length !== 1) faults.push(`principal ${name} is not there once`);
  if (packets.length - before !== sent("packet").length) faults.push(`${packets.length - before} packets for ${sent("packet").length} acknowledged ones`);
  if (principals.length - people.length !== sent("principal").length) faults.push("there are principals that nobody was told of");
  const verified = await ask(server, undefined, "POST", "/v1/log/verify", { timeout: 300_000 });
  if (verified?.status !== 200) faults.push(`the log does not verify: ${verified?.text}`);
  await server.kill();
  console.log(
    `${clients} clients, ${seconds} s, ${server.kills - 1} kills: ${acknowledged.length} writes acknowledged ` +
      `(${sent("packet").length} packets, ${sent("principal").length} principals), ${storm.attempts} attempts, ` +
      `${storm.broken} broken off, ${storm.replayed} answered again, ${faults.length} faults`,
  );
  for (const fault of faults.slice(0, 20)) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
