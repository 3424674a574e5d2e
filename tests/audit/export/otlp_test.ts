import { expect } from "expect";
import { test } from "node:test";
import { chainEntries, GENESIS, parseEntry } from "../../../lib/audit/chain.ts";
import { ExportError } from "../../../lib/audit/export/export_destination.ts";
import { otlpDestination } from "../../../lib/audit/export/otlp.ts";

const [line] = await chainEntries({ seq: 0, hash: GENESIS }, [
  { at: 0, event: { event: "get", profile: "default", ok: true } },
]);
const ENTRIES = [{ line: line!, entry: parseEntry(line!)! }];

/** What a collector on loopback that answers so does to a batch. */
async function sent(
  answer: (request: Request) => Response | Promise<Response>,
  signal = AbortSignal.timeout(10_000),
) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    answer,
  );
  const { port } = server.addr;
  try {
    return await otlpDestination({
      endpoint: new URL(`http://127.0.0.1:${port}/v1/logs`),
      headers: { "x-scope-orgid": "team-a" },
    }, {
      fetch,
      hostName: "here",
      now: () => Date.UTC(2026, 0, 1),
      credential: () => Promise.resolve({ authorization: "Bearer canary" }),
    }).send(ENTRIES, signal).catch((error) => {
      if (!(error instanceof ExportError)) throw error;
      const { problem, message, retryAfter } = error;
      return {
        problem,
        message: message.replace(String(port), "port"),
        retryAfter,
      };
    });
  } finally {
    await server.shutdown();
  }
}

test("a request is a POST of JSON with the headers of the settings and of the connection", async () => {
  const seen: Record<string, string>[] = [];
  expect(
    await sent(async (request) => {
      seen.push({
        method: request.method,
        ...Object.fromEntries(request.headers),
      });
      expect((await request.json()).resourceLogs.length).toBe(1);
      return Response.json({});
    }),
  ).toEqual({});
  expect(seen).toMatchObject([{
    method: "POST",
    "content-type": "application/json",
    authorization: "Bearer canary",
    "x-scope-orgid": "team-a",
  }]);
});

test("each answer is told apart", async () => {
  const answer = (status: number, headers = {}, body: unknown = {}) => () =>
    new Response(JSON.stringify(body), { status, headers });
  const partial = (rejectedLogRecords: unknown) =>
    answer(200, {}, { partialSuccess: { rejectedLogRecords } });
  expect(await sent(answer(200))).toEqual({});
  expect(await sent(() => new Response("no JSON"))).toEqual({});
  // A 64-bit number is a string in OTLP/JSON.
  expect(await sent(partial("1"))).toEqual({ rejected: 1 });
  expect(await sent(partial(99))).toEqual({ rejected: 1 });
  expect(await sent(partial("0"))).toEqual({});
  expect(await sent(partial("x"))).toEqual({});
  for (const status of [429, 502, 503, 504]) {
    expect(await sent(answer(status))).toMatchObject({ problem: "busy" });
  }
  const again = (value: string) => sent(answer(503, { "retry-after": value }));
  expect(await again("7")).toMatchObject({ retryAfter: 7_000 });
  expect(await again("99999999")).toMatchObject({ retryAfter: 3_600_000 });
  expect(await again("Thu, 01 Jan 2026 00:00:09 GMT"))
    .toMatchObject({ retryAfter: 9_000 });
  expect(await again("Thu, 01 Jan 1970 00:00:09 GMT"))
    .toMatchObject({ retryAfter: 0 });
  expect(await again("soon")).toMatchObject({ retryAfter: undefined });
  expect(await sent(answer(413))).toMatchObject({ problem: "too_large" });
  for (const status of [400, 401, 403, 404, 405, 500]) {
    expect(await sent(answer(status))).toMatchObject({
      problem: "refused",
      message: `127.0.0.1:port answered ${status}`,
    });
  }
});

test("a redirect is not followed: neither what the log says nor the credential goes elsewhere", async () => {
  let elsewhere = 0;
  const other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => {
      elsewhere++;
      return Response.json({});
    },
  );
  for (const status of [301, 302, 307, 308]) {
    expect(
      await sent(() =>
        new Response(null, {
          status,
          headers: { location: `http://127.0.0.1:${other.addr.port}/v1/logs` },
        })
      ),
    ).toMatchObject({ problem: "refused" });
  }
  await other.shutdown();
  expect(elsewhere).toBe(0);
});

test("a collector that does not answer, or without end, is left", async () => {
  const { promise: never, resolve } = Promise.withResolvers<void>();
  expect(
    await sent(async () => {
      await Promise.race([never, new Promise((r) => setTimeout(r, 1_500))]);
      return new Response();
    }, AbortSignal.timeout(300)),
  ).toMatchObject({ problem: "unreachable" });
  resolve();
});
