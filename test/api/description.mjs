// docs/openapi.yaml as something to ask: which operation a request is for, and what a body must be.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

const methods = ["get", "put", "post", "delete", "patch", "head", "options"];

export function read_description(file) {
  return new Description(parse(readFileSync(file, "utf8")));
}

export class Description {
  #document;
  #ajv = new Ajv2020({ strict: false, allErrors: true });
  #validators = new Map(); // by reference into the document
  operations = []; // {id, method, path, segments, at, value, shared}

  constructor(document) {
    this.#document = document;
    addFormats(this.#ajv);
    this.#ajv.addSchema(document, "openapi");
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of methods.filter((name) => item[name] !== undefined)) {
        this.operations.push({
          id: item[method].operationId,
          method: method.toUpperCase(),
          path,
          segments: path.split("/"),
          at: ["paths", path, method],
          value: item[method],
          shared: item.parameters ?? [],
        });
      }
    }
  }

  // The operation for a method and a path, with the decoded values of the path's parameters. A literal
  // segment is preferred to a parameter, from the left, as the service does it. HEAD is answered wherever GET
  // is.
  find(method, path) {
    const have = path.split("/");
    const rank = (operation) => operation.segments.map((s) => (s.startsWith("{") ? "1" : "0")).join("");
    const fitting = this.operations
      .filter((o) => o.method === (method === "HEAD" ? "GET" : method))
      .filter((o) => o.segments.length === have.length)
      .filter((o) =>
        o.segments.every((want, i) => (want.startsWith("{") ? have[i] !== "" : want === have[i])),
      )
      .sort((a, b) => rank(a).localeCompare(rank(b)));
    if (fitting.length === 0) return undefined;
    const values = {};
    fitting[0].segments.forEach((want, i) => {
      if (want.startsWith("{")) values[want.slice(1, -1)] = decoded(have[i]);
    });
    return { operation: fitting[0], values };
  }

  parameters(operation) {
    return [...operation.shared, ...(operation.value.parameters ?? [])].map((p) => this.#resolve(p, []));
  }

  // {at, value} of the response that the description has for this status: its own, or the default.
  response(operation, status) {
    const key = String(status) in operation.value.responses ? String(status) : "default";
    const found = operation.value.responses[key];
    return found === undefined ? undefined : this.#resolve(found, [...operation.at, "responses", key]);
  }

  component(kind, name) {
    const at = ["components", kind, name];
    return { at, value: this.#document.components[kind][name] };
  }

  request_body(operation) {
    const found = operation.value.requestBody;
    return found === undefined ? undefined : this.#resolve(found, [...operation.at, "requestBody"]);
  }

  // What is wrong with `value` as the schema at these segments of the document; empty where nothing is.
  faults(value, at) {
    const $ref = `openapi#/${at.map(escape_segment).join("/")}`;
    if (!this.#validators.has($ref)) this.#validators.set($ref, this.#ajv.compile({ $ref }));
    const validate = this.#validators.get($ref);
    if (validate(value)) return [];
    return validate.errors.map((e) => `${e.instancePath || "(whole)"} ${e.message}`);
  }

  #resolve(value, at) {
    if (value.$ref === undefined) return { at, value };
    const segments = value.$ref.replace(/^#\//, "").split("/");
    return { at: segments, value: segments.reduce((node, name) => node[name], this.#document) };
  }
}

// A segment that is no percent-encoded UTF-8 stays as it is: no schema takes it.
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function escape_segment(text) {
  return encodeURIComponent(text.replaceAll("~", "~0").replaceAll("/", "~1"));
}
