// Homes of every release of authsome for Python, made as those releases seal them and read with the real adapter.
import { expect } from "expect";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { importWorld } from "../../lib/host/home/import_world.ts";
import type { Harvest } from "../../lib/import/found.ts";
import { pythonAuthsome } from "../../lib/import/python/python_authsome.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { withHome } from "../support/home.ts";
import {
  ACME,
  MASTER_KEY,
  type PythonRelease,
  usualRecords,
  writePythonHome,
} from "../support/imports/python_home.ts";

const RELEASES: readonly PythonRelease[] = ["0.1", "0.2", "0.3", "0.5"];
const OTHER_KEY = btoa("\x09".repeat(32));

/** For what does not look at how long a key takes. */
const CHEAP = { memory: 64, iterations: 1, parallelism: 1 };

async function harvest(
  path: string,
  { variables = {}, output = () => Promise.resolve(undefined) }: {
    variables?: Record<string, string>;
    output?: (command: readonly string[]) => Promise<string | undefined>;
  } = {},
): Promise<Harvest> {
  const env = {
    get: (name: string) => variables[name],
    toObject: () => variables,
  };
  const result = await pythonAuthsome.harvest({
    ...importWorld(env),
    output,
    path,
    definitions: [],
    now: 0,
  });
  expect(JSON.stringify({ ...result, definitions: [] })).not.toContain(
    "canary",
  );
  return result;
}

function opened({ found }: Harvest) {
  return found.map(({ provider, connection, credential, client }) => [
    `${provider}/${connection}`,
    ...credential.type === "api_key"
      ? [credential.fields.api_key!.reveal()]
      : [credential.accessToken.reveal(), credential.refreshToken?.reveal()],
    ...client ? [client.clientId, client.clientSecret?.reveal()] : [],
  ]);
}

const ALL = [
  ["openai/default", "canary-openai"],
  ["acme-py/default", "canary-acme"],
  [
    ...["linear/default", "canary-access", "canary-refresh"],
    ...["id-1", "canary-secret"],
  ],
];

/** Every file of a folder with its bytes: what is only read stays as it is. */
async function filesOf(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      for (const entry of await filesOf(path)) files.set(...entry);
    } else files.set(path, (await Deno.readFile(path)).join());
  }
  return files;
}

for (const release of RELEASES) {
  test(`the home of Python ${release}: connections, clients, definitions, and nothing in it is changed`, () =>
    withHome(async (home) => {
      await writePythonHome(home, release, {
        records: usualRecords(release),
        definitions: { "acme-py": ACME },
      });
      const before = await filesOf(home);
      const result = await harvest(home);
      expect(opened(result)).toEqual(ALL);
      expect(result.skipped).toEqual([]);
      expect(
        result.definitions?.map(({ name, text }) => [name, JSON.parse(text)]),
      ).toEqual([["acme-py", ACME]]);
      expect(await filesOf(home)).toEqual(before);
      if (release >= "0.3") {
        expect(opened(await harvest(`${home}/server/`))).toEqual(ALL);
        expect(opened(await harvest(`${home}/client`))).toEqual(ALL);
      }
    }));

  test(`the home of Python ${release}: a key in a variable, in a file that one names, in a keyring; and none`, () =>
    withHome(async (home) => {
      await writePythonHome(home, release, {
        records: usualRecords(release),
        keyFile: false,
        cost: CHEAP,
      });
      const key = `${home}/key`;
      await Deno.writeTextFile(key, `${MASTER_KEY}\n`);
      for (
        const variables of [
          // What is wrong in one place does not keep the right one from being found.
          {
            AUTHSOME_MASTER_KEY: OTHER_KEY,
            AUTHSOME_PYTHON_MASTER_KEY: MASTER_KEY,
          },
          { AUTHSOME_MASTER_KEY: "canary", AUTHSOME_MASTER_KEY_FILE: key },
        ] as Record<string, string>[]
      ) expect(opened(await harvest(home, { variables }))).toEqual(ALL);
      const asked: string[] = [];
      const output = (command: readonly string[]) => {
        asked.push(command[0]!);
        return Promise.resolve(
          command[0] === "keyring" ? `${MASTER_KEY}\n` : undefined,
        );
      };
      expect(opened(await harvest(home, { output }))).toEqual(ALL);
      expect(asked).toEqual(["secret-tool", "/usr/bin/security", "keyring"]);
      const error = await harvest(home, {
        variables: { AUTHSOME_MASTER_KEY: OTHER_KEY },
      }).catch((error) => error);
      expect(error).toMatchObject({
        code: "MasterKeyUnavailable",
        exitCode: 9,
      });
      for (const name of ["openai/default", "acme-py/default", "linear"]) {
        expect(error.message).toContain(name);
      }
      expect(error.message).not.toContain(OTHER_KEY);
      expect(error.hint).toContain(
        `AUTHSOME_PYTHON_MASTER_KEY="$(keyring get authsome master_key)" authsome import python-authsome --path ${home}`,
      );
    }));
}

test("a home that several releases wrote: the text of its master.key is the secret since 0.5", () =>
  withHome(async (home) => {
    const [openai, acme] = usualRecords("0.3") as [
      ReturnType<typeof usualRecords>[number],
      ReturnType<typeof usualRecords>[number],
    ];
    await writePythonHome(home, "0.3", { records: [openai] });
    const json = await Deno.readTextFile(`${home}/server/master.key`);
    await writePythonHome(home, "0.5", {
      records: [acme],
      secret: json,
      keyFile: false,
    });
    expect(opened(await harvest(home))).toEqual([ALL[0], ALL[1]]);
  }));

test("what a store has not yet taken out of its log is read", () =>
  withHome(async (home) => {
    const [openai, acme] = usualRecords("0.2");
    await writePythonHome(home, "0.2", { records: [openai!] });
    await writePythonHome(`${home}/other`, "0.2", { records: [acme!] });
    const path = `${home}/profiles/default/store.db`;
    const other = new DatabaseSync(`${home}/other/profiles/default/store.db`);
    const row = other.prepare("SELECT key, value FROM kv").get()!;
    other.close();
    const database = new DatabaseSync(path);
    database.exec("PRAGMA wal_autocheckpoint = 0");
    database.prepare("INSERT INTO kv VALUES (?, ?)").run(row.key!, row.value!);
    try {
      expect((await Deno.stat(`${path}-wal`)).size).toBeGreaterThan(0);
      expect(opened(await harvest(home))).toEqual([ALL[0], ALL[1]]);
    } finally {
      database.close();
    }
  }));

test("two profiles with a connection of the same name: both are taken", () =>
  withHome(async (home) => {
    const [record] = usualRecords("0.2");
    await writePythonHome(home, "0.2", { records: [record!] });
    await writePythonHome(home, "0.2", {
      profile: "work",
      records: [{ ...record!, record: { ...record!.record, profile: "work" } }],
    });
    expect(opened(await harvest(home)).map(([name]) => name))
      .toEqual(["openai/default", "openai/work-default"]);
  }));

test("a text in a file of its own: only a file that the store would make", () =>
  withHome(async (home) => {
    const [openai, acme, linear] = usualRecords("0.5");
    await writePythonHome(home, "0.5", { records: [openai!, acme!, linear!] });
    const store = `${home}/server/kv_store`;
    const database = new DatabaseSync(`${store}/cache.db`);
    const move = async (provider: string, name: string, write = true) => {
      const like = `%:${provider}:connection:%`;
      const { value } = database.prepare(
        "SELECT value FROM Cache WHERE key LIKE ?",
      ).get(like) as { value: string };
      database.prepare(
        "UPDATE Cache SET value = NULL, filename = ? WHERE key LIKE ?",
      ).run(name, like);
      if (write) await Deno.writeTextFile(`${store}/${name}`, value);
    };
    await Deno.mkdir(`${store}/0d/8b`, { recursive: true });
    await move("openai", "0d/8b/8104382e294a1f9962a825bc584e.val");
    await move("acme-py", "../elsewhere.val");
    await move("linear", "0d/8b/ffffffffffffffffffffffffffff.val", false);
    database.close();
    const result = await harvest(home);
    expect(opened(result)).toEqual([ALL[0]]);
    expect(result.skipped.map(({ from, isSealed }) => [from, isSealed]))
      .toEqual(
        [
          ["python-authsome acme-py/default", true],
          ["python-authsome linear/default", true],
        ],
      );
  }));

test("a data key that costs too much, is of a newer release or is damaged: said, and nothing hangs", () =>
  withHome(async (home) => {
    const made = async (
      name: string,
      wrapped: (record: Record<string, unknown>) => void,
    ) => {
      await writePythonHome(`${home}/${name}`, "0.5", {
        records: usualRecords("0.5"),
        cost: CHEAP,
        wrapped,
      });
      return await harvest(`${home}/${name}`).catch((error) => error);
    };
    for (
      const cost of [
        { memory_cost: 1 << 30 },
        { time_cost: 1e9 },
        { parallelism: 0 },
        { memory_cost: 1.5 },
      ]
    ) {
      const error = await made(
        Object.values(cost).join(),
        (record) => Object.assign(record.kdf as object, cost),
      );
      expect(error).toMatchObject({ code: "StoreUnavailable", exitCode: 9 });
      expect(error.message).toContain("Argon2id");
    }
    for (
      const [name, change] of [
        ["salt", { kdf: { salt: 7 } }],
        ["none", { wrapped_dek: {} }],
      ] as const
    ) {
      const error = await made(name, (record) => Object.assign(record, change));
      expect(error).toMatchObject({ code: "MasterKeyUnavailable" });
    }
    const newer = await made("newer", (record) => record.version = 2);
    expect(newer).toMatchObject({ code: "MasterKeyUnavailable", exitCode: 9 });
  }));

test("the command: a dry run installs nothing, then definitions and connections are kept; what does not open is exit code 9", () =>
  withHome(async (folder) => {
    const home = `${folder}/home`;
    const old = `${folder}/old`;
    const [openai, acme, linear] = usualRecords("0.2");
    await writePythonHome(old, "0.2", {
      records: [openai!, acme!],
      definitions: {
        "acme-py": ACME,
        "bad-py": { ...ACME, name: "bad-py", api_url: "http://" },
        openai: { ...ACME, name: "openai" },
      },
    });
    const run = (...words: string[]) =>
      runCommand(["import", "python-authsome", "--path", old, ...words], {
        home,
      });
    const dry = await run("--dry-run", "--json");
    expect(JSON.parse(dry.stdout)).toMatchObject({
      found: [{ provider: "openai" }, { provider: "acme-py" }],
      definitions: [{
        provider: "acme-py",
        hosts: ["api.acme-py.example.com"],
      }],
      skipped: [{ provider: "bad-py" }, { provider: "openai" }],
    });
    const unasked = await run("--json");
    expect(unasked.code).toBe(2);
    const done = await run("--yes", "--no-verify");
    expect(done.stderr).toContain('Registered "acme-py".');
    expect(done.code).toBe(0);
    const get = await runCommand(
      ["get", "acme-py", "--field", "api_key", "--show-secret"],
      { home },
    );
    expect(get.stdout).toBe("canary-acme\n");

    await writePythonHome(old, "0.2", {
      profile: "other",
      records: [linear!],
      secret: OTHER_KEY,
      keyFile: false,
    });
    const partly = await run("--yes", "--no-verify", "--force");
    expect(partly.stderr).toContain(
      "python-authsome linear/default is left out: it does not open with any key that was found",
    );
    expect(partly.stderr).toContain("Imported openai/default.");
    expect(partly.code).toBe(9);
    expect((await run("--provider", "groq")).code).toBe(9);
  }));
