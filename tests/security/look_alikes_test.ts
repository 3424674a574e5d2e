// Names from outside that pass for others: in the terminal and on the pages of the form.
import { expect } from "expect";
import { test } from "node:test";
import { markMixed, markName } from "../../lib/look_alikes.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { redirectWarning } from "../../lib/login/redirect_rule.ts";
import { clientPage, endedPage, secretsPage } from "../../lib/form/pages.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { connect, withBroker } from "../support/connected.ts";
import { withHome } from "../support/home.ts";

/** Names that look like another, and what is shown. */
const FAKES: [name: string, shown: string][] = [
  ["GitНub", "Git\\u{41d}ub"], // Cyrillic En
  ["Git Нub", "Git \\u{41d}ub"],
  ["Оpenai", "\\u{41e}penai"],
  ["Οpenai", "\\u{39f}penai"], // Greek Omicron
  ["pаypаl", "p\\u{430}yp\\u{430}l"],
  ["Open АІ", "Open \\u{410}\\u{406}"],
  ["ѕсоре", "\\u{455}\\u{441}\\u{43e}\\u{440}\\u{435}"], // Cyrillic alone
  ["ΑΒΕ", "\\u{391}\\u{392}\\u{395}"], // Greek alone
  ["Αррӏе", "\\u{391}\\u{440}\\u{440}\\u{4cf}\\u{435}"], // Greek and Cyrillic
  ["Ꮐithub", "\\u{13c0}ithub"], // Cherokee
  ["Gіt-Lab", "G\\u{456}t-Lab"],
  ["Ｇithub", "\\u{ff27}ithub"], // full-width
  ["𝐆ithub", "\\u{1d406}ithub"], // mathematical
  ["ℊithub", "\\u{210a}ithub"],
  ["ɢithub", "\\u{262}ithub"],
  ["Githuƀ ſ", "Githuƀ \\u{17f}"],
  ["Gitǀab", "Git\\u{1c0}ab"],
  ["Git\u200bHub", "Git\\u{200b}Hub"],
  ["Git\u2060Hub", "Git\\u{2060}Hub"],
  ["Git\u00adHub", "Git\\u{ad}Hub"],
  ["Git\ufe00Hub", "Git\\u{fe00}Hub"],
  ["GitHub\u3164", "GitHub\\u{3164}"],
  ["GitHub\u{e0041}", "GitHub\\u{e0041}"],
  ["Git\u202eHub", "Git\\u{202e}Hub"],
  ["Git\u2066Hub", "Git\\u{2066}Hub"],
  ["Go\u0ed0gle", "Go\\u{ed0}gle"], // Lao zero
  ["Go\u0966gle", "Go\\u{966}gle"], // Devanagari zero
  ["G\u2d54ogle", "G\\u{2d54}ogle"], // Tifinagh
  ["Open\u15e9i", "Open\\u{15e9}i"], // Canadian Aboriginal
  ["\ua4da\ua4f2", "\\u{a4da}\\u{a4f2}"], // Lisu alone
  ["\ufb01gma", "\\u{fb01}gma"], // a ligature
  ["\ua7acitHub", "\\u{a7ac}itHub"], // a phonetic letter
  ["\u05e9\u05dc Ореn", "\u05e9\u05dc \\u{41e}\\u{440}\\u{435}n"], // Hebrew beside it
  ["Gi\u0335tHub", "Gi\\u{335}tHub"],
  ["Git\u0301Hub", "Git\\u{301}Hub"],
];

const HONEST = [
  ...["GitHub", "Café", "Cafe\u0301", "Zürich & Söhne", "Ślązak", "Đà Nẵng"],
  ...["Яндекс", "Работа с нами", "Почта России", "Сбербанк Online"],
  ...[
    "Ελληνική Αγορά",
    "日本語",
    "楽天モバイル",
    "LINE公式",
    "Tシャツ",
    "카카오톡",
    "ようこそ！",
  ],
  ...["ระบบAPIไทย", "1С:Предприятие", "2ГИС", "H₂O", "Yapı Kredi"],
  ...["हिन्दी", "ภาษาไทย", "עברית", "العربية", "Armenia Հայաստան"],
  ...["Acme™ ®", "CO²", "Nº 5", "I ❤\ufe0f you", "a – b “c” …", "5 µm"],
];

test("a name that passes for another is shown with what it is made of", () => {
  for (const [name, shown] of FAKES) {
    expect([name, markName(name)]).toEqual([name, shown]);
  }
});

test("a name in one script, or in two that are not confused, is shown as it is", () => {
  for (const name of HONEST) {
    expect([name, markName(name)]).toEqual([name, name]);
    expect([name, markMixed(name)]).toEqual([name, name]);
  }
  const shown = bundledProviders.names.map((name) => {
    const { display_name } = JSON.parse(bundledProviders.text(name)!);
    return [display_name, markName(display_name)];
  });
  expect(shown.filter(([name, marked]) => name !== marked)).toEqual([]);
});

function stranger(display_name: string): ProviderDefinition {
  return {
    schema_version: 1,
    name: "acme",
    display_name,
    auth_type: "api_key",
    flow: "api_key",
    api_url: "api.acme-notes.com",
    api_key: {},
    oauth: { redirect_rules: "https_only" },
    notes: [`Ask ${display_name}`],
  };
}

const REFUSED = /[\u202e\u2066]/;

test("register shows it and says so in red", () =>
  withHome(async (home) => {
    for (const [name, shown] of FAKES) {
      if (REFUSED.test(name)) continue;
      const { stderr } = await runCommand(["register", "acme.json"], {
        home,
        files: { "acme.json": JSON.stringify(stranger(name)) },
        tty: true,
        stdin: "n\n",
      });
      expect(stderr).toContain(`${shown} (acme, api_key)`);
      expect(stderr).toMatch(
        // deno-lint-ignore no-control-regex
        /\x1b\[31mWarning:\x1b\[0m Its name has letters that look like others .* as \\u\{…\} above/,
      );
      expect(stderr).not.toContain(name);
    }
    const honest = await runCommand(["register", "acme.json"], {
      home,
      files: { "acme.json": JSON.stringify(stranger("Яндекс")) },
      tty: true,
      stdin: "n\n",
    });
    expect(honest.stderr).toContain("Яндекс (acme, api_key)");
    expect(honest.stderr).not.toContain("look like");
  }));

test("another provider's own name is warned about, and so is a name that looks like it", () =>
  withHome(async (home) => {
    const told = async (name: string) => {
      const { stderr } = await runCommand(["register", "acme.json"], {
        home,
        files: { "acme.json": JSON.stringify(stranger(name)) },
        tty: true,
        stdin: "n\n",
      });
      return /It is called (.*), like "(.*)"/.exec(stderr)?.slice(1);
    };
    for (
      const [name, known] of [
        ...[["OpenAI", "openai"], ["Open AI", "openai"], ["OpenAl", "openai"]],
        ...[["0penA1", "openai"], ["G\u0131tHub", "github"]],
        ...[["GitHu\u1e03", "github"], ["L\u0131near", "linear"]],
      ]
    ) expect(await told(name!)).toEqual([name, known]);
    expect(await told("Acme")).toBe(undefined);
  }));

test("the pages of the form show it", async () => {
  for (const [name, shown] of FAKES) {
    const context = {
      provider: {
        definition: stranger(name),
        source: "custom" as const,
        warnings: [],
      },
      connection: name,
      nonce: "n",
      action: "/",
      token: "t",
      problems: {},
      doubts: {},
    };
    const pages = [
      secretsPage(context, {
        kind: "secrets",
        fields: ["api_key"],
        typed: {},
        // deno-lint-ignore no-explicit-any
      } as any),
      clientPage(context, {
        kind: "client",
        redirectUri: "http://127.0.0.1:7998/x",
        scopes: [],
        // deno-lint-ignore no-explicit-any
      } as any),
      // deno-lint-ignore no-explicit-any
      endedPage(context, { kind: "failed", message: "m" } as any),
      endedPage(context, {
        kind: "connected",
        connection: name,
        account: name,
        // deno-lint-ignore no-explicit-any
      } as any),
    ];
    for (const page of pages) {
      const text = String(await page);
      expect(text).toContain(shown);
      expect(text.includes(name)).toBe(false);
    }
    expect(redirectWarning(stranger(name))).toContain(shown);
  }
});

test("the terminal marks words of mixed letters wherever they stand", () =>
  withHome(async (home) => {
    await withBroker(
      home,
      (broker) => connect(broker, "openai", "sk-1", "wоrk"),
    );
    for (
      const line of [
        "list --connected",
        "get openai",
        "logout openai --connection wоrk",
      ]
    ) {
      const { stdout, stderr } = await runCommand(line.split(" "), { home });
      expect(stdout + stderr).toContain("w\\u{43e}rk");
      expect(stdout + stderr).not.toContain("wоrk");
    }
  }));

test("JSON shows it too, and holds the same", () =>
  withHome(async (home) => {
    const definition = stranger("GitНub 𝐆 \u{e0041}");
    const files = { "acme.json": JSON.stringify(definition) };
    await runCommand(["register", "acme.json", "--yes"], { home, files });
    for (const line of ["inspect acme", "inspect acme --json"]) {
      const { stdout } = await runCommand(line.split(" "), { home });
      expect(stdout).toContain('"Git\\u041dub 𝐆 \\udb40\\udc41"');
      const shown = JSON.parse(stdout);
      expect((shown.definition ?? shown).display_name).toBe(
        definition.display_name,
      );
    }
  }));

test("a host in other letters is no host", () =>
  withHome(async (home) => {
    for (
      const fields of [
        { api_url: "api.оpenai.com" },
        { api_url: "https://api.оpenai.com/v1" },
        { api_key: { base_url: "https://оpenai.com" } },
        { dashboard_url: "https://оpenai.com" },
      ]
    ) {
      const text = JSON.stringify({ ...stranger("Acme"), ...fields });
      const { code } = await runCommand(["register", "acme.json", "--yes"], {
        home,
        files: { "acme.json": text },
      });
      expect([fields, code]).toEqual([fields, 4]);
    }
  }));
