/** Size and start-up of every kind in which the program is had. @module */
import {
  hostPlatform,
  NODE_VERSION,
  nodeBinary,
} from "../build/node_binary.ts";
import { AUTHSOME, makeHome, SOURCES } from "./authsome.ts";
import type { Setting } from "./peers.ts";
import { measureCommands, PROVIDER } from "./startup.ts";
import { short, spread, table } from "./statistics.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** What is measured of each. */
const ARGUMENTS = [
  ["--version"],
  ["list"],
  ["get", PROVIDER, "--field", "status"],
  ["run", "--", "true"],
];

interface Kind {
  name: string;
  program: string[];
  /** Files that make it, in bytes. */
  size: number;
}

/** The table; kinds that were not built are named below it. */
export async function measureKinds(
  setting: Setting,
  pace: { rounds: number; runs: number },
): Promise<string> {
  const env = await makeHome(setting, PROVIDER);
  const { kinds, missing } = await builtKinds();
  const medians = await measureCommands(
    kinds.flatMap(({ program }) =>
      ARGUMENTS.map((words) => [...program, ...words])
    ),
    { env, folder: setting.folder, ...pace },
  );
  const rows = kinds.map(({ name, size }, at) => [
    name,
    (size / 1e6).toFixed(1),
    ...ARGUMENTS.map((_, argument) =>
      spread(medians[at * ARGUMENTS.length + argument]!, short)
    ),
  ]);
  const head = ARGUMENTS.map((words) => `${words.join(" ")}, ms`);
  return table([["", "MB", ...head], ...rows]) +
    missing.map((what) => `\nNot built: ${what}.`).join("");
}

async function builtKinds(): Promise<{ kinds: Kind[]; missing: string[] }> {
  const platform = hostPlatform();
  const missing: string[] = [];
  const kinds: Kind[] = [{
    name: "sources on Deno",
    program: SOURCES,
    size: await sizeOf(`${ROOT}lib`) + await sizeOf(`${ROOT}providers`),
  }, {
    name: "bundle on Deno",
    program: AUTHSOME,
    size: await sizeOf(`${ROOT}build/deno/authsome.mjs`) +
      await sizeOf(`${ROOT}build/deno/lib`),
  }];
  const built = async (
    name: string,
    path: string,
    program: () => string[] | Promise<string[]>,
    task: string,
  ) => {
    const size = await sizeOf(`${ROOT}${path}`).catch(() => undefined);
    if (size === undefined) missing.push(`${name} (${task})`);
    else kinds.push({ name, program: await program(), size });
  };
  await built(
    `npm package on Node ${NODE_VERSION}`,
    "dist",
    async () => [await nodeBinary(platform), `${ROOT}dist/authsome.mjs`],
    "deno task build:npm",
  );
  await built(
    `single executable of Node ${NODE_VERSION}`,
    "build/authsome",
    () => [`${ROOT}build/authsome`],
    "deno task sea",
  );
  await built(
    `single executable of Deno ${Deno.version.deno}`,
    `build/deno/authsome-${platform}`,
    () => [`${ROOT}build/deno/authsome-${platform}`],
    "deno task compile",
  );
  return { kinds, missing };
}

async function sizeOf(path: string): Promise<number> {
  const info = await Deno.stat(path);
  if (!info.isDirectory) return info.size;
  let size = 0;
  for await (const { name } of Deno.readDir(path)) {
    size += await sizeOf(`${path}/${name}`);
  }
  return size;
}
