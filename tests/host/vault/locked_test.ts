// A vault, and what is locked like it, that another program has locked: who waits says for whom, and the error says it too.
import { expect } from "expect";
import { test } from "node:test";
import { auditFile } from "../../../lib/host/home/audit_file.ts";
import { lock } from "../../../lib/host/home/lock.ts";
import {
  openSharedStore,
  openSqliteStore,
} from "../../../lib/host/vault/sqlite_store.ts";
import { lockHolder } from "../../../lib/host/vault/lock_holder.ts";
import { runCommand } from "../../support/fakes/fake_machine.ts";
import { withHome } from "../../support/home.ts";
import { processOf, textCommand } from "../../support/program.ts";

const LINUX = Deno.build.os === "linux";

/** Runs `body` while another program has done `sql` in the database at `path` and not ended it. */
async function withLock(
  path: string,
  sql: string,
  body: (holder: { pid: number; end(): Promise<void> }) => Promise<void>,
): Promise<void> {
  const holder = processOf(
    textCommand(`
      import { DatabaseSync } from "node:sqlite";
      const database = new DatabaseSync(${JSON.stringify(path)});
      database.exec(${JSON.stringify(sql)});
      console.log("locked");
      setInterval(() => database, 1000);`),
    { stdout: "piped" },
  ).spawn();
  const reader = holder.stdout.getReader();
  let ended = false;
  const end = async () => {
    if (ended) return;
    ended = true;
    holder.kill("SIGKILL");
    await reader.cancel();
    await holder.status;
  };
  try {
    expect(new TextDecoder().decode((await reader.read()).value))
      .toContain("locked");
    await body({ pid: holder.pid, end });
  } finally {
    await end();
  }
}

const LOCKS = {
  "a writer": "BEGIN IMMEDIATE",
  "exclusive use": "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE",
};

for (const [what, sql] of Object.entries(LOCKS)) {
  test(`a vault that is locked by ${what}: the wait and the error name the program`, () =>
    withHome(async (home) => {
      const path = `${home}/vault.db`;
      openSqliteStore(path).close();
      await withLock(path, sql, async ({ pid }) => {
        const holder = LINUX
          ? `[^()]+ \\(process ${pid}\\)`
          : "another program";
        const said: string[] = [];
        const error = await (async () => {
          const store = await openSharedStore(
            path,
            (line) => said.push(line),
            3000,
          );
          try {
            await store.put("a", "x", 0);
          } finally {
            store.close();
          }
        })().catch((error) => error);
        expect(error).toMatchObject({
          code: "StoreUnavailable",
          exitCode: 9,
          message: expect.stringMatching(
            new RegExp(
              `^Cannot use vault "${path}": ${holder} has locked it$`,
            ),
          ),
          hint: expect.stringContaining(
            LINUX ? ` -p ${pid}` : "Close what has it open",
          ),
        });
        expect(said).toEqual([
          expect.stringMatching(
            new RegExp(
              `^Waiting for ${holder}, which has locked the vault, for 1 second at most$`,
            ),
          ),
        ]);
      });
    }));
}

test("a lock that ends in time costs the wait and nothing else", () =>
  withHome(async (home) => {
    const path = `${home}/vault.db`;
    openSqliteStore(path).close();
    await withLock(path, "BEGIN IMMEDIATE", async ({ end }) => {
      let ending: Promise<void> | undefined;
      const store = await openSharedStore(path, () => ending = end());
      try {
        expect(await store.put("a", "x", 0)).toBe(1);
        expect(ending).toBeDefined();
        expect((await store.get("a"))?.value).toBe("x");
      } finally {
        store.close();
        await ending;
      }
    });
  }));

test("a command says who has locked the vault and what to do", () =>
  withHome(async (home) => {
    expect((await runCommand(["init"], { home })).code).toBe(0);
    const sql = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE";
    await withLock(`${home}/vault.db`, sql, async ({ pid }) => {
      const { code, stderr } = await runCommand(["get", "openai"], { home });
      expect(code).toBe(9);
      expect(stderr).toContain("has locked it");
      if (LINUX) expect(stderr).toContain(`(process ${pid})`);
    });
  }));

test("the audit log's lock names who has it", () =>
  withHome(async (home) => {
    const path = `${home}/audit.log`;
    const audit = auditFile(home, path);
    await audit.append(() => Promise.resolve(["{}"]));
    await withLock(`${path}.lock`, "BEGIN EXCLUSIVE", async ({ pid }) => {
      await expect(lock(`${path}.lock`, 10)).rejects.toMatchObject({
        code: "StoreUnavailable",
        message: expect.stringContaining(
          LINUX ? `(process ${pid}) has locked it` : "has locked it",
        ),
      });
    });
  }));

test("a database that nobody has open has no holder", () =>
  withHome((home) => {
    const path = `${home}/vault.db`;
    openSqliteStore(path).close();
    expect(lockHolder(path)).toBeUndefined();
    expect(lockHolder(`${home}/none`)).toBeUndefined();
    return Promise.resolve();
  }));
