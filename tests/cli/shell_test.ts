// Every shell that is installed must read back exactly what was exported, whatever the value holds.
import { expect } from "expect";
import { test } from "node:test";
import {
  EXPORT_FORMATS,
  type ExportFormat,
  formatVariables,
  quoteWord,
} from "../../lib/cli/shell.ts";

/** Values that break careless quoting. */
const CORPUS = [
  "",
  " ",
  "plain",
  "it's",
  "'",
  "''",
  "'\\''",
  '"',
  "\\",
  "\\\\",
  "\\'",
  "ends in \\",
  "$HOME",
  "${HOME}",
  "$(touch owned)",
  "`touch owned`",
  "'; touch owned; '",
  '"; touch owned; "',
  "\n",
  "two\nlines\n",
  "\r\n",
  "\ttab",
  "!history !!",
  "*",
  "~",
  "-n",
  "#no comment",
  "%s %d %%",
  "a;b|c&d<e>f(g){h}[i]",
  "‘typographic’ ‚quotes‛",
  "é 日本 😀 \u202e",
  "\u001b[31m\u0007\u0085",
  "\u007f\u0001",
  "=",
  "\\n\\t\\0",
  "x".repeat(10_000),
];

const SHELLS: {
  name: string;
  format: ExportFormat;
  args: (script: string) => string[];
}[] = [
  { name: "sh", format: "env", args: (script) => ["-c", script] },
  { name: "bash", format: "shell", args: (script) => ["-c", script] },
  { name: "zsh", format: "env", args: (script) => ["-f", "-c", script] },
  {
    name: "fish",
    format: "fish",
    args: (script) => ["--no-config", "-c", script],
  },
];

function installed(name: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${name}`).isFile;
    } catch {
      return false;
    }
  });
}

for (const { name, format, args } of SHELLS) {
  test(`formatVariables(): ${name} reads every value back`, {
    skip: installed(name) ? false : `${name} is not installed`,
  }, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const variables = Object.fromEntries(
        CORPUS.map((value, index) => [`V_${index}`, value]),
      );
      await Deno.writeTextFile(
        `${folder}/exports`,
        formatVariables(variables, format),
      );
      const load = name === "fish"
        ? "cat exports | source"
        : 'eval "$(cat exports)"';
      const { stdout, stderr, code } = await new Deno.Command(name, {
        args: args(`${load}; env -0`),
        cwd: folder,
        clearEnv: true,
        env: { PATH: Deno.env.get("PATH")!, HOME: folder, LC_ALL: "C.UTF-8" },
      }).output();
      expect(new TextDecoder().decode(stderr)).toBe("");
      expect(code).toBe(0);
      const got = Object.fromEntries(
        new TextDecoder().decode(stdout).split("\0")
          .filter((entry) => entry.startsWith("V_"))
          .map((entry) => {
            const at = entry.indexOf("=");
            return [entry.slice(0, at), entry.slice(at + 1)];
          }),
      );
      expect(got).toEqual(variables);
      expect([...Deno.readDirSync(folder)].map((entry) => entry.name))
        .not.toContain("owned");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

test("formatVariables(): dotenv keeps each value on one line of its own", () => {
  for (const value of CORPUS) {
    const line = formatVariables({ NAME: value }, "dotenv");
    expect(line).toMatch(/^NAME="(?:[^"\\$`\n\r]|\\[\\"$`nr])*"\n$/);
    const inner = line.slice('NAME="'.length, -2);
    const read = inner.replace(
      /\\(.)/g,
      (_, letter) => letter === "n" ? "\n" : letter === "r" ? "\r" : letter,
    );
    expect(read).toBe(value);
  }
});

test("formatVariables(): PowerShell ends no string at a quote inside it", () => {
  for (const value of CORPUS) {
    const line = formatVariables({ NAME: value }, "powershell");
    const inner = line.slice("$env:NAME = '".length, -2);
    // Every quote that PowerShell knows stands there twice.
    expect(inner.replace(/(['\u2018-\u201b])\1/g, "$1")).toBe(value);
    expect(inner.replace(/(['\u2018-\u201b])\1/g, "")).not.toMatch(
      /['\u2018-\u201b]/,
    );
  }
});

test("formatVariables(): JSON is one flat object", () => {
  expect(JSON.parse(formatVariables({ A: "\u0000".slice(1) + "é" }, "json")))
    .toEqual({ A: "é" });
});

test("formatVariables() refuses what no environment can hold", () => {
  for (const format of EXPORT_FORMATS) {
    for (
      const variables of [
        { "A B": "x" },
        { "A;touch owned": "x" },
        { "1A": "x" },
        { "": "x" },
        { "A\n": "x" },
        { A: "x\0y" },
      ] as Record<string, string>[]
    ) {
      expect(() => formatVariables(variables, format)).toThrow("Cannot export");
    }
  }
});

test("quoteWord() quotes only what needs it", () => {
  expect(quoteWord("/home/a-b_c/x.json")).toBe("/home/a-b_c/x.json");
  expect(quoteWord("it's here")).toBe("'it'\\''s here'");
  expect(quoteWord("")).toBe("''");
});
