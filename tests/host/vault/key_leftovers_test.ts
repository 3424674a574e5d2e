// Keys that are left of other modes: `doctor` and `key status` name each, say what it opens and how to be rid of it, and
// delete nothing.
import { expect } from "expect";
import { test } from "node:test";
import { keyLeftovers } from "../../../lib/host/vault/key_leftovers.ts";
import type { Keychain } from "../../../lib/host/vault/keyring_os.ts";
import { withHome } from "../../support/home.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

const WITH = { AUTHSOME_PASSPHRASE: "canary-passphrase-of-the-vault" };
const LOGIN =
  "echo sk-canary-of-the-leftovers | authsome login openai --stdin --quiet";

/** What both commands say of the home. */
async function told(session: Session, env: Record<string, string> = WITH) {
  const doctor = await session.run("authsome doctor --json", { env });
  const status = await session.run("authsome key status --json", { env });
  const { leftovers } = JSON.parse(status.stdout);
  const checks = (JSON.parse(doctor.stdout).checks as {
    name: string;
    ok: boolean;
    message: string;
    fix?: string;
  }[]).filter(({ name, ok }) => name === "key" && !ok);
  expect(checks.map(({ fix }) => fix)).toEqual(
    leftovers.map(({ fix }: { fix: string }) => fix),
  );
  return { checks, leftovers, doctor };
}

test("a master.key, a copy of it, a backup and a seal are named, with what each of them opens, until they are gone", async () => {
  await using session = await Session.open();
  const done = async (line: string, env: Record<string, string> = WITH) =>
    expect(await session.run(line, { env })).toMatchObject({ code: 0 });
  const home = `${session.work}/home`;
  await done(LOGIN);
  await done("cp home/master.key old.key");
  await done("authsome key move --to passphrase");
  expect((await told(session)).leftovers).toEqual([]);

  await done("cp old.key home/master.key; cp old.key home/master.key.bak");
  await done("authsome key backup home/key.json");
  const files = [...Deno.readDirSync(home)].map(({ name }) => name).sort();
  const { checks, leftovers, doctor } = await told(session);
  expect(doctor.code).toBe(9);
  const old = (name: string) => ({
    where: `${home}/${name}`.replace(session.work, "$WORK"),
    opens: false,
    fix: expect.stringMatching(
      new RegExp(`no older copy of the vault needs it: rm \\S+${name}$`),
    ),
  });
  expect(leftovers).toEqual([
    {
      where: "$WORK/home/key.json",
      opens: true,
      fix: expect.stringMatching(
        /^authsome key rotate, and then: rm \S+key\.json$/,
      ),
    },
    old("master.key"),
    old("master.key.bak"),
  ]);
  expect(checks.map(({ message }) => message)).toEqual([
    expect.stringContaining(
      "It opens the vault, without what guards mode pass",
    ),
    expect.stringContaining("may open older copies"),
    expect.stringContaining("may open older copies"),
  ]);
  // Nothing is deleted by looking at it.
  expect([...Deno.readDirSync(home)].map(({ name }) => name).sort())
    .toEqual(files);
  const plain = await session.run("authsome key status", { env: WITH });
  expect(plain.stderr).toContain(
    "Warning: the key of this home is in mode passphrase, and another is left: $WORK/home/key.json",
  );

  // Without a passphrase nothing can be tried, and it is said all the same.
  const locked = await session.run("authsome doctor --json");
  expect(locked.stdout).toContain("Whether it opens the vault cannot be tried");

  // As doctor says: after a rotation it opens nothing.
  await done("authsome key rotate");
  expect(
    (await told(session)).leftovers.map((left: { opens: boolean }) =>
      left.opens
    ),
  ).toEqual([false, false, false]);
  await done("rm home/key.json home/master.key home/master.key.bak");
  expect((await told(session)).leftovers).toEqual([]);

  // A seal that a move would have removed.
  const config = `${home}/config.json`;
  const sealed = Deno.readTextFileSync(config);
  await done("authsome key move --to file");
  const { passphrase } = JSON.parse(sealed).encryption;
  const now = JSON.parse(Deno.readTextFileSync(config));
  now.encryption.passphrase = passphrase;
  Deno.writeTextFileSync(config, JSON.stringify(now));
  const [seal] = (await told(session, {})).leftovers;
  expect(seal).toMatchObject({
    where: "encryption.passphrase in $WORK/home/config.json",
    opens: null,
    fix: expect.stringContaining('Delete the member "passphrase"'),
  });
});

test("in mode file the files of the home are no leftovers", async () => {
  await using session = await Session.open();
  for (
    const line of [
      LOGIN,
      "authsome key backup home/key.json",
      "cp home/master.key home/master.key.bak",
    ]
  ) expect(await session.run(line)).toMatchObject({ code: 0 });
  expect((await told(session, {})).leftovers).toEqual([]);
});

test("an entry of the keychain is named, and a locked one waits for nobody", () =>
  withHome(async (home) => {
    const key = "0b".repeat(32);
    const keychain = (find: string, list: string): Keychain => ({
      find: () => ({ command: ["sh", "-c", find] }),
      list: () => ({ command: ["sh", "-c", list] }),
      remove: (account) => ({ command: ["keychain", "clear", account] }),
      store: () => ({ command: ["touch", `${home}/stored`] }),
      replace: () => ({ command: ["touch", `${home}/stored`] }),
      isMissing: ({ code }) => code === 1,
    });
    const look = (find: string, list = "true") =>
      keyLeftovers(home, { mode: "local_key" }, "linux", {
        linux: keychain(find, list),
      });
    const remove = expect.stringMatching(/^keychain clear [0-9a-f]{32}$/);
    const where = expect.stringContaining("keychain");
    expect(await look(`echo ${key}`)).toEqual([
      { where, remove, masterKey: new Uint8Array(32).fill(11) },
    ]);
    expect(await look("exit 1", "echo '[/1]'; echo 'label = authsome'"))
      .toEqual([{ where, remove }]);
    for (const [find, list] of [["exit 1"], ["exit 2"], ["exit 2", "echo x"]]) {
      expect(await look(find!, list)).toEqual([]);
    }
    // What is its source is none.
    expect(
      await keyLeftovers(home, { mode: "keyring" }, "linux", {
        linux: keychain(`echo ${key}`, "true"),
      }),
    ).toEqual([]);
    expect(() => Deno.statSync(`${home}/stored`)).toThrow();
  }));
