// Every shell that is installed must read back exactly what was exported, whatever the value holds.
import { expect } from "expect";
import { test } from "node:test";
import {
  EXPORT_FORMATS,
  type ExportFormat,
  formatVariables,
} from "../../../lib/cli/kit/shell.ts";
import { quoteWord } from "../../../lib/connection/hint.ts";
import { parsePowerShell } from "../../support/terminal/powershell.ts";
import { missing } from "../../support/scenario.ts";

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

const VARIABLES = Object.fromEntries(
  CORPUS.map((value, index) => [`V_${index}`, value]),
);

const POSIX = 'eval "$(cat exports)"';
const SHELLS: {
  name: string;
  format: ExportFormat;
  options: string[];
  load: string;
}[] = [
  { name: "sh", format: "env", options: [], load: POSIX },
  { name: "bash", format: "shell", options: [], load: POSIX },
  { name: "zsh", format: "env", options: ["-f"], load: POSIX },
  {
    name: "fish",
    format: "fish",
    options: ["--no-config"],
    load: "cat exports | source",
  },
  {
    name: "pwsh",
    format: "powershell",
    options: ["-NoProfile", "-NonInteractive"],
    load: "Get-Content -Raw exports | Invoke-Expression",
  },
];

for (const { name, format, options, load } of SHELLS) {
  const skip = await missing(name, "-c", "exit");
  const title = `formatVariables(): ${name} reads every value back`;
  test(title, { skip }, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(
        `${folder}/exports`,
        formatVariables(VARIABLES, format),
      );
      const { stdout, stderr, code } = await new Deno.Command(name, {
        args: [...options, "-c", `${load}; env -0`],
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
      // To PowerShell before 7.5 an empty variable is none.
      if (name === "pwsh") got.V_0 ??= "";
      expect(got).toEqual(VARIABLES);
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

test("formatVariables(): PowerShell's grammar reads every value back", async () => {
  const text = formatVariables(VARIABLES, "powershell");
  const script = await parsePowerShell(text);
  const count = (type: string) => script.descendantsOfType(type).length;
  expect([count("assignment_expression"), count("command")])
    .toEqual([CORPUS.length, 0]);
  const strings = script.descendantsOfType("verbatim_string_characters");
  const inner = strings.map((each) =>
    text.slice(each!.startIndex + 1, each!.endIndex - 1)
  );
  expect(inner.map((each) => each.replace(/(['\u2018-\u201b])\1/g, "$1")))
    .toEqual(CORPUS);
  // And the grammar knows what is none.
  await expect(parsePowerShell(text.replace("it''s", "it's"))).rejects
    .toThrow(SyntaxError);
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
