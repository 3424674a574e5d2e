// A record or the whole file that is put back is noticed by what the machine remembers outside of the vault, and nothing
// else is: not a crash, not another process, not a home that was moved or made anew.
import { DatabaseSync } from "node:sqlite";
import { expect } from "expect";
import { test } from "node:test";
import { lastLines } from "../../lib/host/vault/witness_lines.ts";
import { witnessFile } from "../../lib/host/vault/witness_file.ts";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import { RememberedStore } from "../../lib/vault/remembered_store.ts";
import type { Witness } from "../../lib/ports/store.ts";
import { testStoreContract } from "../support/store_contract.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const OLDER = /^Warning: The vault holds an older record than this machine/m;
const LOGIN = "authsome login openai --stdin --force --quiet";
const key = (text: string) => `sk-proj-${text.padEnd(48, "x")}`;

/** A session with a login, a copy of the vault from then as `old.db`, and a second login over the first. */
async function rolledOn(): Promise<Session> {
  const session = await Session.open();
  await session.run(LOGIN, { stdin: key("one") });
  await session.run("seed notion; cp home/vault.db old.db");
  await session.run(LOGIN, { stdin: key("two") });
  const { stdout } = await session.run("authsome vault verify --json");
  expect(JSON.parse(stdout)).toMatchObject({ damaged: [], older: [] });
  expect(JSON.parse(stdout).remembered).toBeGreaterThan(1);
  return session;
}

async function expectNothing(session: Session): Promise<void> {
  for (const line of ["authsome token openai", "authsome vault verify"]) {
    const { code, stderr } = await session.run(line);
    expect({ line, code }).toEqual({ line, code: 0 });
    expect(stderr).not.toMatch(OLDER);
  }
}

async function expectOlder(session: Session, what: string): Promise<void> {
  const used = await session.run("authsome get openai --json");
  expect(used.stderr).toMatch(OLDER);
  const { code, stdout } = await session.run("authsome vault verify --json");
  expect(code).toBe(9);
  expect(JSON.parse(stdout).older).toContainEqual({ profile: "default", what });
}

test("the whole file put back is noticed, until the person accepts it", async () => {
  await using session = await rolledOn();
  await session.run("cp old.db home/vault.db");
  await expectOlder(session, "connection openai/default");
  const said = await session.run("authsome vault verify");
  expect(said.stdout).toMatch(/^older +connection openai\/default +default/m);
  expect(said.stderr).toContain(
    "Hint: If you restored the vault yourself: authsome vault verify --accept",
  );
  expect((await session.run("authsome vault verify --accept")).code).toBe(0);
  await expectNothing(session);
  await session.run(LOGIN, { stdin: key("three") });
  await expectNothing(session);
});

test("one record put back is noticed, under its old revision, its new one and a higher one", async () => {
  for (
    const revision of [
      "o.revision",
      "record.revision",
      "record.revision + 5",
    ]
  ) {
    await using session = await rolledOn();
    const database = new DatabaseSync(`${session.work}/home/vault.db`);
    database.exec(`ATTACH '${session.work}/old.db' AS old`);
    const [{ name }] = database.prepare("PRAGMA table_info(record)").all() as [
      { name: string },
    ];
    const { changes } = database.prepare(
      `UPDATE record SET value = o.value, revision = ${revision} FROM old.record AS o WHERE o.${name} = record.${name} AND o.value <> record.value AND record.${name} <> 'vault/key'`,
    ).run();
    expect(Number(changes)).toBeGreaterThan(0);
    database.close();
    await expectOlder(session, "connection openai/default");
  }
});

test("a deleted record that is put back is noticed", async () => {
  await using session = await rolledOn();
  await session.run("cp home/vault.db old.db; authsome logout openai");
  await session.run("cp old.db home/vault.db");
  await expectOlder(session, "connection openai/default");
});

test("nothing is noticed after a crash before the machine could remember", async () => {
  await using session = await rolledOn();
  const state = ".local/state/authsome";
  await session.run(`cp -r ${state} before`);
  await session.run(LOGIN, { stdin: key("three") });
  await session.run("authsome logout notion; seed notion");
  // What was remembered of these writes is lost, or half of a line of it is there.
  await session.run(`rm -r ${state}; cp -r before ${state}`);
  await expectNothing(session);
  await session.run(`for f in ${state}/*; do printf 'abcdefgh' >>"$f"; done`);
  await expectNothing(session);
  await session.run(
    `for f in ${state}/*; do printf ' 99\\nx y z\\n \\n' >>"$f"; done`,
  );
  await session.run(LOGIN, { stdin: key("four") });
  await expectNothing(session);
});

test("nothing is noticed in a home that was made anew, moved, or imported into", async () => {
  await using session = await rolledOn();
  await session.run(
    "echo five random words >secret.txt; authsome vault export home.age --passphrase-file secret.txt",
  );
  await session.run("mv home kept; mkdir -m 700 home");
  await session.run(LOGIN, { stdin: key("anew") });
  await expectNothing(session);
  await session.run("rm -r home; mkdir -m 700 home");
  const { code } = await session.run(
    "authsome vault import home.age --passphrase-file secret.txt --yes && authsome vault import home.age --passphrase-file secret.txt --yes --force",
  );
  expect(code).toBe(0);
  await expectNothing(session);
  // And in the place of another, with another history.
  await session.run("rm -r home; mv kept home");
  await expectNothing(session);
});

test("nothing is noticed while many processes write", async () => {
  await using session = await rolledOn();
  const writers = Array.from(
    { length: 6 },
    (_, at) =>
      `(for i in 1 2 3; do seed openai c${at} >/dev/null; authsome get openai --quiet; authsome logout openai --connection c${at} --quiet; done) &`,
  );
  const { stderr } = await session.run(`${writers.join("\n")}\nwait`);
  expect(stderr).not.toMatch(OLDER);
  await expectNothing(session);
});

test("a machine that cannot remember works all the same, and verify says so", async () => {
  await using session = await rolledOn();
  const env = { XDG_STATE_HOME: "/dev/null" };
  const { code } = await session.run(LOGIN, { stdin: key("five"), env });
  expect(code).toBe(0);
  const away = await session.run(
    "AUTHSOME_HOME=$(mktemp -d) authsome vault verify",
    { env: { HOME: "/nowhere" } },
  );
  expect(away.stderr).toContain(
    "Nothing outside of the vault remembers what was in it.",
  );
});

test("what is remembered tells no name and is the user's alone", async () => {
  await using session = await rolledOn();
  const { stdout } = await session.run(
    "cat .local/state/authsome/*; stat -c %a .local/state/authsome .local/state/authsome/*",
  );
  expect(stdout).toMatch(/700\n600\n$/);
  expect(stdout).not.toMatch(/openai|notion|sk-/);
});

test("witnessFile() is only for homes in the user's folder, and never fails", () => {
  const env = (values: Record<string, string>) => ({
    get: (name: string) => values[name],
    toObject: () => values,
  });
  const at = (home: string, values: Record<string, string>) =>
    witnessFile(home, env(values), "linux")?.path;
  expect(at("/home/me/.authsome", { HOME: "/home/me" })).toBe(
    "/home/me/.local/state/authsome/%2Fhome%2Fme%2F.authsome.written",
  );
  expect(at("/home/me/.authsome", { HOME: "/home/me", XDG_STATE_HOME: "/s" }))
    .toBe("/s/authsome/%2Fhome%2Fme%2F.authsome.written");
  for (
    const home of [
      "/data",
      "/home/me",
      "/home/me2/.authsome",
      `/home/me/${"x".repeat(300)}`,
    ]
  ) {
    expect([home, at(home, { HOME: "/home/me" })]).toEqual([home, undefined]);
  }
  expect(at("/x/.authsome", {})).toBe(undefined);
  const broken = witnessFile(
    "/home/me/a",
    env({ HOME: "/home/me", XDG_STATE_HOME: "/dev/null" }),
  )!;
  broken.append("a 1 b\n");
  expect(broken.read()).toBe("");
});

test("lastLines() keeps the last lines of each record, in their order", () => {
  const lines = Array.from({ length: 9 }, (_, at) => `a ${at} n${at}\n`);
  expect(lastLines(`b 1 x\n${lines.join("")}torn`)).toBe(
    `b 1 x\n${lines.slice(-4).join("")}`,
  );
});

/** A witness of strings. */
function fakeWitness(): Witness {
  let text = "";
  return {
    path: "memory",
    read: () => text,
    append: (lines) => void (text += lines),
  };
}

testStoreContract("RememberedStore", async (body) => {
  const store = memoryStore();
  const witness = fakeWitness();
  let noticed = false;
  const open = () => new RememberedStore(store, witness, () => noticed = true);
  await body(open(), open);
  expect(noticed).toBe(false);
});
