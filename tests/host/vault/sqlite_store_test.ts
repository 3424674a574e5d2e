import { expect } from "expect";
import { test } from "node:test";
import { openSqliteStore } from "../../../lib/host/vault/sqlite_store.ts";
import { withHome } from "../../support/home.ts";
import { testStoreContract } from "../../support/store_contract.ts";

testStoreContract("openSqliteStore()", (body) =>
  withHome(async (home) => {
    const store = openSqliteStore(`${home}/vault.db`);
    try {
      await body(store);
    } finally {
      try {
        store.close();
      } catch { /* The test closed it. */ }
    }
  }));

test("openSqliteStore() shows the writes of another connection at the next call", () =>
  withHome(async (home) => {
    const one = openSqliteStore(`${home}/vault.db`);
    const two = openSqliteStore(`${home}/vault.db`);
    try {
      const before = one.version();
      expect(await two.put("a", "x", 0)).toBe(1);
      expect(one.version()).not.toBe(before);
      expect(await one.delete("a", 1)).toBe(true);
      // The floor of revisions is shared too.
      expect(await two.put("a", "y", 0)).toBe(2);
      expect(await one.put("a", "late", 1)).toBe(undefined);
    } finally {
      one.close();
      two.close();
    }
  }));

test("openSqliteStore() refuses a file that is not a database", () =>
  withHome((home) => {
    Deno.writeTextFileSync(`${home}/vault.db`, "not a database ".repeat(100), {
      mode: 0o600,
    });
    expect(() => openSqliteStore(`${home}/vault.db`)).toThrow(
      /Cannot use vault/,
    );
    return Promise.resolve();
  }));
