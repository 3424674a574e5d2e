import { expect } from "expect";
import { test } from "node:test";
import { missingOf, programsIn } from "../support/missing.ts";
import {
  matches,
  parseScript,
  runScript,
} from "../support/terminal/terminal_script.ts";

const FOLDER = new URL("../scripts/", import.meta.url);

for (
  const { name } of [...Deno.readDirSync(FOLDER)].sort((a, b) =>
    a.name < b.name ? -1 : 1
  )
) {
  const text = await Deno.readTextFile(new URL(name, FOLDER));
  const commands = parseScript(text).map(({ command }) => command).join("\n");
  test(`tests/scripts/${name}`, {
    skip: await missingOf(programsIn(commands)),
  }, () => runScript(name, text));
}

test("a terminal script that says something else fails", async () => {
  await runScript("good", "$ echo a; echo b >&2; exit 3\na\n! b\n[3]\n");
  for (
    const bad of [
      "$ echo a\nb\n",
      "$ echo a\n",
      "$ true\na\n",
      "$ exit 3\n",
      "$ echo a >&2\n",
    ]
  ) {
    await expect(runScript("bad", bad)).rejects.toThrow("bad:1");
  }
});

test("parseScript() joins continued lines; matches() knows its two wildcards", () => {
  expect(parseScript("# x\n$ cat <<E\n> a\n> E\na\n")).toEqual([
    { line: 2, command: "cat <<E\na\nE", stdout: ["a"], stderr: [], code: 0 },
  ]);
  expect(matches(["a [..] c", "..."], "a b c\nd\ne\n")).toBe(true);
  expect(matches(["a [..] c"], "a b d\n")).toBe(false);
  expect(matches(["a.c"], "abc\n")).toBe(false);
  expect(matches([], "a\n")).toBe(false);
});
