import { expect } from "expect";
import { test } from "node:test";
import { plainRunHost } from "../../../lib/host/run/plain_run_host.ts";
import { withHome } from "../../support/home.ts";

test("the machine of a run starts a proxy that knows its password, keeps roots and runs commands", () =>
  withHome(async (home) => {
    const machine = plainRunHost(home, {
      get: () => undefined,
      toObject: () => ({}),
    });
    const trustedRoots = await machine.trustedRoots();
    expect(trustedRoots.length).toBeGreaterThan(0);
    const proxy = await machine.startProxy({
      routes: () => ({ routes: [], forbidden: [] }),
      hosts: [],
      credentials: {
        fresh: () => Promise.reject(new Error("no route was given")),
      },
      audit: { record() {}, flush: () => Promise.resolve() },
      profile: "default",
      policy: "deny",
      trustedRoots,
    });
    try {
      expect(proxy.caPem).toContain("BEGIN CERTIFICATE");
      const { password, port } = new URL(proxy.url);
      expect(password.length).toBeGreaterThanOrEqual(22);
      expect(await statusOfConnect(Number(port), "")).toBe(407);
      expect(await statusOfConnect(Number(port), btoa("authsome:wrong")))
        .toBe(407);
      const right = btoa(`authsome:${password}`);
      expect(await statusOfConnect(Number(port), right)).toBe(403);
    } finally {
      await proxy.close();
    }
    const bundle = machine.writeCaBundle([proxy.caPem.trim()]);
    expect(Deno.readTextFileSync(bundle.caBundlePath)).toContain(
      "BEGIN CERTIFICATE",
    );
    bundle.remove();
    expect(() => Deno.statSync(bundle.caBundlePath)).toThrow(
      Deno.errors.NotFound,
    );
    expect(await machine.runCommand(["sh", "-c", "exit 7"], {})).toBe(7);
  }));

async function statusOfConnect(port: number, basic: string): Promise<number> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const authorization = basic && `Proxy-Authorization: Basic ${basic}\r\n`;
    const head =
      `CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n${authorization}\r\n`;
    await conn.write(new TextEncoder().encode(head));
    const buffer = new Uint8Array(1024);
    await conn.read(buffer);
    return Number(new TextDecoder().decode(buffer.subarray(9, 12)));
  } finally {
    conn.close();
  }
}
