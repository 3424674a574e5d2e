// A logout of another process at every moment of a request: no later request gets the credential.
import { expect } from "expect";
import { test } from "node:test";
import { memoryStore } from "../../../lib/host/vault/memory_store.ts";
import type { Connection } from "../../../lib/connection/connection.ts";
import { Connections } from "../../../lib/connection/connections.ts";
import { VaultCredentialSource } from "../../../lib/connection/credential_source.ts";
import { recordKeys } from "../../../lib/connection/record.ts";
import type { Store } from "../../../lib/ports/store.ts";
import { Secret } from "../../../lib/secret.ts";
import { storeName } from "../../support/vault/store_names.ts";
import { Vault } from "../../../lib/vault/vault.ts";

const NOW = 1_700_000_000_000;
const KEY = recordKeys("default").connection("github", "default");

function connection(expiresAt?: number): Connection {
  return {
    provider: "github",
    name: "default",
    revision: 0,
    credential: {
      type: "oauth2",
      accessToken: new Secret("dead"),
      refreshToken: new Secret("rt"),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      scopes: [],
      requestedScopes: [],
      captured: {},
    },
    state: "connected",
    createdAt: 1,
    updatedAt: 1,
  };
}

/**
 * A request during which another process logs out, before the call of the store that is the `at`th or right after what it
 * answers was decided, and one that comes right after the logout. `isOld`: the source sees the version of the start as long
 * as they last.
 */
async function race(
  at: number,
  moment: "before" | "after",
  isOld: boolean,
  expiresAt?: number,
) {
  const store = memoryStore();
  let calls = -1;
  let late: Promise<unknown> | undefined;
  const watched = new Proxy(store, {
    get(target, method) {
      const value = Reflect.get(target, method);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const isNow = calls >= 0 && calls++ === at;
        if (isNow) calls = -1;
        const logout = () => {
          // The store in memory has done it when the call returns.
          void target.delete(name, revision);
          late = source.fresh("github", "default");
        };
        if (isNow && moment === "before") logout();
        const answer = value.apply(target, args);
        if (isNow && moment === "after") logout();
        return answer;
      };
    },
  }) as Store;
  const key = new Uint8Array(32).fill(7);
  const vault = await Vault.open(watched, {
    read: () => Promise.resolve(key),
    create: () => Promise.resolve(),
  });
  const clock = { now: () => NOW };
  const connections = new Connections(vault, "default", clock);
  const { revision } = await connections.save(connection(expiresAt));
  const name = await storeName(store, key, KEY);
  const start = await connections.version();
  let old = isOld;
  const source = new VaultCredentialSource({
    connections,
    clock,
    // As a refresh of another process that has just ended: nothing is written here.
    refresh: async (given) => {
      await connections.find("github");
      return given;
    },
    version: () => old ? Promise.resolve(start) : connections.version(),
  });
  calls = 0;
  const during = await source.fresh("github", "default");
  const happened = calls === -1;
  old = false;
  return {
    happened,
    during,
    late: await late,
    after: await source.fresh("github", "default"),
  };
}

const MISSING = { ok: false, reason: "credential_missing" };

for (
  const [moment, isOld, said] of [
    ["before", false, ""],
    ["before", true, ", with the version of a moment ago"],
    ["after", false, ", after the answer of the store"],
  ] as const
) {
  for (const [what, expiresAt] of [["fit", undefined], ["due", NOW]] as const) {
    test(
      `a logout elsewhere during a request outlives it: a token that is ${what}${said}`,
      async () => {
        let moments = 0;
        for (;; moments++) {
          const { happened, late, after } = await race(
            moments,
            moment,
            isOld,
            expiresAt,
          );
          if (!happened) break;
          expect([moments, late]).toMatchObject([moments, MISSING]);
          expect([moments, after]).toMatchObject([moments, MISSING]);
        }
        expect(moments).toBeGreaterThan(3);
      },
    );
  }
}
