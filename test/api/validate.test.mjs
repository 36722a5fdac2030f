// The validator itself, on exchanges that are invented: it takes what is as described and says what is not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { read_description } from "./description.mjs";
import { check_exchange, check_file } from "./validate.mjs";

const here = (name) => new URL(name, import.meta.url);
const description = read_description(here("../../docs/openapi.yaml"));

test("exchanges that are as described pass, and what they do not cover is counted", () => {
  const report = check_file(description, readFileSync(here("testdata/invented-passing.jsonl"), "utf8"));
  assert.deepEqual(report.failed, []);
  assert.deepEqual([...report.covered].sort(), ["log.read", "manifest.sign", "principal.add", "whoami"]);
  assert.equal(report.covered.size + report.uncovered.length, description.operations.length);
  assert.ok(report.uncovered.includes("packet.submit"));
});

test("every line that is not as described fails, with what is wrong", () => {
  const report = check_file(description, readFileSync(here("testdata/invented-failing.jsonl"), "utf8"));
  const wrong = report.failed.map(({ line, faults }) => [line, faults.join("; ")]);
  assert.deepEqual(
    wrong.map(([line]) => line),
    [1, 2, 3, 4, 5],
  );
  for (const [i, pattern] of [
    /no such route/,
    /response 418: \/status must be equal to one of the allowed values/,
    /response 200: \(whole\) must NOT have additional properties/,
    /request: \(whole\) must NOT have additional properties/,
    /query first is not described/,
  ].entries()) {
    assert.match(wrong[i][1], pattern);
  }
});

test("a problem of another status, another media type, and no JSON at all are told", () => {
  const exchange = {
    method: "GET",
    target: "/v1/whoami",
    content_type: "application/problem+json",
    request_body: "",
  };
  const problem = { type: "urn:sallyport:problem:not-found", title: "Invented", status: 404 };
  const faults = (more) => check_exchange(description, { ...exchange, ...more }).faults.join("; ");
  assert.match(
    faults({ status: 401, response_body: JSON.stringify(problem) }),
    /response 401: \/type must be equal/,
  );
  assert.match(
    faults({ status: 200, response_body: "{}" }),
    /media type application\/problem\+json is not described/,
  );
  assert.match(faults({ status: 401, response_body: "<html>" }), /no JSON/);
  const nowhere = { target: "/v1/nowhere", response_body: JSON.stringify(problem) };
  assert.equal(faults({ ...nowhere, status: 404 }), "");
  assert.match(faults({ ...nowhere, status: 405 }), /\/status must be equal/);
  assert.match(faults({ status: 401 }), /lacks response_body/);
});

test("a route is found by its most literal path, decoded, and HEAD as GET", () => {
  const id = (method, path) => description.find(method, path)?.operation.id;
  assert.equal(id("POST", "/v1/keys/statement"), "key.statement");
  assert.equal(id("HEAD", "/healthz"), "health");
  assert.equal(id("GET", "/v1/packets/"), undefined);
  assert.deepEqual(description.find("GET", "/v1/lanes/Q%2DPSR").values, { lane: "Q-PSR" });
});

test("every operation has its own id, a scope and an answer to a caller without a credential", () => {
  const ids = new Set(description.operations.map((o) => o.id));
  assert.equal(ids.size, description.operations.length);
  for (const { id, value } of description.operations) {
    const open = value["x-sallyport-scope"] === "anyone";
    assert.equal("401" in value.responses, !open, id);
  }
});
