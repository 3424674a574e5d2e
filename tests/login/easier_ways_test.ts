// What is offered in place of registering an OAuth app, for every bundled provider.
import { expect } from "expect";
import { test } from "node:test";
import { POPULAR } from "../../lib/cli/commands/login/popular.ts";
import { SOURCES } from "../../lib/import/sources.ts";
import {
  easierWays,
  needsApp,
  variantNames,
} from "../../lib/login/easier_ways.ts";
import { bundledProviders } from "../../providers/mod.ts";

const { names } = bundledProviders;
const definition = (name: string) => JSON.parse(bundledProviders.text(name)!);

function ways(name: string): string[] {
  const variants = variantNames(name, names).map(definition);
  return easierWays(definition(name), variants)
    .map((way) => way.kind === "token" ? way.provider.name : way.flow);
}

test("a token of the same service, then a flow that needs less", () => {
  expect(ways("github")).toEqual(["github-pat", "device_code"]);
  expect(ways("gitlab")).toEqual(["gitlab-pat", "device_code"]);
  expect(ways("linear")).toEqual(["linear-api-key"]);
  expect(ways("notion")).toEqual(["notion-token"]);
  expect(ways("slack")).toEqual(["slack-bot"]);
  expect(ways("atlassian")).toEqual(["atlassian-api-token"]);
  expect(ways("hubspot")).toEqual(["hubspot-private-app"]);
  expect(ways("sentry-oauth")).toEqual(["sentry", "device_code"]);
  expect(ways("huggingface-oauth"))
    .toEqual(["huggingface", "device_code", "dcr_pkce"]);
  for (
    const [name, token] of [
      ["airtable", "airtable-pat"],
      ["asana", "asana-pat"],
      ["attio", "attio-api-key"],
      ["bitbucket", "bitbucket-api-token"],
      ["clickup", "clickup-token"],
      ["figma", "figma-pat"],
      ["monday", "monday-token"],
      ["pipedrive", "pipedrive-token"],
      ["todoist", "todoist-token"],
      ["webflow", "webflow-token"],
    ] as const
  ) expect([name, ...ways(name)]).toEqual([name, token]);
  // A key of Gemini or of Maps is none of Google's other services.
  expect(ways("google")).toEqual(["device_code"]);
});

test("only a flow with a client of one's own needs an app", () => {
  expect(needsApp(definition("github"))).toBe(true);
  expect(needsApp(definition("openai"))).toBe(false);
  expect(needsApp(definition("github-pat"))).toBe(false);
  expect(needsApp(definition("linear-mcp"))).toBe(false);
});

test("what is named by hand is bundled", () => {
  const provided = Object.values(SOURCES).flatMap(({ provides = [] }) =>
    provides
  );
  expect([...POPULAR, ...provided].filter((name) => !names.includes(name)))
    .toEqual([]);
});
