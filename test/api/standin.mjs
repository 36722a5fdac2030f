// A stand-in for the systems that examples/sources are configured for: it reads those files and answers at
// their paths with examples/records, always up to date. It is none of those systems, and its people are
// invented.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const read_folder = (folder) =>
  readdirSync(folder)
    .filter((f) => f.endsWith(".json"))
    .map((f) => JSON.parse(readFileSync(join(folder, f), "utf8")));

const segments_of = (pointer) => pointer.split("/").slice(1);

function value_at(node, pointer) {
  return segments_of(pointer).reduce((inner, name) => inner?.[name], node);
}

// An answer in which `value` stands at `pointer`; "/0" is the first item of an array.
function with_value_at(pointer, value) {
  return segments_of(pointer).reduceRight(
    (inner, name) => (name === "0" ? [inner] : { [name]: inner }),
    value,
  );
}

const now_as = {
  rfc3339: () => new Date().toISOString(),
  epoch_seconds: () => Math.floor(Date.now() / 1000),
  epoch_milliseconds: () => Date.now(),
};

function answer_directory({ version, members, id }, people) {
  const rows = people.map((person) => with_value_at(id, person));
  return { ...with_value_at(version, "example-1"), ...with_value_at(members, rows) };
}

// The answer of one source at a target (path and query); undefined where it has none.
function answer(config, records, people, target) {
  const { watermark } = config;
  if (target === watermark.path) {
    return watermark.pointer === undefined ? {} : with_value_at(watermark.pointer, now_as[watermark.as]());
  }
  if (config.directory !== undefined) {
    return target === config.directory.path ? answer_directory(config.directory, people) : undefined;
  }
  for (const { path, prefix, record, map } of config.shapes) {
    const [before, after] = path.split("{key}");
    if (!target.startsWith(before) || !target.endsWith(after)) continue;
    const key = decodeURIComponent(target.slice(before.length, target.length - after.length));
    const found = key.startsWith(prefix) ? records.find((r) => value_at(r, map.key) === key) : undefined;
    if (found !== undefined) return with_value_at(record, found);
  }
  return undefined;
}

// {configs, stop}: the sources' configurations with a base_url where the stand-in answers.
export async function start_standin(examples, people) {
  const configs = read_folder(join(examples, "sources"));
  const records = read_folder(join(examples, "records"));
  const server = createServer((request, response) => {
    const [, source, rest] = request.url.match(/^\/([^/]+)(\/.*)$/) ?? [];
    const config = configs.find((c) => c.source === source);
    const body = config === undefined ? undefined : answer(config, records, people, rest);
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type": "application/json",
      "x-stand-in": "true",
    });
    response.end(JSON.stringify(body ?? {}));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    configs: configs.map((config) => ({ ...config, base_url: `${origin}/${config.source}` })),
    stop: () => server.close(),
  };
}
