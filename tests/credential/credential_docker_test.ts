// `authsome credential docker`: what Docker's client and Skopeo get as their helper, from a real registry over TLS.
import { expect } from "expect";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Connection } from "../../lib/connection/connection.ts";
import { Secret } from "../../lib/secret.ts";
import { connectFields, withBroker } from "../support/connected.ts";
import { freePort } from "../support/free_port.ts";
import { cliCommand } from "../support/program.ts";
import {
  missing,
  type Scenario,
  spawn,
  withScenario,
} from "../support/scenario.ts";

const KEY = "canary-ghcr-key";
/** `x-access-token` with {@linkcode KEY}, by bcrypt. */
const HTPASSWD =
  "x-access-token:$2b$05$abcdefghijklmnopqrstuuRISAvk3YVGgph.FxeAztKfLvi2SP1r.\n";
const NOT_FOUND = "credentials not found in native keychain\n";

const ask = (
  { authsome }: Scenario,
  operation: string,
  stdin = "",
  env: Record<string, string> = {},
) => authsome(["credential", "docker", operation], { stdin, env });

/** What the vault of a Docker Hub account holds: only what is minted from the token goes to its API. */
const HUB: Connection = {
  ...{ provider: "dockerhub", name: "default", revision: 0 },
  state: "connected",
  credential: {
    type: "oauth2",
    accessToken: new Secret("canary-minted"),
    scopes: [],
    requestedScopes: [],
    captured: { username: "octocat" },
    expiresAt: 1,
    source: {
      username: new Secret("octocat"),
      token: new Secret("dckr_pat_canary"),
    },
  },
  createdAt: 1,
  updatedAt: 1,
};

test("the registries that are answered, and as whom", () =>
  withScenario({ "github-pat": KEY }, [], () => new Response(), async (all) => {
    await withBroker(all.home, async (broker) => {
      await connectFields(broker, "gitlab-pat", { api_key: "glpat-own" }, {
        baseUrl: "https://git.acme.com",
      });
      await connectFields(broker, "digitalocean", { api_key: "dop_v1_canary" });
      await broker.connections.save(HUB);
    });
    for (
      const [server, Username, Secret] of [
        ["ghcr.io", "x-access-token", KEY],
        ["https://ghcr.io", "x-access-token", KEY],
        ["https://ghcr.io/v2/\n", "x-access-token", KEY],
        ["registry.git.acme.com", "oauth2", "glpat-own"],
        ["registry.digitalocean.com", "dop_v1_canary", "dop_v1_canary"],
        ["https://index.docker.io/v1/", "octocat", "dckr_pat_canary"],
        ["docker.io", "octocat", "dckr_pat_canary"],
      ] as const
    ) {
      const { code, stdout, stderr } = await ask(all, "get", server);
      expect([code, stderr]).toEqual([0, ""]);
      expect(JSON.parse(stdout))
        .toEqual({ ServerURL: server.trim(), Username, Secret });
    }
    for (
      const server of [
        ...["quay.io", "http://ghcr.io", "ghcr.io:8443", "evilghcr.io"],
        ...["registry.gitlab.com", "api.github.com", "github.com", "not a url"],
        "https://octocat@ghcr.io",
        "https://index.docker.io/v1/refresh-token",
      ]
    ) {
      const { code, stdout, stderr } = await ask(all, "get", server);
      expect([server, code, stdout, stderr]).toEqual([
        ...[server, 1, NOT_FOUND, ""],
      ]);
    }
    expect(await ask(all, "get")).toMatchObject({
      ...{ code: 1, stdout: "no credentials server URL\n" },
    });
    expect(JSON.parse((await ask(all, "list")).stdout)).toEqual({
      "ghcr.io": "x-access-token",
      "registry.git.acme.com": "oauth2",
      "registry.digitalocean.com": "",
      "https://index.docker.io/v1/": "octocat",
    });
    expect((await ask(all, "explode")).code).toBe(2);
    const { stdout } = await all.authsome(["log", "--json"]);
    const { entries } = JSON.parse(stdout);
    expect(entries.length).toBe(7);
    expect(entries[6]).toMatchObject({
      ...{ event: "get", provider: "dockerhub" },
      detail: "token for docker at index.docker.io",
    });
    expect(stdout).not.toContain("canary");
  }));

test("docker login keeps nothing here, and docker logout takes nothing away", () =>
  withScenario({ "github-pat": KEY }, [], () => new Response(), async (all) => {
    const store = (Secret: string) =>
      ask(
        all,
        "store",
        JSON.stringify({ ServerURL: "ghcr.io", Username: "a", Secret }),
      );
    const other = await store("canary-other");
    expect(other.code).toBe(1);
    expect(other.stdout).toContain("authsome login");
    expect(other.stdout + other.stderr).not.toContain("canary");
    expect(await store(KEY)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await ask(all, "store", "nonsense")).code).toBe(1);
    expect((await ask(all, "erase", "ghcr.io")).code).toBe(0);
    expect((await ask(all, "get", "ghcr.io")).code).toBe(0);
  }));

test("in a run no registry is given a secret", () =>
  withScenario({ "github-pat": KEY }, [], () => new Response(), async (all) => {
    const env = { AUTHSOME_PROXY_MODE: "true" };
    const got = await ask(all, "get", "ghcr.io", env);
    expect([got.code, got.stdout]).toEqual([1, NOT_FOUND]);
    expect(got.stderr).toContain("In authsome run");
    expect((await ask(all, "list", "", env)).stdout).toBe("{}\n");
  }));

test(
  "a real registry is pushed to and pulled from with what setup docker has written, and undone byte for byte",
  {
    skip: await missing("docker-registry", "--help") || await missing("skopeo"),
  },
  async () => {
    const port = freePort();
    await withScenario(
      { "github-pat": KEY },
      ["ghcr.io"],
      (request) => forward(request, port),
      async (all) => {
        const { folder, home } = all;
        const registry = startRegistry(folder, port, all.env);
        try {
          await until(() => fetch(`http://127.0.0.1:${port}/v2/`));
          const env = machine(all);
          Deno.mkdirSync(`${folder}/.docker`);
          const config = `${folder}/.docker/config.json`;
          // Indented as nobody does, without an end of line, and with a helper that is taken the place of.
          const original =
            '{ "auths": {},\n   "credHelpers": {"ghcr.io": "gone", "quay.io": "other"},\n "x": 1}';
          Deno.writeTextFileSync(config, original);
          Deno.writeTextFileSync(`${folder}/.bashrc`, "# no end of line");
          const setup = (...args: string[]) =>
            all.authsome(["setup", ...args], {
              env: { ...env, SHELL: "/bin/bash" },
            });
          const dry = await setup("docker", "--dry-run");
          expect([dry.code, Deno.readTextFileSync(config)])
            .toEqual([0, original]);
          expect((await setup("docker", "--yes")).code).toBe(0);
          expect(JSON.parse(Deno.readTextFileSync(config))).toEqual({
            auths: {},
            credHelpers: { "ghcr.io": "authsome", "quay.io": "other" },
            x: 1,
          });
          const list = await setup("list", "--json");
          expect(JSON.parse(list.stdout).tools).toEqual([{
            tool: "docker",
            files: [`${home}/bin/docker-credential-authsome`, config],
          }]);

          const skopeo = (...args: string[]) =>
            spawn(["skopeo", ...args], env, undefined, folder);
          writeImage(`${folder}/image`);
          const image = "docker://ghcr.io/acme/image:1";
          const push = await skopeo("copy", `dir:${folder}/image`, image);
          expect([push.code, push.stderr]).toEqual([0, ""]);
          const pull = await skopeo("inspect", "--raw", image);
          expect([pull.code, pull.stdout.includes("schemaVersion")])
            .toEqual([0, true]);
          if (!await missing("docker")) {
            const docker = await spawn(
              ["docker", "manifest", "inspect", "ghcr.io/acme/image:1"],
              ...[env, undefined, folder] as const,
            );
            expect([docker.code, docker.stderr]).toEqual([0, ""]);
          }
          expect(Deno.readTextFileSync(config)).not.toContain(KEY);

          expect((await setup("--undo", "docker", "--yes")).code).toBe(0);
          expect(Deno.readTextFileSync(config)).toBe(original);
          expect(Deno.readTextFileSync(`${folder}/.bashrc`))
            .toBe("# no end of line");
          expect([...Deno.readDirSync(`${home}/bin`)]).toEqual([]);
          // Its own helper is there again, and nowhere to be found.
          expect((await skopeo("inspect", image)).code).not.toBe(0);
        } finally {
          registry.kill();
          await registry.output();
        }
      },
    );
  },
);

/** The environment of a shell with authsome and its wrappers in PATH. */
function machine({ folder, home, env }: Scenario): Record<string, string> {
  Deno.mkdirSync(`${folder}/real`);
  const words = cliCommand().map((word) => `'${word}'`).join(" ");
  Deno.writeTextFileSync(
    `${folder}/real/authsome`,
    `#!/bin/sh\nexec ${words} "$@"\n`,
  );
  Deno.chmodSync(`${folder}/real/authsome`, 0o755);
  return {
    ...env,
    PATH: `${home}/bin:${folder}/real:${env.PATH}`,
    SSL_CERT_FILE: `${folder}/ca.pem`,
    XDG_RUNTIME_DIR: `${folder}/tmp`,
  };
}

/** Docker's own registry, which wants user and password. */
function startRegistry(
  folder: string,
  port: number,
  env: Record<string, string>,
): Deno.ChildProcess {
  Deno.writeTextFileSync(`${folder}/htpasswd`, HTPASSWD);
  Deno.writeTextFileSync(
    `${folder}/registry.yml`,
    `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${folder}/images}}
http: {addr: "127.0.0.1:${port}", secret: any}
auth: {htpasswd: {realm: registry, path: ${folder}/htpasswd}}
`,
  );
  return new Deno.Command("docker-registry", {
    ...{ args: ["serve", `${folder}/registry.yml`], clearEnv: true },
    env: { PATH: env.PATH!, HOME: folder },
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
}

/** Brings a request for the public name to the registry. */
async function forward(request: Request, port: number): Promise<Response> {
  const { pathname, search, host } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.set("x-forwarded-proto", "https");
  headers.set("x-forwarded-host", host);
  const body = new Uint8Array(await request.arrayBuffer());
  const response = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
    ...{ method: request.method, headers, redirect: "manual" },
    ...body.length > 0 ? { body } : {},
  });
  const { status, headers: answered } = response;
  return new Response(
    request.method === "HEAD" || status === 204 ? null : response.body,
    { status, headers: answered },
  );
}

async function until(attempt: () => Promise<Response>): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      await (await attempt()).body?.cancel();
      return;
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The smallest image (OCI image specification), as Skopeo keeps it in a folder. */
function writeImage(folder: string): void {
  Deno.mkdirSync(folder);
  const config = JSON.stringify({
    ...{ architecture: "amd64", os: "linux", config: {} },
    rootfs: { type: "layers", diff_ids: [] },
  });
  const digest = createHash("sha256").update(config).digest("hex");
  Deno.writeTextFileSync(`${folder}/${digest}`, config);
  Deno.writeTextFileSync(
    `${folder}/manifest.json`,
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      config: {
        mediaType: "application/vnd.docker.container.image.v1+json",
        size: config.length,
        digest: `sha256:${digest}`,
      },
      layers: [],
    }),
  );
  Deno.writeTextFileSync(
    `${folder}/version`,
    "Directory Transport Version: 1.1\n",
  );
}
