/** The Python packages of `tests/mcp/servers/`, each in an environment of its own. `deno task mcp:install` makes them. @module */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

/** Those that a server and a client come from. */
export const PACKAGES = ["mcp1", "mcp2", "fastmcp"] as const;
/** One of them: a file of exact versions beside this one. */
export type Package = typeof PACKAGES[number];

/** Where the environments are. */
export const FOLDER: string = Deno.env.get("AUTHSOME_TEST_MCP_FOLDER") ??
  fileURLToPath(new URL("../../../../build/mcp", import.meta.url));

/** The file that says exactly which packages. */
export function lockOf(name: Package): string {
  return fileURLToPath(new URL(`${name}.txt`, import.meta.url));
}

/** The interpreter that has them. */
export function pythonOf(name: Package): string {
  return `${FOLDER}/${name}/bin/python`;
}

/** The file that says that all packages of a lock are there: it holds the hash of the lock. */
export function stampOf(name: Package): string {
  return `${FOLDER}/${name}/installed`;
}

/** Hash of a lock. */
export function lockHash(name: Package): string {
  return createHash("sha256").update(Deno.readTextFileSync(lockOf(name)))
    .digest("hex");
}

/** Why a package cannot be tried here, or `false`. */
export function notInstalled(name: Package): string | false {
  let stamp;
  try {
    stamp = Deno.readTextFileSync(stampOf(name));
  } catch { /* It was never installed. */ }
  return stamp === lockHash(name)
    ? false
    : `the Python MCP servers are not installed: deno task mcp:install`;
}
