// Who can read a vault, by the place of its key: docs/security/custody.md. The page names a test for each claim.
import { expect } from "expect";
import { test } from "node:test";
import { base64 } from "../../lib/bytes.ts";
import { missing } from "../support/missing.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const PASS = "canary-passphrase-of-custody";
const KEY = base64(crypto.getRandomValues(new Uint8Array(32)));
const SECRET = "sk-canary-of-custody";

/** How a home of each mode is made; the rest is what its owner has beside it. */
const MODES: Readonly<
  Record<string, { init: string; env?: Record<string, string> }>
> = {
  file: { init: "authsome init" },
  passphrase: {
    init: "authsome init --encryption passphrase",
    env: { AUTHSOME_PASSPHRASE: PASS },
  },
  // The manager is beside the home, as a manager is.
  command: { init: "authsome init --encryption command -- $PWD/keeper" },
  environment: { init: "authsome init", env: { AUTHSOME_MASTER_KEY: KEY } },
};

/** A home of `mode` with one connection, that opens. */
async function homeOf(mode: string): Promise<Session> {
  const { init, env = {} } = MODES[mode]!;
  const session = await Session.open();
  Deno.writeTextFileSync(
    `${session.work}/keeper`,
    `#!/bin/sh\necho ${KEY}\n`,
    { mode: 0o700 },
  );
  const made = await session.run(
    `${init} && echo ${SECRET} | authsome login openai --stdin && authsome token openai`,
    { env },
  );
  expect([mode, made.code, made.stdout.trim().split("\n").at(-1)]).toEqual(
    [mode, 0, SECRET],
  );
  return session;
}

test("a copy of the home, elsewhere and without the rest, opens in mode file alone", async () => {
  for (const mode of Object.keys(MODES)) {
    await using owner = await homeOf(mode);
    await using thief = await Session.open();
    await thief.run(`cp -rp ${owner.work}/home home`);
    await Deno.remove(`${owner.work}/keeper`);
    const { code, stdout, stderr } = await thief.run("authsome token openai");
    expect([mode, code, stdout, stderr]).toEqual(
      mode === "file"
        ? [mode, 0, `${SECRET}\n`, stderr]
        : [mode, 9, "", expect.stringContaining("Error: ")],
    );
  }
});

/** Only root can become another user. */
const NOT_ROOT = Deno.uid() === 0
  ? await missing("setpriv", "--reuid=1234", "--clear-groups", "true")
  : "only root can become another user";

test("another user reads no file of a home, whatever its mode", {
  skip: NOT_ROOT,
}, async () => {
  for (const mode of Object.keys(MODES)) {
    await using owner = await homeOf(mode);
    // The way to the home is open; the home is not.
    Deno.chmodSync(owner.work, 0o755);
    const home = `${owner.work}/home`;
    for (const { name } of Deno.readDirSync(home)) {
      const { code, stdout } = await owner.run(
        `setpriv --reuid=1234 --regid=1234 --clear-groups cat home/${name}`,
      );
      expect([mode, name, code === 0, stdout]).toEqual(
        [mode, name, false, ""],
      );
    }
    const listed = await owner.run(
      "setpriv --reuid=1234 --regid=1234 --clear-groups ls home",
    );
    expect([mode, listed.code === 0, listed.stdout]).toEqual([mode, false, ""]);
  }
});

test("every test that the page names is there", () => {
  const root = new URL("../../", import.meta.url);
  const rows = Deno.readTextFileSync(
    new URL("docs/security/custody.md", root),
  ).split("## The claims and their tests")[1]!.split("\n")
    .flatMap((line) => /^\| .* \| (\S+_test\.ts): (.*?) +\|$/.exec(line) ?? [])
    .filter((_, at) => at % 3 !== 0);
  expect(rows.length).toBeGreaterThan(2 * 15);
  for (let at = 0; at < rows.length; at += 2) {
    const [file, name] = rows.slice(at, at + 2);
    const source = Deno.readTextFileSync(new URL(`tests/${file}`, root));
    expect([
      file,
      name,
      ['"', "`"].some((quote) => source.includes(`${quote}${name}${quote}`)),
    ]).toEqual([file, name, true]);
  }
});
