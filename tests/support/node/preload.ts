/**
 * Lets Node run the tests as they are: modules of the project are taken from `build/node_suite/`, where
 * `scripts/test_node.ts` put them as JavaScript, and `Deno` is there. Written in TypeScript that Node can strip.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import process from "node:process";

const ROOT = new URL("../../../", import.meta.url).href;
const SUITE = new URL("build/node_suite/", ROOT);

registerHooks({
  load(url, context, nextLoad) {
    const path = url.startsWith(ROOT) ? url.slice(ROOT.length) : "";
    if (!path.endsWith(".ts") || path.startsWith("node_modules/")) {
      return nextLoad(url, context);
    }
    const file = new URL(path.replace(/\.ts$/, ".js"), SUITE);
    return {
      format: "module",
      source: readFileSync(file, "utf8"),
      shortCircuit: true,
    };
  },
});

const { Deno } = await import("./deno.ts");
Object.defineProperty(globalThis, "Deno", { value: Deno });
// As in tests/support/time_limit.ts.
process.env.AUTHSOME_NO_VERIFY ??= "1";
process.env.RES_OPTIONS ??= "timeout:1 attempts:2";
// Node's own says that a page in a browser asks, and the tests' questions are a program's.
const { fetchWith } = await import("../../../lib/host/node/fetch.ts");
globalThis.fetch = fetchWith([]);
// The runner ends the process after its last test: what the pipe has not taken by then would be lost, and with it the
// results of as many tests, unseen.
(process.stdout as unknown as { _handle?: { setBlocking?(on: boolean): void } })
  ._handle?.setBlocking?.(true);
