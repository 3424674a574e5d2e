// The real pnpm and npm at a real registry (verdaccio): pnpm asks authsome for its token, npm is given one.
import { expect } from "expect";
import { test } from "node:test";
import { connect, withBroker } from "../support/connected.ts";
import { freePort } from "../support/free_port.ts";
import { missing } from "../support/missing.ts";
import { disclosures, type ToolMachine, withTools } from "./tool_machine.ts";

/** Folder of `pnpm` and `verdaccio`; CI installs it. */
const TOOLS = Deno.env.get("AUTHSOME_TEST_NPM_TOOLS");
const NODE = Deno.env.get("AUTHSOME_TEST_NODE");
const REGISTRY = "registry.npmjs.org";
/** Newer than the Node of some systems is what they want. */
const byNode = (name: string, path: string) => [
  NODE ?? "node",
  `${TOOLS}/node_modules/${name}/${path}`,
];
const PNPM = TOOLS ? byNode("pnpm", "bin/pnpm.mjs") : [];
const VERDACCIO = TOOLS ? byNode("verdaccio", "bin/verdaccio") : [];
const skip = TOOLS
  ? await missing(PNPM[0]!, PNPM[1]!, "--version") ||
    await missing(VERDACCIO[0]!, VERDACCIO[1]!, "--version") ||
    await missing("npm")
  : "AUTHSOME_TEST_NPM_TOOLS names no folder with pnpm and verdaccio";

/** Runs `body` with verdaccio as the registry, where publishing wants the token of a user. */
function withRegistry(
  body: (machine: ToolMachine, token: string) => Promise<void>,
): Promise<void> {
  const port = freePort();
  const origin = `http://127.0.0.1:${port}`;
  return withTools({}, [REGISTRY], async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const answer = await fetch(origin + pathname + search, {
      method,
      headers,
      ...method === "GET" ? {} : { body: await request.arrayBuffer() },
    });
    return new Response(await answer.arrayBuffer(), {
      status: answer.status,
      headers: { "content-type": answer.headers.get("content-type") ?? "" },
    });
  }, async (machine) => {
    const { folder, write, programs, home, env } = machine;
    write(
      "registry/config.yaml",
      `storage: ./storage\nauth:\n  htpasswd:\n    file: ./htpasswd\npackages:\n  "**":\n    access: $authenticated\n    publish: $authenticated\nlog: {type: file, path: ./log, level: warn}\n`,
    );
    const server = new Deno.Command(VERDACCIO[0]!, {
      args: [
        VERDACCIO[1]!,
        ...["-c", `${folder}/registry/config.yaml`, "-l", `127.0.0.1:${port}`],
      ],
      // Its log lies where it was started.
      cwd: `${folder}/registry`,
      env: { PATH: env.PATH!, HOME: folder, NO_UPDATE_NOTIFIER: "1" },
      clearEnv: true,
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const token = await userOf(origin);
      await withBroker(home, (broker) => connect(broker, "npm", token));
      write("programs/pnpm", `#!/bin/sh\nexec '${PNPM.join("' '")}' "$@"\n`);
      Deno.chmodSync(`${programs}/pnpm`, 0o755);
      write("work/package.json", '{"name":"tiny","version":"1.0.0"}');
      await body(machine, token);
    } finally {
      server.kill("SIGKILL");
      await server.status;
    }
  }, {
    npm_config_update_notifier: "false",
    npm_config_fetch_retries: "0",
    CI: "true",
  });
}

/** The token of a new user, when the registry is up. */
async function userOf(origin: string): Promise<string> {
  for (let tries = 0;; tries++) {
    try {
      const answer = await fetch(`${origin}/-/user/org.couchdb.user:me`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "me", password: "password-canary-1" }),
      });
      const { token } = await answer.json();
      if (token) return token;
      throw new Error(`no token: ${answer.status}`);
    } catch (error) {
      if (tries === 150) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

test("pnpm asks authsome for the token of the registry, and npm is given it", {
  skip,
}, () =>
  withRegistry(async (machine, token) => {
    const { folder, setup, tool, read, write, client, env, home, authsome } =
      machine;
    const cwd = `${folder}/work`;
    const publish = ["pnpm", "publish", "--no-git-checks"];
    expect((await tool(publish, { cwd })).code).not.toBe(0);
    const own = "//other.example/:_authToken=x";
    write(".config/pnpm/auth.ini", own);
    const { code, stderr } = await setup("npm", "--yes");
    expect([code, stderr]).toEqual([0, expect.stringContaining("pnpm 11")]);
    expect(JSON.parse((await setup("npm", "--yes", "--json")).stdout))
      .toMatchObject({ changed: false });
    const published = await tool(publish, { cwd });
    expect([published.code, published.stdout + published.stderr]).toEqual([
      0,
      expect.stringContaining("tiny@1.0.0"),
    ]);

    // In a run pnpm is given the placeholder.
    const viewed = await client(["pnpm", "view", "tiny", "version"], {
      cwd,
      env,
    });
    expect([viewed.code, viewed.stdout.trim()]).toEqual([0, "1.0.0"]);
    const inside = await authsome(["credential", "npm", "--header"], {
      env: { AUTHSOME_PROXY_MODE: "true" },
    });
    expect(inside.stdout).toBe("Bearer authsome-proxy-managed\n");

    // npm asks no program: a .npmrc that names a variable, as the guide has it.
    write("work/.npmrc", `//${REGISTRY}/:_authToken=\${NPM_TOKEN}\n`);
    const npm = await tool([
      ...["sh", "-c", 'NPM_TOKEN="$(authsome credential npm)" npm whoami'],
    ], { cwd });
    expect([npm.code, npm.stdout]).toEqual([0, "me\n"]);

    expect((await setup("--undo", "npm", "--yes")).code).toBe(0);
    expect(read(".config/pnpm/auth.ini")).toBe(own);
    const left = [...Deno.readDirSync(`${home}/bin`)].map(({ name }) => name);
    expect(left).toEqual([]);
    expect(await disclosures(machine)).toContain(
      "npm/default api_key for npm at registry.npmjs.org",
    );
    expect(read("home/audit.log")).not.toContain(token);
  }));

test("credential npm answers for registries that a connection serves; without pnpm there is nothing to set up", () =>
  withTools(
    { npm: "npm-canary-token-1" },
    [],
    () => new Response(),
    async ({ authsome, env, programs, setup }) => {
      const ask = (...args: string[]) =>
        authsome(["credential", "npm", ...args]);
      expect((await ask()).stdout).toBe("npm-canary-token-1\n");
      expect((await ask("--header")).stdout).toBe(
        "Bearer npm-canary-token-1\n",
      );
      for (
        const registry of [
          "https://npm.unknown.example/",
          `http://${REGISTRY}/`,
          `https://${REGISTRY}:8443/`,
          `https://${REGISTRY}@evil.example/`,
          "npm",
        ]
      ) {
        const { code, stdout } = await ask("--registry", registry);
        expect([registry, code, stdout]).toEqual([registry, 3, ""]);
      }
      env.PATH = `${programs}:/usr/bin:/bin`;
      const { code, stderr } = await setup("npm", "--yes");
      expect([code, stderr]).toEqual([
        4,
        expect.stringContaining("asks no program"),
      ]);
    },
  ));
