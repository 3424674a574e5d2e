import { expect } from "expect";
import { test } from "node:test";
import { COMMANDS, runsOther } from "../../../lib/cli/commands.ts";
import { describeFlags } from "../../../lib/cli/help/describe.ts";
import { takeGlobals } from "../../../lib/cli/kit/globals.ts";
import { escapeJson } from "../../../lib/cli/kit/output.ts";
import { suggest } from "../../../lib/cli/kit/suggest.ts";
import {
  cellWidth,
  cutTo,
  keyValueLines,
  table,
} from "../../../lib/cli/kit/table.ts";
import {
  printable,
  printableLines,
  shorten,
} from "../../../lib/cli/kit/terminal_text.ts";
import { relativeTime, rfc3339 } from "../../../lib/cli/kit/time.ts";

test("printable() writes out what a terminal would obey and keeps the rest", () => {
  for (
    const [text, shown] of [
      ["plain é 日本 😀", "plain é 日本 😀"],
      ["\x1b[2J", "\\u{1b}[2J"],
      ["a\rb\nc\td", "a\\u{d}b\\u{a}c\\u{9}d"],
      ["\u009b31m", "\\u{9b}31m"],
      ["abc\u202edef", "abc\\u{202e}def"],
      ["\ud800", "\\u{d800}"],
      ["\u0000", "\\u{0}"],
    ] as const
  ) expect(printable(text)).toBe(shown);
  expect(printableLines("a\x07\nb")).toBe("a\\u{7}\nb");
});

test("shorten() bounds what an error repeats", () => {
  expect(shorten("a".repeat(1_000_000))).toBe("a".repeat(59) + "…");
  expect(shorten("😀".repeat(70), 10)).toBe("😀".repeat(9) + "…");
  expect(shorten("short")).toBe("short");
});

test("escapeJson() keeps the value and lets no control character through", () => {
  const value = { name: "a\u009b\u202e\u2028b" };
  const text = escapeJson(JSON.stringify(value));
  expect(text).toBe('{"name":"a\\u009b\\u202e\\u2028b"}');
  expect(JSON.parse(text)).toEqual(value);
});

test("suggest() proposes what is a few keystrokes away, and nothing for nonsense", () => {
  const names = ["login", "logout", "list", "log", "export"];
  expect(suggest("lgoin", names)[0]).toBe("login");
  expect(suggest("exprot", names)).toEqual(["export"]);
  expect(suggest("xyzzy", names)).toEqual([]);
  expect(suggest("l".repeat(1_000_000), names)).toEqual([]);
});

test("table() aligns by cells and cuts the widest column to the width", () => {
  expect(table([["A", "B"], ["日本", "x"], ["é\u0301", "y"]], 80)).toBe(
    "A     B\n日本  x\né\u0301     y",
  );
  const wide = table([["NAME", "STATUS"], ["n".repeat(60), "connected"]], 40);
  for (const line of wide.split("\n")) expect(cellWidth(line)).toBeLessThan(41);
  expect(wide).toContain("…  connected");
  expect(table([["a\x1b[0m", "b"]], 80)).toBe("a\\u{1b}[0m  b");
  const styled = table([["a", "b"]], 80, (text) => `<${text}>`);
  expect(styled).toBe("<a>  <b>");
});

test("no line is wider than the terminal, and no letter loses its marks", () => {
  const long =
    "東京の開発用アカウント e\u0301quipe 🚀🚀 ✅ 🇯🇵 ❤\ufe0f plain words and-one-that-is-long";
  const rows = Array.from({ length: 3 }, () => Array(7).fill(long));
  const entries = [["key", long], ["a longer key", long]] as const;
  for (const width of [25, 40, 80, 200, 400]) {
    for (const text of [table(rows, width), keyValueLines(entries, width)]) {
      const wide = text.split("\n").filter((line) => cellWidth(line) > width);
      expect({ width, wide }).toEqual({ width, wide: [] });
    }
  }
  for (let width = 2; width < cellWidth(long); width++) {
    const cut = cutTo(long, width);
    expect(cellWidth(cut)).toBeLessThanOrEqual(width);
    expect(cut.endsWith("…")).toBe(true);
    const kept = cut.slice(0, -1);
    expect(long.startsWith(kept)).toBe(true);
    // What follows is a letter of its own.
    expect(long.slice(kept.length)).not.toMatch(/^[\u0301\ufe0f]|^🇵/u);
  }
  const secret = "k".repeat(99);
  expect(keyValueLines([["key", secret, true]], 40)).toBe(`key  ${secret}`);
  expect(
    ["✅", "🚀", "🇯🇵", "❤\ufe0f", "e\u0301", "한", "日", "ｱ"].map(cellWidth),
  )
    .toEqual([2, 2, 2, 2, 1, 2, 2, 1]);
});

test("keyValueLines() aligns values", () => {
  expect(keyValueLines([["a", "1"], ["long", "2\x07"], ["c", ""]])).toBe(
    "a     1\nlong  2\\u{7}\nc",
  );
});

test("relativeTime() and rfc3339()", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  for (
    const [seconds, text] of [
      [0, "now"],
      [59, "in 59 s"],
      [60, "in 1 m"],
      [3600 * 5 + 1, "in 5 h"],
      [86400 * 2, "in 2 d"],
      [-90, "1 m ago"],
    ] as const
  ) expect(relativeTime(now + seconds * 1000, now)).toBe(text);
  expect(rfc3339(now + 999)).toBe("2026-01-01T00:00:00Z");
});

test("takeGlobals() takes its flags from anywhere before --, and from nowhere behind it", () => {
  const { globals, rest, problem } = takeGlobals([
    "--json",
    "run",
    "--profile=work",
    "--only",
    "x",
    "--log-file",
    "l.txt",
    "--",
    "cmd",
    "--json",
    "--quiet",
    "-v",
  ], runsOther);
  expect(problem).toBeUndefined();
  expect(globals).toMatchObject({
    json: true,
    quiet: false,
    version: false,
    profile: "work",
    logFile: "l.txt",
  });
  expect(rest).toEqual([
    "run",
    "--only",
    "x",
    "--",
    "cmd",
    "--json",
    "--quiet",
    "-v",
  ]);
});

test("takeGlobals() leaves the command of run alone from its first word on", () => {
  for (
    const [argv, rest] of [
      ["run curl -s --json x", "run -- curl -s --json x"],
      ["run curl --version", "run -- curl --version"],
      ["run --sandbox curl --help", "run --sandbox -- curl --help"],
      ["--quiet run --only a curl -v", "run --only a -- curl -v"],
      ["run --only=a --json curl -- --json", "run --only=a -- curl -- --json"],
      [
        "run --connection a=b --policy deny c=d x",
        "run --connection a=b --policy deny -- c=d x",
      ],
      ["run --profile p --log-file l make -v", "run -- make -v"],
      ["run --unknown curl -v", "run --unknown -- curl -v"],
      ["run --only -- curl -v", "run --only -- curl -v"],
      ["run - --json", "run -- - --json"],
      ["run", "run"],
      ["doctor --client curl --version", "doctor --client -- curl --version"],
      // Others have no command behind them, also where a word says run.
      ["get run --json x", "get run x"],
      ["help run --json", "help run"],
    ] as const
  ) {
    const taken = takeGlobals(argv.split(" "), runsOther);
    expect(taken.rest).toEqual(rest.split(" "));
    expect(taken.globals).toMatchObject({ help: false, version: false });
  }
  expect(takeGlobals(["run", "-h", "curl"], runsOther).globals.help).toBe(true);
});

test("the table knows which flags of run have a value", async () => {
  for (const name of ["run", "doctor"]) {
    const flags = describeFlags(await COMMANDS[name]!.load());
    expect(flags.flatMap(({ name, value }) => value ? [name] : []).sort())
      .toEqual([...runsOther(name)!].sort());
  }
});

test("takeGlobals() reports what is wrong and still knows how to say it", () => {
  for (
    const argv of [
      ["--profile"],
      ["--profile", "--json"],
      ["--profile="],
      ["--profile", "--"],
      ["--json=true"],
      ["get", "--field="],
    ]
  ) {
    const { globals, problem } = takeGlobals(["--json", ...argv], runsOther);
    expect(globals.json).toBe(true);
    expect(problem).toMatchObject({ code: "Usage", exitCode: 2 });
  }
});
