import { expect } from "expect";
import { test } from "node:test";
import type { Connection } from "../../../lib/connection/connection.ts";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import {
  type Candidate,
  compare,
  providerVariables,
} from "../../../lib/import/scan/drift.ts";
import { harvest } from "../../../lib/import/scan/scan_plan.ts";
import { Secret } from "../../../lib/secret.ts";
import { bundledProviders } from "../../../providers/mod.ts";

function definition(name: string): ProviderDefinition {
  return JSON.parse(bundledProviders.text(name)!);
}

function candidate(name: string, fields?: Record<string, string>): Candidate {
  const connection: Connection | undefined = fields && {
    provider: name,
    name: "default",
    revision: 1,
    state: "connected",
    createdAt: 0,
    updatedAt: 0,
    credential: definition(name).auth_type === "api_key"
      ? {
        type: "api_key",
        fields: Object.fromEntries(
          Object.entries(fields).map(([key, text]) => [key, new Secret(text)]),
        ),
      }
      : {
        type: "oauth2",
        accessToken: new Secret(fields.access_token!),
        scopes: [],
        requestedScopes: [],
        captured: {},
      },
  };
  return {
    definition: definition(name),
    connectionName: "default",
    ...connection ? { connection } : {},
  };
}

async function statuses(
  candidates: Candidate[],
  variables: Record<string, string>,
) {
  const rows = await compare(candidates, [{ name: ".env", variables }]);
  return rows.map(({ provider, variable, status, source }) =>
    [provider, variable, status, source ?? "-"].join(" ")
  );
}

test("every state of a variable", async () => {
  const kept = candidate("openai", { api_key: "sk-1" });
  const none = candidate("openai");
  const is = async (
    one: Candidate,
    value: string | undefined,
    status: string,
  ) =>
    expect(
      await statuses(
        [one],
        value === undefined ? {} : { OPENAI_API_KEY: value },
      ),
    ).toEqual(status ? [`openai OPENAI_API_KEY ${status}`] : []);
  await is(none, "sk-1", "env_only .env");
  await is(kept, "sk-1", "match .env");
  await is(kept, " sk-1\n", "match .env");
  await is(kept, "sk-2", "different .env");
  await is(kept, "sk-12", "different .env");
  await is(kept, "", "authsome_only .env");
  await is(kept, "authsome-proxy-managed", "authsome_only .env");
  await is(none, "authsome-proxy-managed", "both_missing .env");
  await is(none, "", "both_missing .env");
  await is(kept, undefined, "authsome_only -");
  await is(none, undefined, "");
});

test("a variable of several providers belongs to the connected one, else to the one whose key it is", async () => {
  const env = { GH_TOKEN: "t" };
  expect(await statuses([candidate("github"), candidate("github-pat")], env))
    .toEqual(["github-pat GH_TOKEN env_only .env"]);
  expect(
    await statuses([
      candidate("github", { access_token: "t" }),
      candidate("github-pat"),
    ], env),
  ).toEqual(["github GH_TOKEN match .env"]);
});

test("refresh tokens and client secrets are never in a variable", () => {
  for (const name of bundledProviders.names) {
    const fields = [...providerVariables(definition(name)).values()];
    expect(fields).not.toContain("refresh_token");
    expect(fields).not.toContain("client_secret");
  }
  expect([...providerVariables(definition("twilio")).keys()].sort())
    .toEqual(["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"]);
});

test("a key of several parts is taken whole or not at all", async () => {
  const take = async (
    one: Candidate,
    ...sources: Record<string, string>[]
  ) => {
    const drift = await compare(
      [one],
      sources.map((variables, index) => ({ name: `f${index}`, variables })),
    );
    const { found, skipped } = harvest([one], drift);
    return [
      ...found.map(({ credential, from }) =>
        `${from}: ${
          credential.type === "api_key" &&
          Object.entries(credential.fields).map(([k, v]) =>
            `${k}=${v.reveal()}`
          ).join(" ")
        }`
      ),
      ...skipped.map(({ reason }) => `- ${reason}`),
    ];
  };
  const twilio = candidate("twilio");
  expect(await take(twilio, { TWILIO_ACCOUNT_SID: "a" })).toEqual([
    "- it also needs TWILIO_AUTH_TOKEN",
  ]);
  expect(
    await take(twilio, { TWILIO_ACCOUNT_SID: "a" }, { TWILIO_AUTH_TOKEN: "b" }),
  ).toEqual(["f0, f1: account_sid=a auth_token=b"]);
  expect(
    await take(twilio, { TWILIO_ACCOUNT_SID: "a", TWILIO_AUTH_TOKEN: "b" }, {
      TWILIO_AUTH_TOKEN: "c",
    }),
  ).toEqual([
    "- f0 (TWILIO_AUTH_TOKEN) and f1 (TWILIO_AUTH_TOKEN) hold different values",
  ]);
  // One part changed: the other is the kept one.
  const kept = candidate("twilio", { account_sid: "a", auth_token: "old" });
  expect(await take(kept, { TWILIO_AUTH_TOKEN: "new" })).toEqual([
    "f0: account_sid=a auth_token=new",
  ]);
  expect(await take(kept, { TWILIO_AUTH_TOKEN: "old" })).toEqual([]);
  expect(await take(candidate("slack"), { SLACK_ACCESS_TOKEN: "t" })).toEqual([
    "- an access token alone cannot be renewed",
  ]);
});

test("keys in a file are not those that authsome mints: they belong to who keeps them", async () => {
  const candidates = ["aws", "aws-role", "aws-sso", "github-app"].map((
    name,
  ) => ({
    definition: JSON.parse(bundledProviders.text(name)!),
    connectionName: "default",
  }));
  const found = await compare(candidates, [{
    name: ".env",
    variables: {
      AWS_ACCESS_KEY_ID: "AKIAACMEACMEACMEACME",
      AWS_SECRET_ACCESS_KEY: "secret",
      GITHUB_APP_TOKEN: "ghs_token",
    },
  }]);
  expect([...new Set(found.map(({ provider }) => provider))]).toEqual(["aws"]);
});
