// `init --encryption`: the modes, the question at a desktop, and what is left when it is killed.
import { expect } from "expect";
import { test } from "node:test";
import { base64 } from "../../../lib/bytes.ts";
import { findProgram } from "../../../lib/host/run/programs.ts";
import { missing } from "../../support/missing.ts";
import {
  NO_PSEUDO_TERMINAL,
  PseudoTerminal,
} from "../../support/terminal/pseudo_terminal.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

const PASS = "canary-passphrase-of-init";
const KEY = base64(crypto.getRandomValues(new Uint8Array(32)));
const LOGIN = "echo sk-canary | authsome login openai --stdin";
const GET = "authsome get openai --field status";

const encryptionIn = (session: Session) =>
  JSON.parse(Deno.readTextFileSync(`${session.work}/home/config.json`))
    .encryption;

test("init without a terminal asks nothing and keeps the key in a file", async () => {
  await using session = await Session.open();
  const made = await session.run("authsome init --json");
  expect(JSON.parse(made.stdout)).toEqual({
    v: 1,
    home: "$WORK/home",
    created: true,
    encryption_mode: "local_key",
  });
  expect(encryptionIn(session)).toEqual({ mode: "local_key" });
  const again = await session.run("authsome init --encryption file --json");
  expect(JSON.parse(again.stdout).created).toBe(false);
});

test("a home that has a vault keeps its mode, and is told how it is moved", async () => {
  await using session = await Session.open();
  await session.run("authsome init");
  const key = Deno.readFileSync(`${session.work}/home/master.key`);
  const other = await session.run("authsome init --encryption passphrase", {
    env: { AUTHSOME_PASSPHRASE: PASS },
  });
  expect(other).toMatchObject({ code: 4 });
  expect(other.stderr).toContain("whose key is in mode local_key");
  expect(other.stderr).toContain("authsome key move --to passphrase");
  expect(encryptionIn(session)).toEqual({ mode: "local_key" });
  expect(Deno.readFileSync(`${session.work}/home/master.key`)).toEqual(key);
});

test("what cannot be is refused before anything is written", async () => {
  await using session = await Session.open();
  const key = { AUTHSOME_MASTER_KEY: KEY };
  for (
    const [line, env, code] of [
      ["authsome init --encryption vault", {}, 2],
      ["authsome init --encryption local_key", {}, 2],
      ["authsome init --encryption command", {}, 2],
      ["authsome init -- pass show authsome", {}, 2],
      ["authsome init --encryption file -- pass show authsome", {}, 2],
      ["authsome init --encryption file", key, 2],
      ["authsome init --encryption environment", {}, 9],
      ["authsome init --encryption passphrase", {}, 9],
      ["authsome init --encryption command -- false", {}, 9],
      ["authsome init --encryption command -- echo canary-no-key", {}, 9],
    ] as [string, Record<string, string>, number][]
  ) {
    const ended = await session.run(line, { env });
    expect([line, ended.code, ended.stderr]).toEqual([
      line,
      code,
      expect.stringContaining("Error: "),
    ]);
    expect(ended.stdout + ended.stderr).not.toContain(KEY);
    expect([line, filesOf(session)]).toEqual([line, []]);
  }
  // Nothing of it is in the way of another choice.
  expect(
    await session.run("authsome init --encryption environment", {
      env: key,
    }),
  ).toMatchObject({ code: 0 });
});

/** Why no process can be killed at a system call of its own, or `false`. */
const NO_STRACE = await missing("strace", "-f", "true");

for (const [mode, other] of [["file", "passphrase"], ["passphrase", "file"]]) {
  test(
    `init --encryption ${mode}, killed before each of its writes, can be done again, or with --encryption ${other}`,
    { skip: NO_STRACE },
    async () => {
      await using warm = await Session.open();
      // Deno writes what it compiled once.
      const env = { AUTHSOME_PASSPHRASE: PASS, DENO_DIR: `${warm.work}/deno` };
      const init = `authsome init --encryption ${mode}`;
      expect(await warm.run(init, { env })).toMatchObject({ code: 0 });
      let kills = 0;
      // The files are written under another name; then their own appears.
      for (const call of ["link", "rename"]) {
        for (let time = 1;; time++) {
          await using session = await Session.open();
          const home = `${session.work}/home`;
          const { code } = await session.run(
            `strace -f -qq -o strace.txt -e trace=/^${call} -e inject=/^${call}:signal=KILL:when=${time} ${init}`,
            { env },
          );
          if (code === 0) break;
          // Key and settings, or sealed key and mode.
          expect(++kills).toBeLessThan(3);
          for (const again of [mode, other]) {
            await using copy = await Session.open();
            const used = await copy.run(
              `[ ! -e ${home} ] || cp -rp ${home} home; authsome init --encryption ${again} && ${LOGIN} && ${GET}`,
              { env },
            );
            expect([kills, again, used.code, used.stderr]).toEqual(
              [kills, again, 0, used.stderr],
            );
            expect(used.stdout).toContain("connected");
            expect(encryptionIn(copy).mode).toBe(
              again === "file" ? "local_key" : again,
            );
          }
        }
      }
      expect(kills).toBe(2);
    },
  );
}

test(
  "at a desktop init asks once where the key is to be; the keychain comes first",
  {
    skip: NO_PSEUDO_TERMINAL || await missing("id", "-un") ||
      await missing("dbus-run-session") ||
      await missing("gnome-keyring-daemon", "--version") ||
      !findProgram("secret-tool", Deno.env) && "secret-tool is not installed",
  },
  async () => {
    await using session = await Session.open();
    Deno.mkdirSync(`${session.work}/.local/share/keyrings`, {
      recursive: true,
    });
    const env: Record<string, string> = {
      ...session.environment,
      XDG_RUNTIME_DIR: session.work,
      // As where a person logged in.
      GNOME:
        "printf 'pw\\n' | gnome-keyring-daemon --unlock --components=secrets",
    };
    const inDesktop = (line: string) => [
      ...["dbus-run-session", "--", "sh", "-c"],
      `eval "$GNOME" >/dev/null 2>&1; ${line}`,
    ];
    {
      await using at = new PseudoTerminal(
        inDesktop(
          `authsome init && authsome init && ${LOGIN} && ${GET}; ls home`,
        ),
        { env, cwd: session.work },
      );
      await at.shows("Where should the master key be?");
      await at.shows("In the system's keychain");
      await at.type("\r");
      await at.shows("Made the home, its master key and its vault.");
      await at.shows("The home was there already; nothing was changed.");
      await at.shows("connected");
      expect((await at.ended()).code).toBe(0);
      expect(at.screen.split("Where should the master key be?").length).toBe(
        // As it was asked, and as it was answered.
        3,
      );
    }
    expect(encryptionIn(session)).toEqual({ mode: "keyring" });
    expect(filesOf(session)).not.toContain("master.key");

    // Without a keychain there is nothing to choose.
    await Deno.remove(`${session.work}/home`, { recursive: true });
    await using at = new PseudoTerminal(["authsome", "init"], {
      env: { ...session.environment },
      cwd: session.work,
    });
    await at.shows("Made the home, its master key and its vault.");
    expect((await at.ended()).code).toBe(0);
    expect(at.screen).not.toContain("Where should");
    expect(encryptionIn(session)).toEqual({ mode: "local_key" });
  },
);

function filesOf(session: Session): string[] {
  try {
    return [...Deno.readDirSync(`${session.work}/home`)].map(({ name }) =>
      name
    );
  } catch {
    return [];
  }
}
