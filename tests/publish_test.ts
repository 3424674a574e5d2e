// What JSR would take: the public API with its documentation, and nothing that is not part of the program.
import { expect } from "expect";
import { test } from "node:test";
import { DENO_ONLY } from "./support/program.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const ENTRIES = ["mod.ts", "cli.ts"];

/** Runs Deno without a network. */
async function deno(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: {
      NO_COLOR: "1",
      HTTPS_PROXY: "http://127.0.0.1:9",
      HTTP_PROXY: "http://127.0.0.1:9",
    },
  }).output();
  const text = new TextDecoder();
  const output = text.decode(stdout) + text.decode(stderr);
  expect([args, code, code === 0 ? "" : output]).toEqual([args, 0, ""]);
  return output;
}

test(
  "every public symbol is documented, and names no type that is not exported",
  {
    skip: DENO_ONLY,
  },
  async () => {
    await deno("doc", "--lint", ...ENTRIES);
  },
);

test("deno publish takes the package, which holds the program alone", {
  skip: DENO_ONLY,
}, async () => {
  const output = await deno("publish", "--dry-run", "--allow-dirty");
  expect(output).toContain("Checking for slow types");
  expect(output).not.toMatch(/warning/i);
  const files = [...output.matchAll(/^ +file:\/\/(\S+) \(/gm)].map(([, path]) =>
    path!.slice(ROOT.length)
  );
  const outside = files.filter((path) => !/^(?:lib|providers)\//.test(path));
  expect(outside.sort()).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "cli.ts",
    "deno.json",
    "mod.ts",
  ]);
  expect(files).toContain("lib/broker/broker.ts");
  expect(files).toContain("providers/mod.ts");
});

/** Modules that importing `entry` loads at once. */
async function loaded(entry: string): Promise<string[]> {
  interface Module {
    specifier: string;
    dependencies?: {
      specifier: string;
      code?: { specifier: string };
      isDynamic?: boolean;
    }[];
  }
  const graph = JSON.parse(await deno("info", "--json", entry)) as {
    roots: string[];
    modules: Module[];
  };
  const modules = new Map(graph.modules.map((one) => [one.specifier, one]));
  const found = new Set(graph.roots);
  for (const specifier of found) {
    for (
      const { code, isDynamic } of modules.get(specifier)?.dependencies ?? []
    ) {
      if (code && !isDynamic) found.add(code.specifier);
    }
  }
  return [...found].map((one) => one.replace(`file://${ROOT}`, "")).sort();
}

test("importing the library loads its errors and types, and no machinery", {
  skip: DENO_ONLY,
}, async () => {
  expect(await loaded("mod.ts")).toEqual([
    "lib/connection/connection.ts",
    "lib/errors.ts",
    "lib/names.ts",
    "lib/placeholder.ts",
    "lib/secret.ts",
    "lib/text.ts",
    "mod.ts",
  ]);
});
