// The published MCP clients against the real service, as agents use them:
//
//   node check.mjs SALLYPORT NEW_FOLDER
//
// runs the demonstration into the folder (its people, keys and charter), serves what it left, stands in for
// the sources, brings a packet in, and then, with each client, in each revision of the protocol, over HTTP and
// over standard input and output: discovers, lists the tools, reads, has a source asked again, drafts a
// manifest, is refused where it asks for what decides, and says and reads every text of injections.txt. Then the
// demonstration of a crash, where each client does the agent's part of a packet that people write: it looks,
// proposes and flags, and a person takes or dismisses it. Ends with 1 at the first expectation that is not met.
// Only what is started here is ended here.
import { createHash, randomUUID } from "node:crypto";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { request } from "node:http";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client as ClientOne } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioOne } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as HttpOne } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Client as ClientTwo, StreamableHTTPClientTransport as HttpTwo } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioTwo } from "@modelcontextprotocol/client/stdio";
import { start_standin } from "../api/standin.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = resolve(here, "../..");
const injections = readFileSync(join(here, "injections.txt"), "utf8").split("\n").filter(Boolean);
const tools = [
  "compare_revisions",
  "cross_check",
  "explain_packet",
  "flag_mismatch",
  "list_holds",
  "list_packets",
  "list_sources",
  "prepare_manifest",
  "propose_edit",
  "read_ledger",
  "read_log",
  "read_packet",
  "read_section",
  "read_trace",
  "refresh_citations",
  "show_manifest",
  "show_packet",
  "show_workspace",
  "whoami",
];
const deciding = ["sign", "manifest.sign", "release", "hold_clear", "hold_override", "charter_ratify"];

function expect(met, what, saw) {
  if (!met) throw new Error(`not so: ${what}${saw === undefined ? "" : `; saw ${JSON.stringify(saw)}`}`);
}

// Over the service's socket: as the user of this process, the demonstration's first owner; or with a token.
function local(socket, method, path, body, token) {
  return new Promise((done, failed) => {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    if (text !== "") {
      headers["content-type"] = "application/json";
      headers["content-length"] = Buffer.byteLength(text);
    }
    const asked = request({ socketPath: socket, method, path, headers }, async (response) => {
      let got = "";
      for await (const chunk of response) got += chunk;
      if (response.statusCode < 300) done(JSON.parse(got));
      else failed(new Error(`${method} ${path} answered ${response.statusCode}: ${got}`));
    });
    asked.on("error", failed);
    asked.end(text);
  });
}

// Two minutes: the machine may have more to do than this.
async function until(what, look, met) {
  let seen;
  for (let i = 0; i < 1200; ++i) {
    seen = await Promise.resolve(look()).catch(() => undefined);
    if (seen !== undefined && met(seen)) return seen;
    await pause(100);
  }
  throw new Error(`not in time: ${what}; saw ${JSON.stringify(seen)}`);
}

async function free_port() {
  const probe = createServer();
  await new Promise((ready) => probe.listen(0, "127.0.0.1", ready));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

// ---- a packet whose texts are hostile

const cited = [
  ["session_broker_log", "session-broker", "0b8f6a52-61c7-4c0f-9d35-2291a4e7c0de", "m1"],
  ["remote_console_event", "remote-console", "RC-88317", "m1"],
  ["tenant_boundary_alert", "intake-triage", "TBA-5512", "m2"],
  ["case_chronology", "intake-triage", "CASE-20771", "m1"],
  ["idp_sign_in", "identity-provider", "a6c1c2d8-c4f1-11f0-8f3e-0242ac120002", "m1"],
  ["duplicate_escalation", "intake-triage", "ESC-9034", "m2"],
  ["break_glass_grant", "break-glass-ledger", "BG-2291", "m1"],
  ["tenant_record", "tenant-registry", "TR-0881", "m2"],
  ["tenant_record", "tenant-registry", "TR-0897", "m2"],
];

// RFC 8785 of what has no numbers that are not integers and only ASCII names.
const canonical = (value) =>
  Array.isArray(value)
    ? `[${value.map(canonical).join(",")}]`
    : value !== null && typeof value === "object"
      ? `{${Object.keys(value)
          .sort()
          .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
          .join(",")}}`
      : JSON.stringify(value);

async function bring_in(socket, token, triager) {
  const citations = {};
  for (const [i, [kind, source, key, claim]] of cited.entries()) {
    const found = await local(socket, "POST", `/v1/sources/${source}/try`, { key }, token);
    citations[`c${i + 1}`] = {
      kind,
      source,
      key,
      occurred_at: found.occurred_at,
      observed_at: found.observed_at,
      complete_through: found.complete_through,
      content: found.content,
      supports: [claim],
      ...(found.attrs?.version === undefined ? {} : { pins: { version: found.attrs.version } }),
    };
  }
  const packet = {
    packet_class: "break-glass-token-replay",
    lane: "Q-PSR",
    severity: "sev2",
    triage: { stamp: "ts_example", at: new Date().toISOString(), by: triager },
    authors: [triager],
    fields: {
      "/narrative": { value: injections.join(" | ") },
      "/operator": { value: "r.example@support.example", pseudonym: "operator-FIR" },
      "/privileged_path": { value: "svc/billing-core/node-17/console", coarse: "billing-core" },
      "/session": { value: randomUUID() },
    },
    scope: {
      tenant: {
        t1: { value: "tenant-4471", pseudonym: "tenant-KEA" },
        t2: { value: "tenant-4490", pseudonym: "tenant-RUE" },
      },
    },
    claims: { m1: { text: injections[0] }, m2: { text: injections[3] } },
    caveats: { k1: { code: "uncorroborated", text: injections[5] } },
    citations,
    parts: {},
  };
  const digest = createHash("sha256").update(canonical(packet)).digest("hex");
  const upstream = { system: "example-client", case: `CASE-${randomUUID()}`, revision: 1 };
  const body = { v: 1, upstream, upstream_digest: digest, packet };
  return (await local(socket, "POST", "/v1/packets", body, token)).packet;
}

// ---- one client, as an agent uses it

const content_of = (result) => result.structuredContent ?? {};

// The refusal of a tool that there is not.
async function refused(client, name, args) {
  try {
    const result = await client.callTool({ name, arguments: args });
    throw new Error(`not so: ${name} is refused; saw ${JSON.stringify(result)}`);
  } catch (error) {
    if (error.code === undefined) throw error;
    return error;
  }
}

async function prepares(client, packet, source) {
  const call = (name, args = {}) => client.callTool({ name, arguments: args });
  const { tools: offered } = await client.listTools();
  const names = offered.map((tool) => tool.name).sort();
  expect(canonical(names) === canonical(tools), "the tools are those of the agents", names);
  expect(
    offered.every((tool) => tool.inputSchema.additionalProperties === false),
    "every tool's input is closed",
  );
  const me = content_of(await call("whoami"));
  expect(me.kind === "agent", "the credential is an agent's", me);
  const listed = content_of(await call("list_packets", { limit: 200 }));
  expect(listed.packets.some((row) => row.packet === packet), "the packet is in the list");

  const read = await call("read_packet", { packet });
  expect(!read.isError && /^[0-9a-f]{64}$/.test(content_of(read).digest), "the packet is read", read);
  expect(read.content.at(-1)._meta?.["sallyport/data"] === true, "what is read is marked as data", read.content);
  const said = JSON.stringify(read);
  expect(!injections.some((text) => said.includes(text)), "what the charter hides from agents is not in it");
  const explained = content_of(await call("explain_packet", { packet }));
  expect(explained.checks.length > 0, "every check is shown");
  expect(!(await call("refresh_citations", { source })).isError, "a source is asked again");
  expect(!(await call("read_log", { from: 0, count: 5 })).isError, "the log is read");
  const traced = content_of(await call("read_trace", { packet, count: 3 }));
  expect(traced.leaves?.length > 0 && traced.leaves[0].packet === packet, "the packet's trace is read", traced);
  const denied = await call("cross_check", { packet }); // this lane's charter has no such verb for agents
  expect(content_of(denied).reasons?.[0].code === "verb_not_allowed", "what the charter lacks is denied", denied);

  const drafted = await call("prepare_manifest", { packet, revision: content_of(read).digest });
  expect(!drafted.isError && content_of(drafted).manifest.startsWith("mf_"), "a manifest is drafted", drafted);
  const { manifest } = content_of(drafted);
  const shown = content_of(await call("show_manifest", { packet, manifest }));
  expect(shown.status === "draft", "the draft is no more than one", shown.status);
  const stale = await call("prepare_manifest", { packet, revision: "a".repeat(64) });
  expect(stale.isError && content_of(stale).reasons[0].code === "revision_not_head", "another head is refused");
  const strange = await call("whoami", { model: "another" }).catch((error) => ({ isError: true, error }));
  expect(strange.isError, "no argument says who acts", strange);
}

async function is_refused(client, packet) {
  for (const name of deciding) {
    const error = await refused(client, name, { packet });
    const code = error.data?.reasons?.[0].code;
    expect(error.code === -32602 && code === "agent_never_decides", `${name} is refused`, error);
  }
  const drift = await refused(client, "contact_customer", { packet });
  expect(drift.data?.reasons?.[0].code === "out_of_bounds", "an act outside this workflow is refused", drift);
}

async function is_provoked(client, packet) {
  for (const text of injections) {
    await refused(client, text, {});
    const shown = await client.callTool({ name: "show_packet", arguments: { packet: text } });
    expect(shown.isError, "a text is no packet", shown);
    const asked = await client.callTool({ name: "refresh_citations", arguments: { source: text } });
    expect(asked.isError, "a text is no source", asked);
    const drafted = await client.callTool({
      name: "prepare_manifest",
      arguments: { packet, revision: text },
    });
    expect(drafted.isError, "a text is no revision", drafted);
  }
}

// Each client with a transport of its own: [what, its client, its transport, the revision that it is to speak].
function ways(program, address, token, token_file) {
  const info = { name: "sallyport-check", version: "1" };
  const url = new URL(`http://${address}/mcp`);
  const over_http = { requestInit: { headers: { Authorization: `Bearer ${token}` } } };
  const started = {
    command: program,
    args: ["mcp", "--server", `http://${address}`, "--token-file", token_file],
    stderr: "inherit",
  };
  const auto = { versionNegotiation: { mode: "auto" } };
  return [
    ["sdk, HTTP", new ClientOne(info), new HttpOne(url, over_http), "2025-11-25"],
    ["sdk, stdio", new ClientOne(info), new StdioOne(started), "2025-11-25"],
    ["client, HTTP", new ClientTwo(info), new HttpTwo(url, over_http), "2025-11-25"],
    ["client, stdio", new ClientTwo(info), new StdioTwo(started), "2025-11-25"],
    ["client, HTTP, negotiating", new ClientTwo(info, auto), new HttpTwo(url, over_http), "2026-07-28"],
    ["client, stdio, negotiating", new ClientTwo(info, auto), new StdioTwo(started), "2026-07-28"],
  ];
}

// What an agent's doings may leave in the log.
const left = new Set(["access.recorded", "attempt.refused", "manifest.drafted"]);

async function run_clients(socket, program, address, dir, packet, tokens) {
  const token_file = join(dir, "agent.token");
  writeFileSync(token_file, `${tokens.agent}\n`, { mode: 0o600 });
  const agent = (await local(socket, "GET", "/v1/whoami", undefined, tokens.agent)).account;
  const since = (await local(socket, "GET", "/healthz")).leaves;
  for (const [what, client, transport, version] of ways(program, address, tokens.agent, token_file)) {
    await client.connect(transport);
    const spoken = client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion ?? version;
    expect(spoken === version, `${what} speaks ${version}`, spoken);
    expect((client.getServerVersion()?.name ?? "sallyport") === "sallyport", "it is us");
    await prepares(client, packet, "identity-provider");
    await is_refused(client, packet);
    await is_provoked(client, packet);
    await client.close();
    console.log(`ok ${what}: ${spoken}`);
  }
  const { status, gate } = await local(socket, "GET", `/v1/packets/${packet}`);
  expect(status === "open" && gate === "eligible", "the packet stands where it stood", { status, gate });
  const size = (await local(socket, "GET", "/healthz")).leaves;
  for (let from = since; from < size; from += 256) {
    const { leaves } = await local(socket, "GET", `/v1/log?from=${from}&count=256`);
    for (const leaf of leaves) {
      const text = JSON.stringify(leaf);
      expect(!injections.some((one) => text.includes(JSON.stringify(one).slice(1, -1))), "no text is in the log");
      const of_agent = leaf.actor === agent || leaf.drafter === agent || leaf.by === agent;
      expect(!of_agent || left.has(leaf.kind), "the agent left no other record", leaf);
    }
  }
  // A person's credential is not let in, over either way.
  const person = spawnSync(program, ["mcp", "--socket", socket], {
    input: '{"jsonrpc":"2.0","id":7,"method":"tools/list"}\n',
    env: { ...process.env, SALLYPORT_TOKEN: "" },
    encoding: "utf8",
  });
  const answer = JSON.parse(person.stdout);
  expect(answer.id === 7 && answer.error.data.status === 403, "the socket's user is no agent", answer);
}

// ---- the agent's part of a packet that people write

// Its proposal, its flag and its looks; a person takes the one and dismisses the other.
async function helps(client, socket, packet, owner, round) {
  const call = async (name, args = {}) => {
    const result = await client.callTool({ name, arguments: { packet, ...args } });
    expect(!result.isError, `${name} is answered`, result);
    return content_of(result);
  };
  const { sections } = await call("show_workspace");
  await call("read_section", { section: "dumps" });
  await call("read_ledger");
  await call("cross_check");
  await call("read_trace", { count: 3 });
  const { edit } = await call("propose_edit", {
    section: "dumps",
    base: sections.dumps.version,
    ops: [{ op: "put", at: "/narrative/b1/text", value: `The worker failed; told ${round} times.` }],
  });
  const flag = { subject: "/narrative/b1", category: "identifier_leakage", text: "Is a name in this?" };
  const { leaf } = await call("flag_mismatch", flag);
  for (const name of ["edit.accept", "items.accept", "revision.seal", "flag.dismiss"]) {
    const error = await refused(client, name, { packet });
    expect(error.data?.reasons?.[0].code === "agent_never_decides", `${name} is refused`, error);
  }
  const at = `/v1/packets/${packet}`;
  await local(socket, "POST", `${at}/edits/${edit}/accept`, undefined, owner);
  await local(socket, "POST", `${at}/flags/${leaf}/dismiss`, { code: "not_so", reason: "No name is." }, owner);
}

async function run_helpers(socket, program, address, dir, tokens, named) {
  const at = "/v1/workspaces";
  const { packet } = await local(
    socket,
    "POST",
    at,
    {
      lane: "IN-PRIVENG",
      title: "A crash that clients help to describe",
      sections: {
        dumps: named("Mara Example").person,
        privacy: named("Piet Example").person,
        runtime: named("Tomo Example").person,
      },
      case: { crash_group: [randomUUID()] },
    },
    tokens.mara,
  );
  const { sections } = await local(socket, "GET", `/v1/packets/${packet}/workspace`, undefined, tokens.mara);
  const first = await local(
    socket,
    "POST",
    `/v1/packets/${packet}/edits`,
    {
      section: "dumps",
      base: sections.dumps.version,
      ops: [{ op: "put", at: "/narrative/b1", value: { section: "dumps", text: "The worker failed." } }],
    },
    tokens.mara,
  );
  await local(socket, "POST", `/v1/packets/${packet}/edits/${first.edit}/accept`, undefined, tokens.mara);
  const token_file = join(dir, "agent.token");
  writeFileSync(token_file, `${tokens.agent}\n`, { mode: 0o600 });
  let round = 0;
  for (const [what, client, transport] of ways(program, address, tokens.agent, token_file)) {
    await client.connect(transport);
    await helps(client, socket, packet, tokens.mara, ++round);
    await client.close();
    console.log(`ok ${what}: helps to write`);
  }
  const shown = await local(socket, "GET", `/v1/packets/${packet}/workspace`, undefined, tokens.mara);
  expect(JSON.stringify(shown).includes(`told ${round} times`), "every client's edit was taken in turn", shown);
}

// ---- both demonstrations, served again

// Runs the story into the folder, serves what it left, and hands over how to reach it.
async function with_story(program, story, dir, asked, use) {
  const demo = spawnSync(program, ["--dir", dir, "demo", story, "--verifier", `${program}-verify`], { cwd: root });
  if (demo.status !== 0) throw new Error(`the demonstration failed: ${demo.stderr}${demo.stdout}`);
  const data = join(dir, "data");
  const address = `127.0.0.1:${await free_port()}`;
  const server = spawn(program, ["serve", "--dir", data, "--listen", address, "--agent-rate", "10000"], {
    stdio: "ignore",
  });
  try {
    const socket = join(data, "sallyport.sock");
    await until("the server answers", () => local(socket, "GET", "/healthz"), () => true);
    const { principals } = await local(socket, "GET", "/v1/principals?limit=200");
    const named = (name) => principals.find((p) => p.name.startsWith(name));
    const tokens = {};
    for (const [part, name, scopes] of asked) {
      const path = `/v1/principals/${named(name).account}/tokens`;
      tokens[part] = (await local(socket, "POST", path, { scopes, valid_for_ms: 3_600_000 })).token;
    }
    await use(socket, address, tokens, named);
  } finally {
    server.kill();
  }
}

async function at_a_dispatch(program, dir) {
  const asked = [
    ["feed", "triage desk feed", ["read", "intake", "source"]],
    ["agent", "prep agent", ["read", "prepare"]],
  ];
  await with_story(program, "dispatch", dir, asked, async (socket, address, tokens, named) => {
    const standin = await start_standin(join(root, "examples"), [named("Rhea Example").person]);
    try {
      for (const config of standin.configs) await local(socket, "PUT", `/v1/sources/${config.source}`, config);
      const packet = await bring_in(socket, tokens.feed, named("Tia Example").person);
      const show = () => local(socket, "GET", `/v1/packets/${packet}`);
      await until("the packet is eligible", show, (p) => p.gate === "eligible");
      await run_clients(socket, program, address, dir, packet, tokens);
    } finally {
      standin.stop();
    }
  });
}

async function at_a_crash(program, dir) {
  if (readFileSync("/proc/sys/kernel/core_pattern", "utf8").startsWith("|")) {
    console.log("SKIPPED: this machine hands cores to another program, so no story of a crash is told");
    return;
  }
  const asked = [
    ["mara", "Mara Example", ["read", "prepare", "decide"]],
    ["agent", "comparison agent", ["read", "prepare"]],
  ];
  await with_story(program, "release", dir, asked, (socket, address, tokens, named) =>
    run_helpers(socket, program, address, dir, tokens, named),
  );
}

async function main([sallyport, folder]) {
  if (folder === undefined) throw new Error("usage: node check.mjs SALLYPORT NEW_FOLDER");
  const program = resolve(sallyport);
  await at_a_dispatch(program, resolve(folder));
  await at_a_crash(program, `${resolve(folder)}-crash`);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error) => {
    console.error(error.stack ?? error.message);
    process.exit(1);
  },
);
