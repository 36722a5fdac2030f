// Holds recorded exchanges against docs/openapi.yaml.
//
//   node validate.mjs [--all] EXCHANGES.jsonl...
//
// One JSON object a line: {method, target, status, content_type, request_body, response_body}; bodies are the
// texts that were sent, "" where there was none. A line fails on a route, status or media type that is not
// described, and on a body or parameter that does not match. Exit 1 where a line fails, and with --all where
// an operation of the description is covered by no line.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { read_description } from "./description.mjs";

const members = ["method", "target", "status", "content_type", "request_body", "response_body"];

// What is wrong with one exchange, and the operation that it is of.
export function check_exchange(description, exchange) {
  const lacking = members.filter((name) => !(name in exchange));
  if (lacking.length > 0) return { faults: [`the line lacks ${lacking.join(", ")}`] };
  const [path, query = ""] = exchange.target.split("?", 2);
  const found = description.find(exchange.method, path);
  if (found === undefined) return { faults: check_stray(description, exchange) };
  const faults = check_response(
    description.response(found.operation, exchange.status),
    description,
    exchange,
  );
  if (exchange.status < 300) faults.push(...check_request(description, found, query, exchange));
  return { operation: found.operation.id, faults };
}

// To a route that is not there the only answer is that it is not.
function check_stray(description, exchange) {
  const name = { 400: "Malformed", 404: "NotFound", 405: "Transport" }[exchange.status];
  if (name === undefined) return ["no such route"];
  return check_response(description.component("responses", name), description, exchange);
}

function check_response(response, description, exchange) {
  if (response === undefined) return [`status ${exchange.status} is not described`];
  const content = response.value.content;
  if (exchange.method === "HEAD" || content === undefined) {
    return exchange.response_body === "" ? [] : ["a body where none is described"];
  }
  const type = exchange.content_type.split(";")[0].trim().toLowerCase();
  if (content[type] === undefined) return [`media type ${type || "(none)"} is not described`];
  const body = body_of(type, exchange.response_body);
  if (body === undefined) return ["the response is no JSON"];
  return description
    .faults(body, [...response.at, "content", type, "schema"])
    .map((fault) => `response ${exchange.status}: ${fault}`);
}

// Only of what was taken: a refused request may be anything.
function check_request(description, { operation, values }, query, exchange) {
  const faults = [];
  const given = new URLSearchParams(query);
  const named = new Set();
  for (const { at, value } of description.parameters(operation)) {
    if (value.in === "header") continue; // not recorded
    named.add(value.name);
    const text = value.in === "path" ? values[value.name] : given.get(value.name);
    if (text === null) {
      if (value.required) faults.push(`query ${value.name} is missing`);
      continue;
    }
    const schema = [...at, "schema"];
    const typed = value.schema.type === "integer" && /^[0-9]+$/.test(text) ? Number(text) : text;
    faults.push(...description.faults(typed, schema).map((fault) => `${value.in} ${value.name}: ${fault}`));
  }
  for (const name of given.keys()) {
    if (!named.has(name)) faults.push(`query ${name} is not described`);
  }
  const request = description.request_body(operation);
  if (exchange.request_body === "") {
    if (request?.value.required) faults.push("the request has no body");
    return faults;
  }
  if (request === undefined) return [...faults, "a request body where none is described"];
  const body = body_of("application/json", exchange.request_body);
  if (body === undefined) return [...faults, "the request is no JSON"];
  const schema = [...request.at, "content", "application/json", "schema"];
  return [...faults, ...description.faults(body, schema).map((fault) => `request: ${fault}`)];
}

function body_of(type, text) {
  if (!type.endsWith("json")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function check_file(description, text) {
  const failed = [];
  const covered = new Set();
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  lines.forEach((line, i) => {
    const exchange = JSON.parse(line);
    const { operation, faults } = check_exchange(description, exchange);
    if (operation !== undefined) covered.add(operation);
    if (faults.length > 0) {
      failed.push({ line: i + 1, what: `${exchange.method} ${exchange.target} ${exchange.status}`, faults });
    }
  });
  const all = description.operations.map((o) => o.id);
  return { lines: lines.length, failed, covered, uncovered: all.filter((id) => !covered.has(id)) };
}

function main(args) {
  const all = args[0] === "--all";
  const files = all ? args.slice(1) : args;
  if (files.length === 0) {
    console.error("usage: node validate.mjs [--all] EXCHANGES.jsonl...");
    return 2;
  }
  const file = fileURLToPath(new URL("../../docs/openapi.yaml", import.meta.url));
  const report = check_file(read_description(file), files.map((f) => readFileSync(f, "utf8")).join("\n"));
  for (const { line, what, faults } of report.failed) {
    console.log(`line ${line}: ${what}`);
    for (const fault of faults) console.log(`    ${fault}`);
  }
  if (report.uncovered.length > 0) console.log(`covered by no exchange: ${report.uncovered.join(", ")}`);
  const total = report.covered.size + report.uncovered.length;
  console.log(`${report.lines} exchanges, ${report.failed.length} not as described`);
  console.log(`${report.covered.size} of ${total} operations covered`);
  return report.lines === 0 || report.failed.length > 0 || (all && report.uncovered.length > 0) ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
