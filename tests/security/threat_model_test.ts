// The threat model names a test for each claim; every one of them is there.
import { expect } from "expect";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const PAGE = "docs/security/threat-model.md";
/** Short names of the page. */
const FILES: Record<string, string> = {
  escape: "sandbox/escape_test.ts",
  shown_files: "sandbox/shown_files_test.ts",
  clients: "sandbox/clients_test.ts",
  line: "sandbox/command_line_test.ts",
  listen: "sandbox/network/listen_test.ts",
  kernel: "sandbox/kernel_test.ts",
  places: "sandbox/places/places_test.ts",
  homes: "sandbox/places/homes_test.ts",
  channels: "sandbox/network/channels_test.ts",
  bits: "sandbox/places/set_id_test.ts",
  programs: "sandbox/programs_test.ts",
  own: "sandbox/places/own_files_test.ts",
  git: "sandbox/git/git_test.ts",
  work: "sandbox/git/git_work_test.ts",
  left: "sandbox/left_behind_test.ts",
  around: "sandbox/obeyed_around_test.ts",
  standard: "sandbox/places/standard_files_test.ts",
};

const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

test("every test that the threat model names is there", () => {
  const rows = read(PAGE).split("## The claims and their tests")[1]!
    .split("\n## ")[0]!.split("\n")
    .filter((line) => /^\| /.test(line) && !/^\| (claim|-)/.test(line))
    .map((line) => line.split("|")[2]!.trim());
  expect(rows.length).toBeGreaterThan(25);
  for (const row of rows) {
    let file: string | undefined;
    let count = 0;
    for (const part of row.split(/; |, (?=`)/)) {
      const [, path] = /^`(.*_test\.ts)`$/.exec(part) ?? [];
      if (path) {
        expect([path, read(`tests/${path}`) !== ""]).toEqual([path, true]);
        count++;
        continue;
      }
      const [, short, rest] = /^(\w+): (.*)$/.exec(part) ?? [];
      if (short && FILES[short]) file = FILES[short];
      const name = short && FILES[short] ? rest! : part;
      expect([row, file]).not.toEqual([row, undefined]);
      if (name !== "every test") {
        expect([file, name, read(`tests/${file}`).includes(`"${name}`)])
          .toEqual([file, name, true]);
      }
      count++;
    }
    expect(count).toBeGreaterThan(0);
  }
});
