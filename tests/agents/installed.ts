/** Where the agents are, and their versions. `deno task agents:install` puts them there. @module */
import { createHash } from "node:crypto";
import { arch, platform } from "node:os";
import { fileURLToPath } from "node:url";

/** Where they are installed. */
export const AGENTS: string = Deno.env.get("AUTHSOME_TEST_AGENTS_FOLDER") ??
  fileURLToPath(new URL("../../build/agents", import.meta.url));

/** The parts that are installed by themselves: all of npm, and one environment for each agent in Python. */
export const PARTS = ["npm", "aider", "llm"] as const;
export type Part = typeof PARTS[number];

/** The file that says exactly which packages. */
export function lockOf(part: Part): string {
  const path = part === "npm" ? "npm/package-lock.json" : `python/${part}.txt`;
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The file that says that all packages of a lock are there: it holds the hash of the lock. */
export function stampOf(part: Part): string {
  return `${AGENTS}/${part}/installed`;
}

/** Hash of a lock. */
export function lockHash(part: Part): string {
  return createHash("sha256").update(Deno.readTextFileSync(lockOf(part)))
    .digest("hex");
}

/** Why the agents of a part cannot be tried here, or `false`. */
export function notInstalled(part: Part): string | false {
  if (`${platform()} ${arch()}` !== "linux x64") {
    return "the agents are tried on Linux x64";
  }
  let stamp;
  try {
    stamp = Deno.readTextFileSync(stampOf(part));
  } catch { /* They were never installed. */ }
  return stamp === lockHash(part)
    ? false
    : `${
      part === "npm" ? "the npm agents are" : `${part} is`
    } not installed: deno task agents:install`;
}

/** The version of a package that a lock names. Throws if it names none. */
export function lockedVersion(part: Part, name: string): string {
  const text = Deno.readTextFileSync(lockOf(part));
  const version = part === "npm"
    ? JSON.parse(text).packages[`node_modules/${name}`]?.version
    : new RegExp(`^${name}==(\\S+)`, "m").exec(text)?.[1];
  if (!version) throw new Error(`${lockOf(part)} has no ${name}`);
  return version;
}
