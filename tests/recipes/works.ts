/** What is added below the command line: a provider, a policy with its reason, a store, a page. @module */
import type { Work } from "./scratch_copy.ts";

export const provider: Work = {
  name: "recipenotes",
  files: [() =>
    JSON.stringify(
      {
        $schema: "./schema.json",
        schema_version: 1,
        name: "recipenotes",
        display_name: "Recipe Notes",
        auth_type: "api_key",
        flow: "api_key",
        api_url: "api.recipenotes.com",
        api_key: { env_var: "RECIPENOTES_API_KEY" },
        export: { env: { RECIPENOTES_API_KEY: "api_key" } },
        minting: [],
        checked: "2026-11",
        unverified: true,
        category: "other",
        docs_url: "https://recipenotes.com/docs",
        dashboard_url: "https://recipenotes.com/keys",
      },
      null,
      2,
    ) + "\n"],
  changes: [(text) => {
    const addresses = Object.entries({
      ...JSON.parse(text),
      recipenotes: "https://api.recipenotes.com/v1/notes",
    }).sort(([a], [b]) => a < b ? -1 : 1);
    return JSON.stringify(Object.fromEntries(addresses), null, 2) + "\n";
  }],
};

export const policy: Work = {
  name: "harmful",
  files: [
    (from) =>
      `/** @module */
import type { Policy } from "${from("Policy")}";

/** What cannot be undone. */
export const harmfulPolicy: Policy = ({ head }) =>
  head.target.startsWith("/harmful")
    ? {
      status: 403,
      reason: "harmful",
      message: "This cannot be undone",
      hint: "Do it yourself",
    }
    : undefined;
`,
    (from) =>
      `import { expect } from "expect";
import { test } from "node:test";
import { byExplain, byFetch, byProxy } from "${from("byProxy")}";
import { worlds } from "${from("worlds")}";

test("what cannot be undone is refused by all three", async () => {
  for (const [target, action] of [["/harmful", "refuse"], ["/", "inject"]]) {
    const asked = {
      scheme: "https",
      host: "alpha.example.com",
      port: 443,
      method: "GET",
      target: target!,
      fields: [],
    } as const;
    for (const by of [byProxy, byFetch, byExplain]) {
      const outcome = await by(asked, worlds()[0]!);
      const reason = action === "refuse" ? "harmful" : "routed";
      expect([by.name, outcome.action, outcome.reason])
        .toEqual([by.name, action, reason]);
    }
  }
});
`,
  ],
  changes: [
    (text, from) =>
      text.replace(
        /^import .+"\.\/authority\.ts";\n/m,
        `$&import { harmfulPolicy } from "${from("harmful.ts")}";\n`,
      ),
    (text) => text.replace(/^ {2}authorityPolicy,\n/m, "$&  harmfulPolicy,\n"),
  ],
};

export const reason: Work = {
  name: "harmful",
  changes: [
    (text) => text.replace(/^ {2}\| "tie"\n/m, '$&  | "harmful"\n'),
    (text) => text.replace("`no_route`, `tie`", "`no_route`, `harmful`, `tie`"),
    (text) =>
      text.replace(
        /^\| `tie` .*\n/m,
        "$&| `harmful` | it cannot be undone |\n",
      ),
    (text) =>
      text.replace(
        /^ {2}tie: \[/m,
        '  harmful: [{ url: "https://api.openai.com/harmful" }],\n$&',
      ),
  ],
};

export const store: Work = {
  name: "jsonfile",
  files: [
    (from) =>
      `/** A {@linkcode Store} in one JSON file, for one process at a time. @module */
import { AuthsomeError } from "${from("AuthsomeError")}";
import type { Change, Store, StoredRecord } from "${from("Store")}";

interface Kept {
  records: [key: string, record: StoredRecord][];
  deleted: number;
  writes: number;
}

/** Opens the file, or makes it at the first write. */
export function openJsonfileStore(path: string): Store {
  let closed = false;
  const unavailable = (cause?: unknown) =>
    new AuthsomeError("StoreUnavailable", \`Cannot use \${path}\`, "authsome doctor", { cause });
  const read = () => {
    if (closed) throw unavailable();
    let kept: Kept = { records: [], deleted: 0, writes: 0 };
    try {
      kept = JSON.parse(Deno.readTextFileSync(path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw unavailable(error);
    }
    return { ...kept, records: new Map(kept.records) };
  };
  const write = (kept: ReturnType<typeof read>) => {
    const text = JSON.stringify({
      ...kept,
      records: [...kept.records],
      writes: kept.writes + 1,
    });
    try {
      Deno.writeTextFileSync(\`\${path}.new\`, text, { mode: 0o600 });
      Deno.renameSync(\`\${path}.new\`, path);
    } catch (error) {
      throw unavailable(error);
    }
  };
  // deno-lint-ignore require-await
  const transact: Store["transact"] = async (changes, version) => {
    const kept = read();
    const { records } = kept;
    if (version !== undefined && version !== kept.writes) return undefined;
    const isStale = ({ key, expected, to }: Change) =>
      (records.get(key)?.revision ?? 0) !== expected ||
      to !== undefined && records.has(to);
    if (changes.some(isStale)) return undefined;
    const revisions = changes.map(({ key, expected, value, to }) => {
      const before = records.get(key);
      if (to === undefined && value === undefined) return expected;
      if (to !== undefined || value === null) records.delete(key);
      if (to !== undefined) {
        records.set(to, { revision: expected, value: value ?? before!.value });
        return expected;
      }
      if (typeof value !== "string") {
        kept.deleted = Math.max(kept.deleted, expected);
        return 0;
      }
      const revision = (expected || kept.deleted) + 1;
      records.set(key, { revision, value });
      return revision;
    });
    write(kept);
    return revisions;
  };
  return {
    // deno-lint-ignore require-await
    get: async (key) => read().records.get(key),
    put: async (key, value, expected) =>
      (await transact([{ key, expected, value }]))?.[0],
    delete: async (key, expected) =>
      expected > 0 &&
      await transact([{ key, expected, value: null }]) !== undefined,
    transact,
    // deno-lint-ignore require-await
    keys: async (prefix) =>
      [...read().records.keys()].filter((key) => key.startsWith(prefix))
        .sort((a, b) => utf8(a) < utf8(b) ? -1 : 1),
    // deno-lint-ignore require-await
    revisions: async () => {
      const records = [...read().records]
        .sort(([a], [b]) => utf8(a) < utf8(b) ? -1 : 1);
      return {
        keys: records.map(([key]) => key),
        revisions: records.map(([, { revision }]) => revision),
      };
    },
    ${
        /version\(\): Promise/.test(from.textOf("Store"))
          ? "async "
          : ""
      }version() {
      return read().writes;
    },
    close: () => void (closed = true),
  };
}

/** Bytes as characters, whose order is that of code points. */
function utf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
`,
    (from) =>
      `import { openJsonfileStore } from "${from("jsonfile.ts")}";
import { withHome } from "${from("withHome")}";
import { testStoreContract } from "${from("testStoreContract")}";

testStoreContract("openJsonfileStore()", (body) =>
  withHome((home) => {
    const open = () => openJsonfileStore(\`\${home}/store.json\`);
    return body(open()${
        /again/.test(from.textOf("testStoreContract")) ? ", open" : ""
      });
  }));
`,
  ],
  changes: [
    (text, from) =>
      text.includes("await openSharedStore(")
        ? text.replace(
          "await openSharedStore(paths.vault, warn)",
          "await openJsonfileStore(paths.vault)",
        )
          .replace(
            /^import /m,
            `import { openJsonfileStore } from "${from("jsonfile.ts")}";\n$&`,
          )
        : text,
  ],
};

export const page: Work = {
  name: "recipes",
  files: [
    () => "# Recipes\n\n```console\n$ authsome greet\nHello, default\n```\n",
  ],
  changes: [
    (text) =>
      text.replace(/^- \[The vault\].*\n/m, "- [Recipes](recipes.md)\n$&"),
  ],
};
