// Key commands that end at any of their writes, as by kill -9: before it is done, or right after.
import { expect } from "expect";
import { test } from "node:test";
import { Broker } from "../../lib/broker/broker.ts";
import { backUpKey, restoreKey } from "../../lib/broker/keys/back_up_key.ts";
import { isInterrupted } from "../../lib/broker/keys/key_steps.ts";
import { moveKey } from "../../lib/broker/keys/move_key.ts";
import { rotateKey } from "../../lib/broker/keys/rotate_key.ts";
import type { EncryptionMode } from "../../lib/encryption.ts";
import type { Runtime } from "../../lib/ports/runtime.ts";
import type { Keyring } from "../../lib/ports/store.ts";
import { importMasterKey } from "../../lib/vault/derived_keys.ts";
import { dataKeyBytes, keyState } from "../../lib/vault/rekey.ts";
import { connect } from "../support/connected.ts";
import { memoryRuntime } from "../support/fakes/memory_runtime.ts";

type Key = Uint8Array<ArrayBuffer>;
type Moment = "before" | "after";

/** A home in memory with places for a master key, and processes that die at a write. */
class Home {
  readonly #base = memoryRuntime();
  readonly keys = new Map<EncryptionMode, Key>();
  readonly files = new Map<string, string>();
  /** What mode `command` gives. */
  readonly given: Key = new Uint8Array(32).fill(9);

  /** The ports of a new process, which dies at its write number `at`. */
  process(at = Infinity, moment: Moment = "before"): Runtime {
    let left = at;
    const write = async <T>(done: () => Promise<T>): Promise<T> => {
      if (left < 0) throw new Error("dead");
      if (left-- > 0) return await done();
      if (moment === "after") await done();
      throw new Error("killed");
    };
    const alive = <T>(done: () => Promise<T>): Promise<T> =>
      left < 0 ? Promise.reject(new Error("dead")) : done();
    const base = this.#base;
    return {
      ...base,
      configFile: {
        ...base.configFile,
        write: (text) => write(() => base.configFile.write(text)),
      },
      personFile: (path) => this.files.get(path),
      savePrivateFile: (path, text) =>
        Promise.resolve(void this.files.set(path, text)),
      async openStore() {
        const store = await base.openStore();
        return {
          ...store,
          get: (key) => alive(() => store.get(key)),
          keys: (prefix) => alive(() => store.keys(prefix)),
          revisions: () => alive(() => store.revisions()),
          put: (...change) => write(() => store.put(...change)),
          delete: (...change) => write(() => store.delete(...change)),
          transact: (...changes) => write(() => store.transact(...changes)),
        };
      },
      keyring: ({ mode }) => Promise.resolve(this.#keyring(mode, write)),
    };
  }

  #keyring(
    mode: EncryptionMode,
    write: <T>(done: () => Promise<T>) => Promise<T>,
  ): Keyring {
    const { keys, given } = this;
    const set = (key: Key) => Promise.resolve(void keys.set(mode, key.slice()));
    if (mode === "command") {
      return {
        read: () => Promise.resolve(given.slice()),
        create: () => Promise.reject(new Error("it follows from a command")),
      };
    }
    return {
      read: () => Promise.resolve(keys.get(mode)?.slice()),
      create: (key) =>
        write(async () => void (keys.has(mode) || await set(key))),
      replace: (key) => write(() => set(key)),
      remove: () => write(() => Promise.resolve(void keys.delete(mode))),
    };
  }
}

async function withProcess<T>(
  home: Home,
  body: (broker: Broker) => Promise<T>,
  ...death: [at?: number, moment?: Moment]
): Promise<T> {
  await using broker = await Broker.open(home.process(...death));
  return await body(broker);
}

const NAMES = ["default", "one", "two"];

async function made(): Promise<Home> {
  const home = new Home();
  await withProcess(home, async (broker) => {
    for (const name of NAMES) await connect(broker, "openai", name, name);
  });
  return home;
}

/** Every command reads everything, and can write. */
async function expectWhole(home: Home): Promise<void> {
  await withProcess(home, async (broker) => {
    const found = await broker.connections.list();
    const keys = found.map(({ credential }) =>
      credential.type === "api_key" && credential.fields.api_key?.reveal()
    );
    expect(keys).toEqual(NAMES);
    await broker.connections.save(found[0]!);
  });
}

/** Nothing of what was interrupted is left: one key, which is where the settings say. */
async function expectSettled(home: Home, mode: EncryptionMode): Promise<void> {
  await withProcess(home, async (broker) => {
    expect(broker.encryption.mode).toBe(mode);
    const vault = await broker.vault();
    const store = await broker.store();
    expect(await isInterrupted(vault, store)).toBe(false);
    const key = mode === "command" ? home.given : home.keys.get(mode)!;
    expect((await keyState(store))?.masterKeys).toEqual([
      (await importMasterKey(key)).kid,
    ]);
    expect([...home.keys.keys()]).toEqual(mode === "command" ? [] : [mode]);
    expect(await vault.keys("vault/")).toEqual([]);
  });
}

const COMMANDS: readonly [
  name: string,
  mode: EncryptionMode,
  run: (broker: Broker) => Promise<unknown>,
][] = [
  ["rotate", "local_key", rotateKey],
  [
    "move to a keychain",
    "keyring",
    (broker) => moveKey(broker, { mode: "keyring" }),
  ],
  [
    "move to a command",
    "command",
    (broker) => moveKey(broker, { mode: "command", command: ["pass", "key"] }),
  ],
];

for (const [name, mode, run] of COMMANDS) {
  for (const moment of ["before", "after"] as const) {
    test(`key ${name}, killed ${moment} each of its writes: the vault opens, and the same command ends it`, async () => {
      let at = 0;
      for (;; at++) {
        const home = await made();
        const killed = await withProcess(
          home,
          (broker) => run(broker).then(() => false, () => true),
          at,
          moment,
        );
        if (!killed) break;
        await expectWhole(home);
        await withProcess(home, run);
        await expectWhole(home);
        await expectSettled(home, mode);
      }
      expect(at).toBeGreaterThanOrEqual(4);
    });

    test(`key ${name}, killed ${moment} each of its writes: another key command ends it`, async () => {
      for (let at = 0;; at++) {
        const home = await made();
        const killed = await withProcess(
          home,
          (broker) => run(broker).then(() => false, () => true),
          at,
          moment,
        );
        if (!killed) break;
        const now = await withProcess(home, async (broker) => {
          await rotateKey(broker);
          return broker.encryption.mode;
        });
        await expectWhole(home);
        await expectSettled(home, now);
      }
    });
  }
}

test("a failure of the new place leaves the key where it was", async () => {
  const home = await made();
  const runtime = home.process();
  await using broker = await Broker.open({
    ...runtime,
    keyring: async (encryption) => {
      const keyring = await runtime.keyring(encryption);
      return encryption.mode === "keyring"
        ? { ...keyring, create: () => Promise.reject(new Error("locked")) }
        : keyring;
    },
  });
  await expect(moveKey(broker, { mode: "keyring" })).rejects.toThrow("locked");
  await expectWhole(home);
  await expectSettled(home, "local_key");
});

test("a place that has a key of something else is left alone", async () => {
  const home = await made();
  const other = new Uint8Array(32).fill(3);
  home.keys.set("keyring", other);
  await withProcess(home, async (broker) => {
    await expect(moveKey(broker, { mode: "keyring" })).rejects.toMatchObject({
      code: "OperationNotAllowed",
    });
  });
  expect(home.keys.get("keyring")).toEqual(other);
  await expectWhole(home);
});

test("a place that does not keep the key it was given gets none", async () => {
  const home = await made();
  const runtime = home.process();
  const forgetful: Runtime = {
    ...runtime,
    keyring: async (encryption) => ({
      ...await runtime.keyring(encryption),
      ...encryption.mode === "keyring"
        ? { create: () => Promise.resolve() }
        : {},
    }),
  };
  await using broker = await Broker.open(forgetful);
  await expect(moveKey(broker, { mode: "keyring" })).rejects.toMatchObject({
    code: "MasterKeyUnavailable",
  });
  await expectWhole(home);
  await expectSettled(home, "local_key");
});

test("a move leaves the data key, a rotation does not, and neither leaves the old master key a way in", async () => {
  const home = await made();
  const state = () =>
    withProcess(home, async (broker) => {
      await broker.vault();
      return (await keyState(await broker.store()))!.dataKey;
    });
  const before = await state();
  const old = home.keys.get("local_key")!;
  await withProcess(home, (broker) => moveKey(broker, { mode: "keyring" }));
  expect(await state()).toBe(before);
  await withProcess(home, rotateKey);
  expect(await state()).not.toBe(before);
  await withProcess(home, async (broker) => {
    await broker.vault();
    expect(await dataKeyBytes(await broker.store(), old)).toBe(undefined);
  });
});

test("a process that runs through rotations and moves goes on reading and writing, and no revision changes", async () => {
  const home = await made();
  await using running = await Broker.open(home.process());
  const before = await running.connections.get("openai", "one");
  await withProcess(home, rotateKey);
  expect((await running.connections.get("openai", "one")).revision).toBe(
    before.revision,
  );
  await withProcess(home, (broker) => moveKey(broker, { mode: "keyring" }));
  await withProcess(home, rotateKey);
  // What it read before the rotations is still what it replaces, and nobody else's.
  const saved = await running.connections.save(before);
  await withProcess(home, rotateKey);
  expect(await running.connections.names("openai")).toHaveLength(NAMES.length);
  expect(await running.connections.find("openai", "missing")).toBe(undefined);
  await expect(running.connections.save(before)).rejects.toMatchObject({
    code: "RecordConflict",
  });
  await withProcess(home, rotateKey);
  await connect(running, "groq", "new");
  await withProcess(home, async (broker) => {
    const found = await broker.connections.get("openai", "one");
    expect(found.revision).toBe(saved.revision);
    expect(await broker.connections.names()).toHaveLength(NAMES.length + 1);
  });
  await withProcess(home, rotateKey);
  expect(await running.connections.delete(saved)).toBe(true);
});

test("the old master key opens the new data key at no moment of a rotation", async () => {
  for (let at = 1;; at++) {
    const home = await made();
    const read = async (broker: Broker) => {
      await broker.vault();
      return (await keyState(await broker.store()))!;
    };
    const before = await withProcess(home, read);
    const killed = await withProcess(
      home,
      (broker) => rotateKey(broker).then(() => false, () => true),
      at,
      "before",
    );
    const now = await withProcess(home, read);
    if (now.dataKey !== before.dataKey) {
      expect(now.masterKeys).not.toContain(before.masterKeys[0]);
    }
    if (!killed) break;
  }
});

test("a record that does not open ends a rotation before anything is changed", async () => {
  const home = await made();
  await withProcess(home, async (broker) => {
    await broker.vault();
    const store = await broker.store();
    const names = (await store.keys("")).filter((name) => name !== "vault/key");
    const { value, revision } = (await store.get(names[0]!))!;
    const { ciphertext, ...rest } = JSON.parse(value);
    await store.put(
      names[0]!,
      JSON.stringify({ ...rest, ciphertext: `AAAA${ciphertext.slice(4)}` }),
      revision,
    );
    const before = await keyState(store);
    await expect(rotateKey(broker)).rejects.toMatchObject({
      code: "RecordCorrupt",
    });
    expect(await keyState(store)).toEqual(before);
  });
});

test("a backup opens the vault again when the key is gone, damaged or another, killed at any write", async () => {
  for (const loss of ["gone", "another"]) {
    for (const moment of ["before", "after"] as const) {
      for (let at = 0;; at++) {
        const home = await made();
        await withProcess(home, (broker) => backUpKey(broker, "backup"));
        if (loss === "gone") home.keys.delete("local_key");
        else home.keys.set("local_key", new Uint8Array(32).fill(1));
        await withProcess(home, async (broker) => {
          await expect(broker.vault()).rejects.toMatchObject({
            code: "MasterKeyUnavailable",
          });
        });
        const killed = await withProcess(
          home,
          (broker) =>
            restoreKey(broker, "backup").then(() => false, () => true),
          at,
          moment,
        );
        await withProcess(home, (broker) => restoreKey(broker, "backup"));
        await expectWhole(home);
        await expectSettled(home, "local_key");
        if (!killed) break;
      }
    }
  }
});

test("a backup opens the vault also after a move, and without the key record; not after a rotation, and no other vault", async () => {
  const home = await made();
  await withProcess(home, (broker) => backUpKey(broker, "backup"));
  await withProcess(home, (broker) => moveKey(broker, { mode: "keyring" }));
  await withProcess(home, async (broker) => {
    await broker.vault();
    const store = await broker.store();
    const { revision } = (await store.get("vault/key"))!;
    await store.put("vault/key", "torn", revision);
  });
  await withProcess(home, async (broker) => {
    await expect(broker.vault()).rejects.toMatchObject({
      code: "MasterKeyUnavailable",
    });
    await restoreKey(broker, "backup");
  });
  await expectWhole(home);
  await withProcess(home, rotateKey);
  const other = await made();
  other.files.set("backup", home.files.get("backup")!);
  for (const each of [home, other]) {
    const keys = new Map(each.keys);
    await withProcess(each, async (broker) => {
      await expect(restoreKey(broker, "backup")).rejects.toMatchObject({
        code: "MasterKeyUnavailable",
        exitCode: 9,
      });
    });
    expect(each.keys).toEqual(keys);
    await expectWhole(each);
  }
  for (const text of [undefined, "", "{}", '{"v":1,"data_key":"AA=="}']) {
    if (text === undefined) home.files.delete("backup");
    else home.files.set("backup", text);
    await withProcess(home, async (broker) => {
      await expect(restoreKey(broker, "backup")).rejects.toMatchObject({
        code: "Usage",
      });
    });
  }
});

test("where a variable gives the key, the home's own is not changed", async () => {
  const home = await made();
  const runtime = home.process();
  await using broker = await Broker.open({
    ...runtime,
    env: {
      get: (name) => name === "AUTHSOME_MASTER_KEY" ? "x" : undefined,
      toObject: () => ({}),
    },
    keyring: () => runtime.keyring({ mode: "local_key" }),
  });
  for (
    const run of [rotateKey, (b: Broker) => moveKey(b, { mode: "keyring" })]
  ) {
    await expect(run(broker)).rejects.toMatchObject({
      code: "OperationNotAllowed",
    });
  }
  await expectSettled(home, "local_key");
});
