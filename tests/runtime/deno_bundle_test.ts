// What `deno install` installs: the bundle, installed as docs/install.md says, and run by its shim.
import { expect } from "expect";
import { after, before, test } from "node:test";
import {
  ECHO,
  startRemoteServer,
  URL_OPEN,
} from "../mcp/relay/remote_server.ts";
import { freePort } from "../support/free_port.ts";
import { runInstalled, succeed } from "../support/installed.ts";
import { DENO_ONLY } from "../support/program.ts";
import { noSandbox } from "../support/sandbox/sandbox.ts";
import { withMachine } from "../support/sandbox/machine_use.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const PLACEHOLDER = "authsome-proxy-managed";
const COMMAND = ["sh", "-c", 'echo "$OPENAI_API_KEY"; exit 7'];

let folder: string;
before(async () => {
  folder = await Deno.makeTempDir({ prefix: "authsome-deno-" });
  if (DENO_ONLY) return;
  await Deno.mkdir(`${folder}/work`);
  const bundle = `${folder}/bundle`;
  await succeed([
    ...[Deno.execPath(), "run", "-A", `${ROOT}scripts/build/build_deno.ts`],
    bundle,
  ]);
  const [line] = Deno.readTextFileSync(`${ROOT}docs/install.md`)
    .match(/^deno install --global .* build\/deno\/authsome\.mjs$/m)!;
  const [, ...words] = line.split(" ").slice(0, -1);
  await succeed([
    ...[Deno.execPath(), ...words],
    ...["--root", `${folder}/user`, `${bundle}/authsome.mjs`],
  ]);
  expect(
    await authsome(["login", "openai", "--stdin"], "sk-canary-12345678-abcdef"),
  )
    .toEqual({ code: 0, stdout: "", stderr: "" });
});
after(() => Deno.remove(folder, { recursive: true }));

test("the bundle needs nothing of the sources", {
  skip: DENO_ONLY,
}, async () => {
  const { version } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  expect(await authsome(["--version"]))
    .toEqual({ code: 0, stdout: `authsome ${version}\n`, stderr: "" });
  expect((await authsome(["list", "--connected"])).stdout)
    .toMatch(/^openai +bundled +api_key +default +connected +-$/m);
  expect(await authsome(["run", "--", ...COMMAND]))
    .toEqual({ code: 7, stdout: `${PLACEHOLDER}\n`, stderr: "" });
});

test("the bundle starts itself once more to log in in the background", {
  skip: DENO_ONLY,
}, async () => {
  const { code, stdout, stderr } = await authsome([
    ...["--json", "login", "groq", "--detach", "--timeout", "15"],
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout).url).toMatch(/^http:\/\/127\.0\.0\.1:/);
});

test("a deno.json above the bundle is not read by what it starts", {
  skip: DENO_ONLY || noSandbox,
}, async () => {
  // As a command could make it that may write a folder above.
  const evil = `${folder}/evil.ts`;
  Deno.writeTextFileSync(
    evil,
    `Deno.writeTextFileSync("${folder}/ran", ""); export * from "node:process";`,
  );
  Deno.writeTextFileSync(
    `${folder}/deno.json`,
    JSON.stringify({
      imports: Object.fromEntries(
        ["buffer", "crypto", "events", "fs", "http", "net", "sqlite", "stream"]
          .map((name) => [`node:${name}`, evil]),
      ),
    }),
  );
  try {
    const detached = await authsome([
      ...["--json", "login", "groq", "--detach", "--timeout", "15"],
    ]);
    expect(detached.code).toBe(0);
    expect((await authsome(["run", "--sandbox", "--", ...COMMAND])).code)
      .toBe(7);
    expect(() => Deno.lstatSync(`${folder}/ran`)).toThrow();
  } finally {
    Deno.removeSync(`${folder}/deno.json`);
  }
});

test("the bundle starts itself once more as the network of a sandbox", {
  skip: DENO_ONLY || noSandbox,
}, () =>
  withMachine("shared", async () => {
    expect(await authsome(["run", "--sandbox", "--", ...COMMAND]))
      .toEqual({ code: 7, stdout: `${PLACEHOLDER}\n`, stderr: "" });
  }));

test("the bundle serves a remote MCP server, behind a proxy", {
  skip: DENO_ONLY,
}, async () => {
  const server = await startRemoteServer();
  try {
    Deno.writeTextFileSync(`${folder}/ca.pem`, server.api.caPem);
    const { code, stdout } = await authsome(["mcp", URL_OPEN], ECHO, {
      HTTPS_PROXY: server.api.proxyUrl,
      AUTHSOME_CA_BUNDLE: `${folder}/ca.pem`,
    });
    expect([code, stdout]).toEqual([0, expect.stringContaining("echo hi")]);
  } finally {
    await server.close();
  }
});

/** Runs what was installed, with nothing but a home. */
function authsome(
  args: string[],
  stdin = "",
  more: Record<string, string> = {},
) {
  const deno = Deno.execPath().replace(/\/[^/]*$/, "");
  return runInstalled([`${folder}/user/bin/authsome`, ...args], {
    cwd: `${folder}/work`,
    env: {
      PATH: `${deno}:${Deno.env.get("PATH")}`,
      HOME: `${folder}/user`,
      AUTHSOME_PORT: String(freePort()),
      AUTHSOME_NO_BROWSER: "1",
      NO_COLOR: "1",
      ...more,
    },
    stdin,
  });
}
