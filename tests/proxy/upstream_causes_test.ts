// What a client of the proxy is told when the parent's proxy, or the way to the server, is to blame.
import { expect } from "expect";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort } from "../support/free_port.ts";
import { HOST, withRig } from "../support/proxy/proxy_rig.ts";

/** The refusal that a request gets, as an object, with its audit reason. */
async function refusal(
  upstream: Record<string, unknown>,
): Promise<{ message: string; hint: string; reason: unknown }> {
  let found: { message: string; hint: string; reason: unknown } | undefined;
  await withRig({ options: () => ({ upstream }) }, async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    const response = await client.until(/\r\n\r\n\{.*\}\n$/);
    expect(response).toMatch(/^HTTP\/1\.1 502 /);
    const { message, hint } = JSON.parse(response.split("\r\n\r\n")[1]!);
    found = { message, hint, reason: rig.events.at(-1)?.reason };
  });
  return found!;
}

const PROXIES: [string, string | undefined, RegExp, RegExp][] = [
  [
    "wants a password",
    "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
    /wants a user name and a password.*\(407\)/,
    /export all_proxy=http:\/\/<user>:<password>@/,
  ],
  [
    "forbids the host",
    "HTTP/1.1 403 Forbidden\r\n\r\n",
    /forbids it \(403\)/,
    /Ask who runs the proxy to allow api\.example\.com/,
  ],
  ["fails", "HTTP/1.1 504 Late\r\n\r\n", /answered 504/, /Ask who runs/],
  ["ends", "", /was not reached: the connection was closed/, /all_proxy/],
  ["is not there", undefined, /was not reached: .*refused/, /all_proxy/],
];

for (const [what, answer, message, hint] of PROXIES) {
  test(`a parent's proxy that ${what} is named by its variable, without its password`, async () => {
    const server = createServer((socket) =>
      socket.on("error", () => {}).once("data", () => socket.end(answer ?? ""))
    );
    await new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", resolve)
    );
    const { port } = server.address() as { port: number };
    if (answer === undefined) {
      await new Promise((resolve) => server.close(resolve));
    }
    try {
      const told = await refusal({
        proxy: new URL(`http://me:hunter2@127.0.0.1:${port}`),
        proxyVariable: "all_proxy",
        resolve: () => Promise.resolve([]),
      });
      expect(told.message).toMatch(message);
      expect(told.message).toContain(
        `the proxy 127.0.0.1:${port} of all_proxy`,
      );
      expect(told.hint).toMatch(hint);
      expect(JSON.stringify(told)).not.toContain("hunter2");
      expect(told.reason).toBe("upstream_unreachable");
    } finally {
      if (answer !== undefined) {
        await new Promise((resolve) => server.close(resolve));
      }
    }
  });
}

test("a name that is unknown and a port where nothing listens are told apart", async () => {
  const unknown = await refusal({ resolve: () => Promise.resolve([]) });
  expect(unknown.message).toContain("there is no such host name;");
  expect(unknown.hint).toMatch(/Check the name api\.example\.com/);
  const port = freePort();
  const refused = await refusal({
    connect: (options: Deno.ConnectOptions) =>
      Deno.connect({ ...options, hostname: "127.0.0.1", port }),
  });
  expect(refused.message).toContain("the connection was refused;");
});
