// The main steps of the demonstration, by a client that was written from docs/openapi.yaml alone: a packet
// comes in, is held, is put to review, is signed by a person, crosses by itself, and is read and judged by
// its lane.
//
//   SALLYPORT_URL                      the service, "http://127.0.0.1:8420"
//   SALLYPORT_INTAKE_TOKEN             a service with read, intake, source
//   SALLYPORT_TRIAGE_TOKEN             a person with read, decide, lane: the triager
//   SALLYPORT_AGENT_TOKEN              an agent with read, prepare
//   SALLYPORT_APPROVER_TOKEN           a person with read, decide, who signs with the key file
//                                      SALLYPORT_SIGNING_KEY
//   SALLYPORT_REVIEWER_TOKEN           a person of the lane's audience with read, lane
//   SALLYPORT_EXCHANGES                a file for validate.mjs; may be absent
//
// The lane's charter is that of examples/charters for software keys, its sources answer with
// examples/records. People and values are invented. Ends with 1 at the first expectation that is not met.
import { randomUUID } from "node:crypto";
import {
  canonical,
  caller,
  done,
  expect,
  from_environment,
  refused,
  say,
  sha256,
  sign,
  Unmet,
  until,
} from "./caller.ts";
import type { Caller, Schema } from "./caller.ts";

const lane = "Q-PSR";

// Which records the packet cites, and for which of its claims.
const cited: [kind: string, source: string, key: string, claim: string][] = [
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

const once = () => ({ "Idempotency-Key": randomUUID() });

async function cite(intake: Caller): Promise<Schema["SubmittedPacket"]["citations"]> {
  const citations: Schema["SubmittedPacket"]["citations"] = {};
  for (const [i, [kind, source, key, claim]] of cited.entries()) {
    const found = await done(
      intake.POST("/v1/sources/{source}/try", { params: { path: { source } }, body: { key } }),
    );
    expect(found.status === "found", `${source} has ${key}`);
    citations[`c${i + 1}`] = {
      kind,
      source,
      key,
      occurred_at: found.occurred_at ?? "",
      observed_at: found.observed_at,
      complete_through: found.complete_through,
      content: found.content ?? "",
      supports: [claim],
      ...(found.attrs?.version === undefined ? {} : { pins: { version: found.attrs.version } }),
    };
  }
  return citations;
}

function submission(packet: Schema["SubmittedPacket"]): Schema["Submission"] {
  const upstream = { system: "example-client", case: `CASE-${randomUUID()}`, revision: 1 };
  return { v: 1, upstream, upstream_digest: sha256(canonical(packet)), packet };
}

async function compose(intake: Caller, triager: string): Promise<Schema["SubmittedPacket"]> {
  const annex = "10:26:12Z console attach, operator-FIR [the token is withheld by the author]\n";
  return {
    packet_class: "break-glass-token-replay",
    lane,
    severity: "sev2",
    triage: { stamp: "ts_example", at: new Date().toISOString(), by: triager },
    authors: [triager],
    fields: {
      "/narrative": { value: "An invented story of a token that was presented again." },
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
    claims: { m1: { text: "An invented claim." }, m2: { text: "Another invented claim." } },
    caveats: { k1: { code: "uncorroborated", text: "Nothing here has happened." } },
    citations: await cite(intake),
    parts: {
      a1: {
        kind: "annex",
        media_type: "text/plain",
        file_name: "console-excerpt.txt",
        state: "redacted",
        include: true,
        content: Buffer.from(annex).toString("base64"),
      },
    },
  };
}

async function bring_in(intake: Caller, triager: string): Promise<string> {
  const packet = await compose(intake, triager);
  const { caveats: _, ...silent } = packet;
  const problem = await refused(
    intake.POST("/v1/packets", { body: submission(silent as Schema["SubmittedPacket"]) }),
    422,
    "refused",
    "a packet that does not say its caveats is refused",
  );
  expect(problem.field === "/packet/caveats", "the refusal names the place");

  const header = once();
  const body = submission(packet);
  const taken = await done(intake.POST("/v1/packets", { params: { header }, body }));
  expect(!taken.known && taken.withheld === 0, `packet ${taken.packet} is taken and sealed`);
  const again = await intake.POST("/v1/packets", { params: { header }, body });
  expect(
    again.response.headers.get("idempotency-replayed") === "true" &&
      again.data?.packet === taken.packet &&
      !again.data.known,
    "the same key with the same packet gives the stored answer",
  );
  await refused(
    intake.POST("/v1/packets", { params: { header }, body: submission(packet) }),
    422,
    "idempotency-key",
    "the same key with another packet is refused",
  );
  return taken.packet;
}

async function watch_the_hold(
  triage: Caller,
  approver: Caller,
  packet: string,
): Promise<Schema["PacketView"]> {
  const path = { packet };
  const show = () => done(triage.GET("/v1/packets/{packet}", { params: { path } }));
  const held = await show();
  expect(
    held.gate === "held" && held.holds.some((h) => h.code === "MIN.ANNEX"),
    "its annex holds it: MIN.ANNEX",
  );
  const explained = await done(triage.GET("/v1/packets/{packet}/explain", { params: { path } }));
  const check = explained.checks.find((c) => c.code === "MIN.ANNEX" && c.result === "hold");
  expect(check?.clears !== undefined, `explain says what clears it: ${check?.clears}`);

  const part = { path: { packet, part: "a1" } };
  const { statement } = await done(
    approver.POST("/v1/packets/{packet}/annexes/{part}/statement", { params: part }),
  );
  const signature = sign("annex@sallyport", statement);
  await done(
    approver.POST("/v1/packets/{packet}/annexes/{part}/promote", {
      params: { ...part, header: once() },
      body: { signature },
    }),
  );
  const eligible = await until("the packet to be eligible", show, (p) => p.gate === "eligible");
  expect(true, "a person promoted the annex, every source was asked, nothing holds it");
  return eligible;
}

async function put_to_review(
  agent: Caller,
  triage: Caller,
  view: Schema["PacketView"],
): Promise<Schema["ManifestSubmitted"]> {
  const path = { packet: view.packet };
  const before = await triage.GET("/v1/packets/{packet}", { params: { path } });
  const etag = before.response.headers.get("etag") ?? "";
  expect(etag !== "", "the packet has an ETag");
  const known = await triage.GET("/v1/lanes/{lane}", { params: { path: { lane } } });
  const same = await triage.GET("/v1/lanes/{lane}", {
    params: { path: { lane }, header: { "If-None-Match": known.response.headers.get("etag") ?? "" } },
  });
  expect(same.response.status === 304, "a lane that has not changed is not sent again");

  const revision = view.head?.digest ?? "";
  const { manifest } = await done(
    agent.POST("/v1/packets/{packet}/manifests", { params: { path, header: once() }, body: { revision } }),
  );
  say(`an agent drafted manifest ${manifest}`);
  await refused(
    agent.POST("/v1/packets/{packet}/sign", {
      params: { path },
      body: { manifest: revision, signature: "none" },
    }),
    403,
    "forbidden",
    "the agent may not sign",
    "agent_never_decides",
  );
  const submit = (version: string) =>
    triage.POST("/v1/packets/{packet}/manifests/{manifest}/submit", {
      params: { path: { ...path, manifest }, header: { ...once(), "If-Match": version } },
    });
  await refused(submit(etag), 412, "precondition", "a submission over the packet as it was is refused");
  const now = await triage.GET("/v1/packets/{packet}", { params: { path } });
  const submitted = await done(submit(now.response.headers.get("etag") ?? ""));
  expect(
    sha256(submitted.bytes) === submitted.digest,
    "a person submitted it; the digest is that of its bytes",
  );
  return submitted;
}

async function sign_and_release(
  approver: Caller,
  packet: string,
  submitted: Schema["ManifestSubmitted"],
): Promise<string> {
  const path = { packet };
  const shown = await done(
    approver.GET("/v1/packets/{packet}/manifests/{manifest}", {
      params: { path: { packet, manifest: submitted.manifest } },
    }),
  );
  expect(
    shown.bytes === submitted.bytes && shown.status === "in_review",
    "the approver fetched exactly those bytes",
  );
  const view = await done(approver.GET("/v1/packets/{packet}/signer-view", { params: { path } }));
  const opened = JSON.stringify(view.opened);
  expect(
    opened.includes("tenant-KEA") && !opened.includes('"tenant-4471"'),
    "what would cross has pseudonyms and no tenant",
  );

  const signature = sign("dispatch@sallyport", submitted.bytes);
  const signed = await done(
    approver.POST("/v1/packets/{packet}/sign", {
      params: { path, header: once() },
      body: { manifest: submitted.digest, signature },
    }),
  );
  expect(signed.quorum.met, "the signature completes the quorum");
  if (signed.recheck === undefined) {
    const revision = shown.revision;
    await done(
      approver.POST("/v1/packets/{packet}/release", {
        params: { path },
        body: { revision, manifest: submitted.digest, lane },
      }),
    );
    say("the release was asked for");
  }
  const show = () => done(approver.GET("/v1/packets/{packet}", { params: { path } }));
  const released = await until("the release", show, (p) => p.status === "released");
  expect(released.entry !== undefined, `every source was asked again, and it crossed as ${released.entry}`);
  return released.entry;
}

// All entries that the reader may read, one page after the other.
async function entries_of(reviewer: Caller): Promise<string[]> {
  const out: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await done(
      reviewer.GET("/v1/lanes/{lane}/entries", {
        params: { path: { lane }, query: { limit: 1, ...(cursor ? { cursor } : {}) } },
      }),
    );
    expect(page.entries.length <= 1, "a page has no more than was asked for");
    out.push(...page.entries.map((e) => e.entry));
    cursor = page.next;
  } while (cursor !== undefined);
  return out;
}

async function read_in_the_lane(
  reviewer: Caller,
  triage: Caller,
  entry: string,
  manifest: string,
): Promise<void> {
  const path = { entry };
  const listed = await until(
    "delivery",
    () => entries_of(reviewer),
    (ids) => ids.includes(entry),
  );
  expect(new Set(listed).size === listed.length, "the reviewer's lane lists it, each entry once");
  const read = await done(reviewer.GET("/v1/entries/{entry}", { params: { path } }));
  expect(read.entry.manifest === manifest, "the reviewer reads what was signed");
  expect(!JSON.stringify(read).includes('"tenant-4471"'), "the tenant's own id is nowhere in it");
  await refused(
    triage.GET("/v1/entries/{entry}", { params: { path } }),
    403,
    "forbidden",
    "who is not in the audience is denied",
  );
  await done(reviewer.POST("/v1/entries/{entry}/ack", { params: { path, header: once() } }));
  await done(
    reviewer.POST("/v1/entries/{entry}/verdict", {
      params: { path, header: once() },
      body: { code: "accepted", found: [] },
    }),
  );
  const judged = await done(reviewer.GET("/v1/entries/{entry}", { params: { path } }));
  expect(judged.acknowledged && judged.verdict === "accepted", "acknowledged, and accepted for good");
  await refused(
    reviewer.POST("/v1/entries/{entry}/verdict", { params: { path }, body: { code: "returned", found: [] } }),
    409,
    "conflict",
    "a second verdict is refused",
    "verdict_given",
  );
}

async function main(): Promise<void> {
  const as = (name: string) => caller(from_environment(`SALLYPORT_${name}_TOKEN`));
  const [intake, triage, agent, approver, reviewer] = [
    as("INTAKE"),
    as("TRIAGE"),
    as("AGENT"),
    as("APPROVER"),
    as("REVIEWER"),
  ];
  const triager = await done(triage.GET("/v1/whoami"));
  expect(triager.person !== undefined, `the triager is ${triager.name}`);
  expect((await done(agent.GET("/v1/whoami"))).kind === "agent", "the agent is one");
  const shown = await done(triage.GET("/v1/lanes/{lane}", { params: { path: { lane } } }));
  expect(shown.charter !== undefined, `lane ${lane} has an active charter, ${shown.charter?.id}`);

  const packet = await bring_in(intake, triager.person);
  const view = await watch_the_hold(triage, approver, packet);
  const submitted = await put_to_review(agent, triage, view);
  const entry = await sign_and_release(approver, packet, submitted);
  await read_in_the_lane(reviewer, triage, entry, submitted.digest);
  const log = await done(triage.POST("/v1/log/verify"));
  expect(log.ok, `the log holds, all ${log.leaves} leaves of it`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Unmet ? `not met: ${error.message}` : error);
  process.exitCode = 1;
});
