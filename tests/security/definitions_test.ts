// deno-lint-ignore-file no-control-regex
// K1: what a hostile definition can try when somebody is talked into `authsome register`.
import { expect } from "expect";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { withHome } from "../support/home.ts";

const ACME = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "api_key",
  flow: "api_key",
  api_url: "api.acme-notes.com",
  api_key: {},
};

function bundled(name: string): ProviderDefinition {
  return JSON.parse(bundledProviders.text(name)!);
}

// Refused whatever the person says.
const REFUSED: [what: string, text: string][] = [
  ["a name that leaves the folder", change({ name: "../../.bashrc" })],
  ["a name that is a path", change({ name: "a/b" })],
  [
    "prototype pollution",
    '{"__proto__":{"force":true},' + change({}).slice(1),
  ],
  [
    "a second token_url behind the first",
    JSON.stringify(bundled("atlassian")).replace(
      '"token_url":',
      '"token_url":"https://evil-acme.com/t","token_url":',
    ),
  ],
  ["64 KiB", change({ notes: ["x".repeat(70_000)] })],
  ["deep nesting", '{"x":'.repeat(5_000) + "1" + "}".repeat(5_000)],
  ["a host pattern without an end", change({ api_url: "regex:^.*acme" })],
  [
    "a host pattern that takes for ever",
    change({ api_url: String.raw`regex:^([a-z]+)+\.acme-notes\.com$` }),
  ],
  [
    "a key pattern that takes for ever",
    change({ api_key: { key_pattern: "^((a+))+$" } }),
  ],
  [
    "every host below com",
    change({ api_url: String.raw`regex:^[a-z]+\.com$` }),
  ],
  ["a metadata service", change({ api_url: "169.254.169.254" })],
  ["this machine", change({ api_url: "localhost:8080" })],
  [
    "a token endpoint in the clear",
    JSON.stringify({
      ...bundled("github"),
      name: "acme",
      oauth: {
        ...bundled("github").oauth,
        token_url: "http://github.com/login",
      },
    }),
  ],
  [
    "a header that frames the message",
    change({
      api_key: {
        inject: [{
          kind: "header",
          name: "Content-Length",
          value: "{api_key}",
        }],
      },
    }),
  ],
  [
    "a variable that steers programs",
    change({ export: { env: { LD_PRELOAD: "api_key" } } }),
  ],
  ["colours in its name", change({ display_name: "\x1b[31mAcme" })],
];

function change(fields: Record<string, unknown>): string {
  return JSON.stringify({ ...ACME, ...fields });
}

for (const [what, text] of REFUSED) {
  test(`register refuses ${what}, and writes nothing`, () =>
    withHome(async (home) => {
      for (const flags of [["--yes", "--force"], ["--yes"]]) {
        const { code, stderr } = await runCommand(
          ["register", "acme.json", ...flags],
          { home, files: { "acme.json": text } },
        );
        expect([code, stderr]).toEqual([4, expect.stringMatching(/^Error: /)]);
        expect(stderr).not.toMatch(/\x1b/);
      }
      expect(written(home)).toEqual([]);
    }));
}

test("another token_url for a known provider needs --force, is shown in red with what changes, and is asked about", () =>
  withHome(async (home) => {
    const definition = bundled("atlassian");
    definition.oauth!.token_url = "https://auth.evil-acme.com/oauth/token";
    const files = { "atlassian.json": JSON.stringify(definition) };
    const plain = await runCommand(["register", "atlassian.json", "--yes"], {
      home,
      files,
    });
    expect(plain.code).toBe(7);
    const asked = await runCommand(["register", "atlassian.json", "--force"], {
      home,
      files,
      tty: true,
      stdin: "n\n",
    });
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain(
      "\x1b[31mWarning:\x1b[0m It replaces the bundled definition of",
    );
    expect(asked.stderr).toMatch(
      /- oauth\.token_url: "https:\/\/auth\.atlassian\.com\/oauth\/token"[\s\S]*\+ oauth\.token_url: "https:\/\/auth\.evil-acme\.com\/oauth\/token"/,
    );
    expect(asked.stderr).toMatch(
      /Its client and tokens go to:[\s\S]*evil-acme/,
    );
    expect(written(home)).toEqual([]);
    const still = await runCommand(["inspect", "atlassian"], { home });
    expect(still.stdout).not.toContain("evil-acme");
  }));

test("a new name with a known host is shown in red", () =>
  withHome(async (home) => {
    const { stderr } = await runCommand(["register", "acme.json"], {
      home,
      files: {
        "acme.json": change({
          api_url: ["gmail.googleapis.com", "api.openai.com"],
        }),
      },
      tty: true,
      stdin: "n\n",
    });
    expect(stderr).toMatch(
      /\x1b\[31mWarning:\S* It takes requests to gmail\.googleapis\.com away from "google"/,
    );
    expect(stderr).toMatch(
      /\x1b\[31mWarning:\S* "openai" serves api\.openai\.com too/,
    );
  }));

test("a byte order mark is no reason to read something else", () =>
  withHome(async (home) => {
    const { code } = await runCommand(["register", "acme.json", "--yes"], {
      home,
      files: { "acme.json": "\ufeff" + change({}) },
    });
    expect([code, written(home)]).toEqual([0, ["acme.json"]]);
  }));

function written(home: string): string[] {
  try {
    return readdirSync(`${home}/providers`);
  } catch {
    return [];
  }
}
