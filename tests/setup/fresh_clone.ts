/** A small project with this project's set-up, and a registry of npm on loopback that has its one package. @module */
import { type Ended, spawn } from "../support/scenario.ts";
import { type LocalApi, startLocalApi } from "../support/servers/local_api.ts";
import { DENO } from "../support/program.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const REGISTRY = "registry.npmjs.org";

/** The project, as it is after `git clone`. */
export interface Clone {
  /** Folder of everything. */
  work: string;
  /** The project in it. */
  root: string;
  api: LocalApi;
  /** A file with the registry's CA. */
  caFile: string;
  /** Environment of a person who trusts no CA but the usual ones, with a proxy that leads to the registry. */
  env: Record<string, string>;
  /** What the registry does with a request; it may wait. */
  registry: { before: () => Promise<void> };
  /** `deno task demo`, which says `demo ran`. */
  demo(env?: Record<string, string>): Promise<Ended>;
}

/** Runs `body` with a fresh clone. */
export async function withClone(
  body: (clone: Clone) => Promise<void>,
): Promise<void> {
  const work = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "authsome-setup-" }),
  );
  const files = await packages(work);
  const registry = { before: () => Promise.resolve() };
  const api = await startLocalApi([REGISTRY], async (request) => {
    await registry.before();
    const file = files.get(new URL(request.url).pathname);
    return new Response(file ?? "not here", { status: file ? 200 : 404 });
  });
  const root = `${work}/clone/`;
  const caFile = `${work}/ca.pem`;
  await Deno.writeTextFile(caFile, api.caPem);
  const env = {
    PATH: Deno.env.get("PATH")!,
    HOME: `${work}/home`,
    DENO_DIR: `${work}/deno`,
    DENO_NO_UPDATE_CHECK: "1",
    HTTPS_PROXY: api.proxyUrl,
    NO_COLOR: "1",
    // Not what this machine's npm is told.
    NPM_CONFIG_GLOBALCONFIG: `${work}/npmrc`,
  };
  const demo = (more: Record<string, string> = {}) =>
    spawn([DENO, "task", "demo"], { ...env, ...more }, undefined, root);
  try {
    await Deno.mkdir(env.HOME);
    await write(root);
    // The lock file, and nothing else that comes of it.
    const locked = await spawn(
      [DENO, "install"],
      { ...env, DENO_DIR: `${work}/other`, DENO_CERT: caFile },
      undefined,
      root,
    );
    if (locked.code !== 0) throw new Error(locked.stderr);
    await Deno.remove(`${root}node_modules`, { recursive: true });
    await body({ work, root, api, caFile, env, registry, demo });
  } finally {
    await api.close();
    await Deno.remove(work, { recursive: true });
  }
}

async function write(root: string): Promise<void> {
  await Deno.mkdir(`${root}scripts/setup`, { recursive: true });
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  for (
    const [name, value] of Object.entries({
      "deno.json": {
        nodeModulesDir: "manual",
        tasks: {
          demo: { command: "echo demo ran", dependencies: ["setup"] },
          setup: tasks.setup,
        },
      },
      "package.json": { dependencies: { tiny: "1.0.0" } },
    })
  ) await Deno.writeTextFile(root + name, JSON.stringify(value));
  const scripts = [
    "setup.ts",
    ...[...Deno.readDirSync(`${ROOT}scripts/setup`)]
      .map(({ name }) => `setup/${name}`),
  ];
  for (const name of scripts) {
    await Deno.copyFile(`${ROOT}scripts/${name}`, `${root}scripts/${name}`);
  }
}

/** What the registry has, by path: `tiny` 1.0.0. */
async function packages(
  work: string,
): Promise<Map<string, string | Uint8Array<ArrayBuffer>>> {
  const folder = `${work}/package`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(
    `${folder}/package.json`,
    JSON.stringify({ name: "tiny", version: "1.0.0" }),
  );
  const packed = await spawn(
    ["npm", "pack", "--silent", "--pack-destination", work],
    { PATH: Deno.env.get("PATH")!, HOME: work },
    undefined,
    folder,
  );
  if (packed.code !== 0) throw new Error(packed.stderr);
  const bytes = await Deno.readFile(`${work}/tiny-1.0.0.tgz`);
  const digest = await crypto.subtle.digest("SHA-512", bytes);
  const tarball = `https://${REGISTRY}/tiny/-/tiny-1.0.0.tgz`;
  const integrity = `sha512-${new Uint8Array(digest).toBase64()}`;
  const versions = {
    "1.0.0": {
      name: "tiny",
      version: "1.0.0",
      dist: { tarball, integrity },
    },
  };
  return new Map<string, string | Uint8Array<ArrayBuffer>>([
    [
      "/tiny",
      JSON.stringify({
        name: "tiny",
        "dist-tags": { latest: "1.0.0" },
        versions,
      }),
    ],
    ["/tiny/-/tiny-1.0.0.tgz", bytes],
  ]);
}
