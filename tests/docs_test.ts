// The documentation is true: links lead somewhere, commands exist, blocks of shell run, generated pages are in step.
import { expect } from "expect";
import { after, test } from "node:test";
import {
  allPages,
  commandProblems,
  runPages,
  runProblems,
  staticProblems,
} from "../scripts/check_docs.ts";
import { commandLines, problemOfCall } from "../scripts/docs/command_lines.ts";
import { brokenLinks, orphans } from "../scripts/docs/links.ts";
import { parsePage } from "../scripts/docs/page.ts";
import { parseConsole, Reader } from "../scripts/docs/reader.ts";
import { ENVIRONMENT, ERRORS } from "../scripts/facts.ts";
import { terminalSvg } from "../scripts/terminal_svg.ts";
import { formattedPages } from "../scripts/generate_reference.ts";
import { missing } from "./support/missing.ts";
import { DENO_ONLY } from "./support/program.ts";
import { withMachine } from "./support/sandbox/machine_use.ts";
import { noSandbox } from "./support/sandbox/sandbox.ts";
import { EXIT_CODES } from "../lib/errors.ts";

const pages = allPages();
let reader: Promise<Reader> | undefined;
after(async () => await (await reader)?.[Symbol.asyncDispose]());

const notLinux = Deno.build.os !== "linux" && "this is not Linux";
for (const page of runPages(pages)) {
  test(
    `${page.path} runs as it says`,
    { skip: notLinux || DENO_ONLY },
    () =>
      withMachine("shared", async () => {
        expect(await runProblems(await (reader ??= Reader.open()), page))
          .toEqual([]);
      }),
  );
}

test("links lead somewhere, every page is linked, and every command and flag exists", async () => {
  expect(pages.length).toBeGreaterThan(250);
  expect(await staticProblems(pages)).toEqual([]);
});

test(
  "the pages of docs/reference/ are what scripts/generate_reference.ts writes now",
  { skip: DENO_ONLY },
  async () => {
    for (const [name, text] of await formattedPages()) {
      const file = new URL(`../docs/reference/${name}`, import.meta.url);
      if (await Deno.readTextFile(file) !== text) {
        throw new Error(
          `docs/reference/${name} is out of date: deno run -A scripts/generate_reference.ts`,
        );
      }
    }
  },
);

test("docs/terminal.svg is what scripts/terminal_svg.ts writes now", {
  skip: notLinux || noSandbox || await missing("curl"),
}, () =>
  withMachine("shared", async () => {
    const file = new URL("../docs/terminal.svg", import.meta.url);
    expect(await Deno.readTextFile(file))
      .toBe(await terminalSvg(await (reader ??= Reader.open())));
  }));

test("every error has a meaning, and no other", () => {
  expect(Object.keys(ERRORS).sort()).toEqual(Object.keys(EXIT_CODES).sort());
});

test("the pages name every event of the audit log and every reason of the proxy", async () => {
  const read = (path: string) =>
    Deno.readTextFile(new URL(`../${path}`, import.meta.url));
  const union = (text: string, name: string) =>
    [...text.slice(text.indexOf(name)).split(";")[0]!.matchAll(/\| "(\w+)"/g)]
      .map((match) => match[1]!);
  const events = union(await read("lib/audit/event.ts"), "event:");
  expect(events.length).toBeGreaterThan(10);
  const audit = await read("docs/reference/audit-log.md");
  for (const event of events) expect(audit).toContain(`\`${event}\``);
  const reasons = union(await read("lib/request/route.ts"), "type ReasonCode");
  expect(reasons.length).toBeGreaterThan(10);
  for (const reason of reasons) expect(audit).toContain(`\`${reason}\``);
});

test("the environment page names every variable that the program reads", async () => {
  const known = ENVIRONMENT.flatMap(([names]) => names.split(", "));
  // Between a process and the one that it starts.
  const internal = [
    "AUTHSOME_LOGIN_ID",
    "AUTHSOME_PROXY_MODE",
    "AUTHSOME_SANDBOX",
  ];
  const named = new Set<string>();
  const visit = async (folder: URL): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await visit(new URL(`${name}/`, folder));
      else if (name.endsWith(".ts")) {
        const text = await Deno.readTextFile(new URL(name, folder));
        for (const [, variable] of text.matchAll(/"(AUTHSOME_[A-Z_]+)"/g)) {
          if (!variable!.endsWith("_")) named.add(variable!);
        }
      }
    }
  };
  await visit(new URL("../lib/", import.meta.url));
  expect(
    [...named].filter((name) =>
      !known.includes(name) && !internal.includes(name)
    ),
  ).toEqual([]);
});

test("every decision has its status and its dates, and is listed", async () => {
  const folder = new URL("../docs/decisions/", import.meta.url);
  const list = await Deno.readTextFile(new URL("README.md", folder));
  const known =
    /^# (.+)\n\n(?:Accepted|Proposed|Superseded by \[.+\]\([\w-]+\.md\)), (\d{4}-\d\d-\d\d)(?:, revised (\d{4}-\d\d-\d\d))?\.\n/;
  const pages = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name !== "README.md");
  expect(pages.length).toBeGreaterThan(10);
  for (const name of pages) {
    const [, title, ...dates] =
      known.exec(await Deno.readTextFile(new URL(name, folder))) ?? [];
    expect([name, title]).toEqual([name, expect.any(String)]);
    expect(list).toContain(`- [${title}](${name})\n`);
    const [made, revised = made] = dates;
    for (const date of [made, revised]) {
      expect(new Date(`${date}T00:00Z`).toISOString().slice(0, 10)).toBe(date);
    }
    expect([name, made! <= revised!]).toEqual([name, true]);
  }
});

test("a block that fails, or prints something else, is a problem", async () => {
  const page = parsePage(
    "x.md",
    "```sh\nfalse\n```\n\n```console\n$ echo a\nb\n$ echo c\n```\n\n```sh\ntrue\n```\n\n```console\n$ echo a; echo b\n…\nb\n```\n\n<!-- not run: it would fail -->\n\n```sh\nfalse\n```\n",
  );
  const problems = await runProblems(await (reader ??= Reader.open()), page);
  expect(problems.map((problem) => problem.split("\n")[0])).toEqual([
    "x.md:2: exit code 1",
    "x.md:6: $ echo a",
  ]);
});

test("commands and flags that do not exist are found in blocks and in prose", async () => {
  const problems = await commandProblems(parsePage(
    "x.md",
    "`authsome lgin`, `authsome run --onyl x`, `authsome profile`, `authsome --json`\n\n" +
      "```sh\nauthsome list --conected\nFOO=x authsome get\necho authsome nothing # authsome nothing\n```\n\n```powershell\nauthsome list\n```\n",
  ));
  expect(problems).toEqual([
    'x.md:4: Unknown flag --conected for "list"',
    'x.md:4: Missing <provider> for "get"',
    "x.md:10: powershell is not run: say why above it",
    'x.md:1: Unknown command "lgin"',
    "x.md:1: Unknown flag --onyl",
  ]);
});

test("commandLines() finds calls in pipes, substitutions and continued lines", async () => {
  expect(commandLines(
    'eval "$(authsome export openai)"\ncat k | authsome login x \\\n  --stdin > out # authsome y\n$ authsome log -n 1\n',
  )).toEqual([
    ["export", "openai"],
    ["login", "x", "--stdin"],
    ["log", "-n", "1"],
  ]);
  expect(await problemOfCall(["run", "--only", "x", "--", "y", "--z"]))
    .toBe(undefined);
});

test("links to files, headings and addresses that are not there are found", () => {
  const page = (path: string, text: string) => parsePage(path, text);
  const set = [
    page(
      "docs/a.md",
      "# A b\n[x](b.md#c) [y](../b.md) [z](b.md#d) [h](http://x) [e](https://x) [s](#a-b) [t](#b)\n`[no](link)`\n",
    ),
    page("docs/b.md", "## `C`\n[r]: a.md\n"),
    page("docs/lonely.md", "[a](a.md)"),
  ];
  expect(
    brokenLinks(set, (path) => path === "docs/b.md" || path === "docs/a.md"),
  )
    .toEqual([
      "docs/a.md:2: ../b.md: there is no such file",
      "docs/a.md:2: b.md#d: there is no such heading",
      "docs/a.md:2: http://x: not https",
      "docs/a.md:2: #b: there is no such heading",
    ]);
  expect(orphans(set, "docs/a.md")).toEqual(["docs/lonely.md"]);
});

test("parseConsole() reads commands and what they print", () => {
  expect(parseConsole("$ a\n> b\nc\n$ d")).toEqual([
    { command: "a\nb", expected: ["c"] },
    { command: "d", expected: [] },
  ]);
  expect(() => parseConsole("c")).toThrow("no command");
});
