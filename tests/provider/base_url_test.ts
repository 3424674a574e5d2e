// What a person writes into an override beside what is there: a base URL in the wrong place, or one that nothing uses.
import { expect } from "expect";
import { test } from "node:test";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";
import { bundledProviders } from "../../providers/mod.ts";

const BASE = "https://auth.acme-notes.com";

interface Written {
  [field: string]: unknown;
  oauth: Record<string, unknown>;
}

function warnings(change: (definition: Written) => void): string[] {
  const definition = JSON.parse(bundledProviders.text("atlassian")!) as Written;
  change(definition);
  const text = JSON.stringify(definition);
  return parseDefinition(text, { file: "a.json" }).warnings;
}

test("a base URL outside of its section is named with the place where it belongs", () => {
  expect(warnings((definition) => definition.base_url = BASE)).toEqual([
    '"base_url" is not a known field here; it belongs into "oauth"',
  ]);
  expect(warnings((definition) => definition.scopes = [])).toEqual([
    '"scopes" is not a known field here; it belongs into "oauth"',
  ]);
  expect(warnings((definition) => definition.colour = "")).toEqual([
    '"colour" is not a known field here',
  ]);
});

test("a base URL that no URL depends on is no silent change; one that is used is none to warn of", () => {
  expect(warnings(({ oauth }) => oauth.base_url = BASE)).toEqual([
    '"oauth.base_url" changes nothing: no URL here begins with {base_url}, as "{base_url}/token" would',
  ]);
  expect(warnings(({ oauth }) => {
    oauth.base_url = BASE;
    oauth.authorization_url = "{base_url}/authorize";
    oauth.token_url = "{base_url}/oauth/token";
  })).toEqual([]);
  expect(warnings(() => {})).toEqual([]);
});
