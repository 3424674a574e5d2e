import { expect } from "expect";
import { test } from "node:test";
import { writeCaBundle } from "../../../lib/host/run/ca_bundle.ts";
import {
  clientRoots,
  trustedRoots,
} from "../../../lib/host/net/system_roots.ts";
import type { Env } from "../../../lib/ports/system.ts";
import { withHome } from "../../support/home.ts";
import { processOf, textCommand } from "../../support/program.ts";

/** Of no use, but in the form of one: a sequence of DER. */
const CERTIFICATE = (name: string) =>
  pem(`\x30\x82\x01\x00${name.padEnd(256)}`);
const pem = (der: string) =>
  `-----BEGIN CERTIFICATE-----\n${btoa(der)}\n-----END CERTIFICATE-----`;
const KEY =
  "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----";

function env(variables: Record<string, string>): Env {
  return { get: (name) => variables[name], toObject: () => variables };
}

test("a bundle is readable in a private folder, and deleted afterwards", () =>
  withHome((home) => {
    const before = Deno.umask(0);
    try {
      const bundle = writeCaBundle(home, [CERTIFICATE("a"), CERTIFICATE("b")]);
      expect(Deno.readTextFileSync(bundle.caBundlePath)).toBe(
        `${CERTIFICATE("a")}\n${CERTIFICATE("b")}\n`,
      );
      expect(bundle.caBundlePath).toMatch(/^.*\/run\/[0-9a-f-]{36}\/ca\.pem$/);
      expect(Deno.statSync(bundle.caBundlePath).mode! & 0o777).toBe(0o644);
      const folder = bundle.caBundlePath.slice(
        0,
        bundle.caBundlePath.lastIndexOf("/"),
      );
      expect(Deno.statSync(folder).mode! & 0o777).toBe(0o700);
      expect(Deno.statSync(`${home}/run`).mode! & 0o777).toBe(0o700);
      bundle.remove();
      bundle.remove();
      expect([...Deno.readDirSync(`${home}/run`)]).toEqual([]);
    } finally {
      Deno.umask(before);
    }
    return Promise.resolve();
  }));

test("a killed run's leftover is swept by the next, a running one's stays", () =>
  withHome(async (home) => {
    const module = new URL(
      "../../../lib/host/run/ca_bundle.ts",
      import.meta.url,
    );
    const code = `const { writeCaBundle } = await import("${module}");
      // Held, as a run holds it: without it the collector releases the lock.
      globalThis.bundle = writeCaBundle(Deno.args[0], ["x"]);
      console.log(globalThis.bundle.caBundlePath);
      setTimeout(() => {}, 60_000);`;
    const start = async () => {
      const child = processOf(textCommand(code, home), {
        stdout: "piped",
      }).spawn();
      const reader = child.stdout.getReader();
      const path = new TextDecoder().decode((await reader.read()).value).trim();
      await reader.cancel();
      return { child, path };
    };
    const old = new Date(Date.now() - 60_000);
    const killed = await start();
    killed.child.kill("SIGKILL");
    await killed.child.status;
    const running = await start();
    try {
      for (const { path } of [killed, running]) {
        Deno.utimeSync(path.replace("/ca.pem", ""), old, old);
      }
      expect(Deno.readTextFileSync(killed.path)).toBe("x\n");
      writeCaBundle(home, ["y"]).remove();
      expect(() => Deno.statSync(killed.path)).toThrow(Deno.errors.NotFound);
      expect(Deno.readTextFileSync(running.path)).toBe("x\n");
    } finally {
      running.child.kill("SIGKILL");
      await running.child.status;
    }
  }));

test("a home that cannot be written to is a clear error with exit 9", () =>
  withHome((home) => {
    Deno.writeTextFileSync(`${home}/run`, "");
    expect(() => writeCaBundle(home, ["x"])).toThrow(
      expect.objectContaining({ code: "StoreUnavailable", exitCode: 9 }),
    );
    Deno.removeSync(`${home}/run`);
    expect(() => writeCaBundle("/proc/nowhere", ["x"])).toThrow(
      expect.objectContaining({
        code: "StoreUnavailable",
        message: expect.stringContaining("/proc/nowhere/run"),
      }),
    );
    return Promise.resolve();
  }));

test("trusted roots are SSL_CERT_FILE's and AUTHSOME_CA_BUNDLE's certificates, and nothing else of them", () =>
  withHome(async (home) => {
    const [one, two, client] = ["one", "two", "client"].map((name) =>
      `${home}/${name}.pem`
    );
    Deno.writeTextFileSync(
      one,
      `# roots\n${CERTIFICATE("a")}\n${KEY}\n${CERTIFICATE("b")}`,
    );
    Deno.writeTextFileSync(two, `${CERTIFICATE("b")}\n${CERTIFICATE("c")}`);
    Deno.writeTextFileSync(client, `${CERTIFICATE("d")}`);
    expect(
      await trustedRoots(
        env({
          SSL_CERT_FILE: one,
          AUTHSOME_CA_BUNDLE: two,
          CURL_CA_BUNDLE: client,
        }),
      ),
    ).toEqual(["a", "b", "c"].map(CERTIFICATE));
    expect(
      await clientRoots(
        env({ CURL_CA_BUNDLE: client, PIP_CERT: client, DENO_CERT: "/none" }),
        ["CURL_CA_BUNDLE", "PIP_CERT", "DENO_CERT", "AWS_CA_BUNDLE"],
      ),
    ).toEqual([CERTIFICATE("d")]);
  }));

test("what only looks like a certificate is left out, since clients then read no other of the file", () =>
  withHome(async (home) => {
    const path = `${home}/mixed.pem`;
    const whole = `\x30\x82\x01\x00${"c".repeat(256)}`;
    Deno.writeTextFileSync(
      path,
      ["abc", "", whole.slice(0, -1), whole, `${whole}x`, "x".repeat(260)]
        .map(pem).join("\n"),
    );
    const named = env({ AUTHSOME_CA_BUNDLE: path, SSL_CERT_FILE: path });
    expect(await trustedRoots(named)).toEqual([pem(whole)]);
    expect(await clientRoots(named, ["SSL_CERT_FILE"])).toEqual([pem(whole)]);
  }));

test("without SSL_CERT_FILE the system's roots are found", async () => {
  expect((await trustedRoots(env({}))).length).toBeGreaterThan(50);
});

test("a bundle variable that names no certificates is refused by name", () =>
  withHome(async (home) => {
    Deno.writeTextFileSync(`${home}/key.pem`, KEY);
    for (const variable of ["SSL_CERT_FILE", "AUTHSOME_CA_BUNDLE"]) {
      for (const path of [`${home}/missing.pem`, `${home}/key.pem`, home]) {
        await expect(trustedRoots(env({ [variable]: path }))).rejects
          .toMatchObject({
            code: "Usage",
            message: expect.stringContaining(`${variable} "${path}"`),
          });
      }
    }
  }));
