// A person edits rules with an editor that is a program of its own, and makes rules of what a run did.
import { expect } from "expect";
import { test } from "node:test";
import { Broker } from "../../../lib/broker/broker.ts";
import { openRuntime } from "../../../lib/host/wiring.ts";
import { missing } from "../../support/scenario.ts";
import { Terminal } from "../../support/terminal/terminal.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

const SKIP = { skip: await missing("python3") };
const FILE = "home/policy.json";
const DRAFT = "home/drafts/@policy.json";
const RULES =
  '{"v":1,"rules":[{"id":"no-delete","effect":"deny","method":"DELETE"}]}';

/** A shell at a terminal whose editor is the shell text `edit`, which changes `$file`. */
async function atTerminal(
  edit: string,
  body: (terminal: Terminal, session: Session) => Promise<void>,
): Promise<void> {
  await using session = await Session.open();
  const path = `${session.work}/editor`;
  Deno.writeTextFileSync(path, `#!/bin/sh\nfile=$1\n${edit}\n`, {
    mode: 0o755,
  });
  await using terminal = await Terminal.open(session, [
    ...["env", "PS1=ready> ", `VISUAL=${path}`, "NO_COLOR=1", "/bin/sh"],
  ]);
  await body(terminal, session);
}

const read = (session: Session, path: string) => {
  try {
    return Deno.readTextFileSync(`${session.work}/${path}`);
  } catch {
    return undefined;
  }
};

test(
  "rules are made, hold and are accepted",
  SKIP,
  () =>
    atTerminal(
      `printf '%s' '${RULES}' > "$file"`,
      async (terminal, session) => {
        await terminal.type("authsome policy edit\r");
        expect(await terminal.shows(/These rules hold[^]*ready> /))
          .toContain(`${session.work}/${FILE}`);
        expect(read(session, FILE)).toBe(RULES);
        expect(Deno.statSync(`${session.work}/${FILE}`).mode! & 0o777).toBe(
          0o600,
        );
        expect(read(session, DRAFT)).toBe(undefined);
        const { stdout } = await session.run("authsome policy list --json");
        expect(JSON.parse(stdout)).toMatchObject({
          accepted: true,
          rules: [{ id: "no-delete" }],
        });
      },
    ),
);

test("what is not valid is not installed, and is kept", SKIP, () =>
  atTerminal(
    `sed -i 's/"rules": .*/"rules": [1]/' "$file"`,
    async (terminal, session) => {
      await terminal.type("authsome policy edit\r");
      const shown = await terminal.shows(/Edit it again\?/);
      expect(shown).toMatch(/rules\[0\]/);
      await terminal.type("n\r");
      expect(await terminal.shows(/Nothing was changed[^]*ready> /))
        .toContain("authsome policy edit");
      expect(read(session, FILE)).toBe(undefined);
      expect(read(session, DRAFT)).toContain("[1]");
    },
  ));

test("a file that changed meanwhile is not overwritten", SKIP, () =>
  atTerminal(
    `printf '%s' '${RULES}' > "$file"; printf '{"v":1,"rules":[]}' > "$(dirname "$file")/../policy.json"; chmod 600 "$(dirname "$file")/../policy.json"`,
    async (terminal, session) => {
      await terminal.type("authsome policy edit\r");
      expect(await terminal.shows(/changed meanwhile[^]*ready> /))
        .toContain("Go on with what you wrote");
      expect(read(session, FILE)).toBe('{"v":1,"rules":[]}');
      expect(read(session, DRAFT)).toBe(RULES);
    },
  ));

/** Writes to the log of the session what two runs did. */
async function seedLog(session: Session): Promise<void> {
  await using broker = await Broker.open(
    await openRuntime({ home: `${session.work}/home` }),
  );
  const inject = (run: string, method: string, path: string) =>
    broker.audit.record({
      ...{ event: "inject", profile: "default", ok: true, run },
      ...{ provider: "github", connection: "default" },
      ...{ host: "api.github.com", method, path, status: 200 },
    });
  inject("aaaaaaaaaaaaaaaa", "DELETE", "/repos/me/old");
  inject("bbbbbbbbbbbbbbbb", "GET", "/repos/me/site/issues/17");
  inject("bbbbbbbbbbbbbbbb", "POST", "/repos/me/site/issues");
  await broker.audit.flush();
}

test("rules are made of the last run, or of the one that is named", async () => {
  await using session = await Session.open();
  await session.run("seed github");
  await seedLog(session);
  const learned = async (flags: string) => {
    const { code, stdout } = await session.run(
      `authsome policy learn ${flags}`,
    );
    expect(code).toBe(0);
    return JSON.parse(stdout);
  };
  const last = await learned("--last");
  expect(last).toMatchObject({
    v: 1,
    default: "deny",
    rules: [
      { method: "GET", path: "/repos/me/site/issues/*" },
      { method: "POST", path: "/repos/me/site/issues" },
    ],
  });
  expect(await learned("--json")).toEqual(last);
  expect(await learned("--run aaaaaaaaaaaaaaaa"))
    .toMatchObject({ rules: [{ method: "DELETE", path: "/repos/me/old" }] });
  // They are only shown.
  expect(read(session, FILE)).toBe(undefined);
  const unknown = await session.run("authsome policy learn --run cccc");
  expect([unknown.code, unknown.stderr.split("\n")[0]]).toEqual([
    4,
    'Error: Cannot learn: the audit log has no request of the run "cccc"',
  ]);
});

test("a log is checked by rules that do not hold yet", async () => {
  await using session = await Session.open();
  await session.run("seed github");
  await seedLog(session);
  await Deno.writeTextFile(`${session.work}/new.json`, RULES);
  const { stdout } = await session.run(
    "authsome policy check --policy-file new.json --json",
  );
  expect(JSON.parse(stdout)).toMatchObject({
    requests: 3,
    allow: 2,
    ask: 0,
    deny: 1,
    entries: [{
      decision: "deny",
      rule: "no-delete",
      method: "DELETE",
      path: "/repos/me/old",
      run: "aaaaaaaaaaaaaaaa",
    }],
  });
  await session.run("authsome policy learn > learned.json 2>/dev/null");
  const { stdout: again } = await session.run(
    "authsome policy check --policy-file learned.json home/audit.log",
  );
  expect(again).toMatch(
    /default +deny.* DELETE api\.github\.com\/repos\/me\/old/,
  );
});
