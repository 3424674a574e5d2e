/** Makes `dist/`: the npm package, ready for `npm pack ./dist`. @module */
import { build } from "esbuild";
import { bundle, OLDEST_NODE } from "./bundle.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const DIST = `${ROOT}dist`;

await Deno.remove(DIST, { recursive: true }).catch(() => {});
await Deno.mkdir(DIST);
await bundle({
  entryPoints: { cli: "lib/host/node/node_command_line.ts", mod: "mod.ts" },
  outdir: DIST,
  outExtension: { ".js": ".mjs" },
  format: "esm",
  splitting: true,
  // undici is CommonJS and asks for Node's own modules by require().
  banner: {
    js:
      'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  chunkNames: "lib/[name]-[hash]",
});
await build({
  absWorkingDir: ROOT,
  entryPoints: ["lib/host/node/start.ts"],
  outfile: `${DIST}/authsome.mjs`,
  format: "esm",
  target: "es2022",
  banner: { js: "#!/usr/bin/env node" },
});
await Deno.chmod(`${DIST}/authsome.mjs`, 0o755);

const { version, license } = JSON.parse(
  await Deno.readTextFile(`${ROOT}package.json`),
);
const manifest = {
  // The root has no name, so that npm cannot pack it.
  name: "authsome",
  version,
  description: "A local-first credential broker for AI agents",
  license,
  type: "module",
  bin: { authsome: "authsome.mjs" },
  exports: { ".": { types: "./mod.d.ts", default: "./mod.mjs" } },
  types: "./mod.d.ts",
  engines: { node: `>=${OLDEST_NODE}` },
  // npm adds package.json, README.md and LICENSE.
  files: ["*.mjs", "*.d.ts", "lib", "providers"],
};
await Deno.writeTextFile(
  `${DIST}/package.json`,
  JSON.stringify(manifest, null, 2) + "\n",
);
for (const file of ["README.md", "LICENSE"]) {
  await Deno.copyFile(`${ROOT}${file}`, `${DIST}/${file}`);
}
await addDeclarations();

/** Takes the declarations that `deno pack` makes of the public API, each beside what it would describe. */
async function addDeclarations(): Promise<void> {
  const work = await Deno.makeTempDir();
  try {
    const tarball = `${work}/package.tgz`;
    await run(Deno.execPath(), [
      ...["pack", "--quiet", "--allow-dirty", "--no-source-maps"],
      ...["tests", "docs", "scripts"].map((folder) => `--ignore=${folder}`),
      ...["--output", tarball],
    ]);
    await run("tar", ["xzf", tarball, "-C", work]);
    await copyDeclarations(`${work}/package`, DIST);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function copyDeclarations(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyDeclarations(`${from}/${name}`, `${to}/${name}`);
    if (!name.endsWith(".d.ts")) continue;
    await Deno.mkdir(to, { recursive: true });
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

async function run(program: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    cwd: ROOT,
    stdout: "null",
  }).output();
  if (success) return;
  await Deno.stderr.write(stderr);
  Deno.exit(1);
}
