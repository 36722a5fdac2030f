// Everything that client.ts needs around it, and then the client:
//
//   node stage.mjs SALLYPORT NEW_FOLDER
//
// runs the demonstration into the folder (its people, keys and charter), serves what it left, stands in for
// the sources, issues a token for each part over the local socket, runs the client, and holds what was
// exchanged against the description. Exit 1 where any of that fails. Only what is started here is ended here.
import { spawn, spawnSync } from "node:child_process";
import { request } from "node:http";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { start_standin } from "./standin.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = resolve(here, "../..");

// As the user of this process, who acts as the demonstration's first owner.
function local(socket, method, path, body) {
  return new Promise((done, failed) => {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers =
      text === "" ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
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

async function free_port() {
  const probe = createServer();
  await new Promise((ready) => probe.listen(0, "127.0.0.1", ready));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

async function answers(socket) {
  for (let i = 0; i < 100; ++i) {
    const up = await local(socket, "GET", "/healthz").catch(() => undefined);
    if (up !== undefined) return;
    await pause(100);
  }
  throw new Error("the server does not answer");
}

const parts = {
  INTAKE: ["triage desk feed", ["read", "intake", "source"]],
  TRIAGE: ["Tia Example", ["read", "decide", "lane"]],
  AGENT: ["prep agent", ["read", "prepare"]],
  APPROVER: ["Anna Example", ["read", "decide"]],
  REVIEWER: ["Rhea Example", ["read", "lane"]],
};

async function set_up(socket) {
  const { principals } = await local(socket, "GET", "/v1/principals");
  const named = (name) => principals.find((p) => p.name.startsWith(name));
  const tokens = {};
  for (const [part, [name, scopes]] of Object.entries(parts)) {
    const path = `/v1/principals/${named(name).account}/tokens`;
    const { token } = await local(socket, "POST", path, { scopes, valid_for_ms: 3_600_000 });
    tokens[`SALLYPORT_${part}_TOKEN`] = token;
  }
  const standin = await start_standin(join(root, "examples"), [named("Rhea Example").person]);
  for (const config of standin.configs) await local(socket, "PUT", `/v1/sources/${config.source}`, config);
  return { tokens, standin };
}

// With the standard input and outputs of this process.
function run(script, args, environment) {
  return new Promise((ended) => {
    const child = spawn(process.execPath, [join(here, script), ...args], {
      env: environment,
      stdio: "inherit",
    });
    child.on("exit", (code) => ended(code ?? 1));
  });
}

async function main([sallyport, folder]) {
  if (folder === undefined) throw new Error("usage: node stage.mjs SALLYPORT NEW_FOLDER");
  const dir = resolve(folder);
  const program = resolve(sallyport);
  const demo = spawnSync(program, ["--dir", dir, "demo", "dispatch", "--verifier", `${program}-verify`], {
    cwd: root,
  });
  if (demo.status !== 0) throw new Error(`the demonstration failed: ${demo.stderr}${demo.stdout}`);
  const data = join(dir, "data");
  const address = `127.0.0.1:${await free_port()}`;
  const server = spawn(program, ["serve", "--dir", data, "--listen", address], { stdio: "ignore" });
  let standin;
  try {
    const socket = join(data, "sallyport.sock");
    await answers(socket);
    const stage = await set_up(socket);
    standin = stage.standin;
    const exchanges = join(dir, "exchanges.jsonl");
    const code = await run("client.ts", [], {
      ...process.env,
      ...stage.tokens,
      SALLYPORT_URL: `http://${address}`,
      SALLYPORT_SIGNING_KEY: join(dir, "keys", "anna"),
      SALLYPORT_EXCHANGES: exchanges,
    });
    return (await run("validate.mjs", [exchanges], process.env)) || code;
  } finally {
    standin?.stop();
    server.kill();
  }
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
