/**
 * Bundles the program. For Node the `Deno` that its adapters use is the layer in `lib/host/node/`; for Deno only what
 * Node alone needs is left out.
 *
 * @module
 */
import { build, type BuildOptions, type Plugin } from "esbuild";

const ROOT = new URL("../..", import.meta.url).pathname;
const LAYER = `${ROOT}lib/host/node/deno.ts`;

/** The oldest Node that runs the program: the first with `node:sqlite` and without a flag for it. */
export const OLDEST_NODE = "22.13";

/** Packages in CommonJS ask for Node's own modules by `require`, which ES modules do not have. */
const REQUIRE =
  'import { createRequire as createRequire_ } from "node:module"; const require = createRequire_(import.meta.url);';

const ALIAS = {
  // What it offers for browsers: ES modules, and without the debug output that variables turn on in the one for Node.
  yaml: `${ROOT}node_modules/yaml/browser/index.js`,
  // Its other build loads its parts by names that a bundle cannot follow.
  "jsonc-parser": `${ROOT}node_modules/jsonc-parser/lib/esm/main.js`,
  // As ES modules the bundle has only what is used of it: Argon2, of two dozen functions.
  "hash-wasm": `${ROOT}node_modules/hash-wasm/dist/index.esm.js`,
};

/** Bundles as `options` say; everything that is not Node's own is in the bundle. */
export async function bundle(options: BuildOptions): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    target: `node${OLDEST_NODE}`,
    alias: ALIAS,
    plugins: [denoLayer],
    legalComments: "eof",
    logLevel: "warning",
    banner: options.format === "esm" ? { js: REQUIRE } : {},
    ...options,
  });
}

/**
 * Bundles the command line for Deno: `authsome.mjs` in `folder`, and in `lib/` what it loads on demand. A start loads half
 * as many modules as there are files of source, and no comments.
 */
export async function bundleForDeno(folder: string): Promise<void> {
  // The names of an earlier version's modules are others.
  await Deno.remove(`${folder}/lib`, { recursive: true }).catch(() => {});
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      authsome: "cli.ts",
      // A process of its own in each sandboxed run.
      "lib/sandbox_network_main": "lib/host/sandbox/sandbox_network_main.ts",
    },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    chunkNames: "lib/[name]-[hash]",
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "esnext",
    // Names stay, for the stack traces of --verbose.
    minifySyntax: true,
    minifyWhitespace: true,
    alias: ALIAS,
    plugins: [notForDeno],
    legalComments: "eof",
    logLevel: "error",
    logOverride: { "import-is-undefined": "silent" },
  });
}

const notForDeno: Plugin = {
  name: "not-for-deno",
  setup({ onLoad, onResolve }) {
    onLoad(
      { filter: /\/lib\/host\/(node\/|net\/upstream_node\.ts)/ },
      async ({ path }) => ({
        contents: path === UNDICI
          ? `import "${COMMON_JS}"; ${await Deno.readTextFile(path)}`
          : "export {}",
        loader: "ts",
      }),
    );
    onResolve({ filter: new RegExp(`^${COMMON_JS}$`) }, ({ path }) => ({
      path,
      namespace: COMMON_JS,
    }));
    onLoad({ filter: /^/, namespace: COMMON_JS }, () => ({
      contents:
        'import { createRequire } from "node:module"; globalThis.require ??= createRequire(import.meta.url);',
    }));
  },
};

/** Deno asks by it too, behind a proxy. Its package is CommonJS, which needs a `require` when it is loaded, and not before. */
const UNDICI = `${ROOT}lib/host/node/fetch.ts`;
const COMMON_JS = "common-js";

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
