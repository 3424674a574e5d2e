/** A {@linkcode Runtime} that touches nothing outside the test, for the parts above the adapters. */
import { memoryStore } from "../../../lib/host/vault/memory_store.ts";
import type { Runtime } from "../../../lib/ports/runtime.ts";
import { bundledProviders } from "../../../providers/mod.ts";
import { bundledOperations } from "../../../providers/operations.ts";
import { bundledSummaries } from "../../../providers/summaries.ts";

/** A world in memory. `now` may be moved. `text` holds the files by name. */
export function memoryRuntime(env: Record<string, string> = {}): Runtime & {
  clock: { time: number; now(): number };
  text: Map<string, string>;
  audited: string[];
} {
  const text = new Map<string, string>();
  const audited: string[] = [];
  const store = memoryStore();
  let key: Uint8Array<ArrayBuffer> | undefined;
  return {
    home: "/memory",
    text,
    audited,
    env: { get: (name) => env[name], toObject: () => ({ ...env }) },
    clock: {
      time: 1_700_000_000_000,
      now() {
        return this.time;
      },
    },
    fetch: () => Promise.reject(new TypeError("no network in this test")),
    configFile: {
      path: "/memory/config.json",
      read: () => Promise.resolve(text.get("config.json")),
      write: (value) => Promise.resolve(void text.set("config.json", value)),
    },
    definitionFiles: {
      names: () =>
        Promise.resolve(
          [...text.keys()].filter((name) => name.startsWith("providers/")).map(
            (name) => name.slice(10, -5),
          ),
        ),
      read: (name) => Promise.resolve(text.get(`providers/${name}.json`)),
      write: (name, value) =>
        Promise.resolve(void text.set(`providers/${name}.json`, value)),
      remove: (name) => Promise.resolve(text.delete(`providers/${name}.json`)),
      path: (name) => `/memory/providers/${name}.json`,
    },
    auditFile: {
      path: "/memory/audit.log",
      append: async (lines) => {
        audited.push(
          ...await lines(audited.at(-1), undefined, {
            async *after() {
              yield* audited;
            },
          }),
        );
      },
      removeBefore: () => Promise.resolve(),
      witness: () => Promise.resolve(audited.at(-1)),
      async *lines() {
        yield* audited;
      },
    },
    bundledProviders: () => Promise.resolve(bundledProviders),
    bundledSummaries: () => Promise.resolve(bundledSummaries),
    bundledOperations: () => Promise.resolve(bundledOperations),
    openStore: () => Promise.resolve({ ...bound(store), close() {} }),
    keyring: () =>
      Promise.resolve({
        read: () => Promise.resolve(key),
        create: (bytes) => Promise.resolve(void (key ??= bytes)),
      }),
  };
}

function bound(store: ReturnType<typeof memoryStore>) {
  return {
    get: store.get.bind(store),
    put: store.put.bind(store),
    delete: store.delete.bind(store),
    transact: store.transact.bind(store),
    keys: store.keys.bind(store),
    revisions: store.revisions.bind(store),
    version: store.version.bind(store),
  };
}
