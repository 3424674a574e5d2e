/**
 * Installs the coding agents that `tests/agents/` tries, from npm and PyPI: `deno run -A scripts/agents/install.ts`. What is
 * there already stays. Says what could not be installed, and then ends with 1; the tests of what is there run all the same.
 *
 * @module
 */
import {
  AGENTS,
  lockHash,
  lockOf,
  notInstalled,
  type Part,
  PARTS,
  stampOf,
} from "../../tests/agents/installed.ts";
import { runCommands } from "../setup/run_commands.ts";

/** How long one command may take, in milliseconds. */
const LIMIT_MS = 900_000;

/** The commands for a part; no script of a package runs at the installation. */
function commandsOf(part: Part): string[][] {
  if (part === "npm") {
    return [[
      // Not `ci`, which insists on the optional packages of other systems.
      ...["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"],
      ...["--loglevel=error", "--fetch-retries=2"],
      ...["--fetch-retry-maxtimeout=10000", "--prefix", `${AGENTS}/npm`],
    ]];
  }
  return [
    ["python3", "-m", "venv", "--clear", `${AGENTS}/${part}`],
    [
      ...[`${AGENTS}/${part}/bin/python`, "-m", "pip", "install", "--quiet"],
      ...["--disable-pip-version-check", "--retries", "2", "--timeout", "30"],
      // All of them are listed; none is built here, and what is imported is compiled by then.
      ...["--no-deps", "--only-binary", ":all:", "--no-compile"],
      ...["--requirement", lockOf(part)],
    ],
  ];
}

/** Installs a part. Returns why that failed, or `undefined`. */
async function install(part: Part): Promise<string | undefined> {
  if (!notInstalled(part)) return;
  if (part === "npm") {
    Deno.mkdirSync(`${AGENTS}/npm`, { recursive: true });
    for (const name of ["package.json", "package-lock.json"]) {
      Deno.copyFileSync(
        lockOf("npm").replace("package-lock.json", name),
        `${AGENTS}/npm/${name}`,
      );
    }
  }
  const failure = await runCommands(commandsOf(part), LIMIT_MS);
  if (failure !== undefined) return failure;
  Deno.writeTextFileSync(stampOf(part), lockHash(part));
}

/** Installs all of them, the parts at once. Returns whether all are there. */
export async function installAgents(): Promise<boolean> {
  const reasons = await Promise.all(PARTS.map(install));
  for (const [i, reason] of reasons.entries()) {
    if (reason === undefined) continue;
    console.error(
      `Cannot install the agents of ${PARTS[i]}, so their tests are skipped:\n${
        reason.split("\n").slice(-3).join("\n")
      }`,
    );
  }
  return reasons.every((reason) => reason === undefined);
}

if (import.meta.main && !await installAgents()) Deno.exitCode = 1;
