// `authsome credential git`: what real git gets as its helper, from real repositories over TLS.
import { expect } from "expect";
import { test } from "node:test";
import type { Connection } from "../../lib/connection/connection.ts";
import { Secret } from "../../lib/secret.ts";
import { connect, connectFields, withBroker } from "../support/connected.ts";
import { cliCommand } from "../support/program.ts";
import { type Scenario, spawn, withScenario } from "../support/scenario.ts";
import { gitHttpBackend, noGitServer } from "../support/servers/git_server.ts";

const KEY = `ghp_${"g2".repeat(20)}`;
const WORK = `ghp_${"w3".repeat(20)}`;
const HOSTS = ["github.com", "gitlab.com", "git.acme.com", "unknown.example"];

/** Asks the helper as git does. */
const ask = (
  { authsome }: Scenario,
  operation: string,
  lines: Record<string, string>,
  { words = [], env = {} }: {
    words?: readonly string[];
    env?: Record<string, string>;
  } = {},
) =>
  authsome(["credential", "git", ...words, operation], {
    env,
    stdin: Object.entries(lines).map(([key, value]) => `${key}=${value}\n`)
      .join(""),
  });

const asked = async (...args: Parameters<typeof ask>) => {
  const { code, stdout, stderr } = await ask(...args);
  expect([code, stderr]).toEqual([0, ""]);
  return Object.fromEntries(
    stdout.split("\n").filter(Boolean).map((line) => line.split("=")),
  );
};

const GITHUB = { protocol: "https", host: "github.com" };

/** An OAuth connection whose token has expired. */
function oauth(
  provider: string,
  { token, expiresAt }: { token: string; expiresAt: number },
): Connection {
  return {
    ...{ provider, name: "default", revision: 0, state: "connected" },
    credential: {
      type: "oauth2",
      accessToken: new Secret(token),
      refreshToken: new Secret("first-refresh"),
      clientId: "id",
      ...{ expiresAt, scopes: [], requestedScopes: [], captured: {} },
    },
    createdAt: expiresAt - 7_200_000,
    updatedAt: expiresAt - 7_200_000,
  };
}

/** The environment in which git finds authsome and trusts the test's servers. */
function gitEnvironment({ folder, env }: Scenario): Record<string, string> {
  const bin = `${folder}/real`;
  Deno.mkdirSync(bin, { recursive: true });
  const words = cliCommand().map((word) => `'${word}'`).join(" ");
  Deno.writeTextFileSync(
    `${bin}/authsome`,
    `#!/bin/sh\nexec ${words} "$@"\n`,
  );
  Deno.chmodSync(`${bin}/authsome`, 0o755);
  return {
    ...env,
    PATH: `${bin}:${env.PATH}`,
    GIT_SSL_CAINFO: `${folder}/ca.pem`,
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@example.com",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@example.com",
  };
}

/** Serves the bare repositories of `folder` to who has `password`. */
function repositories(
  folder: () => string,
  isRight: (authorization: string | null, url: URL) => boolean,
) {
  return (request: Request) =>
    isRight(request.headers.get("authorization"), new URL(request.url))
      ? gitHttpBackend(folder(), request)
      : new Response("who are you?", {
        status: 401,
        headers: { "www-authenticate": 'Basic realm="git"' },
      });
}

test("who answers: by host, port and path, never over http, and nobody for others", () =>
  withScenario({ "github-pat": KEY }, [], () => new Response(), async (all) => {
    expect(await asked(all, "get", GITHUB))
      .toEqual({ username: "x-access-token", password: KEY });
    expect(await asked(all, "get", { ...GITHUB, path: "a/b.git" }))
      .toEqual({ username: "x-access-token", password: KEY });
    const nothing: [string, Record<string, string>][] = [
      ["get", { ...GITHUB, protocol: "http" }],
      ["get", { ...GITHUB, host: "github.com:8443" }],
      ["get", { ...GITHUB, host: "github.com.evil.example" }],
      ["get", { ...GITHUB, host: "evilgithub.com" }],
      // Its API takes another header.
      ["get", { ...GITHUB, host: "api.github.com" }],
      ["get", { ...GITHUB, host: "gitlab.com" }],
      ["get", { ...GITHUB, protocol: "ssh" }],
      ["get", { protocol: "https" }],
      ["get", {}],
      ["store", { ...GITHUB, username: "a", password: "b" }],
      ["erase", { ...GITHUB, username: "a", password: "b" }],
      // git asks for what it will only know in years.
      ["something-new", GITHUB],
    ];
    for (const [operation, lines] of nothing) {
      expect([operation, lines, await asked(all, operation, lines)])
        .toEqual([operation, lines, {}]);
    }
    const { stdout } = await all.authsome(["log", "--json"]);
    expect(JSON.parse(stdout).entries).toMatchObject([
      { event: "get", detail: "api_key for git at github.com" },
      { event: "get", detail: "api_key for git at github.com" },
    ]);
    const bad = await ask(all, "get", {}, { words: ["--only", ","] });
    expect(bad.code).toBe(2);
  }));

test("the account in the URL chooses the connection, and nobody answers in another's name", () =>
  withScenario({ "github-pat": KEY }, [], () => new Response(), async (all) => {
    await withBroker(all.home, async (broker) => {
      await connect(broker, "github-pat", WORK, "work");
      const { connections } = broker;
      const own = await connections.get("github-pat", "default");
      await connections.save({ ...own, account: "@octocat" });
      const work = await connections.get("github-pat", "work");
      await connections.save({ ...work, account: "@Acme-Bot" });
    });
    for (
      const [username, password] of [
        ["octocat", KEY],
        ["acme-bot", WORK],
        ["work", WORK],
        ["x-access-token", KEY],
        ["git", KEY],
        ["stranger", undefined],
      ] as const
    ) {
      const answer = await asked(all, "get", { ...GITHUB, username });
      expect([username, answer.password]).toEqual([username, password]);
    }
    const words = ["--connection", "github-pat=work"];
    expect((await asked(all, "get", GITHUB, { words })).password).toBe(WORK);
  }));

test("a server of its own: its host, its port and its path alone", () =>
  withScenario({}, [], () => new Response(), async (all) => {
    await withBroker(all.home, async (broker) => {
      await connectFields(broker, "gitlab-pat", { api_key: "glpat-public" });
      await connectFields(broker, "gitlab-pat", { api_key: "glpat-own" }, {
        ...{ name: "own", baseUrl: "https://git.acme.com:8443/lab" },
      });
      await connectFields(broker, "azure-devops", { api_key: "azure" });
      await connectFields(broker, "huggingface", { api_key: "hf_canary" });
      await connectFields(broker, "bitbucket-api-token", {
        ...{ email: "a@example.com", api_token: "ATATTcanary" },
      });
    });
    for (
      const [host, path, username, password] of [
        ["gitlab.com", "a/b.git", "oauth2", "glpat-public"],
        ["git.acme.com:8443", "lab/a/b.git", "oauth2", "glpat-own"],
        ["git.acme.com:8443", "other/a.git", undefined, undefined],
        ["git.acme.com:8443", "laboratory/a.git", undefined, undefined],
        ["git.acme.com", "lab/a/b.git", undefined, undefined],
        ["dev.azure.com", "org/p/_git/r", "", "azure"],
        ["org.visualstudio.com", "p/_git/r", "", "azure"],
        ["huggingface.co", "a/b", "hf", "hf_canary"],
        ["bitbucket.org", "a/b", "x-bitbucket-api-token-auth", "ATATTcanary"],
      ] as const
    ) {
      const answer = await asked(all, "get", { protocol: "https", host, path });
      expect([host, path, answer.username, answer.password])
        .toEqual([host, path, username, password]);
    }
    // Azure DevOps takes any user, and has its organization in the URL.
    expect(
      await asked(all, "get", {
        ...{ protocol: "https", host: "dev.azure.com", username: "org" },
      }),
    ).toEqual({ username: "org", password: "azure" });
  }));

test("two providers for one host are a choice of the person's", () =>
  withScenario({ "github-pat": KEY }, [], () => new Response(), async (all) => {
    await withBroker(all.home, (broker) =>
      broker.connections.save(
        oauth("github", { token: "gho_1", expiresAt: Date.now() + 3_600_000 }),
      ));
    const { code, stdout, stderr } = await ask(all, "get", GITHUB);
    expect([code, stdout]).toEqual([4, ""]);
    expect(stderr).toContain("authsome prefer github");
    await all.authsome(["prefer", "github-pat"]);
    expect((await asked(all, "get", GITHUB)).password).toBe(KEY);
  }));

test("in a run it gives the placeholder, and leaves the vault alone", () =>
  withScenario({ "github-pat": KEY }, [], () => new Response(), async (all) => {
    const env = { AUTHSOME_PROXY_MODE: "true" };
    await withBroker(
      all.home,
      (broker) => connect(broker, "github-pat", WORK, "work"),
    );
    expect(await asked(all, "get", GITHUB, { env })).toEqual({
      ...{ username: "x-access-token", password: "authsome-proxy-managed" },
    });
    const named = { ...GITHUB, username: "work" };
    expect(await asked(all, "get", named, { env })).toEqual({
      username: "x-access-token",
      password: "authsome-proxy-managed.work",
    });
    await asked(all, "erase", { ...GITHUB, password: KEY }, { env });
    const { stdout } = await all.authsome(["log", "--json"]);
    expect(JSON.parse(stdout).entries).toEqual([]);
  }));

test(
  "git clones and pushes with what setup git has written",
  { skip: noGitServer },
  () => {
    let folder = "";
    const basic = `Basic ${btoa(`x-access-token:${KEY}`)}`;
    return withScenario(
      { "github-pat": KEY },
      HOSTS,
      repositories(() => `${folder}/served`, (given) => given === basic),
      async (all) => {
        folder = all.folder;
        const env = gitEnvironment(all);
        const git = (...args: string[]) =>
          spawn(["git", ...args], env, undefined, folder);
        const bare = `${folder}/served/a/b.git`;
        await git("init", "-q", "--bare", bare);
        await git("-C", bare, "config", "http.receivepack", "true");
        // Another helper, which would keep a copy of what it is told.
        const original = "[credential]\n\thelper = store";
        Deno.writeTextFileSync(`${folder}/.gitconfig`, original);
        const setup = (...args: string[]) =>
          all.authsome(["setup", "git", ...args], { env });
        expect((await setup()).code).toBe(2);
        expect(Deno.readTextFileSync(`${folder}/.gitconfig`)).toBe(original);
        const written = await setup("--yes");
        expect([written.code, written.stderr]).toEqual([
          0,
          expect.stringContaining(`+ [credential "https://github.com"]`),
        ]);

        const clone = await git("clone", "https://github.com/a/b.git", "work");
        expect([clone.code, clone.stderr.includes("empty repository")])
          .toEqual([0, true]);
        await git("-C", "work", "commit", "-q", "--allow-empty", "-m", "one");
        const push = await git("-C", "work", "push", "-q", "origin", "HEAD");
        expect([push.code, push.stderr]).toEqual([0, ""]);
        const log = await git("-C", bare, "log", "--all", "--format=%s");
        expect(log.stdout).toBe("one\n");
        expect(() => Deno.statSync(`${folder}/.git-credentials`)).toThrow();

        // Behind the proxy, git needs no helper, and its helper gives it nothing.
        const run = await all.authsome(
          ["run", "--", "git", "ls-remote", "https://github.com/a/b.git"],
          { env, cwd: folder },
        );
        expect([run.code, run.stdout.includes("refs/heads/")])
          .toEqual([0, true]);

        const undone = await all.authsome(["setup", "--undo", "git", "--yes"], {
          env,
        });
        expect(undone.code).toBe(0);
        expect(Deno.readTextFileSync(`${folder}/.gitconfig`)).toBe(original);
        expect((await git("ls-remote", "https://github.com/a/b.git")).code)
          .toBe(128);
      },
    );
  },
);

test(
  "twenty fetches with an expired token are one refresh, and a refused token is refreshed once",
  { skip: noGitServer },
  () => {
    let folder = "";
    let current = "expired";
    let refreshes = 0;
    const serve = repositories(
      () => `${folder}/served`,
      (given) => given === `Basic ${btoa(`oauth2:${current}`)}`,
    );
    return withScenario({}, HOSTS, (request) => {
      if (new URL(request.url).pathname !== "/oauth/token") {
        return serve(request);
      }
      current = `fresh-${++refreshes}`;
      return Response.json({
        access_token: current,
        refresh_token: `refresh-${refreshes}`,
        token_type: "Bearer",
        expires_in: 7200,
      });
    }, async (all) => {
      folder = all.folder;
      await withBroker(all.home, async ({ connections }) => {
        await connections.saveClient({
          ...{ provider: "gitlab", revision: 0, clientId: "id" },
        });
        await connections.save(
          oauth("gitlab", { token: "expired", expiresAt: Date.now() - 1000 }),
        );
      });
      const env = gitEnvironment(all);
      const git = (...args: string[]) =>
        spawn(["git", ...args], env, undefined, folder);
      await git("init", "-q", "--bare", `${folder}/served/a.git`);
      const set = await all.authsome(["setup", "git", "--yes"], { env });
      expect(set.code).toBe(0);
      const fetches = await Promise.all(
        Array.from(
          { length: 20 },
          () => git("ls-remote", "https://gitlab.com/a.git"),
        ),
      );
      // On a slow machine those that wait say for whom.
      expect(fetches.filter(({ code }) => code !== 0)).toEqual([]);
      expect(refreshes).toBe(1);

      // The server forgets the token: git says so, and the next fetch has another.
      current = "nobody has it";
      expect((await git("ls-remote", "https://gitlab.com/a.git")).code)
        .toBe(128);
      expect((await git("ls-remote", "https://gitlab.com/a.git")).code)
        .toBe(0);
      expect(refreshes).toBe(2);
      const answer = await asked(all, "get", {
        ...{ protocol: "https", host: "gitlab.com" },
      });
      expect(answer).toEqual({
        username: "oauth2",
        password: "fresh-2",
        password_expiry_utc: expect.stringMatching(/^\d{10}$/),
      });
    });
  },
);

test("a login that has ended asks nobody for a password", () =>
  withScenario({}, [], () => new Response(), async (all) => {
    await withBroker(all.home, ({ connections }) =>
      connections.save({
        ...oauth("gitlab", { token: "gone", expiresAt: Date.now() - 1000 }),
        state: "revoked",
      }));
    const { code, stdout, stderr } = await ask(all, "get", {
      ...{ protocol: "https", host: "gitlab.com" },
    });
    expect([code, stdout]).toEqual([5, "quit=1\n"]);
    expect(stderr).toContain("authsome login gitlab --force");
  }));

test("a key that was refused is named, with what to do", () =>
  withScenario({ "github-pat": KEY }, [], () => new Response(), async (all) => {
    const refused = { ...GITHUB, username: "x-access-token", password: KEY };
    const { code, stderr } = await ask(all, "erase", refused);
    expect(code).toBe(0);
    expect(stderr).toContain("authsome login github-pat --force");
    expect(stderr).not.toContain(KEY);
    expect((await asked(all, "get", GITHUB)).password).toBe(KEY);
  }));
