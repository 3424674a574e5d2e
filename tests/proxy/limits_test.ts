// How long a command may wait, and how much it may hold: over real sockets, by a clock that the tests move.
import { expect } from "expect";
import { test } from "node:test";
import { TlsContexts } from "../../lib/host/net/tls_server.ts";
import { createAuthority } from "../../lib/wire/certificate_authority.ts";
import { LIMITS, Watch } from "../../lib/proxy/limits.ts";
import type { Phase } from "../../lib/proxy/planner.ts";
import { FakeClock } from "../support/fakes/fake_clock.ts";
import {
  type Client,
  HOST,
  type Rig,
  type RigOptions,
  withRig,
} from "../support/proxy/proxy_rig.ts";
import { answering } from "../support/servers/tls_upstream.ts";

const OK = answering(() => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
const GET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
const SWEEP_MS = 5;

/** A rig whose connections are looked at all the time, while the clock stands still. */
async function withClock(
  options: RigOptions,
  body: (rig: Rig, clock: FakeClock) => Promise<void>,
): Promise<void> {
  using clock = new FakeClock();
  await withRig({
    ...options,
    options: { limits: { ...LIMITS, sweepMs: SWEEP_MS } },
  }, (rig) => body(rig, clock));
}

/** Until the proxy has looked at its connections. */
const swept = () => new Promise((resolve) => setTimeout(resolve, 3 * SWEEP_MS));

/**
 * Moves the clock in steps of a tenth of what `phase` may last until the proxy closes. `meanwhile` is done before every
 * step. Says how much time has passed, in such tenths.
 */
async function tenthsUntilClosed(
  client: Pick<Client, "closed">,
  clock: FakeClock,
  phase: Phase,
  meanwhile = () => {},
): Promise<number> {
  let closed = false;
  const end = client.closed().then(() => closed = true);
  for (let tenths = 0; tenths < 100; tenths++) {
    meanwhile();
    await swept();
    if (closed) return tenths;
    clock.advance(LIMITS.phases[phase].ms / 10);
  }
  await end;
  return Infinity;
}

test("a head that comes drop by drop is not waited for", () =>
  withClock({ script: OK }, async (rig, clock) => {
    const client = await rig.dial();
    client.send("CONNECT ");
    const tenths = await tenthsUntilClosed(
      client,
      clock,
      "stranger",
      () => client.send("X"),
    );
    expect(tenths).toBeGreaterThan(9);
  }));

test("a head in a tunnel that comes drop by drop is not waited for", () =>
  withClock({ script: OK }, async (rig, clock) => {
    const client = await rig.tunnel();
    client.send("GET /");
    const tenths = await tenthsUntilClosed(
      client,
      clock,
      "head",
      () => client.send("X"),
    );
    expect(tenths).toBeGreaterThan(9);
    expect(rig.upstream.connections).toEqual([]);
  }));

test("a ClientHello that never comes whole is not waited for", () =>
  withClock({ script: OK }, async (rig, clock) => {
    const client = await rig.dial();
    client.send(rig.connectHead(`${HOST}:443`));
    await client.until(/^HTTP\/1\.1 200 /);
    client.send("\x16\x03\x01");
    expect(await tenthsUntilClosed(client, clock, "head")).toBeGreaterThan(9);
  }));

test("a tunnel that idles after its answer is closed, with its connection to the server", () =>
  withClock({ script: OK }, async (rig, clock) => {
    const client = await rig.tunnel();
    client.send(GET);
    await client.until(/ok$/);
    expect(await tenthsUntilClosed(client, clock, "idle")).toBeGreaterThan(9);
    const [upstream] = rig.upstream.connections;
    await new Promise<void>((resolve) => {
      if (upstream!.socket.destroyed) resolve();
      else upstream!.socket.once("close", () => resolve());
    });
  }));

test("a server that never answers is given up", () =>
  withClock({ script: () => {} }, async (rig, clock) => {
    const client = await rig.tunnel();
    client.send(GET);
    expect(await tenthsUntilClosed(client, clock, "exchange"))
      .toBeGreaterThan(9);
    expect(rig.events).toMatchObject([{ event: "inject", ok: false }]);
  }));

test("a blind tunnel in which nothing moves is closed", () =>
  withClock({ script: () => {}, tls: false }, async (rig, clock) => {
    const client = await rig.dial();
    client.send(rig.connectHead("unrouted.test:443"));
    await client.until(/^HTTP\/1\.1 200 /);
    expect(await tenthsUntilClosed(client, clock, "raw")).toBeGreaterThan(9);
  }));

test("a client that does not close after a refusal is closed", () =>
  withClock({ script: OK }, async (rig, clock) => {
    using client = await Deno.connect({
      hostname: "127.0.0.1",
      port: rig.proxy.port,
    });
    const send = (text: string) => client.write(new TextEncoder().encode(text));
    // Nobody is led to the login server.
    await send(rig.connectHead("127.0.0.1:7998"));
    const buffer = new Uint8Array(4_096);
    while (await client.read(buffer) !== null);
    // The proxy has ended its side and still takes what comes, for a while.
    for (let tenths = 0; tenths < 100; tenths++) {
      try {
        await send("more");
      } catch {
        expect(tenths).toBeGreaterThan(9);
        return;
      }
      await swept();
      clock.advance(LIMITS.phases.linger.ms / 10);
    }
    throw new Error("the proxy still listens");
  }));

test("bytes that move keep a connection, but not a head", () => {
  const limits = {
    ...LIMITS,
    phases: { ...LIMITS.phases, head: { ms: 10, absolute: true as const } },
  };
  const idle = { phase: "idle" as Phase, since: 0, moved: 0, queued: 0 };
  const watch = new Watch(0);
  const { ms } = LIMITS.phases.idle;
  expect(watch.isOverdue(idle, limits, ms)).toBe(false);
  expect(watch.isOverdue({ ...idle, moved: 1 }, limits, ms + 1)).toBe(false);
  expect(watch.isOverdue({ ...idle, moved: 1 }, limits, 2 * ms + 2)).toBe(true);
  const head = { phase: "head" as Phase, since: 0, moved: 0, queued: 0 };
  expect(watch.isOverdue({ ...head, moved: 2 }, limits, 11)).toBe(true);
});

test("a slow reader gets its last bytes, and one that reads nothing is given up", () => {
  const { stuckMs, phases: { linger } } = LIMITS;
  const left = (queued: number) => ({
    phase: "linger" as Phase,
    since: 0,
    moved: 0,
    queued,
  });
  const watch = new Watch(0);
  let now = 0;
  for (let queued = 100; queued > 0; queued--) {
    now += stuckMs;
    expect(watch.isOverdue(left(queued), LIMITS, now)).toBe(false);
  }
  expect(watch.isOverdue(left(1), LIMITS, now + stuckMs)).toBe(false);
  expect(watch.isOverdue(left(1), LIMITS, now + stuckMs + 1)).toBe(true);
  now += stuckMs;
  expect(watch.isOverdue(left(0), LIMITS, now)).toBe(false);
  expect(watch.isOverdue(left(0), LIMITS, now + linger.ms + 1)).toBe(true);
});

test("a command that holds too many connections is refused new ones, until it lets go", () =>
  withRig({
    script: OK,
    options: { limits: { ...LIMITS, connections: 3 } },
  }, async (rig) => {
    const held = [await rig.tunnel(), await rig.tunnel(), await rig.tunnel()];
    const refused = await rig.dial();
    refused.send(rig.connectHead(`${HOST}:443`));
    expect(await refused.closed()).toBe("");
    held[0]!.socket.destroy();
    for (let tries = 0;; tries++) {
      const client = await rig.dial();
      client.send(rig.connectHead(`${HOST}:443`));
      const served = await client.until(/^HTTP\/1\.1 200 /).catch(() => "");
      if (served) break;
      expect(tries).toBeLessThan(200);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }));

test("the TLS contexts of 256 hosts are kept, those used longest ago forgotten first", async () => {
  const authority = await createAuthority({ hosts: ["example.com"] });
  const leaf = await authority.leafFor("example.com");
  const made: string[] = [];
  const contexts = new TlsContexts({
    ...authority,
    leafFor: (host) => {
      made.push(host);
      return Promise.resolve(leaf);
    },
  });
  for (let at = 0; at < 256; at++) await contexts.for(`h${at}.example.com`);
  expect(made.length).toBe(256);
  await contexts.for("h0.example.com");
  expect(made.length).toBe(256);
  await contexts.for("one-more.example.com");
  await contexts.for("h0.example.com");
  expect(made.length).toBe(257);
  await contexts.for("h1.example.com");
  expect(made.length).toBe(258);
});
