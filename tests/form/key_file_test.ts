// The page takes a key file with its lines, never shows it again, and says where it goes.
import { expect } from "expect";
import { test } from "node:test";
import type {
  Provider,
  ProviderDefinition,
} from "../../lib/provider/definition.ts";
import { openForm, tokenOf } from "../support/browser/form.ts";
import { rsaKey } from "../support/rsa_key.ts";

const definition: ProviderDefinition = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "oauth2",
  flow: "jwt_bearer",
  api_url: "api.acme.com",
  oauth: { token_url: "https://login.acme.com/token" },
  mint: {
    fields: ["client_id", "private_key"],
    file_fields: ["private_key"],
    jwt: { issuer: "{client_id}", key: "{private_key}" },
  },
};
const provider: Provider = { definition, source: "custom", warnings: [] };

test("a key file is typed with its lines, and kept while another field is mended", async () => {
  const form = openForm(provider);
  const answer = form.session.ask<"secrets">(
    { kind: "secrets", fields: definition.mint!.fields, typed: {} },
    new AbortController().signal,
  );
  const path = `/login/${form.session.ticket()}`;
  let html = await (await form.browser.get(path)).text();
  expect(html).toMatch(
    /<textarea[^>]* name="secret.private_key"[^>]*>\s*<\/textarea>/,
  );
  const goes = html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  expect(goes).toContain(
    "Private key Never sent: requests to login.acme.com are signed with it",
  );
  expect(goes).toContain("Client ID Only to login.acme.com");
  const pem = rsaKey().pkcs8;
  const send = async (values: Record<string, string>) => {
    const response = await form.browser.post(path, {
      token: tokenOf(html),
      step: "secrets",
      act: "answer",
      ...values,
    });
    html = await response.text();
  };
  for (const wrong of ["/home/me/key.pem", "{", pem.slice(0, 900)]) {
    await send({ "secret.client_id": "me", "secret.private_key": wrong });
    expect(html).toContain('id="secret.private_key-problem"');
  }
  await send({ "secret.client_id": "$CLIENT_ID", "secret.private_key": pem });
  expect(html).toContain('id="secret.client_id-problem"');
  expect(html).not.toContain("BEGIN PRIVATE KEY");
  await send({ "secret.client_id": "me", "secret.private_key": "" });
  expect((await answer).private_key!.reveal()).toBe(pem.trim());
});
