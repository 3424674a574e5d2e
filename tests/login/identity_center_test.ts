import { expect } from "expect";
import { test } from "node:test";
import { inspect } from "node:util";
import type { ApiKeyCredential } from "../../lib/connection/connection.ts";
import { Connections } from "../../lib/connection/connections.ts";
import { ensureFresh } from "../../lib/connection/refresh/refresh.ts";
import { fileKeyring } from "../../lib/host/vault/keyring_file.ts";
import { openSqliteStore } from "../../lib/host/vault/sqlite_store.ts";
import { flow } from "../../lib/login/flows/identity_center.ts";
import { Secret } from "../../lib/secret.ts";
import { Vault } from "../../lib/vault/vault.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";
import { withHome } from "../support/home.ts";
import {
  type FakeIdentityCenter,
  withFakeIdentityCenter,
} from "../support/servers/fake_identity_center.ts";

const ANSWERS = {
  start_url: "https://acme.awsapps.com/start",
  region: "eu-west-1",
};

async function run(
  { definition }: FakeIdentityCenter,
  change: Record<string, string> = {},
) {
  const codes: string[] = [];
  const waits: number[] = [];
  const request = flowRequest(definition, {
    device: ({ userCode }) => Promise.resolve(void codes.push(userCode)),
    sleep: (milliseconds) => Promise.resolve(void waits.push(milliseconds)),
  });
  const { credential } = await flow.run({
    ...request,
    conversation: {
      ...request.conversation,
      askSecrets: () =>
        Promise.resolve(Object.fromEntries(
          Object.entries({ ...ANSWERS, ...change }).map(([name, value]) => [
            name,
            new Secret(value),
          ]),
        )),
    },
  });
  return { credential: credential as ApiKeyCredential, codes, waits };
}

const keyOf = ({ fields }: ApiKeyCredential) => fields.access_key_id!.reveal();

test("a person confirms a code, and the only role gives keys that expire", async () => {
  await withFakeIdentityCenter(async (center) => {
    const { credential, codes, waits } = await run(center);
    expect(codes).toEqual(["ABCD-EFGH"]);
    // slow_down adds five seconds (RFC 8628 §3.5).
    expect(waits).toEqual([1000, 1000, 6000]);
    expect(keyOf(credential)).toBe("ASIASSO1");
    expect(Object.keys(credential.fields).sort()).toEqual([
      "access_key_id",
      "account_id",
      "region",
      "role_name",
      "secret_access_key",
      "session_token",
      "start_url",
    ]);
    expect(credential.expiresAt! - Date.now()).toBeGreaterThan(3_500_000);
    expect(credential.source!.refresh_token!.reveal()).toMatch(/canary/);
  });
});

test("of several accounts or roles one must be named; a person who declines ends it", async () => {
  await withFakeIdentityCenter(async (center) => {
    center.answers = [];
    center.roles = { 123456789012: ["agent", "admin"], 210987654321: [] };
    await expect(run(center)).rejects.toMatchObject({
      code: "Usage",
      message: expect.stringContaining("123456789012, 210987654321"),
    });
    await expect(run(center, { account_id: "123456789012" })).rejects
      .toMatchObject({ message: expect.stringContaining("agent, admin") });
    const named = { account_id: "123456789012", role_name: "admin" };
    expect(keyOf((await run(center, named)).credential)).toBe("ASIASSO1");
    center.answers = ["access_denied"];
    await expect(run(center)).rejects.toMatchObject({ code: "InputCancelled" });
    for (
      const change of [
        { start_url: "http://acme.awsapps.com/start" },
        { start_url: "acme" },
        { region: "evil.com#" },
      ] as Record<string, string>[]
    ) {
      await expect(run(center, change)).rejects.toMatchObject({
        code: "Usage",
      });
    }
  });
});

/** A connection whose keys have expired, with what a refresh of it needs. */
async function withExpired(
  center: FakeIdentityCenter,
  body: (parts: {
    refresh: (at?: number) => Promise<ApiKeyCredential>;
    stored: () => Promise<ApiKeyCredential>;
    state: () => Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  const { credential } = await run(center);
  await withHome(async (home) => {
    const store = openSqliteStore(`${home}/vault.db`);
    try {
      const vault = await Vault.open(store, fileKeyring(`${home}/master.key`));
      const connections = new Connections(vault, "default", {
        now: () => Date.now(),
      });
      await connections.save({
        provider: "acme",
        name: "default",
        revision: 0,
        credential: { ...credential, expiresAt: Date.now() - 1000 },
        state: "connected",
        createdAt: 1,
        updatedAt: 1,
      });
      const stored = () => connections.get("acme", "default");
      await body({
        stored: async () => (await stored()).credential as ApiKeyCredential,
        state: async () => (await stored()).state,
        refresh: async (at = 0) => {
          const fresh = await ensureFresh({
            vault,
            connections,
            registry: {
              get: () =>
                Promise.resolve({
                  definition: center.definition,
                  source: "custom" as const,
                  warnings: [],
                }),
            },
            fetch,
            clock: { now: () => Date.now() + at },
            sleep: () => Promise.resolve(),
          }, await stored());
          return fresh.credential as ApiKeyCredential;
        },
      });
    } finally {
      store.close();
    }
  });
}

test("keys are minted again with the portal's token, which is renewed when it expires", async () => {
  await withFakeIdentityCenter(async (center) => {
    await withExpired(center, async ({ refresh }) => {
      center.asked.length = 0;
      expect(keyOf(await refresh())).toBe("ASIASSO2");
      expect(center.asked).toEqual(["/federation/credentials"]);
      center.asked.length = 0;
      const later = await refresh(7_200_000);
      expect(keyOf(later)).toBe("ASIASSO3");
      expect(center.asked).toEqual(["/token", "/federation/credentials"]);
      expect(later.source!.refresh_token!.reveal()).toBe(center.refreshToken);
    });
  });
});

test("a refresh token that was renewed is kept although the portal fails after it", async () => {
  await withFakeIdentityCenter(async (center) => {
    center.expiresIn = 1;
    await withExpired(center, async ({ refresh, stored }) => {
      const before = center.refreshToken;
      center.portalFails = true;
      await expect(refresh()).rejects.toMatchObject({
        code: "RefreshFailed",
        exitCode: 5,
      });
      expect(center.refreshToken).not.toBe(before);
      expect((await stored()).source!.refresh_token!.reveal()).toBe(
        center.refreshToken,
      );
      center.portalFails = false;
      expect(keyOf(await refresh(400_000))).toBe("ASIASSO2");
    });
  });
});

test("a session that has ended needs a login, and nothing of it is quoted", async () => {
  await withFakeIdentityCenter(async (center) => {
    center.expiresIn = 1;
    await withExpired(center, async ({ refresh, state }) => {
      center.refreshToken = "another";
      const failed = await refresh().catch((error) => error);
      expect(failed).toMatchObject({
        code: "CredentialExpired",
        exitCode: 5,
        hint: "authsome login acme --force",
      });
      expect(inspect(failed, { depth: 9 })).not.toContain("canary");
      expect(await state()).toBe("invalid");
    });
  });
});
