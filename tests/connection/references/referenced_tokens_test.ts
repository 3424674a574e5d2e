// OAuth tokens that stay in their manager: what is issued anew is written there, or said. The manager is a fake.
import { expect } from "expect";
import { test } from "node:test";
import { withBroker } from "../../support/connected.ts";
import { fakeManager } from "../../support/fakes/fake_manager.ts";
import { leaksInFolder } from "../../support/leaks.ts";
import { missing } from "../../support/missing.ts";
import { ACME_URL, withAcme } from "../../support/rejecting_api.ts";
import type { Scenario } from "../../support/scenario.ts";

const READ = "kv get -mount=secret -field=refresh_token acme";
const WRITE = "kv patch -mount=secret acme refresh_token=-";
const FROM = "refresh_token=vault:secret/acme#refresh_token";
const CANARY = "rt-canary-5d41402abc";

function installed({ folder, env }: Scenario) {
  const vault = fakeManager(folder, "vault", {
    prints: { [READ]: CANARY },
    takes: [WRITE],
  });
  env.PATH = `${vault.folder}:${env.PATH}`;
  return vault;
}

/** Lets the access token of acme/default expire. */
async function expire(home: string): Promise<void> {
  await withBroker(home, async ({ connections }) => {
    const { credential, ...rest } = await connections.get("acme");
    await connections.save({
      ...rest,
      credential: { ...credential, expiresAt: Date.now() - 60_000 },
    });
  });
}

test("a refresh token is read when it is needed, and its successor is written to where it was", () =>
  withAcme(async (scenario) => {
    const { authsome, home, acme } = scenario;
    const vault = installed(scenario);
    acme.answer = { refresh_token: "rt-canary-second-92eb", expires_in: 3600 };
    const login = ["login", "acme", "--force", "--from", FROM];
    expect(await authsome(login)).toMatchObject({ code: 0 });
    const sent = () =>
      acme.tokenRequests.map((request) => request.get("refresh_token"));
    expect(sent()).toEqual([CANARY]);
    expect(vault.taken(WRITE)).toBe("rt-canary-second-92eb");
    const calls = vault.calls().length;
    expect((await authsome(["token", "acme"])).stdout).toBe("at-1\n");
    // The access token is authsome's own, and works.
    expect(vault.calls().length).toBe(calls);
    vault.prints(READ, "rt-canary-second-92eb");
    acme.answer = { refresh_token: "rt-canary-third-1f0e", expires_in: 3600 };
    acme.live.clear();
    // The API refuses the token, so that it is refreshed.
    if (!await missing("curl")) {
      const ended = await scenario.client(["curl", "-s", ACME_URL]);
      expect(ended.stdout).toBe("fine");
      expect(sent()).toEqual([CANARY, "rt-canary-second-92eb"]);
      expect(vault.taken(WRITE)).toBe("rt-canary-third-1f0e");
    }
    for (
      const secret of [CANARY, "rt-canary-second-92eb", "rt-canary-third-1f0e"]
    ) expect(await leaksInFolder(home, secret)).toEqual([]);
    expect(vault.calls().join("\n")).not.toContain("canary");
    const got = JSON.parse((await authsome(["get", "acme", "--json"])).stdout);
    expect(got.references).toEqual({
      refresh_token: "vault:secret/acme#refresh_token",
    });
    const revoked = await authsome(["revoke", "acme", "--yes"]);
    expect(revoked.stderr).toContain("was not changed");
  }));

test("where it cannot be written, that is said, and the vault keeps it from then on", () =>
  withAcme(async (scenario) => {
    const { authsome, acme, env, home } = scenario;
    env.ACME_REFRESH = CANARY;
    const login = await authsome(
      ["login", "acme", "--force", "--from", "refresh_token=env:ACME_REFRESH"],
    );
    expect(login.code).toBe(0);
    expect(login.stderr).toContain(
      "A refresh token that the provider replaces cannot be written to the environment (env:ACME_REFRESH); the vault would keep it then.",
    );
    expect(login.stderr).toContain(
      "acme replaced the refresh_token of acme/default. Cannot write env:ACME_REFRESH",
    );
    expect(login.stderr).not.toContain("canary");
    const got = JSON.parse((await authsome(["get", "acme", "--json"])).stdout);
    expect(got.references).toBe(undefined);
    delete env.ACME_REFRESH;
    await expire(home);
    expect((await authsome(["token", "acme"])).stdout).toMatch(/^at-\d+\n$/);
    expect(acme.tokenRequests.at(-1)!.get("refresh_token")).toMatch(/^rt-\d/);
  }));

test("while the manager is locked a token that works serves, and one that has expired is a 401 with the command", () =>
  withAcme(async (scenario) => {
    const { authsome, acme, home } = scenario;
    const vault = installed(scenario);
    acme.answer = { expires_in: 3600, refresh_token: CANARY };
    await authsome(["login", "acme", "--force", "--from", FROM]);
    vault.lock("Code: 403. Errors:\n* permission denied canary-stderr");
    expect((await authsome(["token", "acme"])).stdout).toBe("at-1\n");
    await expire(home);
    const failed = await authsome(["token", "acme"]);
    expect(failed).toMatchObject({ code: 5, stdout: "" });
    expect(failed.stderr).toContain("Hint: vault login");
    expect(failed.stderr).not.toContain("canary");
  }));

test("an access token alone can be read as well", () =>
  withAcme(async ({ authsome, home, env }) => {
    env.ACME_ACCESS = "at-canary-900150983c";
    const from = ["--from", "access_token=env:ACME_ACCESS"];
    expect(await authsome(["login", "acme", "--force", ...from]))
      .toMatchObject({ code: 0 });
    expect((await authsome(["token", "acme"])).stdout)
      .toBe("at-canary-900150983c\n");
    expect(await leaksInFolder(home, env.ACME_ACCESS)).toEqual([]);
    const unnamed = await authsome(
      ["login", "acme", "--force", "--from", "env:ACME_ACCESS"],
    );
    expect(unnamed.code).toBe(2);
    expect(unnamed.stderr).toContain("its fields: access_token, refresh_token");
  }));
