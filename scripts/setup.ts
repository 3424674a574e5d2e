/**
 * Installs the locked npm packages, unless they are there. A stamp in `node_modules` says that it is whole; what an attempt
 * leaves half made is removed, so that the next begins anew.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { hintsFor, type Problem, withoutPasswords } from "./setup/failure.ts";
import { isInstalled, stamp } from "./setup/installed.ts";
import { type Ended, runInstaller } from "./setup/installer.ts";
import {
  installerEnvironment,
  npmSettings,
  registryOf,
} from "./setup/npm_settings.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MODULES = `${ROOT}node_modules`;
const LOCK = `${ROOT}build/setup.lock`;
const KEPT = `${ROOT}build/setup-deno`;
const CA = `${ROOT}build/setup-ca.pem`;

if (import.meta.main && !isInstalled(ROOT)) Deno.exit(await setUp());

/** Installs; the exit code. */
async function setUp(): Promise<number> {
  try {
    Deno.mkdirSync(`${ROOT}build`, { recursive: true });
    // Only one at a time, or one would remove what the other makes.
    using lock = Deno.openSync(LOCK, { create: true, write: true });
    await lock.lock(true);
    if (isInstalled(ROOT)) return 0;
    const deno = lasting(Deno.execPath());
    removeModules();
    return await install(deno);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return fail({ said: [`error: ${error.message}`] }, {});
  }
}

async function install(deno: string): Promise<number> {
  const settings = await npmSettings(ROOT);
  const { env, ca, notes } = installerEnvironment(
    settings,
    Deno.env.toObject(),
    readable,
  );
  if (ca !== "") {
    Deno.writeTextFileSync(CA, ca);
    env.DENO_CERT = CA;
  }
  const registry = registryOf(env);
  console.error(
    `Installing the npm packages of this folder, once, from ${
      withoutPasswords(registry)
    }`,
  );
  for (const note of notes) console.error(`Note: ${note}`);
  let ended: Ended;
  try {
    ended = await runInstaller({ deno, root: ROOT, env, registry });
    if (ended.kind === "done") {
      stamp(ROOT);
      console.error(`Installed the npm packages in ${ended.seconds} s`);
      return 0;
    }
    removeModules();
  } finally {
    if (ca !== "") Deno.removeSync(CA);
  }
  if (ended.kind === "interrupted") {
    console.error("Interrupted: what was half installed is removed");
    return ended.code;
  }
  return fail(ended, env, settings["strict-ssl"] === false);
}

function fail(
  problem: Problem,
  env: Readonly<Record<string, string>>,
  npmVerifiesNothing = false,
): number {
  const lines = [
    "Error: the npm packages could not be installed",
    ...problem.said.map((line) => `  ${line}`),
    ...hintsFor(problem, env, npmVerifiesNothing).map((hint) =>
      `Hint: ${hint}`
    ),
  ];
  console.error(withoutPasswords(lines.join("\n")));
  return 1;
}

/**
 * The path of this Deno after the packages have gone. Where it is one of them it is moved away, not removed: the task that
 * waits for this set-up is run by the same file.
 */
function lasting(deno: string): string {
  if (!deno.startsWith(`${Deno.realPathSync(ROOT)}/node_modules/`)) return deno;
  Deno.renameSync(deno, KEPT);
  return KEPT;
}

function removeModules(): void {
  try {
    Deno.removeSync(MODULES, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The text of a file, or nothing if it cannot be read. */
function readable(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
