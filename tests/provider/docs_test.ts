// The pages of docs/providers/: in step with the definitions, as `deno fmt` leaves them.
import { expect } from "expect";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { bundledProviders } from "../../providers/mod.ts";
import { providerDocs } from "../../scripts/generate_provider_docs.ts";
import { DENO_ONLY } from "../support/program.ts";
import { code, prose, table } from "../../scripts/generate/markdown.ts";

const FOLDER = new URL("../../docs/providers/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, FOLDER), "utf8");

test("there is a page for every provider and no other", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(
    ["README.md", ...bundledProviders.names.map((name) => `${name}.md`)].sort(),
  );
});

test(
  "every page is in step with its definition",
  { skip: DENO_ONLY },
  async () => {
    for (const [name, text] of await providerDocs()) {
      if (read(name) !== text) {
        throw new Error(
          `docs/providers/${name} is out of date: deno task providers`,
        );
      }
    }
  },
);

test("links between pages lead to pages", () => {
  const names = new Set(readdirSync(FOLDER));
  let links = 0;
  for (const name of names) {
    for (const [, target] of read(name).matchAll(/\]\(([^):]+\.md)\)/g)) {
      links++;
      expect([name, target, names.has(target!)]).toEqual([name, target, true]);
    }
  }
  expect(links).toBeGreaterThan(400);
});

test("the page of an OAuth provider says what a person needs", () => {
  const page = read("atlassian.md");
  for (
    const line of [
      "| Default flow ",
      "`read:jira-work`, `write:jira-work`, `read:jira-user`",
      "http://127.0.0.1:7998/auth/callback/oauth\n",
      "<https://developer.atlassian.com/console/myapps/>",
      "authsome login atlassian\n",
      "`https://auth.atlassian.com/authorize`",
      "authsome get atlassian --field status\n# → connected",
      'authsome login atlassian --scopes "<comma-separated>"',
      "authsome login atlassian --connection work",
      "`ATLASSIAN_ACCESS_TOKEN=authsome-proxy-managed`",
      'eval "$(authsome export atlassian --format env)"',
      "authsome inspect atlassian > ~/.authsome/providers/atlassian.json",
      "https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/",
    ]
  ) expect(page).toContain(line);
  expect(page).not.toContain("ATLASSIAN_REFRESH_TOKEN=");
  expect(read("slack.md")).toContain("the host name `localhost`");
  expect(read("github.md")).toContain("authsome prefer github\n");
  expect(read("github.md")).toContain("[`github-pat`](github-pat.md)");
  expect(read("trello.md")).toContain('{"key":"…","token":"…"}');
  expect(read("zendesk-token.md")).toContain("--base-url https://");
});

test("a page says how its facts are known", () => {
  const openai = read("openai.md");
  expect(openai).toMatch(/\| Facts checked +\| `20[0-9]{2}-[0-9]{2}`/);
  expect(openai).toMatch(/- npm openai [0-9.]+\n/);
  expect(openai).toContain("- <https://github.com/openai/openai-openapi>\n");
  expect(openai).not.toContain("nverified");
  expect(read("figma-mcp.md")).toMatch(/\| Facts checked .*, unverified/);
  expect(read("figma-mcp.md")).toContain("Unverified: only one source");
  expect(read("README.md")).toMatch(/\(figma-mcp\.md\) †/);
  expect(read("README.md")).not.toMatch(/\(openai\.md\) †/);
});

test("Markdown keeps what would mean something", () => {
  expect(prose("a_b <x> see https://a.example/x. And --base-url!")).toBe(
    "a\\_b \\<x\\> see `https://a.example/x`. And `--base-url`!",
  );
  expect(prose("EU: --base-url https://eu.example, or")).toBe(
    "EU: `--base-url https://eu.example`, or",
  );
  expect(table([["a", "b"], ["`x|y`", "—"]])).toBe(
    "| a | b |\n| --- | --- |\n| `x\\|y` | — |",
  );
  expect(() => code("`")).toThrow("backtick");
});
