/** Bundles the program for Node: the `Deno` that its adapters use is the layer in `lib/adapters/node/`. @module */
import { build, type BuildOptions, type Plugin } from "esbuild";

const ROOT = new URL("..", import.meta.url).pathname;
const LAYER = `${ROOT}lib/adapters/node/deno.ts`;

/** The oldest Node that runs the program: the first with `node:sqlite` and without a flag for it. */
export const OLDEST_NODE = "22.13";

/** Bundles as `options` say; everything that is not Node's own is in the bundle. */
export async function bundle(options: BuildOptions): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    target: `node${OLDEST_NODE}`,
    plugins: [denoLayer],
    legalComments: "eof",
    logLevel: "warning",
    ...options,
  });
}

/** esbuild's own `inject` would reach into the packages too, and make each of their modules load late. */
const denoLayer: Plugin = {
  name: "deno-layer",
  setup({ onLoad }) {
    onLoad(
      { filter: /\/(lib|providers)\/.*\.ts$|\/mod\.ts$/ },
      async ({ path }) => {
        if (!path.startsWith(ROOT) || path.includes("/node_modules/")) return;
        const text = await Deno.readTextFile(path);
        if (!/\bDeno\b/.test(text) || path.includes("/adapters/node/deno.ts")) {
          return { contents: text, loader: "ts" };
        }
        // On the first line, so that line numbers stay.
        return {
          contents: `import { Deno } from ${JSON.stringify(LAYER)}; ${text}`,
          loader: "ts",
        };
      },
    );
  },
};
