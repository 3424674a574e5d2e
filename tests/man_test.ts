import { expect } from "expect";
import { test } from "node:test";
import { COMMANDS } from "../lib/cli/commands.ts";
import { describeFlags } from "../lib/cli/help/describe.ts";
import { manPage } from "../scripts/generate_man.ts";

const page = await manPage();

test("docs/man/authsome.1 is what scripts/generate_man.ts writes now", async () => {
  const file = new URL("../docs/man/authsome.1", import.meta.url);
  expect(await Deno.readTextFile(file)).toBe(page);
});

test("the man page names every command and every flag", async () => {
  const roff = (text: string) => text.replaceAll("-", "\\-");
  for (const [name, { group, load }] of Object.entries(COMMANDS)) {
    if (!group) continue;
    const start = page.indexOf(`.SS \\fBauthsome ${roff(name)}\\fR`);
    expect({ name, found: start > 0 }).toEqual({ name, found: true });
    const section = page.slice(start, page.indexOf("\n.S", start + 4));
    for (const flag of describeFlags(await load())) {
      expect(section).toContain(`\\fB${roff(flag.name)}\\fR`);
    }
  }
});

test("nothing in the man page is a request of roff by accident", () => {
  const requests = new Set(
    page.split("\n").flatMap((line) => /^[.'](\S*)/.exec(line)?.[1] ?? []),
  );
  expect([...requests].sort()).toEqual(
    ["B", "PP", "RE", "RS", "SH", "SS", "TH", "TP", '\\"', "fi", "nf"],
  );
  expect(page).toMatch(/^[\x20-\x7e\n]*$/);
  // Every font that begins ends on its line.
  for (const line of page.split("\n")) {
    expect(line.match(/\\f[BI]/g)?.length ?? 0)
      .toBe(line.match(/\\fR/g)?.length ?? 0);
  }
});
