import { expect } from "expect";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { fileKeyring } from "../../lib/host/vault/keyring_file.ts";
import { openSqliteStore } from "../../lib/host/vault/sqlite_store.ts";
import { Vault } from "../../lib/vault/vault.ts";
import { withHome } from "../support/home.ts";
import {
  makeOldVault,
  OLD_GET,
  OLD_INSERT,
  OLD_TABLES,
} from "../support/vault/old_vault.ts";
import { moduleCommand, processOf } from "../support/program.ts";

const NAMES = [
  "profile/default/connection/canary-provider/canary-account",
  "profile/default/client/canary-provider",
  "profiles/canary-profile",
];
const TEXTS = Object.fromEntries(
  NAMES.map((name, at) => [name, { text: `text ${at}`, revision: at + 3 }]),
);

async function withVault<T>(
  home: string,
  body: (vault: Vault) => Promise<T>,
): Promise<T> {
  const store = openSqliteStore(`${home}/vault.db`);
  try {
    return await body(
      await Vault.open(store, fileKeyring(`${home}/master.key`)),
    );
  } finally {
    store.close();
  }
}

const expectWhole = (home: string) =>
  withVault(home, async (vault) => {
    expect(await vault.keys("")).toEqual(NAMES.toSorted());
    for (const [name, expected] of Object.entries(TEXTS)) {
      expect(await vault.get(name)).toEqual(expected);
    }
  });

/** What of the names in clear is in a file of the home. */
function namesIn(home: string): string[] {
  const files = ["vault.db", "vault.db-wal"].map((name) => {
    try {
      return new TextDecoder("latin1").decode(
        Deno.readFileSync(`${home}/${name}`),
      );
    } catch {
      return "";
    }
  });
  return ["canary", "profile/", "connection/", "client/"].filter((part) =>
    files.some((file) => file.includes(part))
  );
}

test("a vault of format 1 opens, with every record at its revision, and no name is left in clear", () =>
  withHome(async (home) => {
    await makeOldVault(home, TEXTS);
    expect(namesIn(home)).toContain("canary");
    const store = openSqliteStore(`${home}/vault.db`);
    await Vault.open(store, fileKeyring(`${home}/master.key`));
    // Also while it is open, and the log beside it not yet gone.
    expect(namesIn(home)).toEqual([]);
    store.close();
    expect(namesIn(home)).toEqual([]);
    await expectWhole(home);
    await withVault(home, async (vault) => {
      const [name] = NAMES;
      expect(await vault.put(name!, "newer", 3)).toBe(4);
      expect(await vault.put(name!, "late", 3)).toBe(undefined);
    });
  }));

test("an older version that runs meanwhile or is started later gets an error and changes nothing", () =>
  withHome(async (home) => {
    await makeOldVault(home, TEXTS);
    using running = new DatabaseSync(`${home}/vault.db`);
    const get = running.prepare(OLD_GET);
    const insert = running.prepare(OLD_INSERT);
    expect(get.get(NAMES[0]!)).toMatchObject({ revision: 3 });
    await expectWhole(home);
    expect(() => get.get(NAMES[0]!)).toThrow(/no such column/);
    expect(() => insert.get("profile/default/lease/a/b", "x")).toThrow(
      /no (?:such )?column/,
    );
    // It makes its tables if they are missing, and then compares their text.
    using started = new DatabaseSync(`${home}/vault.db`);
    started.exec(OLD_TABLES.join("; "));
    const tables = started.prepare("SELECT sql FROM sqlite_schema").all();
    expect(tables).toHaveLength(2);
    expect(JSON.stringify(tables)).not.toContain("(key TEXT");
    await expectWhole(home);
  }));

test("many processes that open a vault of format 1 at once make one of format 2", () =>
  withHome(async (home) => {
    await makeOldVault(home, TEXTS);
    const worker =
      new URL("../support/workers/vault_worker.ts", import.meta.url).pathname;
    const ended = await Promise.all(
      Array.from(
        { length: 8 },
        (_, at) =>
          processOf(moduleCommand(worker, home, `p${at}`, "1"), {
            stdout: "null",
            stderr: "inherit",
          }).spawn().status,
      ),
    );
    expect(ended.map(({ code }) => code)).toEqual(Array(8).fill(0));
    await withVault(home, async (vault) => {
      const { text } = (await vault.get("shared"))!;
      expect(JSON.parse(text)).toHaveLength(8);
      for (const [name, expected] of Object.entries(TEXTS)) {
        expect(await vault.get(name)).toEqual(expected);
      }
    });
  }));

test("a record of format 1 that does not open is kept, is listed, and does not open after it", () =>
  withHome(async (home) => {
    await makeOldVault(home, TEXTS);
    const name = NAMES[0]!;
    {
      using database = new DatabaseSync(`${home}/vault.db`);
      database.prepare("UPDATE record SET value = 'torn' WHERE key = ?").run(
        name,
      );
    }
    await withVault(home, async (vault) => {
      expect(await vault.keys("")).toEqual(NAMES.toSorted());
      await expect(vault.get(name)).rejects.toMatchObject({
        code: "RecordCorrupt",
      });
      expect(await vault.revision(name)).toBe(3);
    });
    using database = new DatabaseSync(`${home}/vault.db`);
    const values = database.prepare("SELECT value FROM record").all();
    expect(JSON.stringify(values)).toContain(btoa("torn"));
  }));

test("a vault of format 1 without its master key is refused, and no new key is made", () =>
  withHome(async (home) => {
    await makeOldVault(home, TEXTS);
    const right = Deno.readFileSync(`${home}/master.key`);
    Deno.removeSync(`${home}/master.key`);
    await expect(withVault(home, async () => {})).rejects.toMatchObject({
      code: "MasterKeyUnavailable",
    });
    expect(() => Deno.statSync(`${home}/master.key`)).toThrow(
      Deno.errors.NotFound,
    );
    Deno.writeFileSync(`${home}/master.key`, right, { mode: 0o600 });
    await expectWhole(home);
  }));

for (const check of [true, false]) {
  test(`a vault of format 1 with another master key is refused and left as it is${check ? "" : ", without its check record too"}`, () =>
    withHome(async (home) => {
      await makeOldVault(home, TEXTS, { check });
      const records = () => {
        using database = new DatabaseSync(`${home}/vault.db`);
        return JSON.stringify(
          database.prepare("SELECT * FROM record").all().map((row) =>
            Object.values(row)
          ),
        );
      };
      const before = records();
      const right = Deno.readFileSync(`${home}/master.key`);
      Deno.writeFileSync(`${home}/master.key`, new Uint8Array(32).fill(1));
      await expect(withVault(home, async () => {})).rejects.toMatchObject({
        code: "MasterKeyUnavailable",
        exitCode: 9,
      });
      expect(records()).toBe(before);
      Deno.writeFileSync(`${home}/master.key`, right);
      await expectWhole(home);
    }));
}

test("a vault of format 1 with more records than an index needs lists them all", () =>
  withHome(async (home) => {
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [
        `profile/default/connection/p/${String(at).padStart(3, "0")}`,
        { text: `${at}`, revision: 1 },
      ]),
    );
    await makeOldVault(home, many);
    for (let times = 0; times < 2; times++) {
      await withVault(home, async (vault) => {
        expect(await vault.keys("profile/default/connection/p/")).toEqual(
          Object.keys(many),
        );
        expect(await vault.keys("vault/")).toEqual([]);
      });
    }
  }));
