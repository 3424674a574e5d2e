// What the vendors themselves say is no secret is none here, and what is one stays one.
import { expect } from "expect";
import { test } from "node:test";
import {
  publicFields,
  secretFields,
} from "../../lib/provider/credential_fields.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { bundledProviders } from "../../providers/mod.ts";

const FIELDS: Record<string, { shown: string[]; secret: string[] }> = {
  mixpanel: { shown: ["username"], secret: ["secret"] },
  plaid: { shown: ["client_id"], secret: ["secret"] },
  planetscale: { shown: ["service_token_id"], secret: ["service_token"] },
  trello: { shown: ["key"], secret: ["token"] },
  "zendesk-token": { shown: ["email"], secret: ["api_token"] },
};

for (const [name, { shown, secret }] of Object.entries(FIELDS)) {
  test(`${name}: what says whose it is is no secret`, () => {
    const definition: ProviderDefinition = JSON.parse(
      bundledProviders.text(name)!,
    );
    expect(publicFields(definition)).toEqual(shown);
    expect(secretFields(definition)).toEqual(secret);
  });
}
