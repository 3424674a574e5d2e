// Where an event stream says that messages go (MCP, HTTP with SSE): what of it is believed.
import { expect } from "expect";
import { test } from "node:test";
import {
  type MessageEndpoint,
  messageEndpoint,
} from "../../../lib/login/mcp/message_endpoint.ts";
import { Secret } from "../../../lib/secret.ts";
import {
  fakeDefinition,
  type Script,
  type Seen,
  withFakeServer,
} from "../../support/servers/fake_authorization_server.ts";

/** A stream of these pieces; it stays open unless it `ends`. */
function stream(pieces: readonly string[], { ends = false } = {}): Response {
  const bytes = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const piece of pieces) {
        controller.enqueue(bytes.encode(piece));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      if (ends) controller.close();
    },
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream; charset=utf-8" },
  });
}

async function ask(
  scripts: Record<string, Script>,
  path = "/sse",
): Promise<{ found: MessageEndpoint; seen: Seen[]; origin: string }> {
  let result!: { found: MessageEndpoint; seen: Seen[]; origin: string };
  await withFakeServer(scripts, async ({ origin, seen }) => {
    const found = await messageEndpoint(
      {
        definition: fakeDefinition(origin),
        fetch,
        allowPrivateHosts: true,
        timeoutMs: 1000,
      },
      new URL(path, origin),
      new Secret("token-1"),
    );
    result = { found, seen, origin };
  });
  return result;
}

/** The path and query that are found, or the kind of answer. */
async function placeOf(pieces: readonly string[], ends = false) {
  const { found } = await ask({ "/sse": () => stream(pieces, { ends }) });
  return found.kind === "named"
    ? found.url.pathname + found.url.search
    : found.kind;
}

test("the first endpoint event is read as streams may be written", async () => {
  const rows: [string, readonly string[]][] = [
    ["/messages?sessionId=1", [
      "event: endpoint\ndata: /messages?sessionId=1\n\n",
    ]],
    ["/messages/?session_id=2", [
      "event: endpoint\r\ndata: /messages/?session_id=2\r\n\r\n",
    ]],
    ["/m", ["event:endpoint\rdata:/m\r\r", ": more\r"]],
    [
      "/m",
      [": ping\n\n", "event: ping\ndata: /wrong\n\n", "id: 1\nevent: end"]
        .concat(["point\nda", "ta: /m\n", "\nevent: message\ndata: {}\n\n"]),
    ],
    ["/m", ["data: /m\nevent: endpoint\nretry: 10\n\n"]],
    ["/sse/message", ["event: endpoint\ndata: sse/message\n\n"]],
  ];
  for (const [expected, pieces] of rows) {
    expect([pieces, await placeOf(pieces)]).toEqual([pieces, expected]);
  }
});

test("another stream, another answer and a silent one name nothing", async () => {
  expect(await placeOf(["data: /m\n\n"], true)).toBe("none");
  expect(await placeOf(["event: endpoint\ndata: /m\n"], true)).toBe("none");
  expect(await placeOf(["event: message\ndata: {}\n\n"], true)).toBe("none");
  expect(await placeOf([`: ${"x".repeat(70_000)}`])).toBe("none");
  expect(await placeOf([": open\n\n"])).toBe("unknown");
  const kindOf = async (answer: Script) =>
    (await ask({ "/sse": answer })).found.kind;
  expect(await kindOf(() => Response.json({ endpoint: "/m" }))).toBe("none");
  expect(await kindOf(() => new Response("", { status: 405 }))).toBe("none");
  expect(await kindOf(() => new Response("", { status: 503 }))).toBe("unknown");
  expect(
    await kindOf(() =>
      new Promise((resolve) =>
        setTimeout(() => resolve(new Response("")), 1500)
      )
    ),
  ).toBe("unknown");
});

test("a place of another origin is told, never taken", async () => {
  for (
    const [data, origin] of [
      ["https://evil.example/m", "https://evil.example"],
      ["//evil.example/m", "http://evil.example"],
      ["https://127.0.0.1/m", "https://127.0.0.1"],
      ["data:text/plain,x", "null"],
    ] as const
  ) {
    const { found } = await ask({
      "/sse": () => stream([`event: endpoint\ndata: ${data}\n\n`]),
    });
    expect([data, found]).toEqual([data, { kind: "elsewhere", origin }]);
  }
});

test("a redirect is followed to the same place with another last slash, and the token goes nowhere else", async () => {
  const named: Script = () => stream(["event: endpoint\ndata: /m\n\n"]);
  const to = (location: string): Script => () =>
    new Response(null, { status: 307, headers: { location } });
  const there = await ask({ "/sse": to("/sse/"), "/sse/": named });
  expect(there.found).toEqual({
    kind: "named",
    url: new URL("/m", there.origin),
  });
  expect(there.seen.map(({ headers }) => headers.get("authorization")))
    .toEqual(["Bearer token-1", "Bearer token-1"]);
  for (const location of ["/other", "http://localhost:1/sse/", "/sse?x=1"]) {
    const { found, seen } = await ask({
      "/sse": to(location),
      "/other": named,
    });
    expect([location, found.kind, seen.length]).toEqual([location, "none", 1]);
  }
  const loop = await ask({ "/sse": to("/sse/"), "/sse/": to("/sse") });
  expect([loop.found.kind, loop.seen.length]).toEqual(["none", 2]);
});

test("a login that ends while the server is asked ends with its own reason", async () => {
  const reason = new Error("interrupted");
  await withFakeServer({ "/sse": () => stream([": open\n\n"]) }, async (
    { origin },
  ) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 50);
    await expect(messageEndpoint(
      {
        definition: fakeDefinition(origin),
        fetch,
        allowPrivateHosts: true,
        signal: stop.signal,
      },
      new URL("/sse", origin),
      new Secret("token-1"),
    )).rejects.toBe(reason);
  });
});
