// The person's rules in the proxy: who is asked, with which body, and what is told of what passes. The control is a fake.
import { expect } from "expect";
import { test } from "node:test";
import type { Injection } from "../../lib/provider/definition.ts";
import type { Passage, Ruling } from "../../lib/request/control/control.ts";
import {
  fakeControl,
  REFUSAL,
  type Told,
} from "../support/fakes/fake_control.ts";
import {
  get,
  type Handler,
  outcomeOf,
  type Seen,
  serveHttp2,
  sessionOf,
} from "../support/proxy/http2_rig.ts";
import {
  HOST,
  KEY,
  keyCredential,
  type Rig,
  type RigOptions,
  route,
  withRig,
} from "../support/proxy/proxy_rig.ts";
import { answering } from "../support/servers/tls_upstream.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const PLACEHOLDER = "authsome-proxy-managed";
const IN_BODY: Injection = {
  kind: "body",
  format: "json",
  name: "key",
  value: "{api_key}",
};
const allow = (passage: Passage): Ruling => ({
  kind: "allow",
  rule: "may-read",
  operation: "listIssues",
  passage,
});

/** Rules that decide by the body, up to 20 bytes. */
function byBody(read: (string | undefined)[]) {
  return (_request: unknown, passage: Passage): Ruling => ({
    kind: "body",
    limit: 20,
    settle(body) {
      read.push(body && new TextDecoder().decode(body));
      return allow(passage);
    },
  });
}

type Ruled = Rig & { told: Told; fetched: string[] };

function ruledTest(
  name: string,
  rule: Parameters<typeof fakeControl>[0],
  body: (rig: Ruled) => Promise<void>,
  options: RigOptions & { tunnel?: Parameters<typeof fakeControl>[1] } = {},
) {
  test(name, () => {
    const control = fakeControl(rule, options.tunnel);
    const fetched: string[] = [];
    return withRig({
      script: answering(() => OK),
      fresh(provider) {
        fetched.push(provider);
        return keyCredential();
      },
      control,
      ...options,
    }, (rig) => body(Object.assign(rig, { told: control.told, fetched })));
  });
}

async function asked(rig: Rig, request: string): Promise<string> {
  const client = await rig.tunnel();
  client.send(request);
  return await client.until(/\r\n\r\n(?:ok$|\{.*\})/s);
}

const post = (text: string, fields = "") =>
  `POST /issues?a=1 HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: application/json\r\n${fields}Content-Length: ${text.length}\r\n\r\n${text}`;

ruledTest(
  "a request that is let through is recorded with its rule and operation, and what passes is told",
  (_request, passage) => allow(passage),
  async (rig) => {
    await asked(rig, post("{}"));
    expect(rig.told.requests).toMatchObject([{
      scheme: "https",
      authority: { host: HOST, port: 443 },
      head: { method: "POST", target: "/issues?a=1" },
      provider: "example",
      connection: "default",
    }]);
    expect(rig.told.passed).toEqual(["sent 2", "head 200", "body ok", "end"]);
    expect(rig.events).toEqual([{
      event: "inject",
      ok: true,
      status: 200,
      provider: "example",
      connection: "default",
      profile: "default",
      method: "POST",
      host: HOST,
      path: "/issues",
      rule: "may-read",
      operation: "listIssues",
    }]);
  },
);

ruledTest(
  "a refusal reaches no server and no credential, names its rule, and leaves the connection open",
  ({ head }, passage) =>
    head.method === "GET"
      ? { kind: "refuse", refusal: REFUSAL }
      : allow(passage),
  async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET /x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    const answer = await client.until(/\r\n\r\n\{.*\}\n/s);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain("\r\nX-Authsome-Reason: rule\r\n");
    expect(answer).toContain("\r\nX-Authsome-Rule: no-writes\r\n");
    expect(JSON.parse(answer.split("\r\n\r\n")[1]!)).toMatchObject({
      reason: "rule",
      rule: "no-writes",
      operation: "createIssue",
      provider: "example",
    });
    expect(rig.fetched).toEqual([]);
    expect(rig.upstream.connections).toEqual([]);
    expect(rig.events).toEqual([{
      event: "deny",
      ok: false,
      reason: "rule",
      status: 403,
      rule: "no-writes",
      operation: "createIssue",
      provider: "example",
      connection: "default",
      profile: "default",
      method: "GET",
      host: HOST,
      path: "/x",
    }]);
    client.send(`POST /x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await client.until(/ok$/);
  },
);

ruledTest(
  "what is told ends if the request is refused after all",
  byBody([]),
  async (rig) => {
    expect(await asked(rig, post('{"key":1}', "Content-Encoding: gzip\r\n")))
      .toMatch(/^HTTP\/1\.1 403 /);
    expect(rig.told.passed).toEqual(["end"]);
    expect(rig.events).toMatchObject([{
      event: "deny",
      reason: "not_injectable",
    }]);
    expect(Object.keys(rig.events[0]!)).not.toContain("rule");
  },
  {
    table: { routes: [route({ injections: [IN_BODY] })], forbidden: [] },
  },
);

for (
  const [what, request, body, sent] of [
    ["with a length", post('{"a":1}'), '{"a":1}', '{"a":1}'],
    [
      "in chunks",
      `POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n`,
      "abcde",
      "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n",
    ],
    ["that is missing", `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, "", ""],
    ["too long", post("x".repeat(21)), undefined, "x".repeat(21)],
    [
      "too long, in chunks",
      `POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n${
        "y".repeat(21)
      }\r\n0\r\n\r\n`,
      undefined,
      `15\r\n${"y".repeat(21)}\r\n0\r\n\r\n`,
    ],
  ] as const
) {
  const read: (string | undefined)[] = [];
  ruledTest(
    `a body ${what} decides, and goes on as it came`,
    byBody(read),
    async (rig) => {
      await asked(rig, request);
      expect(read).toEqual([body]);
      const [head, ...rest] = rig.upstream.connections[0]!.received
        .split("\r\n\r\n");
      expect(rest.join("\r\n\r\n")).toBe(sent);
      expect(head).toContain(`Authorization: Bearer ${KEY}`);
    },
  );
}

{
  const read: (string | undefined)[] = [];
  ruledTest(
    "a body is read once for the rules and for the credential in it",
    byBody(read),
    async (rig) => {
      const text = `{"key":"${PLACEHOLDER}"}`;
      const answer = await asked(
        rig,
        post(text, "Expect: 100-continue\r\n"),
      );
      expect(answer.match(/100 Continue/g)).toHaveLength(1);
      // Longer than the rules read, not than the injection does.
      expect(read).toEqual([undefined]);
      const { received } = rig.upstream.connections[0]!;
      expect(received.split("\r\n\r\n")[1]).toBe(`{"key":"${KEY}"}`);
      expect(received).not.toContain("Expect");
      expect(rig.told.passed[0]).toBe(`sent ${KEY.length + 10}`);
    },
    { table: { routes: [route({ injections: [IN_BODY] })], forbidden: [] } },
  );
}

ruledTest(
  "a client that goes away ends the wait for a person, also behind a body, and others do not wait",
  ({ head, asker }, passage) =>
    head.method === "GET" ? allow(passage) : {
      kind: "body",
      limit: 100,
      settle: () =>
        new Promise((resolve) => {
          passage.sent!(0);
          asker!.gone.addEventListener("abort", () => {
            passage.end!();
            resolve({ kind: "refuse", refusal: REFUSAL });
          });
        }),
    },
  async (rig) => {
    const client = await rig.tunnel();
    client.send(post("{}"));
    while (rig.told.passed.length === 0) await pause();
    await asked(rig, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    expect(rig.told.passed).toEqual(["sent 0", "head 200", "body ok", "end"]);
    client.socket.end();
    while (rig.told.passed.length < 5) await pause();
    expect(rig.upstream.connections).toHaveLength(1);
  },
);

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a request that is sent again with another credential is judged and told once", async () => {
  let key = "old-canary";
  const control = fakeControl((_request, passage) => allow(passage));
  await withRig({
    control,
    script: answering((head) =>
      head.includes("old-canary")
        ? 'HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer error="invalid_token"\r\nContent-Length: 6\r\n\r\nSECRET'
        : OK
    ),
    fresh: () => keyCredential(key),
    rejected() {
      key = "new-canary";
      return Promise.resolve(true);
    },
  }, async (rig) => {
    await asked(rig, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    expect(rig.upstream.connections.length).toBe(2);
    expect(control.told.requests).toHaveLength(1);
    expect(control.told.passed).toEqual(["head 200", "body ok", "end"]);
    expect(rig.events.map(({ status, rule }) => [status, rule]))
      .toEqual([[401, "may-read"], [200, "may-read"]]);
  });
});

ruledTest(
  "what passes is told without chunks, and one that throws is told no more",
  ({ head }, passage) => ({
    kind: "allow",
    passage: head.target === "/throw"
      ? {
        ...passage,
        body() {
          throw new Error("fake");
        },
      }
      : passage,
  }),
  async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    const first = await client.until(/0\r\n\r\n$/);
    expect(rig.told.passed).toEqual([
      "head 200",
      "body one",
      "body two",
      "end",
    ]);
    client.send(`GET /throw HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await client.until(/0\r\n\r\n$/, first.length);
    expect(rig.told.passed.slice(4)).toEqual(["head 200"]);
  },
  {
    script: answering(() =>
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    ),
  },
);

ruledTest(
  "requests without a credential are judged too, and so is the upgrade to a WebSocket",
  ({ provider, head }, passage) =>
    provider === undefined && head.target === "/other/no"
      ? { kind: "refuse", refusal: REFUSAL }
      : allow(passage),
  async (rig) => {
    expect(await asked(rig, `GET /other/no HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`))
      .toMatch(/^HTTP\/1\.1 403 /);
    await asked(rig, `GET /other/yes HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    const client = await rig.tunnel();
    client.send(
      `GET /api/ws HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    await client.until(/101 .*\r\n\r\n/s);
    expect(rig.told.requests.map(({ provider }) => provider))
      .toEqual([undefined, undefined, "example"]);
    expect(rig.told.passed.slice(-2)).toEqual(["head 101", "end"]);
  },
  {
    table: { routes: [route({ pathPrefix: "/api" })], forbidden: [] },
    script: answering((head) =>
      head.includes("websocket")
        ? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        : OK
    ),
  },
);

ruledTest(
  "a tunnel that is not read is asked about, and so is plain http",
  ({ scheme }, passage) =>
    scheme === "http" ? { kind: "refuse", refusal: REFUSAL } : allow(passage),
  async (rig) => {
    const client = await rig.dial();
    client.send(rig.connectHead("blind.example.com:443"));
    const answer = await client.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain("X-Authsome-Rule: no-writes");
    expect(rig.parent.heads).toEqual([]);
    const plain = await rig.dial();
    plain.send(
      rig.connectHead("x").replace(
        /^.*\r\nHost: x/,
        "GET http://plain.example.com/a HTTP/1.1\r\nHost: plain.example.com",
      ),
    );
    expect(await plain.until(/\}\n$/)).toMatch(/^HTTP\/1\.1 403 /);
    expect(rig.told.requests).toMatchObject([{
      scheme: "http",
      authority: { host: "plain.example.com", port: 80 },
      head: { target: "/a" },
    }]);
    expect(rig.told.tunnels).toEqual(["blind.example.com"]);
    expect(rig.events).toMatchObject([
      { event: "deny", method: "CONNECT", rule: "no-writes" },
      { event: "deny", method: "GET", rule: "no-writes", path: "/a" },
    ]);
  },
  { tunnel: (host) => host === "blind.example.com" ? REFUSAL : undefined },
);

// HTTP/2

const echo: Handler = (stream, headers) => {
  stream.respond({ ":status": 200, "x-length": headers["content-length"] });
  stream.pipe(stream);
};

function http2Test(
  name: string,
  rule: Parameters<typeof fakeControl>[0],
  body: (rig: Ruled & { seen: Seen }) => Promise<void>,
  options: RigOptions = {},
) {
  const seen: Seen = { requests: [], sessions: 0 };
  ruledTest(
    `HTTP/2: ${name}`,
    rule,
    (rig) => body(Object.assign(rig, { seen })),
    { ...options, serve: (leaf) => serveHttp2(leaf, echo, seen) },
  );
}

async function upload(rig: Rig, parts: string[], fields = {}) {
  const session = await sessionOf(rig);
  const stream = session.request({
    ":method": "POST",
    ":authority": HOST,
    ":path": "/x",
    "content-type": "application/json",
    ...fields,
  });
  const outcome = outcomeOf(stream);
  for (const part of parts) stream.write(part);
  stream.end();
  return await outcome;
}

{
  const read: (string | undefined)[] = [];
  http2Test(
    "a body decides, and goes on as it came, short or long",
    byBody(read),
    async (rig) => {
      expect((await upload(rig, ["one ", "two"])).body).toBe("one two");
      expect(rig.told.passed.join(" ").replace("one  body two", "one two"))
        .toBe("sent 4 sent 3 head 200 body one two end");
      const long = ["x".repeat(15), "y".repeat(100_000), "z"];
      const { body } = await upload(rig, long);
      expect(body === long.join("")).toBe(true);
      expect(read).toEqual(["one two", undefined]);
    },
  );
}

http2Test(
  "a body gets the credential",
  byBody([]),
  async (rig) => {
    const text = `{"key":"${PLACEHOLDER}"}`;
    const { body, headers } = await upload(rig, [
      text.slice(0, 5),
      text.slice(5),
    ], {
      "content-length": text.length,
    });
    expect(headers?.[":status"]).toBe(200);
    expect(body).toBe(`{"key":"${PLACEHOLDER}"}`.replace(PLACEHOLDER, KEY));
    expect(headers?.["x-length"]).toBe(String(KEY.length + 10));
  },
  { table: { routes: [route({ injections: [IN_BODY] })], forbidden: [] } },
);

http2Test(
  "a refusal names its rule, and a stream that is reset ends the wait for a person",
  ({ head, asker }, passage) =>
    head.method === "GET"
      ? { kind: "refuse", refusal: REFUSAL }
      : new Promise((resolve) => {
        passage.sent!(0);
        asker!.gone.addEventListener("abort", () => {
          passage.end!();
          resolve({ kind: "refuse", refusal: REFUSAL });
        });
      }),
  async (rig) => {
    const session = await sessionOf(rig);
    const waiting = session.request({ ":method": "POST", ":path": "/" });
    waiting.on("error", () => {});
    while (rig.told.passed.length === 0) await pause();
    const { headers } = await get(session, { ":path": "/" });
    expect(headers).toMatchObject({
      ":status": 403,
      "x-authsome-rule": "no-writes",
    });
    waiting.close(8);
    while (rig.told.passed.length < 2) await pause();
    expect(rig.seen.requests).toEqual([]);
  },
);
