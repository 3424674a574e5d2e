// A person overrides a definition: a real terminal, and editors that are programs of their own.
import { expect } from "expect";
import { test } from "node:test";
import { editorCommand, wordsOf } from "../../../lib/host/run/editor.ts";
import { missing } from "../../support/scenario.ts";
import { Terminal } from "../../support/terminal/terminal.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

const BASE = "https://auth.acme-notes.com";

/** An editor that writes down how it was called, and then does to the file what `edits` say, one at each call. */
function editor(work: string, edits: readonly string[]): string {
  const path = `${work}/my editor`;
  const steps = edits.map((edit, at) => `${at + 1}) ${edit};;`).join("\n");
  Deno.writeTextFileSync(
    path,
    `#!/bin/sh
printf '%s\\n' "$@" > '${work}/arguments'; env > '${work}/environment'
for file; do :; done
calls=$(cat '${work}/calls' 2>/dev/null || echo 0); calls=$((calls + 1)); echo $calls > '${work}/calls'
ls '${work}/home/providers' > "${work}/during-$calls" 2>&1
case $calls in
${steps}
*) echo called too often >&2; exit 9;; esac
`,
    { mode: 0o755 },
  );
  return path;
}

/** A shell at a terminal, where `VISUAL` is that editor with options. */
async function atTerminal(
  edits: readonly string[],
  body: (
    terminal: Terminal,
    session: Session,
    read: (path: string) => string | undefined,
  ) => Promise<void>,
): Promise<void> {
  await using session = await Session.open();
  const { work } = session;
  const path = editor(work, edits);
  await using terminal = await Terminal.open(session, [
    ...["env", "PS1=ready> ", `VISUAL='${path}' --wait "a b"`],
    ...["AUTHSOME_PASSPHRASE=canary", "PYTHONPATH=/canary", "NO_COLOR=1"],
    "/bin/sh",
  ]);
  await body(terminal, session, (path) => {
    try {
      return Deno.readTextFileSync(`${work}/${path}`);
    } catch {
      return undefined;
    }
  });
}

const SKIP = { skip: await missing("python3") || await missing("cmp") };
const FILE = "home/providers/atlassian.json";
const DRAFT = "home/drafts/atlassian.json";
const SET_BASE =
  `sed -i 's|"oauth": {|"oauth": {\\n    "base_url": "${BASE}",|; s|https://auth.atlassian.com/|{base_url}/|' "$file"`;

test(
  "the copy is edited, shown as what changes, and takes precedence",
  SKIP,
  () =>
    atTerminal([SET_BASE], async (terminal, session, read) => {
      await terminal.type("authsome override atlassian\r");
      const shown = await terminal.shows(/Installed[^]*ready> /);
      expect(shown).toContain(`+ oauth.base_url: "${BASE}"`);
      expect(shown).toContain(`${session.work}/${FILE}`);
      expect(shown).toContain("authsome remove atlassian");
      // Its arguments come as they were quoted; nothing was installed while it was open.
      expect(read("arguments")).toBe(
        `--wait\na b\n${session.work}/${DRAFT}\n`,
      );
      expect(read("during-1")).not.toContain("atlassian");
      expect(read("environment")).not.toContain("canary");
      expect(read("environment")).toContain(`HOME=${session.work}`);
      expect(read(DRAFT)).toBe(undefined);
      const done = await session.run(
        "authsome list --search atlassian; authsome inspect atlassian; authsome log",
      );
      expect(done.stdout).toMatch(/^atlassian +custom /m);
      expect(done.stdout).toContain(`"base_url": "${BASE}"`);
      expect(done.stdout).toMatch(
        / register +ok +atlassian +api\.atlassian\.com/,
      );
    }),
);

test(
  "what is not valid is never installed: it can be edited again, or left and gone on with",
  SKIP,
  () =>
    atTerminal(
      [
        `echo '{ not json' > "$file"`,
        `printf '{"name": 1}' > "$file"`,
        `cat "$file" > seen; exit 3`,
        `cat "$file" > seen; rm "$file"`,
        "true",
      ],
      async (terminal, session, read) => {
        await terminal.type("authsome override atlassian\r");
        await terminal.shows(/not JSON[^]*Edit it again\? \[y\/N\]/);
        expect(read(FILE)).toBe(undefined);
        await terminal.type("y\r");
        await terminal.shows(
          /"name" must be string[^]*Edit it again\? \[y\/N\]/,
        );
        await terminal.type("n\r");
        expect(await terminal.shows(/ready> /)).toContain(
          `Nothing was installed. What you wrote is in "${session.work}/${DRAFT}"`,
        );
        expect([read(FILE), read(DRAFT)]).toEqual([undefined, '{"name": 1}']);
        // Again, with an editor that fails: what was written is there still.
        await terminal.type("authsome override atlassian; echo code $?\r");
        expect(await terminal.shows(/code \d+[^]*ready> /)).toMatch(
          /what you wrote before[^]*exit code 3[^]*code 2/,
        );
        expect([read(FILE), read(DRAFT), read("seen")]).toEqual([
          undefined,
          '{"name": 1}',
          '{"name": 1}',
        ]);
        await terminal.type("authsome override atlassian; echo code $?\r");
        await terminal.shows(/left no [^]*code 2[^]*ready> /);
        expect([read(FILE), read(DRAFT)]).toEqual([undefined, undefined]);
        // Unchanged, it is a copy all the same.
        await terminal.type("authsome override atlassian\r");
        await terminal.shows(/Nothing was changed[^]*--wait[^]*ready> /);
        const again = await session.run(
          `authsome inspect atlassian | cmp - ${FILE}`,
        );
        expect([again.code, again.stderr]).toEqual([0, ""]);
      },
    ),
);

test(
  "an editor that spoils an override leaves the one before in force",
  SKIP,
  () =>
    atTerminal(
      [
        `echo > "$file"`,
        `echo '{}' > '$FILE'; echo >> "$file"`.replace("$FILE", FILE),
      ],
      async (terminal, session, read) => {
        await session.run("authsome override atlassian");
        const before = read(FILE);
        await terminal.type("authsome override atlassian\r");
        await terminal.shows(/Edit it again\? \[y\/N\]/);
        // End of input is no.
        await terminal.type("\x04");
        await terminal.shows(/Nothing was installed[^]*ready> /);
        expect(read(FILE)).toBe(before);
        // What another process wrote meanwhile is not lost.
        await session.run(`cp ${FILE} ${DRAFT}`);
        await terminal.type("authsome override atlassian\r");
        await terminal.shows(/changed in the meantime[^]*ready> /);
        expect(read(FILE)).toBe("{}\n");
        expect(read(DRAFT)).toBe(`${before}\n`);
      },
    ),
);

test(
  "a program of the project, or of nobody's choice, is never the editor",
  SKIP,
  async () => {
    await using session = await Session.open();
    const { work } = session;
    Deno.writeTextFileSync(`${work}/bin/vi`, `#!/bin/sh\n: > '${work}/ran'\n`, {
      mode: 0o755,
    });
    for (
      const name of ["./bin/vi", "vi; touch ran", "$(touch ran)", "bin/vi"]
    ) {
      await using terminal = await Terminal.open(session, [
        ...["env", "PS1=ready> ", `EDITOR=${name}`, "/bin/sh"],
      ]);
      await terminal.type("authsome override groq; echo code $?\r");
      const shown = await terminal.shows(/code \d+[^]*ready> /);
      expect(shown).toContain("by its absolute path");
      expect(shown).toContain(`${work}/home/providers/groq.json`);
      expect(shown).toContain("code 0");
      expect([...Deno.readDirSync(work)].map(({ name }) => name)).not.toContain(
        "ran",
      );
    }
  },
);

test("the words of VISUAL and EDITOR are those that a shell would make", () => {
  const words: [string, string[]][] = [
    ["vim", ["vim"]],
    ["  code   --wait\t", ["code", "--wait"]],
    [`'/a b/ed' "c d" e\\ f g"h"i`, ["/a b/ed", "c d", "e f", "ghi"]],
    [`ed "a\\"b\\n" 'c\\'`, ["ed", 'a"b\\n', "c\\"]],
    [`ed ''`, ["ed", ""]],
    [`$HOME/ed \`x\` $(y);z`, ["$HOME/ed", "`x`", "$(y);z"]],
    ["", []],
  ];
  for (const [text, expected] of words) {
    if (Deno.build.os === "windows" && text.includes("\\")) continue;
    expect(wordsOf(text)).toEqual(expected);
  }
  const command = (variables: Record<string, string>) =>
    editorCommand({
      get: (name) => variables[name],
      toObject: () => variables,
    });
  if (Deno.build.os === "windows") return;
  expect(command({})).toEqual({ problem: undefined });
  expect(command({ VISUAL: " ", EDITOR: "sh -e" }).command?.slice(1))
    .toEqual(["-e"]);
  expect(command({ VISUAL: "no-such-editor", EDITOR: "/bin/sh" })).toEqual({
    command: ["/bin/sh"],
    problem: expect.stringContaining('VISUAL names "no-such-editor"'),
  });
  expect(command({ HOME: "/home/me", EDITOR: "~/bin/ed -x" }).command).toEqual([
    "/home/me/bin/ed",
    "-x",
  ]);
});
