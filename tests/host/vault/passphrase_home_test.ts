// A home behind a passphrase, by the real command line: with variables, at a terminal, in the kernel's session keyring.
import { expect } from "expect";
import { test } from "node:test";
import { leaksInFolder } from "../../support/leaks.ts";
import { missing } from "../../support/missing.ts";
import { cliCommand } from "../../support/program.ts";
import {
  NO_PSEUDO_TERMINAL,
  PseudoTerminal,
} from "../../support/terminal/pseudo_terminal.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

const PASS = "canary-passphrase-of-the-vault";
const SECRET = "sk-canary-behind-the-passphrase";
const given = { AUTHSOME_PASSPHRASE: PASS };
const LOGIN = `echo ${SECRET} | authsome login openai --stdin`;
const GET = "authsome get openai --field status";

/** A home in mode `passphrase` with one connection. */
async function prepared(): Promise<Session> {
  const session = await Session.open();
  for (
    const line of ["authsome init --encryption passphrase --json", LOGIN]
  ) {
    expect(await session.run(line, { env: given })).toMatchObject({ code: 0 });
  }
  return session;
}

test("a home behind a passphrase holds neither it nor a key, and opens with it alone", async () => {
  await using session = await prepared();
  const home = `${session.work}/home`;
  expect([...Deno.readDirSync(home)].map(({ name }) => name))
    .not.toContain("master.key");
  const { encryption } = JSON.parse(
    Deno.readTextFileSync(`${home}/config.json`),
  );
  expect(encryption).toMatchObject({
    mode: "passphrase",
    passphrase: { kdf: "argon2id", memory: 65_536, iterations: 3 },
  });
  for (const secret of [PASS, SECRET]) {
    expect(leaksInFolder(session.work, secret)).toEqual([]);
  }
  expect(await session.run(GET, { env: given }))
    .toMatchObject({ code: 0, stdout: "connected\n" });
  const file = `${session.work}/pass`;
  Deno.writeTextFileSync(file, `${PASS}\n`, { mode: 0o600 });
  expect(
    await session.run(GET, { env: { AUTHSOME_PASSPHRASE_FILE: file } }),
  ).toMatchObject({ code: 0, stdout: "connected\n" });
  const wrong = await session.run(GET, {
    env: { AUTHSOME_PASSPHRASE: "canary-wrong" },
  });
  expect(wrong).toMatchObject({ code: 9, stdout: "" });
  expect(wrong.stderr).toContain("AUTHSOME_PASSPHRASE is not its passphrase");
  expect(wrong.stderr).not.toContain("canary");
});

test("whatever has no terminal says what to set, and does nothing else", async () => {
  await using session = await prepared();
  for (
    const line of [
      GET,
      "authsome list",
      "authsome run -- touch started",
      "authsome login groq --detach",
      "authsome mcp https://127.0.0.1:1/",
      "authsome mcp openai",
    ]
  ) {
    const ended = await session.run(line);
    expect([line, ended.code, ended.stdout.includes("started")]).toEqual([
      line,
      9,
      false,
    ]);
    expect([line, ended.stdout + ended.stderr]).toEqual([
      line,
      expect.stringContaining("there is no terminal to ask for it"),
    ]);
    expect(ended.stdout + ended.stderr).toContain("AUTHSOME_PASSPHRASE_FILE");
  }
  expect(() => Deno.statSync(`${session.work}/started`)).toThrow();
});

test("no command of run has the passphrase, its file's name, or a copy of it", async () => {
  await using session = await prepared();
  Deno.writeTextFileSync(`${session.work}/pass`, PASS, { mode: 0o600 });
  for (
    const env of [
      { ...given, COPY: PASS, URL: `https://x:${PASS}@host/` },
      { AUTHSOME_PASSPHRASE_FILE: `${session.work}/pass` },
    ] as Record<string, string>[]
  ) {
    const { code, stdout } = await session.run("authsome run -- env", { env });
    expect(code).toBe(0);
    expect(stdout).toContain("AUTHSOME_PROXY_MODE=true");
    expect(stdout).not.toContain("AUTHSOME_PASSPHRASE");
    expect(stdout).not.toContain(PASS);
  }
});

test("key passphrase sets another one, and the old one opens nothing", async () => {
  await using session = await prepared();
  const next = "canary-another-passphrase";
  expect(
    await session.run("authsome key passphrase", {
      env: { ...given, AUTHSOME_NEW_PASSPHRASE: next },
    }),
  ).toMatchObject({ code: 0 });
  expect(await session.run(GET, { env: given })).toMatchObject({ code: 9 });
  expect(await session.run(GET, { env: { AUTHSOME_PASSPHRASE: next } }))
    .toMatchObject({ code: 0, stdout: "connected\n" });
  expect(leaksInFolder(session.work, next)).toEqual([]);
});

test(
  "at a terminal it is typed, unseen; a wrong one may be typed again",
  { skip: NO_PSEUDO_TERMINAL },
  async () => {
    await using session = await prepared();
    const terminal = (...args: string[]) =>
      new PseudoTerminal(cliCommand(...args), { env: session.environment });
    {
      await using at = terminal("get", "openai", "--field", "status");
      await at.shows("Passphrase of this vault");
      expect(await at.echoes()).toBe(false);
      await at.type("canary-wrong\r");
      await at.shows("That is not it. Passphrase of this vault (2 tries left)");
      await at.type(`${PASS}\r`);
      await at.shows("connected");
      expect(await at.ended()).toEqual({ code: 0, restored: true });
      expect(at.screen).not.toContain("canary");
    }
    {
      await using at = terminal("list");
      for (
        const message of ["Passphrase of", "(2 tries left)", "(1 try left)"]
      ) {
        await at.shows(message);
        await at.type("canary-wrong\r");
      }
      await at.shows("3 wrong passphrases were typed");
      expect(await at.ended()).toEqual({ code: 9, restored: true });
    }
    {
      await using at = terminal("get", "openai");
      await at.shows("Passphrase");
      await at.type("\x03");
      expect(await at.ended()).toEqual({ code: 130, restored: true });
    }
    await Deno.remove(`${session.work}/home`, { recursive: true });
    await using at = terminal("init", "--encryption", "passphrase");
    await at.shows("New passphrase of this vault");
    await at.type("canary-typed-twice\r");
    await at.shows("The same once more");
    await at.type("canary-typed-twice\r");
    await at.shows("Made the home");
    expect(await at.ended()).toEqual({ code: 0, restored: true });
    expect(
      await session.run("authsome key status --json", {
        env: { AUTHSOME_PASSPHRASE: "canary-typed-twice" },
      }),
    ).toMatchObject({ code: 0 });
  },
);

// A session keyring of our own: what it keeps ends with it.
const skip = await missing("keyctl", "session", "-", "true");

test(
  "an unlocked vault is not asked about in its session, and closed to every other",
  { skip },
  async () => {
    await using session = await prepared();
    const inSession = (...lines: string[]) =>
      session.run(`keyctl session - sh -c '${lines.join("\n")}' 2>&1`, {
        env: { ...session.environment },
      });
    const unlock = (time: string) =>
      `AUTHSOME_PASSPHRASE=${PASS} authsome key unlock --for ${time}`;
    const { stdout } = await inSession(
      unlock("1h"),
      GET,
      // The key is in the kernel, under its owner's name, and no other session can use it.
      `keyctl session - ${GET}`,
      "authsome key lock",
      GET,
      "authsome key lock",
    );
    const lines = stdout.split("\n").filter((line) => !/^Joined/.test(line));
    expect(lines).toEqual([
      expect.stringContaining("The vault is unlocked in this session until"),
      "connected",
      expect.stringContaining("there is no terminal to ask for it"),
      expect.stringContaining("Hint:"),
      "The vault is locked; the passphrase is asked for again.",
      expect.stringContaining("there is no terminal to ask for it"),
      expect.stringContaining("Hint:"),
      "The vault was not unlocked in this session.",
      "",
    ]);
    expect(leaksInFolder(session.work, PASS)).toEqual([]);

    // It is over when its time is, also by the word of the kernel.
    const over = await inSession(
      unlock("1s"),
      'until ! keyctl pipe $(keyctl list @s | sed -n "s/^ *\\([0-9]*\\):.*authsome:.*/\\1/p") >/dev/null 2>&1; do sleep 0.2; done',
      GET,
    );
    expect(over.stdout).toContain("there is no terminal to ask for it");
  },
);
