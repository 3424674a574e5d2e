// An OAuth client whose secret stays in its manager: read for each request that it proves, and kept nowhere. The manager is
// a fake.
import { expect } from "expect";
import { test } from "node:test";
import { decodeClient, encodeClient } from "../../../lib/connection/record.ts";
import { Secret } from "../../../lib/secret.ts";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { withBroker } from "../../support/connected.ts";
import { fakeManager } from "../../support/fakes/fake_manager.ts";
import { leaksInFolder } from "../../support/leaks.ts";
import { acmeDefinition } from "../../support/rejecting_api.ts";
import { type Scenario, withScenario } from "../../support/scenario.ts";

const READ = "kv get -mount=secret -field=client acme";
const FROM = "client_secret=vault:secret/acme#client";
const FIRST = "cs-canary-first-5d41402abc";
const SECOND = "cs-canary-second-7d793037a0";

interface Machine extends Scenario {
  vault: ReturnType<typeof fakeManager>;
  /** What the authorization server was sent: path and parameters. */
  sent: { path: string; form: URLSearchParams }[];
  takes(secret: string): void;
  expire(): Promise<void>;
}

function machine(
  body: (machine: Machine) => Promise<void>,
  definition: Partial<ProviderDefinition> = {},
) {
  let secret = FIRST;
  const sent: Machine["sent"] = [];
  return () =>
    withScenario({}, ["api.acme.com", "auth.acme.com"], async (request) => {
      const path = new URL(request.url).pathname;
      // It is reached.
      if (path === "/") return new Response();
      const form = new URLSearchParams(await request.text());
      sent.push({ path, form });
      if (form.get("client_secret") !== secret) {
        return Response.json({ error: "invalid_client" }, { status: 401 });
      }
      return path === "/revoke" ? new Response() : Response.json({
        access_token: `at-${sent.length}`,
        token_type: "Bearer",
        expires_in: 3600,
      });
    }, async (scenario) => {
      const { folder, env, home } = scenario;
      const vault = fakeManager(folder, "vault", { prints: { [READ]: FIRST } });
      env.PATH = `${vault.folder}:${env.PATH}`;
      const { oauth, ...acme } = acmeDefinition();
      const { authorization_url: _, ...endpoints } = oauth!;
      await withBroker(home, async ({ registry }) => {
        await registry.register(JSON.stringify({
          ...acme,
          flow: "client_credentials",
          oauth: {
            ...endpoints,
            revocation_url: "https://auth.acme.com/revoke",
          },
          ...definition,
        }));
      });
      await body({
        ...scenario,
        ...{ vault, sent, takes: (next) => void (secret = next) },
        expire: () =>
          withBroker(home, async ({ connections }) => {
            const { credential, ...rest } = await connections.get("acme");
            const expiresAt = Date.now() - 60_000;
            await connections.save({
              ...rest,
              credential: { ...credential, expiresAt },
            });
          }),
      });
    });
}

const LOGIN = ["login", "acme", "--client-id", "me", "--from", FROM];

test(
  "the secret is read at the login, at each renewal and at the end, and kept nowhere",
  machine(async ({ authsome, home, vault, sent, takes, expire }) => {
    expect(await authsome(LOGIN)).toMatchObject({ code: 0 });
    expect((await authsome(["token", "acme"])).stdout).toBe("at-1\n");
    expect(vault.calls().length).toBe(1);
    // Rotated in the manager and at the provider.
    vault.prints(READ, SECOND);
    takes(SECOND);
    await expire();
    expect((await authsome(["token", "acme"])).stdout).toBe("at-2\n");
    expect(vault.calls().length).toBe(2);
    const doctor = JSON.parse((await authsome(["doctor", "--json"])).stdout);
    expect(doctor.checks).toContainEqual(expect.objectContaining({
      ...{ name: "reference", ok: true },
      message: "the OAuth client of acme is read from vault:secret/acme#client",
    }));
    expect(vault.calls().length).toBe(2);
    const revoked = await authsome(["revoke", "acme", "--yes"]);
    expect(revoked).toMatchObject({ code: 0 });
    expect(sent.map(({ path, form }) => [path, form.get("client_secret")]))
      .toEqual([["/token", FIRST], ["/token", SECOND], ["/revoke", SECOND]]);
    for (const secret of [FIRST, SECOND]) {
      expect(leaksInFolder(home, secret)).toEqual([]);
      expect(vault.calls().join()).not.toContain(secret);
    }
  }),
);

test(
  "a locked manager is said, and nothing is sent without the secret; the next login reads it again",
  machine(async ({ authsome, client, vault, sent, expire, env }) => {
    expect(await authsome(LOGIN)).toMatchObject({ code: 0 });
    vault.lock("Code: 403. Errors:\n* permission denied canary-stderr");
    expect((await authsome(["token", "acme"])).stdout).toBe("at-1\n");
    await expire();
    const again = [...LOGIN.slice(0, 2), "--force", "--connection", "other"];
    for (const args of [["token", "acme"], again]) {
      const failed = await authsome(args);
      expect(failed).toMatchObject({ code: 5, stdout: "" });
      expect(failed.stderr).toContain("Hint: vault login");
      expect(failed.stderr).not.toContain("canary");
    }
    expect(sent.length).toBe(1);
    vault.lock(undefined);
    expect((await authsome(["token", "acme"])).stdout).toBe("at-2\n");
    // The command does not get what opens the manager.
    env.VAULT_TOKEN = "hvs.canary";
    const { childEnv, stderr } = await client(["true"]);
    expect(childEnv.VAULT_TOKEN).toBe(undefined);
    expect(stderr).toContain("VAULT_TOKEN");
  }),
);

test(
  "a secret that was kept becomes a reference, and one that is typed takes its place",
  machine(async ({ authsome, home, sent }) => {
    const stdin = (text: string) => ({ stdin: text });
    const login = ["login", "acme", "--force", "--stdin", "--client-id", "me"];
    expect(await authsome(login, stdin(`${FIRST}\n`)))
      .toMatchObject({ code: 0 });
    const kept = () =>
      withBroker(home, async ({ connections }) => {
        const client = await connections.client("acme");
        return [client?.references, client?.clientSecret?.reveal()];
      });
    expect(await kept()).toEqual([undefined, FIRST]);
    expect(await authsome([...LOGIN, "--force"])).toMatchObject({ code: 0 });
    expect(await kept())
      .toEqual([{ client_secret: "vault:secret/acme#client" }, ""]);
    expect(await authsome(login, stdin(`${FIRST}\n`)))
      .toMatchObject({ code: 0 });
    expect(await kept()).toEqual([undefined, FIRST]);
    expect(sent.length).toBe(3);
    const nobody = await authsome(
      ["login", "acme", "--force", "--reset-client", "--from", FROM],
    );
    expect(nobody).toMatchObject({ code: 2 });
    expect(nobody.stderr).toContain("--client-id <id>");
  }),
);

test("the record of a client has no secret that is referred to, whatever the client holds", () => {
  const secret = new Secret("canary");
  const client = {
    ...{ provider: "acme", revision: 1, clientId: "me" },
    clientSecret: secret,
    privateKey: secret,
    fields: { account: new Secret("shown"), second_client_secret: secret },
    references: {
      client_secret: "op://v/i/f",
      private_key: "op://v/i/k",
      second_client_secret: "op://v/i/s",
    },
  };
  const text = encodeClient(
    client,
    encodeClient({ ...client, references: {} }),
  );
  expect(text).not.toContain("canary");
  const decoded = decodeClient(text, 1);
  expect(decoded.references).toEqual(client.references);
  // It is no public client while it is unread.
  for (const each of [decoded.clientSecret, decoded.privateKey]) {
    expect(each?.reveal()).toBe("");
  }
  expect(decoded.fields?.account?.reveal()).toBe("shown");
  expect(encodeClient(decoded)).toBe(text);
});
