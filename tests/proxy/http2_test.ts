// Clients that speak nothing but HTTP/2, as those of gRPC do: real sessions on both sides of the proxy.
import { expect } from "expect";
import { test } from "node:test";
import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import {
  HOST,
  KEY,
  type Rig,
  type RigOptions,
  route,
  withRig,
} from "../support/proxy/proxy_rig.ts";
import {
  get,
  type Handler,
  outcomeOf,
  type Seen,
  serveHttp2,
  sessionOf,
} from "../support/proxy/http2_rig.ts";
import { answering } from "../support/servers/tls_upstream.ts";

/** Less than what a server may send ahead on one stream. */
const BEFORE_CUT = 800_000;

/** A rig whose upstream speaks HTTP/2 and hands each request to `handler`. */
function http2Test(
  name: string,
  handler: Handler,
  body: (rig: Http2Rig) => Promise<void>,
  options: RigOptions = {},
) {
  test(name, () => {
    const seen: Http2Rig["seen"] = { requests: [], sessions: 0 };
    return withRig({
      ...options,
      serve: (leaf) => serveHttp2(leaf, handler, seen),
    }, (rig) => body(Object.assign(rig, { seen })));
  });
}

type Http2Rig = Rig & { seen: Seen };

const echo: Handler = (stream) => {
  stream.respond({ ":status": 200, "set-cookie": ["a=1", "b=2"] }, {
    waitForTrailers: true,
  });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.pipe(stream);
};

const ok: Handler = (stream) => {
  stream.respond({ ":status": 200 });
  stream.end("fine");
};

http2Test(
  "a placeholder in an accepted place is served, in one cookie of several too",
  ok,
  async (rig) => {
    const session = await sessionOf(rig);
    const P = "authsome_proxy_managed";
    const { headers } = await get(session, {
      ":path": `/v1?a=1&key=${P}&b`,
      authorization: `Bearer ${P}`,
      cookie: `a=1; zenith=${P}; b=2`,
      "x-other": ["real", P],
    });
    expect(headers?.[":status"]).toBe(200);
    const [request] = rig.seen.requests;
    const seen = request!.headers;
    expect(seen[":path"]).toBe("/v1?a=1&b");
    expect(seen.cookie).toBe("a=1; b=2");
    expect(seen.authorization).toBe(`Bearer ${KEY}`);
    expect(seen["x-other"]).toBe("real");
    expect(JSON.stringify(request!.raw)).not.toContain(P);
    const refused = await get(session, { ":path": `/v1?k=${P}` });
    expect(refused.headers?.[":status"]).toBe(403);
    expect(rig.seen.requests.length).toBe(1);
  },
  {
    table: {
      routes: [route({
        accepts: [
          { kind: "query", name: "key" },
          { kind: "cookie", name: "zenith" },
          { kind: "header", name: "X-Other" },
        ],
      })],
      forbidden: [],
    },
  },
);

http2Test(
  "a call with messages both ways and trailers gets the credential and nothing else changes",
  echo,
  async (rig) => {
    const session = await sessionOf(rig);
    const stream = session.request({
      ":method": "POST",
      ":authority": HOST,
      ":path": "/pkg.Service/Method?q=1",
      "content-type": "application/grpc",
      "te": "trailers",
      "authorization": "Bearer authsome-proxy-managed",
      "x-twice": ["1", "2"],
      "grpc-timeout": "1S",
    }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "7" }));
    const outcome = outcomeOf(stream);
    stream.write("first ");
    // The second message only after the first has come back: nothing waits for the end.
    stream.once("data", () => stream.end("second"));
    expect(await outcome).toMatchObject({
      headers: { ":status": 200, "set-cookie": ["a=1", "b=2"] },
      body: "first second",
      trailers: { "grpc-status": "0" },
      code: 0,
    });
    const { raw } = rig.seen.requests[0]!;
    const fields = raw.flatMap((name, at) =>
      at % 2 === 0 ? [`${name}: ${raw[at + 1]}`] : []
    );
    expect(fields.sort()).toEqual([
      ":authority: api.example.com",
      ":method: POST",
      ":path: /pkg.Service/Method?q=1",
      ":scheme: https",
      `authorization: Bearer ${KEY}`,
      "content-type: application/grpc",
      "grpc-timeout: 1S",
      "te: trailers",
      "x-twice: 1",
      "x-twice: 2",
    ]);
    expect(rig.events).toEqual([{
      event: "inject",
      profile: "default",
      provider: "example",
      connection: "default",
      ok: true,
      method: "POST",
      host: HOST,
      path: "/pkg.Service/Method",
      status: 200,
    }]);
    session.destroy();
  },
);

http2Test(
  "trailers of a request arrive, an answer of headers alone and 103 too",
  (stream, headers) => {
    if (headers[":path"] === "/only") {
      stream.respond({ ":status": 200, "grpc-status": "7" }, {
        endStream: true,
      });
      return;
    }
    stream.additionalHeaders({ ":status": 103, link: "</a>" });
    let trailers: IncomingHttpHeaders = {};
    stream.on("trailers", (fields) => trailers = fields);
    stream.on("end", () => {
      stream.respond({ ":status": 200 });
      stream.end(JSON.stringify({ ...trailers }));
    });
    stream.resume();
  },
  async (rig) => {
    const session = await sessionOf(rig);
    const stream = session.request({ ":method": "POST", ":path": "/" }, {
      waitForTrailers: true,
    });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "7" }));
    const outcome = outcomeOf(stream);
    stream.end("body");
    expect(await outcome).toMatchObject({
      informational: [{ ":status": 103, link: "</a>" }],
      body: '{"x-sum":"7"}',
    });
    expect(await get(session, { ":path": "/only" })).toMatchObject({
      headers: { ":status": 200, "grpc-status": "7" },
      body: "",
      code: 0,
    });
    session.destroy();
  },
);

http2Test(
  "what HTTP/1.1 refuses is refused here too, and never reaches the server",
  ok,
  async (rig) => {
    const session = await sessionOf(rig);
    const cases: [OutgoingHttpHeaders, number, string][] = [
      [{ ":authority": "other.test" }, 421, "authority_mismatch"],
      [{ ":authority": `${HOST}:8443` }, 421, "authority_mismatch"],
      [{ ":method": "TRACE" }, 403, "method_refused"],
      [{ ":path": "/oauth/token" }, 403, "oauth_endpoint"],
      [
        { ":path": "/?key=authsome-proxy-managed" },
        403,
        "placeholder_misplaced",
      ],
      [{ "x-other": "authsome-proxy-managed" }, 403, "placeholder_misplaced"],
      [{ ":scheme": "http" }, 400, "bad_request"],
      [{ host: "other.test" }, 400, "bad_request"],
      [{ ":method": "get" }, 400, "bad_request"],
    ];
    for (const [change, status, reason] of cases) {
      const outcome = await get(session, {
        ":method": "GET",
        ":path": "/",
        ":authority": HOST,
        ...change,
      });
      expect([change, outcome.headers?.[":status"]]).toEqual([change, status]);
      expect(outcome.headers?.["x-authsome-reason"]).toBe(reason);
      expect(JSON.parse(outcome.body)).toMatchObject({ v: 1, reason });
    }
    expect(rig.seen.requests).toEqual([]);
    expect(rig.events.every(({ event, ok }) => event === "deny" && !ok)).toBe(
      true,
    );
    expect(rig.events.length).toBe(cases.length);
    expect(
      (await get(session, { ":path": "/", ":authority": HOST })).body,
    ).toBe("fine");
    session.destroy();
  },
  {
    table: {
      routes: [route()],
      forbidden: [{ provider: "example", host: HOST, path: "/oauth/token" }],
    },
  },
);

http2Test(
  "without a credential the answer is 401 with the command that mends it",
  ok,
  async (rig) => {
    const session = await sessionOf(rig);
    const outcome = await get(session, { ":path": "/" });
    expect(outcome.headers?.[":status"]).toBe(401);
    expect(JSON.parse(outcome.body)).toMatchObject({
      error: {
        code: "CredentialMissing",
        message: expect.stringContaining("authsome login example"),
      },
      provider: "example",
      hint: "authsome login example",
    });
    expect(rig.seen.requests).toEqual([]);
    session.destroy();
  },
  {
    fresh: () => ({
      ok: false,
      status: 401,
      reason: "credential_missing",
      message: "none",
      hint: "authsome login example",
    }),
  },
);

http2Test(
  "requests of one client share a connection to the server, those of two do not",
  ok,
  async (rig) => {
    const first = await sessionOf(rig);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, at) => get(first, { ":path": `/${at}` })),
    );
    expect(outcomes.map(({ body }) => body)).toEqual(Array(20).fill("fine"));
    expect(rig.seen.sessions).toBe(1);
    const second = await sessionOf(rig);
    expect((await get(second, { ":path": "/" })).body).toBe("fine");
    expect(rig.seen.sessions).toBe(2);
    first.destroy();
    second.destroy();
  },
);

http2Test(
  "a reset goes through in both directions, and a server that says goodbye is called again",
  (stream, headers) => {
    switch (headers[":path"]) {
      case "/refused":
        stream.close(constants.NGHTTP2_REFUSED_STREAM);
        break;
      case "/cancelled":
        stream.respond({ ":status": 200 });
        stream.write("one");
        stream.on("close", () => cancelled(stream.rstCode ?? -1));
        break;
      case "/goodbye":
        stream.respond({ ":status": 200 });
        stream.end("bye");
        stream.session!.goaway(constants.NGHTTP2_NO_ERROR);
        break;
      case "/broken":
        stream.session!.destroy();
        break;
      default:
        ok(stream, headers);
    }
  },
  async (rig) => {
    const session = await sessionOf(rig);
    expect((await get(session, { ":path": "/refused" })).code).toBe(
      constants.NGHTTP2_REFUSED_STREAM,
    );
    const told = new Promise<number>((resolve) => cancelled = resolve);
    const stream = session.request({ ":path": "/cancelled" });
    const outcome = outcomeOf(stream);
    stream.once("data", () => stream.close(constants.NGHTTP2_CANCEL));
    expect((await outcome).code).toBe(constants.NGHTTP2_CANCEL);
    expect(await told).toBe(constants.NGHTTP2_CANCEL);
    expect(rig.seen.sessions).toBe(1);
    expect((await get(session, { ":path": "/goodbye" })).body).toBe("bye");
    expect((await get(session, { ":path": "/" })).body).toBe("fine");
    expect(rig.seen.sessions).toBe(2);
    const broken = await get(session, { ":path": "/broken" });
    expect(broken.headers?.[":status"]).toBe(502);
    expect(broken.headers?.["x-authsome-reason"]).toBe("upstream_unreachable");
    expect((await get(session, { ":path": "/" })).body).toBe("fine");
    expect(
      rig.events.map(({ ok, reason, status }) => [ok, reason ?? status]),
    ).toEqual([
      [false, "upstream_unreachable"],
      [true, 200],
      [true, 200],
      [true, 200],
      [false, "upstream_unreachable"],
      [true, 200],
    ]);
    session.destroy();
  },
);
let cancelled = (_code: number) => {};

http2Test(
  "an answer before the whole body ends the upload",
  (stream) => {
    stream.respond({ ":status": 413 }, { waitForTrailers: true });
    stream.on("wantTrailers", () => {
      stream.sendTrailers({ "grpc-status": "8" });
      setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), 50);
    });
    stream.end("too long");
  },
  async (rig) => {
    const session = await sessionOf(rig);
    const stream = session.request({ ":method": "POST", ":path": "/" });
    const outcome = outcomeOf(stream);
    stream.write("x".repeat(1_000));
    expect(await outcome).toMatchObject({
      headers: { ":status": 413 },
      body: "too long",
      trailers: { "grpc-status": "8" },
      code: 0,
    });
    session.destroy();
  },
);

http2Test(
  "8 MB pass unchanged in both directions, and a client that does not read stops the server",
  (stream, headers) => {
    if (headers[":path"] === "/up") {
      let bytes = 0;
      stream.on("data", (chunk) => bytes += chunk.length);
      stream.on("end", () => {
        stream.respond({ ":status": 200 });
        stream.end(String(bytes));
      });
      return;
    }
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "7" }));
    let left = 128;
    const send = () => {
      while (left-- > 0) {
        sent += 65_536;
        if (!stream.write(new Uint8Array(65_536).fill(left))) {
          stream.once("drain", send);
          return;
        }
      }
      stream.end();
    };
    send();
  },
  async (rig) => {
    const session = await sessionOf(rig);
    const up = session.request({ ":method": "POST", ":path": "/up" });
    const outcome = outcomeOf(up);
    for (let at = 0; at < 128; at++) up.write(new Uint8Array(65_536));
    up.end();
    expect((await outcome).body).toBe(String(128 * 65_536));

    const down = session.request({ ":path": "/down" });
    down.on("error", () => {});
    await new Promise((resolve) => down.once("response", resolve));
    // Until the server cannot send any more, for as long as nobody reads.
    for (let before = -1; before !== sent;) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(sent).toBeLessThan(4_000_000);
    let got = 0;
    down.on("data", (chunk) => got += chunk.length);
    await new Promise((resolve) => down.once("end", resolve));
    expect(got).toBe(128 * 65_536);
    session.destroy();
  },
);
let sent = 0;

http2Test(
  "half a message never becomes a whole one: a response that is cut off, and a request",
  (stream, headers) => {
    if (headers[":path"] === "/response") {
      stream.respond({ ":status": 200 });
      stream.write("half");
      return;
    }
    let ended = false;
    stream.on("data", () => half());
    stream.on("end", () => ended = true);
    // A session that is cut off ends its streams too; a reset does not.
    stream.on("close", () => cut(ended && stream.rstCode === 0));
  },
  async (rig) => {
    const session = await sessionOf(rig);
    const stream = session.request({ ":path": "/response" });
    const outcome = outcomeOf(stream);
    await new Promise((resolve) => stream.once("data", resolve));
    rig.relays.upstream.drop();
    const { body, code } = await outcome;
    expect(body).toBe("half");
    expect(code).not.toBe(0);
    session.destroy();

    const arrived = new Promise<void>((resolve) => half = resolve);
    const whole = new Promise<boolean>((resolve) => cut = resolve);
    const other = await sessionOf(rig);
    const upload = other.request({ ":method": "POST", ":path": "/request" });
    upload.on("error", () => {});
    upload.write("half");
    await arrived;
    rig.relays.client.drop();
    expect(await whole).toBe(false);
  },
);
let half = () => {};
let cut = (_whole: boolean) => {};

http2Test(
  "all that came before its server went arrives first, at a client that is slow",
  (stream) => {
    stream.respond({ ":status": 200 });
    stream.write(new Uint8Array(BEFORE_CUT), () => {
      // The answer says that all before it has been read.
      stream.session!.ping(() => cutOff());
    });
  },
  async (rig) => {
    cutOff = () => rig.relays.upstream.drop();
    const session = await sessionOf(rig);
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => {});
    let size = 0;
    stream.on("data", (bytes: Uint8Array) => {
      size += bytes.length;
      stream.pause();
      setTimeout(() => stream.resume(), 20);
    });
    await new Promise((resolve) => stream.once("close", resolve));
    // What this client has and did not want to read yet.
    for (let bytes; (bytes = stream.read()) !== null;) size += bytes.length;
    expect(size).toBe(BEFORE_CUT);
    expect(stream.rstCode).not.toBe(0);
    session.destroy();
  },
);
let cutOff = () => {};

test("a server without HTTP/2 is named as what it is", () =>
  withRig({
    script: answering(() => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
  }, async (rig) => {
    const session = await sessionOf(rig);
    const outcome = await get(session, { ":path": "/" });
    expect(outcome.headers?.[":status"]).toBe(502);
    expect(JSON.parse(outcome.body)).toMatchObject({
      reason: "upstream_unreachable",
      message: expect.stringContaining("does not support HTTP/2"),
    });
    expect(rig.upstream.connections.map(({ received }) => received).join(""))
      .not.toContain(KEY);
    session.destroy();
  }));

test("a client that offers HTTP/1.1 too gets that, byte for byte", () =>
  withRig({
    script: answering(() => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
  }, async (rig) => {
    const socket = await rig.secure(undefined, {
      protocols: ["h2", "http/1.1"],
    });
    expect(socket.alpnProtocol).toBe("http/1.1");
  }));

http2Test(
  "a certificate that is not trusted gets nothing over HTTP/2 either",
  ok,
  async (rig) => {
    const session = await sessionOf(rig);
    const outcome = await get(session, { ":path": "/" });
    expect(outcome.headers?.["x-authsome-reason"]).toBe("upstream_untrusted");
    expect(rig.seen.requests).toEqual([]);
    session.destroy();
  },
  { trusted: false },
);

http2Test(
  "when the client goes away its connections to servers do too",
  (stream) => {
    stream.respond({ ":status": 200 });
    stream.write("one");
    stream.session!.on("close", () => gone());
  },
  async (rig) => {
    const told = new Promise<void>((resolve) => gone = resolve);
    const session = await sessionOf(rig);
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => {});
    await new Promise((resolve) => stream.once("data", resolve));
    session.destroy();
    await told;
  },
);
let gone = () => {};
