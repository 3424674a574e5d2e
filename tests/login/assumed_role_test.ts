import { expect } from "expect";
import { test } from "node:test";
import { inspect } from "node:util";
import type { ApiKeyCredential } from "../../lib/connection/connection.ts";
import { Connections } from "../../lib/connection/connections.ts";
import { ensureFresh } from "../../lib/connection/refresh/refresh.ts";
import { fileKeyring } from "../../lib/host/vault/keyring_file.ts";
import { openSqliteStore } from "../../lib/host/vault/sqlite_store.ts";
import { flow } from "../../lib/login/flows/given_source.ts";
import { awsEndpoint, regionOfRole } from "../../lib/mint/aws_endpoint.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { Secret } from "../../lib/secret.ts";
import { Vault } from "../../lib/vault/vault.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { withHome } from "../support/home.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";
import {
  type FakeSts,
  KEYS,
  ROLE,
  withFakeSts,
} from "../support/servers/fake_sts.ts";

const LASTING = {
  access_key_id: "AKIAACMEACMEACMEACME",
  secret_access_key: KEYS.AKIAACMEACMEACMEACME,
};
const TEMPORARY = {
  access_key_id: "ASIAACMEACMEACMEACME",
  secret_access_key: KEYS.ASIAACMEACMEACMEACME,
  session_token: "session",
};

const secrets = (values: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, new Secret(value)]),
  );

async function run(
  { definition }: FakeSts,
  answers: Record<string, string>,
  keys: Record<string, string> = LASTING,
): Promise<ApiKeyCredential> {
  const request = flowRequest(definition, {
    keysOf: () => Promise.resolve(secrets(keys)),
  });
  const { credential } = await flow.run({
    ...request,
    conversation: {
      ...request.conversation,
      askSecrets: () => Promise.resolve(secrets(answers)),
    },
  });
  return credential as ApiKeyCredential;
}

test("a role gives keys that expire, assumed with keys that last or do not", async () => {
  await withFakeSts(async (sts) => {
    const credential = await run(sts, { role_arn: ROLE });
    const shown = Object.fromEntries(
      Object.entries(credential.fields).map((
        [name, secret],
      ) => [name, secret.reveal()]),
    );
    expect(shown).toEqual({
      role_arn: ROLE,
      access_key_id: "ASIAMINTED1",
      secret_access_key: "minted-secret-1",
      session_token: "minted-session-1",
    });
    expect(credential.expiresAt! - Date.now()).toBeGreaterThan(3_500_000);
    expect(Object.keys(credential.source!)).toEqual(["role_arn"]);
    await run(sts, {
      role_arn: ROLE,
      external_id: "ours",
      region: "eu-west-1",
      connection: "aws/work",
    }, TEMPORARY);
    expect(sts.asked).toMatchObject([
      { Action: "AssumeRole", region: "us-east-1", by: LASTING.access_key_id },
      {
        ExternalId: "ours",
        region: "eu-west-1",
        by: TEMPORARY.access_key_id,
      },
    ]);
  });
});

test("what is no role, no region or no connection of AWS is refused before anything is sent", async () => {
  await withFakeSts(async (sts) => {
    for (
      const answers of [
        { role_arn: "arn:aws:iam::123456789012:user/me" },
        { role_arn: "deploy" },
        { role_arn: ROLE, region: "evil.com/" },
        { role_arn: ROLE, region: "us-east-1.evil.com#" },
        { role_arn: ROLE, connection: "github" },
        { role_arn: ROLE, connection: "acme" },
        { role_arn: ROLE, connection: "awsx/default" },
      ] as Record<string, string>[]
    ) {
      await expect(run(sts, answers)).rejects.toMatchObject({ code: "Usage" });
    }
    expect(sts.asked).toEqual([]);
    const refused = await run(sts, { role_arn: ROLE, external_id: "wrong" })
      .catch((error) => error);
    expect(refused).toMatchObject({
      code: "AuthenticationFailed",
      error: "AccessDenied",
    });
    expect(inspect(refused, { depth: 9 })).not.toMatch(/canary|AKIA/);
  });
});

test("a role is minted again with the keys that the other connection has by then", async () => {
  await withFakeSts((sts) =>
    withHome(async (home) => {
      const store = openSqliteStore(`${home}/vault.db`);
      try {
        const vault = await Vault.open(
          store,
          fileKeyring(`${home}/master.key`),
        );
        const clock = { now: () => Date.now() };
        const connections = new Connections(vault, "default", clock);
        const put = async (
          provider: string,
          credential: ApiKeyCredential,
        ) => {
          const old = await connections.find(provider, "default");
          return await connections.save({
            provider,
            name: "default",
            revision: old?.revision ?? 0,
            credential,
            state: "connected",
            createdAt: 1,
            updatedAt: 1,
          });
        };
        const role = await put("acme", {
          type: "api_key",
          fields: secrets(TEMPORARY),
          expiresAt: Date.now() - 1000,
          source: secrets({ role_arn: ROLE }),
        });
        const context = {
          vault,
          connections,
          registry: {
            get: () =>
              Promise.resolve({
                definition: sts.definition,
                source: "custom" as const,
                warnings: [],
              }),
          },
          fetch,
          clock,
          sleep: () => Promise.resolve(),
        };
        await expect(ensureFresh(context, role)).rejects.toMatchObject({
          code: "ConnectionNotFound",
          hint: "authsome login aws",
        });
        await put("aws", {
          type: "api_key",
          fields: secrets({ ...LASTING, secret_access_key: "old" }),
        });
        await expect(ensureFresh(context, role)).rejects.toMatchObject({
          code: "RefreshFailed",
          exitCode: 5,
        });
        await put("aws", { type: "api_key", fields: secrets(LASTING) });
        const later = { now: () => Date.now() + 60_000 };
        const fresh = await ensureFresh({ ...context, clock: later }, role);
        expect((fresh.credential as ApiKeyCredential).fields.access_key_id!
          .reveal()).toBe("ASIAMINTED1");
        expect(fresh.credential.source!.role_arn!.reveal()).toBe(ROLE);
      } finally {
        store.close();
      }
    })
  );
});

test("endpoints are those of the region, and of its partition", () => {
  const definition: ProviderDefinition = JSON.parse(
    bundledProviders.text("aws-role")!,
  );
  for (
    const [region, host] of [
      ["us-east-1", "sts.us-east-1.amazonaws.com"],
      ["us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"],
      ["cn-north-1", "sts.cn-north-1.amazonaws.com.cn"],
    ] as const
  ) {
    expect(awsEndpoint({ definition }, "sts", region).host).toBe(host);
  }
  expect([
    regionOfRole(ROLE),
    regionOfRole(ROLE.replace("aws", "aws-cn")),
    regionOfRole(ROLE.replace("aws", "aws-us-gov")),
  ]).toEqual(["us-east-1", "cn-north-1", "us-gov-west-1"]);
});
