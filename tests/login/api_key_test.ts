import { expect } from "expect";
import { test } from "node:test";
import { flow } from "../../lib/login/flows/api_key.ts";
import type { FlowRequest } from "../../lib/login/flow.ts";
import { Secret } from "../../lib/secret.ts";
import { keyProvider } from "../support/browser/form.ts";

function request(
  answers: Record<string, Secret>,
  optional_fields: string[] = [],
): FlowRequest {
  return {
    provider: keyProvider({
      api_key: { secret_fields: ["id", "token"], optional_fields },
    }),
    connection: "default",
    conversation: {
      askSecrets: () => Promise.resolve(answers),
    },
  } as unknown as FlowRequest;
}

test("the api_key flow keeps the fields of the definition and no other", async () => {
  const { credential } = await flow.run(request({
    id: new Secret("i"),
    token: new Secret("t"),
    more: new Secret("m"),
  }));
  expect(credential.type === "api_key" && Object.keys(credential.fields))
    .toEqual(["id", "token"]);
});

test("the api_key flow refuses an answer with a field missing or empty", async () => {
  for (const token of [undefined, new Secret("")]) {
    await expect(
      flow.run(request({ id: new Secret("i"), ...(token ? { token } : {}) })),
    ).rejects.toMatchObject({
      code: "CredentialMissing",
      subject: { field: "token" },
    });
  }
});

test("the api_key flow does without a field that may be left out", async () => {
  for (const token of [undefined, new Secret("")]) {
    const answers = { id: new Secret("i"), ...(token ? { token } : {}) };
    const { credential } = await flow.run(request(answers, ["token"]));
    expect(credential.type === "api_key" && Object.keys(credential.fields))
      .toEqual(["id"]);
  }
});
