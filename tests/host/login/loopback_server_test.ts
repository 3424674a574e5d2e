import { expect } from "expect";
import { test } from "node:test";
import { serveLoopback } from "../../../lib/host/login/loopback_server.ts";
import { LoginServer } from "../../../lib/host/login/conversation_form.ts";
import { AuthsomeError } from "../../../lib/errors.ts";
import { keyProvider } from "../../support/browser/form.ts";
import { freePort } from "../../support/free_port.ts";

const never = new AbortController().signal;
const hello = () => new Response("hello");

function loginServer(port: number) {
  return new LoginServer({
    provider: keyProvider(),
    connection: "default",
    port,
    clock: { now: () => Date.now() },
    signal: never,
    say() {},
    tell() {},
  });
}

/** Sends bytes as they are; returns the status line. */
async function raw(port: number, text: string): Promise<string> {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await socket.write(new TextEncoder().encode(text));
    const bytes = new Uint8Array(4096);
    const length = await socket.read(bytes) ?? 0;
    return new TextDecoder().decode(bytes.subarray(0, length)).split(
      "\r\n",
    )[0]!;
  } finally {
    socket.close();
  }
}

test("serveLoopback() listens on 127.0.0.1 and on no other address", async () => {
  const server = await serveLoopback({
    port: 0,
    handler: hello,
    say() {},
    signal: never,
  });
  try {
    const table = await Deno.readTextFile("/proc/net/tcp");
    const suffix = server.port.toString(16).toUpperCase().padStart(4, "0");
    const listening = table.split("\n").map((line) => line.trim().split(/\s+/))
      .filter((column) =>
        column[3] === "0A" && column[1]?.endsWith(`:${suffix}`)
      );
    expect(listening.map((column) => column[1])).toEqual([
      `0100007F:${suffix}`,
    ]);
    expect(await Deno.readTextFile("/proc/net/tcp6")).not.toMatch(
      new RegExp(`:${suffix} [0-9A-F:]+ 0A`),
    );
  } finally {
    await server.stop();
  }
});

test("serveLoopback() names the program that has the port, and sends it no more than a question", async () => {
  const requests: string[] = [];
  const squatter = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      requests.push(
        `${request.method} ${new URL(request.url).pathname} ${await request
          .text()}`,
      );
      return new Response("not an authsome");
    },
  );
  try {
    const { port } = squatter.addr;
    const refused = serveLoopback({
      port,
      handler: hello,
      say() {},
      signal: never,
    });
    await expect(refused).rejects.toMatchObject({
      code: "PortUnavailable",
      exitCode: 9,
      message: expect.stringContaining(`(process ${Deno.pid})`),
    });
    expect(requests).toEqual(["GET /auth/identity "]);
  } finally {
    await squatter.shutdown();
  }
});

test("serveLoopback() waits, visibly, for another authsome login to end", async () => {
  const port = freePort();
  const first = loginServer(port);
  await first.start();
  const said = Promise.withResolvers<string>();
  const second = serveLoopback({
    port,
    handler: hello,
    say: said.resolve,
    signal: never,
  });
  expect(await said.promise).toContain("another authsome login (acme)");
  await first.end({ kind: "connected", connection: "default" });
  const server = await second;
  try {
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe(
      "hello",
    );
  } finally {
    await server.stop();
  }
});

test("serveLoopback() stops waiting when the person interrupts it", async () => {
  const port = freePort();
  const first = loginServer(port);
  await first.start();
  const controller = new AbortController();
  const reason = new AuthsomeError("Interrupted", "Interrupted");
  const second = serveLoopback({
    port,
    handler: hello,
    say: () => controller.abort(reason),
    signal: controller.signal,
  });
  await expect(second).rejects.toBe(reason);
  await first.end({ kind: "failed", message: "over" });
});

test("a squatter cannot write to the terminal through its name", async () => {
  for (const provider of ["\x1b[2J", "a b", "x".repeat(70), 7, null]) {
    const squatter = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => {
        const body = JSON.stringify({ program: "authsome", provider });
        return new Response(body);
      },
    );
    const refused = serveLoopback({
      port: squatter.addr.port,
      handler: hello,
      say(message) {
        throw new Error(`said: ${JSON.stringify(message)}`);
      },
      signal: never,
    });
    await expect(refused).rejects.toMatchObject({ code: "PortUnavailable" });
    await squatter.shutdown();
  }
});

test("on the wire: a missing, double or foreign Host reaches no page", async () => {
  const port = freePort();
  const login = loginServer(port);
  await login.start();
  const path = new URL(login.url()).pathname;
  const asked = expect(login.session.ask<"secrets">(
    { kind: "secrets", fields: ["api_key"], typed: {} },
    never,
  )).rejects.toMatchObject({ code: "InputCancelled" });
  const own = `127.0.0.1:${port}`;
  const heads: [string, RegExp][] = [
    [`GET ${path} HTTP/1.1\r\nHost: evil.test\r\n`, / 421 /],
    [`GET ${path} HTTP/1.1\r\nHost: ${own}\r\nHost: evil.test\r\n`, / 4\d\d /],
    [`GET ${path} HTTP/1.1\r\nHost: evil.test\r\nHost: ${own}\r\n`, / 4\d\d /],
    [`GET ${path} HTTP/1.1\r\nHost: ${own}\r\nHost: ${own}\r\n`, / 4\d\d /],
    [`GET ${path} HTTP/1.1\r\n`, / 4\d\d /],
    [`GET ${path} HTTP/1.0\r\n`, / 4\d\d /],
    [`GET http://evil.test${path} HTTP/1.1\r\nHost: ${own}\r\n`, / 4\d\d /],
    [`GET ${path} HTTP/1.1\r\nHost: ${own}\r\n`, / 200 /],
  ];
  try {
    for (const [head, expected] of heads) {
      expect([head, await raw(port, `${head}Connection: close\r\n\r\n`)])
        .toEqual([head, expect.stringMatching(expected)]);
    }
  } finally {
    login.session.cancel();
    await login.end({ kind: "failed", message: "over" });
  }
  await asked;
});
