/** Bundles the program for Node: the `Deno` that its adapters use is the layer in `lib/adapters/node/`. @module */
import { build, type BuildOptions, type Plugin } from "esbuild";

const ROOT = new URL("..", import.meta.url).pathname;
const LAYER = `${ROOT}lib/adapters/node/deno.ts`;

/** The oldest Node that runs the program: the first with `node:sqlite` and without a flag for it. */
export const OLDEST_NODE = "22.13";

/** Packages in CommonJS ask for Node's own modules by `require`, which ES modules do not have. */
const REQUIRE =
  'import { createRequire as createRequire_ } from "node:module"; const require = createRequire_(import.meta.url);';

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
    ...(options.format === "esm" ? { banner: { js: REQUIRE } } : {}),
    ...options,
  });
}

/** esbuild's own `inject` would reach into the packages too, and make each of their modules load late. */
const denoLayer: Plugin = {
  name: "deno-layer",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (!path.startsWith(ROOT) || path.includes("/node_modules/")) return;
      const text = await Deno.readTextFile(path);
      return {
        contents: usesDeno(path, text) ? withLayer(text) : text,
        loader: "ts",
      };
    });
  },
};

/** Whether a module of the program works with the name that Node does not have. */
export function usesDeno(path: string, text: string): boolean {
  return /\bDeno\b/.test(text) && path !== LAYER &&
    (path.startsWith(`${ROOT}lib/`) || path === `${ROOT}mod.ts`);
}

/** The module with the layer in its scope; on the first line, so that line numbers stay. */
export function withLayer(text: string): string {
  return `import { Deno } from ${JSON.stringify(LAYER)}; ${text}`;
}
