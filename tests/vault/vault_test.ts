import { expect } from "expect";
import { test } from "node:test";
import { fileKeyring } from "../../lib/host/vault/keyring_file.ts";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import type { Keyring } from "../../lib/ports.ts";
import { openSqliteStore } from "../../lib/host/vault/sqlite_store.ts";
import { Vault } from "../../lib/vault/vault.ts";
import { withHome } from "../support/home.ts";
import { moduleCommand, processOf } from "../support/program.ts";

const WORKER =
  new URL("../support/workers/vault_worker.ts", import.meta.url).pathname;

function worker(home: string, name: string, times: number): Deno.ChildProcess {
  return processOf(moduleCommand(WORKER, home, name, String(times)), {
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function withVault(
  home: string,
  body: (vault: Vault) => Promise<void>,
): Promise<void> {
  const store = openSqliteStore(`${home}/vault.db`);
  try {
    await body(await Vault.open(store, fileKeyring(`${home}/master.key`)));
  } finally {
    store.close();
  }
}

test("Vault keeps records sealed and files private, even under umask 000", () =>
  withHome(async (home) => {
    const before = Deno.umask(0);
    try {
      await withVault(home, async (vault) => {
        expect(await vault.put("default/openai/default", "sk-canary", 0)).toBe(
          1,
        );
        for (
          const name of [
            "vault.db",
            "vault.db-wal",
            "vault.db-shm",
            "master.key",
          ]
        ) {
          expect(Deno.statSync(`${home}/${name}`).mode! & 0o777).toBe(0o600);
          expect(
            new TextDecoder("latin1").decode(
              Deno.readFileSync(`${home}/${name}`),
            ),
          ).not.toContain("canary");
        }
      });
    } finally {
      Deno.umask(before);
    }
    await withVault(home, async (vault) => {
      expect(await vault.get("default/openai/default")).toEqual({
        revision: 1,
        text: "sk-canary",
      });
      expect(await vault.keys("default/")).toEqual(["default/openai/default"]);
    });
  }));

test("Vault replaces and deletes only what was read", () =>
  withHome((home) =>
    withVault(home, async (vault) => {
      expect(await vault.put("k", "one", 0)).toBe(1);
      expect(await vault.put("k", "again", 0)).toBeUndefined();
      expect(await vault.put("k", "two", 1)).toBe(2);
      expect(await vault.put("k", "late", 1)).toBeUndefined();
      expect(await vault.delete("k", 1)).toBe(false);
      expect((await vault.get("k"))?.text).toBe("two");
      expect(await vault.delete("k", 2)).toBe(true);
      expect(await vault.put("k", "after logout", 2)).toBeUndefined();
      expect(await vault.get("k")).toBeUndefined();
    })
  ));

test("Vault with a missing, truncated or wrong master key fails with exit 9 and makes no new key", () =>
  withHome(async (home) => {
    await withVault(
      home,
      async (vault) => void await vault.put("k", "secret", 0),
    );
    const path = `${home}/master.key`;
    const right = Deno.readFileSync(path);

    Deno.removeSync(path);
    await expect(withVault(home, async () => {})).rejects.toMatchObject({
      code: "MasterKeyUnavailable",
      exitCode: 9,
    });
    expect(() => Deno.statSync(path)).toThrow(Deno.errors.NotFound);

    for (
      const bytes of [right.slice(0, 31), new Uint8Array(0), new Uint8Array(32)]
    ) {
      Deno.writeFileSync(path, bytes, { mode: 0o600 });
      await expect(withVault(home, async () => {})).rejects.toMatchObject({
        code: "MasterKeyUnavailable",
      });
      expect(Deno.readFileSync(path)).toEqual(bytes);
    }

    Deno.writeFileSync(path, right);
    await withVault(
      home,
      async (vault) => expect((await vault.get("k"))?.text).toBe("secret"),
    );
  }));

test("a first start beside another one takes the key that the other has made meanwhile", async () => {
  const key = new Uint8Array(32).fill(7);
  const created: Uint8Array[] = [];
  /** A keyring in which the key appears after so many reads. */
  const keyring = (readsWithout: number): Keyring => ({
    read: () => Promise.resolve(readsWithout-- > 0 ? undefined : key),
    create: (mine) => Promise.resolve(void created.push(mine)),
  });
  const store = memoryStore();
  await (await Vault.open(store, keyring(0))).put("k", "secret", 0);

  // The other has made key and vault after this one looked for a key, before it looked into the store.
  const second = await Vault.open(store, keyring(1));
  expect((await second.get("k"))?.text).toBe("secret");
  expect(created).toEqual([]);

  // The key never appears: no new one is made over the vault.
  await expect(Vault.open(store, keyring(Infinity))).rejects.toMatchObject({
    code: "MasterKeyUnavailable",
  });
  expect(created).toEqual([]);

  // The other makes its key while this one makes one: the one that was kept counts.
  const fresh = memoryStore();
  await (await Vault.open(fresh, keyring(1))).put("k", "mine", 0);
  expect(created.length).toBe(1);
  expect(created[0]).not.toEqual(key);
  expect((await (await Vault.open(fresh, keyring(0))).get("k"))?.text).toBe(
    "mine",
  );
});

test("30 processes write and read one vault at once and lose nothing", () =>
  withHome(async (home) => {
    const names = Array.from({ length: 30 }, (_, i) => `p${i}`);
    const results = await Promise.all(
      names.map((name) => worker(home, name, 3).output()),
    );
    expect(results.map((result) => result.code)).toEqual(names.map(() => 0));
    await withVault(home, async (vault) => {
      const shared = await vault.get("shared");
      const expected = names.flatMap((name) =>
        [0, 1, 2].map((i) => `${name}/${i}`)
      ).sort();
      expect(JSON.parse(shared!.text).sort()).toEqual(expected);
      expect(shared!.revision).toBe(90);
      expect((await vault.keys("own/")).length).toBe(90);
    });
  }));

test("kill -9 while writing leaves the old or the new record", () =>
  withHome(async (home) => {
    let least = 0;
    for (let round = 0; round < 8; round++) {
      const child = worker(home, `r${round}`, 100_000);
      const reader = child.stdout.getReader();
      const { value } = await reader.read();
      await new Promise((resolve) => setTimeout(resolve, 7 * round));
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
      least += new TextDecoder().decode(value).trim().split("\n").length;
      await withVault(home, async (vault) => {
        const shared = await vault.get("shared");
        expect(JSON.parse(shared!.text).length).toBe(shared!.revision);
        expect(shared!.revision).toBeGreaterThanOrEqual(least);
        for (const key of await vault.keys("own/")) {
          expect((await vault.get(key))?.revision).toBe(1);
        }
      });
    }
  }));
