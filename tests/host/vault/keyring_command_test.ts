// A home whose master key a command prints.
import { expect } from "expect";
import { test } from "node:test";
import { base64, hex } from "../../../lib/bytes.ts";
import { readEncryption } from "../../../lib/encryption.ts";
import { commandKeyring } from "../../../lib/host/vault/keyring_command.ts";
import { leaksInFolder } from "../../support/leaks.ts";
import { missing } from "../../support/missing.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

const KEY = crypto.getRandomValues(new Uint8Array(32));
const LOGIN = "echo sk-canary-by-command | authsome login openai --stdin";
const GET = "authsome get openai --field status";

/** What a shell's command would give; here the shell is the program. */
const keyringOf = (script: string, limit = 60_000, told: string[] = []) =>
  commandKeyring(["sh", "-c", script], {
    env: Deno.env,
    warn: (line) => told.push(line),
    limit,
  });

test("the key is what the command prints, in each of its forms", async () => {
  const octal = [...KEY].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`)
    .join("");
  for (
    const script of [
      `echo ${base64(KEY)}`,
      `printf %s ${base64(KEY)}`,
      `echo ${hex(KEY)}`,
      `printf '${hex(KEY)}\\r\\n'`,
      `printf '${octal}'`,
      // Slowly, in pieces, and much is said beside it.
      `printf ${hex(KEY).slice(0, 9)}; echo hello >&2; sleep 0.1; echo ${
        hex(KEY).slice(9)
      }`,
    ]
  ) expect(await keyringOf(script).read()).toEqual(KEY);
});

test("anything else is refused, and neither it nor the command's arguments are told", async () => {
  const canary = "canary-in-the-output";
  for (
    const [script, state] of [
      [`echo ${canary}`, /not a key/],
      ["true", /not a key/],
      [`echo ${hex(KEY)}; echo 'user: me'`, /not a key/],
      [`echo ${hex(KEY)}; exit 3 # ${canary}`, /exit code 3/],
      [`echo ${canary} >&2; exit 1`, /exit code 1/],
      // It never ends by itself.
      ["cat /dev/zero", /not a key/],
      ["yes", /not a key/],
    ] as const
  ) {
    const error = await keyringOf(script).read().catch((error) => error);
    expect(error).toMatchObject({
      code: "MasterKeyUnavailable",
      exitCode: 9,
      message: expect.stringMatching(state),
    });
    expect(Deno.inspect(error)).not.toContain(canary);
    expect(Deno.inspect(error)).not.toContain(hex(KEY));
  }
  await expect(
    commandKeyring(["no-such-manager"], { env: Deno.env, warn() {} }).read(),
  ).rejects.toThrow(/no-such-manager is not in a folder of PATH/);
  await expect(keyringOf(`echo ${hex(KEY)}`).create(KEY)).rejects
    .toMatchObject({ code: "MasterKeyUnavailable" });
});

test("a command that waits for nobody is waited for no longer than a minute, and told of", async () => {
  const told: string[] = [];
  // What it started goes on and holds its output.
  for (const script of ["exec sleep 30", "sleep 30 & exit 0"]) {
    await expect(keyringOf(script, 1500, told).read()).rejects.toThrow(
      /it took longer than 1.5 seconds/,
    );
  }
  expect(told).toEqual(
    Array(2).fill(
      expect.stringMatching(/^Waiting for the master key from \/\S*\/sh$/),
    ),
  );
});

test("in config.json it is a program and its arguments, or refused", () => {
  const read = (command: unknown) =>
    readEncryption({ mode: "command", command });
  expect(read(["op", "read", ""])).toEqual({
    mode: "command",
    command: ["op", "read", ""],
  });
  for (
    const command of [undefined, null, "op read x", [], [""], ["op", 1], [
      "op",
      "a\0b",
    ]]
  ) expect(read(command)).toMatchObject({ field: "command" });
  // That of another mode is nobody's.
  expect(readEncryption({ mode: "keyring", command: "x" })).toEqual({
    mode: "keyring",
  });
});

test("a home made with a command: no shell, no key on disk, no secret of ours in its environment", async () => {
  await using session = await Session.open();
  const program = `${session.work}/bin/keeper`;
  Deno.writeTextFileSync(
    program,
    `#!/bin/sh\nprintf '%s|' "$@" >> ${session.work}/arguments\nenv >> ${session.work}/environment\necho ${
      base64(KEY)
    }\n`,
    { mode: 0o755 },
  );
  const words = "'two words' '$(touch pwned)' '; touch pwned'";
  const made = await session.run(
    `authsome init --encryption command --json -- ${program} ${words}`,
    { env: { AUTHSOME_PASSPHRASE: "canary-other" } },
  );
  expect(made).toMatchObject({ code: 0 });
  expect(JSON.parse(made.stdout)).toMatchObject({ encryption_mode: "command" });
  expect(Deno.readTextFileSync(`${session.work}/arguments`)).toBe(
    "two words|$(touch pwned)|; touch pwned|",
  );
  expect(Deno.readTextFileSync(`${session.work}/environment`)).not.toContain(
    "canary-other",
  );
  expect(() => Deno.statSync(`${session.work}/pwned`)).toThrow();
  expect(await session.run(LOGIN)).toMatchObject({ code: 0 });
  expect(await session.run(GET)).toMatchObject({ stdout: "connected\n" });
  const home = `${session.work}/home`;
  expect([...Deno.readDirSync(home)].map(({ name }) => name))
    .not.toContain("master.key");
  for (const secret of [base64(KEY), hex(KEY), "sk-canary-by-command"]) {
    expect(leaksInFolder(home, secret)).toEqual([]);
  }

  // Others must not be able to say what is run.
  await session.run("authsome profile create second");
  Deno.chmodSync(`${home}/config.json`, 0o622);
  const before = Deno.readTextFileSync(`${session.work}/arguments`);
  expect(await session.run(GET)).toMatchObject({ code: 9, stdout: "" });
  Deno.chmodSync(`${home}/config.json`, 0o600);
  Deno.chmodSync(home, 0o777);
  expect(await session.run(GET)).toMatchObject({ code: 9, stdout: "" });
  expect(Deno.readTextFileSync(`${session.work}/arguments`)).toBe(before);
});

test("a command that stands in another place than config.json of the home is never run", async () => {
  await using session = await Session.open();
  Deno.writeTextFileSync(
    `${session.work}/config.json`,
    JSON.stringify({
      spec_version: 1,
      encryption: { mode: "command", command: ["touch", "pwned"] },
    }),
    { mode: 0o600 },
  );
  Deno.mkdirSync(`${session.work}/.authsome`);
  Deno.copyFileSync(
    `${session.work}/config.json`,
    `${session.work}/.authsome/config.json`,
  );
  expect(await session.run("authsome init")).toMatchObject({ code: 0 });
  expect(() => Deno.statSync(`${session.work}/pwned`)).toThrow();
});

const skip = await missing("pass") || await missing("gpg");

test("a key that pass keeps, sealed by gpg", { skip }, async () => {
  await using session = await Session.open();
  const env = { GNUPGHOME: `${session.work}/gnupg` };
  Deno.mkdirSync(env.GNUPGHOME, { mode: 0o700 });
  const run = async (line: string) => {
    const ended = await session.run(line, { env });
    expect([line, ended.code, ended.stderr]).toEqual([line, 0, ended.stderr]);
    return ended.stdout;
  };
  try {
    await run(
      "gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key authsome@example.org future-default default never",
    );
    await run("pass init authsome@example.org");
    await run(`echo ${base64(KEY)} | pass insert --multiline authsome/key`);
    await run("authsome init --encryption command -- pass show authsome/key");
    await run(LOGIN);
    expect(await run(GET)).toBe("connected\n");
    await run("pass rm --force authsome/key");
    const gone = await session.run(GET, { env });
    expect(gone).toMatchObject({ code: 9, stdout: "" });
    expect(gone.stderr).toContain("it ended with exit code 1");
    expect(leaksInFolder(session.work, base64(KEY))).toEqual([]);
  } finally {
    await session.run("gpgconf --kill gpg-agent", { env });
  }
});
