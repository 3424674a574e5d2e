/**
 * Installs the Python packages whose MCP servers `tests/mcp/servers/` tries: `deno run -A scripts/mcp/install_servers.ts`.
 * What is there already stays. Says what could not be installed, and then ends with 1; the tests of what is there run all
 * the same.
 *
 * @module
 */
import {
  FOLDER,
  lockHash,
  lockOf,
  notInstalled,
  type Package,
  PACKAGES,
  pythonOf,
  stampOf,
} from "../../tests/mcp/servers/python/packages.ts";
import { runCommands } from "../setup/run_commands.ts";

/** How long one command may take, in milliseconds. */
const LIMIT_MS = 300_000;

/** Installs a package. Returns why that failed, or `undefined`. */
async function install(name: Package): Promise<string | undefined> {
  if (!notInstalled(name)) return;
  const commands = [
    ["python3", "-m", "venv", "--clear", `${FOLDER}/${name}`],
    [
      ...[pythonOf(name), "-m", "pip", "install", "--quiet"],
      ...["--disable-pip-version-check", "--retries", "2", "--timeout", "30"],
      // All of them are listed; none is built here.
      ...["--no-deps", "--only-binary", ":all:"],
      ...["--requirement", lockOf(name)],
    ],
  ];
  const failure = await runCommands(commands, LIMIT_MS);
  if (failure !== undefined) return failure;
  Deno.writeTextFileSync(stampOf(name), lockHash(name));
}

let complete = true;
for (const name of PACKAGES) {
  const reason = await install(name);
  if (reason === undefined) continue;
  complete = false;
  console.error(
    `Cannot install ${name}, so the tests of its MCP servers are skipped:\n${
      reason.split("\n").slice(-3).join("\n")
    }`,
  );
}
if (!complete) Deno.exitCode = 1;
