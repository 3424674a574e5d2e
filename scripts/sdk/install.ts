/**
 * Installs the SDKs that `tests/sdk/` tries, from npm and PyPI: `deno run -A scripts/sdk/install.ts`. What is there already
 * stays. Says what could not be installed, and then ends with 1; the tests of what is there run all the same.
 *
 * @module
 */
import {
  lockHash,
  LOCKS,
  notInstalled,
  type Registry,
  SDKS,
  STAMPS,
} from "../../tests/sdk/installed.ts";
import { runCommands } from "../setup/run_commands.ts";

/** How long one command may take, in milliseconds; .ci/run bounds them all. */
const LIMIT_MS = 1_200_000;

/** How often and how long npm asks again, in milliseconds, before the registry counts as out of reach. */
const RETRIES = [
  ...["--fetch-retries=2", "--fetch-retry-mintimeout=1000"],
  "--fetch-retry-maxtimeout=10000",
];

/** The commands for each; no script of a package runs at the installation. */
const COMMANDS: Readonly<Record<Registry, readonly string[][]>> = {
  npm: [
    // So that a registry that is not there is not asked for every package.
    ["npm", "ping", "--loglevel=error", ...RETRIES],
    [
      // Not `ci`, which insists on the optional packages of other systems.
      ...["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"],
      ...["--loglevel=error", "--prefix", `${SDKS}/npm`, ...RETRIES],
    ],
  ],
  pypi: [
    ["python3", "-m", "venv", "--clear", `${SDKS}/python`],
    [
      ...[`${SDKS}/python/bin/python`, "-m", "pip", "install", "--quiet"],
      // What a program imports is compiled by then.
      ...["--retries", "2", "--no-compile", "--no-deps"],
      ...["--requirement", LOCKS.pypi],
    ],
  ],
};

/** Installs the packages of a registry. Returns why that failed, or `undefined`. */
async function install(registry: Registry): Promise<string | undefined> {
  if (!notInstalled(registry)) return;
  if (registry === "npm") {
    Deno.mkdirSync(`${SDKS}/npm`, { recursive: true });
    Deno.copyFileSync(LOCKS.npm, `${SDKS}/npm/package-lock.json`);
    Deno.copyFileSync(
      LOCKS.npm.replace("package-lock", "package"),
      `${SDKS}/npm/package.json`,
    );
  }
  const failure = await runCommands(COMMANDS[registry], LIMIT_MS);
  if (failure !== undefined) return failure;
  Deno.writeTextFileSync(STAMPS[registry], lockHash(registry));
}

/** Installs all of them, both registries at once. Returns whether all are there. */
export async function installSdks(): Promise<boolean> {
  const registries = Object.keys(LOCKS) as Registry[];
  const reasons = await Promise.all(registries.map(install));
  for (const [i, reason] of reasons.entries()) {
    if (reason === undefined) continue;
    console.error(
      `Cannot install the SDKs of ${
        registries[i]
      }, so their tests are skipped:\n${
        reason.split("\n").filter((line) => /error/i.test(line)).slice(0, 3)
          .join("\n")
      }`,
    );
  }
  return reasons.every((reason) => reason === undefined);
}

if (import.meta.main && !await installSdks()) Deno.exitCode = 1;
